//! `--compare`: the user's input for every target, and what becomes of each policy.
//!
//! A policy's class comes from the findings about it and from whether anything was written for it,
//! never from an opinion about the target; what would improve a line is tried (see `improve`).
//! Nothing is verified here: that no difference is without a finding is what `unmesh verify` holds.

mod improve;

use super::{Analysis, analyse, targets};
use crate::config::{Settings, Target};
use crate::finding::codes::platform;
use crate::finding::{Code, Direction, Finding, ObjectRef, Rules};
use crate::ir::Model;
use crate::lower;
use crate::report::column::{Column, fold};
use crate::report::compare::{Comparison, Counted, Counts, Line};
use crate::source::{SourceFile, SourceMap, Sources};
use crate::translate::{self, Context, Translation};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::{BTreeMap, BTreeSet};

/// Codes of direction `none` that say what a translation takes for granted.
pub(super) const ASSUMPTIONS: [&Code; 3] =
    [&platform::ASSUMED_MEMBER, &platform::ASSUMED_GATEWAY, &platform::ASSUMED_PORTS];

/// What came out.
#[derive(Debug)]
pub struct Compared {
    /// The input, read with the settings of the run; its own target does not matter.
    pub analysis: Analysis,
    /// The table.
    pub comparison: Comparison,
}

/// Compares all targets.
#[must_use]
pub fn compare(sources: Sources, settings: &Settings, rules: &Rules) -> Compared {
    let again = copy(&sources.map);
    let world = World::read(sources, settings, rules);
    let columns = targets::all();
    let outcomes: Vec<Outcome> =
        columns.par_iter().map(|column| world.outcome(column.target, world.settings.l7, rules)).collect();
    let others = improve::other_worlds(&world, &outcomes, &again, rules);
    let line = |(column, outcome): (&Column, &Outcome)| {
        let better = improve::suggestions(&world, &others, column.target, outcome, rules);
        (*column, outcome.line(better))
    };
    let lines: Vec<(Column, Line)> = columns.par_iter().zip(&outcomes).map(line).collect();
    let comparison = Comparison { policies: world.policies.len(), lines: fold(lines) };
    Compared { analysis: world.analysis, comparison }
}

/// The files once more, to be read with other settings; their texts are shared.
fn copy(map: &SourceMap) -> SourceMap {
    let mut copy = SourceMap::default();
    for SourceFile { name, path, relative, text, .. } in map.files() {
        copy.add(SourceFile::new(name.clone(), path.clone(), relative.clone(), text.clone()));
    }
    copy
}

/// The input as some settings have it, apart from the target.
struct World {
    settings: Settings,
    analysis: Analysis,
    model: Model,
    /// The policies of the mesh that the input holds, read or not.
    policies: BTreeSet<ObjectRef>,
}

impl World {
    fn read(sources: Sources, settings: &Settings, rules: &Rules) -> Self {
        let analysis = analyse(sources, settings, rules);
        let (model, _) = lower::lower(&analysis.resources, &analysis.inventory, settings);
        let all = analysis.manifest.objects.iter().chain(&analysis.manifest.contested);
        let policies = all.filter(|object| {
            object.group() == "security.istio.io"
                && ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"]
                    .contains(&object.reference.kind.as_str())
        });
        let policies = policies.map(|object| object.reference.clone()).collect();
        Self { settings: settings.clone(), analysis, model, policies }
    }

    /// What becomes of each policy for a target.
    fn outcome(&self, target: Target, l7: crate::config::L7, rules: &Rules) -> Outcome {
        let analysis = &self.analysis;
        let settings = targets::settings_for(target, &Settings { l7, ..self.settings.clone() });
        let context = Context {
            sources: &analysis.sources,
            manifest: &analysis.manifest,
            inventory: &analysis.inventory,
            settings: &settings,
            rules,
        };
        let Translation { objects, findings } = translate::translate(&self.model, &context);
        let sources = objects.iter().flat_map(|emitted| &emitted.sources);
        let written: BTreeSet<&ObjectRef> = sources
            .filter_map(|id| analysis.manifest.objects.get(id.0))
            .map(|object| &object.reference)
            .collect();
        let mut outcome = Outcome::default();
        let said = analysis.said.input.iter().chain(&analysis.said.meaning);
        let about_policies =
            |finding: &&Finding| finding.object.as_ref().is_some_and(|object| self.policies.contains(object));
        for finding in said.filter(about_policies).chain(&findings) {
            outcome.take(finding, rules);
        }
        for policy in &self.policies {
            outcome.stand(policy, written.contains(policy), rules);
        }
        outcome
    }
}

/// What becomes of the policies for one target.
#[derive(Default)]
struct Outcome {
    /// Findings that change something or are assumptions, each once.
    findings: Vec<Finding>,
    standings: BTreeMap<ObjectRef, Standing>,
    /// Codes that keep all output back.
    held: BTreeMap<&'static str, &'static Code>,
}

/// How one policy fares; better ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Standing {
    class: Class,
    /// How many findings say of it that it changes, counted downwards.
    losses: std::cmp::Reverse<usize>,
}

/// What becomes of a policy, from the worst to the best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Class {
    /// It changes, and nothing is written for it; or a finding about it keeps all output back.
    Lost,
    /// It is written, and something that it allowed is refused.
    Narrowed,
    /// It is written, and something that it refused gets through: announced, or accepted.
    Widened,
    /// No finding says that it changes.
    Exact,
}

impl Outcome {
    fn take(&mut self, finding: &Finding, rules: &Rules) {
        if finding.blocks(rules) {
            self.held.insert(finding.code.id, finding.code);
        }
        let is_assumption = ASSUMPTIONS.iter().any(|code| code.id == finding.code.id);
        if (changes(finding) || is_assumption) && !self.findings.contains(finding) {
            self.findings.push(finding.clone());
        }
    }

    fn stand(&mut self, policy: &ObjectRef, written: bool, rules: &Rules) {
        let own = || self.findings.iter().filter(|finding| finding.object.as_ref() == Some(policy));
        let says = |direction| own().any(|finding| finding.direction == direction);
        let (narrows, widens) = (says(Direction::Narrows), says(Direction::Widens));
        let class = if own().any(|finding| finding.blocks(rules)) || (!written && (narrows || widens)) {
            Class::Lost
        } else if widens {
            Class::Widened
        } else if narrows {
            Class::Narrowed
        } else {
            Class::Exact
        };
        let losses = std::cmp::Reverse(own().filter(|finding| changes(finding)).count());
        self.standings.insert(policy.clone(), Standing { class, losses });
    }

    fn counts(&self) -> Counts {
        let n = |class| self.standings.values().filter(|standing| standing.class == class).count();
        Counts {
            exact: n(Class::Exact),
            narrowed: n(Class::Narrowed),
            widened: n(Class::Widened),
            lost: n(Class::Lost),
        }
    }

    fn line(&self, better: Vec<crate::report::compare::Suggestion>) -> Line {
        let count = |wanted: &dyn Fn(&&Finding) -> bool| -> Vec<Counted> {
            let mut counted: BTreeMap<&str, Counted> = BTreeMap::new();
            for finding in self.findings.iter().filter(wanted) {
                let new = Counted { code: finding.code, findings: 0 };
                counted.entry(finding.code.id).or_insert(new).findings += 1;
            }
            counted.into_values().collect()
        };
        Line {
            counts: self.counts(),
            codes: count(&|finding| changes(finding)),
            assumptions: count(&|finding| !changes(finding)),
            held_by: self.held.values().copied().collect(),
            better,
        }
    }

    /// Whether a finding of this code says that something changes.
    fn has(&self, code: &Code) -> bool {
        self.findings.iter().any(|finding| finding.code.id == code.id && changes(finding))
    }
}

/// Whether a finding says that access changes.
fn changes(finding: &Finding) -> bool {
    matches!(finding.direction, Direction::Widens | Direction::Narrows)
}
