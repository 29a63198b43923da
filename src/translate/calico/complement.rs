//! What a union of Allow rules leaves out, as Deny rules: the exact complement, as long as it stays small.
//!
//! A rule lets through a box: peers, source addresses, destination addresses, ports. Ports are cut into
//! cells in which the same rules apply. In a cell, whoever is in none of the boxes is refused. The
//! opposite of one box is a union: not these peers, or not these addresses. The opposite of all is every
//! choice of one part from each, so that boxes of one part alone go into a single rule, as `notSelector`
//! and `notNets` side by side. A rule that lets through by both multiplies what is written, and there is
//! a cap. Families are told apart where the rule is split. This file knows rules as they are
//! written, and no policy.

use super::expression::{self, ACCOUNT, NAMESPACE};
use crate::object::calico::{
    Action, Destination, Expression, Peer, Ports, ProtocolMatch, Rule, nets, ports, selector, split,
    without_negations,
};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The most rules that one object has for this; where it takes more, the caller refuses all TCP.
pub(super) const MOST_RULES: usize = 64;

/// A rule that lets through, with the name of its source for comments.
pub(super) struct Allowed<'a> {
    pub rule: &'a Rule,
    pub name: String,
}

/// Refuses TCP wherever no rule lets it through, but for the ports in `open`. Empty where nothing is
/// left to refuse; `None` where it cannot be said, or takes more than [`MOST_RULES`].
pub(super) fn complement(rules: &[Allowed<'_>], open: &[Ports], negations: bool) -> Option<Vec<Rule>> {
    let mut written = Vec::new();
    for cell in cells(rules, open)? {
        let boxes = joined(cell.boxes);
        for term in outside(&boxes)? {
            let rule = term.rule(&cell.ports, comment(&cell.names));
            written.extend(if negations { split(rule) } else { without_negations(rule) });
            if written.len() > MOST_RULES {
                return None;
            }
        }
    }
    Some(written)
}

fn comment(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    if names.is_empty() {
        "no ALLOW policy of these pods lets anybody in here".to_string()
    } else {
        format!("whatever is not let in by {}", names.join(", "))
    }
}

/// What one rule lets through, without its ports.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Reach {
    /// Endpoints with these labels alone; `None` is everybody, known or not.
    within: Option<Expression>,
    /// But not endpoints with these labels.
    without: Expression,
    /// From these addresses; both families whole for all.
    sources: Vec<IpNet>,
    /// To these addresses.
    destinations: Vec<IpNet>,
}

impl Reach {
    /// `None` for a rule whose selectors cannot be read.
    fn of(rule: &Rule) -> Option<Self> {
        let Peer { namespace_selector, service_accounts, selector: own, not_selector, nets, not_nets } =
            &rule.source;
        let Destination { nets: to, not_nets: not_to, ports: _, not_ports: _ } = &rule.destination;
        let mut parts = Vec::new();
        if let Some(text) = namespace_selector {
            // `all()` leaves out whatever has no namespace.
            let namespaces = expression::inherited(&selector::parse(text).ok()?, "pcns.", NAMESPACE)?;
            let is_any = namespaces == Expression::All && own.is_none() && service_accounts.is_empty();
            parts.push(if is_any { Expression::Has(NAMESPACE.to_string()) } else { namespaces });
        }
        if !service_accounts.is_empty() {
            parts.push(Expression::any_value(ACCOUNT, service_accounts.iter().cloned()));
        }
        if let Some(text) = own {
            parts.push(selector::parse(text).ok()?);
        }
        let without = match not_selector {
            Some(text) => selector::parse(text).ok()?,
            None => Expression::Nothing,
        };
        let within = (!parts.is_empty()).then(|| Expression::and(parts));
        Some(Self { within, without, sources: left(nets, not_nets), destinations: left(to, not_to) })
    }

    fn is_nothing(&self) -> bool {
        self.within == Some(Expression::Nothing)
            || self.without == Expression::All
            || self.sources.is_empty()
            || self.destinations.is_empty()
    }

    /// Whether it surely lets through all that another one does.
    fn holds(&self, other: &Self) -> bool {
        let within = match (&self.within, &other.within) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => expression::holds(own, others),
        };
        within
            && (self.without == Expression::Nothing || self.without == other.without)
            && nets::subtract(&other.sources, &self.sources).is_empty()
            && nets::subtract(&other.destinations, &self.destinations).is_empty()
    }

    /// Both as one, where that says the same: all but one of their parts are equal.
    fn join(&self, other: &Self) -> Option<Self> {
        let same_peers = self.within == other.within && self.without == other.without;
        let same_sources = self.sources == other.sources;
        let same_destinations = self.destinations == other.destinations;
        let both = |left: &[IpNet], right: &[IpNet]| nets::aggregate(&[left, right].concat());
        if same_peers && same_destinations {
            let sources = both(&self.sources, &other.sources);
            return Some(Self { sources, ..self.clone() });
        }
        if same_peers && same_sources {
            let destinations = both(&self.destinations, &other.destinations);
            return Some(Self { destinations, ..self.clone() });
        }
        let (own, others) = (self.within.clone()?, other.within.clone()?);
        (self.without == other.without && same_sources && same_destinations)
            .then(|| Self { within: Some(Expression::or([own, others])), ..self.clone() })
    }
}

/// All addresses.
fn anywhere() -> Vec<IpNet> {
    nets::Family::ALL.into_iter().map(nets::Family::whole).collect()
}

/// The addresses that `nets` and `notNets` leave, of both families.
fn left(nets: &[IpNet], not_nets: &[IpNet]) -> Vec<IpNet> {
    let all = anywhere();
    nets::subtract(if nets.is_empty() { &all } else { nets }, not_nets)
}

/// Ports on which the same rules apply.
struct Cell<'a> {
    boxes: Vec<Reach>,
    ports: Vec<Ports>,
    names: BTreeSet<&'a str>,
}

/// The cells, by their first ports.
fn cells<'a>(rules: &'a [Allowed<'_>], open: &[Ports]) -> Option<Vec<Cell<'a>>> {
    let mut reached = Vec::new();
    for allowed in rules.iter().filter(|allowed| allowed.rule.http.is_none()) {
        let Destination { nets: _, not_nets: _, ports: own, not_ports } = &allowed.rule.destination;
        let own = if own.is_empty() { ports::complement(&[]) } else { own.clone() };
        reached.push((Reach::of(allowed.rule)?, ports::subtract(&own, not_ports), allowed.name.as_str()));
    }
    reached.retain(|(reach, _, _)| !reach.is_nothing());
    let mut cells: Vec<Cell<'a>> = Vec::new();
    for range in pieces(reached.iter().flat_map(|(_, ports, _)| ports)) {
        let here = || reached.iter().filter(|(_, ports, _)| ports::contains(ports, range.first));
        let boxes: Vec<Reach> = here().map(|(reach, _, _)| reach.clone()).collect();
        let rest = ports::subtract(&[range], open);
        let names = here().map(|(_, _, name)| *name);
        match cells.iter_mut().find(|cell| cell.boxes == boxes) {
            Some(cell) => {
                cell.ports.extend(rest);
                cell.names.extend(names);
            }
            None => cells.push(Cell { boxes, ports: rest, names: names.collect() }),
        }
    }
    cells.retain(|cell| !cell.ports.is_empty());
    Some(cells)
}

/// All ports, cut wherever one of the ranges begins or ends.
fn pieces<'a>(ranges: impl Iterator<Item = &'a Ports>) -> Vec<Ports> {
    let mut starts = BTreeSet::from([1]);
    for range in ranges {
        starts.insert(range.first);
        starts.extend(range.last.checked_add(1));
    }
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([u16::MAX]);
    starts.iter().zip(ends).map(|(first, last)| Ports { first: *first, last }).collect()
}

/// The same as fewer boxes.
fn joined(boxes: Vec<Reach>) -> Vec<Reach> {
    let mut kept: Vec<Reach> = Vec::new();
    for mut next in boxes {
        // What it joins may join, or hold, what came before.
        while let Some((index, both)) =
            kept.iter().enumerate().find_map(|(index, other)| Some((index, merged(other, &next)?)))
        {
            kept.remove(index);
            next = both;
        }
        kept.push(next);
    }
    kept
}

fn merged(left: &Reach, right: &Reach) -> Option<Reach> {
    if left.holds(right) {
        return Some(left.clone());
    }
    if right.holds(left) { Some(right.clone()) } else { left.join(right) }
}

/// Connections that are refused: one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Term {
    /// From endpoints with all of these labels.
    within: Vec<Expression>,
    /// But not with any of these.
    without: Vec<Expression>,
    sources: Vec<IpNet>,
    destinations: Vec<IpNet>,
}

/// What none of the boxes holds; `None` where that takes too many rules.
fn outside(boxes: &[Reach]) -> Option<Vec<Term>> {
    let everything =
        Term { within: Vec::new(), without: Vec::new(), sources: anywhere(), destinations: anywhere() };
    let mut terms = vec![everything];
    for reach in boxes {
        let mut next: Vec<Term> = Vec::new();
        for term in terms.iter().flat_map(|term| term.beyond(reach)) {
            if !next.iter().any(|other| other.holds(&term)) {
                next.retain(|other| !term.holds(other));
                next.push(term);
            }
        }
        if next.len() > MOST_RULES {
            return None;
        }
        terms = next;
    }
    Some(terms)
}

impl Term {
    /// What of it a box does not hold.
    fn beyond(&self, reach: &Reach) -> Vec<Self> {
        let Reach { within, without, sources, destinations } = reach;
        let mut parts = Vec::new();
        if let Some(within) = within {
            parts.push(Self { without: with(&self.without, within), ..self.clone() });
        }
        if *without != Expression::Nothing {
            parts.push(Self { within: with(&self.within, without), ..self.clone() });
        }
        parts.push(Self { sources: nets::subtract(&self.sources, sources), ..self.clone() });
        parts.push(Self { destinations: nets::subtract(&self.destinations, destinations), ..self.clone() });
        parts.retain(Self::is_possible);
        parts
    }

    fn is_possible(&self) -> bool {
        let within = Expression::and(self.within.iter().cloned());
        let excluded =
            !self.within.is_empty() && self.without.iter().any(|other| expression::holds(other, &within));
        !excluded
            && !self.without.contains(&Expression::All)
            && within != Expression::Nothing
            && !self.sources.is_empty()
            && !self.destinations.is_empty()
    }

    /// Whether it surely refuses all that another one does.
    fn holds(&self, other: &Self) -> bool {
        self.within.iter().all(|own| other.within.contains(own))
            && self.without.iter().all(|own| other.without.contains(own))
            && nets::subtract(&other.sources, &self.sources).is_empty()
            && nets::subtract(&other.destinations, &self.destinations).is_empty()
    }

    fn rule(&self, on: &[Ports], comment: String) -> Rule {
        let Self { within, without, sources, destinations } = self;
        let (source_nets, source_not_nets) = shorter(sources);
        let (nets, not_nets) = shorter(destinations);
        let mut rule = Rule::all(Action::Deny, ProtocolMatch::Tcp);
        rule.comments = vec![comment];
        rule.source = Peer {
            namespace_selector: (!within.is_empty()).then(|| "all()".to_string()),
            selector: (!within.is_empty()).then(|| Expression::and(within.iter().cloned()).to_string()),
            not_selector: (!without.is_empty()).then(|| any_of(without).to_string()),
            nets: source_nets,
            not_nets: source_not_nets,
            ..Peer::default()
        };
        let (on, others) = (ports::canonical(on), ports::complement(on));
        let (ports, not_ports) = if others.len() < on.len() || others.is_empty() {
            (Vec::new(), others)
        } else {
            (on, Vec::new())
        };
        rule.destination = Destination { nets, not_nets, ports, not_ports };
        rule
    }
}

fn with(parts: &[Expression], also: &Expression) -> Vec<Expression> {
    let mut parts = parts.to_vec();
    if !parts.contains(also) {
        parts.push(also.clone());
    }
    parts
}

/// Addresses as `nets` or as `notNets`, whichever is shorter; neither for all.
fn shorter(addresses: &[IpNet]) -> (Vec<IpNet>, Vec<IpNet>) {
    let others = nets::subtract(&anywhere(), addresses);
    if others.len() < addresses.len() || others.is_empty() {
        (Vec::new(), others)
    } else {
        (addresses.to_vec(), Vec::new())
    }
}

/// Any of these, as a short text: two that differ in the value of one label alone become one.
fn any_of(parts: &[Expression]) -> Expression {
    let mut kept: Vec<Expression> = Vec::new();
    let flat = parts.iter().flat_map(|part| match part {
        Expression::Or(inner) => inner.clone(),
        other => vec![other.clone()],
    });
    for mut next in flat {
        while let Some((index, both)) =
            kept.iter().enumerate().find_map(|(index, other)| Some((index, either(other, &next)?)))
        {
            kept.remove(index);
            next = both;
        }
        kept.push(next);
    }
    Expression::or(kept)
}

/// Two conjunctions as one: one holds the other, or they differ in the values of one label.
fn either(left: &Expression, right: &Expression) -> Option<Expression> {
    if expression::holds(left, right) {
        return Some(left.clone());
    }
    if expression::holds(right, left) {
        return Some(right.clone());
    }
    let (left, right) = (expression::conjuncts(left), expression::conjuncts(right));
    let mut differing = left.iter().zip(&right).filter(|(left, right)| left != right);
    let (one, other) = differing.next().filter(|_| left.len() == right.len())?;
    if differing.next().is_some() {
        return None;
    }
    let ((key, values), (other_key, others)) = (expression::values(one)?, expression::values(other)?);
    if key != other_key {
        return None;
    }
    let both = Expression::any_value(key, values.into_iter().chain(others));
    Some(Expression::and(left.iter().map(|part| if part == one { both.clone() } else { part.clone() })))
}

#[cfg(test)]
mod tests;
