//! UM134: entries of `from` or `to` that were probably meant to hold together, and are alternatives.
//!
//! Fields of one `source` hold at once; two entries of `from` are one or the other. An entry that only
//! leaves somebody out lets in all others, and then it no longer matters whom its neighbour names.

use super::reasoning::{conjunction_holds, holds, is_same};
use crate::finding::codes::meaning::ALTERNATIVE_ENTRIES;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Attribute, Conjunction, Policy, Protocols, Rule};
use crate::lint::Context;

/// At most one finding for each entry.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.model.policies {
        if policy.action == Action::RequireIdentity {
            continue;
        }
        for rule in policy.rules.iter().filter(|rule| rule.on != Protocols::Tcp) {
            for (list, name, word) in
                [(&rule.sources, "from", "source"), (&rule.operations, "to", "operation")]
            {
                let entries =
                    Entries { policy, rule, list, name, word, domain: &context.model.facts.trust_domain };
                findings.extend(entries.findings());
            }
        }
    }
    findings
}

/// The entries of one list.
struct Entries<'a> {
    policy: &'a Policy,
    rule: &'a Rule,
    list: &'a [Conjunction],
    name: &'a str,
    word: &'a str,
    domain: &'a str,
}

/// The most entries of a list that are compared each with each.
const MOST: usize = 128;

impl Entries<'_> {
    fn findings(&self) -> Vec<Finding> {
        if self.list.len() > MOST {
            return Vec::new();
        }
        let found = self.list.iter().enumerate().filter_map(|(index, entry)| self.finding(index, entry));
        found.collect()
    }

    fn finding(&self, index: usize, entry: &Conjunction) -> Option<Finding> {
        let lets_in = self.policy.action == Action::Allow;
        let others = || self.list.iter().enumerate().filter(|(other, _)| *other != index);
        let wider = others().find(|(place, other)| {
            conjunction_holds(other, entry, self.domain)
                && (*place < index || !conjunction_holds(entry, other, self.domain))
        });
        if let Some((place, other)) = wider {
            let grave = lets_in && only_leaves_out(other) && !only_leaves_out(entry);
            return Some(self.idle(entry, place, other, grave));
        }
        if !lets_in || !only_leaves_out(entry) {
            return None;
        }
        let all = others().find(|(_, other)| completes(entry, other));
        if let Some((place, other)) = all {
            let message = format!(
                "whom this entry leaves out `{}[{place}]` lets in, and one of them is enough: together they match everything",
                self.name
            );
            return Some(self.about(message, Severity::Warning, entry, other));
        }
        // Of one that this entry holds whole, the finding there speaks.
        let differs = |other: &Conjunction| {
            names_peers(other) && only_names(other) && !conjunction_holds(entry, other, self.domain)
        };
        let (place, other) = others().find(|(_, other)| names_peers(entry) && differs(other))?;
        let message = format!(
            "this entry lets in everybody but whom it leaves out, whatever `{}[{place}]` asks for: one entry is enough",
            self.name
        );
        Some(self.about(message, Severity::Info, entry, other))
    }

    fn idle(&self, entry: &Conjunction, place: usize, other: &Conjunction, grave: bool) -> Finding {
        let (name, severity) = (self.name, if grave { Severity::Warning } else { Severity::Info });
        let message = if grave {
            format!(
                "whatever fits this entry fits `{name}[{place}]` too, which lets in all but what it leaves out, and one entry is enough"
            )
        } else {
            format!(
                "whatever fits this entry fits `{name}[{place}]` too, and one entry is enough: it changes nothing"
            )
        };
        self.about(message, severity, entry, other)
    }

    fn about(
        &self,
        message: String,
        severity: Severity,
        entry: &Conjunction,
        other: &Conjunction,
    ) -> Finding {
        Finding::new(&ALTERNATIVE_ENTRIES, Direction::None, message)
            .severity(severity)
            .at(entry.at.span)
            .field(entry.at.field.clone())
            .on(&self.policy.origin.reference)
            .related(format!("the other entry of `{}.{}`", self.rule.at.field, self.name), other.at.span)
            .help(format!(
                "if both have to hold, write their fields into one `{}`; else leave one out",
                self.word
            ))
    }
}

fn only_leaves_out(entry: &Conjunction) -> bool {
    !entry.clauses.is_empty() && entry.clauses.iter().all(|clause| clause.any_of.is_empty())
}

fn only_names(entry: &Conjunction) -> bool {
    !entry.clauses.is_empty() && entry.clauses.iter().all(|clause| clause.none_of.is_empty())
}

/// Whether an entry is about peers alone: everybody without a token, say, is a sensible alternative.
fn names_peers(entry: &Conjunction) -> bool {
    entry.clauses.iter().all(|clause| match clause.attribute {
        Attribute::Identity | Attribute::SourceIp | Attribute::RemoteIp => true,
        Attribute::DestinationIp
        | Attribute::DestinationPort
        | Attribute::Sni
        | Attribute::RequestPrincipal
        | Attribute::RequestAudience
        | Attribute::RequestPresenter
        | Attribute::RequestClaim(_)
        | Attribute::Header(_)
        | Attribute::Host
        | Attribute::Method
        | Attribute::Path
        | Attribute::EnvoyFilter(_) => false,
    })
}

/// Whether the second surely matches all that the first leaves out.
fn completes(leaves_out: &Conjunction, names: &Conjunction) -> bool {
    let ([out], [named]) = (leaves_out.clauses.as_slice(), names.clauses.as_slice()) else { return false };
    is_same(out, named)
        && named.none_of.is_empty()
        && !named.any_of.is_empty()
        && out.none_of.iter().all(|test| named.any_of.iter().any(|wide| holds(&out.attribute, wide, test)))
}
