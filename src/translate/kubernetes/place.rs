//! One namespace: which policies act there, and the objects that stand for them.

use super::case::Formula;
use super::cells::{self, Cell, Refuser, selectors};
use super::pieces;
use super::sources::{Known, Loss};
use super::{Names, in_force};
use crate::ir::Action;
use crate::object::calico::Expression;
use crate::object::kubernetes::{Policy, PortMatch, Rule, Selector};
use crate::translate::calico::{Prepared, Words};
use std::collections::{BTreeMap, BTreeSet};

/// What stands in one namespace.
#[derive(Default)]
pub(super) struct Made {
    /// The objects with the places of the policies that they come from.
    pub objects: Vec<(Vec<usize>, Policy)>,
    /// What is lost of a policy, by its place and by the rule.
    pub losses: BTreeSet<(usize, String, Loss)>,
    /// Labels that stand for accounts, by policy, rule and account.
    pub assumed: BTreeMap<(usize, String, String), BTreeSet<String>>,
}

impl Made {
    /// What a cell loses, and what it takes for granted.
    fn tell(&mut self, about: &[usize], cell: &Cell) {
        for policy in about {
            for (comment, loss) in &cell.written.losses {
                self.losses.insert((*policy, comment.clone(), loss.clone()));
            }
            for ((comment, account), labels) in &cell.written.assumed {
                let key = (*policy, comment.clone(), account.clone());
                self.assumed.entry(key).or_default().extend(labels.iter().cloned());
            }
        }
    }
}

/// A namespace and the policies.
pub(super) struct Place<'a> {
    pub namespace: &'a str,
    pub prepared: &'a [Prepared<'a>],
    pub known: Known<'a>,
    pub names: &'a dyn Names,
}

/// An ALLOW policy here.
struct Allow<'a> {
    policy: usize,
    words: &'a Words<'a>,
    over: Formula,
    outside: Formula,
    under: Option<Formula>,
}

impl<'a> Place<'a> {
    /// The objects of all policies that select pods here.
    pub(super) fn make(&self) -> Made {
        let (allows, refusers) = (self.allows(), self.refusers());
        let mut made = Made::default();
        for allow in &allows {
            self.allow(allow, &refusers, &mut made);
        }
        self.open(&allows, &refusers, &mut made);
        made
    }

    /// Policies that may select pods here, with what is known of them.
    fn here(&self) -> impl Iterator<Item = (usize, &'a Prepared<'a>, &'a Words<'a>)> {
        let with_words =
            |(index, prepared): (usize, &'a Prepared<'a>)| Some((index, prepared, prepared.words.as_ref()?));
        let here = |(_, prepared, words): &(usize, &Prepared<'_>, &Words<'_>)| {
            prepared.policy.scope.namespace.as_deref().is_none_or(|own| own == self.namespace)
                && selectors(&over(&words.subject.over), self.namespace).map_or(true, |pods| !pods.is_empty())
        };
        self.prepared.iter().enumerate().filter_map(with_words).filter(here)
    }

    fn allows(&self) -> Vec<Allow<'a>> {
        let own = |(policy, prepared, words): (usize, &'a Prepared<'a>, &'a Words<'a>)| {
            (prepared.policy.action == Action::Allow).then(|| Allow {
                policy,
                words,
                over: over(&words.subject.over),
                outside: outside(&words.subject.over),
                under: words.subject.under.as_ref().and_then(|under| Formula::of(under, true)),
            })
        };
        self.here().filter_map(own).collect()
    }

    fn refusers(&self) -> Vec<Refuser> {
        let own = |(policy, prepared, words): (usize, &'a Prepared<'a>, &'a Words<'a>)| {
            let refusals = match prepared.policy.action {
                Action::Deny | Action::Custom | Action::RequireIdentity => {
                    pieces::refused(&words.rules.plain, &words.uncaptured).0
                }
                Action::Allow | Action::Audit => Vec::new(),
            };
            let subject = &words.subject.over;
            (!refusals.is_empty()).then(|| Refuser {
                policy,
                over: over(subject),
                outside: outside(subject),
                refusals,
            })
        };
        self.here().filter_map(own).collect()
    }

    /// Pods that no NetworkPolicy of the input selects: others are left to those.
    fn free(&self, words: &Words<'_>) -> Formula {
        let theirs = in_force::exact(&words.subject, self.namespace);
        Formula::All(theirs.iter().map(outside).collect())
    }

    /// The pods that a policy's objects isolate: those meant, or, where these cannot be written one by one,
    /// more of them.
    fn isolated(&self, meant: &Formula, more: &Formula) -> Isolated {
        if let Ok(pods) = selectors(meant, self.namespace) {
            return Isolated { pods, exactly: true };
        }
        let pods = selectors(more, self.namespace).unwrap_or_else(|_| vec![Selector::default()]);
        Isolated { pods, exactly: false }
    }

    /// An ALLOW policy: its pods are isolated, and its rules let in what no refusal takes out.
    fn allow(&self, allow: &Allow<'_>, refusers: &[Refuser], made: &mut Made) {
        let free = self.free(allow.words);
        let base = Formula::All(vec![allow.over.clone(), free.clone()]);
        let isolated = self.isolated(&base, &allow.over);
        let comment = "an ALLOW policy selects these pods: what no rule allows is refused";
        let mut cells = match &allow.under {
            Some(under) => {
                let pods = Formula::All(vec![under.clone(), free]);
                let allowed = pieces::allowed(&allow.words.rules.plain);
                cells::of(&pods, &allowed, refusers, self.namespace, self.known)
            }
            None => Vec::new(),
        };
        for cell in &mut cells {
            made.tell(&[allow.policy], cell);
        }
        if let Some(first) = cells.first_mut() {
            first.written.rules.extend(uncaptured(allow.words, first.written.everything));
        }
        let mut writer = Writer { place: self, policies: vec![allow.policy], made };
        writer.write(isolated, comment, cells);
    }

    /// Pods under refusals alone: everything but those. Policies of the same pods share their objects.
    fn open(&self, allows: &[Allow<'_>], refusers: &[Refuser], made: &mut Made) {
        let mut groups: Vec<(&Formula, Vec<usize>)> = Vec::new();
        for refuser in refusers {
            match groups.iter_mut().find(|(over, _)| **over == refuser.over) {
                Some((_, policies)) => policies.push(refuser.policy),
                None => groups.push((&refuser.over, vec![refuser.policy])),
            }
        }
        for (over, policies) in groups {
            let words = policies.first().and_then(|index| self.prepared.get(*index)?.words.as_ref());
            let Some(words) = words else { continue };
            let under_none = allows.iter().map(|allow| allow.outside.clone());
            let parts = [over.clone(), self.free(words)].into_iter().chain(under_none);
            let pods = Formula::All(parts.collect());
            let isolated = self.isolated(&pods, over);
            let comment = "no ALLOW policy selects these pods: what no other policy refuses is let in";
            let everything = pieces::everything("everything else");
            let cells = cells::of(&pods, &everything, refusers, self.namespace, self.known);
            for cell in &cells {
                let mut about = policies.clone();
                about.extend(cell.less.iter().filter(|other| !policies.contains(other)));
                made.tell(&about, cell);
            }
            Writer { place: self, policies, made }.write(isolated, comment, cells);
        }
    }
}

/// Pods that objects isolate.
struct Isolated {
    pods: Vec<Selector>,
    /// Whether these are the pods that are meant. Others may be selected by a policy in force, so nothing
    /// is let in then.
    exactly: bool,
}

/// Pods of a subject, at least; what cannot be read may be all.
fn over(subject: &Expression) -> Formula {
    Formula::of(subject, true).unwrap_or_else(Formula::always)
}

/// Pods that are surely not of a subject.
fn outside(subject: &Expression) -> Formula {
    Formula::of(subject, false).unwrap_or_else(Formula::never)
}

/// Ports that never reached the proxy.
fn uncaptured(words: &Words<'_>, everything: bool) -> Option<Rule> {
    (!words.uncaptured.is_empty() && !everything).then(|| Rule {
        comments: vec!["these ports never reached the proxy".to_string()],
        peers: Vec::new(),
        ports: PortMatch::Tcp(words.uncaptured.clone()),
    })
}

/// The objects of one policy, or of several on the same pods.
struct Writer<'w, 'a> {
    place: &'w Place<'a>,
    policies: Vec<usize>,
    made: &'w mut Made,
}

impl Writer<'_, '_> {
    /// One object for each selector that isolates, with the rules of the first cell where that has the same
    /// selectors; then one for each selector of the other cells.
    fn write(&mut self, isolated: Isolated, comment: &str, cells: Vec<Cell>) {
        let Isolated { pods: isolated, exactly } = isolated;
        if !exactly {
            let lost = self.policies.iter().map(|policy| (*policy, String::new(), Loss::TooMany));
            self.made.losses.extend(lost);
        }
        let mut cells = cells.into_iter().peekable();
        let merged = cells.next_if(|cell| exactly && cell.pods == isolated);
        let mut count = 0;
        for pods in isolated {
            let mut comments = vec![comment.to_string()];
            let mut rules = Vec::new();
            if let Some(cell) = &merged {
                comments.extend(self.without(cell));
                rules.clone_from(&cell.written.rules);
            }
            if exactly && !merged.as_ref().is_some_and(|cell| cell.written.everything) {
                rules.push(not_tcp());
            }
            self.push(&mut count, pods, comments, rules);
        }
        for cell in cells.filter(|cell| !cell.written.rules.is_empty()) {
            for pods in &cell.pods {
                let comments = self.without(&cell);
                self.push(&mut count, pods.clone(), comments, cell.written.rules.clone());
            }
        }
    }

    /// What a cell takes into account, for its comment.
    fn without(&self, cell: &Cell) -> Vec<String> {
        let names = |list: &[usize]| -> Option<String> {
            let names: Vec<String> =
                list.iter().filter_map(|index| self.place.names.reference(*index)).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let spared = names(&cell.spared).map(|names| format!("pods that are not under {names}"));
        let less = names(&cell.less).map(|names| format!("without what is refused by {names}"));
        spared.into_iter().chain(less).collect()
    }

    fn push(&mut self, count: &mut usize, pods: Selector, comments: Vec<String>, ingress: Vec<Rule>) {
        *count += 1;
        let names = self.place.names;
        let Some(name) =
            self.policies.first().and_then(|first| names.name(*first, *count, self.place.namespace))
        else {
            return;
        };
        let policy = Policy {
            name,
            namespace: self.place.namespace.to_string(),
            source: names.source(&self.policies),
            target: "kubernetes".to_string(),
            pods,
            comments,
            ingress,
        };
        self.made.objects.push((self.policies.clone(), policy));
    }
}

/// All that the API can name besides TCP.
fn not_tcp() -> Rule {
    Rule {
        comments: vec!["the mesh never policed anything but TCP".to_string()],
        peers: Vec::new(),
        ports: PortMatch::NotTcp,
    }
}
