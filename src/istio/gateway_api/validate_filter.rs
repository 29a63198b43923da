//! What the API server refuses in filters.

use super::filter::{Filter, FilterKind, Fraction, Mirror, PathChange};
use super::matches::{Compare, Match};
use super::validate;
use crate::istio::checks::Checks;
use crate::istio::common::List;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// Kinds that can stand once in a list. Mirrors, extensions and authorizers can repeat.
const ONCE: [FilterKind; 5] = [
    FilterKind::RequestHeaders,
    FilterKind::ResponseHeaders,
    FilterKind::Redirect,
    FilterKind::Rewrite,
    FilterKind::Cors,
];

/// The statuses that a redirect can have.
const STATUSES: [i64; 5] = [301, 302, 303, 307, 308];

/// What is refused in a list of filters beside these matches.
pub(super) fn check(filters: &List<Filter>, matches: &[Match], checks: &Checks<'_>) {
    let mut seen = BTreeSet::new();
    for filter in &filters.items {
        check_filter(filter, checks);
        let Some(kind) = &filter.kind else { continue };
        if ONCE.contains(&kind.value) && !seen.insert(kind.value.word()) {
            let message = format!("two filters have the type {}", kind.value.word());
            checks.refuse(kind, message, "make one of them");
        }
        if let Some(change) = path_of(filter) {
            check_path(change, matches, checks);
        }
        if let Some(mirror) = &filter.mirror {
            check_mirror(mirror, checks);
        }
        let status = filter.redirect.as_ref().and_then(|redirect| redirect.status.as_ref());
        if let Some(status) = status.filter(|status| !STATUSES.contains(&status.value)) {
            let message = format!("{} is no status of a redirect", status.value);
            checks.refuse(status, message, "write 301, 302, 303, 307 or 308");
        }
    }
    if seen.contains("RequestRedirect") && seen.contains("URLRewrite") {
        let rewrite = filters.items.iter().find_map(|filter| filter.rewrite.as_ref());
        if let Some(rewrite) = rewrite {
            checks.refuse(&rewrite.at, "a rewrite cannot stand beside a redirect", "keep one of them");
        }
    }
}

/// The field that belongs to the type has to be there, and no other.
fn check_filter(filter: &Filter, checks: &Checks<'_>) {
    let Filter {
        at,
        kind,
        request_headers,
        response_headers,
        mirror,
        redirect,
        rewrite,
        cors,
        extension,
        external,
    } = filter;
    let Some(kind) = kind else {
        checks.refuse(at, "a filter has to have `type`", "say which kind of filter it is");
        return;
    };
    let given = [
        (FilterKind::RequestHeaders, "requestHeaderModifier", request_headers.as_ref().map(|one| &one.at)),
        (FilterKind::ResponseHeaders, "responseHeaderModifier", response_headers.as_ref().map(|one| &one.at)),
        (FilterKind::Mirror, "requestMirror", mirror.as_ref().map(|one| &one.at)),
        (FilterKind::Redirect, "requestRedirect", redirect.as_ref().map(|one| &one.at)),
        (FilterKind::Rewrite, "urlRewrite", rewrite.as_ref().map(|one| &one.at)),
        (FilterKind::Cors, "cors", cors.as_ref().map(|one| &one.at)),
        (FilterKind::Extension, "extensionRef", extension.as_ref().map(|(at, _)| at)),
        (FilterKind::External, "externalAuth", external.as_ref().map(|(at, _)| at)),
    ];
    for (of, field, place) in given {
        let word = kind.value.word();
        match (of == kind.value, place) {
            (true, None) => {
                let message = format!("a filter of type {word} has to have `{field}`");
                checks.refuse(kind, message, format!("write `{field}`"));
            }
            (false, Some(place)) => {
                let message = format!("`{field}` cannot stand in a filter of type {word}");
                checks.refuse(place, message, "give it a filter of its own");
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    for headers in [request_headers, response_headers].into_iter().flatten() {
        for header in headers.set.items.iter().chain(&headers.add.items) {
            if header.name.is_none() || header.value.is_none() {
                checks.refuse(&header.at, "a header has to have `name` and `value`", "write both");
            }
        }
    }
}

fn path_of(filter: &Filter) -> Option<&PathChange> {
    let redirect = filter.redirect.as_ref().and_then(|redirect| redirect.path.as_ref());
    redirect.or_else(|| filter.rewrite.as_ref().and_then(|rewrite| rewrite.path.as_ref()))
}

fn check_path(change: &PathChange, matches: &[Match], checks: &Checks<'_>) {
    let PathChange { at, prefix_only, full, prefix } = change;
    let Some(kind) = prefix_only else {
        checks.refuse(
            at,
            "a change of the path has to have `type`",
            "write ReplaceFullPath or ReplacePrefixMatch",
        );
        return;
    };
    let (wanted, given, other) =
        if kind.value { ("replacePrefixMatch", prefix, full) } else { ("replaceFullPath", full, prefix) };
    if given.is_none() {
        checks.refuse(kind, format!("this type has to have `{wanted}`"), format!("write `{wanted}`"));
    }
    if let Some(other) = other {
        checks.refuse(other, "this cannot stand beside the `type` here", format!("write `{wanted}`"));
    }
    let one_prefix = match matches {
        // Without matches, the default is the prefix `/`.
        [] => true,
        [one] => one.path.as_ref().is_none_or(|path| path.compare() == Compare::PathPrefix),
        [_, _, ..] => false,
    };
    if let Some(prefix) = prefix.as_ref().filter(|_| kind.value && !one_prefix) {
        let message = "`replacePrefixMatch` needs exactly one match, by PathPrefix";
        checks.refuse(prefix, message, "make a rule for each prefix");
    }
}

fn check_mirror(mirror: &Mirror, checks: &Checks<'_>) {
    let Mirror { at, to, port, percent, fraction } = mirror;
    match to {
        None => {
            checks.refuse(at, "a mirror has to have `backendRef`", "name the Service that gets the copies");
        }
        Some(to) => validate::backend_fits(to, port.as_ref(), at, checks),
    }
    let Some(Fraction { at: fraction_at, numerator, denominator }) = fraction else { return };
    if percent.is_some() {
        checks.refuse(fraction_at, "`fraction` cannot stand beside `percent`", "keep one of them");
    }
    let whole = denominator.as_ref().map_or(100, |leaf: &Leaf<i64>| leaf.value);
    match numerator {
        None => checks.refuse(fraction_at, "a fraction has to have `numerator`", "write it"),
        Some(part) if part.value > whole => {
            checks.refuse(part, format!("{} of {whole} is more than all", part.value), "make it smaller");
        }
        Some(_) => {}
    }
}
