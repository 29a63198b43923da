//! The output held against itself: what was written is read back and compared with what was meant,
//! and with Calico's own rules. A difference is a bug, and nothing is written then. What only rules of
//! the next release refuse is told.

use crate::config::Version;
use crate::finding::codes::target::BEYOND_NEXT_RELEASE;
use crate::finding::codes::verification::UNFAITHFUL_OUTPUT;
use crate::finding::{Direction, Finding, Severity};
use crate::manifest::Manifest;
use crate::object::Object;
use crate::object::calico::{self, Policy, Tier, limits};
use crate::translate::Emitted;

/// A finding for each object that is not what was meant.
pub(super) fn check(objects: &[Emitted], version: Version) -> Vec<Finding> {
    objects.iter().filter_map(|emitted| wrong(&emitted.object, version)).collect()
}

fn wrong(object: &Object, version: Version) -> Option<Finding> {
    let (refused, differs) = match object {
        Object::Calico(policy) => (limits::violations(policy, version), differs(policy)),
        Object::CalicoTier(tier) => (limits::tier_violations(version), tier_differs(tier)),
        Object::Kubernetes(_) => return None,
    };
    let reason = refused.into_iter().next().or(differs)?;
    let message = format!("`{}` is not what was meant: {reason}", object.reference());
    Some(
        Finding::new(&UNFAITHFUL_OUTPUT, Direction::Widens, message)
            .help("this is a bug in unmesh: please report it with the policy that it comes from"),
    )
}

/// Objects that every released Calico takes and the next one refuses. Most lists are cut into several
/// rules long before; what is left are conditions that all have to hold at once, and long selectors.
pub(super) fn beyond_next_release(objects: &[Emitted], manifest: &Manifest) -> Vec<Finding> {
    let finding = |emitted: &Emitted| {
        let Emitted { object: Object::Calico(policy), sources } = emitted else { return None };
        let broken = limits::soft_violations(policy).into_iter().next()?;
        let origin = manifest.objects.get(sources.first()?.0)?;
        let message =
            format!("the release of Calico after {} refuses `{}`: {broken}", Version::NEWEST, policy.name);
        Some(
            Finding::new(&BEYOND_NEXT_RELEASE, Direction::None, message)
                .severity(Severity::Warning)
                .at(origin.name_span)
                .on(&origin.reference)
                .help("name fewer namespaces or labels in one rule of the policy before you upgrade"),
        )
    };
    objects.iter().filter_map(finding).collect()
}

fn differs(policy: &Policy) -> Option<String> {
    match calico::read(&calico::write_one(policy)) {
        Err(error) => Some(error),
        Ok(found) if found == [without_comments(policy)] => None,
        Ok(_) => Some("it reads back as another object".to_string()),
    }
}

fn tier_differs(tier: &Tier) -> Option<String> {
    match calico::read_tier(&calico::write_tier(tier)) {
        Err(error) => Some(error),
        Ok(found) if found == *tier => None,
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
