//! One rule as several that together match the same, each within Calico's limits.
//!
//! Only what is positive can be split: a list of which any entry may match is the union of its
//! parts. The limits are those of the newest release and of the one after it, whatever the target,
//! so that output survives upgrades. What cannot be split (a long path, a long selector) stays, and
//! [`super::limits`] names it.

use super::nets::{Family, aggregate, mask, subtract};
use super::versions::{HTTP_LIST, NETS, PORTS};
use super::{Destination, Http, Peer, Ports, Rule, ports};
use ipnet::IpNet;

/// Splits a rule; none where it can match nothing. Comments stay with every part.
///
/// The rule is read by its addresses alone: `nets` holds an address that lies in one of them,
/// `not_nets` refuses one that lies in one of them, and both may mix families. What comes out means
/// the same to Felix, which knows only one family in each rule and drops a rule for the family that
/// its CIDRs are not of (`felix/rules/policy.go`, `filterNets`):
///
/// - `nets` of both families: one rule a family. Source and destination are of one family, so
///   `nets` of one family on one side and of the other on the other side match nothing.
/// - `not_nets` restrict the rule of their own family and are left out of the other.
/// - `not_nets` of one family and nothing else: the other family is matched whole, by `0.0.0.0/0`
///   or `::/0` in `nets`; the own family is named in the same way, so that every reader agrees.
/// - `not_nets` that leave nothing of `nets`, or of a family: no rule. With that, `0.0.0.0/0` and
///   `::/0` never stand in `not_nets`.
#[must_use]
pub fn split(rule: Rule) -> Vec<Rule> {
    by_family(rule).into_iter().flat_map(by_count).collect()
}

/// The same without `notNets` and `notPorts`: complements stand in `nets` and `ports` instead, for
/// readers that pass the negations over (Dikastes to 3.29).
#[must_use]
pub fn without_negations(rule: Rule) -> Vec<Rule> {
    by_family(rule).into_iter().map(negations_as_complements).flat_map(by_count).collect()
}

/// One rule for each family; the rule itself where it names no addresses. None where nothing is
/// left, so that nowhere after this an empty list of what is left is taken for "everything".
fn by_family(rule: Rule) -> Vec<Rule> {
    if !leaves_ports(&rule.destination) {
        return Vec::new();
    }
    if family(&rule).is_none() {
        return vec![rule];
    }
    Family::ALL.into_iter().filter_map(|family| within(&rule, family)).collect()
}

/// The family of a rule's CIDRs: the first one's; `None` without CIDRs.
fn family(rule: &Rule) -> Option<Family> {
    let (source, destination) = (&rule.source, &rule.destination);
    let all = [&source.nets, &source.not_nets, &destination.nets, &destination.not_nets];
    all.into_iter().flatten().next().map(Family::of)
}

/// What a rule matches of one family.
fn within(rule: &Rule, family: Family) -> Option<Rule> {
    let (source_nets, source_not_nets) = side(&rule.source.nets, &rule.source.not_nets, family)?;
    let (nets, not_nets) = side(&rule.destination.nets, &rule.destination.not_nets, family)?;
    let is_named = !source_nets.is_empty() || !nets.is_empty();
    let source_nets = if is_named { source_nets } else { vec![family.whole()] };
    let mut part = rule.clone();
    part.source = Peer { nets: source_nets, not_nets: source_not_nets, ..part.source };
    part.destination = Destination { nets, not_nets, ..part.destination };
    Some(part)
}

/// `nets` and `notNets` of one side within a family; `None` where they leave nothing.
fn side(nets: &[IpNet], not_nets: &[IpNet], family: Family) -> Option<(Vec<IpNet>, Vec<IpNet>)> {
    let of_family = |nets: &[IpNet]| unique(family.only(nets).into_iter().map(mask));
    let (own, own_not) = (of_family(nets), of_family(not_nets));
    if own.is_empty() && !nets.is_empty() {
        return None;
    }
    let is_something = !left(&own, &own_not, family).is_empty();
    is_something.then_some((own, own_not))
}

/// The addresses that `nets` and `notNets` leave within a family.
fn left(nets: &[IpNet], not_nets: &[IpNet], family: Family) -> Vec<IpNet> {
    let whole = [family.whole()];
    subtract(if nets.is_empty() { &whole } else { nets }, not_nets)
}

/// The ports that `ports` and `notPorts` leave.
fn left_ports(ports: &[Ports], not_ports: &[Ports]) -> Vec<Ports> {
    if ports.is_empty() { ports::complement(not_ports) } else { ports::subtract(ports, not_ports) }
}

/// Whether `ports` and `notPorts` leave any.
fn leaves_ports(destination: &Destination) -> bool {
    let Destination { nets: _, not_nets: _, ports, not_ports } = destination;
    !left_ports(ports, not_ports).is_empty()
}

/// Whether a rule, of one family or of none, can match anything.
fn is_possible(rule: &Rule) -> bool {
    let Destination { nets, not_nets, ports: _, not_ports: _ } = &rule.destination;
    let leaves = |nets: &[IpNet], not_nets: &[IpNet], family| !left(nets, not_nets, family).is_empty();
    leaves_ports(&rule.destination)
        && family(rule).is_none_or(|family| {
            leaves(&rule.source.nets, &rule.source.not_nets, family) && leaves(nets, not_nets, family)
        })
}

/// Complements in the place of negations, in a rule of one family.
fn negations_as_complements(mut rule: Rule) -> Rule {
    if let Some(family) = family(&rule) {
        positive_nets(&mut rule.source.nets, &mut rule.source.not_nets, family);
        positive_nets(&mut rule.destination.nets, &mut rule.destination.not_nets, family);
    }
    positive_ports(&mut rule.destination.ports, &mut rule.destination.not_ports);
    rule
}

/// Complement CIDRs in the place of `notNets`, where there are any.
fn positive_nets(nets: &mut Vec<IpNet>, not_nets: &mut Vec<IpNet>, family: Family) {
    if !not_nets.is_empty() {
        *nets = left(nets, not_nets, family);
        not_nets.clear();
    }
}

/// Complement ranges in the place of `notPorts`, where there are any.
fn positive_ports(ports: &mut Vec<Ports>, not_ports: &mut Vec<Ports>) {
    if !not_ports.is_empty() {
        *ports = left_ports(ports, not_ports);
        not_ports.clear();
    }
}

/// Several rules where a list is too long for one; the rule is of one family. A part that what is
/// refused takes whole is left out.
fn by_count(mut rule: Rule) -> Vec<Rule> {
    if let Some(family) = family(&rule) {
        shorten_nets(&mut rule.source.nets, &mut rule.source.not_nets, family);
        shorten_nets(&mut rule.destination.nets, &mut rule.destination.not_nets, family);
    }
    shorten_ports(&mut rule.destination);
    rule.source.service_accounts = unique(rule.source.service_accounts);
    let mut rules = vec![rule];
    rules = each_part(rules, NETS, |rule| Some(&mut rule.source.nets));
    rules = each_part(rules, NETS, |rule| Some(&mut rule.destination.nets));
    rules = each_part(rules, PORTS, |rule| Some(&mut rule.destination.ports));
    rules.retain(is_possible);
    for rule in &mut rules {
        if let Some(Http { methods, paths }) = &mut rule.http {
            *methods = unique(std::mem::take(methods));
            *paths = unique(std::mem::take(paths));
        }
    }
    rules = each_part(rules, HTTP_LIST, |rule| rule.http.as_mut().map(|http| &mut http.methods));
    each_part(rules, HTTP_LIST, |rule| rule.http.as_mut().map(|http| &mut http.paths))
}

/// Joins CIDRs where there are too many. `notNets` cannot be split, since all of them have to hold:
/// where joining is not enough their complement stands in `nets`.
fn shorten_nets(nets: &mut Vec<IpNet>, not_nets: &mut Vec<IpNet>, family: Family) {
    if not_nets.len() > NETS {
        *not_nets = aggregate(not_nets);
    }
    if not_nets.len() > NETS {
        positive_nets(nets, not_nets, family);
    }
    if nets.len() > NETS {
        *nets = aggregate(nets);
    }
}

/// The same for ports.
fn shorten_ports(destination: &mut Destination) {
    let Destination { nets: _, not_nets: _, ports, not_ports } = destination;
    if not_ports.len() > PORTS {
        *not_ports = ports::canonical(not_ports);
    }
    if not_ports.len() > PORTS {
        positive_ports(ports, not_ports);
    }
    if ports.len() > PORTS {
        *ports = ports::canonical(ports);
    }
}

/// Each rule once for each part of one of its lists.
fn each_part<T: Clone>(
    rules: Vec<Rule>,
    size: usize,
    list: impl Fn(&mut Rule) -> Option<&mut Vec<T>>,
) -> Vec<Rule> {
    let mut parts = Vec::new();
    for mut rule in rules {
        let items = list(&mut rule).map(std::mem::take).unwrap_or_default();
        if items.is_empty() {
            parts.push(rule);
            continue;
        }
        for part in items.chunks(size) {
            let mut next = rule.clone();
            if let Some(place) = list(&mut next) {
                *place = part.to_vec();
            }
            parts.push(next);
        }
    }
    parts
}

/// The first of equal items, in their order.
fn unique<T: Ord + Clone>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = std::collections::BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

#[cfg(test)]
mod tests;
