//! UM130: a rule on tokens for workloads where nothing checks tokens.
//!
//! A request has a principal, an audience or claims only where a RequestAuthentication of the workload has
//! checked its token (`pilot/pkg/security/authn/policy_applier.go`, `JwtFilter`): one of its namespace or of
//! the root namespace. A check at the gateway is none at the workload behind it.

use super::warning;
use crate::finding::codes::meaning::TOKEN_WITHOUT_CHECK;
use crate::finding::{Finding, Severity};
use crate::istio::authorization_policy::{Action, Key, Rule, Source};
use crate::istio::{Attachment, AuthorizationPolicy, RequestAuthentication};
use crate::lint::Context;
use crate::lint::proxies::Whose;
use crate::manifest::{Object, Proxy, Workload};
use crate::yaml::fields::Leaf;
use crate::yaml::{Node, Value};

/// One finding for each list of values that needs a token.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.resources.authorization_policies {
        let rules = policy.rules.iter().flatten();
        let tested: Vec<Tested<'_>> = rules.flat_map(of_rule).collect();
        if tested.is_empty() || policy.dry_run.as_ref().is_some_and(|leaf| leaf.value) {
            continue;
        }
        if let Some(certainty) = unchecked(context, policy) {
            findings.extend(tested.iter().map(|tested| finding(context, policy, tested, certainty)));
        }
    }
    findings
}

/// A list of values that a token is compared with.
struct Tested<'a> {
    name: String,
    negated: bool,
    /// Whether it stands in one of several sources.
    alternative: bool,
    at: &'a Leaf<String>,
}

/// How sure it is that nothing checks tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    /// The input holds RequestAuthentications that could be for the workloads, and none is.
    None,
    /// It holds none at all for these namespaces.
    NoneShown,
}

/// What decides a rule: a condition that no request fits, else each source, else the other conditions.
fn of_rule(rule: &Rule) -> Vec<Tested<'_>> {
    let conditions = rule.when.iter().filter_map(|condition| {
        Some((token_key(&condition.key.value)?, &condition.values, &condition.not_values))
    });
    let conditions: Vec<_> =
        conditions.filter_map(|(name, any_of, none_of)| first(&name, &name, any_of, none_of)).collect();
    if let Some(place) = conditions.iter().position(|tested| !tested.negated) {
        return conditions.into_iter().skip(place).take(1).collect();
    }
    let alternatives = rule.from.len() > 1;
    let sources = rule.from.iter().filter_map(of_source);
    let sources: Vec<_> = sources.map(|tested| Tested { alternative: alternatives, ..tested }).collect();
    if sources.is_empty() { conditions.into_iter().take(1).collect() } else { sources }
}

fn of_source(source: &Source) -> Option<Tested<'_>> {
    first(
        "requestPrincipals",
        "notRequestPrincipals",
        &source.request_principals,
        &source.not_request_principals,
    )
}

fn first<'a>(
    name: &str,
    negated_name: &str,
    any_of: &'a [Leaf<String>],
    none_of: &'a [Leaf<String>],
) -> Option<Tested<'a>> {
    let (name, negated, at) = match (any_of.first(), none_of.first()) {
        (Some(at), _) => (name, false, at),
        (None, Some(at)) => (negated_name, true, at),
        (None, None) => return None,
    };
    Some(Tested { name: name.to_string(), negated, alternative: false, at })
}

fn token_key(key: &Key) -> Option<String> {
    match key {
        Key::RequestPrincipal => Some("request.auth.principal".to_string()),
        Key::RequestAudiences => Some("request.auth.audiences".to_string()),
        Key::RequestPresenter => Some("request.auth.presenter".to_string()),
        Key::RequestClaim(path) => Some(format!("request.auth.claims[{}]", path.join("]["))),
        Key::RequestHeader(_)
        | Key::SourceIp
        | Key::RemoteIp
        | Key::SourceNamespace
        | Key::SourceServiceAccount
        | Key::SourcePrincipal
        | Key::SourceTrustDomain
        | Key::DestinationIp
        | Key::DestinationPort
        | Key::ConnectionSni
        | Key::EnvoyFilter(_) => None,
    }
}

/// `None` where something checks tokens, or may.
fn unchecked(context: &Context<'_>, policy: &AuthorizationPolicy) -> Option<Certainty> {
    let labels = match &policy.attachment {
        Attachment::Everything => None,
        Attachment::Selector(labels) => Some(labels),
        Attachment::TargetRefs(_) => return None,
    };
    let namespace = policy.meta.reference.namespace.as_deref().unwrap_or_default();
    let root = context.settings.root_namespace.as_str();
    let reaches = |other: &str| other == namespace || other == root || namespace == root;
    let selected: Vec<&Workload> = context
        .inventory
        .workloads
        .iter()
        .filter(|workload| {
            (namespace == root || workload.identity.namespace == namespace)
                && labels
                    .into_iter()
                    .flatten()
                    .all(|(key, leaf)| workload.labels.get(key) == Some(&leaf.value))
        })
        .collect();
    let near: Vec<&RequestAuthentication> = context
        .resources
        .request_authentications
        .iter()
        .filter(|check| reaches(check.meta.reference.namespace.as_deref().unwrap_or_default()))
        .collect();
    let objects = context.manifest.objects.iter().chain(&context.manifest.contested);
    let mut objects = objects.filter(|object| reaches(object.namespace()));
    let unread = objects.clone().filter(|object| object.reference.kind == "RequestAuthentication").count();
    if unread > near.len()
        || objects.any(checks_by_filter)
        || selected.iter().any(|workload| workload.proxy == Proxy::Ambient)
        || near.iter().any(|check| may_check(check, policy, &selected))
    {
        return None;
    }
    Some(if near.is_empty() { Certainty::NoneShown } else { Certainty::None })
}

/// Whether a RequestAuthentication may be for some workload of the policy.
fn may_check(check: &RequestAuthentication, policy: &AuthorizationPolicy, selected: &[&Workload]) -> bool {
    let labels = match &check.attachment {
        _ if check.jwt_rules.is_empty() => return false,
        Attachment::Everything | Attachment::TargetRefs(_) => return true,
        Attachment::Selector(labels) => labels,
    };
    let contradicts = match &policy.attachment {
        Attachment::Selector(own) => {
            labels.iter().any(|(key, leaf)| own.get(key).is_some_and(|own| own.value != leaf.value))
        }
        Attachment::Everything | Attachment::TargetRefs(_) => false,
    };
    let fits =
        |workload: &&Workload| labels.iter().all(|(key, leaf)| workload.labels.get(key) == Some(&leaf.value));
    !contradicts && (selected.is_empty() || selected.iter().any(fits))
}

/// An EnvoyFilter can add the filter that checks tokens.
pub(in crate::lint) fn checks_by_filter(object: &Object) -> bool {
    object.reference.kind == "EnvoyFilter" && names_filter(&object.root)
}

fn names_filter(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.contains("jwt_authn"),
        Value::Sequence(items) => items.iter().any(names_filter),
        Value::Mapping(entries) => entries.iter().any(|entry| names_filter(&entry.value)),
    }
}

fn finding(
    context: &Context<'_>,
    policy: &AuthorizationPolicy,
    tested: &Tested<'_>,
    certainty: Certainty,
) -> Finding {
    let whose = Whose::of(context, &policy.meta, &policy.attachment).workloads();
    let what = if tested.alternative { "this entry of `from`" } else { "this rule" };
    let effect = match (policy.action.value, tested.negated) {
        (Action::Allow, false) => "allows nothing",
        (Action::Allow, true) => "keeps out nobody by it",
        (Action::Deny, false) => "refuses nothing",
        (Action::Deny, true) => "refuses every request that fits the rest of it",
        (Action::Audit | Action::Custom, false) => "matches nothing",
        (Action::Audit | Action::Custom, true) => "matches every request that fits the rest of it",
    };
    let name = &tested.name;
    let (message, severity) = match certainty {
        Certainty::None => (
            format!(
                "no RequestAuthentication of the input checks tokens for {whose}, so no request there has what `{name}` asks for: {what} {effect}"
            ),
            Severity::Warning,
        ),
        Certainty::NoneShown => (
            format!(
                "the input has no RequestAuthentication for {whose}: if the cluster has none either, no request there has what `{name}` asks for, and {what} {effect}"
            ),
            Severity::Info,
        ),
    };
    warning(&TOKEN_WITHOUT_CHECK, policy, tested.at, message).severity(severity).help(
        "add a RequestAuthentication for these workloads: a token that a gateway checked counts at the gateway alone",
    )
}
