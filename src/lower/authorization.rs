//! AuthorizationPolicy to a policy of the neutral model.

use super::ambient::{self, Reach};
use super::trust_domain::Domains;
use super::{ambient_selector, rule, ztunnel};
use crate::config::Settings;
use crate::finding::Finding;
use crate::ir::{self, AttachedTo, Enforcer, NotEnforced, Origin, Policy, Scope};
use crate::istio::authorization_policy::{Action, AuthorizationPolicy, Rule};
use crate::istio::{Attachment, Meta, TargetRef};
use crate::manifest::mesh::Mesh;
use crate::manifest::{Inventory, OfService};
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// Lowers one policy, for its sidecars and for ztunnel. Absent rules and an empty list alike match nothing; an empty rule matches
/// everything.
pub(super) fn lower(
    policy: &AuthorizationPolicy,
    settings: &Settings,
    inventory: &Inventory,
    findings: &mut Vec<Finding>,
) -> Vec<Policy> {
    let sidecar = lower_for(policy, settings, inventory, false);
    if sidecar.not_enforced.is_some() {
        return vec![sidecar];
    }
    findings.extend(ambient_selector::without_pod_labels(policy, &sidecar.scope, inventory));
    let reach = Reach::of(&sidecar.scope, inventory, settings);
    ambient::parts(sidecar, lower_for(policy, settings, inventory, true), &reach)
}

fn lower_for(
    policy: &AuthorizationPolicy,
    settings: &Settings,
    inventory: &Inventory,
    ztunnel: bool,
) -> Policy {
    let AuthorizationPolicy { meta, attachment, bare_selector, action, provider, rules, dry_run, empty } =
        policy;
    let namespace = meta.reference.namespace.clone().unwrap_or_default();
    let context = rule::Context {
        namespace: &namespace,
        domains: Domains { local: &settings.trust_domain, aliases: &settings.trust_domain_aliases },
        allows: action.value == Action::Allow,
    };
    let lower_rule = |rule: &Rule| {
        if ztunnel { ztunnel::lower(rule, context).into_iter().collect() } else { rule::lower(rule, context) }
    };
    let own_leaves = std::iter::once(action.clone().map(drop))
        .chain(empty.iter().map(|leaf| leaf.clone().map(drop)))
        .chain(provider.clone().map(|leaf| leaf.map(drop)))
        .chain(places(meta, attachment, rules.as_ref().is_none_or(Vec::is_empty)));
    Policy {
        origin: origin(meta),
        scope: scope(&namespace, attachment, settings),
        action: match action.value {
            Action::Allow => ir::Action::Allow,
            Action::Deny => ir::Action::Deny,
            Action::Audit => ir::Action::Audit,
            Action::Custom => ir::Action::Custom,
        },
        not_enforced: not_enforced(attachment, dry_run.as_ref(), |reference| {
            attached_to(reference, &namespace, settings, inventory)
        })
        .or_else(|| unknown_to_ztunnel(action, bare_selector.as_ref()).filter(|_| ztunnel)),
        enforcer: Enforcer::Sidecar,
        rules: rules.iter().flatten().flat_map(lower_rule).collect(),
        own_leaves: own_leaves.collect(),
        asks: provider.as_ref().and_then(|name| authorizer(&name.value, &inventory.mesh)),
    }
}

/// Whom a name in `provider` means, in words; only an authorizer can be asked.
fn authorizer(name: &str, mesh: &Mesh) -> Option<String> {
    mesh.provider(name).filter(|provider| provider.kind.authorizes()).map(ToString::to_string)
}

/// Places that mean something by being empty: no rules, and a selector without labels.
pub(super) fn places(meta: &Meta, attachment: &Attachment, no_rules: bool) -> Vec<Leaf<()>> {
    let rules: &[&str] = if no_rules { &["spec", "spec.rules"] } else { &[] };
    let selector: &[&str] = match attachment {
        Attachment::Everything => &["spec.selector", "spec.selector.matchLabels", "spec.targetRefs"],
        Attachment::Selector(_) | Attachment::TargetRefs(_) => &[],
    };
    let leaf = |field: &&str| Leaf { value: (), span: meta.name_span, field: (*field).to_string() };
    rules.iter().chain(selector).map(leaf).collect()
}

pub(super) fn origin(meta: &Meta) -> Origin {
    Origin { object: meta.object, reference: meta.reference.clone(), span: meta.name_span }
}

/// A policy in the root namespace acts on the whole mesh, with or without a selector.
pub(super) fn scope(namespace: &str, attachment: &Attachment, settings: &Settings) -> Scope {
    let labels = match attachment {
        Attachment::Everything | Attachment::TargetRefs(_) => BTreeMap::new(),
        Attachment::Selector(labels) => labels.clone(),
    };
    let namespace = (namespace != settings.root_namespace).then(|| namespace.to_string());
    Scope { namespace, labels, except: Vec::new() }
}

/// Sidecars ignore a policy with `targetRefs` (`pilot/pkg/model/policyattachment.go`).
fn not_enforced(
    attachment: &Attachment,
    dry_run: Option<&Leaf<bool>>,
    attached_to: impl Fn(&TargetRef) -> AttachedTo,
) -> Option<NotEnforced> {
    if let Attachment::TargetRefs(references) = attachment {
        let (reference, at) =
            references.iter().find_map(|reference| Some((reference, any_leaf(reference)?)))?;
        return Some(NotEnforced::Attached(at, attached_to(reference)));
    }
    let dry_run = dry_run.filter(|leaf| leaf.value)?;
    Some(NotEnforced::DryRun(dry_run.clone().map(drop)))
}

/// What a reference means: a Service has its waypoint by labels, a Gateway is one by its class, and a class
/// is all of them (`pilot/pkg/serviceregistry/ambient/policies.go`, `WaypointPolicyStatusCollection`).
fn attached_to(
    reference: &TargetRef,
    namespace: &str,
    settings: &Settings,
    inventory: &Inventory,
) -> AttachedTo {
    let text = |leaf: &Option<Leaf<String>>| leaf.as_ref().map(|leaf| leaf.value.clone()).unwrap_or_default();
    let name = text(&reference.name);
    match text(&reference.kind).as_str() {
        "Gateway" => inventory.waypoints.named(namespace, &name).map_or(AttachedTo::Gateway, |waypoint| {
            let users = inventory.waypoints.users(waypoint);
            let before =
                if users.is_empty() { String::new() } else { format!(", before {}", users.join(", ")) };
            AttachedTo::Waypoint(format!("the waypoint `{namespace}/{name}`{before}"))
        }),
        "GatewayClass" => AttachedTo::Waypoint(format!("each waypoint of the class `{name}`")),
        "ServiceEntry" => AttachedTo::Waypoint(format!("the waypoint of ServiceEntry `{name}`")),
        "Service" => match inventory.waypoints.of_service(namespace, &name) {
            OfService::Asked(waypoint) => {
                AttachedTo::Waypoint(format!("the waypoint `{waypoint}`, before Service `{name}`"))
            }
            asked => AttachedTo::NoWaypoint {
                service: name,
                proven: asked == OfService::NotAsked && settings.mesh_namespaces.is_some(),
            },
        },
        _ => AttachedTo::Gateway,
    }
}

/// ztunnel gets ALLOW and DENY (`pilot/pkg/serviceregistry/ambient/authorization.go`,
/// `convertAuthorizationPolicy`). With a selector a policy is for workloads that name it, and none names one
/// whose selector has no labels (`workloads.go`, `buildWorkloadPolicies`).
fn unknown_to_ztunnel(action: &Leaf<Action>, bare_selector: Option<&Leaf<()>>) -> Option<NotEnforced> {
    match action.value {
        Action::Allow | Action::Deny => bare_selector.cloned().map(NotEnforced::SelectsNobody),
        Action::Audit | Action::Custom => Some(NotEnforced::UnknownToZtunnel(action.clone().map(drop))),
    }
}

fn any_leaf(reference: &TargetRef) -> Option<Leaf<()>> {
    let TargetRef { group, kind, name, namespace } = reference;
    [name, kind, group, namespace].into_iter().flatten().next().map(|leaf| leaf.clone().map(drop))
}
