//! Names of objects: the same in every run, whatever else is in the input.

use super::band::Band;
use crate::finding::ObjectRef;

/// The longest name before it is cut.
const LONGEST: usize = 200;

/// `unmesh-BAND-NAME`, or `unmesh-BAND-NAMESPACE--NAME` for a global object. What Calico would
/// refuse or confuse (dots, a `--` in the namespace, length) is replaced, and a hash of kind,
/// namespace and name added.
pub(super) fn name(band: Band, source: &ObjectRef, global: bool) -> String {
    let namespace = source.namespace.as_deref().unwrap_or("");
    let plain = if global { format!("{namespace}--{}", source.name) } else { source.name.clone() };
    let confusing = global && namespace.contains("--");
    finished(format!("unmesh-{}-{plain}", band.order()), confusing, source)
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
        assert_eq!(name(Band::Allow, &reference("a", "web"), false), "unmesh-300-web");
        assert_eq!(name(Band::Base, &reference("a-b", "c"), true), "unmesh-400-a-b--c");
    }

    #[test]
    fn what_calico_would_refuse_or_confuse_gets_a_hash() {
        let dotted = name(Band::Allow, &reference("a", "web.v1"), false);
        assert!(dotted.starts_with("unmesh-300-web-v1-"), "{dotted}");
        assert_ne!(dotted, name(Band::Allow, &reference("a", "web-v1"), false));
        assert_ne!(
            name(Band::Base, &reference("a--b", "c"), true),
            name(Band::Base, &reference("a", "b--c"), true)
        );
        let long = "x".repeat(250);
        let cut = name(Band::Allow, &reference("a", &long), false);
        assert!(cut.len() <= 209, "{}", cut.len());
        assert_ne!(cut, name(Band::Allow, &reference("a", &format!("{long}y")), false));
    }
}
