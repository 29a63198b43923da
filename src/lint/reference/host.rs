//! UM150: hosts that no Service or ServiceEntry of the input has.

use super::destinations::{Named, Role};
use super::finding;
use super::shown::{DOMAIN, Shown, is_placeholder, service_of};
use crate::config::SYSTEM_NAMESPACES;
use crate::finding::codes::meaning::UNKNOWN_HOST;
use crate::finding::{Finding, Severity};
use crate::lint::meaning::slip;
use crate::lint::words::listed;
use std::collections::BTreeSet;

/// How many Services a namespace must show before the absence of another one is worth a note.
const SEVERAL: usize = 2;

/// One finding for each host that a resource names.
pub(super) fn check(shown: &Shown<'_>, destinations: &[Named<'_>]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let first = destinations.iter().filter(|named| seen.insert((named.meta.object, named.host.as_str())));
    first.filter_map(|named| check_one(shown, named)).collect()
}

fn check_one(shown: &Shown<'_>, named: &Named<'_>) -> Option<Finding> {
    let host = named.host.as_str();
    if is_placeholder(host)
        || host.contains('*')
        || shown.is_entry(host)
        || shown.is_entry(&named.written.value)
    {
        return None;
    }
    match service_of(host) {
        Some((namespace, name)) => missing_service(shown, named, namespace, name),
        None => half_name(shown, named).or_else(|| outside(shown, named)),
    }
}

fn warning(named: &Named<'_>, message: String, help: String) -> Finding {
    finding(named.meta, &UNKNOWN_HOST, Severity::Warning, named.written, message, help)
}

fn missing_service(shown: &Shown<'_>, named: &Named<'_>, namespace: &str, name: &str) -> Option<Finding> {
    if shown.service(namespace, name).is_some() || SYSTEM_NAMESPACES.contains(&namespace) && !is_short(named)
    {
        return None;
    }
    let without = named.role.without();
    let elsewhere = shown.namespaces_with(name);
    let own: Vec<&str> = shown.services_of(namespace).collect();
    if let Some(finding) = other_namespace(shown, named, (namespace, name), &elsewhere, own.len()) {
        return Some(finding);
    }
    let unsure = !elsewhere.is_empty() || shown.may_bring(namespace, name);
    let near = slip::meant(name, own.iter().copied()).filter(|_| !unsure);
    if let Some(near) = near {
        let message = format!("`{namespace}` has no Service `{name}` in the input, but `{near}`: {without}");
        let finding = warning(named, message, format!("did you mean `{near}`?"));
        return Some(related(shown, finding, namespace, near));
    }
    if own.is_empty() {
        return other_spelling(shown, named, namespace, name);
    }
    // What stands in these namespaces, a cluster or Istio brings itself.
    let brought =
        SYSTEM_NAMESPACES.contains(&namespace) || namespace == shown.context.settings.root_namespace;
    if own.len() < SEVERAL || brought {
        return None;
    }
    let message = format!(
        "the input has {} Services of `{namespace}`, and `{name}` is none of them: unless it stands elsewhere, {without}",
        own.len()
    );
    let help = "see that the name is right, or give unmesh the file that holds the Service";
    Some(finding(named.meta, &UNKNOWN_HOST, Severity::Info, named.written, message, help))
}

/// Whether a host is a name without a dot, which belongs to the resource's own namespace.
fn is_short(named: &Named<'_>) -> bool {
    named.role != Role::Backend && !named.written.value.contains('.')
}

/// A short name, of a Service that stands in another namespace.
fn other_namespace(
    shown: &Shown<'_>,
    named: &Named<'_>,
    (namespace, name): (&str, &str),
    elsewhere: &[&str],
    neighbours: usize,
) -> Option<Finding> {
    let [first, ..] = elsewhere else { return None };
    let placed = shown.is_placed(&named.meta.reference)
        && elsewhere.iter().all(|other| shown.is_service_placed(other, name));
    if !is_short(named) || !placed || shown.may_bring(namespace, name) {
        return None;
    }
    let root = namespace == shown.context.settings.root_namespace;
    let proven = root || neighbours >= SEVERAL;
    let stands: Vec<String> = elsewhere.iter().map(|other| (*other).to_string()).collect();
    let otherwise = if proven { "" } else { "unless the input lacks that one, " };
    let message = format!(
        "`{name}` means the Service of `{namespace}` here, and the input has it in {} alone: {otherwise}{}",
        listed(&stands),
        named.role.without()
    );
    let help = format!("write `{name}.{first}{DOMAIN}`");
    let severity = if proven { Severity::Warning } else { Severity::Info };
    let finding = finding(named.meta, &UNKNOWN_HOST, severity, named.written, message, help);
    Some(related(shown, finding, first, name))
}

/// A namespace of which the input shows nothing, and that is another one but for a slip of the pen.
fn other_spelling(shown: &Shown<'_>, named: &Named<'_>, namespace: &str, name: &str) -> Option<Finding> {
    let near = slip::meant(namespace, shown.namespaces_with(name).into_iter())?;
    if shown.context.inventory.namespaces.contains_key(namespace) || !shown.is_service_placed(near, name) {
        return None;
    }
    let message = format!(
        "the input has no namespace `{namespace}`, but a Service `{name}` in `{near}`: {}",
        named.role.without()
    );
    let finding = warning(named, message, format!("did you mean `{near}`?"));
    Some(related(shown, finding, near, name))
}

/// `name.namespace` or `name.namespace.svc`: Istio takes a name with a dot for a full one.
fn half_name(shown: &Shown<'_>, named: &Named<'_>) -> Option<Finding> {
    let host = named.host.as_str();
    let (name, namespace) = host.strip_suffix(".svc").unwrap_or(host).split_once('.')?;
    shown.service(namespace, name)?;
    let message = format!(
        "`{host}` has a dot, so Istio takes it for a full name, and nothing is called so: {}",
        named.role.without()
    );
    let finding = warning(named, message, format!("write `{name}.{namespace}{DOMAIN}`"));
    Some(related(shown, finding, namespace, name))
}

/// A host outside of the cluster, in an input with ServiceEntries for others.
fn outside(shown: &Shown<'_>, named: &Named<'_>) -> Option<Finding> {
    let host = named.host.as_str();
    if host.rsplit('.').next() == Some("local")
        || host.contains(':')
        || host.parse::<std::net::IpAddr>().is_ok()
    {
        return None;
    }
    let near = slip::meant(host, shown.entry_hosts())?;
    let message =
        format!("no ServiceEntry of the input has `{host}`, but one has `{near}`: {}", named.role.without());
    Some(warning(named, message, format!("did you mean `{near}`?")))
}

fn related(shown: &Shown<'_>, finding: Finding, namespace: &str, name: &str) -> Finding {
    let service = shown.service(namespace, name).and_then(<[_]>::first);
    match service {
        Some(service) => finding.related("the Service", service.span),
        None => finding,
    }
}
