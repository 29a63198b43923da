//! UM168: a DestinationRule whose `tls` the other end does not take.
//!
//! A server in mode STRICT shuts the door on clients without a certificate of the mesh, and one in mode DISABLE does
//! not understand mutual TLS. Where a rule says nothing of `tls`, sidecars find out what the other end takes.

use crate::finding::codes::meaning::TLS_AGAINST_MODE;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Member, Proxy, Scope, Uncaptured, Workload};
use crate::istio::destination_rule::tls::{CONFIG_MAP, Mode as ClientMode};
use crate::istio::destination_rule::{ClientTls, Subset, TrafficPolicy};
use crate::istio::{Attachment, DestinationRule};
use crate::lint::Context;
use crate::lint::mutual_tls::mode::{Mode, of_pods, of_scope};
use crate::lint::words::{full_host, listed};
use crate::manifest::{PortTarget, Service};
use crate::yaml::fields::Leaf;
use std::collections::{BTreeMap, BTreeSet};

/// One finding for each `tls`.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let rules = context.resources.destination_rules.iter();
    rules.flat_map(|rule| of_rule(context, rule)).collect()
}

/// A `tls` with what it is for.
struct Given<'a> {
    tls: &'a ClientTls,
    subset: Option<&'a Subset>,
    /// A port of the Service; without it, all but those that have settings of their own.
    port: Option<u16>,
    others: Vec<u16>,
}

fn of_rule(context: &Context<'_>, rule: &DestinationRule) -> Vec<Finding> {
    let Some(host) = rule.host.as_ref().filter(|host| !host.value.is_empty()) else { return Vec::new() };
    let host = full_host(&host.value, super::namespace(&rule.meta));
    let whole = rule.policy.iter().map(|policy| (None, policy));
    let subsets =
        rule.subsets.items.iter().filter_map(|subset| Some((Some(subset), subset.policy.as_ref()?)));
    let given = whole.chain(subsets).flat_map(|(subset, policy)| all_given(subset, policy));
    given.filter_map(|given| contradiction(context, rule, &host, &given)).collect()
}

fn all_given<'a>(subset: Option<&'a Subset>, policy: &'a TrafficPolicy) -> Vec<Given<'a>> {
    let number = |port: &Leaf<i64>| u16::try_from(port.value).ok();
    let ports = policy.ports.items.iter();
    let others: Vec<u16> = ports.clone().filter_map(|one| number(one.port.as_ref()?)).collect();
    let own = ports.filter_map(|one| {
        let port = number(one.port.as_ref()?);
        Some(Given { tls: one.settings.tls.as_ref()?, subset, port, others: Vec::new() })
    });
    let whole = policy.settings.tls.as_ref().map(|tls| Given { tls, subset, port: None, others });
    whole.into_iter().chain(own).collect()
}

fn contradiction(
    context: &Context<'_>,
    rule: &DestinationRule,
    host: &str,
    given: &Given<'_>,
) -> Option<Finding> {
    let mode = given.tls.effective_mode();
    // A certificate of one's own may be of the mesh's CA.
    let fails = |found: &Mode<'_>| match mode {
        ClientMode::Disable | ClientMode::Simple => matches!(found, Mode::Strict),
        ClientMode::IstioMutual => matches!(found, Mode::Off),
        ClientMode::Mutual => false,
    };
    let (known, names, proven) = behind(context, host, given, &fails);
    let takes = if mode == ClientMode::IstioMutual {
        "plain text alone (mode `DISABLE`)"
    } else {
        "mutual TLS of the mesh alone (mode `STRICT`)"
    };
    let how = match mode {
        ClientMode::Disable => "in clear",
        ClientMode::Simple | ClientMode::Mutual => "with TLS, but no certificate of the mesh",
        ClientMode::IstioMutual => "with mutual TLS of the mesh",
    };
    let (who, severity) = if known {
        let severity = if proven { Severity::Warning } else { Severity::Info };
        (listed(&names), severity)
    } else {
        (of_namespace(context, host, &fails)?, Severity::Info)
    };
    if known && names.is_empty() {
        return None;
    }
    let verb = if known && names.len() > 1 { "take" } else { "takes" };
    // Settings with the name of a Secret are for gateways, but where a selector names the clients.
    let secret = given.tls.credential.as_ref().is_some_and(|name| !name.value.starts_with(CONFIG_MAP));
    let sender =
        if mode == ClientMode::Simple && secret && rule.selector.is_none() { "gateways" } else { "sidecars" };
    let message = format!(
        "{sender} send requests to `{host}` {how} (`{}`), and {who} {verb} {takes}: these requests fail today, and get through once the mesh is gone",
        mode.word()
    );
    // What is only likely should keep nobody from leaving.
    let direction = if severity == Severity::Warning { Direction::Widens } else { Direction::None };
    let leaf = given.tls.mode.as_ref().map_or(given.tls.at.span, |mode| mode.span);
    Some(
        Finding::new(&TLS_AGAINST_MODE, direction, message)
            .severity(severity)
            .at(leaf)
            .on(&rule.meta.reference)
            .field(given.tls.at.field.as_str())
            .help("take `tls` out of the rule, and proxies find out themselves what the other end takes; if these requests are not to get through, see that a policy refuses them"),
    )
}

/// Whether the input shows pods behind the host, which of them do not take what is sent, and whether these have a
/// sidecar for sure.
fn behind(
    context: &Context<'_>,
    host: &str,
    given: &Given<'_>,
    fails: &dyn Fn(&Mode<'_>) -> bool,
) -> (bool, Vec<String>, bool) {
    let mut names = BTreeSet::new();
    let (mut known, mut proven) = (false, false);
    for service in context.inventory.services.iter().filter(|service| is_of(service, host)) {
        for workload in pods(context, service) {
            let labels = given.subset.map(|subset| &subset.labels);
            let of_subset = labels.is_none_or(|labels| {
                labels.iter().all(|(name, value)| workload.labels.get(name) == Some(&value.value))
            });
            if workload.proxy != Proxy::Sidecar || !of_subset {
                known = true;
                continue;
            }
            known = true;
            let ports = service.ports.iter().filter(|port| match given.port {
                Some(own) => port.port == own,
                None => !given.others.contains(&port.port),
            });
            let targets = ports.filter_map(|port| target(context, workload, &port.target));
            let refused = targets.filter(|port| is_captured(workload, *port)).any(|port| {
                fails(&of_pods(context.model, &workload.identity.namespace, &workload.labels, Some(port)))
            });
            if refused {
                names.insert(workload.reference.to_string());
                proven |= workload.member == Member::Proven;
            }
        }
    }
    (known, names.into_iter().collect(), proven)
}

fn is_of(service: &Service, host: &str) -> bool {
    let namespace = service.reference.namespace.as_deref().unwrap_or("");
    let name = format!("{}.{namespace}.svc", service.reference.name);
    match host.strip_prefix('*') {
        Some(end) => name.ends_with(end) || format!("{name}.cluster.local").ends_with(end),
        None => name == host,
    }
}

fn pods<'a>(context: &Context<'a>, service: &'a Service) -> impl Iterator<Item = &'a Workload> {
    let namespace = service.reference.namespace.as_deref().unwrap_or("");
    let selects = |workload: &&Workload| {
        !service.selector.is_empty()
            && service.selector.iter().all(|(name, value)| workload.labels.get(name) == Some(value))
    };
    context.model.facts.workloads.of(namespace).filter(selects)
}

fn target(context: &Context<'_>, workload: &Workload, target: &PortTarget) -> Option<u16> {
    let name = match target {
        PortTarget::Number(number) => return Some(*number),
        PortTarget::Name(name) => name,
    };
    let found = context.inventory.workloads.iter().find(|found| found.reference == workload.reference)?;
    let ports = found.containers.iter().flat_map(|container| &container.ports);
    ports.filter(|port| port.name.as_ref() == Some(name)).map(|port| port.port).next()
}

fn is_captured(workload: &Workload, port: u16) -> bool {
    match &workload.uncaptured {
        Uncaptured::Ports(ports) => !ports.contains(&port),
        Uncaptured::AllBut(ports) => ports.contains(&port),
    }
}

/// What the namespace of a host takes as a whole, where the input shows no pods behind it: if the namespace has a
/// PeerAuthentication of its own, and none for some of its pods. What the mesh asks for by default is asked of pods
/// with a proxy, and that the host has some is not known.
fn of_namespace(context: &Context<'_>, host: &str, fails: &dyn Fn(&Mode<'_>) -> bool) -> Option<String> {
    let name = host.strip_suffix(".cluster.local").unwrap_or(host).strip_suffix(".svc")?;
    let (_, namespace) = name.rsplit_once('.')?;
    let scope = Scope { namespace: Some(namespace.to_string()), labels: BTreeMap::new(), except: Vec::new() };
    let mut own = context.resources.peer_authentications.iter().filter(|policy| {
        namespace != context.settings.root_namespace && super::namespace(&policy.meta) == namespace
    });
    let whole = own.clone().any(|policy| matches!(policy.attachment, Attachment::Everything));
    let narrower = own.any(|policy| !matches!(policy.attachment, Attachment::Everything));
    if !whole || narrower || !fails(&of_scope(context.model, &scope)) {
        return None;
    }
    Some(format!("the namespace `{namespace}`"))
}
