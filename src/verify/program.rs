//! Programs: in which order rules are asked, and who decides.
//!
//! A program is a list of [`Part`]s that all have to allow (the mesh's chain, Felix, Dikastes); a part
//! is a list of tiers; in a tier the first step whose condition holds decides. Both interpreters
//! compile to this, so that the comparison knows neither.

use super::formula::{Answers, Formula};
use super::test::TestId;
use crate::finding::ObjectRef;
use crate::source::Span;
use std::collections::BTreeSet;

/// Everything that decides about requests to one port of one workload, on one side.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// All have to allow; the first that refuses is the one to name.
    pub parts: Vec<Part<'a>>,
}

/// One who decides.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Who.
    pub engine: Engine,
    /// One after the other.
    pub tiers: Vec<Tier<'a>>,
    /// What holds where no tier decided.
    pub otherwise: Decision,
}

/// Who decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Engine {
    /// The workload's proxy, by Istio's policies.
    Mesh,
    /// Calico's dataplane.
    Felix,
    /// Calico's authorizer in the proxy, which reads `http`.
    Dikastes,
    /// Whoever enforces Kubernetes' own NetworkPolicy.
    Kubernetes,
}

/// Steps, of which the first that matches decides.
#[derive(Clone, Debug)]
pub struct Tier<'a> {
    /// Its name: `default`, or what the step is for in the mesh (`DENY`).
    pub name: String,
    /// In order.
    pub steps: Vec<Step<'a>>,
    /// What holds where no step matched; `None` goes on with the next tier.
    pub end: Option<Decision>,
}

/// A rule that is asked.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// When it matches.
    pub when: &'a Formula,
    /// What it does then.
    pub action: Action,
    /// The rule.
    pub by: By,
}

/// What a matching rule does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// Ends evaluation of the part: let through.
    Allow,
    /// Ends evaluation: refused.
    Deny,
    /// Goes on with the next tier.
    Pass,
}

/// A verdict and who spoke it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Decision {
    /// Whether the request gets through.
    pub allowed: bool,
    /// Who.
    pub by: By,
}

/// Who decided.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct By {
    /// What kind of decision it was.
    pub what: What,
    /// The policy; several where no policy of a tier matched.
    pub objects: Vec<ObjectRef>,
    /// The rule in it: `spec.rules[0]`.
    pub field: Option<String>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// What kind of decision it was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// A rule matched.
    Rule,
    /// An external authorizer was asked about it.
    Authorizer,
    /// A PeerAuthentication demands mutual TLS.
    MutualTls,
    /// A RequestAuthentication refuses invalid tokens.
    BadToken,
    /// ALLOW policies select the workload, and no rule of theirs matched.
    NoAllowMatched,
    /// Policies of the tier select the workload, and no rule of theirs matched.
    EndOfTier,
    /// NetworkPolicies isolate the workload, and none of them allows.
    Isolated,
    /// Nothing selects the workload.
    NoPolicy,
    /// The traffic never meets the proxy: no proxy, a port outside capture, not TCP.
    NotCaptured,
    /// The pod's own node is never policed.
    NodeLocal,
    /// Dikastes answers nothing but refusals in this version.
    Broken,
    /// One of several rules, of which it is not known which matches: all decide alike.
    OneOfSeveral,
}

/// What a program can still say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcomes {
    /// It may allow.
    pub allow: bool,
    /// It may refuse.
    pub deny: bool,
}

impl Outcomes {
    const NONE: Self = Self { allow: false, deny: false };

    /// The verdict, if there is only one left.
    #[must_use]
    pub fn only(self) -> Option<bool> {
        match (self.allow, self.deny) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            (true, true) | (false, false) => None,
        }
    }

    fn add(&mut self, allowed: bool) {
        if allowed { self.allow = true } else { self.deny = true }
    }

    fn join(&mut self, other: Self) {
        self.allow |= other.allow;
        self.deny |= other.deny;
    }
}

impl By {
    /// A decision that no policy spoke.
    #[must_use]
    pub fn nobody(what: What) -> Self {
        Self { what, objects: Vec::new(), field: None, span: None }
    }
}

impl Program<'_> {
    /// What can still come out, with some tests open.
    pub fn outcomes(&self, answers: &impl Answers) -> Outcomes {
        let mut all = Outcomes { allow: true, deny: false };
        for part in &self.parts {
            let outcomes = part.outcomes(answers);
            all.allow &= outcomes.allow;
            all.deny |= outcomes.deny;
            if outcomes.only() == Some(false) {
                return outcomes;
            }
        }
        all
    }

    /// The decision with its reason; `None` while open tests could change either.
    pub fn decide(&self, answers: &impl Answers) -> Option<Decision> {
        let mut allowed = None;
        for part in &self.parts {
            let decision = part.decide(answers)?;
            if !decision.allowed {
                return Some(decision);
            }
            // The first part that a policy spoke for is the one to name.
            let speaks = |decision: &Decision| !decision.by.objects.is_empty();
            if allowed.as_ref().is_none_or(|first| !speaks(first) && speaks(&decision)) {
                allowed = Some(decision);
            }
        }
        Some(allowed.unwrap_or(Decision { allowed: true, by: By::nobody(What::NoPolicy) }))
    }

    /// All tests that may be asked.
    #[must_use]
    pub fn tests(&self) -> BTreeSet<TestId> {
        let mut tests = BTreeSet::new();
        for step in self.steps() {
            step.when.tests(&mut tests);
        }
        tests
    }

    /// Why some condition cannot be told, whatever the request.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        self.steps().find_map(|step| step.when.unknown())
    }

    fn steps(&self) -> impl Iterator<Item = &Step<'_>> {
        self.parts.iter().flat_map(|part| &part.tiers).flat_map(|tier| &tier.steps)
    }
}

impl Part<'_> {
    fn outcomes(&self, answers: &impl Answers) -> Outcomes {
        let mut found = Outcomes::NONE;
        for tier in &self.tiers {
            // Whether evaluation may get beyond this tier.
            let mut beyond = false;
            let mut ended = false;
            for step in &tier.steps {
                let holds = step.when.holds(answers);
                if holds == Some(false) {
                    continue;
                }
                match step.action {
                    Action::Allow => found.add(true),
                    Action::Deny => found.add(false),
                    Action::Pass => beyond = true,
                }
                if holds == Some(true) {
                    ended = true;
                    break;
                }
            }
            if !ended {
                match &tier.end {
                    Some(decision) => found.add(decision.allowed),
                    None => beyond = true,
                }
            }
            if !beyond {
                return found;
            }
        }
        found.join(Outcomes { allow: self.otherwise.allowed, deny: !self.otherwise.allowed });
        found
    }

    fn decide(&self, answers: &impl Answers) -> Option<Decision> {
        'tiers: for tier in &self.tiers {
            for step in &tier.steps {
                if !step.when.holds(answers)? {
                    continue;
                }
                let allowed = match step.action {
                    Action::Pass => continue 'tiers,
                    Action::Allow => true,
                    Action::Deny => false,
                };
                return Some(Decision { allowed, by: step.by.clone() });
            }
            if let Some(decision) = &tier.end {
                return Some(decision.clone());
            }
        }
        Some(self.otherwise.clone())
    }
}
