//! Rules of Calico's validator and CRDs that a writer has to keep.
//!
//! What breaks one is refused by `calicoctl` or the API server, or taken by Felix as if it were not
//! there (`felix/calc/validation_filter.go`). The rules are those of
//! `libcalico-go/lib/validator/v3/validator.go` and of the CRDs, from 3.26 to 3.32; those that the
//! types cannot break (`spec.types`, `http` on egress, an order that is no number) are not here.

use super::nets::{Family, is_mapped, mask};
use super::versions::{
    Capabilities, HTTP_LIST, NETS, PATH_LENGTH, PORTS, RULES, SELECTOR_LENGTH, capabilities,
};
use super::{
    Action, Destination, Http, Path, Peer, Policy, Ports, ProtocolMatch, Rule, SOURCE_ANNOTATION,
    TARGET_ANNOTATION, TierName, selector,
};
use crate::config::Version;
use crate::names::{SUBDOMAIN_LENGTH, is_label, is_part, is_subdomain};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::fmt::Display;

/// Bytes that all annotations of an object may hold, keys and values (Kubernetes' own limit).
const ANNOTATIONS: usize = 256 * 1024;

/// Which rules of a version a policy breaks, each with its field; none in a right program.
#[must_use]
pub fn violations(policy: &Policy, version: Version) -> Vec<String> {
    let Some(can) = capabilities(version) else {
        return vec![format!("Calico {version} is older than what is supported")];
    };
    let Policy {
        name,
        namespace,
        source,
        target,
        staged,
        tier,
        order: _,
        selector,
        selector_comment: _,
        ingress,
    } = policy;
    let mut found = Found::default();
    if !is_policy_name(name, *tier, can) {
        found.add("metadata.name", &format!("`{name}` is no name of a policy{}", of_tier(*tier)));
    }
    if tier.is_some() && !can.tiers {
        found.add("spec.tier", &format!("Calico {version} has no tiers"));
    }
    if *staged && !can.staged {
        found.add("kind", &format!("Calico {version} has no staged policies"));
    }
    if let Some(namespace) = namespace.as_ref().filter(|name| !is_label(name)) {
        found.add("metadata.namespace", &format!("`{namespace}` is no name of a namespace"));
    }
    let annotations = [SOURCE_ANNOTATION, TARGET_ANNOTATION, source, target];
    if annotations.iter().map(|text| text.len()).sum::<usize>() > ANNOTATIONS {
        found.add("metadata.annotations", &format!("they hold more than {ANNOTATIONS} bytes"));
    }
    found.selector("spec.selector", selector);
    for (index, item) in ingress.iter().enumerate() {
        rule(&mut found, &format!("spec.ingress[{index}]"), item, can);
    }
    found.0
}

/// Which rules of a version a tier breaks: what is left to break is that it has any.
#[must_use]
pub fn tier_violations(version: Version) -> Vec<String> {
    let has_tiers = capabilities(version).is_some_and(|can| can.tiers);
    if has_tiers { Vec::new() } else { vec![format!("Calico {version} has no tiers")] }
}

/// Which rules of the release after the newest known one a policy breaks: every released Calico
/// takes it, and an upgrade will refuse it.
#[must_use]
pub fn soft_violations(policy: &Policy) -> Vec<String> {
    let Policy { selector, ingress, .. } = policy;
    let mut found = Found::default();
    found.long("spec.selector", Some(selector));
    found.many("spec.ingress", ingress.len(), RULES);
    for (index, item) in ingress.iter().enumerate() {
        let Rule { source, destination, .. } = item;
        let at = |field: &str| format!("spec.ingress[{index}].{field}");
        found.long(&at("source.namespaceSelector"), source.namespace_selector.as_ref());
        found.long(&at("source.selector"), source.selector.as_ref());
        found.long(&at("source.notSelector"), source.not_selector.as_ref());
        found.many(&at("source.nets"), source.nets.len(), NETS);
        found.many(&at("source.notNets"), source.not_nets.len(), NETS);
        found.many(&at("destination.nets"), destination.nets.len(), NETS);
        found.many(&at("destination.notNets"), destination.not_nets.len(), NETS);
        found.many(&at("destination.ports"), destination.ports.len(), PORTS);
        found.many(&at("destination.notPorts"), destination.not_ports.len(), PORTS);
    }
    found.0
}

/// What was found, each with its field.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn add(&mut self, field: &str, what: &str) {
        self.0.push(format!("`{field}`: {what}"));
    }

    /// A selector that Calico's parser refuses.
    fn selector(&mut self, field: &str, text: &str) {
        if let Err(error) = selector::parse(text) {
            self.add(field, &error);
        }
    }

    /// A selector of a peer. An empty one counts as absent, which is no selector at all.
    fn peer_selector(&mut self, field: &str, text: Option<&String>) {
        match text {
            Some(text) if text.trim().is_empty() => self.add(field, "an empty one counts as absent"),
            Some(text) => self.selector(field, text),
            None => {}
        }
    }

    fn long(&mut self, field: &str, text: Option<&String>) {
        self.many(field, text.map_or(0, |text| text.chars().count()), SELECTOR_LENGTH);
    }

    fn many(&mut self, field: &str, count: usize, most: usize) {
        if count > most {
            self.add(field, &format!("it has {count}, and {most} are the most"));
        }
    }

    fn doubles<T: Ord + Display>(&mut self, field: &str, items: &[T]) {
        let mut seen = BTreeSet::new();
        for item in items.iter().filter(|item| !seen.insert(*item)) {
            self.add(field, &format!("`{item}` stands in it twice"));
        }
    }
}

/// One item of `spec.ingress`.
fn rule(found: &mut Found, path: &str, rule: &Rule, can: Capabilities) {
    let Rule { comments: _, action, protocol, source, destination, http } = rule;
    peer(found, &format!("{path}.source"), source, can);
    pod_side(found, &format!("{path}.destination"), destination, *protocol, can);
    let all = [&source.nets, &source.not_nets, &destination.nets, &destination.not_nets];
    let families: BTreeSet<Family> = all.into_iter().flatten().map(Family::of).collect();
    if families.len() > 1 {
        found.add(path, "CIDRs of both IP families stand in one rule");
    }
    if let Some(http) = http {
        http_match(found, &format!("{path}.http"), http, *action, *protocol, can);
    }
}

/// `source`.
fn peer(found: &mut Found, path: &str, peer: &Peer, can: Capabilities) {
    let Peer { namespace_selector, service_accounts, selector, not_selector, nets, not_nets } = peer;
    if !namespace_selector.as_ref().is_some_and(|text| self::selector::is_global(text)) {
        found.peer_selector(&format!("{path}.namespaceSelector"), namespace_selector.as_ref());
    }
    found.peer_selector(&format!("{path}.selector"), selector.as_ref());
    found.peer_selector(&format!("{path}.notSelector"), not_selector.as_ref());
    let names = format!("{path}.serviceAccounts.names");
    for name in service_accounts.iter().filter(|name| !is_subdomain(name)) {
        found.add(&names, &format!("`{name}` is no name of a service account"));
    }
    if can.lists_are_sets {
        found.doubles(&names, service_accounts);
    }
    all_nets(found, path, nets, not_nets, can);
}

/// `destination`.
fn pod_side(
    found: &mut Found,
    path: &str,
    destination: &Destination,
    protocol: ProtocolMatch,
    can: Capabilities,
) {
    let Destination { nets, not_nets, ports, not_ports } = destination;
    all_nets(found, path, nets, not_nets, can);
    for (field, ports) in [("ports", ports), ("notPorts", not_ports)] {
        let field = format!("{path}.{field}");
        if !ports.is_empty() && protocol != ProtocolMatch::Tcp {
            found.add(&field, "ports need `protocol: TCP`");
        }
        for Ports { first, last } in ports {
            if *first == 0 || first > last {
                found.add(&field, &format!("`{first}:{last}` is no range of ports"));
            }
        }
    }
}

/// `nets` and `notNets` of one side.
fn all_nets(found: &mut Found, path: &str, nets: &[IpNet], not_nets: &[IpNet], can: Capabilities) {
    for (field, nets) in [("nets", nets), ("notNets", not_nets)] {
        let field = format!("{path}.{field}");
        for net in nets {
            if mask(*net) != *net {
                found.add(&field, &format!("`{net}` has bits behind its mask"));
            }
            if is_mapped(net) {
                found.add(&field, &format!("`{net}` is IPv4 in the form of IPv6"));
            }
        }
        if can.lists_are_sets {
            found.doubles(&field, nets);
        }
    }
    if can.refuses_whole_family_in_not_nets {
        for net in not_nets.iter().filter(|net| net.prefix_len() == 0) {
            found.add(&format!("{path}.notNets"), &format!("`{net}` leaves nothing"));
        }
    }
}

/// `http`. Calico takes it without a protocol too; then Felix, which does not read it, would let
/// through UDP.
fn http_match(
    found: &mut Found,
    path: &str,
    http: &Http,
    action: Action,
    protocol: ProtocolMatch,
    can: Capabilities,
) {
    let Http { methods, paths } = http;
    if action != Action::Allow {
        found.add(path, "it needs `action: Allow`");
    }
    if protocol != ProtocolMatch::Tcp {
        found.add(path, "it needs `protocol: TCP`");
    }
    found.doubles(&format!("{path}.methods"), methods);
    if can.caps_http {
        found.many(&format!("{path}.methods"), methods.len(), HTTP_LIST);
        found.many(&format!("{path}.paths"), paths.len(), HTTP_LIST);
    }
    for (index, item) in paths.iter().enumerate() {
        let (Path::Exact(text) | Path::Prefix(text)) = item;
        let field = format!("{path}.paths[{index}]");
        if !text.starts_with('/') || text.contains(['?', ' ', '#']) {
            found.add(&field, &format!("`{text}` has to begin with `/`, without `?`, `#` and spaces"));
        }
        if can.caps_http {
            found.many(&field, text.chars().count(), PATH_LENGTH);
        }
    }
}

/// A policy's name: one DNS label of any length, or two from 3.29 on (tier and name). In a tier other
/// than `default` it has to be two of them to 3.31, the tier's own first
/// (`libcalico-go/lib/names/policy.go`, `ValidateTieredPolicyName`).
fn is_policy_name(name: &str, tier: Option<TierName>, can: Capabilities) -> bool {
    let parts = if can.dotted_names { 2 } else { 1 };
    let own = tier.is_none_or(|tier| name.split_once('.').is_some_and(|(first, _)| first == tier.text()));
    own && name.len() <= SUBDOMAIN_LENGTH && name.split('.').count() <= parts && name.split('.').all(is_part)
}

fn of_tier(tier: Option<TierName>) -> String {
    tier.map(|tier| format!(" of the tier `{}`", tier.text())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
