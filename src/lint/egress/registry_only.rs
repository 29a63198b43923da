//! REGISTRY_ONLY: what pods could not reach, and can when their proxies are gone.

use super::outbound::{MeshDefault, has_sidecar, in_charge, knows};
use super::{on, ports};
use crate::finding::codes::platform::REGISTRY_ONLY;
use crate::finding::{Direction, Finding};
use crate::istio::ServiceEntry;
use crate::istio::port::Traffic;
use crate::istio::service_entry::Resolution;
use crate::istio::sidecar::{Mode, OutboundTrafficPolicy, Sidecar};
use crate::lint::Context;
use crate::lint::words::{joined, labels, listed};
use crate::manifest::Workload;
use crate::yaml::fields::Leaf;

const HELP: &str = "close the way out by egress policy, which unmesh does not write yet: by namespaces and labels \
                    inside the cluster, by address blocks outside of it (neither Kubernetes nor open-source Calico \
                    knows domain names), and let DNS through";

/// How many ServiceEntries a message lists before it counts the rest.
const LISTED: usize = 4;

/// One finding for each Sidecar whose proxies refuse unknown destinations, and one for the mesh.
pub(super) fn check(context: &Context<'_>, mesh: Option<&MeshDefault<'_>>) -> Vec<Finding> {
    let closes = |mode: Option<Mode>| mode == Some(Mode::RegistryOnly);
    let mut findings = Vec::new();
    for sidecar in &context.resources.sidecars {
        if closes(sidecar.outbound.as_ref().map(OutboundTrafficPolicy::mode)) {
            findings.push(of_sidecar(context, sidecar));
        }
    }
    findings.extend(mesh.filter(|mesh| closes(Some(mesh.mode))).map(|mesh| of_mesh(context, mesh)));
    findings
}

/// The policies that close the way out and let an entry through.
pub(super) fn let_through<'a>(
    context: &Context<'a>,
    entry: &ServiceEntry,
    mesh: Option<&MeshDefault<'a>>,
) -> Vec<(String, crate::source::Span)> {
    let refuses =
        |one: &&Sidecar| one.outbound.as_ref().is_some_and(|policy| policy.mode() == Mode::RegistryOnly);
    let sidecars = context.resources.sidecars.iter().filter(refuses);
    let seen = sidecars.filter(|one| {
        let own = if is_root(context, one) { entry.namespace() } else { one.namespace() };
        knows(Some(&one.egress), own, entry)
    });
    let seen = seen.map(|one| (one.meta.reference.to_string(), one.meta.name_span));
    let mesh = mesh.filter(|mesh| mesh.mode == Mode::RegistryOnly);
    seen.chain(mesh.map(|mesh| (mesh.object.to_string(), mesh.at.span))).collect()
}

fn is_root(context: &Context<'_>, sidecar: &Sidecar) -> bool {
    sidecar.selector.is_none() && sidecar.namespace() == context.settings.root_namespace
}

fn of_sidecar(context: &Context<'_>, sidecar: &Sidecar) -> Finding {
    let (sidecars, root) = (&context.resources.sidecars, &context.settings.root_namespace);
    let candidates =
        |workload: &Workload| in_charge(sidecars, root, &workload.identity.namespace, &workload.labels);
    let mut rivals: Vec<&Sidecar> = Vec::new();
    let mut shown = Vec::new();
    for workload in context.inventory.workloads.iter().filter(|one| has_sidecar(one)) {
        let found = candidates(workload);
        if found.iter().any(|one| std::ptr::eq(*one, sidecar)) {
            shown.push(workload.reference.to_string());
            rivals.extend(found.into_iter().filter(|one| !std::ptr::eq(*one, sidecar)));
        }
    }
    rivals.sort_by_key(|one| one.meta.object);
    rivals.dedup_by_key(|one| one.meta.object);
    let who = format!("{}{}", pods(context, sidecar), of_the_input(&shown));
    let entries: Vec<&ServiceEntry> = context
        .resources
        .service_entries
        .iter()
        .filter(|entry| {
            let own = if is_root(context, sidecar) { entry.namespace() } else { sidecar.namespace() };
            knows(Some(&sidecar.egress), own, entry)
        })
        .collect();
    let message =
        format!("{who} reach {} (`REGISTRY_ONLY`){}; {AFTERWARDS}", known(sidecar), beside(&entries));
    let policy = sidecar.outbound.as_ref();
    let at = policy.map_or_else(
        || Leaf { value: (), span: sidecar.meta.name_span, field: "spec".to_string() },
        |policy| {
            let span = policy.mode.as_ref().map_or(policy.at.span, |mode| mode.span);
            Leaf { value: (), span, field: policy.at.field.clone() }
        },
    );
    let finding = on(&sidecar.meta.reference, &REGISTRY_ONLY, Direction::Widens, &at, message).help(HELP);
    let finding = entries
        .iter()
        .take(LISTED)
        .fold(finding, |finding, entry| finding.related("lets these hosts be reached", entry.meta.name_span));
    rivals.into_iter().fold(finding, |finding, rival| {
        finding.related("is for the same pods, and the older of the two counts", rival.meta.name_span)
    })
}

const AFTERWARDS: &str = "afterwards nothing keeps them from any address, inside the cluster or outside";

fn of_mesh(context: &Context<'_>, mesh: &MeshDefault<'_>) -> Finding {
    let (sidecars, root) = (&context.resources.sidecars, &context.settings.root_namespace);
    // Those that no Sidecar with a policy of its own is in charge of.
    let left = |workload: &&Workload| {
        let found = in_charge(sidecars, root, &workload.identity.namespace, &workload.labels);
        found.is_empty() || found.iter().any(|one| one.outbound.is_none())
    };
    let workloads = context.inventory.workloads.iter().filter(|one| has_sidecar(one)).filter(left);
    let shown: Vec<String> = workloads.map(|one| one.reference.to_string()).collect();
    let entries: Vec<&ServiceEntry> =
        context.resources.service_entries.iter().filter(|entry| !is_hidden(entry)).collect();
    let message = format!(
        "pods of the whole mesh{}, where no Sidecar says otherwise, reach only what the mesh knows (`REGISTRY_ONLY`){}; {AFTERWARDS}",
        of_the_input(&shown),
        beside(&entries)
    );
    on(mesh.object, &REGISTRY_ONLY, Direction::Widens, mesh.at, message).help(HELP)
}

fn is_hidden(entry: &ServiceEntry) -> bool {
    entry.export_to.iter().any(|name| name.value == "~")
}

/// Whose proxies a Sidecar is for.
pub(super) fn pods(context: &Context<'_>, sidecar: &Sidecar) -> String {
    let namespace = sidecar.namespace();
    match &sidecar.selector {
        Some(selector) if !selector.labels.is_empty() => {
            format!("pods with `{}` in `{namespace}`", labels(&selector.labels))
        }
        Some(_) => format!("all pods in `{namespace}`"),
        None if is_root(context, sidecar) => {
            "pods of every namespace without a Sidecar of their own".to_string()
        }
        None => format!("pods in `{namespace}` without a Sidecar of their own"),
    }
}

fn of_the_input(shown: &[String]) -> String {
    if shown.is_empty() { String::new() } else { format!(" ({} of the input)", listed(shown)) }
}

/// What proxies know by their listeners.
fn known(sidecar: &Sidecar) -> String {
    let hosts: Vec<String> = sidecar
        .egress
        .items
        .iter()
        .flat_map(|listener| &listener.hosts.items)
        .map(|host| host.value.clone())
        .filter(|host| !host.starts_with('~'))
        .collect();
    match hosts.as_slice() {
        [] if sidecar.egress.items.is_empty() => "only what the mesh knows".to_string(),
        [] => "nothing".to_string(),
        _ => format!("only what proxies know of {}", listed(&hosts)),
    }
}

/// Outside hosts among it, by ServiceEntries.
fn beside(entries: &[&ServiceEntry]) -> String {
    let mut words: Vec<String> = entries.iter().take(LISTED).map(|entry| reach(entry)).collect();
    if entries.len() > LISTED {
        words.push(format!("{} more", entries.len() - LISTED));
    }
    match words.len() {
        0 => ", and no ServiceEntry of the input adds a host".to_string(),
        1 => format!(", with {} by a ServiceEntry", joined(&words)),
        _ => format!(", with {} by ServiceEntries", joined(&words)),
    }
}

/// What an entry opens: its hosts, or whole ports where nothing tells its connections from others.
fn reach(entry: &ServiceEntry) -> String {
    let nameless = |traffic: Traffic| matches!(traffic, Traffic::Connections | Traffic::Sniffed);
    let items = &entry.ports.items;
    let open = entry.resolution() == Resolution::None && entry.addresses.items.is_empty();
    if open && !items.is_empty() && items.iter().all(|port| nameless(port.traffic())) {
        return format!("any address on {}", ports(items));
    }
    format!("{} on {}", super::texts(&entry.hosts.items), ports(items))
}
