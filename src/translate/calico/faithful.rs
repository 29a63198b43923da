//! The output held against itself: what was written is read back and compared with what was meant,
//! and with Calico's own rules. A difference is a bug, and nothing is written then.

use crate::config::Version;
use crate::finding::codes::verification::UNFAITHFUL_OUTPUT;
use crate::finding::{Direction, Finding};
use crate::object::calico::{self, Policy, limits};
use crate::translate::Emitted;

/// A finding for each object that is not what was meant.
pub(super) fn check(objects: &[Emitted], version: Version) -> Vec<Finding> {
    objects.iter().filter_map(|emitted| wrong(&emitted.policy, version)).collect()
}

fn wrong(policy: &Policy, version: Version) -> Option<Finding> {
    let refused = limits::violations(policy, version).into_iter().next();
    let reason = refused.or_else(|| differs(policy))?;
    let message = format!("`{}/{}` is not what was meant: {reason}", policy.kind(), policy.name);
    Some(
        Finding::new(&UNFAITHFUL_OUTPUT, Direction::Widens, message)
            .help("this is a bug in unmesh: please report it with the policy that it comes from"),
    )
}

fn differs(policy: &Policy) -> Option<String> {
    match calico::read(&calico::write_one(policy)) {
        Err(error) => Some(error),
        Ok(found) if found == [without_comments(policy)] => None,
        Ok(_) => Some("it reads back as another object".to_string()),
    }
}

fn without_comments(policy: &Policy) -> Policy {
    let mut bare = policy.clone();
    bare.selector_comment = None;
    for rule in &mut bare.ingress {
        rule.comments.clear();
    }
    bare
}
