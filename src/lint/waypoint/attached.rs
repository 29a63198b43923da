//! UM173 and UM174 for what is attached to workloads: WasmPlugin, TrafficExtension and Telemetry, and whatever
//! selects the pods of a waypoint itself.
//!
//! `pilot/pkg/model/policyattachment.go`, `ShouldAttachPolicy`: a waypoint reads what has `targetRefs`, and never
//! looks at a selector. A Telemetry of a whole namespace is read without (`pilot/pkg/model/telemetry.go`). At
//! gateways of Gateway API a selector counts, as long as ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY is on, as it is.

use super::of_namespace;
use crate::finding::codes::meaning::{SELECTOR_IGNORED, WAYPOINT_NEEDED};
use crate::finding::{Direction, Finding, Severity};
use crate::ir::Scope;
use crate::istio::{Attachment, Meta};
use crate::lint::Context;
use crate::source::Span;
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// The label of a waypoint's pods, and of a gateway's.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// Which kinds are looked at, and how each counts for waypoints.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What it is for as a whole namespace, waypoints read too.
    Telemetry,
    /// Waypoints read it by `targetRefs` alone.
    Code,
    /// Told elsewhere, but for selectors of a waypoint's pods.
    Policy,
}

/// One finding for each resource.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let resources = context.resources;
    let telemetries = resources.telemetries.iter().map(|one| (&one.meta, &one.attachment, Kind::Telemetry));
    let plugins = resources.wasm_plugins.iter().map(|one| (&one.meta, &one.attachment, Kind::Code));
    let extensions = resources.traffic_extensions.iter().map(|one| (&one.meta, &one.attachment, Kind::Code));
    let tokens =
        resources.request_authentications.iter().map(|one| (&one.meta, &one.attachment, Kind::Policy));
    let policies =
        resources.authorization_policies.iter().map(|one| (&one.meta, &one.attachment, Kind::Policy));
    let all = telemetries.chain(plugins).chain(extensions).chain(tokens).chain(policies);
    all.filter_map(|(meta, attachment, kind)| {
        of_waypoint(context, meta, attachment).or_else(|| unread(context, meta, attachment, kind))
    })
    .collect()
}

/// A selector of the pods of a waypoint.
fn of_waypoint(context: &Context<'_>, meta: &Meta, attachment: &Attachment) -> Option<Finding> {
    let Attachment::Selector(labels) = attachment else { return None };
    let namespace = meta.reference.namespace.as_deref().unwrap_or_default();
    let name = labels.get(GATEWAY_NAME)?;
    let waypoint = context.inventory.waypoints.named(namespace, &name.value)?;
    let message = format!(
        "this selects the pods of the waypoint `{}`, and waypoints look at no selector: it does nothing",
        name.value
    );
    let help = "name the waypoint's Gateway, or a Service behind it, in `targetRefs` instead";
    let finding =
        warning(&SELECTOR_IGNORED, meta, message).help(help).at(name.span).field(name.field.clone());
    Some(finding.related("a waypoint", waypoint.span))
}

/// What is for workloads that are all in ambient mode.
fn unread(context: &Context<'_>, meta: &Meta, attachment: &Attachment, kind: Kind) -> Option<Finding> {
    let labels = match attachment {
        _ if kind == Kind::Policy => return None,
        Attachment::Everything => BTreeMap::new(),
        Attachment::Selector(labels) => labels.clone(),
        Attachment::TargetRefs(_) => return None,
    };
    let namespace = meta.reference.namespace.as_deref().unwrap_or_default();
    if namespace == context.settings.root_namespace || reaches_gateway(context, namespace, &labels) {
        return None;
    }
    let first: Option<Leaf<String>> = labels.values().next().cloned();
    let scope = Scope { namespace: Some(namespace.to_string()), labels, except: Vec::new() };
    if !context.model.facts.is_ambient(&scope) {
        return None;
    }
    let at: (Span, String) =
        first.map_or((meta.name_span, "spec".to_string()), |leaf| (leaf.span, leaf.field));
    let whole = scope.labels.is_empty();
    let what = &meta.reference.kind;
    let finding = match of_namespace(context, namespace) {
        Some(_) if whole && kind == Kind::Telemetry => return None,
        Some(waypoint) => {
            let without = if whole { "no `targetRefs`" } else { "a `selector` and no `targetRefs`" };
            let message = format!(
                "these pods are in ambient mode, where ztunnel reads no {what}, and the waypoint `{waypoint}` reads \
                 none with {without}: it does nothing"
            );
            let help = "name the waypoint's Gateway, or a Service behind it, in `targetRefs`";
            warning(&SELECTOR_IGNORED, meta, message).help(help)
        }
        None => {
            let message = format!(
                "these pods are in ambient mode, where ztunnel reads no {what}, and the input shows no waypoint before \
                 them: it does nothing"
            );
            let help = "if it is needed while the mesh stays, make a waypoint and name it in `targetRefs`; else delete it";
            warning(&WAYPOINT_NEEDED, meta, message).help(help)
        }
    };
    let finding = finding.at(at.0).field(at.1);
    let around = context.inventory.namespaces.get(namespace);
    Some(around.into_iter().fold(finding, |finding, shown| finding.related("in ambient mode", shown.span)))
}

/// Whether pods of a gateway are meant too, which are no waypoint's.
fn reaches_gateway(context: &Context<'_>, namespace: &str, labels: &BTreeMap<String, Leaf<String>>) -> bool {
    let mut gateways = context.inventory.workloads.iter().filter(|workload| workload.gateway);
    let of_class = context.resources.gateway_api.gateways.iter();
    let mut generated = of_class.filter(|gateway| {
        let name = &gateway.meta.reference.name;
        gateway.meta.reference.namespace.as_deref() == Some(namespace)
            && context.inventory.waypoints.named(namespace, name).is_none()
    });
    let fits =
        |own: &crate::manifest::Labels| labels.iter().all(|(key, leaf)| own.get(key) == Some(&leaf.value));
    gateways.any(|workload| workload.identity.namespace == namespace && fits(&workload.labels))
        || generated.next().is_some() && labels.keys().all(|key| key == GATEWAY_NAME)
}

fn warning(code: &'static crate::finding::Code, meta: &Meta, message: String) -> Finding {
    Finding::new(code, Direction::None, message).severity(Severity::Warning).on(&meta.reference)
}
