//! One object of the manifest to one resource: version, top-level fields, annotation, `spec`.
//!
//! Here stands which code a problem has in which kind. A policy that cannot be read whole may have
//! been a refusal, so nothing is written while it is not mended or accepted; a RequestAuthentication
//! and a VirtualService write no object, and what can be read of them is kept.

use super::checks::Checks;
use super::destination_rule::{self, DestinationRule};
use super::virtual_service;
use super::{AuthorizationPolicy, Meta, PeerAuthentication, RequestAuthentication, VirtualService, values};
use super::{EnvoyFilter, ProxyConfig, Telemetry, TrafficExtension, WasmPlugin};
use super::{ServiceEntry, Sidecar, WorkloadEntry, WorkloadGroup};
use super::{authorization_policy, peer_authentication, request_authentication};
use super::{envoy_filter, proxy_config, telemetry, traffic_extension, wasm_plugin};
use super::{service_entry, sidecar, workload_entry, workload_group};
use crate::finding::codes::input;
use crate::finding::{Code, Direction, Finding, Severity};
use crate::manifest::{Object, ObjectId};
use crate::yaml::fields::{Field, Leaf, Problems, Reader};

/// What every resource of Kubernetes has beside its `spec`.
const TOP_LEVEL: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

const DRY_RUN: &str = "istio.io/dry-run";

/// The versions of `security.istio.io` that hold these kinds.
const SECURITY: [&str; 2] = ["v1", "v1beta1"];

/// The versions of `networking.istio.io` that hold DestinationRule, VirtualService and Gateway.
const NETWORKING: [&str; 3] = ["v1", "v1beta1", "v1alpha3"];

/// Problems of kinds that become network policy.
const POLICY: Problems = Problems {
    unknown: &input::POLICY_UNREADABLE,
    wrong_type: &input::POLICY_UNREADABLE,
    wrong_value: &input::POLICY_UNREADABLE,
    unquoted: &input::POLICY_UNREADABLE,
    direction: Direction::Widens,
};

/// Problems of kinds that become no object.
const OTHER: Problems = Problems {
    unknown: &input::UNKNOWN_FIELD,
    wrong_type: &input::WRONG_TYPE,
    wrong_value: &input::WRONG_VALUE,
    unquoted: &input::UNQUOTED_SCALAR,
    direction: Direction::Widens,
};

/// Reads an AuthorizationPolicy; `None` where it cannot be read whole or Istio refuses it.
pub(super) fn authorization_policy(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<AuthorizationPolicy> {
    enforced(object, findings, |reader, checks| {
        let dry_run = dry_run(object, reader, checks);
        authorization_policy::read(meta(id, object), spec(object, reader).as_ref(), dry_run, checks)
    })
}

/// Reads a PeerAuthentication; `None` where it cannot be read whole or Istio refuses it.
pub(super) fn peer_authentication(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<PeerAuthentication> {
    enforced(object, findings, |reader, checks| {
        refuse_dry_run(object, checks);
        peer_authentication::read(meta(id, object), spec(object, reader).as_ref(), checks)
    })
}

/// Reads a RequestAuthentication as far as it can be read.
pub(super) fn request_authentication(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<RequestAuthentication> {
    let kind = Kind {
        versions: &SECURITY,
        invalid: &input::REQUEST_AUTHENTICATION_INVALID,
        direction: Direction::Widens,
    };
    described(id, object, kind, findings, |meta, spec, checks| {
        refuse_dry_run(object, checks);
        request_authentication::read(meta, spec, checks)
    })
}

/// Reads a DestinationRule as far as it can be read.
pub(super) fn destination_rule(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<DestinationRule> {
    let kind = Kind::harmless(&NETWORKING);
    described(id, object, kind, findings, destination_rule::read)
}

/// Reads a VirtualService as far as it can be read.
pub(super) fn virtual_service(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<VirtualService> {
    if !known_version(object, &NETWORKING, &input::UNSUPPORTED_VERSION, findings) {
        return None;
    }
    let (service, found) = virtual_service::read(meta(id, object), object);
    findings.extend(found);
    findings.extend(unknown_top_level(object, &input::UNKNOWN_FIELD));
    service
}

/// Reads an EnvoyFilter as far as it can be read.
pub(super) fn envoy_filter(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<EnvoyFilter> {
    let kind = Kind::harmless(&["v1alpha3"]);
    described(id, object, kind, findings, envoy_filter::read)
}

/// Reads a WasmPlugin as far as it can be read.
pub(super) fn wasm_plugin(id: ObjectId, object: &Object, findings: &mut Vec<Finding>) -> Option<WasmPlugin> {
    let kind = Kind::harmless(&["v1alpha1"]);
    described(id, object, kind, findings, wasm_plugin::read)
}

/// Reads a TrafficExtension as far as it can be read.
pub(super) fn traffic_extension(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<TrafficExtension> {
    let kind = Kind::harmless(&["v1alpha1"]);
    described(id, object, kind, findings, traffic_extension::read)
}

/// Reads a Telemetry as far as it can be read.
pub(super) fn telemetry(id: ObjectId, object: &Object, findings: &mut Vec<Finding>) -> Option<Telemetry> {
    let kind = Kind::harmless(&["v1", "v1alpha1"]);
    described(id, object, kind, findings, telemetry::read)
}

/// Reads a ProxyConfig as far as it can be read.
pub(super) fn proxy_config(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<ProxyConfig> {
    let kind = Kind::harmless(&["v1beta1"]);
    described(id, object, kind, findings, proxy_config::read)
}

/// Reads a Gateway of `networking.istio.io` as far as it can be read.
pub(super) fn gateway(id: ObjectId, object: &Object, findings: &mut Vec<Finding>) -> Option<super::Gateway> {
    let kind = Kind::harmless(&NETWORKING);
    described(id, object, kind, findings, super::gateway::read)
}

/// Reads a ServiceEntry as far as it can be read. Without it, a host may lose its name.
pub(super) fn service_entry(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<ServiceEntry> {
    let kind =
        Kind { versions: &NETWORKING, invalid: &input::RESOURCE_INVALID, direction: Direction::Narrows };
    described(id, object, kind, findings, |meta, spec, checks| {
        service_entry::read(meta, &object.labels, spec, checks)
    })
}

/// Reads a Sidecar as far as it can be read. It may have closed the way out.
pub(super) fn sidecar(id: ObjectId, object: &Object, findings: &mut Vec<Finding>) -> Option<Sidecar> {
    let kind =
        Kind { versions: &NETWORKING, invalid: &input::RESOURCE_INVALID, direction: Direction::Widens };
    described(id, object, kind, findings, sidecar::read)
}

/// Reads a WorkloadEntry as far as it can be read. Without it, a Service may lose a machine.
pub(super) fn workload_entry(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<WorkloadEntry> {
    let kind =
        Kind { versions: &NETWORKING, invalid: &input::RESOURCE_INVALID, direction: Direction::Narrows };
    described(id, object, kind, findings, workload_entry::read)
}

/// Reads a WorkloadGroup as far as it can be read.
pub(super) fn workload_group(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
) -> Option<WorkloadGroup> {
    let kind =
        Kind { versions: &NETWORKING, invalid: &input::RESOURCE_INVALID, direction: Direction::Narrows };
    described(id, object, kind, findings, workload_group::read)
}

/// Reads a kind that is enforced. What Istio refuses is only said of what can be read: a field that
/// could not be read is missing, and would be refused for that.
fn enforced<T>(
    object: &Object,
    findings: &mut Vec<Finding>,
    read: impl FnOnce(&Reader<'_>, &Checks<'_>) -> Option<T>,
) -> Option<T> {
    if !known_version(object, &SECURITY, &input::POLICY_UNREADABLE, findings) {
        return None;
    }
    let reader = Reader::new(&object.reference, POLICY);
    let checks = Checks::new(&object.reference, &input::POLICY_INVALID, Direction::Widens);
    let policy = read(&reader, &checks);
    let mut unreadable = unknown_top_level(object, POLICY.unknown);
    unreadable.extend(reader.into_findings());
    if !unreadable.is_empty() {
        findings.extend(unreadable);
        return None;
    }
    let valid = checks.is_empty();
    findings.extend(checks.into_findings());
    policy.filter(|_| valid)
}

/// A kind that becomes no object.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// The versions of its group that hold it, the newest first.
    pub(super) versions: &'static [&'static str],
    /// The code of what Istio's validation refuses in it.
    pub(super) invalid: &'static Code,
    /// What it means for access where something is not read, or refused.
    pub(super) direction: Direction,
}

impl Kind {
    /// A kind that decides no access.
    pub(super) const fn harmless(versions: &'static [&'static str]) -> Self {
        Self { versions, invalid: &input::RESOURCE_INVALID, direction: Direction::None }
    }
}

/// Reads a kind that becomes no object, as far as it can be read; `None` for a version that is not known.
/// What Istio refuses is told beside what could be read: the lints look at it all the same.
pub(super) fn described<T>(
    id: ObjectId,
    object: &Object,
    kind: Kind,
    findings: &mut Vec<Finding>,
    read: impl FnOnce(Meta, Option<&Field<'_>>, &Checks<'_>) -> T,
) -> Option<T> {
    if !known_version(object, kind.versions, &input::UNSUPPORTED_VERSION, findings) {
        return None;
    }
    let problems = Problems { direction: kind.direction, ..OTHER };
    let reader = Reader::new(&object.reference, problems);
    let checks = Checks::new(&object.reference, kind.invalid, kind.direction);
    let read = read(meta(id, object), spec(object, &reader).as_ref(), &checks);
    findings.extend(unknown_top_level(object, OTHER.unknown));
    findings.extend(reader.into_findings());
    findings.extend(checks.into_findings());
    Some(read)
}

fn meta(object: ObjectId, source: &Object) -> Meta {
    Meta {
        object,
        reference: source.reference.clone(),
        name_span: source.name_span,
        created: source.created.clone(),
    }
}

/// The `spec`; null is absent, as for every field without a default (the API server takes it out).
fn spec<'r>(object: &'r Object, reader: &'r Reader<'r>) -> Option<Field<'r>> {
    let entry = object.root.entry("spec")?;
    Some(reader.field("spec", &entry.value, entry.key_span)).filter(|field| !field.is_null())
}

fn known_version(object: &Object, known: &[&str], code: &'static Code, findings: &mut Vec<Finding>) -> bool {
    if known.contains(&object.version()) {
        return true;
    }
    let message =
        format!("`{}` is no version of {} that unmesh knows", object.api_version, object.reference.kind);
    let finding = Finding::new(code, Direction::Widens, message)
        .severity(Severity::Error)
        .help(format!("write it as {}/{}", object.group(), known.first().copied().unwrap_or("v1")))
        .on(&object.reference)
        .at(object.root.get("apiVersion").map_or(object.name_span, |node| node.span))
        .field("apiVersion");
    findings.push(finding);
    false
}

fn unknown_top_level(object: &Object, code: &'static Code) -> Vec<Finding> {
    let entries = object.root.entries().iter().filter(|entry| !TOP_LEVEL.contains(&entry.key.as_str()));
    entries
        .map(|entry| {
            let kind = &object.reference.kind;
            let message = format!("{kind} has no field `{}`", entry.key);
            let mut finding = Finding::new(code, Direction::Widens, message).severity(Severity::Error);
            finding.help =
                crate::finding::nearest(&entry.key, TOP_LEVEL).map(|near| format!("did you mean `{near}`?"));
            finding.on(&object.reference).at(entry.key_span).field(entry.key.as_str())
        })
        .collect()
}

/// The annotation of the dry run, as Istio reads it. It stands in `metadata` and decides whether a
/// policy is enforced, so it is read as strictly as the `spec`.
fn dry_run(object: &Object, reader: &Reader<'_>, checks: &Checks<'_>) -> Option<Leaf<bool>> {
    let entry = object.root.get("metadata")?.get("annotations")?.entry(DRY_RUN)?;
    let path = format!("metadata.annotations[{DRY_RUN}]");
    let text = reader.field(&path, &entry.value, entry.key_span).string()?;
    let value = values::boolean(&text.value);
    if value.is_none() {
        let message = format!("`{}` is no value of `{DRY_RUN}`", text.value);
        checks.refuse(&text, message, "it is \"true\" or \"false\"");
    }
    value.map(|value| text.map(|_| value))
}

/// Istio takes the annotation of the dry run on AuthorizationPolicy alone.
fn refuse_dry_run(object: &Object, checks: &Checks<'_>) {
    let annotations = object.root.get("metadata").and_then(|metadata| metadata.get("annotations"));
    if let Some(entry) = annotations.and_then(|annotations| annotations.entry(DRY_RUN)) {
        let field = format!("metadata.annotations[{DRY_RUN}]");
        let at = Leaf { value: (), span: entry.key_span, field };
        let message = format!("the annotation `{DRY_RUN}` can only stand on an AuthorizationPolicy");
        checks.refuse(&at, message, "take the annotation out");
    }
}
