//! Names of objects: the same in every run, whatever else is in the input.

use super::band::Band;
use crate::finding::ObjectRef;
use crate::object::calico::TierName;

/// The longest name before it is cut.
const LONGEST: usize = 200;

/// `unmesh-BAND-NAME`, in a tier `TIER.BAND-NAME`, with `NAMESPACE--NAME` for a global object. What Calico would
/// refuse or confuse (dots, a `--` in the namespace, length) is replaced, and a hash of kind,
/// namespace and name added.
pub(super) fn name(tier: Option<TierName>, band: Band, source: &ObjectRef, global: bool) -> String {
    let namespace = source.namespace.as_deref().unwrap_or("");
    let plain = if global { format!("{namespace}--{}", source.name) } else { source.name.clone() };
    let confusing = global && namespace.contains("--");
    let order = band.order();
    match tier {
        Some(tier) => format!("{}.{}", tier.text(), finished(format!("{order}-{plain}"), confusing, source)),
        None => finished(format!("unmesh-{order}-{plain}"), confusing, source),
    }
}

/// A name as it is, or what is left of one that cannot be, with a hash of its source.
pub(in crate::translate) fn finished(full: String, confusing: bool, source: &ObjectRef) -> String {
    let namespace = source.namespace.as_deref().unwrap_or("");
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if full.len() <= LONGEST && full.bytes().all(valid) && !full.ends_with('-') && !confusing {
        return full;
    }
    let cleaned: String = full
        .chars()
        .take(LONGEST)
        .map(|letter| letter.to_ascii_lowercase())
        .map(|letter| if u8::try_from(letter).is_ok_and(valid) { letter } else { '-' })
        .collect();
    let hash = hash(&[&source.kind, namespace, &source.name]);
    format!("{}-{hash:08x}", cleaned.trim_end_matches('-'))
}

/// The name of an object that several policies have a part in, or that stands elsewhere than the policy:
/// the first policy's, and a hash of the place and all of them. `place` is a namespace, or something
/// that is none.
pub(super) fn of_several(band: Band, place: &str, sources: &[&ObjectRef], global: bool) -> String {
    let Some(first) = sources.first() else { return String::new() };
    let parts = sources.iter().flat_map(|source| {
        [source.kind.as_str(), source.namespace.as_deref().unwrap_or(""), source.name.as_str()]
    });
    let parts: Vec<&str> = std::iter::once(place).chain(parts).collect();
    format!("{}-{:08x}", name(None, band, first, global), hash(&parts))
}

/// The name of an object for the part of a policy of the whole mesh that stands in one namespace.
pub(super) fn of_part(
    tier: Option<TierName>,
    band: Band,
    place: &str,
    source: &ObjectRef,
    global: bool,
) -> String {
    let parts = [place, &source.kind, source.namespace.as_deref().unwrap_or(""), &source.name];
    format!("{}-{:08x}", name(tier, band, source, global), hash(&parts))
}

/// FNV-1a with 32 bits over the parts, each ended by a zero byte.
fn hash(parts: &[&str]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(namespace: &str, name: &str) -> ObjectRef {
        ObjectRef {
            kind: "AuthorizationPolicy".to_string(),
            namespace: Some(namespace.to_string()),
            name: name.to_string(),
        }
    }

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(name(None, Band::Allow, &reference("a", "web"), false), "unmesh-300-web");
        assert_eq!(name(None, Band::Base, &reference("a-b", "c"), true), "unmesh-400-a-b--c");
    }

    #[test]
    fn names_in_a_tier_begin_with_it() {
        let tier = Some(TierName::Allow);
        assert_eq!(name(tier, Band::Allow, &reference("a", "web"), false), "unmesh-allow.300-web");
        assert_eq!(name(tier, Band::Uncaptured, &reference("a", "web"), true), "unmesh-allow.110-a--web");
        let dotted = name(tier, Band::Allow, &reference("a", "web.v1"), false);
        assert!(
            dotted.starts_with("unmesh-allow.300-web-v1-") && dotted.matches('.').count() == 1,
            "{dotted}"
        );
    }

    #[test]
    fn sets_are_told_apart_by_all_of_them_and_their_place() {
        let (one, other) = (reference("a", "one"), reference("a", "other"));
        let named = |place, sources: &[&ObjectRef]| of_several(Band::InForce, place, sources, false);
        let all = [
            named("a", &[&one]),
            named("a", &[&one, &other]),
            named("a", &[&one, &reference("a", "third")]),
            named("b", &[&one]),
        ];
        assert!(all.iter().all(|name| name.starts_with("unmesh-350-one-")), "{all:?}");
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{all:?}");
    }

    #[test]
    fn what_calico_would_refuse_or_confuse_gets_a_hash() {
        let dotted = name(None, Band::Allow, &reference("a", "web.v1"), false);
        assert!(dotted.starts_with("unmesh-300-web-v1-"), "{dotted}");
        assert_ne!(dotted, name(None, Band::Allow, &reference("a", "web-v1"), false));
        assert_ne!(
            name(None, Band::Base, &reference("a--b", "c"), true),
            name(None, Band::Base, &reference("a", "b--c"), true)
        );
        let long = "x".repeat(250);
        let cut = name(None, Band::Allow, &reference("a", &long), false);
        assert!(cut.len() <= 209, "{}", cut.len());
        assert_ne!(cut, name(None, Band::Allow, &reference("a", &format!("{long}y")), false));
    }
}
