//! `pathNormalization`: the form in which policies and applications see paths.

use super::{Context, on};
use crate::config::{L7, PathNormalization, Target};
use crate::finding::codes::platform::PATH_NORMALIZATION;
use crate::finding::{Direction, Finding};
use crate::ir::{Attribute, Policy, Rule};
use crate::manifest::mesh::MeshConfig;

/// One finding where it is not Istio's default.
///
/// With slashes merged the proxy hands merged paths on, so that `//admin` was refused with `/admin`; with
/// nothing normalised, a new proxy that does normalise takes paths for others than the mesh did.
pub(super) fn check(config: &MeshConfig, context: &Context<'_>) -> Option<Finding> {
    let leaf = config.path_normalization.as_ref()?;
    let word = leaf.value.word();
    let did = match leaf.value {
        PathNormalization::Base => return None,
        PathNormalization::None => {
            "policies compared paths as clients sent them, and a proxy that normalises sees other ones"
        }
        PathNormalization::MergeSlashes => {
            "`//admin` was `/admin` to policies and applications, and is `//admin` where nobody merges slashes"
        }
        PathNormalization::DecodeAndMergeSlashes => {
            "`//admin` and `%2Fadmin` were `/admin` to policies and applications, and are themselves where nobody decodes and merges slashes"
        }
    };
    let with_paths = context.model.policies.iter().find(|policy| asks_for_paths(policy));
    let compared = matches!(context.settings.target, Target::Calico(_)) && context.settings.l7 != L7::None;
    let (direction, whom, help) = match with_paths.filter(|_| compared) {
        Some(policy) => (
            Direction::Widens,
            format!(
                ": Dikastes compares the paths of `{}` as the proxy in front of it leaves them",
                policy.origin.reference
            ),
            format!("set that proxy to do with paths what {word} did, then accept this"),
        ),
        None => (
            Direction::Drops,
            String::new(),
            format!("see that applications take such paths well, or do what {word} did at the gateway"),
        ),
    };
    let message = format!("with {word} {did}{whom}");
    Some(on(config, leaf, &PATH_NORMALIZATION, direction, message).help(help))
}

fn asks_for_paths(policy: &Policy) -> bool {
    let mut clauses = policy.rules.iter().flat_map(Rule::conjunctions).flat_map(|all| &all.clauses);
    policy.not_enforced.is_none() && clauses.any(|clause| clause.attribute == Attribute::Path)
}
