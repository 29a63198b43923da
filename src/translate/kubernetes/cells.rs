//! Pods under one policy, parted by what else refuses on them.
//!
//! NetworkPolicies add up, so a cell needs to leave out only pods under refusals that it does not take
//! into account: a pod in several cells gets what any of them lets in.

use super::case::{Case, Formula, TooMany};
use super::pieces::{Pieces, Refusal, Written};
use super::sources::{Known, Loss};
use crate::object::kubernetes::Selector;

/// Refusals that select only some of the pods, those of the same selector as one: with more, the rest
/// count as selecting all of them.
const MOST_PARTIAL: usize = 4;

/// A policy that refuses, in one namespace.
#[derive(Clone, Debug)]
pub(super) struct Refuser {
    /// Its place among the policies.
    pub policy: usize,
    /// Its pods, at least.
    pub over: Formula,
    /// Pods that are surely not its.
    pub outside: Formula,
    pub refusals: Vec<Refusal>,
}

/// Some pods, and what gets in there.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub pods: Vec<Selector>,
    pub written: Written,
    /// Policies whose refusals were taken out.
    pub less: Vec<usize>,
    /// Policies that select none of these pods.
    pub spared: Vec<usize>,
}

/// The selectors of the pods of a namespace that meet a condition.
pub(super) fn selectors(pods: &Formula, namespace: &str) -> Result<Vec<Selector>, TooMany> {
    let cases = pods.cases(Case::pods_of(namespace))?;
    let mut found: Vec<Selector> = Vec::new();
    for Case { labels, .. } in cases {
        if !found.contains(&labels) {
            found.push(labels);
        }
    }
    Ok(found)
}

/// Whether some pod of the namespace may meet all of these; too many cases may.
fn may_meet(parts: Vec<Formula>, namespace: &str) -> bool {
    selectors(&Formula::All(parts), namespace).map_or(true, |found| !found.is_empty())
}

/// The cells of pods, of which the first has what gets in wherever else they are.
pub(super) fn of(
    pods: &Formula,
    allowed: &Pieces,
    refusers: &[Refuser],
    namespace: &str,
    known: Known<'_>,
) -> Vec<Cell> {
    let bears = |refuser: &&Refuser| {
        less(allowed, &[*refuser]) != *allowed
            && may_meet(vec![pods.clone(), refuser.over.clone()], namespace)
    };
    let bearing: Vec<&Refuser> = refusers.iter().filter(bears).collect();
    let partly = |refuser: &&Refuser| may_meet(vec![pods.clone(), refuser.outside.clone()], namespace);
    let (partial, mut always): (Vec<&Refuser>, Vec<&Refuser>) = bearing.into_iter().partition(partly);
    let mut groups: Vec<Vec<&Refuser>> = Vec::new();
    for refuser in partial {
        match groups.iter_mut().find(|group| group.iter().all(|other| other.over == refuser.over)) {
            Some(group) => group.push(refuser),
            None => groups.push(vec![refuser]),
        }
    }
    let capped = groups.len() > MOST_PARTIAL;
    let (parting, rest) = groups.split_at(groups.len().min(MOST_PARTIAL));
    always.extend(rest.iter().flatten());
    let mut cells: Vec<(Vec<usize>, Pieces, Cell)> = Vec::new();
    for spared in subsets(parting.len()) {
        let is_spared = |index: usize| spared.contains(&index);
        let chosen = |wanted: bool| -> Vec<&Refuser> {
            let groups = (0..).zip(parting).filter(|(index, _)| is_spared(*index) == wanted);
            groups.flat_map(|(_, group)| group).copied().collect()
        };
        let (taken, spared_ones) = (chosen(false), chosen(true));
        let all: Vec<&Refuser> = always.iter().chain(&taken).copied().collect();
        let pieces = less(allowed, &all);
        let known_already = |(others, pieces_of, _): &(Vec<usize>, Pieces, Cell)| {
            *pieces_of == pieces && others.iter().all(|one| is_spared(*one))
        };
        if cells.iter().any(known_already) {
            continue;
        }
        let mut condition = vec![pods.clone()];
        condition.extend(spared_ones.iter().map(|refuser| refuser.outside.clone()));
        let selected = selectors(&Formula::All(condition.clone()), namespace);
        let mut written = pieces.rules(known);
        condition.extend(taken.iter().map(|refuser| refuser.over.clone()));
        if !may_meet(condition, namespace) {
            // No pod has all of these refusals and no other: nothing is lost by this cell.
            written.losses.clear();
        }
        if capped || selected.is_err() {
            written.losses.insert((first_comment(allowed), Loss::TooMany));
        }
        let pods = selected.unwrap_or_default();
        if pods.is_empty() && !spared.is_empty() && written.losses.is_empty() {
            continue;
        }
        let names = |list: &[&Refuser]| list.iter().map(|refuser| refuser.policy).collect();
        let cell = Cell { pods, written, less: names(&all), spared: names(&spared_ones) };
        cells.push((spared, pieces, cell));
    }
    cells.into_iter().map(|(_, _, cell)| cell).collect()
}

fn less(allowed: &Pieces, refusers: &[&Refuser]) -> Pieces {
    let refusals = refusers.iter().flat_map(|refuser| &refuser.refusals);
    refusals.fold(allowed.clone(), |pieces, refusal| pieces.less(refusal))
}

fn first_comment(pieces: &Pieces) -> String {
    pieces.list.first().map(|piece| piece.comment.clone()).unwrap_or_default()
}

/// All subsets of so many, the empty one first, small ones before large ones.
fn subsets(count: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    for index in 0..count {
        let with: Vec<Vec<usize>> =
            found.iter().map(|subset| subset.iter().copied().chain([index]).collect()).collect();
        found.extend(with);
    }
    found.sort_by_key(Vec::len);
    found
}
