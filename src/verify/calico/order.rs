//! Which policies a version of Calico asks, and in which order.
//!
//! Tiers by order, then name; policies of a tier by order, no order last; ties by name, differently
//! from 3.32 on (`felix/calc/policy_sorter.go`, `TierLess` and `PolKVLess`).

use crate::config::Version;
use crate::object::calico::v3::{Kind, Policy, Port, Rule, Set};
use crate::object::calico::versions::Capabilities;
use std::cmp::Ordering;

/// A tier and its policies in order.
#[derive(Debug)]
pub(super) struct TierOf<'s> {
    pub(super) name: String,
    /// Whether its end passes on; `None` where nobody can tell.
    pub(super) passes: Option<bool>,
    pub(super) policies: Vec<Placed<'s>>,
}

/// A policy, and why nobody can tell whether it is in force where it stands.
#[derive(Debug)]
pub(super) struct Placed<'s> {
    pub(super) policy: &'s Policy,
    pub(super) doubt: Option<String>,
}

/// The tier that every policy is in by default.
const DEFAULT: &str = "default";
const DEFAULT_ORDER: f64 = 1_000_000.0;
/// Orders of the tiers of administrators' policies (`api/pkg/apis/projectcalico/v3/tier.go`).
const ADMIN_ORDER: f64 = 1_000.0;
const BASELINE_ORDER: f64 = 10_000_000.0;

/// A tier that exists, or whose order nobody knows.
struct Known<'s> {
    name: &'s str,
    /// `None` for no order, which is last.
    order: Option<f64>,
    passes: bool,
}

/// The tiers that hold policies, in order.
///
/// Where the version has no tiers, all policies stand in `default`. A tier that the input does not
/// show stands first, and all that it does is in doubt: a tier of which it is not known whether it
/// acts can only add outcomes there, wherever it really is.
pub(super) fn tiers(set: &Set, can: Capabilities, version: Version) -> Vec<TierOf<'_>> {
    let known = if can.tiers { known(set, can) } else { vec![default_tier()] };
    let mut hidden: Vec<TierOf<'_>> = Vec::new();
    let mut placed: Vec<TierOf<'_>> = known
        .iter()
        .map(|tier| TierOf { name: tier.name.to_string(), passes: Some(tier.passes), policies: Vec::new() })
        .collect();
    for policy in set.policies.iter().filter(|policy| !is_missing(policy, can)) {
        let doubt = doubt(policy, can, version);
        let name = if can.tiers { policy.tier.as_str() } else { DEFAULT };
        if let Some(tier) = placed.iter_mut().find(|tier| tier.name == name) {
            tier.policies.push(Placed { policy, doubt });
            continue;
        }
        let doubt = doubt.or_else(|| {
            Some(format!(
                "the input does not show the tier `{name}` of `{}`, so its place is not known",
                policy.reference
            ))
        });
        match hidden.iter_mut().find(|tier| tier.name == name) {
            Some(tier) => tier.policies.push(Placed { policy, doubt }),
            None => hidden.push(TierOf {
                name: name.to_string(),
                passes: None,
                policies: vec![Placed { policy, doubt }],
            }),
        }
    }
    hidden.sort_by(|one, other| one.name.cmp(&other.name));
    hidden.extend(placed);
    for tier in &mut hidden {
        tier.policies.sort_by(|one, other| by_order(one.policy, other.policy, can));
    }
    hidden.retain(|tier| !tier.policies.is_empty());
    hidden
}

fn default_tier() -> Known<'static> {
    Known { name: DEFAULT, order: Some(DEFAULT_ORDER), passes: false }
}

/// The tiers that Calico makes itself, whose orders nobody can change, and those of the input.
fn known(set: &Set, can: Capabilities) -> Vec<Known<'_>> {
    let (admin, baseline) = if can.kube_tiers {
        ("kube-admin", "kube-baseline")
    } else {
        ("adminnetworkpolicy", "baselineadminnetworkpolicy")
    };
    let mut tiers = vec![
        default_tier(),
        Known { name: admin, order: Some(ADMIN_ORDER), passes: true },
        Known { name: baseline, order: Some(BASELINE_ORDER), passes: true },
    ];
    for tier in &set.tiers {
        if tiers.iter().all(|known| known.name != tier.name) {
            tiers.push(Known { name: &tier.name, order: tier.order, passes: tier.passes });
        }
    }
    tiers.sort_by(|one, other| {
        number(one.order).total_cmp(&number(other.order)).then_with(|| one.name.cmp(other.name))
    });
    tiers
}

/// An order as a number; none is after all. Minus zero is zero, as Go compares.
fn number(order: Option<f64>) -> f64 {
    order.map_or(f64::INFINITY, |order| order + 0.0)
}

fn by_order(one: &Policy, other: &Policy, can: Capabilities) -> Ordering {
    let tie = || tie_break(one, can).cmp(&tie_break(other, can));
    number(one.order).total_cmp(&number(other.order)).then_with(tie)
}

/// What is compared where orders are equal.
fn tie_break(policy: &Policy, can: Capabilities) -> String {
    let namespace = policy.reference.namespace.as_deref().unwrap_or("");
    if can.names_as_written {
        let kind = match policy.kind {
            Kind::Namespaced => "NetworkPolicy",
            Kind::Global => "GlobalNetworkPolicy",
            Kind::Kubernetes => "KubernetesNetworkPolicy",
        };
        return format!("{}/{namespace}/{kind}", policy.reference.name);
    }
    match policy.kind {
        Kind::Global => policy.stored_name.clone(),
        Kind::Namespaced | Kind::Kubernetes => format!("{namespace}/{}", policy.stored_name),
    }
}

/// Whether the version's validator refuses a policy that others take, so that it is not there.
fn is_missing(policy: &Policy, can: Capabilities) -> bool {
    let whole_family = |rule: &Rule| {
        let not_nets = rule.source.not_nets.iter().chain(&rule.destination.not_nets);
        not_nets.into_iter().any(|net| net.prefix_len() == 0)
    };
    let no_protocol = |rule: &Rule| {
        let sides = [&rule.source, &rule.destination];
        let mut ports = sides.into_iter().flat_map(|side| side.ports.iter().chain(&side.not_ports));
        rule.protocol.is_none() && ports.any(|port| matches!(port, Port::Named(_)))
    };
    policy.kind != Kind::Kubernetes
        && policy.ingress.iter().any(|rule| {
            (can.refuses_whole_family_in_not_nets && whole_family(rule))
                || (!can.named_ports_without_protocol && no_protocol(rule))
        })
}

/// Why nobody can tell whether a policy is in force in this version: what its API makes of a field that
/// it does not know depends on how the policy gets there.
fn doubt(policy: &Policy, can: Capabilities, version: Version) -> Option<String> {
    if policy.kind == Kind::Kubernetes {
        return None;
    }
    let (reference, tier) = (&policy.reference, &policy.tier);
    if !can.tiers && tier != DEFAULT {
        return Some(format!("`{reference}` names the tier `{tier}`, and Calico {version} has no tiers"));
    }
    let prefix = policy.reference.name.split_once('.').map(|(prefix, _)| prefix);
    match prefix {
        Some(_) if !can.dotted_names && policy.stored_name != policy.reference.name => {
            Some(format!("Calico {version} takes no name with a dot, and `{reference}` has one"))
        }
        Some(prefix) if can.dotted_names && !can.names_as_written && prefix != tier => {
            Some(format!("Calico {version} takes the name of `{reference}` for one of the tier `{prefix}`"))
        }
        None if can.tiers && !can.names_as_written && tier != DEFAULT => {
            Some(format!("Calico {version} wants the name of `{reference}` to begin with `{tier}.`"))
        }
        Some(_) | None => None,
    }
}
