//! UM176: Sidecars for pods that have none, or for others than meant.
//!
//! `pilot/pkg/model/push_context.go` (`doGetSidecarScope`): a Sidecar with a selector is for pods of its own
//! namespace alone, the root namespace too; gateways and waypoints have none in charge, and ztunnel reads none.

use super::Context;
use crate::finding::codes::meaning::SIDECAR_SCOPE;
use crate::finding::{Direction, Finding, Severity};
use crate::istio::Sidecar;
use crate::istio::sidecar::OutboundTrafficPolicy;
use crate::lint::words::{labels, listed};
use crate::manifest::{Proxy, Workload};
use crate::source::Span;

/// One finding for each Sidecar, and one for a policy without a mode.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for sidecar in &context.resources.sidecars {
        let scope = of_root(context, sidecar).or_else(|| without_sidecars(context, sidecar));
        findings.extend(scope);
        findings.extend(sidecar.outbound.as_ref().and_then(|policy| without_mode(sidecar, policy)));
    }
    findings
}

/// A selector in the root namespace, where only a Sidecar without one is for the mesh.
fn of_root(context: &Context<'_>, sidecar: &Sidecar) -> Option<Finding> {
    let selector = sidecar.selector.as_ref()?;
    let root = context.settings.root_namespace.as_str();
    let selected = || context.inventory.workloads.iter().filter(|one| selector.matches(&one.labels));
    let in_root = selected().any(|one| one.identity.namespace == root);
    if sidecar.namespace() != root || in_root && !selector.labels.is_empty() {
        return None;
    }
    // A document without a namespace says nothing of where its pods are, and gateways have no Sidecar.
    let is_elsewhere = |one: &&Workload| {
        let namespace = &one.identity.namespace;
        let assumed = *namespace == context.settings.default_namespace
            && !context.inventory.namespaces.contains_key(namespace);
        namespace != root && !assumed && !one.gateway && matches!(one.proxy, Proxy::Sidecar | Proxy::Unknown)
    };
    let elsewhere = selected().filter(is_elsewhere);
    let elsewhere: Vec<String> = elsewhere.map(|one| one.reference.to_string()).collect();
    let words = match labels(&selector.labels) {
        none if none.is_empty() => "any labels".to_string(),
        labels => format!("`{labels}`"),
    };
    let (severity, message) = if elsewhere.is_empty() {
        let message = format!(
            "this is for pods with {words} in `{root}` alone, of which the input shows none: with a selector, a Sidecar \
             of the root namespace is not for the mesh"
        );
        (Severity::Info, message)
    } else {
        let message = format!(
            "this is for pods with {words} in `{root}` alone, and these are elsewhere ({}): with a selector, a Sidecar of \
             the root namespace is not for the mesh",
            listed(&elsewhere)
        );
        (Severity::Warning, message)
    };
    let help =
        "put it into the namespace of the pods, or take the selector out to have it for the whole mesh";
    Some(finding(sidecar, severity, selector.at.span, "spec.workloadSelector", message).help(help))
}

/// All pods that it is for, as far as the input shows any, have no sidecar.
fn without_sidecars(context: &Context<'_>, sidecar: &Sidecar) -> Option<Finding> {
    let own = sidecar.namespace();
    if own == context.settings.root_namespace {
        return None;
    }
    let labelled = sidecar.selector.as_ref().filter(|selector| !selector.labels.is_empty());
    let selects = |one: &&Workload| {
        one.identity.namespace == own && labelled.is_none_or(|selector| selector.matches(&one.labels))
    };
    let selected: Vec<&Workload> = context.inventory.workloads.iter().filter(selects).collect();
    let all = |test: fn(&Workload) -> bool| !selected.is_empty() && selected.iter().all(|one| test(one));
    let names: Vec<String> = selected.iter().map(|one| one.reference.to_string()).collect();
    let whole = labelled.is_none() && selected.is_empty();
    let why = if all(|one| one.proxy == Proxy::Ambient && !one.gateway)
        && (labelled.is_some() || context.inventory.is_ambient(own, context.settings))
    {
        format!("{} {} in ambient mode, where ztunnel reads no Sidecar", listed(&names), be(&names))
    } else if all(|one| one.gateway) && labelled.is_some() {
        format!("{} {} of a gateway, whose proxy has no Sidecar in charge", listed(&names), be(&names))
    } else if whole && context.inventory.is_ambient(own, context.settings) {
        format!("`{own}` is in ambient mode, where ztunnel reads no Sidecar")
    } else {
        return None;
    };
    let (span, field) = sidecar
        .selector
        .as_ref()
        .map_or((sidecar.meta.name_span, "spec"), |selector| (selector.at.span, "spec.workloadSelector"));
    let help = "nothing changes when it goes: delete it, or select pods that have a sidecar";
    Some(finding(sidecar, Severity::Warning, span, field, format!("{why}: this does nothing")).help(help))
}

fn be(names: &[String]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}

/// Without a mode, a policy is REGISTRY_ONLY, the first of the enumeration, and not the mesh's own.
fn without_mode(sidecar: &Sidecar, policy: &OutboundTrafficPolicy) -> Option<Finding> {
    if policy.mode.is_some() {
        return None;
    }
    let message = "an `outboundTrafficPolicy` without a `mode` is `REGISTRY_ONLY`, whatever the mesh says";
    let help = "write the mode that is meant, or take `outboundTrafficPolicy` out to have the mesh's own";
    let field = policy.at.field.clone();
    Some(finding(sidecar, Severity::Info, policy.at.span, &field, message.to_string()).help(help))
}

fn finding(sidecar: &Sidecar, severity: Severity, span: Span, field: &str, message: String) -> Finding {
    Finding::new(&SIDECAR_SCOPE, Direction::None, message)
        .severity(severity)
        .on(&sidecar.meta.reference)
        .at(span)
        .field(field)
}
