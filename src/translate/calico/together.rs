//! Which ALLOW policies a pod can be under together, as regions of pods that do not overlap.
//!
//! What a pod lets in is the union over the ALLOW policies that select it. Objects that refuse add up
//! the other way: a pod under two of them is refused by either. So no pod may be under two objects that
//! each know one policy alone, and the pods are parted into regions, one for each set of policies.
//!
//! A selector may be known from above and from below only. Whatever a policy lets in counts on pods
//! that it surely selects (`under`), so that nothing opens; a pod that it may select (`over`) is policed.
//! For each pod `p` in some `over`, the regions then refuse what no policy with `p` in its `under` lets
//! in: at least the complement of the truth, and exactly that where both bounds are one.
//!
//! Policies that let nothing in need no sets of their own: they only make pods policed. Pods of one
//! that lets everything in need no region at all. Of the others, `n` that overlap might have 2^n - 1
//! sets; beyond [`most`] of them, each policy is a region where nothing counts as let in.

use super::expression;
use crate::object::calico::Expression;

/// One ALLOW policy.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// The pods that it may select.
    pub over: Expression,
    /// The pods that it surely selects.
    pub under: Expression,
    pub lets_in: LetsIn,
}

/// What a policy lets in by the rules that count here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LetsIn {
    Nothing,
    Something,
    Everything,
}

/// Pods that are policed alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Region {
    pub pods: Expression,
    /// What counts here.
    pub says: Says,
}

/// What counts in a region. The numbers are places in the list of policies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Says {
    /// The union of what these let in.
    Union(Vec<usize>),
    /// This one may select the pods, and surely nobody lets anything in.
    Nothing(usize),
    /// There are too many sets: this one may select the pods, and nothing counts.
    TooMany(usize),
}

impl Says {
    /// The policies that the region is made of.
    pub(super) fn policies(&self) -> Vec<usize> {
        match self {
            Self::Union(members) => members.clone(),
            Self::Nothing(member) | Self::TooMany(member) => vec![*member],
        }
    }
}

/// The most sets for policies that overlap: as many policies that overlap little have fewer.
pub(super) fn most(policies: usize) -> usize {
    policies.saturating_mul(4).saturating_add(16)
}

/// The regions of all policies within `place`.
pub(super) fn regions(members: &[Member], place: &Expression) -> Vec<Region> {
    let by =
        |lets_in: LetsIn| members.iter().enumerate().filter(move |(_, member)| member.lets_in == lets_in);
    let mut ground = Some(place.clone());
    for (_, open) in by(LetsIn::Everything) {
        ground = ground.and_then(|pods| without(&pods, &open.under));
    }
    let Some(ground) = ground else { return Vec::new() };
    let some: Vec<(usize, &Member)> = by(LetsIn::Something).collect();
    let mut regions = Vec::new();
    let mut too_many = Vec::new();
    for group in groups(&some) {
        match sets(&group, &ground) {
            Some(found) => regions.extend(found),
            None => too_many.extend(group.iter().map(|(index, _)| *index)),
        }
    }
    for (index, member) in members.iter().enumerate() {
        if too_many.contains(&index) {
            let pods = meet(&ground, &member.over);
            regions.extend(pods.map(|pods| Region { pods, says: Says::TooMany(index) }));
            continue;
        }
        let known = some.iter().filter(|(other, _)| !too_many.contains(other));
        let pods = known.fold(meet(&ground, &member.over), |pods, (_, other)| without(&pods?, &other.under));
        regions.extend(pods.map(|pods| Region { pods, says: Says::Nothing(index) }));
    }
    regions
}

/// Policies that overlap, directly or by others between them.
fn groups<'a>(members: &[(usize, &'a Member)]) -> Vec<Vec<(usize, &'a Member)>> {
    let mut groups: Vec<Vec<(usize, &'a Member)>> = Vec::new();
    for (index, member) in members {
        let meets = |group: &Vec<(usize, &Member)>| {
            group.iter().any(|(_, other)| meet(&other.under, &member.under).is_some())
        };
        let (met, rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(meets);
        groups = rest;
        let mut joined: Vec<_> = met.into_iter().flatten().chain([(*index, *member)]).collect();
        joined.sort_by_key(|(index, _)| *index);
        groups.push(joined);
    }
    groups.sort_by_key(|group| group.first().map(|(index, _)| *index));
    groups
}

/// A region for each set that some pod can be under; `None` where there are too many.
fn sets(group: &[(usize, &Member)], ground: &Expression) -> Option<Vec<Region>> {
    let mut parts: Vec<(Expression, Vec<usize>)> = vec![(ground.clone(), Vec::new())];
    for (index, member) in group {
        let mut next = Vec::new();
        for (pods, set) in parts {
            if let Some(both) = meet(&pods, &member.under) {
                next.push((both, set.iter().copied().chain([*index]).collect()));
            }
            next.extend(without(&pods, &member.under).map(|pods| (pods, set)));
        }
        if next.len() > most(group.len()) {
            return None;
        }
        parts = next;
    }
    parts.retain(|(_, set)| !set.is_empty());
    parts.sort_by(|(_, left), (_, right)| (left.len(), left).cmp(&(right.len(), right)));
    Some(parts.into_iter().map(|(pods, set)| Region { pods, says: Says::Union(set) }).collect())
}

/// Pods in both; `None` where there surely are none.
pub(super) fn meet(left: &Expression, right: &Expression) -> Option<Expression> {
    if expression::disjoint(left, right) {
        return None;
    }
    plain(&Expression::and([left.clone(), right.clone()]))
}

/// Pods in one and not in the other; `None` where there surely are none.
fn without(pods: &Expression, others: &Expression) -> Option<Expression> {
    if expression::disjoint(pods, others) {
        return Some(pods.clone());
    }
    plain(&Expression::and([pods.clone(), others.clone().not()]))
}

/// The same in fewer words: an exclusion says nothing of what is asked for beside it. `None` where
/// what is asked for is excluded.
fn plain(pods: &Expression) -> Option<Expression> {
    if *pods == Expression::Nothing {
        return None;
    }
    let (negative, positive): (Vec<_>, Vec<_>) =
        expression::conjuncts(pods).into_iter().partition(|part| matches!(part, Expression::Not(_)));
    let asked = Expression::and(positive.iter().cloned());
    let mut excluded = Vec::new();
    for part in negative {
        let Expression::Not(inner) = part else { continue };
        let rest = expression::conjuncts(&inner).into_iter().filter(|part| !positive.contains(part));
        let rest = Expression::and(rest);
        if rest == Expression::All {
            return None;
        }
        if !expression::disjoint(&rest, &asked) {
            excluded.push(rest);
        }
    }
    let parts = positive.into_iter().chain(one_by_label(excluded).into_iter().map(Expression::not));
    let parts = Expression::and(parts);
    (parts != Expression::Nothing).then_some(parts)
}

/// Excluded values of one label as one list, at the place of the first.
fn one_by_label(excluded: Vec<Expression>) -> Vec<Expression> {
    let mut kept: Vec<Expression> = Vec::new();
    for next in excluded {
        let same = kept.iter_mut().find_map(|other| {
            let ((key, own), (other_key, values)) = (expression::values(&next)?, expression::values(other)?);
            (key == other_key).then(|| (Expression::any_value(key, own.into_iter().chain(values)), other))
        });
        match same {
            Some((both, place)) => *place = both,
            None => kept.push(next),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
