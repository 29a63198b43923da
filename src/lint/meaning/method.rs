//! UM103: a method that no request has, by its letters.
//!
//! Istio compares methods by letter case (`HeaderMatcher` on `:method`), and clients send them in
//! upper case.

use super::values::{self, Attribute};
use super::warning;
use crate::finding::Finding;
use crate::finding::codes::meaning::METHOD_CASE;
use crate::finding::nearest;
use crate::lint::Context;

/// The methods that are registered with IANA and in common use.
const METHODS: [&str; 27] = [
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LINK",
    "LOCK",
    "MERGE",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "OPTIONS",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "QUERY",
    "REPORT",
    "SEARCH",
    "SUBSCRIBE",
    "TRACE",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
    "UPDATE",
];

/// One finding for each method in lower case, or with a slip of the pen in it.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.resources.authorization_policies {
        for compared in
            values::of(policy).into_iter().filter(|compared| compared.attribute == Attribute::Method)
        {
            let value = compared.leaf.value.as_str();
            if value.chars().any(|char| char.is_ascii_lowercase()) {
                let message =
                    format!("`{value}` matches no request: methods are upper case, and case matters here");
                let help = format!("write `{}`", value.to_ascii_uppercase());
                findings.push(warning(&METHOD_CASE, policy, compared.leaf, message).help(help));
            } else if let Some(near) = misspelt(value) {
                let message = format!("`{value}` is no method that clients send");
                findings.push(
                    warning(&METHOD_CASE, policy, compared.leaf, message)
                        .help(format!("did you mean `{near}`?")),
                );
            }
        }
    }
    findings
}

/// The method that was meant. Methods of one's own are allowed, so only what is close to a known one counts.
fn misspelt(value: &str) -> Option<&'static str> {
    if value.contains('*') || METHODS.contains(&value) {
        return None;
    }
    nearest(value, METHODS)
}
