//! Rules that hold on HTTP ports alone, and the ports on which that is known.
//!
//! Istio drops an ALLOW rule with HTTP attributes where a port is plain TCP, so it is written for ports
//! alone that carry HTTP on all pods of the policy. Where some of them listen for HTTP elsewhere too,
//! the rule held there, and that is told.

use super::losses;
use super::neighbours::Neighbours;
use super::part::Part;
use super::rules::{Writing, push_once};
use crate::finding::Finding;
use crate::ir::{
    Action, Attribute, Clause, Conjunction, HttpPorts, Pattern, Pods, Policy, Protocols, Rule, Scope,
};
use crate::object::calico::{Ports, ports};
use std::collections::{BTreeMap, BTreeSet};

/// A refusal by HTTP attributes, all of whose ports carry plain TCP: Istio drops the attributes
/// there itself, so nothing is lost.
pub(super) fn is_exact_on_tcp(rule: &Rule, source: &Policy, writing: Writing<'_>) -> bool {
    let parts = rule.operations.iter().map(|operation| Part::of(operation, writing.reading).part);
    let ports: Vec<Option<Vec<Ports>>> = parts.map(|part| part.and_then(|part| part.ports)).collect();
    let all = ports.iter().all(|ports| is_on_tcp(ports.as_deref(), source, writing));
    source.action != Action::Allow && !ports.is_empty() && all
}

/// The ports of a rule that allows by HTTP attributes, for one of its operations (`None` where it has
/// none), if all of them carry plain TCP: Istio drops the whole rule there, so it never let anybody in.
pub(super) fn never_held(
    operation: Option<&Conjunction>,
    rule: &Rule,
    source: &Policy,
    writing: Writing<'_>,
) -> Option<Vec<u16>> {
    if source.action != Action::Allow || rule.on != Protocols::Http {
        return None;
    }
    // Nothing else matters there, whether the target can say it or not.
    let is_port = |clause: &&Clause| clause.attribute == Attribute::DestinationPort;
    let conjunctions = operation.into_iter().chain([&rule.conditions]);
    let clauses = conjunctions.flat_map(|conjunction| &conjunction.clauses).filter(is_port).cloned();
    let on_ports = Conjunction { at: rule.at.clone(), clauses: clauses.collect() };
    let ports = Part::of(&on_ports, writing.reading).part?.ports;
    is_on_tcp(ports.as_deref(), source, writing).then(|| listed(ports.as_deref()))
}

/// Whether these ports are listed one by one, and all of them carry plain TCP on everything that
/// the policy selects.
fn is_on_tcp(own: Option<&[Ports]>, source: &Policy, writing: Writing<'_>) -> bool {
    let listed = listed(own);
    !listed.is_empty() && writing.mesh.facts.surely_all_tcp(&source.scope, listed)
}

/// The ports of a list, one by one; none where they are what others leave out.
fn listed(own: Option<&[Ports]>) -> Vec<u16> {
    /// More ports than anybody lists.
    const MANY: usize = 100;
    let own = own.unwrap_or_default();
    let count: usize = own.iter().map(|range| usize::from(range.last - range.first) + 1).sum();
    let each = own.iter().filter(|_| count <= MANY).flat_map(|range| range.first..=range.last);
    each.collect()
}

/// An Allow rule that holds on HTTP ports only names them; `None` where there are none.
pub(super) fn restrict(
    mut part: Part,
    rule: &Rule,
    source: &Policy,
    writing: Writing<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Part> {
    if source.action != Action::Allow || rule.on != Protocols::Http {
        return Some(part);
    }
    let http = writing.mesh.facts.http_ports(&source.scope);
    // What reads HTTP keeps plain TCP out by itself, up to some version; what is not written, too.
    let kept_out = part.is_http() && (!writing.http_matches_tcp || writing.no_http.is_some());
    let known = if kept_out { &http.everywhere } else { &http.surely };
    let known: Vec<Ports> = known.iter().map(|port| Ports { first: *port, last: *port }).collect();
    let meet = match &part.ports {
        None => ports::canonical(&known),
        Some(own) => ports::subtract(own, &ports::complement(&known)),
    };
    if meet.is_empty() {
        push_once(findings, nowhere(&part, &http, rule, source, writing));
        return None;
    }
    let is_told = part.is_http() && writing.no_http.is_some();
    let elsewhere = elsewhere(&part, &meet, &http, writing.http_named);
    if !elsewhere.is_empty() && !is_told {
        push_once(findings, losses::fewer_ports(rule, source, &meet, &elsewhere));
    }
    if http.pods.iter().all(|pods| matches!(pods, Pods::Behind(_))) {
        let names: BTreeSet<String> = http.pods.iter().map(|pods| pods.reference().to_string()).collect();
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        push_once(findings, losses::assumed_ports(rule, source, &names.join(", ")));
    }
    part.ports = Some(meet);
    Some(part)
}

/// Where the rule held too: ports on which some pods listen for HTTP, without those that are written.
/// `named` are those that rules with HTTP attributes name on the same pods: HTTP may be spoken there.
fn elsewhere(
    part: &Part,
    written: &[Ports],
    http: &HttpPorts<'_>,
    named: &[u16],
) -> BTreeMap<String, BTreeSet<u16>> {
    let listed = [named, &listed(part.ports.as_deref())].concat();
    let is_meant = |port: u16| part.ports.as_ref().is_none_or(|own| ports::contains(own, port));
    let of_pods = http.pods.iter().map(|pods| {
        let mut found = pods.listens_for_http(&listed);
        found.retain(|port| is_meant(*port) && !ports::contains(written, *port));
        (pods.reference().to_string(), found)
    });
    of_pods.filter(|(_, found)| !found.is_empty()).collect()
}

/// The ports that rules with HTTP attributes name, of all policies that may select the same pods.
pub(super) fn named(scope: &Scope, neighbours: &Neighbours<'_>) -> Vec<u16> {
    let rules = neighbours.meeting(scope).flat_map(|other| &other.policy.rules);
    let with_http = rules.filter(|rule| {
        let mut clauses = rule.conjunctions().flat_map(|conjunction| &conjunction.clauses);
        clauses.any(|clause| clause.attribute.is_http_only())
    });
    let ports = with_http.flat_map(Rule::conjunctions).flat_map(|conjunction| &conjunction.clauses);
    let tests = ports.filter(|clause| clause.attribute == Attribute::DestinationPort).flat_map(Clause::tests);
    let numbers =
        tests.filter_map(|test| if let Pattern::Port(port) = test.pattern { Some(port) } else { None });
    numbers.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Why a part with HTTP attributes holds on none of its ports: on plain TCP it never did.
fn nowhere(part: &Part, http: &HttpPorts<'_>, rule: &Rule, source: &Policy, writing: Writing<'_>) -> Finding {
    let own = part.ports.as_deref();
    if is_on_tcp(own, source, writing) {
        return losses::never_on_tcp(rule, source, &listed(own));
    }
    let is_meant = |port: &u16| own.is_none_or(|own| ports::contains(own, *port));
    if http.everywhere.iter().any(is_meant) {
        return losses::http_unproven(rule, source);
    }
    losses::no_http_port(rule, source)
}
