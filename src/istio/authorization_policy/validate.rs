//! What Istio's validation refuses in an AuthorizationPolicy that can be read.
//!
//! The rules are those of `ValidateAuthorizationPolicy`, `checkDryRunAnnotation` and
//! `pkg/config/security` in Istio 1.31. Whether a policy is wise is no matter of this file.

use super::{Action, AuthorizationPolicy, Condition, Key, Operation, Rule, Source};
use crate::istio::checks::Checks;
use crate::istio::values::{self, Refusal};
use crate::yaml::fields::Leaf;

/// What the text holds and the type does not keep.
#[derive(Default)]
pub(super) struct Given {
    /// `provider`, with or without a name.
    pub(super) provider: Option<Leaf<()>>,
    /// The dry-run annotation, true or false.
    pub(super) dry_run: Option<Leaf<bool>>,
}

/// The most service accounts in one list (`CheckServiceAccount`).
const MOST_ACCOUNTS: usize = 16;

const EMPTY_RULE: &str = "give it rules; `rules: [{}]` is every request";

/// Checks the whole policy.
pub(super) fn check(policy: &AuthorizationPolicy, given: &Given, checks: &Checks<'_>) {
    let AuthorizationPolicy {
        meta: _,
        attachment: _,
        bare_selector: _,
        action,
        provider,
        rules,
        dry_run: _,
        empty: _,
    } = policy;
    let rules = rules.as_deref().unwrap_or_default();
    match action.value {
        Action::Custom => check_custom(provider.as_ref(), rules, action, checks),
        Action::Deny if rules.is_empty() => {
            checks.refuse(action, "a DENY policy without rules never refuses anything", EMPTY_RULE);
        }
        Action::Allow | Action::Deny | Action::Audit => {}
    }
    if let (Some(at), false) = (&given.provider, action.value == Action::Custom) {
        checks.refuse(
            at,
            "`provider` belongs to the action CUSTOM alone",
            "set `action: CUSTOM`, or take the provider out",
        );
    }
    if let (Some(annotation), Action::Audit | Action::Custom) = (&given.dry_run, action.value) {
        let message = "the annotation `istio.io/dry-run` can only stand on ALLOW and DENY policies";
        checks.refuse(annotation, message, "take the annotation out");
    }
    for rule in rules {
        let Rule { at: _, from, to, when } = rule;
        for source in from {
            check_source(source, checks);
        }
        for operation in to {
            check_operation(operation, checks);
        }
        for condition in when {
            check_condition(condition, checks);
        }
    }
}

fn check_custom(provider: Option<&Leaf<String>>, rules: &[Rule], action: &Leaf<Action>, checks: &Checks<'_>) {
    if rules.is_empty() {
        checks.refuse(action, "a CUSTOM policy without rules never asks its provider", EMPTY_RULE);
    } else if provider.is_none_or(|name| name.value.is_empty()) {
        checks.refuse(
            action,
            "a CUSTOM policy needs `provider.name`",
            "name the provider of the mesh's configuration",
        );
    }
    for rule in rules {
        for source in &rule.from {
            check_custom_source(source, checks);
        }
        for condition in rule.when.iter().filter(|condition| !custom_may_ask(&condition.key.value)) {
            checks.refuse(&condition.key, "a CUSTOM policy cannot ask for this attribute", CUSTOM_HELP);
        }
    }
}

const CUSTOM_HELP: &str = "let the external authorizer look at identities and tokens";

fn check_custom_source(source: &Source, checks: &Checks<'_>) {
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
        ip_blocks: _,
        not_ip_blocks: _,
        remote_ip_blocks: _,
        not_remote_ip_blocks: _,
    } = source;
    let lists = [
        ("principals", principals),
        ("notPrincipals", not_principals),
        ("requestPrincipals", request_principals),
        ("notRequestPrincipals", not_request_principals),
        ("namespaces", namespaces),
        ("notNamespaces", not_namespaces),
        ("serviceAccounts", service_accounts),
        ("notServiceAccounts", not_service_accounts),
        ("trustDomains", trust_domains),
        ("notTrustDomains", not_trust_domains),
    ];
    for (name, list) in lists {
        if let Some(first) = list.first() {
            checks.refuse(first, format!("a CUSTOM policy cannot ask for `{name}`"), CUSTOM_HELP);
        }
    }
}

fn custom_may_ask(key: &Key) -> bool {
    match key {
        Key::SourceNamespace
        | Key::SourceServiceAccount
        | Key::SourcePrincipal
        | Key::SourceTrustDomain
        | Key::RequestPrincipal
        | Key::RequestAudiences
        | Key::RequestPresenter
        | Key::RequestClaim(_) => false,
        Key::RequestHeader(_)
        | Key::SourceIp
        | Key::RemoteIp
        | Key::DestinationIp
        | Key::DestinationPort
        | Key::ConnectionSni
        | Key::EnvoyFilter(_) => true,
    }
}

fn check_source(source: &Source, checks: &Checks<'_>) {
    let Source {
        at,
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
    let names =
        [principals, not_principals, request_principals, not_request_principals, namespaces, not_namespaces];
    let accounts = [service_accounts, not_service_accounts];
    let domains = [trust_domains, not_trust_domains];
    let blocks = [ip_blocks, not_ip_blocks, remote_ip_blocks, not_remote_ip_blocks];
    let mut lists = names.iter().chain(&accounts).chain(&domains).chain(&blocks);
    if lists.all(|list| list.is_empty()) {
        checks.refuse(at, "`source` is empty", "say who, or leave `from` out to match everybody");
    }
    let account = accounts.into_iter().flatten().next();
    let other =
        [principals, not_principals, namespaces, not_namespaces].into_iter().any(|list| !list.is_empty());
    if let (Some(account), true) = (account, other) {
        let message = "`serviceAccounts` cannot stand beside `principals` or `namespaces`";
        checks.refuse(account, message, "an account has its namespace in its name: `NAMESPACE/ACCOUNT`");
    }
    for list in names {
        check_list(list, |_| Ok(()), checks);
    }
    for list in accounts {
        check_accounts(list, checks);
    }
    for list in domains {
        check_list(list, values::trust_domain, checks);
    }
    for list in blocks {
        check_list(list, values::ip_block, checks);
    }
}

fn check_accounts(list: &[Leaf<String>], checks: &Checks<'_>) {
    if let Some(extra) = list.get(MOST_ACCOUNTS) {
        checks.refuse(
            extra,
            format!("there are more than {MOST_ACCOUNTS} service accounts in one list"),
            "split the source",
        );
    }
    check_list(list, values::service_account, checks);
}

fn check_operation(operation: &Operation, checks: &Checks<'_>) {
    let Operation { at, hosts, not_hosts, ports, not_ports, methods, not_methods, paths, not_paths } =
        operation;
    let names = [hosts, not_hosts, methods, not_methods];
    let mut lists = names.iter().chain([&ports, &not_ports, &paths, &not_paths]);
    if lists.all(|list| list.is_empty()) {
        checks.refuse(at, "`operation` is empty", "say what, or leave `to` out to match everything");
    }
    for list in names {
        check_list(list, |_| Ok(()), checks);
    }
    for list in [ports, not_ports] {
        check_list(list, values::port, checks);
    }
    for list in [paths, not_paths] {
        check_list(list, values::path, checks);
    }
}

fn check_condition(condition: &Condition, checks: &Checks<'_>) {
    let Condition { at: _, key, values, not_values } = condition;
    if values.is_empty() && not_values.is_empty() {
        checks.refuse(
            key,
            "a condition has neither `values` nor `notValues`",
            "say what the attribute is compared with",
        );
    }
    for list in [values, not_values] {
        match &key.value {
            Key::SourceIp | Key::RemoteIp | Key::DestinationIp => check_list(list, values::ip_block, checks),
            Key::DestinationPort => check_list(list, values::port, checks),
            Key::SourceServiceAccount => check_accounts(list, checks),
            Key::SourceTrustDomain => check_list(list, values::trust_domain, checks),
            Key::RequestHeader(_)
            | Key::SourceNamespace
            | Key::SourcePrincipal
            | Key::RequestPrincipal
            | Key::RequestAudiences
            | Key::RequestPresenter
            | Key::RequestClaim(_)
            | Key::ConnectionSni
            | Key::EnvoyFilter(_) => check_list(list, |_| Ok(()), checks),
        }
    }
}

/// Refuses empty values, and those that the grammar refuses.
fn check_list(list: &[Leaf<String>], grammar: fn(&str) -> Result<(), Refusal>, checks: &Checks<'_>) {
    for leaf in list {
        if leaf.value.is_empty() {
            checks.refuse(
                leaf,
                "an empty value matches nothing, and Istio refuses it",
                "fill it in, or take it out",
            );
        } else if let Err(why) = grammar(&leaf.value) {
            checks.refuse(
                leaf,
                format!("`{}` {why}", leaf.value),
                "mend the value: Istio refuses the whole policy for it",
            );
        }
    }
}
