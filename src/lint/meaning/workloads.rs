//! UM138, UM141 and UM142: policies and workloads that do not meet.

use super::slip;
use crate::finding::codes::meaning::{PARTLY_POLICED, SELECTS_NOTHING, UNCOVERED_WORKLOAD};
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Policy, Proxy, Scope, Workload};
use crate::lint::Context;
use crate::lint::proxies::listed;
use crate::manifest::is_set_later;
use std::collections::BTreeMap;

/// UM138: one finding for each selector that no workload of its namespace has, where the input shows some.
#[must_use]
pub fn selects_nothing(context: &Context<'_>) -> Vec<Finding> {
    let policies = of_access(context).filter(|policy| !policy.scope.labels.is_empty());
    policies.filter_map(|policy| unselected(context, policy)).collect()
}

fn of_access<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Policy> {
    let policies = context.model.policies.iter();
    policies.filter(|policy| {
        policy.action != Action::RequireIdentity
            && !matches!(policy.not_enforced, Some(crate::ir::NotEnforced::Attached(..)))
    })
}

fn unselected(context: &Context<'_>, policy: &Policy) -> Option<Finding> {
    let scope = &policy.scope;
    let namespace = scope.namespace.as_deref()?;
    let facts = &context.model.facts;
    let shown: Vec<&Workload> = facts.workloads.of(namespace).collect();
    let selects = |labels: &BTreeMap<String, String>| scope.reaches(namespace, labels);
    if shown.iter().any(|workload| selects(&workload.labels))
        || facts.services.of(namespace).any(|service| may_be_behind(scope, &service.selector))
        || scope.labels.keys().any(|key| is_set_later(key))
    {
        return None;
    }
    let labels: Vec<_> = shown.iter().map(|workload| &workload.labels).collect();
    let (key, leaf, meant) = slip::meant_label(&scope.labels, &labels)?;
    let message = format!(
        "no workload of `{namespace}` in the input has the label `{key}: {}`, so this policy acts on nothing",
        leaf.value
    );
    Some(
        Finding::new(&SELECTS_NOTHING, Direction::None, message)
            .severity(Severity::Warning)
            .at(leaf.span)
            .field(leaf.field.clone())
            .on(&policy.origin.reference)
            .help(format!("did you mean `{meant}`?")),
    )
}

/// Pods of which the input shows the Service alone.
fn may_be_behind(scope: &Scope, selector: &BTreeMap<String, String>) -> bool {
    !selector.is_empty()
        && scope.labels.iter().any(|(key, leaf)| selector.get(key) == Some(&leaf.value))
        && scope.labels.iter().all(|(key, leaf)| selector.get(key).is_none_or(|value| *value == leaf.value))
}

/// UM141: one note for each namespace where some workloads have a policy and others have none. Whatever
/// listens on no port that the input knows is left out.
#[must_use]
pub fn uncovered(context: &Context<'_>) -> Vec<Finding> {
    let facts = &context.model.facts;
    let mut enforced: BTreeMap<Option<&str>, Vec<&Policy>> = BTreeMap::new();
    for policy in of_access(context) {
        if policy.not_enforced.is_none() && policy.action != Action::Audit {
            enforced.entry(policy.scope.namespace.as_deref()).or_default().push(policy);
        }
    }
    let mut by_namespace: BTreeMap<&str, (Vec<&Workload>, usize)> = BTreeMap::new();
    for workload in &facts.workloads {
        if !matches!(workload.proxy, Proxy::Sidecar | Proxy::Ambient) || workload.ports.is_empty() {
            continue;
        }
        let (namespace, labels) = (workload.identity.namespace.as_str(), &workload.labels);
        let (open, covered) = by_namespace.entry(namespace).or_default();
        let there = [Some(namespace), None].into_iter().filter_map(|place| enforced.get(&place)).flatten();
        if there.into_iter().any(|policy| policy.scope.selects(namespace, labels)) {
            *covered += 1;
        } else {
            open.push(workload);
        }
    }
    let unread = Unread::new(context);
    by_namespace.retain(|namespace, (_, covered)| *covered > 0 && unread.is_none(namespace));
    let found = by_namespace.into_iter();
    found.filter_map(|(namespace, (open, covered))| open_finding(namespace, &open, covered)).collect()
}

/// Policies of the input that could not be read, by namespace: those written beyond those read.
struct Unread<'a> {
    root: &'a str,
    by_namespace: BTreeMap<&'a str, usize>,
}

impl<'a> Unread<'a> {
    fn new(context: &Context<'a>) -> Self {
        let mut by_namespace: BTreeMap<&str, usize> = BTreeMap::new();
        let objects = context.manifest.objects.iter().chain(&context.manifest.contested);
        for object in objects.filter(|object| object.reference.kind == "AuthorizationPolicy") {
            *by_namespace.entry(object.namespace()).or_insert(0) += 1;
        }
        for policy in &context.resources.authorization_policies {
            let namespace = policy.meta.reference.namespace.as_deref().unwrap_or_default();
            by_namespace.entry(namespace).and_modify(|count| *count = count.saturating_sub(1));
        }
        Self { root: &context.settings.root_namespace, by_namespace }
    }

    /// Whether all were read that a namespace may have.
    fn is_none(&self, namespace: &str) -> bool {
        [namespace, self.root].iter().all(|name| self.by_namespace.get(name).is_none_or(|count| *count == 0))
    }
}

fn open_finding(namespace: &str, open: &[&Workload], covered: usize) -> Option<Finding> {
    let first = open.first()?;
    let names = names(open);
    let verb = if names.len() == 1 { "has" } else { "have" };
    let others = if covered == 1 { "one workload".to_string() } else { format!("{covered} workloads") };
    let message = format!(
        "{} {verb} no AuthorizationPolicy, which leaves them open, while {others} of `{namespace}` in the input {} one",
        listed(&names),
        if covered == 1 { "has" } else { "have" },
    );
    let message = if names.len() == 1 { message.replace("leaves them", "leaves it") } else { message };
    Some(
        Finding::new(&UNCOVERED_WORKLOAD, Direction::None, message).at(first.span).on(&first.reference).help(
            "if that is not meant, write a policy for them, or one without a selector for the namespace",
        ),
    )
}

/// Each workload once: the input may hold several documents of one.
fn names(workloads: &[&Workload]) -> Vec<String> {
    let mut names: Vec<String> =
        workloads.iter().map(|workload| format!("`{}`", workload.reference)).collect();
    names.sort();
    names.dedup();
    names
}

/// UM142: one note for each policy that selects pods with a proxy and pods without.
#[must_use]
pub fn partly(context: &Context<'_>) -> Vec<Finding> {
    let enforced = of_access(context).filter(|policy| policy.not_enforced.is_none());
    enforced.filter_map(|policy| partly_finding(context, policy)).collect()
}

fn partly_finding(context: &Context<'_>, policy: &Policy) -> Option<Finding> {
    let workloads = context.model.facts.workloads.within(policy.scope.namespace.as_deref());
    let selected: Vec<&Workload> = workloads
        .filter(|workload| policy.scope.selects(&workload.identity.namespace, &workload.labels))
        .collect();
    let policed = selected.iter().any(|workload| workload.proxy != Proxy::None);
    // A policy of the whole mesh reaches namespaces that were never meant.
    policy.scope.namespace.as_ref().filter(|_| policed)?;
    let without: Vec<&Workload> = selected
        .into_iter()
        .filter(|workload| workload.proxy == Proxy::None && !workload.ports.is_empty())
        .collect();
    let first = without.first()?;
    let names = names(&without);
    let message = format!(
        "this selects {}, whose pods have no proxy: nothing acts on them, while others that it selects are policed",
        listed(&names)
    );
    Some(
        Finding::new(&PARTLY_POLICED, Direction::None, message)
            .at(policy.origin.span)
            .on(&policy.origin.reference)
            .field("spec")
            .related("these pods have no proxy", first.span)
            .help("if they are to be protected, give them a proxy, or a network policy of their own"),
    )
}
