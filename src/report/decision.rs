//! Who decided, in words, with the lines of the rule; and the same as JSON.

use super::escape;
use super::excerpt::Excerpt;
use super::frame::{Shown, handler};
use super::human::Look;
use crate::finding::{ObjectRef, Severity};
use crate::source::{SourceMap, Span};
use crate::verify::program::{By, Decision, What};
use serde::Serialize;
use std::fmt::Write;

/// A decision as JSON.
#[derive(Serialize, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct JsonDecision<'a> {
    /// `None` is unknown.
    pub(super) allowed: Option<bool>,
    pub(super) by: Option<JsonBy<'a>>,
}

/// Who decided, as JSON.
#[derive(Serialize, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct JsonBy<'a> {
    /// A word for the kind of decision.
    what: &'static str,
    /// The same for people.
    message: String,
    objects: &'a [ObjectRef],
    field: Option<&'a str>,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

/// A place as JSON, as findings have it.
#[derive(Serialize, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct JsonPlace<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

impl<'a> JsonPlace<'a> {
    /// The place of a span.
    pub(super) fn new(span: Option<Span>, sources: &'a SourceMap) -> Self {
        let file = span.map(|span| sources.file(span.file));
        let at = |offset: Option<u32>| Some(file?.position(offset?));
        let (start, end) = (at(span.map(|span| span.start)), at(span.map(|span| span.end)));
        Self {
            file: file.map(|file| file.name.as_str()),
            line: start.map(|start| start.line),
            column: start.map(|start| start.column),
            end_line: end.map(|end| end.line),
            end_column: end.map(|end| end.column),
        }
    }
}

impl<'a> JsonBy<'a> {
    /// Who decided.
    pub(super) fn new(by: &'a By, sources: &'a SourceMap) -> Self {
        let By { what, objects, field, span } = by;
        Self {
            what: word(*what),
            message: self::by(by),
            objects,
            field: field.as_deref(),
            place: JsonPlace::new(*span, sources),
        }
    }
}

impl<'a> JsonDecision<'a> {
    /// A decision that was made.
    pub(super) fn new(decision: &'a Decision, sources: &'a SourceMap) -> Self {
        let Decision { allowed, by } = decision;
        Self { allowed: Some(*allowed), by: Some(JsonBy::new(by, sources)) }
    }
}

/// The word of a kind of decision in JSON.
fn word(what: What) -> &'static str {
    match what {
        What::Rule => "rule",
        What::Authorizer => "authorizer",
        What::MutualTls => "mutual-tls",
        What::BadToken => "bad-token",
        What::NoAllowMatched => "no-allow-matched",
        What::EndOfTier => "end-of-tier",
        What::Isolated => "isolated",
        What::NoPolicy => "no-policy",
        What::NotCaptured => "not-captured",
        What::NodeLocal => "node-local",
        What::Broken => "broken",
        What::OneOfSeveral => "one-of-several",
    }
}

/// `allowed` or `refused`.
pub(super) fn verdict(allowed: bool) -> &'static str {
    if allowed { "allowed" } else { "refused" }
}

/// ``allowed: `spec.rules[0]` of `AuthorizationPolicy/shop/web` matches``.
pub(super) fn sentence(decision: &Decision) -> String {
    format!("{}: {}", verdict(decision.allowed), by(&decision.by))
}

/// Why it was decided so.
pub(super) fn by(by: &By) -> String {
    let By { what, objects, field, span: _ } = by;
    let rule = || match (field, names(objects)) {
        (Some(field), Some(names)) => format!("`{field}` of {names}"),
        (None, Some(names)) => names,
        (Some(field), None) => format!("`{field}`"),
        (None, None) => "a rule".to_string(),
    };
    let of = |without: &str| names(objects).unwrap_or_else(|| without.to_string());
    match what {
        What::Rule => format!("{} matches", rule()),
        What::Authorizer => format!("the external authorizer that {} asks", rule()),
        What::MutualTls => format!("{} demands mutual TLS", of("the mesh")),
        What::BadToken => format!("{} refuses tokens that are not valid", of("a RequestAuthentication")),
        What::NoAllowMatched => format!("no rule of {} matches", of("the ALLOW policies")),
        What::EndOfTier => {
            format!("no rule of {} matches, and the tier ends there", of("the policies of the tier"))
        }
        What::Isolated => {
            format!("no rule of {} matches, and the pod is isolated", of("the NetworkPolicies"))
        }
        What::NoPolicy => "no policy has anything to say".to_string(),
        What::NotCaptured => "the traffic never meets the proxy".to_string(),
        What::NodeLocal => "a pod's own node is never policed".to_string(),
        What::Broken => "Dikastes of this version refuses everything".to_string(),
        What::OneOfSeveral => format!("a rule of {}, all of which decide alike", of("several policies")),
    }
}

/// At most this many objects are named.
const MOST: usize = 3;

/// The objects, in backticks; `None` for none.
fn names(objects: &[ObjectRef]) -> Option<String> {
    let mut out = String::new();
    for (index, object) in objects.iter().take(MOST).enumerate() {
        let between = match index {
            0 => "",
            _ if index + 1 == objects.len() => " and ",
            _ => ", ",
        };
        // Writing to a String cannot fail.
        let _ = write!(out, "{between}`{object}`");
    }
    match objects.len().checked_sub(MOST) {
        Some(more) if more > 0 => {
            let _ = write!(out, " and {more} more");
        }
        Some(_) | None => {}
    }
    (!out.is_empty()).then_some(out)
}

/// Writes a line with the lines of source below it.
pub(super) fn with_excerpt(
    message: &str,
    span: Option<Span>,
    sources: &SourceMap,
    look: Look,
    out: &mut String,
) {
    let shown = Shown {
        title: None,
        message: escape::wrap(&escape::text(message), look.width - 4),
        help: None,
        severity: Severity::Info,
        excerpt: span.map(|span| Excerpt::new(sources, span, None, &[], look.source)),
    };
    if handler(look).render_report(out, &shown).is_err() {
        // A String takes everything, so only an excerpt can fail; what is said stays.
        let _ = writeln!(out, "  {}", escape::text(message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> ObjectRef {
        ObjectRef { kind: "NetworkPolicy".into(), namespace: Some("shop".into()), name: name.into() }
    }

    #[test]
    fn a_decision_names_the_rule_or_why_there_is_none() {
        let all = ["a", "b", "c", "d", "e"].map(object);
        let some = |what, count: usize, field: Option<&str>| By {
            what,
            objects: all.iter().take(count).cloned().collect(),
            field: field.map(str::to_string),
            span: None,
        };
        for (by, expected) in [
            (
                some(What::Rule, 1, Some("spec.ingress[0]")),
                "`spec.ingress[0]` of `NetworkPolicy/shop/a` matches",
            ),
            (
                some(What::EndOfTier, 2, None),
                "no rule of `NetworkPolicy/shop/a` and `NetworkPolicy/shop/b` matches, and the tier ends there",
            ),
            (
                some(What::NoAllowMatched, 5, None),
                "no rule of `NetworkPolicy/shop/a`, `NetworkPolicy/shop/b`, `NetworkPolicy/shop/c` and 2 more matches",
            ),
            (some(What::NoPolicy, 0, None), "no policy has anything to say"),
        ] {
            assert_eq!(super::by(&by), expected);
        }
        let refused = Decision { allowed: false, by: By::nobody(What::Broken) };
        assert_eq!(sentence(&refused), "refused: Dikastes of this version refuses everything");
    }
}
