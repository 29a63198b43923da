//! UM187: policies in a namespace that no label brings into the mesh (IST0102).
//!
//! The webhooks of the injector leave a namespace out that says `istio-injection: disabled`, whatever its pods say
//! (`istio-discovery/templates/mutatingwebhook.yaml`). One without a label may be labelled by hand, so it is a note.

use super::Context;
use crate::finding::codes::meaning::NOT_INJECTED;
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::istio::{Attachment, Meta};
use crate::lint::words::listed;
use crate::manifest::{Membership, Namespace, Proxy, Workload};
use crate::source::Span;

/// One finding for each such namespace.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let namespaces = context.inventory.namespaces.iter();
    namespaces.filter_map(|(name, namespace)| one(context, name, namespace)).collect()
}

fn one(context: &Context<'_>, name: &str, namespace: &Namespace) -> Option<Finding> {
    // The label's value where it keeps pods out; `None` where nothing is said.
    let off = match namespace.labels.get("istio-injection") {
        Some(value) if value == "enabled" => return None,
        value => value,
    };
    let asks =
        ["istio.io/rev", "istio.io/dataplane-mode"].iter().any(|key| namespace.labels.contains_key(*key));
    let unknown = context.inventory.membership(name, context.settings) == Membership::Unknown;
    if asks || !unknown || has_proxies(context, name) {
        return None;
    }
    let shown = context.inventory.workloads.iter().any(|workload| workload.identity.namespace == name);
    if off.is_some() && shown {
        // Told of each policy that selects such a workload (UM416).
        return None;
    }
    let policies = policies(context, name);
    policies.first()?;
    let names: Vec<String> = policies.iter().map(|meta| meta.0.to_string()).collect();
    let (severity, message, help) = match off {
        Some(value) => (
            Severity::Warning,
            format!(
                "`istio-injection: {value}` keeps proxies out of `{name}`: {} never acted",
                listed(&names)
            ),
            "see whether its pods were meant to have proxies; what is written for them would close what was open",
        ),
        None => (
            Severity::Info,
            format!(
                "no label of `{name}` in the input asks for proxies: unless somebody labels it by hand, {} never acted",
                listed(&names)
            ),
            "label the Namespace, or name it in `--mesh-namespaces`, if its pods have proxies",
        ),
    };
    let reference = ObjectRef { kind: "Namespace".to_string(), namespace: None, name: name.to_string() };
    let finding = Finding::new(&NOT_INJECTED, Direction::None, message).severity(severity).on(&reference);
    let finding = finding.at(namespace.span).field("metadata.labels").help(help);
    Some(policies.iter().fold(finding, |finding, (_, span)| finding.related("a policy of it", *span)))
}

/// Whether pods of the namespace have a proxy all the same: by their own templates, or as gateways.
fn has_proxies(context: &Context<'_>, name: &str) -> bool {
    let own = |workload: &&Workload| workload.identity.namespace == name;
    let proxied = |workload: &Workload| {
        workload.gateway || matches!(workload.proxy, Proxy::Sidecar | Proxy::Ambient | Proxy::Unknown)
    };
    let mut gateways = context.resources.gateway_api.gateways.iter();
    context.inventory.workloads.iter().filter(own).any(proxied)
        || gateways.any(|gateway| gateway.meta.reference.namespace.as_deref() == Some(name))
}

/// The policies of a namespace that are for its pods.
fn policies<'c>(context: &Context<'c>, name: &str) -> Vec<(&'c ObjectRef, Span)> {
    let resources = context.resources;
    let access = resources.authorization_policies.iter().map(|one| (&one.meta, &one.attachment));
    let peers = resources.peer_authentications.iter().map(|one| (&one.meta, &one.attachment));
    let tokens = resources.request_authentications.iter().map(|one| (&one.meta, &one.attachment));
    let is_own = |(meta, attachment): &(&Meta, &Attachment)| {
        meta.reference.namespace.as_deref() == Some(name) && !matches!(attachment, Attachment::TargetRefs(_))
    };
    let all = access.chain(peers).chain(tokens).filter(is_own);
    all.map(|(meta, _)| (&meta.reference, meta.name_span)).collect()
}
