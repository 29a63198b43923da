//! What is wrong with an object of a policy set, as data: whoever reads the set decides how to say it.

use crate::finding::codes::input::{UNKNOWN_FIELD, UNQUOTED_SCALAR, WRONG_TYPE, WRONG_VALUE};
use crate::finding::{Direction, Finding, ObjectRef};
use crate::source::Span;
use crate::yaml::fields::{Problems, Reader};

/// A reason for which an object is not in its set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The object.
    pub object: ObjectRef,
    /// The field.
    pub field: Option<String>,
    /// Where it stands.
    pub span: Option<Span>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// What it makes of the object.
    pub effect: Effect,
}

/// What becomes of an object with a problem.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effect {
    /// Whoever validates it refuses it, and Felix takes it as not there
    /// (`felix/calc/validation_filter.go`). So the set without it is the set in force.
    Missing,
    /// Nobody can tell what a cluster makes of it: a field of a newer version, a wrong type. So the
    /// set is not known.
    Unclear,
}

/// The codes by which [`problem`] tells what a reader met.
const CODES: Problems = Problems {
    unknown: &UNKNOWN_FIELD,
    wrong_type: &WRONG_TYPE,
    wrong_value: &WRONG_VALUE,
    unquoted: &UNQUOTED_SCALAR,
    direction: Direction::None,
};

/// A reader whose findings [`problem`] understands.
pub(super) fn reader(object: &ObjectRef) -> Reader<'_> {
    Reader::new(object, CODES)
}

/// What a reader said. A value that its type allows and its meaning does not is for Calico's validator;
/// everything else is for the API server, which may drop the field or refuse the object.
pub(super) fn problem(object: &ObjectRef, finding: Finding) -> Problem {
    let refused = finding.code == &WRONG_VALUE;
    Problem {
        object: object.clone(),
        field: finding.field,
        span: finding.span,
        message: finding.message,
        help: finding.help,
        effect: if refused { Effect::Missing } else { Effect::Unclear },
    }
}
