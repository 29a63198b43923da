//! Whether one match of a VirtualService takes every request that another one takes.
//!
//! Decided by meaning as far as it is certain: what cannot be decided, such as one regular expression inside
//! another, counts as not covered.

use super::pattern::{Text, covers_text};
use crate::istio::common::{StringMatch, StringPattern};
use crate::istio::virtual_service::destination::Selectors;
use crate::istio::virtual_service::http_match::HttpMatch;
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// Whether every request of `inner` is one of `outer` too. `gateways` are those of the VirtualService.
pub(super) fn covers(outer: &HttpMatch, inner: &HttpMatch, gateways: &[String]) -> bool {
    let HttpMatch {
        at: _,
        name: _,
        uri,
        scheme,
        method,
        authority,
        headers,
        without_headers,
        query_params,
        ignore_uri_case,
        stat_prefix: _,
        selectors,
    } = outer;
    let ignores = |leaf: &Option<Leaf<bool>>| leaf.as_ref().is_some_and(|leaf| leaf.value);
    covers_selectors(selectors, &inner.selectors, gateways)
        && covers_text(
            path(uri.as_ref(), ignores(ignore_uri_case)).as_ref(),
            path(inner.uri.as_ref(), ignores(&inner.ignore_uri_case)).as_ref(),
        )
        && covers_text(text(scheme.as_ref()).as_ref(), text(inner.scheme.as_ref()).as_ref())
        && covers_text(text(method.as_ref()).as_ref(), text(inner.method.as_ref()).as_ref())
        && covers_text(text(authority.as_ref()).as_ref(), text(inner.authority.as_ref()).as_ref())
        && headers.iter().all(|wanted| asks(wanted, &inner.headers, true))
        && query_params.iter().all(|wanted| asks(wanted, &inner.query_params, false))
        && without_headers.iter().all(|unwanted| excludes(unwanted, &inner.without_headers))
}

/// Whether a match takes every request of the proxies that have it.
pub(super) fn takes_all(found: &HttpMatch) -> bool {
    found.takes_every_request() && found.selectors.is_empty()
}

/// Which proxies have a route, and for which port (`sourceMatchHTTP`): where `gateways` are given, labels and
/// namespace of the client do not count.
pub(super) fn covers_selectors(outer: &Selectors, inner: &Selectors, all: &[String]) -> bool {
    let Selectors { port, source_labels, source_namespace, gateways } = outer;
    let same_port = port.as_ref().is_none_or(|port| {
        port.value == 0 || inner.port.as_ref().is_some_and(|inner| inner.value == port.value)
    });
    let names =
        |list: &[Leaf<String>]| -> Vec<String> { list.iter().map(|name| name.value.clone()).collect() };
    let proxies = if !gateways.is_empty() {
        let own = names(gateways);
        let theirs = if inner.gateways.is_empty() { all.to_vec() } else { names(&inner.gateways) };
        theirs.iter().all(|name| own.contains(name))
    } else if source_labels.is_empty() && source_namespace.is_none() {
        true
    } else {
        inner.gateways.is_empty()
            && within(source_labels, &inner.source_labels)
            && source_namespace.as_ref().is_none_or(|own| {
                inner.source_namespace.as_ref().is_some_and(|theirs| theirs.value == own.value)
            })
    };
    same_port && proxies
}

/// Whether some proxy and port may have both.
pub(super) fn selectors_meet(one: &Selectors, other: &Selectors) -> bool {
    let differ = |one: i64, other: i64| one != 0 && other != 0 && one != other;
    let ports = one.port.as_ref().zip(other.port.as_ref());
    let port = ports.is_none_or(|(one, other)| !differ(one.value, other.value));
    let spaces = one.source_namespace.as_ref().zip(other.source_namespace.as_ref());
    let namespace = spaces.is_none_or(|(one, other)| one.value == other.value);
    let labels = one
        .source_labels
        .iter()
        .all(|(name, value)| other.source_labels.get(name).is_none_or(|theirs| theirs.value == value.value));
    port && namespace && labels
}

fn within(fewer: &BTreeMap<String, Leaf<String>>, more: &BTreeMap<String, Leaf<String>>) -> bool {
    fewer.iter().all(|(name, value)| more.get(name).is_some_and(|own| own.value == value.value))
}

fn text(found: Option<&StringMatch>) -> Option<Text> {
    Some(Text::of(&found?.pattern.as_ref()?.value, false))
}

/// Every path begins with a slash, so that a prefix `/` asks for nothing.
fn path(found: Option<&StringMatch>, ignores_case: bool) -> Option<Text> {
    let text = Text::of(&found?.pattern.as_ref()?.value, ignores_case);
    if text.is_prefix("/") { None } else { Some(text) }
}

type Named = (Leaf<String>, StringMatch);

/// Whether a header or parameter that is asked for is one that the other match asks for as well.
fn asks((name, wanted): &Named, theirs: &[Named], is_header: bool) -> bool {
    theirs.iter().filter(|(own, _)| same_name(name, own, is_header)).any(|(_, own)| {
        presence(wanted)
            || (!presence(own) && covers_text(text(Some(wanted)).as_ref(), text(Some(own)).as_ref()))
    })
}

/// Whether the other match excludes the same.
fn excludes((name, unwanted): &Named, theirs: &[Named]) -> bool {
    let same = |own: &StringMatch| match (&unwanted.pattern, &own.pattern) {
        (None, None) => true,
        (Some(one), Some(other)) => one.value == other.value,
        (None, Some(_)) | (Some(_), None) => false,
    };
    theirs.iter().any(|(own, value)| same_name(name, own, true) && same(value))
}

fn same_name(one: &Leaf<String>, other: &Leaf<String>, is_header: bool) -> bool {
    one.value == other.value
        || (is_header && !one.value.starts_with('@') && one.value.eq_ignore_ascii_case(&other.value))
}

/// Whether it is enough to be there (`canBeConvertedToPresentMatch`).
fn presence(found: &StringMatch) -> bool {
    let anything = |pattern: &StringPattern| matches!(pattern, StringPattern::Regex(regex) if regex == "*");
    found.pattern.as_ref().is_none_or(|pattern| anything(&pattern.value))
}
