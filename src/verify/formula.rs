//! Conditions over tests, in the shape of the rule that they come from.

use super::test::TestId;
use crate::source::Span;
use std::collections::BTreeSet;

/// A condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Formula {
    /// Holds for every request.
    Always,
    /// Holds for none.
    Never,
    /// Nobody can tell, and why: shown to the user.
    Unknown(String),
    /// A test.
    Test(TestId),
    /// The opposite.
    Not(Box<Formula>),
    /// All of them.
    All(Vec<Formula>),
    /// Any of them.
    Any(Vec<Formula>),
    /// A field of the policy that it comes from: what traces name, and what findings speak of.
    Field(Box<Field>),
}

/// A part of a condition with its place in a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// The path, as findings write it: `spec.rules[0].to[0].operation.paths[0]`.
    pub path: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// The condition.
    pub inner: Formula,
}

/// What answers tests.
pub trait Answers {
    /// Whether a test passes; `None` while that is open.
    fn passes(&self, test: TestId) -> Option<bool>;
}

/// What an announced loss makes of a field, as seen from the requests that the rule matches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Bound {
    /// The rule matches at most what it did.
    Under,
    /// At least.
    Over,
}

impl Formula {
    /// A condition with its place.
    #[must_use]
    pub fn field(path: impl Into<String>, span: Option<Span>, inner: Self) -> Self {
        Self::Field(Box::new(Field { path: path.into(), span, inner }))
    }

    /// The opposite.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "`!` on a condition would read as Rust's own")]
    pub fn not(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether the condition holds, by Kleene's logic; `None` while open tests decide.
    pub fn holds(&self, answers: &impl Answers) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Never => Some(false),
            Self::Unknown(_) => None,
            Self::Test(test) => answers.passes(*test),
            Self::Not(inner) => inner.holds(answers).map(|holds| !holds),
            Self::All(parts) => all(parts.iter().map(|part| part.holds(answers))),
            Self::Any(parts) => {
                all(parts.iter().map(|part| part.holds(answers).map(|holds| !holds))).map(|none| !none)
            }
            Self::Field(field) => field.inner.holds(answers),
        }
    }

    /// Collects the tests.
    pub fn tests(&self, into: &mut BTreeSet<TestId>) {
        match self {
            Self::Always | Self::Never | Self::Unknown(_) => {}
            Self::Test(test) => drop(into.insert(*test)),
            Self::Not(inner) => inner.tests(into),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.tests(into)),
            Self::Field(field) => field.inner.tests(into),
        }
    }

    /// Why the condition cannot be told, where it holds such a part.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(why) => Some(why),
            Self::Always | Self::Never | Self::Test(_) => None,
            Self::Not(inner) => inner.unknown(),
            Self::All(parts) | Self::Any(parts) => parts.iter().find_map(Self::unknown),
            Self::Field(field) => field.inner.unknown(),
        }
    }

    /// The condition with each field for which `lost` says so replaced by its bound: nothing below a
    /// negation is a lower bound, everything below one an upper bound, and so on.
    #[must_use]
    pub fn bounded(&self, bound: Bound, lost: &impl Fn(&str) -> bool) -> Self {
        let opposite = match bound {
            Bound::Under => Bound::Over,
            Bound::Over => Bound::Under,
        };
        match self {
            Self::Always | Self::Never | Self::Unknown(_) | Self::Test(_) => self.clone(),
            Self::Not(inner) => inner.bounded(opposite, lost).not(),
            Self::All(parts) => Self::All(parts.iter().map(|part| part.bounded(bound, lost)).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(|part| part.bounded(bound, lost)).collect()),
            Self::Field(field) if lost(&field.path) => match bound {
                Bound::Under => Self::Never,
                Bound::Over => Self::Always,
            },
            Self::Field(field) => {
                Self::field(field.path.clone(), field.span, field.inner.bounded(bound, lost))
            }
        }
    }

    /// Whether some part of the condition is answered otherwise than what stands in its place in
    /// `other`, which is the same condition with parts replaced.
    pub fn differs_within(&self, other: &Self, answers: &impl Answers) -> bool {
        let differ = |own: &[Self], others: &[Self]| {
            own.iter().zip(others).any(|(own, other)| own.differs_within(other, answers))
        };
        match (self, other) {
            (Self::All(own), Self::All(others)) | (Self::Any(own), Self::Any(others)) => differ(own, others),
            (Self::Not(own), Self::Not(other)) => own.differs_within(other, answers),
            (Self::Field(own), Self::Field(other)) => own.inner.differs_within(&other.inner, answers),
            (own, other) => own.holds(answers) != other.holds(answers),
        }
    }
}

/// All of the parts, as few as can be.
#[must_use]
pub fn every(mut parts: Vec<Formula>) -> Formula {
    parts.retain(|part| *part != Formula::Always);
    match parts.pop() {
        None => Formula::Always,
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Formula::All(parts)
        }
    }
}

/// Any of the parts, as few as can be.
#[must_use]
pub fn any(mut parts: Vec<Formula>) -> Formula {
    parts.retain(|part| *part != Formula::Never);
    match parts.pop() {
        None => Formula::Never,
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Formula::Any(parts)
        }
    }
}

/// The conjunction of three-valued answers: one "no" decides, then one "cannot tell".
fn all(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table(Vec<Option<bool>>);

    impl Answers for Table {
        fn passes(&self, test: TestId) -> Option<bool> {
            self.0[test.0 as usize]
        }
    }

    fn test(index: u32) -> Formula {
        Formula::Test(TestId(index))
    }

    #[test]
    fn one_answer_decides_where_it_can() {
        let table = Table(vec![Some(true), Some(false), None]);
        let rows = [
            (Formula::All(vec![test(0), test(1), test(2)]), Some(false)),
            (Formula::All(vec![test(0), test(2)]), None),
            (Formula::Any(vec![test(2), test(0)]), Some(true)),
            (Formula::Any(vec![test(2), test(1)]), None),
            (Formula::All(vec![]), Some(true)),
            (Formula::Any(vec![]), Some(false)),
            (test(2).not(), None),
            (test(1).not(), Some(true)),
            (Formula::Unknown("why".into()), None),
        ];
        for (formula, expected) in rows {
            assert_eq!(formula.holds(&table), expected, "{formula:?}");
        }
    }

    #[test]
    fn a_part_that_is_lost_shows_where_others_hide_it() {
        let field = |path: &str, index| Formula::field(path, None, test(index));
        let both = Formula::All(vec![field("a", 0), Formula::Any(vec![field("b", 1)]).not()]);
        let one = Formula::Any(vec![field("a", 0), field("b", 1)]);
        let differs = |rule: &Formula, bound, path: &str, answers: [bool; 2]| {
            let table = Table(answers.map(Some).to_vec());
            rule.differs_within(&rule.bounded(bound, &|lost: &str| lost == path), &table)
        };
        let rows = [
            // A refusal of which two clauses are lost: neither alone refuses this.
            (&both, Bound::Over, "a", [false, true], true),
            (&both, Bound::Over, "b", [false, true], true),
            (&both, Bound::Over, "a", [true, true], false),
            (&both, Bound::Over, "b", [false, false], false),
            // An allowed request that two entries let in, or one.
            (&one, Bound::Under, "a", [true, true], true),
            (&one, Bound::Under, "b", [true, true], true),
            (&one, Bound::Under, "b", [true, false], false),
            (&one, Bound::Under, "c", [true, true], false),
        ];
        for (rule, bound, path, answers, expected) in rows {
            assert_eq!(differs(rule, bound, path, answers), expected, "{path} of {rule:?} at {answers:?}");
        }
    }

    #[test]
    fn a_lost_field_is_bounded_by_its_sign() {
        let field = |path: &str, index| Formula::field(path, None, test(index));
        let rule = Formula::All(vec![field("a", 0), Formula::Any(vec![field("b", 1)]).not()]);
        let holds = |bound, path: &str, answers: [bool; 2]| {
            let table = Table(answers.map(Some).to_vec());
            rule.bounded(bound, &|lost: &str| lost == path).holds(&table).unwrap()
        };
        assert!(!holds(Bound::Under, "a", [true, false]), "an allowed entry is gone");
        assert!(holds(Bound::Over, "a", [false, false]), "a refused entry is everything");
        assert!(!holds(Bound::Under, "b", [true, false]), "an exception of what is allowed is everything");
        assert!(holds(Bound::Over, "b", [true, true]), "an exception of what is refused is gone");
    }
}
