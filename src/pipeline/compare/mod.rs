//! `--compare`: the user's input for every target, and what becomes of each policy.
//!
//! A policy's class comes from the findings about it and from whether anything was written for it,
//! never from an opinion about the target; what would improve a line is tried (see `improve`).
//! Nothing is verified here: that no difference is without a finding is what `unmesh verify` holds.

mod improve;

use super::{Analysis, analyse, targets};
use crate::config::{L7, Settings, Target};
use crate::finding::codes::platform;
use crate::finding::{Code, Direction, Family, Finding, ObjectRef, Rules, Severity};
use crate::ir::Model;
use crate::lower;
use crate::report::column::fold;
use crate::report::compare::{Better, Comparison, Counted, Counts, Line};
use crate::source::{SourceMap, Sources};
use crate::translate::{self, Context, Translation};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Codes of direction `none` that say what a translation takes for granted.
pub(super) const ASSUMPTIONS: [&Code; 4] = [
    &platform::ASSUMED_MEMBER,
    &platform::ASSUMED_GATEWAY,
    &platform::ASSUMED_PORTS,
    &platform::ACCOUNT_BY_LABEL,
];

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
    let targets: Vec<(Target, &Outcome)> =
        columns.iter().map(|column| column.target).zip(&outcomes).collect();
    let better = improve::improve(&world, &targets, &again, rules);
    let lines = columns.iter().zip(&outcomes).zip(better);
    let lines = lines.map(|((column, outcome), better)| (*column, outcome.line(better)));
    let comparison = Comparison { policies: world.policies.len(), lines: fold(lines) };
    Compared { analysis: world.analysis, comparison }
}

/// The files once more, to be read with other settings; their texts are shared.
fn copy(map: &SourceMap) -> SourceMap {
    let mut copy = SourceMap::default();
    for file in map.files() {
        copy.add(file.clone());
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
        let settings = &analysis.inventory.mesh.applied(settings);
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
    fn outcome(&self, target: Target, l7: L7, rules: &Rules) -> Outcome {
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
        let said = analysis.said.input.iter().chain(&analysis.said.meaning);
        let is_about =
            |finding: &&Finding| finding.object.as_ref().is_some_and(|object| self.policies.contains(object));
        let mut outcome = Outcome::default();
        let mut told = BTreeSet::new();
        let mut of_policy: BTreeMap<&ObjectRef, Told> = BTreeMap::new();
        for finding in said.filter(is_about).chain(&findings) {
            let Finding { code, object, span, field, message, .. } = finding;
            if told.insert((code.id, object, span, field, message)) {
                let blocks = finding.blocks(rules, &analysis.sources);
                outcome.take(finding, blocks);
                if let Some(object) = object {
                    of_policy.entry(object).or_default().take(finding, blocks);
                }
            }
        }
        for policy in &self.policies {
            let told = of_policy.remove(policy).unwrap_or_default();
            outcome.standings.insert(policy.clone(), told.standing(written.contains(policy)));
        }
        outcome
    }
}

/// What becomes of the policies for one target.
#[derive(Default)]
struct Outcome {
    /// Codes of findings that narrow or widen, or are errors, by id.
    changes: BTreeMap<&'static str, Counted>,
    /// Codes of findings that say what is taken for granted, by id.
    assumptions: BTreeMap<&'static str, Counted>,
    /// What is said of gateways that nothing follows.
    of_gateways: BTreeSet<String>,
    standings: BTreeMap<ObjectRef, Standing>,
    /// Codes that keep all output back.
    held: BTreeMap<&'static str, &'static Code>,
}

/// What findings say of one policy.
#[derive(Clone, Copy, Default)]
struct Told {
    narrows: usize,
    widens: usize,
    /// Whether one of them keeps all output back.
    blocks: bool,
    /// Whether one of them, in whatever direction, is about what the policy means or becomes.
    explained: bool,
}

/// How one policy fares; better ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Standing {
    class: Class,
    /// How many findings say of it that it changes, counted downwards.
    losses: Reverse<usize>,
}

/// What becomes of a policy, from the worst to the best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Class {
    /// Nothing is written for it, and no finding says that nothing has to be; or one keeps all output back.
    Lost,
    /// It is written, and something that it allowed is refused.
    Narrowed,
    /// It is written, and something that it refused gets through: announced, or accepted.
    Widened,
    /// No finding says that it changes.
    Exact,
}

impl Told {
    fn take(&mut self, finding: &Finding, blocks: bool) {
        self.blocks |= blocks;
        self.explained |= !matches!(finding.code.family(), Family::Input);
        match finding.direction {
            Direction::Narrows => self.narrows += 1,
            Direction::Widens => self.widens += 1,
            Direction::Drops | Direction::None => {}
        }
    }

    fn standing(self, written: bool) -> Standing {
        let losses = self.narrows + self.widens;
        // Nothing written and nothing said would be a loss in silence.
        let kept = written || (losses == 0 && self.explained);
        let class = if self.blocks || !kept {
            Class::Lost
        } else if self.widens > 0 {
            Class::Widened
        } else if self.narrows > 0 {
            Class::Narrowed
        } else {
            Class::Exact
        };
        Standing { class, losses: Reverse(losses) }
    }
}

impl Outcome {
    fn take(&mut self, finding: &Finding, blocks: bool) {
        let code = finding.code;
        if blocks {
            self.held.insert(code.id, code);
        }
        let changes = matches!(finding.direction, Direction::Widens | Direction::Narrows);
        // An error without a direction says that a policy was not taken at all.
        let counted = if changes || finding.severity == Severity::Error {
            &mut self.changes
        } else if ASSUMPTIONS.iter().any(|other| other.id == code.id) {
            &mut self.assumptions
        } else {
            return;
        };
        counted.entry(code.id).or_insert(Counted { code, findings: 0 }).findings += 1;
        if code.id == platform::GATEWAY_IDENTITY.id {
            self.of_gateways.insert(finding.message.clone());
        }
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

    fn line(&self, better: Better) -> Line {
        Line {
            counts: self.counts(),
            codes: self.changes.values().copied().collect(),
            assumptions: self.assumptions.values().copied().collect(),
            held_by: self.held.values().copied().collect(),
            better,
        }
    }

    /// Whether a finding of this code says that something changes.
    fn has(&self, code: &Code) -> bool {
        self.changes.contains_key(code.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_where_findings_and_objects_put_it() {
        let told = Told { explained: true, ..Told::default() };
        for (row, told, written, class) in [
            ("written, nothing said", Told::default(), true, Class::Exact),
            ("written, an info", told, true, Class::Exact),
            ("nothing to write, and said so", told, false, Class::Exact),
            ("nothing written, nothing said", Told::default(), false, Class::Lost),
            ("written, narrower", Told { narrows: 2, ..told }, true, Class::Narrowed),
            ("written, wider and narrower", Told { narrows: 1, widens: 1, ..told }, true, Class::Widened),
            ("not written, narrower", Told { narrows: 1, ..told }, false, Class::Lost),
            ("not written, wider", Told { widens: 1, ..told }, false, Class::Lost),
            (
                "written, and it holds output back",
                Told { blocks: true, widens: 1, ..told },
                true,
                Class::Lost,
            ),
        ] {
            assert_eq!(told.standing(written).class, class, "{row}");
        }
    }

    #[test]
    fn fewer_findings_are_better_within_a_class_alone() {
        let narrowed = |narrows| Told { narrows, explained: true, ..Told::default() }.standing(true);
        assert!(narrowed(1) > narrowed(2));
        assert!(Told { widens: 5, ..Told::default() }.standing(true) > narrowed(1));
        assert!(narrowed(9) > Told { narrows: 1, ..Told::default() }.standing(false));
    }
}
