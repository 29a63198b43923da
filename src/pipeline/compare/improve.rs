//! What would improve a line of the comparison: options that were tried on this input, and helped.
//!
//! Candidates come from the codes of the line; each is run through the back end as the user would run it,
//! alone, and those that help once more together.

use super::{Class, Outcome, World, copy};
use crate::config::{Identity, L7, Settings, Target};
use crate::finding::codes::platform;
use crate::finding::{Acceptance, Code, Rules};
use crate::ir::Proxy;
use crate::pipeline::targets::dikastes_works;
use crate::report::compare::{Better, Suggestion};
use crate::source::{SourceMap, Sources};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Suggestions for one line at most.
const MOST: usize = 4;
/// Gateways for which a successor is tried.
const MOST_GATEWAYS: usize = 8;
/// The successor of a gateway in a trial: an account of a namespace that hardly any input has. Who it is
/// does not matter, only that the user names somebody.
const SUCCESSOR: (&str, &str) = ("unmesh-trial", "successor");

/// An option that changes how the input is read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Reread {
    /// `--mesh-namespaces`.
    MeshNamespaces(BTreeSet<String>),
    /// `--map-identity` for this gateway.
    Successor(Identity),
}

impl Reread {
    fn flag(&self) -> String {
        match self {
            Self::MeshNamespaces(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("--mesh-namespaces {}", names.join(","))
            }
            Self::Successor(Identity { namespace, account }) => {
                format!("--map-identity {namespace}/{account}=NAMESPACE/ACCOUNT")
            }
        }
    }

    /// The code of what it may mend.
    fn mends(&self) -> &'static Code {
        match self {
            Self::MeshNamespaces(_) => &platform::UNKNOWN_NAMESPACES,
            Self::Successor(_) => &platform::GATEWAY_IDENTITY,
        }
    }

    fn apply(&self, settings: &mut Settings) {
        match self {
            Self::MeshNamespaces(names) => settings.mesh_namespaces = Some(names.clone()),
            Self::Successor(old) => {
                let (namespace, account) = SUCCESSOR;
                let new = Identity { namespace: namespace.to_string(), account: account.to_string() };
                settings.map_identity.push((old.clone(), new));
            }
        }
    }
}

/// One option of any kind.
#[derive(Clone)]
enum Change {
    Dikastes,
    Reread(Reread),
    Accept(&'static Code),
}

impl Change {
    fn flag(&self) -> String {
        match self {
            Self::Dikastes => "--l7 dikastes".to_string(),
            Self::Reread(reread) => reread.flag(),
            Self::Accept(code) => format!("--accept {}", code.name),
        }
    }
}

/// Trials over one input, each reading of it made once for all targets.
pub(super) struct Trials<'a> {
    world: &'a World,
    rules: &'a Rules,
    rereads: Vec<Reread>,
    readings: BTreeMap<Vec<Reread>, World>,
}

/// The best for all lines: target and what became of the policies there.
pub(super) fn improve(
    world: &World,
    lines: &[(Target, &Outcome)],
    again: &SourceMap,
    rules: &Rules,
) -> Vec<Better> {
    let rereads = rereads(world, lines);
    let mut trials = Trials { world, rules, rereads, readings: BTreeMap::new() };
    trials.read(trials.rereads.iter().map(|one| vec![one.clone()]).collect(), again);
    let alone: Vec<_> = lines.par_iter().map(|(target, old)| trials.alone(*target, old)).collect();
    let combined = alone.iter().filter(|found| found.len() > 1).map(|found| reread_by(found));
    let new = combined.filter(|some| !some.is_empty() && !trials.readings.contains_key(some));
    trials.read(new.collect(), again);
    let line = |((target, old), found): (&(Target, &Outcome), &Vec<(Change, Suggestion)>)| Better {
        together: trials.together(*target, old, found),
        alone: found.iter().map(|(_, suggestion)| suggestion.clone()).collect(),
    };
    lines.iter().zip(&alone).collect::<Vec<_>>().into_par_iter().map(line).collect()
}

/// What may be read otherwise, where some line has the code for it.
fn rereads(world: &World, lines: &[(Target, &Outcome)]) -> Vec<Reread> {
    let some = |code: &Code| lines.iter().any(|(_, outcome)| outcome.has(code));
    let mesh = some(&platform::UNKNOWN_NAMESPACES).then(|| mesh_namespaces(world)).flatten();
    mesh.into_iter().map(Reread::MeshNamespaces).chain(gateways(world, lines)).collect()
}

/// What the input shows of the mesh: what it proves, and where policies and pods with a sidecar stand.
/// The control plane's namespace is left out, as long as nobody lists it.
fn mesh_namespaces(world: &World) -> Option<BTreeSet<String>> {
    if world.settings.mesh_namespaces.is_some() {
        return None;
    }
    let facts = &world.model.facts;
    let of_policies = world.model.policies.iter().filter_map(|policy| policy.scope.namespace.as_ref());
    let sidecars = facts.workloads.iter().filter(|workload| workload.proxy == Proxy::Sidecar);
    let shown = facts.namespaces.proven.iter().chain(facts.namespaces.proven_in_part.keys());
    let all = shown.chain(of_policies).chain(sidecars.map(|workload| &workload.identity.namespace));
    let in_mesh = |name: &&String| !facts.namespaces.is_outside(name) && **name != facts.root_namespace;
    let names: BTreeSet<String> = all.filter(in_mesh).cloned().collect();
    (!names.is_empty()).then_some(names)
}

/// Gateways that some finding names, and that have no successor yet.
fn gateways(world: &World, lines: &[(Target, &Outcome)]) -> Vec<Reread> {
    let told: BTreeSet<&String> = lines.iter().flat_map(|(_, outcome)| &outcome.of_gateways).collect();
    let facts = &world.model.facts;
    let known: BTreeSet<&Identity> = facts.gateways.iter().chain(&facts.mentioned_identities).collect();
    // Saves trials alone: whether a successor helps is seen by trying.
    let named = |identity: &&Identity| {
        let name = format!("`{}/{}`", identity.namespace, identity.account);
        told.iter().any(|message| message.contains(&name))
    };
    let mapped = |identity: &&Identity| world.settings.map_identity.iter().any(|(old, _)| old == *identity);
    let lost = known.into_iter().filter(|identity| named(identity) && !mapped(identity));
    lost.take(MOST_GATEWAYS).cloned().map(Reread::Successor).collect()
}

/// What is read otherwise by some options.
fn reread_by(found: &[(Change, Suggestion)]) -> Vec<Reread> {
    let mut all: Vec<Reread> = found
        .iter()
        .filter_map(|(change, _)| match change {
            Change::Reread(reread) => Some(reread.clone()),
            Change::Dikastes | Change::Accept(_) => None,
        })
        .collect();
    all.sort();
    all
}

impl Trials<'_> {
    /// Reads the input with some options, each set once.
    fn read(&mut self, sets: BTreeSet<Vec<Reread>>, again: &SourceMap) {
        let read = |set: Vec<Reread>| {
            let mut settings = self.world.settings.clone();
            for reread in &set {
                reread.apply(&mut settings);
            }
            let sources = Sources { map: copy(again), ..Sources::default() };
            (set, World::read(sources, &settings, self.rules))
        };
        let read: Vec<_> = sets.into_par_iter().map(read).collect();
        self.readings.extend(read);
    }

    /// The options that help one line, best first.
    fn alone(&self, target: Target, old: &Outcome) -> Vec<(Change, Suggestion)> {
        let guarded = self.world.settings.l7 == L7::Unstated && old.has(&platform::L7_GUARD_LABEL);
        let dikastes = (guarded && dikastes_works(target)).then_some(Change::Dikastes);
        let rereads = self.rereads.iter().filter(|reread| old.has(reread.mends())).cloned();
        let accepts = old.changes.values().map(|counted| Change::Accept(counted.code));
        let all = dikastes.into_iter().chain(rereads.map(Change::Reread)).chain(accepts);
        let mut helping: Vec<(Change, Suggestion)> = all
            .filter_map(|change| {
                let new = self.outcome(target, std::slice::from_ref(&change))?;
                Some((change.clone(), suggestion(change.flag(), old, &new)?))
            })
            .collect();
        helping
            .sort_by_key(|(_, one)| (Reverse((one.better, one.counts.exact)), one.worse, one.flag.clone()));
        helping.truncate(MOST);
        helping
    }

    /// All options that help one line, together; `None` where there are not several.
    fn together(&self, target: Target, old: &Outcome, found: &[(Change, Suggestion)]) -> Option<Suggestion> {
        let changes: Vec<Change> = found.iter().map(|(change, _)| change.clone()).collect();
        if changes.len() < 2 {
            return None;
        }
        let flags: Vec<String> = changes.iter().map(Change::flag).collect();
        suggestion(flags.join(" "), old, &self.outcome(target, &changes)?)
    }

    /// What becomes of the policies with some options; `None` if the input was not read with them.
    fn outcome(&self, target: Target, changes: &[Change]) -> Option<Outcome> {
        let (mut l7, mut rules, mut rereads) = (self.world.settings.l7, self.rules.clone(), Vec::new());
        for change in changes {
            match change {
                Change::Dikastes => l7 = L7::Dikastes,
                Change::Reread(reread) => rereads.push(reread.clone()),
                Change::Accept(code) => {
                    rules.accepted.push(Acceptance::of(code));
                }
            }
        }
        rereads.sort();
        let world = if rereads.is_empty() { self.world } else { self.readings.get(&rereads)? };
        Some(world.outcome(target, l7, &rules))
    }
}

/// A trial that helped more policies than it hurt.
fn suggestion(flag: String, old: &Outcome, new: &Outcome) -> Option<Suggestion> {
    let pairs = || old.standings.iter().filter_map(|(policy, old)| Some((old, new.standings.get(policy)?)));
    let better = pairs().filter(|(old, new)| new > old).count();
    let worse = pairs().filter(|(old, new)| new < old).count();
    let exact = pairs().filter(|(old, new)| old.class != Class::Exact && new.class == Class::Exact).count();
    (better > worse).then(|| Suggestion { flag, better, worse, exact, counts: new.counts() })
}
