//! How a program decides one request: every rule in its order, whether it was asked, and what each
//! clause compared.

use super::formula::{Answers, Field, Formula};
use super::program::{Action, By, Decision, Engine, Part, Program, Step, Tier};
use super::request::{Dimension, Request, Value};
use super::test::{Test, TestId, Tests};
use crate::source::Span;
use std::collections::BTreeSet;

/// How a program decides a request.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Whether the request gets through; `None` where that depends on what is not given.
    pub allowed: Option<bool>,
    /// Who decides; `None` where one of several does, and it is not known which.
    pub by: Option<By>,
    /// What the answer depends on, where it is open.
    pub needs: BTreeSet<Need>,
    /// Who was asked, in order.
    pub parts: Vec<PartTrace>,
}

/// What an answer depends on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// The value of a dimension.
    Value(Dimension),
    /// Whether the connection carries HTTP.
    Content,
    /// What nobody can tell, and why.
    Unknown(String),
}

/// One who decides.
#[derive(Clone, Debug)]
pub struct PartTrace {
    /// Who.
    pub engine: Engine,
    /// What this one alone says.
    pub allowed: Option<bool>,
    /// One after the other.
    pub tiers: Vec<TierTrace>,
    /// What holds where no tier decided, if evaluation can come so far.
    pub otherwise: Option<Decision>,
}

/// A tier.
#[derive(Clone, Debug)]
pub struct TierTrace {
    /// Its name.
    pub name: String,
    /// Its rules in order.
    pub steps: Vec<StepTrace>,
    /// What the end of the tier says, if evaluation can come so far.
    pub end: Option<Decision>,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct StepTrace {
    /// The rule.
    pub by: By,
    /// What it does where it matches.
    pub action: Action,
    /// Whether it is asked.
    pub reach: Reach,
    /// Whether it matches; `None` is open.
    pub holds: Option<bool>,
    /// What it compares.
    pub clause: Clause,
}

/// Whether evaluation comes to a rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// Something before it decided.
    Never,
    /// If what is open before it does not decide.
    Possible,
    /// It does.
    Certain,
}

/// A condition with what came out.
#[derive(Clone, Debug)]
pub struct Clause {
    /// Which.
    pub kind: ClauseKind,
    /// Whether it holds; `None` is open.
    pub holds: Option<bool>,
    /// Its parts.
    pub parts: Vec<Clause>,
}

/// What a clause is.
#[derive(Clone, Debug)]
pub enum ClauseKind {
    /// A field of the policy.
    Field {
        /// Its path.
        path: String,
        /// Where it stands.
        span: Option<Span>,
    },
    /// All parts have to hold.
    All,
    /// One part has to hold.
    Any,
    /// The part must not hold.
    Not,
    /// It holds always.
    Always,
    /// It never holds.
    Never,
    /// Nobody can tell, and why.
    Unknown(String),
    /// A comparison.
    Test {
        /// What is asked.
        test: Test,
        /// Of which value; `None` where it is not given.
        value: Option<Value>,
    },
}

/// A request's answers to tests.
struct Given<'a> {
    tests: &'a Tests,
    request: &'a Request,
}

impl Answers for Given<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        self.tests.asks(test, self.request)
    }
}

/// Traces a request through a program.
#[must_use]
pub fn trace(program: &Program<'_>, tests: &Tests, request: &Request) -> Trace {
    let given = Given { tests, request };
    let parts: Vec<PartTrace> = program.parts.iter().map(|part| given.part(part)).collect();
    let decision = program.decide(&given);
    let allowed = decision.as_ref().map(|decision| decision.allowed);
    let allowed = allowed.or_else(|| program.outcomes(&given).only());
    let needs = if allowed.is_none() { needs(&parts) } else { BTreeSet::new() };
    Trace { allowed, by: decision.map(|decision| decision.by), needs, parts }
}

/// What open rules wait for.
fn needs(parts: &[PartTrace]) -> BTreeSet<Need> {
    let mut needs = BTreeSet::new();
    let steps = parts
        .iter()
        .filter(|part| part.allowed.is_none())
        .flat_map(|part| part.tiers.iter().flat_map(|tier| &tier.steps));
    for step in steps.filter(|step| step.reach != Reach::Never) {
        step.clause.needs(&mut needs);
    }
    needs
}

impl Clause {
    /// What it waits for, if it is open.
    fn needs(&self, into: &mut BTreeSet<Need>) {
        if self.holds.is_some() {
            return;
        }
        match &self.kind {
            ClauseKind::Unknown(why) => drop(into.insert(Need::Unknown(why.clone()))),
            ClauseKind::Test { test, value } => drop(into.insert(Need::Value(awaited(test, value.as_ref())))),
            ClauseKind::Field { .. }
            | ClauseKind::All
            | ClauseKind::Any
            | ClauseKind::Not
            | ClauseKind::Always
            | ClauseKind::Never => self.parts.iter().for_each(|part| part.needs(into)),
        }
    }
}

/// The dimension that an open test waits for: a label of a peer that is known otherwise.
fn awaited(test: &Test, value: Option<&Value>) -> Dimension {
    match (test.open_label(), value) {
        (Some(label), Some(_)) => label,
        (Some(_) | None, _) => test.dimension(),
    }
}

impl Given<'_> {
    fn part(&self, part: &Part<'_>) -> PartTrace {
        let mut reach = Reach::Certain;
        let tiers = part.tiers.iter().map(|tier| self.tier(tier, &mut reach)).collect();
        let otherwise = (reach != Reach::Never).then(|| part.otherwise.clone());
        let alone = Program { parts: vec![part.clone()] };
        PartTrace { engine: part.engine, allowed: alone.outcomes(self).only(), tiers, otherwise }
    }

    /// Traces a tier; `reach` becomes whether evaluation goes on behind it.
    fn tier(&self, tier: &Tier<'_>, reach: &mut Reach) -> TierTrace {
        let mut here = *reach;
        let mut beyond = Reach::Never;
        let mut steps = Vec::new();
        for step in &tier.steps {
            let traced = self.step(step, here);
            match (traced.holds, step.action) {
                (Some(false), _) => {}
                (Some(true), Action::Pass) => {
                    beyond = beyond.max(here);
                    here = Reach::Never;
                }
                (Some(true), Action::Allow | Action::Deny) => here = Reach::Never,
                (None, Action::Pass) => {
                    beyond = beyond.max(here.min(Reach::Possible));
                    here = here.min(Reach::Possible);
                }
                (None, Action::Allow | Action::Deny) => here = here.min(Reach::Possible),
            }
            steps.push(traced);
        }
        let end = tier.end.clone().filter(|_| here != Reach::Never);
        if tier.end.is_none() {
            beyond = beyond.max(here);
        }
        *reach = beyond;
        TierTrace { name: tier.name.clone(), steps, end }
    }

    fn step(&self, step: &Step<'_>, reach: Reach) -> StepTrace {
        let clause = self.clause(step.when);
        StepTrace { by: step.by.clone(), action: step.action, reach, holds: clause.holds, clause }
    }

    fn clause(&self, formula: &Formula) -> Clause {
        let all = |parts: &[Formula]| parts.iter().map(|part| self.clause(part)).collect();
        let (kind, parts) = match formula {
            Formula::Always => (ClauseKind::Always, Vec::new()),
            Formula::Never => (ClauseKind::Never, Vec::new()),
            Formula::Unknown(why) => (ClauseKind::Unknown(why.clone()), Vec::new()),
            Formula::Test(id) => (self.test(*id), Vec::new()),
            Formula::Not(inner) => (ClauseKind::Not, vec![self.clause(inner)]),
            Formula::All(parts) => (ClauseKind::All, all(parts)),
            Formula::Any(parts) => (ClauseKind::Any, all(parts)),
            Formula::Field(field) => {
                let Field { path, span, inner } = field.as_ref();
                (ClauseKind::Field { path: path.clone(), span: *span }, vec![self.clause(inner)])
            }
        };
        Clause { kind, holds: formula.holds(self), parts }
    }

    fn test(&self, id: TestId) -> ClauseKind {
        let Some(test) = self.tests.get(id) else { return ClauseKind::Never };
        let value = self.request.values.get(&test.dimension()).cloned();
        ClauseKind::Test { test: test.clone(), value }
    }
}

#[cfg(test)]
mod tests;
