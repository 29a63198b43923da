//! What each finding announces: which part of which policy means something else afterwards.
//!
//! A finding speaks of a field of a policy. What it announces is the same mesh with that field
//! bounded: from below where an ALLOW lets fewer in, from above where a refusal refuses more. A
//! difference is announced if the mesh so bounded decides as the new policies do.

use crate::finding::codes::{meaning, platform, policy, target};
use crate::finding::{Code, Direction, Finding, ObjectRef};
use crate::istio::Resources;
use crate::istio::peer_authentication::Mode;
use crate::manifest::Inventory;
use crate::verify::istio::{Becomes, Loss};
use std::collections::BTreeSet;

/// What a finding announces.
#[derive(Clone, Debug)]
pub(super) enum Announces {
    /// Differences that a request can show.
    Losses(Vec<Loss>),
    /// Something that no request to a workload's port can show, such as what a gateway refused.
    Elsewhere,
    /// No change.
    Nothing,
}

/// Codes about fields that are left out or bounded.
const FIELDS: [&Code; 24] = [
    &meaning::IDENTITY_WITHOUT_MTLS,
    &policy::HOST_MATCH,
    &policy::HEADER_MATCH,
    &policy::TOKEN_MATCH,
    &policy::SNI_MATCH,
    &policy::REMOTE_IP_MATCH,
    &policy::ENVOY_FILTER_MATCH,
    &policy::METHOD_PATTERN,
    &policy::PATH_PATTERN,
    &policy::NEGATED_HTTP_MATCH,
    &policy::HTTP_DENY,
    &policy::NO_HTTP_PORT,
    &policy::IDENTITY_PATTERN,
    &policy::FOREIGN_TRUST_DOMAIN,
    &platform::L7_GUARD_LABEL,
    &platform::L7_NOT_ENFORCED,
    &platform::UNKNOWN_NAMESPACES,
    &platform::GATEWAY_IDENTITY,
    &target::HTTP_BESIDE_POLICY,
    &policy::ACCOUNT_WITHOUT_LABEL,
    &policy::SOURCES_OUTSIDE,
    &policy::DESTINATION_ADDRESS,
    &policy::NAMES_BY_PATTERN,
    &target::TOO_MANY_CASES,
];

/// What a finding announces.
pub(super) fn of(finding: &Finding, resources: &Resources, inventory: &Inventory) -> Announces {
    if !matches!(finding.direction, Direction::Narrows | Direction::Widens) {
        return Announces::Nothing;
    }
    let object = finding.object.clone();
    let becomes = match &object {
        // Told of all policies that are written.
        None => (finding.code.id == platform::OTHER_PROTOCOLS.id).then_some(Becomes::OtherProtocols),
        Some(_) => becomes(finding, resources, inventory),
    };
    let Some(becomes) = becomes else { return Announces::Elsewhere };
    let both = matches!(becomes, Becomes::OtherInAmbient);
    let directions = if both { vec![Direction::Widens, Direction::Narrows] } else { vec![finding.direction] };
    let loss = |direction| Loss { object: object.clone(), becomes: becomes.clone(), direction };
    Announces::Losses(directions.into_iter().map(loss).collect())
}

fn becomes(finding: &Finding, resources: &Resources, inventory: &Inventory) -> Option<Becomes> {
    let is = |code: &Code| finding.code.id == code.id;
    let whole = || "spec".to_string();
    let field = finding.field.clone().unwrap_or_else(whole);
    if is(&policy::PATH_NORMALISED) && finding.direction == Direction::Widens {
        return Some(Becomes::Normalised(field));
    }
    // About the policy as a whole these speak of pods that were never policed, else of a peer.
    let unpoliced = is(&platform::INSEPARABLE_POD) || is(&platform::NAMESPACE_WITHOUT_MESH);
    if unpoliced && field == "spec" {
        let namespace = namespace_of_pod(finding, inventory);
        return Some(namespace.map_or(Becomes::OutsideMesh, Becomes::BarePods));
    }
    if FIELDS.iter().any(|code| is(code)) || unpoliced || is(&policy::PATH_NORMALISED) {
        return Some(Becomes::Without(field));
    }
    if is(&policy::CUSTOM_ACTION) {
        let accepted = finding.direction == Direction::Widens;
        return Some(if accepted { Becomes::Gone } else { Becomes::AlwaysRefuses });
    }
    if is(&platform::AMBIENT_WORKLOAD) {
        return Some(Becomes::OtherInAmbient);
    }
    if is(&platform::UNCAPTURED_PORTS) {
        return Some(Becomes::UncapturedPorts);
    }
    if is(&platform::INJECTOR_LABEL) {
        let exception = finding.object.as_ref().is_some_and(|object| {
            let mut policies = resources.peer_authentications.iter();
            policies.any(|policy| {
                let strict = policy.mode.as_ref().is_some_and(|mode| mode.value == Mode::Strict);
                policy.meta.reference == *object && !strict
            })
        });
        return Some(if exception { Becomes::Gone } else { Becomes::Everywhere });
    }
    if is(&meaning::PEER_AUTHENTICATION_TIE) {
        return other_of_tie(finding, resources).map(Becomes::Tied);
    }
    if is(&platform::NAMESPACES_TO_COME) {
        return Some(Becomes::GoneBut(shown(resources, inventory)));
    }
    if is(&target::POLICIES_ADD_UP) || is(&target::IN_FORCE_FIRST) {
        // A PeerAuthentication refuses nobody then; it still takes the place of a wider one.
        let is_peers = finding.object.as_ref().is_some_and(|object| object.kind == "PeerAuthentication");
        return Some(if is_peers { Becomes::Without(whole()) } else { Becomes::Gone });
    }
    if is(&target::POLICY_IN_FORCE) {
        return Some(Becomes::Without(field));
    }
    is(&policy::TOKEN_CHECK).then_some(Becomes::Gone)
}

/// The namespaces of which the input shows anything that bears on access: policies of the whole mesh are written
/// there, if anywhere.
fn shown(resources: &Resources, inventory: &Inventory) -> BTreeSet<String> {
    let workloads = inventory.workloads.iter().map(|workload| &workload.identity.namespace);
    let services = inventory.services.iter().map(|service| &service.reference);
    let policies = resources.authorization_policies.iter().map(|policy| &policy.meta.reference);
    let peers = resources.peer_authentications.iter().map(|policy| &policy.meta.reference);
    let references =
        services.chain(policies).chain(peers).filter_map(|reference| reference.namespace.as_ref());
    inventory.namespaces.keys().chain(workloads).chain(references).cloned().collect()
}

/// The namespace of the pod that a finding shows beside the policy.
fn namespace_of_pod(finding: &Finding, inventory: &Inventory) -> Option<String> {
    let mut pods = inventory.workloads.iter();
    let pod = pods.find(|workload| finding.related.iter().any(|other| other.span == workload.span))?;
    Some(pod.identity.namespace.clone())
}

/// The other PeerAuthentication of a tie.
fn other_of_tie(finding: &Finding, resources: &Resources) -> Option<ObjectRef> {
    let mut policies = resources.peer_authentications.iter().map(|policy| &policy.meta);
    let other = policies.find(|meta| finding.related.iter().any(|other| other.span == meta.name_span))?;
    Some(other.reference.clone())
}
