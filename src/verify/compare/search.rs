//! The search for differences: regions of requests are split until both sides are decided.
//!
//! Only dimensions that still matter are split, so that what is found is a decision tree: each leaf
//! holds requests that both sides, and the announced meaning, decide alike. Exhaustive over the
//! space, and the space is exhaustive over the model.

use super::space::Region;
use crate::verify::formula::{Answers, Formula};
use crate::verify::program::{By, Decision, Program, What};
use crate::verify::test::TestId;
use std::collections::{BTreeSet, HashSet};

/// More regions than this in one space are not looked at; what is left is said to be unknown.
const MOST_REGIONS: u64 = 400_000;

/// The programs that are compared.
#[derive(Clone, Debug)]
pub(super) struct Sides<'a> {
    /// The mesh, and the policies in force.
    pub(super) before: Program<'a>,
    /// What stands in its place.
    pub(super) after: Program<'a>,
    /// The same as `before` with the mesh as narrowing findings announce it.
    pub(super) narrowed: Program<'a>,
    /// The same with the mesh as widening findings announce it.
    pub(super) widened: Program<'a>,
}

/// A region on which the sides differ.
#[derive(Clone, Debug)]
pub(super) struct Found<'s> {
    /// The region.
    pub(super) region: Region<'s>,
    /// Whether its requests get through now.
    pub(super) allowed: bool,
    /// Whether findings together announce that.
    pub(super) announced: bool,
}

/// What was left to decide in regions that were searched.
struct Seen<'t> {
    told_apart: &'t BTreeSet<TestId>,
    rests: HashSet<Vec<u32>>,
}

/// What the search of one space found.
#[derive(Debug, Default)]
pub(super) struct Searched<'s> {
    /// Differences, plainest first.
    pub(super) found: Vec<Found<'s>>,
    /// Why some regions could not be decided, each reason once.
    pub(super) unknown: Vec<String>,
    /// Leaves of the tree.
    pub(super) regions: u64,
    /// Whether the search gave up.
    pub(super) capped: bool,
}

/// Searches a space. The answers of `told_apart` tests are kept apart although they may not matter to
/// what is decided: different announcements speak of them.
pub(super) fn search<'s>(
    sides: &Sides<'_>,
    whole: &Region<'s>,
    told_apart: &BTreeSet<TestId>,
) -> Searched<'s> {
    let mut searched = Searched::default();
    let mut seen = Seen { told_apart, rests: HashSet::new() };
    descend(sides, whole, &mut seen, &mut searched);
    searched.found.sort_by_cached_key(|found| found.region.rank());
    searched
}

fn descend<'s>(sides: &Sides<'_>, region: &Region<'s>, seen: &mut Seen<'_>, searched: &mut Searched<'s>) {
    if searched.regions >= MOST_REGIONS {
        searched.capped = true;
        return;
    }
    let (before, after) = (sides.before.outcomes(region).only(), sides.after.outcomes(region).only());
    let open = match (before, after) {
        (Some(before), Some(after)) if before == after => {
            searched.regions += 1;
            return;
        }
        (Some(_), Some(after)) => {
            let announced = sides.announced(after);
            if let Some(announced_verdict) = announced.outcomes(region).only() {
                searched.regions += 1;
                let announced = announced_verdict == after;
                searched.found.push(Found { region: region.clone(), allowed: after, announced });
                return;
            }
            announced.waits_for(region)
        }
        (_, _) => [&sides.before, &sides.after].into_iter().filter_map(|side| side.waits_for(region)).min(),
    };
    if let Some(dimension) = open {
        // What is left to decide was decided before, with other values of what no longer matters.
        if seen.rests.insert(sides.rest(region, seen.told_apart)) {
            region.split(dimension).for_each(|part| descend(sides, &part, seen, searched));
        }
    } else {
        searched.regions += 1;
        searched.cannot_tell(sides, region);
    }
}

impl<'s> Searched<'s> {
    fn cannot_tell(&mut self, sides: &Sides<'_>, region: &Region<'s>) {
        let programs = [&sides.before, &sides.after, &sides.narrowed, &sides.widened];
        let why = programs.iter().find_map(|program| program.open_reason(region));
        let why = why.unwrap_or_else(|| "what decides is not known".to_string());
        if !self.unknown.contains(&why) {
            self.unknown.push(why);
        }
    }
}

impl<'a> Sides<'a> {
    /// What findings announce of differences after which a request gets through, or does not.
    fn announced(&self, allowed: bool) -> &Program<'a> {
        if allowed { &self.widened } else { &self.narrowed }
    }

    /// Who decides at a point where the sides differ.
    pub(super) fn decisions(&self, point: &Region<'_>, allowed: bool) -> [Decision; 2] {
        let decision = |program: &Program<'_>, allowed| {
            let nobody = || Decision { allowed, by: By::nobody(What::OneOfSeveral) };
            program.decide(point).unwrap_or_else(nobody)
        };
        [decision(&self.before, !allowed), decision(&self.after, allowed)]
    }
}

impl Program<'_> {
    /// The first dimension that an open condition waits for.
    fn waits_for(&self, region: &Region<'_>) -> Option<usize> {
        self.open_conditions(region).filter_map(|formula| waits_for(formula, region)).min()
    }

    fn open_reason(&self, region: &Region<'_>) -> Option<String> {
        self.open_conditions(region).find_map(|formula| open_reason(formula, region))
    }

    /// Conditions that are open, up to the first step that surely matches, in each part.
    fn open_conditions<'p>(&'p self, region: &'p Region<'_>) -> impl Iterator<Item = &'p Formula> {
        self.parts.iter().flat_map(|part| &part.tiers).flat_map(move |tier| {
            let mut ended = false;
            tier.steps.iter().filter_map(move |step| {
                if ended {
                    return None;
                }
                match step.when.holds(region) {
                    Some(true) => {
                        ended = true;
                        None
                    }
                    Some(false) => None,
                    None => Some(step.when),
                }
            })
        })
    }
}

/// The open tests of a condition that could still decide it.
fn open_tests<T>(
    formula: &Formula,
    region: &Region<'_>,
    ask: &mut impl FnMut(&Formula) -> Option<T>,
) -> Option<T> {
    match formula {
        Formula::Always | Formula::Never => None,
        Formula::Unknown(_) | Formula::Test(_) => ask(formula),
        Formula::Not(inner) => open_tests(inner, region, ask),
        Formula::Field(field) => open_tests(&field.inner, region, ask),
        Formula::All(parts) | Formula::Any(parts) => {
            let open = parts.iter().filter(|part| part.holds(region).is_none());
            open.fold(None, |found, part| found.or_else(|| open_tests(part, region, ask)))
        }
    }
}

fn waits_for(formula: &Formula, region: &Region<'_>) -> Option<usize> {
    open_tests(formula, region, &mut |leaf| match leaf {
        Formula::Test(test) if region.passes(*test).is_none() => region.waits_for(*test),
        _ => None,
    })
}

fn open_reason(formula: &Formula, region: &Region<'_>) -> Option<String> {
    open_tests(formula, region, &mut |leaf| match leaf {
        Formula::Unknown(why) => Some(why.clone()),
        Formula::Test(test) => region.unknowable(*test).map(str::to_string),
        _ => None,
    })
}

mod rest;

#[cfg(test)]
mod tests;
