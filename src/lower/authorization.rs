//! AuthorizationPolicy to a policy of the neutral model.

use super::rule;
use super::trust_domain::Domains;
use crate::config::Settings;
use crate::ir::{self, NotEnforced, Origin, Policy, Scope};
use crate::istio::authorization_policy::{Action, AuthorizationPolicy};
use crate::istio::{Attachment, Meta, TargetRef};
use crate::manifest::mesh::Mesh;
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// Lowers one policy. Absent rules and an empty list alike match nothing; an empty rule matches
/// everything.
pub(super) fn lower(policy: &AuthorizationPolicy, mesh: &Mesh, settings: &Settings) -> Policy {
    let AuthorizationPolicy { meta, attachment, action, provider, rules, dry_run, empty } = policy;
    let namespace = meta.reference.namespace.clone().unwrap_or_default();
    let context = rule::Context {
        namespace: &namespace,
        domains: Domains { local: &settings.trust_domain, aliases: &settings.trust_domain_aliases },
        allows: action.value == Action::Allow,
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
        not_enforced: not_enforced(attachment, dry_run.as_ref()),
        rules: rules.iter().flatten().flat_map(|rule| rule::lower(rule, context)).collect(),
        own_leaves: own_leaves.collect(),
        asks: provider.as_ref().and_then(|name| authorizer(&name.value, mesh)),
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
fn not_enforced(attachment: &Attachment, dry_run: Option<&Leaf<bool>>) -> Option<NotEnforced> {
    if let Attachment::TargetRefs(references) = attachment {
        let at = references.iter().find_map(any_leaf);
        return at.map(NotEnforced::Attached);
    }
    let dry_run = dry_run.filter(|leaf| leaf.value)?;
    Some(NotEnforced::DryRun(dry_run.clone().map(drop)))
}

fn any_leaf(reference: &TargetRef) -> Option<Leaf<()>> {
    let TargetRef { group, kind, name, namespace } = reference;
    [name, kind, group, namespace].into_iter().flatten().next().map(|leaf| leaf.clone().map(drop))
}
