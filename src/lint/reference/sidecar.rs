//! UM150 for `egress[].hosts` of Sidecars: entries that let proxies know nothing.
//!
//! Istio compares the name with full names as it stands, and the namespace with that of the Service
//! (`selectServices`, `pilot/pkg/model/sidecar.go`). Entries that keep a host out (`~`) are left alone.

use super::finding;
use super::shown::{DOMAIN, Shown, completed, is_placeholder, service_of};
use crate::finding::codes::meaning::UNKNOWN_HOST;
use crate::finding::{Finding, Severity};
use crate::istio::Sidecar;
use crate::lint::meaning::slip;
use crate::yaml::fields::Leaf;

/// One finding for each entry.
pub(super) fn check(shown: &Shown<'_>) -> Vec<Finding> {
    let sidecars = shown.context.resources.sidecars.iter();
    let hosts = sidecars.flat_map(|sidecar| {
        let listeners = sidecar.egress.items.iter();
        listeners.flat_map(|listener| &listener.hosts.items).map(move |host| (sidecar, host))
    });
    hosts.filter_map(|(sidecar, host)| check_one(shown, sidecar, host)).collect()
}

fn check_one(shown: &Shown<'_>, sidecar: &Sidecar, entry: &Leaf<String>) -> Option<Finding> {
    let (space, host) = entry.value.split_once('/')?;
    if space.starts_with('~') || host.contains('*') || is_placeholder(&entry.value) || shown.is_entry(host) {
        return None;
    }
    let space = if space == "." { sidecar.namespace() } else { space };
    let say = |severity, why: String, help: String| {
        let message = format!("{why}: no proxy knows a destination by this entry");
        Some(finding(&sidecar.meta, &UNKNOWN_HOST, severity, entry, message, help))
    };
    if let Some((namespace, name)) = unfinished(shown, host) {
        let full = completed(name, namespace);
        let why = format!("Istio does not complete `{host}` here, and nothing is called so");
        return say(Severity::Warning, why, format!("write `{namespace}/{full}`"));
    }
    let (namespace, name) = service_of(host)?;
    if shown.service(namespace, name).is_some() {
        if space == "*" || space == namespace {
            return None;
        }
        let why = format!("`{name}` is a Service of `{namespace}`, not of `{space}`");
        return say(Severity::Warning, why, format!("write `{namespace}/{name}.{namespace}{DOMAIN}`"));
    }
    let own: Vec<&str> = shown.services_of(namespace).collect();
    let near = slip::meant(name, own.iter().copied()).filter(|_| !shown.may_bring(namespace, name));
    if let Some(near) = near {
        let why = format!("`{namespace}` has no Service `{name}` in the input, but `{near}`");
        return say(Severity::Warning, why, format!("did you mean `{near}`?"));
    }
    if own.len() < 2 {
        return None;
    }
    let why = format!(
        "the input has {} Services of `{namespace}`, and `{name}` is none of them; unless it stands elsewhere",
        own.len()
    );
    let message = format!("{why}, no proxy knows a destination by this entry");
    let help = "see that the name is right, or give unmesh the file that holds the Service";
    Some(finding(&sidecar.meta, &UNKNOWN_HOST, Severity::Info, entry, message, help))
}

/// The Service that a name with a dot means which is no full name. Istio refuses names without a dot.
fn unfinished<'a>(shown: &Shown<'_>, host: &'a str) -> Option<(&'a str, &'a str)> {
    let (name, namespace) = host.strip_suffix(".svc").unwrap_or(host).split_once('.')?;
    shown.service(namespace, name).map(|_| (namespace, name))
}
