//! Machines outside the cluster: their place in Services, and their identity.

use super::entry::ENCRYPT;
use super::{instead, on};
use crate::finding::codes::platform::{OUTSIDE_IDENTITY, OUTSIDE_MACHINE};
use crate::finding::{Direction, Finding, ObjectRef};
use crate::ir::identity::project;
use crate::ir::{Action, Attribute, Bound, Policy, Rule, Test};
use crate::istio::workload_entry::Machine;
use crate::istio::workload_group::{Asks, HttpGet, Metadata, Probe};
use crate::istio::{Meta, WorkloadEntry, WorkloadGroup};
use crate::lint::Context;
use crate::lint::words::{joined, labels, listed};
use crate::manifest::{Labels, matches_labels};
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// A WorkloadEntry: who reaches the machine through it, and as whom it is known.
pub(super) fn entry(context: &Context<'_>, found: &WorkloadEntry) -> Vec<Finding> {
    let WorkloadEntry { meta, machine } = found;
    let mut findings = vec![place(context, meta, machine)];
    findings.extend(identity(context, meta, machine));
    findings
}

/// A machine with all that the mesh knows of it.
pub(super) fn machine_in_words(machine: &Machine) -> String {
    let mut words = terms(machine);
    let network = machine.network.as_ref().filter(|_| machine.address.is_some());
    words.extend(network.map(|network| format!("network `{}`", network.value)));
    words.extend(machine.account.as_ref().map(|account| format!("service account `{}`", account.value)));
    let place = machine.in_words();
    if words.is_empty() { place } else { format!("{place} ({})", words.join(", ")) }
}

/// What is known of a machine beside where it is and who.
fn terms(machine: &Machine) -> Vec<String> {
    let Machine { at: _, address: _, ports, labels: own, network: _, locality, weight, account: _ } = machine;
    let mut words = Vec::new();
    words.extend(ports.iter().map(|(name, number)| format!("`{name}` at port {}", number.value)));
    words.extend(weight.as_ref().map(|weight| format!("weight {}", weight.value)));
    words.extend(locality.as_ref().map(|locality| format!("locality `{}`", locality.value)));
    if !own.is_empty() {
        words.push(format!("labels `{}`", labels(own)));
    }
    words
}

fn namespace(meta: &Meta) -> &str {
    meta.reference.namespace.as_deref().unwrap_or("")
}

/// The Services and ServiceEntries that lead to a machine.
fn leading(context: &Context<'_>, own: &str, own_labels: &BTreeMap<String, Leaf<String>>) -> Vec<ObjectRef> {
    let own_labels: Labels =
        own_labels.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect();
    let services = context.inventory.services.iter().filter(|service| {
        service.reference.namespace.as_deref() == Some(own)
            && !service.selector.is_empty()
            && matches_labels(&service.selector, &own_labels)
    });
    let entries = context.resources.service_entries.iter().filter(|entry| {
        entry.namespace() == own
            && entry.selector.as_ref().is_some_and(|selector| selector.matches(&own_labels))
    });
    let services = services.map(|service| service.reference.clone());
    services.chain(entries.map(|entry| entry.meta.reference.clone())).collect()
}

const INTO_SERVICE: &str = "take its address into an EndpointSlice of a Service without a selector, or point clients at \
                            the machine itself; Kubernetes adds no machine to a Service with a selector";

fn place(context: &Context<'_>, meta: &Meta, machine: &Machine) -> Finding {
    let own = namespace(meta);
    let leading: Vec<String> =
        leading(context, own, &machine.labels).iter().map(ToString::to_string).collect();
    let which = machine_in_words(machine);
    let at = match (&machine.address, &machine.network) {
        (Some(address), _) => address.clone().map(|_| ()),
        (None, Some(network)) => network.clone().map(|_| ()),
        (None, None) => Leaf { value: (), span: meta.name_span, field: "spec.address".to_string() },
    };
    if leading.is_empty() {
        let why = if machine.labels.is_empty() {
            "it has no labels, so that no Service leads to it".to_string()
        } else {
            format!("no Service nor ServiceEntry of the input in `{own}` selects its labels")
        };
        let message = format!(
            "the machine {which} is part of the mesh; {why}; afterwards it is an address like any other"
        );
        let help = "look whether a Service outside this input leads to it: such a Service loses it";
        return on(&meta.reference, &OUTSIDE_MACHINE, Direction::Drops, &at, message).help(help);
    }
    let message = format!(
        "the machine {which} answers for {} beside what else they select; afterwards they do not lead to it, and \
         clients that it alone serves reach nothing",
        listed(&leading)
    );
    on(&meta.reference, &OUTSIDE_MACHINE, Direction::Narrows, &at, message).help(INTO_SERVICE)
}

/// What the mesh knows a machine by, and which policies go by it.
fn identity(context: &Context<'_>, meta: &Meta, machine: &Machine) -> Vec<Finding> {
    let Some(account) = &machine.account else {
        // The label alone lets proxies speak mutual TLS to it.
        let mode = machine.labels.get("security.istio.io/tlsMode").filter(|_| machine.speaks_mutual_tls());
        return mode.map(|mode| encrypted(meta, mode, "", machine)).into_iter().collect();
    };
    let own = namespace(meta);
    let name = format!("`{own}/{}`", account.value);
    let mut findings = Vec::new();
    if machine.speaks_mutual_tls() {
        findings.push(encrypted(meta, account, &format!(", as {name}"), machine));
    } else {
        let message =
            format!("the machine's account is {name}, but its labels switch mutual TLS off: no effect");
        findings.push(on(&meta.reference, &OUTSIDE_IDENTITY, Direction::None, account, message));
    }
    findings.extend(by_policies(context, meta, account, &name));
    findings
}

fn encrypted<T>(meta: &Meta, at: &Leaf<T>, who: &str, machine: &Machine) -> Finding {
    let message = format!(
        "connections to {} and from there are encrypted, and the machine shows who it is{who} (mutual TLS of the \
         mesh); afterwards they cross the network in clear, and it has no identity",
        machine.in_words()
    );
    on(&meta.reference, &OUTSIDE_IDENTITY, Direction::Widens, at, message).help(ENCRYPT)
}

/// Policies that name the identity: those that let it in refuse it afterwards, the others do not meet it.
fn by_policies(context: &Context<'_>, meta: &Meta, account: &Leaf<String>, name: &str) -> Vec<Finding> {
    let policies = context.model.policies.iter().filter(|policy| {
        policy.not_enforced.is_none()
            && meets(policy, namespace(meta), &account.value, &context.settings.trust_domain)
    });
    let (mut letting, mut refusing) = (Vec::new(), Vec::new());
    for policy in policies {
        match policy.action {
            Action::Allow => letting.push(policy),
            Action::Deny | Action::Custom => refusing.push(policy),
            Action::RequireIdentity | Action::Audit => {}
        }
    }
    let told = |policies: &[&Policy], direction: Direction, what: &str, help: &str| {
        let names: Vec<String> = policies.iter().map(|policy| policy.origin.reference.to_string()).collect();
        let message = format!("{} {what} the machine as {name}; {}", listed(&names), after(direction));
        let finding = on(&meta.reference, &OUTSIDE_IDENTITY, direction, account, message).help(help);
        policies.iter().fold(finding, |finding, policy| finding.related("names it", policy.origin.span))
    };
    let mut findings = Vec::new();
    if !letting.is_empty() {
        let help = "let the machine's address in by `ipBlocks`";
        findings.push(told(&letting, Direction::Narrows, "lets in", help));
    }
    if !refusing.is_empty() {
        let help = "refuse the machine's address by `ipBlocks`";
        findings.push(told(&refusing, Direction::Widens, "refuses", help));
    }
    findings
}

fn after(direction: Direction) -> &'static str {
    match direction {
        Direction::Narrows => {
            "a network policy knows pods by their account, and no machine: afterwards it is refused"
        }
        Direction::Widens | Direction::Drops | Direction::None => {
            "a network policy knows pods by their account, and no machine: afterwards it is not met"
        }
    }
}

/// Whether a policy names an identity as a peer.
fn meets(policy: &Policy, namespace: &str, account: &str, trust_domain: &str) -> bool {
    let is_it = |test: &Test| {
        let pairs = project(&test.pattern, trust_domain, Bound::Over).unwrap_or_default();
        pairs.iter().any(|pair| pair.namespace.matches(namespace) && pair.account.matches(account))
    };
    let clauses = policy.rules.iter().flat_map(Rule::conjunctions).flat_map(|all| &all.clauses);
    let mut identities = clauses.filter(|clause| clause.attribute == Attribute::Identity);
    identities.any(|clause| clause.any_of.iter().any(is_it))
}

/// A WorkloadGroup: how machines join, what they are given, and how they are asked.
pub(super) fn group(context: &Context<'_>, found: &WorkloadGroup) -> Vec<Finding> {
    let WorkloadGroup { meta, metadata, template, probe } = found;
    let mut findings = Vec::new();
    findings.extend(template.as_ref().map(|template| joins(context, meta, template, metadata.as_ref())));
    findings.extend(metadata.as_ref().map(|metadata| given(meta, metadata)));
    findings.extend(probe.as_ref().map(|probe| asked(meta, probe)));
    findings
}

fn joins(context: &Context<'_>, meta: &Meta, template: &Machine, metadata: Option<&Metadata>) -> Finding {
    let mut own_labels = template.labels.clone();
    own_labels.extend(metadata.iter().flat_map(|metadata| metadata.labels.clone()));
    let leading: Vec<String> =
        leading(context, namespace(meta), &own_labels).iter().map(ToString::to_string).collect();
    let account = template.account.as_ref().map_or("default", |account| account.value.as_str());
    let mut known = terms(template);
    known.extend(template.address.as_ref().map(|address| format!("address `{}`", address.value)));
    known.extend(template.network.as_ref().map(|network| format!("network `{}`", network.value)));
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    let services = if leading.is_empty() {
        "no Service of the input selects them".to_string()
    } else {
        format!("answer for {}", listed(&leading))
    };
    let message = format!(
        "machines of this group join the mesh by themselves as `{}/{account}`{known}, and {services}; afterwards none \
         joins, and those that have are no part of any Service",
        namespace(meta)
    );
    let direction = if leading.is_empty() { Direction::Drops } else { Direction::Narrows };
    on(&meta.reference, &OUTSIDE_MACHINE, direction, &template.at, message).help(INTO_SERVICE)
}

fn given(meta: &Meta, metadata: &Metadata) -> Finding {
    let Metadata { at, labels: own, annotations } = metadata;
    let mut words = Vec::new();
    if !own.is_empty() {
        words.push(format!("labels `{}`", labels(own)));
    }
    if !annotations.is_empty() {
        words.push(format!("annotations `{}`", labels(annotations)));
    }
    let words = if words.is_empty() { "nothing".to_string() } else { joined(&words) };
    let message = format!("WorkloadEntries of machines that join get {words}; afterwards there are none");
    on(&meta.reference, &OUTSIDE_MACHINE, Direction::Drops, at, message)
        .help("whatever reads these WorkloadEntries needs another list of machines")
}

/// The probe; times as the agent has them (`pkg/istio-agent/health`).
fn asked(meta: &Meta, probe: &Probe) -> Finding {
    let Probe { at, asks, delay, timeout, period, successes, failures } = probe;
    let number = |leaf: &Option<Leaf<i64>>, otherwise: i64| {
        leaf.as_ref().map(|leaf| leaf.value).filter(|number| *number != 0).unwrap_or(otherwise)
    };
    let what = match asks {
        None => "nothing".to_string(),
        Some(Asks::Http(get)) => http(get),
        Some(Asks::Tcp(host, port)) => format!("TCP to {}", place_of(host.as_ref(), port.as_ref())),
        Some(Asks::Command(command)) => {
            let words: Vec<&str> = command.items.iter().map(|word| word.value.as_str()).collect();
            format!("the command `{}`", words.join(" "))
        }
        Some(Asks::Grpc(port, service)) => {
            let of = service.as_ref().map_or_else(String::new, |service| format!(" for `{}`", service.value));
            format!("gRPC to {}{of}", place_of(None, port.as_ref()))
        }
    };
    let message = format!(
        "a machine gets requests while it answers {what}, asked every {} s after {} s (waiting {} s; {} to count as \
         ready, {} to count as failed); afterwards nobody asks",
        number(period, 10),
        number(delay, 0),
        number(timeout, 1),
        times(number(successes, 1), "success", "successes"),
        times(number(failures, 1), "failure", "failures")
    );
    let help = "let whatever leads to the machines ask for their health; an EndpointSlice written by hand asks nothing";
    on(&meta.reference, &OUTSIDE_MACHINE, Direction::Drops, &instead(at, at), message).help(help)
}

fn times(number: i64, one: &str, several: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
}

fn place_of(host: Option<&Leaf<String>>, port: Option<&Leaf<i64>>) -> String {
    let port = port.map_or_else(|| "?".to_string(), |port| port.value.to_string());
    match host.filter(|host| !host.value.is_empty()) {
        Some(host) => format!("`{}` port {port}", host.value),
        None => format!("port {port}"),
    }
}

fn http(get: &HttpGet) -> String {
    let HttpGet { path, port, host, scheme, headers } = get;
    let path = path.as_ref().map(|path| path.value.as_str()).filter(|path| !path.is_empty()).unwrap_or("/");
    let scheme = scheme.as_ref().map_or("HTTP", |scheme| scheme.value.as_str());
    let text = |leaf: &Option<Leaf<String>>| leaf.as_ref().map_or(String::new(), |leaf| leaf.value.clone());
    let headers: Vec<String> =
        headers.iter().map(|header| format!("`{}: {}`", text(&header.name), text(&header.value))).collect();
    let with = if headers.is_empty() { String::new() } else { format!(" with {}", joined(&headers)) };
    format!("{scheme} `{path}` at {}{with}", place_of(host.as_ref(), port.as_ref()))
}
