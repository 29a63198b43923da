//! UM151 and UM153: subsets that no DestinationRule has, and subsets that no pod is in.

use super::destinations::Named;
use super::shown::{Shown, completed, is_placeholder, service_of, spec};
use super::{finding, namespace_of};
use crate::finding::codes::meaning::{SUBSET_WITHOUT_PODS, UNKNOWN_SUBSET};
use crate::finding::{Finding, Severity};
use crate::istio::DestinationRule;
use crate::istio::destination_rule::Subset;
use crate::lint::edge::words::meet;
use crate::lint::meaning::slip;
use crate::lint::words::{labels, listed};
use crate::manifest::{is_set_later, matches_labels};
use crate::yaml::Node;
use std::collections::{BTreeMap, BTreeSet};

/// One finding for each subset that a resource names, and for each that a rule has.
pub(super) fn check(shown: &Shown<'_>, destinations: &[Named<'_>]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for named in destinations {
        let Some(subset) = named.subset else { continue };
        if seen.insert((named.meta.object, named.host.as_str(), subset.value.as_str())) {
            findings.extend(unknown(shown, named));
        }
    }
    for rule in &shown.context.resources.destination_rules {
        findings.extend(without_pods(shown, rule));
    }
    findings
}

/// A rule's host, completed; it may be a wildcard.
fn host_of(rule: &DestinationRule) -> Option<String> {
    let host = rule.host.as_ref()?;
    Some(completed(&host.value, namespace_of(&rule.meta)))
}

fn unknown(shown: &Shown<'_>, named: &Named<'_>) -> Option<Finding> {
    let subset = named.subset?;
    let rules = &shown.context.resources.destination_rules;
    let all = rules.iter().map(|rule| &rule.meta);
    // A rule that stands twice, or that could not be read, may have the subset.
    let hidden = shown.unread("DestinationRule", all).any(|object| {
        let host = spec(object, "host").and_then(Node::as_str);
        host.is_none_or(|host| meet(&completed(host, object.namespace()), &named.host))
    });
    if hidden || is_placeholder(&subset.value) {
        return None;
    }
    let own: Vec<&DestinationRule> =
        rules.iter().filter(|rule| host_of(rule).is_some_and(|host| meet(&host, &named.host))).collect();
    let names: Vec<&str> = own
        .iter()
        .flat_map(|rule| &rule.subsets.items)
        .filter_map(|subset| subset.name.as_ref().map(|name| name.value.as_str()))
        .collect();
    if names.contains(&subset.value.as_str()) {
        return None;
    }
    let without = named.role.without();
    let (host, wanted) = (&named.host, &subset.value);
    if let (Some(rule), false) = (own.first(), names.is_empty()) {
        let have: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
        let (rules, verb) =
            if own.len() == 1 { ("DestinationRule", "has") } else { ("DestinationRules", "have") };
        let message =
            format!("the {rules} of `{host}` {verb} {} and no `{wanted}`: {without}", listed(&have));
        let help = match slip::meant(wanted, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add the subset to the DestinationRule, or name one that it has".to_string(),
        };
        let at = rule.host.as_ref().map_or(rule.meta.name_span, |host| host.span);
        let finding = finding(named.meta, &UNKNOWN_SUBSET, Severity::Warning, subset, message, help);
        return Some(finding.related("the DestinationRule", at));
    }
    let (namespace, name) = service_of(host)?;
    shown.service(namespace, name)?;
    let message = match own.first() {
        Some(rule) => format!(
            "`{}` has no subsets: unless another DestinationRule of `{host}` has `{wanted}`, {without}",
            rule.meta.reference
        ),
        None if shows_rules(shown, named, namespace) => format!(
            "the input has no DestinationRule of `{host}`: unless one elsewhere has the subset `{wanted}`, {without}"
        ),
        None => return None,
    };
    let help = "write a DestinationRule with this subset, or give unmesh the file that holds it";
    Some(finding(named.meta, &UNKNOWN_SUBSET, Severity::Info, subset, message, help))
}

/// Whether the input has DestinationRules with subsets, in the namespaces where this one would stand.
fn shows_rules(shown: &Shown<'_>, named: &Named<'_>, namespace: &str) -> bool {
    shown.context.resources.destination_rules.iter().any(|rule| {
        let own = namespace_of(&rule.meta);
        !rule.subsets.items.is_empty() && (own == named.namespace() || own == namespace)
    })
}

/// Labels that Istio gives an endpoint by itself (`AugmentLabels`): of its node, cluster and network.
fn is_of_endpoint(key: &str) -> bool {
    is_set_later(key)
        || key.starts_with("topology.")
        || key.starts_with("kubernetes.io/")
        || key == "istio-locality"
}

/// The subsets of a rule, against the pods behind the Service that it is for.
fn without_pods(shown: &Shown<'_>, rule: &DestinationRule) -> Vec<Finding> {
    let Some(host) = host_of(rule) else { return Vec::new() };
    let Some((namespace, name)) = service_of(&host) else { return Vec::new() };
    let Some(&[service]) = shown.service(namespace, name) else { return Vec::new() };
    if service.selector.is_empty() || shown.is_entry(&host) {
        return Vec::new();
    }
    let workloads = shown.context.inventory.workloads.iter();
    let pods = workloads.filter(|one| one.identity.namespace == namespace).map(|one| one.labels.clone());
    let machines = shown.context.resources.workload_entries.iter();
    let machines = machines.filter(|one| namespace_of(&one.meta) == namespace).map(|one| {
        let labels = one.machine.labels.iter();
        labels.map(|(key, value)| (key.clone(), value.value.clone())).collect::<BTreeMap<_, _>>()
    });
    let behind: Vec<BTreeMap<String, String>> =
        pods.chain(machines).filter(|labels| matches_labels(&service.selector, labels)).collect();
    if behind.is_empty() {
        return Vec::new();
    }
    let behind: Vec<&BTreeMap<String, String>> = behind.iter().collect();
    let of_subset = |subset| Some(empty(rule, subset, &host, &behind)?.related("the Service", service.span));
    rule.subsets.items.iter().filter_map(of_subset).collect()
}

fn empty(
    rule: &DestinationRule,
    subset: &Subset,
    host: &str,
    behind: &[&BTreeMap<String, String>],
) -> Option<Finding> {
    let wanted = &subset.labels;
    let has = |own: &&&BTreeMap<String, String>| {
        wanted.iter().all(|(key, value)| own.get(key).is_some_and(|own| *own == value.value))
    };
    if wanted.is_empty()
        || behind.iter().any(|own| has(&own))
        || wanted.iter().any(|(key, value)| is_of_endpoint(key) || is_placeholder(&value.value))
    {
        return None;
    }
    let name = subset.name.as_ref()?;
    let pairs = labels(wanted);
    let message = |tail: &str| {
        format!(
            "no workload of the input behind `{host}` has the labels `{pairs}` of the subset `{}`{tail}",
            name.value
        )
    };
    if let Some((_, leaf, meant)) = slip::meant_label(wanted, behind) {
        let message = message(": requests that go there are answered with 503");
        let help = format!("did you mean `{meant}`?");
        return Some(finding(&rule.meta, &SUBSET_WITHOUT_PODS, Severity::Warning, leaf, message, help));
    }
    let message = message("; unless such pods stand elsewhere, requests that go there are answered with 503");
    let help = "see that the labels are right, or give unmesh the file that holds these pods";
    let leaf = wanted.values().next()?;
    Some(finding(&rule.meta, &SUBSET_WITHOUT_PODS, Severity::Info, leaf, message, help))
}
