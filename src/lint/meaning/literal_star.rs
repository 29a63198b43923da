//! UM101: a `*` that Istio compares as the character `*`.
//!
//! Istio knows `*` alone, at the beginning and at the end of a value, one of the two; every other
//! `*` is literal (`StringMatcherWithPrefix`). Namespaces are globs, and have a lint of their own.

use super::values::{self, Attribute};
use super::warning;
use crate::finding::Finding;
use crate::finding::codes::meaning::LITERAL_STAR;
use crate::istio::is_path_template;
use crate::lint::Context;

/// One finding for each value with a literal `*`.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.resources.authorization_policies {
        for compared in values::of(policy) {
            let value = compared.leaf.value.as_str();
            if !has_literal_star(compared.attribute, value) {
                continue;
            }
            let message = format!("the `*` inside `{value}` is compared as it stands, not as a wildcard");
            findings
                .push(warning(&LITERAL_STAR, policy, compared.leaf, message).help(help(compared.attribute)));
        }
    }
    findings
}

fn has_literal_star(attribute: Attribute, value: &str) -> bool {
    if attribute == Attribute::Path && is_path_template(value) {
        return false;
    }
    let matched = match attribute {
        Attribute::Principal
        | Attribute::RequestPrincipal
        | Attribute::Host
        | Attribute::Method
        | Attribute::Path
        | Attribute::Text => value,
        Attribute::EnvoyMetadata => {
            value.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')).unwrap_or(value)
        }
        // Globs; and values in which Istio refuses a `*` that is no wildcard.
        Attribute::Namespace
        | Attribute::ServiceAccount
        | Attribute::TrustDomain
        | Attribute::Address
        | Attribute::Port => return false,
    };
    let inside = matched.strip_prefix('*').or_else(|| matched.strip_suffix('*')).unwrap_or(matched);
    inside.contains('*')
}

fn help(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Path => {
            "`*` is a wildcard only at the beginning or the end; `{*}` matches one segment of a path"
        }
        Attribute::Principal
        | Attribute::RequestPrincipal
        | Attribute::Namespace
        | Attribute::ServiceAccount
        | Attribute::TrustDomain
        | Attribute::Address
        | Attribute::Host
        | Attribute::Port
        | Attribute::Method
        | Attribute::Text
        | Attribute::EnvoyMetadata => {
            "`*` is a wildcard only at the beginning or the end of a value, not at both: list the values, or shorten one"
        }
    }
}
