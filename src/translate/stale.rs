//! Objects of an earlier run that this one would not write.

use crate::finding::{Direction, Finding, ObjectRef, Severity, codes};
use crate::manifest::Object;
use std::collections::BTreeSet;

/// The annotation that names the source objects: `FILE#KIND/NS/NAME`, joined by commas.
const SOURCE: &str = "unmesh.dev/source";

/// What the kinds of staged policies begin with.
const STAGED: &str = "Staged";

/// One finding for each object of ours whose source is in the input and which is not `written`:
/// left in the cluster, an old Allow lets through what the source refuses now.
#[must_use]
pub fn check(objects: &[Object], own: &[Object], written: &[&ObjectRef]) -> Vec<Finding> {
    let sources: BTreeSet<String> = objects.iter().map(|object| object.reference.to_string()).collect();
    let written: BTreeSet<&ObjectRef> = written.iter().copied().collect();
    let left = own.iter().filter(|object| !written.contains(&object.reference));
    left.filter_map(|object| {
        let source = source_in(object, &sources)?;
        if let Some(kind) = object.reference.kind.strip_prefix(STAGED) {
            return Some(staged(object, kind, source));
        }
        // Still enforced, while this run writes what is to be watched beside it.
        let watched =
            ObjectRef { kind: format!("{STAGED}{}", object.reference.kind), ..object.reference.clone() };
        if written.contains(&watched) {
            return None;
        }
        let message = format!("`{}` comes from `{source}`, which no longer yields it", object.reference);
        Some(
            Finding::new(&codes::input::STALE_OUTPUT, Direction::Widens, message)
                .help("delete this object here and in the cluster")
                .on(&object.reference)
                .at(object.name_span),
        )
    })
    .collect()
}

/// A staged policy of an earlier run, which decides nothing.
fn staged(object: &Object, kind: &str, source: &str) -> Finding {
    let message = format!(
        "`{}` comes from `{source}`, and this run does not write it: it is staged, and decides nothing",
        object.reference
    );
    Finding::new(&codes::input::STALE_OUTPUT, Direction::None, message)
        .severity(Severity::Warning)
        .help(format!("delete it here and in the cluster; the {kind} of its name is another object"))
        .on(&object.reference)
        .at(object.name_span)
}

/// The first of an object's sources that the input holds.
fn source_in<'a>(object: &'a Object, sources: &BTreeSet<String>) -> Option<&'a str> {
    let value = object.annotations.get(SOURCE)?.value.as_str();
    let names = value.split(',').map(|part| part.rsplit_once('#').map_or(part, |(_, name)| name).trim());
    names.into_iter().find(|name| sources.contains(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Placement;
    use crate::source::{SourceFile, SourceMap, Span};
    use crate::yaml::fields::Leaf;
    use crate::yaml::{Node, Value};
    use std::collections::BTreeMap;

    fn object(kind: &str, name: &str, source: Option<&str>) -> Object {
        let mut sources = SourceMap::default();
        let file = sources.add(SourceFile::new("a.yaml".into(), None, "a.yaml".into(), ""));
        let span = Span::new(file, 0, 0);
        let leaf = source.map(|value| Leaf { value: value.to_string(), span, field: String::new() });
        Object {
            reference: ObjectRef { kind: kind.into(), namespace: Some("shop".into()), name: name.into() },
            api_version: "v1".into(),
            labels: BTreeMap::new(),
            annotations: leaf.map(|leaf| (SOURCE.to_string(), leaf)).into_iter().collect(),
            created: None,
            name_span: span,
            root: Node { span, value: Value::Mapping(Vec::new()) },
            placement: Placement { file, document: 0, document_span: span, item: None },
        }
    }

    #[test]
    fn an_own_object_is_stale_if_its_source_is_here_and_yields_it_no_more() {
        let web = object("AuthorizationPolicy", "web", None);
        let kept = object("NetworkPolicy", "kept", None).reference;
        for (row, name, source, stale) in [
            ("source here", "old", Some("a.yaml#AuthorizationPolicy/shop/web"), true),
            ("second source here", "old", Some("b.yaml#X/shop/y,a.yaml#AuthorizationPolicy/shop/web"), true),
            ("a file name with #", "old", Some("a#b.yaml#AuthorizationPolicy/shop/web"), true),
            ("written again", "kept", Some("a.yaml#AuthorizationPolicy/shop/web"), false),
            ("source elsewhere", "old", Some("a.yaml#AuthorizationPolicy/shop/other"), false),
            ("no source (a Tier)", "old", None, false),
        ] {
            let own = object("NetworkPolicy", name, source);
            let findings = check(std::slice::from_ref(&web), &[own], &[&kept]);
            assert_eq!(findings.len(), usize::from(stale), "{row}");
        }
    }

    #[test]
    fn what_is_staged_decides_nothing_and_is_watched_beside_what_is_enforced() {
        let web = object("AuthorizationPolicy", "web", None);
        let source = Some("a.yaml#AuthorizationPolicy/shop/web");
        let enforced = object("NetworkPolicy", "same", source);
        let staged = object("StagedNetworkPolicy", "same", source);
        let check = |own: &Object, written: &Object| {
            let found = check(std::slice::from_ref(&web), std::slice::from_ref(own), &[&written.reference]);
            found.iter().map(|finding| finding.direction).collect::<Vec<_>>()
        };
        assert_eq!(check(&staged, &enforced), [Direction::None]);
        assert_eq!(check(&enforced, &staged), []);
        assert_eq!(check(&staged, &staged), []);
        let other = object("StagedNetworkPolicy", "other", source);
        assert_eq!(check(&enforced, &other), [Direction::Widens]);
    }
}
