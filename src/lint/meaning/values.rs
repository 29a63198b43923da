//! Every value that an AuthorizationPolicy compares something with, and what it is compared with.

use crate::istio::AuthorizationPolicy;
use crate::istio::authorization_policy::{Condition, Key, Operation, Source};
use crate::yaml::fields::Leaf;

/// What a value is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attribute {
    /// A peer's identity.
    Principal,
    /// `ISS/SUB` of a token.
    RequestPrincipal,
    /// A peer's namespace.
    Namespace,
    /// A peer's service account.
    ServiceAccount,
    /// A peer's trust domain.
    TrustDomain,
    /// An address.
    Address,
    /// The host of a request.
    Host,
    /// A workload's port.
    Port,
    /// The method of a request.
    Method,
    /// The path of a request.
    Path,
    /// A header, a claim, an audience, a server name: text of the client's.
    Text,
    /// Metadata of another Envoy filter, where `[VALUE]` looks into a list.
    EnvoyMetadata,
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared<'a> {
    /// What it is compared with.
    pub(super) attribute: Attribute,
    /// Whether it stands in a `not` list.
    pub(super) negated: bool,
    /// The value.
    pub(super) leaf: &'a Leaf<String>,
    /// The list that it stands in.
    pub(super) list: &'a [Leaf<String>],
}

/// All values of a policy, in the order of its rules.
pub(super) fn of(policy: &AuthorizationPolicy) -> Vec<Compared<'_>> {
    let mut values = Vec::new();
    for rule in policy.rules.iter().flatten() {
        for source in &rule.from {
            of_source(source, &mut values);
        }
        for operation in &rule.to {
            of_operation(operation, &mut values);
        }
        for condition in &rule.when {
            of_condition(condition, &mut values);
        }
    }
    values
}

fn add<'a>(
    values: &mut Vec<Compared<'a>>,
    attribute: Attribute,
    any_of: &'a [Leaf<String>],
    none_of: &'a [Leaf<String>],
) {
    for (list, negated) in [(any_of, false), (none_of, true)] {
        values.extend(list.iter().map(|leaf| Compared { attribute, negated, leaf, list }));
    }
}

fn of_source<'a>(source: &'a Source, values: &mut Vec<Compared<'a>>) {
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
    add(values, Attribute::Principal, principals, not_principals);
    add(values, Attribute::RequestPrincipal, request_principals, not_request_principals);
    add(values, Attribute::Namespace, namespaces, not_namespaces);
    add(values, Attribute::ServiceAccount, service_accounts, not_service_accounts);
    add(values, Attribute::TrustDomain, trust_domains, not_trust_domains);
    add(values, Attribute::Address, ip_blocks, not_ip_blocks);
    add(values, Attribute::Address, remote_ip_blocks, not_remote_ip_blocks);
}

fn of_operation<'a>(operation: &'a Operation, values: &mut Vec<Compared<'a>>) {
    let Operation { at: _, hosts, not_hosts, ports, not_ports, methods, not_methods, paths, not_paths } =
        operation;
    add(values, Attribute::Host, hosts, not_hosts);
    add(values, Attribute::Port, ports, not_ports);
    add(values, Attribute::Method, methods, not_methods);
    add(values, Attribute::Path, paths, not_paths);
}

fn of_condition<'a>(condition: &'a Condition, values: &mut Vec<Compared<'a>>) {
    let Condition { at: _, key, values: any_of, not_values } = condition;
    let attribute = match &key.value {
        Key::SourceIp | Key::RemoteIp | Key::DestinationIp => Attribute::Address,
        Key::SourceNamespace => Attribute::Namespace,
        Key::SourceServiceAccount => Attribute::ServiceAccount,
        Key::SourcePrincipal => Attribute::Principal,
        Key::SourceTrustDomain => Attribute::TrustDomain,
        Key::RequestPrincipal => Attribute::RequestPrincipal,
        Key::DestinationPort => Attribute::Port,
        Key::RequestHeader(_)
        | Key::RequestAudiences
        | Key::RequestPresenter
        | Key::RequestClaim(_)
        | Key::ConnectionSni => Attribute::Text,
        Key::EnvoyFilter(_) => Attribute::EnvoyMetadata,
    };
    add(values, attribute, any_of, not_values);
}
