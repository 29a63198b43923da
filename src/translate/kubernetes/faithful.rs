//! The output held against itself: what was written is read back into the API's own type and compared
//! with what was meant, and with the API server's rules. A difference is a bug, and nothing is written.

use crate::finding::codes::verification::UNFAITHFUL_OUTPUT;
use crate::finding::{Direction, Finding};
use crate::object::kubernetes::{self, Policy, limits};

/// A finding where an object is not what was meant.
pub(super) fn check(policy: &Policy) -> Option<Finding> {
    let refused = limits::violations(policy).into_iter().next();
    let reason = refused.or_else(|| differs(policy))?;
    let message = format!(
        "`{}/{}/{}` is not what was meant: {reason}",
        kubernetes::KIND,
        policy.namespace,
        policy.name
    );
    Some(
        Finding::new(&UNFAITHFUL_OUTPUT, Direction::Widens, message)
            .help("this is a bug in unmesh: please report it with the policy that it comes from"),
    )
}

fn differs(policy: &Policy) -> Option<String> {
    match kubernetes::read(&kubernetes::write_one(policy)) {
        Err(error) => Some(error),
        Ok(found) if found == kubernetes::built(policy) => None,
        Ok(_) => Some("it reads back as another object".to_string()),
    }
}
