//! Labels that bring pods into the mesh or keep them out, and what only the mesh reads.
//!
//! Facts: `pkg/kube/inject/inject.go`, `injectRequired`; the selectors of the webhooks in
//! `istio-discovery/templates/mutatingwebhook.yaml`; `pkg/config/analysis/analyzers/injection`.

use super::holder::{Holder, Mark};
use super::table::{Group, Place};
use super::{on, with_rest, workload};
use crate::finding::codes::input::INJECTION_UNCLEAR;
use crate::finding::codes::platform::{MESH_LABEL, WORKLOAD_OUTSIDE};
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Policy};
use crate::lint::Context;
use crate::lint::words::{joined, listed};
use crate::manifest::{Membership, Proxy, Workload};
use std::collections::BTreeMap;

const INJECT: &str = "sidecar.istio.io/inject";

/// What the mesh alone reads on one object.
pub(super) struct Marked {
    /// The labels and annotations, for a sentence.
    words: String,
    /// The object, for a sentence.
    name: String,
    finding: Finding,
}

/// What is told of an object by itself; what the mesh alone reads on it joins `marked`.
pub(super) fn check(holder: &Holder<'_>, context: &Context<'_>, marked: &mut Vec<Marked>) -> Vec<Finding> {
    let mut findings = meaningless(holder);
    findings.extend(several(holder));
    findings.extend(disagree(holder));
    findings.extend(both_kinds(holder));
    let outside = outside(holder, context);
    marked.extend(marks(holder, outside.is_some()));
    findings.extend(outside);
    findings
}

/// One finding for all objects with the same labels: the first is underlined.
pub(super) fn together(marked: Vec<Marked>) -> Vec<Finding> {
    let mut alike: BTreeMap<String, Vec<Marked>> = BTreeMap::new();
    for one in marked {
        alike.entry(one.words.clone()).or_default().push(one);
    }
    alike.into_iter().filter_map(|(words, objects)| all_with(&words, objects)).collect()
}

fn all_with(words: &str, objects: Vec<Marked>) -> Option<Finding> {
    let names: Vec<String> = objects.iter().map(|one| one.name.clone()).collect();
    let has = if names.len() == 1 { "has" } else { "have" };
    let message = format!("{} {has} {words}, which nothing but the mesh reads", listed(&names));
    let mut objects = objects.into_iter();
    let mut first = objects.next()?.finding;
    first.message = message;
    Some(objects.fold(first, |finding, Marked { words: _, name, finding: other }| {
        let finding = match other.span {
            Some(span) => finding.related(format!("`{name}`"), span),
            None => finding,
        };
        other
            .related
            .into_iter()
            .fold(finding, |finding, related| finding.related(related.message, related.span))
    }))
}

fn unclear(holder: &Holder<'_>, mark: &Mark<'_>, message: String) -> Finding {
    on(holder, mark, &INJECTION_UNCLEAR, Direction::None, message).severity(Severity::Warning)
}

/// Values that nothing compares with.
fn meaningless(holder: &Holder<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |mark: &Mark<'_>, message: String, help: &str| {
        findings.push(unclear(holder, mark, message).at(mark.node.span).help(help));
    };
    for mark in holder.labels.iter().filter(|mark| mark.is_read_at(holder.place)) {
        let value = mark.value.as_str();
        match mark.name {
            "istio-injection" if !matches!(value, "enabled" | "disabled") => say(
                mark,
                format!(
                    "`istio-injection: {value}` counts as `disabled`: pods of {} get no proxy",
                    holder.name()
                ),
                "write `enabled` if they were meant to have one; what unmesh writes goes by what is so today",
            ),
            "istio.io/dataplane-mode" if !matches!(value, "ambient" | "none") => say(
                mark,
                format!("`istio.io/dataplane-mode: {value}` brings nothing into ambient mode"),
                "write `ambient` or `none`",
            ),
            _ => {}
        }
    }
    let injects = holder.labels.iter().chain(&holder.annotations).filter(|mark| mark.name == INJECT);
    for mark in injects.filter(|_| holder.place == Place::Pod) {
        const WORDS: [&str; 9] = ["y", "yes", "true", "on", "n", "no", "false", "off", ""];
        if !WORDS.contains(&mark.value.to_lowercase().as_str()) {
            let message = format!("`{INJECT}: {}` counts as `false`", mark.value);
            say(mark, message, "write `\"true\"` or `\"false\"`");
        }
    }
    findings
}

/// A Namespace with labels of which only one can count.
fn several(holder: &Holder<'_>) -> Option<Finding> {
    if holder.place != Place::Namespace {
        return None;
    }
    let injection = holder.label("istio-injection");
    let on = injection.is_none_or(|mark| mark.value == "enabled");
    let others = ["istio.io/rev", "istio.io/dataplane-mode"].iter().filter_map(|name| holder.label(name));
    let off = |mark: &&Mark<'_>| !(mark.name == "istio.io/dataplane-mode" && mark.value == "none");
    let all: Vec<&Mark<'_>> = injection.into_iter().chain(others.filter(off)).collect();
    let (first, rest) = all.split_first()?;
    if !on || rest.is_empty() {
        return None;
    }
    let words: Vec<String> = all.iter().map(|mark| mark.whole()).collect();
    let what = match first.name {
        "istio-injection" => "`istio-injection` wins, and pods get a sidecar of the default revision",
        _ => {
            "one asks for sidecars, the other for ambient mode: pods with a sidecar keep out of ambient mode"
        }
    };
    let message = format!("{} says {} at once: {what}", holder.name(), joined(&words));
    Some(with_rest(unclear(holder, first, message), rest).help("keep one of them"))
}

/// Label and annotation of one template that say different things: the label wins.
fn disagree(holder: &Holder<'_>) -> Option<Finding> {
    let (label, annotation) = (holder.label(INJECT)?, holder.annotation(INJECT)?);
    let differ = holder.place == Place::Pod && label.value.to_lowercase() != annotation.value.to_lowercase();
    differ.then(|| {
        let message = format!(
            "{} says `{INJECT}: {}` by its label and `{}` by an annotation: the label counts",
            holder.name(),
            label.value,
            annotation.value
        );
        unclear(holder, annotation, message).related("the label", label.key).help("delete the annotation")
    })
}

/// A template that asks for a sidecar and for ambient mode: the sidecar wins (`cni/pkg/util`, `PodRedirectionEnabled`).
fn both_kinds(holder: &Holder<'_>) -> Option<Finding> {
    let mode = holder.label("istio.io/dataplane-mode").filter(|mode| mode.value == "ambient")?;
    let sidecar = holder.label(INJECT).filter(|_| holder.place == Place::Pod)?;
    matches!(sidecar.value.to_lowercase().as_str(), "y" | "yes" | "true" | "on").then(|| {
        let message = format!(
            "{} asks for a sidecar by its labels and for ambient mode: its pods get the sidecar and keep out of ambient mode",
            holder.name()
        );
        unclear(holder, mode, message).related("asks for a sidecar", sidecar.key).help("keep one of the labels")
    })
}

/// A template that opts out.
fn outside(holder: &Holder<'_>, context: &Context<'_>) -> Option<Finding> {
    let mark = holder.label(INJECT).or_else(|| holder.annotation(INJECT))?;
    let no = !matches!(mark.value.to_lowercase().as_str(), "y" | "yes" | "true" | "on" | "");
    let workload = workload(holder, context).filter(|_| no && holder.place == Place::Pod)?;
    let in_mesh = matches!(
        context.inventory.membership(&workload.identity.namespace, context.settings),
        Membership::Proven(_) | Membership::Unknown
    );
    if workload.proxy != Proxy::None || workload.host_network || !in_mesh {
        return None;
    }
    let message = format!(
        "{} has no proxy (`{INJECT}: {}`): no policy of the mesh acts on it{}, its connections are in clear, and it shows no identity",
        holder.name(),
        mark.value,
        selecting(workload, context)
    );
    Some(on(holder, mark, &WORKLOAD_OUTSIDE, Direction::None, message).help(
        "a policy for its whole namespace may select its pods afterwards (UM408 says where); allow there what they need",
    ))
}

/// The policies that select a workload all the same.
fn selecting(workload: &Workload, context: &Context<'_>) -> String {
    let refuses = |policy: &&Policy| match policy.action {
        Action::RequireIdentity => !policy.rules.is_empty(),
        Action::Allow | Action::Deny | Action::Custom => true,
        Action::Audit => false,
    };
    let selects = |policy: &&Policy| {
        policy.not_enforced.is_none() && policy.scope.selects(&workload.identity.namespace, &workload.labels)
    };
    let policies = context.model.policies.iter().filter(refuses).filter(selects);
    let names: Vec<String> = policies.map(|policy| policy.origin.reference.to_string()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(" (not even `{one}`, which selects it)"),
        several => format!(" (not even {}, which select it)", listed(several)),
    }
}

/// Workloads in the node's network, in a namespace of the mesh.
pub(super) fn host_network(context: &Context<'_>) -> Vec<Finding> {
    let in_mesh = |workload: &&Workload| {
        let namespace = &workload.identity.namespace;
        workload.host_network
            && workload.proxy == Proxy::None
            && matches!(context.inventory.membership(namespace, context.settings), Membership::Proven(_))
    };
    let finding = |workload: &Workload| {
        let message = format!(
            "`{}` uses the network of its node, so it has no proxy: no policy of the mesh acts on it{}",
            workload.reference,
            selecting(workload, context)
        );
        Finding::new(&WORKLOAD_OUTSIDE, Direction::None, message)
            .on(&workload.reference)
            .at(workload.span)
            .help("network policies of pods do not act on it either; Calico's host endpoints do")
    };
    context.inventory.workloads.iter().filter(in_mesh).map(finding).collect()
}

/// Everything else that only the mesh reads, together.
fn marks(holder: &Holder<'_>, outside: bool) -> Option<Marked> {
    let labels = holder.labels.iter().filter(|mark| mark.known.is_none() || mark.is_read_at(holder.place));
    let annotations = holder.annotations.iter().filter(|mark| {
        let group = mark.known.map(|known| known.group);
        mark.is_read_at(holder.place) && matches!(group, Some(Group::Mark | Group::Injection))
    });
    let told = |mark: &&Mark<'_>| !(outside && mark.name == INJECT);
    let all: Vec<&Mark<'_>> = labels.chain(annotations).filter(told).collect();
    let (first, rest) = all.split_first()?;
    let mut words: Vec<String> = all.iter().map(|mark| mark.whole()).collect();
    // A label and an annotation may say the same.
    words.sort();
    words.dedup();
    let finding = on(holder, first, &MESH_LABEL, Direction::Drops, String::new())
        .severity(Severity::Info)
        .help("once the mesh is gone, delete what no selector asks for");
    let name = holder.object.reference.to_string();
    Some(Marked { words: joined(&words), name, finding: with_rest(finding, rest) })
}
