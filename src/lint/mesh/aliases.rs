//! `trustDomainAliases`: identities of other trust domains that policies take for the mesh's own.

use super::{Context, on};
use crate::finding::codes::platform::TRUST_DOMAIN_ALIASES;
use crate::finding::{Direction, Finding};
use crate::ir::{Action, Attribute, Policy, Rule};
use crate::manifest::mesh::MeshConfig;
use crate::yaml::fields::Leaf;

/// One finding for the list: in this cluster an alias means the same pods, elsewhere it means others that a
/// network policy does not know.
pub(super) fn check(config: &MeshConfig, context: &Context<'_>) -> Option<Finding> {
    let own = &context.settings.trust_domain;
    let aliases: Vec<&Leaf<String>> =
        config.trust_domain_aliases.iter().filter(|leaf| leaf.value != *own).collect();
    let (first, others) = aliases.split_first()?;
    let names: Vec<&str> = aliases.iter().map(|leaf| leaf.value.as_str()).collect();
    let names = names.join("`, `");
    let by_name: Vec<&Policy> = context.model.policies.iter().filter(|policy| names_peers(policy)).collect();
    let refusing = by_name.iter().find(|policy| refuses(policy));
    let policy = refusing.or(by_name.first());
    let (direction, what) = match (refusing, policy) {
        (Some(refusing), _) => (
            Direction::Widens,
            format!(
                "`{}` refuses them by name, which no network policy does with peers of other clusters",
                refusing.origin.reference
            ),
        ),
        (None, Some(allowing)) => (
            Direction::Narrows,
            format!(
                "`{}` lets them in by name, which no network policy does with peers of other clusters",
                allowing.origin.reference
            ),
        ),
        (None, None) => (Direction::None, "no policy of the input names peers".to_string()),
    };
    let message = format!(
        "identities of `{names}` count as those of `{own}`, so that a policy that names one means both: {what}"
    );
    let mut finding = on(config, *first, &TRUST_DOMAIN_ALIASES, direction, message);
    // All of the list is meant.
    finding.field = finding.field.and_then(|field| Some(field.rsplit_once('[')?.0.to_string()));
    let finding =
        others.iter().fold(finding, |finding, alias| finding.related("an alias as well", alias.span));
    Some(match direction {
        Direction::None => finding,
        Direction::Widens | Direction::Narrows | Direction::Drops => finding.help(
            "if the aliases are former names of this cluster's own trust domain, accept this; else name the other clusters' pods by `ipBlocks`",
        ),
    })
}

fn names_peers(policy: &Policy) -> bool {
    let clauses = policy.rules.iter().flat_map(Rule::conjunctions).flat_map(|all| &all.clauses);
    policy.not_enforced.is_none()
        && policy.action != Action::RequireIdentity
        && policy.action != Action::Audit
        && clauses.into_iter().any(|clause| clause.attribute == Attribute::Identity)
}

fn refuses(policy: &Policy) -> bool {
    let mut clauses = policy.rules.iter().flat_map(Rule::conjunctions).flat_map(|all| &all.clauses);
    match policy.action {
        Action::Deny | Action::Custom => true,
        Action::Allow => {
            clauses.any(|clause| clause.attribute == Attribute::Identity && !clause.none_of.is_empty())
        }
        Action::RequireIdentity | Action::Audit => false,
    }
}
