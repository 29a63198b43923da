//! UM161: several DestinationRules for one host.
//!
//! Those of one namespace with the same `exportTo` and selector are merged: the first `trafficPolicy` counts, and of
//! subsets of one name the first (`mergeDestinationRule`). Otherwise one rule stands for all others, and takes
//! nothing over from them (`destinationRule`, `MostSpecificHostMatch`).

use super::order::{Export, Order, pairs};
use super::{between, namespace, note};
use crate::finding::Finding;
use crate::finding::codes::meaning::SHARED_RULE;
use crate::istio::Meta;
use crate::istio::destination_rule::tls::Mode;
use crate::istio::destination_rule::{DestinationRule, Subset};
use crate::lint::Context;
use crate::lint::words::{full_host, joined, listed};
use crate::yaml::fields::Leaf;

/// One finding for each part without effect, and for each rule that stands for a wider one.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let rules = context.resources.destination_rules.iter();
    let rules: Vec<Named<'_>> = rules.filter_map(|rule| Some((rule, host(rule)?))).collect();
    let mut findings = Vec::new();
    for (one, other) in pairs(&rules) {
        if one.1 == other.1 || one.1.starts_with('*') || other.1.starts_with('*') {
            findings.extend(of_two(context, one, other));
        }
    }
    findings
}

/// A rule with its host, completed.
type Named<'a> = (&'a DestinationRule, String);

fn of_two(context: &Context<'_>, one: &Named<'_>, other: &Named<'_>) -> Vec<Finding> {
    let same_space = namespace(&one.0.meta) == namespace(&other.0.meta);
    if one.1 == other.1 && same_space {
        if !is_merged(one.0, other.0) {
            return Vec::new();
        }
        return merged(&Order::of(one.0, other.0, |rule: &DestinationRule| -> &Meta { &rule.meta }), &one.1);
    }
    let ahead = if is_ahead(context, one, other) {
        Some((one, other))
    } else if is_ahead(context, other, one) {
        Some((other, one))
    } else {
        None
    };
    ahead.and_then(|(ahead, behind)| overridden(context, ahead.0, behind.0)).into_iter().collect()
}

fn host(rule: &DestinationRule) -> Option<String> {
    let host = rule.host.as_ref().filter(|host| !host.value.is_empty())?;
    Some(full_host(&host.value, namespace(&rule.meta)).to_lowercase())
}

/// Whether Istio makes one rule of both.
fn is_merged(one: &DestinationRule, other: &DestinationRule) -> bool {
    let export = |rule: &DestinationRule| Export::of(&rule.export_to, namespace(&rule.meta));
    let labels = |rule: &DestinationRule| {
        let selector = rule.selector.as_ref()?;
        Some(
            selector
                .labels
                .iter()
                .map(|(name, value)| (name.clone(), value.value.clone()))
                .collect::<Vec<_>>(),
        )
    };
    export(one) == export(other) && labels(one) == labels(other)
}

fn merged(order: &Order<'_, DestinationRule>, host: &str) -> Vec<Finding> {
    let (first, second) = (order.first, order.second);
    let mut findings = Vec::new();
    if let (Some(kept), Some(lost)) = (&first.policy, &second.policy) {
        let message = format!(
            "`{}` has a `trafficPolicy` for `{host}` as well: that of {} counts, and of the other one nothing",
            first.meta.reference,
            order.winner()
        );
        findings.push(
            between(&first.meta, &second.meta, &SHARED_RULE, &lost.at, message)
                .related("the other one", kept.at.span)
                .help("write one `trafficPolicy` with all settings that are meant"),
        );
    }
    for subset in &second.subsets.items {
        let Some(name) = &subset.name else { continue };
        let is_same = |other: &&Subset| other.name.as_ref().is_some_and(|other| other.value == name.value);
        let Some(kept) = first.subsets.items.iter().find(is_same).and_then(|kept| kept.name.as_ref()) else {
            continue;
        };
        let message = format!(
            "`{}` has a subset `{}` of `{host}` as well: that of {} counts",
            first.meta.reference,
            name.value,
            order.winner()
        );
        findings.push(
            between(&first.meta, &second.meta, &SHARED_RULE, name, message)
                .related("the other one", kept.span)
                .help("give each subset a name of its own, or keep one of the two"),
        );
    }
    findings
}

/// Whether clients that have the first rule would have the second without it. The client's own namespace comes
/// first, then that of the Service, then the root namespace, and in each the narrower host.
fn is_ahead(context: &Context<'_>, (rule, host): &Named<'_>, (other, wider): &Named<'_>) -> bool {
    if rule.selector.is_some() || other.selector.is_some() || !lies_in(host, wider) {
        return false;
    }
    let (own, theirs) = (namespace(&rule.meta), namespace(&other.meta));
    let root = context.settings.root_namespace.as_str();
    let export = |rule: &DestinationRule| Export::of(&rule.export_to, namespace(&rule.meta));
    if own == theirs {
        return host != wider && export(rule).meets(&export(other));
    }
    let of_service = |namespace: &str| host.ends_with(&format!(".{namespace}.svc"));
    own != root && (theirs == root || of_service(theirs)) && reaches(other, own)
}

/// Whether every name of one host is one of the other; Services stand without the cluster's domain.
fn lies_in(host: &str, wider: &str) -> bool {
    let Some(end) = wider.strip_prefix('*') else { return host == wider };
    let full = host.strip_suffix(".svc").map(|name| format!("{name}.svc.cluster.local"));
    host == wider
        || host.trim_start_matches('*').ends_with(end)
        || full.is_some_and(|full| full.ends_with(end) || full.ends_with(&format!("{end}.cluster.local")))
}

fn reaches(rule: &DestinationRule, client: &str) -> bool {
    Export::of(&rule.export_to, namespace(&rule.meta)).meets(&Export::Own(client.to_string()))
}

/// What clients lose of the wider rule, where that is more than a default.
fn overridden(context: &Context<'_>, rule: &DestinationRule, wider: &DestinationRule) -> Option<Finding> {
    let host = rule.host.as_ref()?;
    let mut lost: Vec<String> = Vec::new();
    let tls = |rule: &DestinationRule| rule.policy.as_ref().and_then(|policy| policy.settings.tls.clone());
    let automatic = context
        .inventory
        .mesh
        .configs
        .iter()
        .all(|config| config.auto_mutual_tls.as_ref().is_none_or(|leaf| leaf.value));
    if let Some(theirs) = tls(wider).filter(|_| tls(rule).is_none()) {
        // Sidecars speak mutual TLS to each other without being told.
        if !(automatic && theirs.effective_mode() == Mode::IstioMutual) {
            lost.push(format!("`tls` (`{}`)", theirs.effective_mode().word()));
        }
    }
    let named = |rule: &DestinationRule| -> Vec<String> {
        rule.subsets
            .items
            .iter()
            .filter_map(|subset| subset.name.as_ref())
            .map(|name| name.value.clone())
            .collect()
    };
    let own = named(rule);
    let subsets: Vec<String> = named(wider).into_iter().filter(|name| !own.contains(name)).collect();
    if !subsets.is_empty() {
        let word = if subsets.len() == 1 { "subset" } else { "subsets" };
        lost.push(format!("its {word} {}", listed(&subsets)));
    }
    if lost.is_empty() {
        return None;
    }
    let (own, theirs) = (namespace(&rule.meta), namespace(&wider.meta));
    let who = if own == theirs { "clients".to_string() } else { format!("clients in `{own}`") };
    let place: &Leaf<String> = host;
    let message = format!(
        "{who} have this rule for `{}` in place of `{}`, of which nothing is taken over: not {}",
        host.value,
        wider.meta.reference,
        joined(&lost)
    );
    Some(
        note(&rule.meta, &SHARED_RULE, place, message)
            .related("the rule that does not reach them", wider.meta.name_span)
            .help("if they are to have that too, write it here as well"),
    )
}
