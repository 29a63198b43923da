//! What would improve a line of the comparison: options that were tried on this input, and helped.
//!
//! Candidates come from the codes of the line; each is run through the back end as the user would run it.

use super::{Class, Outcome, World, changes, copy};
use crate::config::{Identity, L7, Settings, Target};
use crate::finding::codes::platform;
use crate::finding::{Acceptance, Code, Rules};
use crate::ir::Proxy;
use crate::pipeline::targets::dikastes_works;
use crate::report::compare::Suggestion;
use crate::source::{SourceMap, Sources};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::collections::{BTreeMap, BTreeSet};

/// Suggestions for one line at most.
const MOST: usize = 4;
/// Gateways for which a successor is tried.
const MOST_GATEWAYS: usize = 8;
/// The successor of a gateway in a trial: an account of a namespace that hardly any input has. Who it is
/// does not matter, only that the user names somebody.
const SUCCESSOR: (&str, &str) = ("unmesh-trial", "successor");

/// An option that changes how the input is read, and the input read with it.
pub(super) struct Other {
    flag: String,
    code: &'static Code,
    world: World,
}

/// The inputs that some line may gain by; read once for all targets.
pub(super) fn other_worlds(
    world: &World,
    outcomes: &[Outcome],
    again: &SourceMap,
    rules: &Rules,
) -> Vec<Other> {
    let mut wanted: Vec<(String, &'static Code, Settings)> = Vec::new();
    if outcomes.iter().any(|outcome| outcome.has(&platform::UNKNOWN_NAMESPACES)) {
        wanted.extend(mesh_namespaces(world));
    }
    wanted.extend(gateways(world, outcomes).into_iter().map(|old| successor(world, &old)));
    let read = |(flag, code, settings): (String, &'static Code, Settings)| {
        let sources = Sources { map: copy(again), ..Sources::default() };
        Other { flag, code, world: World::read(sources, &settings, rules) }
    };
    wanted.into_par_iter().map(read).collect()
}

/// `--mesh-namespaces` with what the input shows of the mesh: what it proves, and where policies and pods
/// with a sidecar stand. The control plane's namespace is left out, as long as nobody lists it.
fn mesh_namespaces(world: &World) -> Option<(String, &'static Code, Settings)> {
    if world.settings.mesh_namespaces.is_some() {
        return None;
    }
    let facts = &world.model.facts;
    let of_policies = world.model.policies.iter().filter_map(|policy| policy.scope.namespace.as_ref());
    let sidecars = facts.workloads.iter().filter(|workload| workload.proxy == Proxy::Sidecar);
    let shown = facts.namespaces.proven.iter().chain(facts.namespaces.proven_in_part.keys());
    let all = shown.chain(of_policies).chain(sidecars.map(|workload| &workload.identity.namespace));
    let names: BTreeSet<String> = all
        .filter(|name| !facts.namespaces.is_outside(name) && **name != facts.root_namespace)
        .cloned()
        .collect();
    if names.is_empty() {
        return None;
    }
    let list: Vec<&str> = names.iter().map(String::as_str).collect();
    let flag = format!("--mesh-namespaces {}", list.join(","));
    let settings = Settings { mesh_namespaces: Some(names), ..world.settings.clone() };
    Some((flag, &platform::UNKNOWN_NAMESPACES, settings))
}

/// Gateways that some finding names, and that have no successor yet.
fn gateways(world: &World, outcomes: &[Outcome]) -> Vec<Identity> {
    let findings = outcomes.iter().flat_map(|outcome| &outcome.findings);
    let of_gateways: BTreeSet<&str> = findings
        .filter(|finding| finding.code.id == platform::GATEWAY_IDENTITY.id)
        .map(|finding| finding.message.as_str())
        .collect();
    let facts = &world.model.facts;
    let known: BTreeSet<&Identity> = facts.gateways.iter().chain(&facts.mentioned_identities).collect();
    // Saves trials alone: whether a successor helps is seen by trying.
    let named = |identity: &&Identity| {
        let name = format!("`{}/{}`", identity.namespace, identity.account);
        of_gateways.iter().any(|message| message.contains(&name))
    };
    let mapped = |identity: &&Identity| world.settings.map_identity.iter().any(|(old, _)| old == *identity);
    known
        .into_iter()
        .filter(|identity| named(identity) && !mapped(identity))
        .take(MOST_GATEWAYS)
        .cloned()
        .collect()
}

fn successor(world: &World, old: &Identity) -> (String, &'static Code, Settings) {
    let flag = format!("--map-identity {}/{}=NAMESPACE/ACCOUNT", old.namespace, old.account);
    let (namespace, account) = SUCCESSOR;
    let new = Identity { namespace: namespace.to_string(), account: account.to_string() };
    let mut settings = world.settings.clone();
    settings.map_identity.push((old.clone(), new));
    (flag, &platform::GATEWAY_IDENTITY, settings)
}

/// What helps one line, best first.
pub(super) fn suggestions(
    world: &World,
    others: &[Other],
    target: Target,
    outcome: &Outcome,
    rules: &Rules,
) -> Vec<Suggestion> {
    let l7 = world.settings.l7;
    let mut all: Vec<Suggestion> = Vec::new();
    let mut tried = |flag: String, new: &Outcome| all.extend(suggestion(flag, outcome, new));
    if l7 == L7::Unstated && dikastes_works(target) && outcome.has(&platform::L7_GUARD_LABEL) {
        tried("--l7 dikastes".to_string(), &world.outcome(target, L7::Dikastes, rules));
    }
    for other in others.iter().filter(|other| outcome.has(other.code)) {
        tried(other.flag.clone(), &other.world.outcome(target, l7, rules));
    }
    let changing = outcome.findings.iter().filter(|finding| changes(finding));
    let codes: BTreeMap<&str, &'static Code> =
        changing.map(|finding| (finding.code.id, finding.code)).collect();
    for code in codes.into_values() {
        let mut rules = rules.clone();
        rules.accepted.push(Acceptance { code, object: None, reason: None });
        tried(format!("--accept {}", code.name), &world.outcome(target, l7, &rules));
    }
    all.sort_by_key(|one| (std::cmp::Reverse((one.better, one.counts.exact)), one.worse, one.flag.clone()));
    all.truncate(MOST);
    all
}

/// A trial that helped more policies than it hurt.
fn suggestion(flag: String, old: &Outcome, new: &Outcome) -> Option<Suggestion> {
    let fares = |better: bool| {
        let pairs = old.standings.iter().filter_map(|(policy, old)| Some((old, new.standings.get(policy)?)));
        pairs.filter(|(old, new)| if better { new > old } else { new < old }).count()
    };
    let (better, worse) = (fares(true), fares(false));
    let becomes_exact = |policy| new.standings.get(policy).is_some_and(|new| new.class == Class::Exact);
    let exact = old.standings.iter().filter(|(_, old)| old.class != Class::Exact);
    let exact = exact.filter(|(policy, _)| becomes_exact(policy)).count();
    (better > worse).then(|| Suggestion { flag, better, worse, exact, counts: new.counts() })
}
