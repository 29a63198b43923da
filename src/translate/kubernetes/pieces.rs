//! What rules let in, piece by piece, and what refusals take out of it.

use super::case::{Case, Formula, TooMany};
use super::sources::{self, Known, Loss, Who};
use crate::object::calico::{self, Destination, Ports, ports};
use crate::object::kubernetes::{PortMatch, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Some peers on some TCP ports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    pub case: Case,
    /// Canonical.
    pub ports: Vec<Ports>,
    /// Which rule it comes from.
    pub comment: String,
}

/// What one rule refuses.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// Whom it does not refuse.
    spared: Formula,
    /// The ports on which it does; canonical.
    ports: Vec<Ports>,
}

/// What gets in, and what could not be kept, each by the rule that let it in.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Pieces {
    pub list: Vec<Piece>,
    pub losses: BTreeSet<(String, Loss)>,
}

/// Every port.
pub(super) fn every_port() -> Vec<Ports> {
    ports::complement(&[])
}

/// What the rules of an ALLOW policy let in.
pub(super) fn allowed(rules: &[calico::Rule]) -> Pieces {
    let mut pieces = Pieces::default();
    for rule in rules {
        let comment = rule.comments.join(" ");
        if has_own_address(&rule.destination) {
            pieces.losses.insert((comment, Loss::OwnAddress));
            continue;
        }
        let cases = sources::formula(&rule.source, true).ok_or(TooMany);
        match cases.and_then(|formula| formula.cases(Case::default())) {
            Ok(cases) => pieces.list.extend(cases.into_iter().map(|case| Piece {
                case,
                ports: ports_of(&rule.destination),
                comment: comment.clone(),
            })),
            Err(TooMany) => drop(pieces.losses.insert((comment, Loss::TooMany))),
        }
    }
    pieces
}

/// Everybody, on every port.
pub(super) fn everything(comment: &str) -> Pieces {
    let piece = Piece { case: Case::default(), ports: every_port(), comment: comment.to_string() };
    Pieces { list: vec![piece], losses: BTreeSet::new() }
}

/// What the rules of a policy refuse, but for ports that it leaves alone; with `true` where one of them
/// asked for the pod's own address, which no rule here can.
pub(super) fn refused(rules: &[calico::Rule], open: &[Ports]) -> (Vec<Refusal>, bool) {
    let refusal = |rule: &calico::Rule| Refusal {
        spared: sources::formula(&rule.source, false).unwrap_or_else(Formula::never),
        ports: ports::subtract(&ports_of(&rule.destination), open),
    };
    let refusals = rules.iter().map(refusal).filter(|refusal| !refusal.ports.is_empty()).collect();
    (refusals, rules.iter().any(|rule| has_own_address(&rule.destination)))
}

fn has_own_address(destination: &Destination) -> bool {
    !destination.nets.is_empty() || !destination.not_nets.is_empty()
}

fn ports_of(destination: &Destination) -> Vec<Ports> {
    let Destination { nets: _, not_nets: _, ports, not_ports } = destination;
    let named = if ports.is_empty() { every_port() } else { ports::canonical(ports) };
    ports::subtract(&named, not_ports)
}

impl Pieces {
    /// Takes out what a rule refuses.
    pub(super) fn less(&self, refusal: &Refusal) -> Self {
        let mut left = Self { list: Vec::new(), losses: self.losses.clone() };
        for piece in &self.list {
            let elsewhere = ports::subtract(&piece.ports, &refusal.ports);
            let there = ports::subtract(&piece.ports, &elsewhere);
            if there.is_empty() {
                left.list.push(piece.clone());
                continue;
            }
            match refusal.spared.cases(piece.case.clone()) {
                Ok(cases) if cases.contains(&piece.case) => left.list.push(piece.clone()),
                Ok(cases) => {
                    let on = |case, ports| Piece { case, ports, comment: piece.comment.clone() };
                    if !elsewhere.is_empty() {
                        left.list.push(on(piece.case.clone(), elsewhere));
                    }
                    left.list.extend(cases.into_iter().map(|case| on(case, there.clone())));
                }
                Err(TooMany) => {
                    left.losses.insert((piece.comment.clone(), Loss::TooMany));
                }
            }
        }
        left
    }

    /// As rules, with what has no form.
    pub(super) fn rules(&self, known: Known<'_>) -> Written {
        let mut written = Written { losses: self.losses.clone(), ..Written::default() };
        let mut by_ports: Vec<((String, Vec<Ports>), Who)> = Vec::new();
        for piece in &self.list {
            let key = (piece.comment.clone(), piece.ports.clone());
            if let Some((_, who)) = by_ports.iter_mut().find(|(other, _)| *other == key) {
                who.add(&piece.case, known);
            } else {
                let mut who = Who::default();
                who.add(&piece.case, known);
                by_ports.push((key, who));
            }
        }
        for ((comment, ports), who) in by_ports {
            let Who { everybody, peers, losses, assumed } = who;
            written.losses.extend(losses.into_iter().map(|loss| (comment.clone(), loss)));
            for (account, labels) in assumed {
                written.assumed.entry((comment.clone(), account)).or_default().extend(labels);
            }
            if !everybody && peers.is_empty() {
                continue;
            }
            let every = ports == every_port();
            written.everything |= everybody && every;
            let ports = match (every, everybody) {
                (true, true) => PortMatch::Everything,
                (true, false) => PortMatch::AllTcp,
                (false, _) => PortMatch::Tcp(ports),
            };
            let rule =
                Rule { comments: vec![comment], peers: if everybody { Vec::new() } else { peers }, ports };
            written.rules.push(rule);
        }
        if written.everything {
            written.rules.retain(|rule| rule.ports == PortMatch::Everything);
            written.rules.truncate(1);
        }
        written
    }
}

/// Rules of a NetworkPolicy, and what they do not say.
#[derive(Clone, Default, Debug)]
pub(super) struct Written {
    pub rules: Vec<Rule>,
    /// One of them lets everything in, of every protocol.
    pub everything: bool,
    pub losses: BTreeSet<(String, Loss)>,
    /// Labels that stand for accounts, by rule and account.
    pub assumed: BTreeMap<(String, String), BTreeSet<String>>,
}
