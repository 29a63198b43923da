//! UM110 and UM111: a path that no request has when it is compared.
//!
//! Envoy compares the path without query and fragment, after Istio's default normalisation (BASE):
//! `\` has become `/`, and the segments `.` and `..` are resolved (RFC 3986). `//` stays.

use super::values::{self, Attribute, Compared};
use super::warning;
use crate::finding::Finding;
use crate::finding::codes::meaning::{PATH_NOT_NORMAL, PATH_WITHOUT_SLASH};
use crate::istio::{AuthorizationPolicy, is_path_template};
use crate::lint::Context;

/// UM110: one finding for each path with parts that normalisation takes away.
#[must_use]
pub fn not_normal(context: &Context<'_>) -> Vec<Finding> {
    each_path(context, |policy, compared| {
        let value = compared.leaf.value.as_str();
        let why = abnormal(value)?;
        let message = format!("`{value}` matches no request: {why}");
        Some(
            warning(&PATH_NOT_NORMAL, policy, compared.leaf, message)
                .help("write the path as it is after normalisation"),
        )
    })
}

/// UM111: one finding for each path that does not begin like one.
#[must_use]
pub fn without_slash(context: &Context<'_>) -> Vec<Finding> {
    each_path(context, |policy, compared| {
        let value = compared.leaf.value.as_str();
        if value.starts_with(['/', '*']) || is_path_template(value) {
            return None;
        }
        let message = format!("`{value}` matches no request: every path begins with `/`");
        Some(warning(&PATH_WITHOUT_SLASH, policy, compared.leaf, message).help(format!("write `/{value}`")))
    })
}

fn each_path(
    context: &Context<'_>,
    check: impl Fn(&AuthorizationPolicy, Compared<'_>) -> Option<Finding>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.resources.authorization_policies {
        let paths = values::of(policy).into_iter().filter(|compared| compared.attribute == Attribute::Path);
        findings.extend(paths.filter_map(|compared| check(policy, compared)));
    }
    findings
}

/// What of a value no compared path holds.
fn abnormal(value: &str) -> Option<&'static str> {
    if value.contains('\\') {
        return Some("a `\\` in a request has become `/` before it is compared");
    }
    if value.contains(['?', '#']) {
        return Some("the query and the fragment are cut off before it is compared");
    }
    let template = is_path_template(value);
    let suffix = !template && value.starts_with('*');
    let prefix = !template && !suffix && value.ends_with('*');
    let literal = if suffix {
        value.strip_prefix('*')
    } else if prefix {
        value.strip_suffix('*')
    } else {
        None
    };
    let mut segments: Vec<&str> = literal.unwrap_or(value).split('/').collect();
    // Beside the wildcard a segment may go on.
    if prefix {
        segments.pop();
    }
    let closed = segments.into_iter().skip(usize::from(suffix));
    let dots = closed.into_iter().any(|segment| segment == "." || segment == "..");
    dots.then_some("the segments `.` and `..` are resolved before it is compared")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_normalisation_never_leaves_is_abnormal() {
        for path in ["/a/../b", "/a/.", "/..", "*/../b", "/a/../*", "/a\\b", "/a?b=c*", "*#top", "/{*}/../b"]
        {
            assert!(abnormal(path).is_some(), "{path}");
        }
        for path in [
            "/",
            "*",
            "/a//b",
            "/a/..b",
            "/a/...",
            "/.well-known/*",
            "/a/..*",
            "*../b",
            "*.",
            "/%2F",
            "/{**}",
        ] {
            assert!(abnormal(path).is_none(), "{path}");
        }
    }
}
