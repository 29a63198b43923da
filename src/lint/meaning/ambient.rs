//! UM123 to UM126: rules of which ztunnel makes something else, for workloads in ambient mode.
//!
//! It knows fields of layer 4. What istiod drops, and what ztunnel makes of the rest, is that of
//! `pilot/pkg/serviceregistry/ambient/authorization.go`, `handleRule`, and of ztunnel's `src/rbac.rs`.

use super::warning;
use crate::finding::codes::meaning::{
    ZTUNNEL_ALLOW_LEFT_OUT, ZTUNNEL_DENY_IGNORED, ZTUNNEL_DENY_WIDER, ZTUNNEL_TRUST_DOMAIN,
};
use crate::finding::{Code, Finding};
use crate::ir::{Enforcer, NotEnforced, Policy};
use crate::istio::AuthorizationPolicy;
use crate::istio::authorization_policy::{Action, Condition, Key, Operation, Rule, Source};
use crate::lint::Context;
use crate::yaml::fields::Leaf;

/// What ztunnel leaves out, by policy and rule.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let policies = context.resources.authorization_policies.iter();
    let found = policies.filter_map(|policy| Some(Of { policy, context, pods: pods(policy, context)? }));
    found.flat_map(|of| of.all()).collect()
}

/// The pods of a policy that are in ambient mode, in words.
fn pods(policy: &AuthorizationPolicy, context: &Context<'_>) -> Option<String> {
    let parts: Vec<&Policy> = ztunnels(policy, context).collect();
    let elsewhere = parts.iter().filter_map(|part| part.scope.namespace.as_ref());
    let elsewhere = elsewhere.filter(|name| policy.meta.reference.namespace.as_ref() != Some(name));
    let names: Vec<String> = elsewhere.map(|name| format!("`{name}`")).collect();
    match (parts.is_empty(), names.is_empty()) {
        (true, _) => None,
        (false, true) => Some("these pods are in ambient mode".to_string()),
        (false, false) => Some(format!("pods of {} are in ambient mode", names.join(", "))),
    }
}

/// Whether ztunnel alone reads it.
pub(super) fn is_ztunnels(policy: &AuthorizationPolicy, context: &Context<'_>) -> bool {
    let lowered = context.model.of(policy.meta.object);
    !lowered.is_empty() && lowered.iter().all(|lowered| lowered.enforcer == Enforcer::Ztunnel)
}

/// What it is lowered to for ztunnel, where ztunnel is told of it.
fn ztunnels<'c>(
    policy: &'c AuthorizationPolicy,
    context: &Context<'c>,
) -> impl Iterator<Item = &'c Policy> + use<'c> {
    context.model.of(policy.meta.object).iter().filter(|lowered| {
        lowered.enforcer == Enforcer::Ztunnel
            && !matches!(
                lowered.not_enforced,
                Some(NotEnforced::UnknownToZtunnel(_) | NotEnforced::SelectsNobody(_))
            )
    })
}

/// An entry of `from`, `to` or `when`.
struct Entry<'a> {
    /// What ztunnel does not know, by the first value of each field.
    unknown: Vec<(&'static str, &'a Leaf<String>)>,
    /// Fields that it passes over.
    passed_over: Vec<(&'static str, &'a Leaf<String>)>,
    /// Whether anything is left.
    left: bool,
}

struct Of<'a> {
    policy: &'a AuthorizationPolicy,
    context: &'a Context<'a>,
    /// Which pods are in ambient mode, in words.
    pods: String,
}

impl Of<'_> {
    fn all(&self) -> Vec<Finding> {
        let rules = self.policy.rules.iter().flatten();
        let mut findings: Vec<Finding> = rules.flat_map(|rule| self.rule(rule)).collect();
        findings.extend(self.principals());
        findings
    }

    fn rule(&self, rule: &Rule) -> Vec<Finding> {
        let Rule { at: _, from, to, when } = rule;
        let from: Vec<Entry<'_>> = from.iter().map(source).collect();
        let to: Vec<Entry<'_>> = to.iter().map(operation).collect();
        let when: Vec<Entry<'_>> = when.iter().map(condition).collect();
        let lists = [from.as_slice(), to.as_slice()].into_iter().filter(|list| !list.is_empty());
        let lists: Vec<&[Entry<'_>]> = lists.chain(when.chunks(1)).collect();
        let mut unknown = lists.iter().flat_map(|list| list.iter()).flat_map(|entry| &entry.unknown);
        match (self.policy.action.value, unknown.next()) {
            (Action::Allow, Some((name, leaf))) => return vec![self.left_out(name, leaf)],
            (Action::Allow | Action::Deny | Action::Audit | Action::Custom, _) => {}
        }
        // One finding is enough where a list makes the whole rule nothing.
        let ignored = lists.iter().find(|list| list.iter().all(|entry| !entry.left));
        if let Some(finding) =
            ignored.and_then(|list| list.first()).and_then(|entry| self.ignored(entry, true))
        {
            return vec![finding];
        }
        let entries = lists.iter().flat_map(|list| list.iter());
        entries.flat_map(|entry| self.entry(entry)).collect()
    }

    /// One entry of a rule of which something is left.
    fn entry(&self, entry: &Entry<'_>) -> Vec<Finding> {
        if !entry.left {
            return self.ignored(entry, false).into_iter().collect();
        }
        let wider = entry.unknown.iter().map(|(name, leaf)| {
            let message = format!(
                "{}, and ztunnel drops `{name}`: the rule refuses all that the rest of this entry asks for",
                self.pods
            );
            self.say(&ZTUNNEL_DENY_WIDER, leaf, message)
        });
        let passed_over = entry.passed_over.iter().map(|(name, leaf)| {
            let message = format!(
                "{}, and ztunnel passes `{name}` over: the rest of this source counts alone",
                self.pods
            );
            self.say(&ZTUNNEL_TRUST_DOMAIN, leaf, message)
        });
        wider.chain(passed_over).collect()
    }

    fn left_out(&self, name: &str, leaf: &Leaf<String>) -> Finding {
        let message =
            format!("{}, and ztunnel leaves a rule out that asks for `{name}`: it allows nothing", self.pods);
        self.say(&ZTUNNEL_ALLOW_LEFT_OUT, leaf, message)
    }

    /// An entry of which nothing is left, in a rule that matches nothing by it, or beside others.
    fn ignored(&self, entry: &Entry<'_>, whole: bool) -> Option<Finding> {
        let (name, leaf) = entry.unknown.first().or(entry.passed_over.first())?;
        let what = if whole { "the rule" } else { "this entry" };
        if self.policy.action.value == Action::Allow {
            let message = format!(
                "{}, and ztunnel passes `{name}` over: nothing is left here, and {what} lets nobody in",
                self.pods
            );
            return Some(self.say(&ZTUNNEL_TRUST_DOMAIN, leaf, message));
        }
        let message = format!(
            "{}, and ztunnel drops `{name}`: nothing is left here, and {what} refuses nobody",
            self.pods
        );
        Some(self.say(&ZTUNNEL_DENY_IGNORED, leaf, message))
    }

    /// Principals that name the trust domain otherwise than by its own name.
    fn principals(&self) -> Vec<Finding> {
        let local = &self.context.settings.trust_domain;
        let rules = || self.policy.rules.iter().flatten();
        let sources = rules().flat_map(|rule| &rule.from);
        let by_source = sources.flat_map(|source| source.principals.iter().chain(&source.not_principals));
        let conditions = rules().flat_map(|rule| &rule.when);
        let by_key = conditions.filter(|condition| condition.key.value == Key::SourcePrincipal);
        let by_key = by_key.flat_map(|condition| condition.values.iter().chain(&condition.not_values));
        let is_pointer = |leaf: &&Leaf<String>| {
            local != "cluster.local"
                && leaf.value.starts_with("cluster.local/")
                && leaf.value.split('/').count() == 5
        };
        let all = by_source.chain(by_key).filter(is_pointer);
        all.map(|leaf| {
            let message = format!(
                "{}, and ztunnel does not read `cluster.local` as `{local}`: `{}` is nobody's identity",
                self.pods, leaf.value
            );
            self.say(&ZTUNNEL_TRUST_DOMAIN, leaf, message)
        })
        .collect()
    }

    fn say(&self, code: &'static Code, leaf: &Leaf<String>, message: String) -> Finding {
        let own = self.policy.meta.reference.namespace.as_deref().unwrap_or_default();
        let waypoint = self.context.inventory.waypoints.of_namespace(own).map_or_else(
            || "a waypoint enforces it, if pods have one and the policy has `targetRefs`".to_string(),
            |name| format!("the waypoint `{name}` ignores it as long as it has no `targetRefs`"),
        );
        let help = format!("ask for identities, addresses and ports alone; {waypoint}");
        warning(code, self.policy, leaf, message).help(help)
    }
}

fn firsts<'a>(lists: Vec<(&'static str, &'a [Leaf<String>])>) -> Vec<(&'static str, &'a Leaf<String>)> {
    lists.into_iter().filter_map(|(name, list)| Some((name, list.first()?))).collect()
}

fn source(source: &Source) -> Entry<'_> {
    let Source {
        at: _,
        principals,
        not_principals,
        request_principals,
        not_request_principals,
        namespaces,
        not_namespaces,
        service_accounts,
        not_service_accounts,
        trust_domains,
        not_trust_domains,
        ip_blocks,
        not_ip_blocks,
        remote_ip_blocks,
        not_remote_ip_blocks,
    } = source;
    let known = [
        principals,
        not_principals,
        namespaces,
        not_namespaces,
        service_accounts,
        not_service_accounts,
        ip_blocks,
        not_ip_blocks,
    ];
    Entry {
        unknown: firsts(vec![
            ("requestPrincipals", request_principals),
            ("notRequestPrincipals", not_request_principals),
            ("remoteIpBlocks", remote_ip_blocks),
            ("notRemoteIpBlocks", not_remote_ip_blocks),
        ]),
        passed_over: firsts(vec![("trustDomains", trust_domains), ("notTrustDomains", not_trust_domains)]),
        left: known.iter().any(|list| !list.is_empty()),
    }
}

fn operation(operation: &Operation) -> Entry<'_> {
    let Operation { at: _, hosts, not_hosts, ports, not_ports, methods, not_methods, paths, not_paths } =
        operation;
    Entry {
        unknown: firsts(vec![
            ("hosts", hosts),
            ("notHosts", not_hosts),
            ("methods", methods),
            ("notMethods", not_methods),
            ("paths", paths),
            ("notPaths", not_paths),
        ]),
        passed_over: Vec::new(),
        left: !ports.is_empty() || !not_ports.is_empty(),
    }
}

fn condition(condition: &Condition) -> Entry<'_> {
    let Condition { at: _, key, values, not_values } = condition;
    let name = match &key.value {
        Key::SourceIp
        | Key::SourceNamespace
        | Key::SourcePrincipal
        | Key::DestinationIp
        | Key::DestinationPort => None,
        Key::RemoteIp => Some("remote.ip"),
        Key::SourceServiceAccount => Some("source.serviceAccount"),
        Key::SourceTrustDomain => Some("source.trustDomain"),
        Key::ConnectionSni => Some("connection.sni"),
        Key::RequestHeader(_) => Some("request.headers"),
        Key::RequestPrincipal => Some("request.auth.principal"),
        Key::RequestAudiences => Some("request.auth.audiences"),
        Key::RequestPresenter => Some("request.auth.presenter"),
        Key::RequestClaim(_) => Some("request.auth.claims"),
        Key::EnvoyFilter(_) => Some("experimental.envoy.filters"),
    };
    let first = values.first().or(not_values.first());
    Entry { unknown: name.zip(first).into_iter().collect(), passed_over: Vec::new(), left: name.is_none() }
}
