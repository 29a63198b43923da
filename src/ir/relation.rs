//! Containment and disjointness of patterns: what is certain, and nothing else.
//!
//! Each answer "yes" is a proof; "no" also stands for "not known". Lints rest on this, so that they claim
//! only what holds for every request.

use super::identity::{IdentityGlob, project};
use super::pattern::{Bound, Glob, Pattern};

impl Pattern {
    /// Whether everything that `other` matches surely matches this too.
    #[must_use]
    pub fn surely_holds(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        match (self, other) {
            (Self::Cidr(wide), Self::Cidr(narrow)) => wide.contains(narrow),
            (Self::Present, Self::Template(_)) => true,
            (Self::Template(_), Self::Exact(text)) => self.matches(text) == Some(true),
            (Self::Present, narrow) => narrow.as_glob(Bound::Over).is_some_and(|glob| is_never_empty(&glob)),
            (wide, narrow) => match (wide.as_glob(Bound::Under), narrow.as_glob(Bound::Over)) {
                (Some(wide), Some(narrow)) => wide.surely_holds(&narrow),
                (None, _) | (_, None) => false,
            },
        }
    }

    /// Whether surely no text, address or port matches both. For identities ask
    /// [`no_identity_in_both`], which knows what one looks like.
    #[must_use]
    pub fn surely_apart(&self, other: &Self) -> bool {
        match (self, other) {
            // An address of version 4 can show as one of version 6.
            (Self::Cidr(left), Self::Cidr(right)) => {
                left.addr().is_ipv4() == right.addr().is_ipv4()
                    && !left.contains(right)
                    && !right.contains(left)
            }
            (Self::Port(left), Self::Port(right)) => left != right,
            (template @ Self::Template(_), Self::Exact(text))
            | (Self::Exact(text), template @ Self::Template(_)) => template.matches(text) == Some(false),
            (left, right) => match (left.as_glob(Bound::Over), right.as_glob(Bound::Over)) {
                (Some(left), Some(right)) => !left.may_meet(&right),
                (None, _) | (_, None) => false,
            },
        }
    }
}

impl Glob {
    /// Whether it surely matches all that another does: a star of the narrower one is a letter that
    /// only a star matches.
    #[must_use]
    pub fn surely_holds(&self, narrow: &Self) -> bool {
        let narrow: String = narrow.pieces().join("\u{0}");
        self.matches(&narrow)
    }
}

/// A pattern that asks for presence wants a text that is not empty.
fn is_never_empty(glob: &Glob) -> bool {
    glob.pieces().iter().any(|piece| !piece.is_empty())
}

/// Whether surely no SPIFFE id matches both, in any trust domain.
#[must_use]
pub fn no_identity_in_both(left: &Pattern, right: &Pattern, trust_domain: &str) -> bool {
    if left.surely_apart(right) {
        return true;
    }
    let (Some(one), Some(other)) = (left.as_glob(Bound::Over), right.as_glob(Bound::Over)) else {
        return false;
    };
    let (Some(first), Some(second)) = (domains(&one), domains(&other)) else { return false };
    // Stars in front match the mesh's own domain as any other; a domain that neither names stands for the rest.
    let named = first.into_iter().chain(second);
    let mut all = named.chain([trust_domain, "\u{1}"]);
    all.all(|domain| {
        let pairs = |pattern| project(pattern, domain, Bound::Over);
        match (pairs(left), pairs(right)) {
            (Some(left), Some(right)) => !left.iter().any(|one| right.iter().any(|other| meet(one, other))),
            (None, _) | (_, None) => false,
        }
    })
}

fn meet(one: &IdentityGlob, other: &IdentityGlob) -> bool {
    one.namespace.may_meet(&other.namespace) && one.account.may_meet(&other.account)
}

/// The trust domain that a glob names, or none where it is for all; `None` where it names a part of one.
fn domains(glob: &Glob) -> Option<Vec<&str>> {
    let (first, rest) = glob.pieces().split_first()?;
    if let Some((domain, _)) = first.split_once('/') {
        return Some(vec![domain]);
    }
    let after = rest.first()?;
    (first.is_empty() && (glob.is_any() || after.starts_with('/'))).then(Vec::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cidr(text: &str) -> Pattern {
        Pattern::Cidr(text.parse().expect("a block"))
    }

    #[test]
    fn containment_and_disjointness_are_proofs() {
        let affix = Pattern::affix;
        let rows = [
            (affix("/a*"), affix("/a/b"), true, false),
            (affix("/a/b"), affix("/a*"), false, false),
            (affix("/a*"), affix("/ab*"), true, false),
            (affix("*.x"), affix("a.x"), true, false),
            (affix("*"), affix("/a"), true, false),
            (affix("/a"), affix("*"), false, false),
            (affix("/a"), affix("/b"), false, true),
            (affix("/a*"), affix("/b*"), false, true),
            (affix("/a*"), affix("*b"), false, false),
            (cidr("10.0.0.0/8"), cidr("10.1.0.0/16"), true, false),
            (cidr("10.0.0.0/8"), cidr("11.0.0.0/8"), false, true),
            (cidr("::/0"), cidr("10.0.0.0/8"), false, false),
            (Pattern::Port(80), Pattern::Port(80), true, false),
            (Pattern::Port(80), Pattern::Port(81), false, true),
            (Pattern::Opaque("x".into()), Pattern::Opaque("x".into()), true, false),
            (Pattern::Opaque("x".into()), affix("y"), false, false),
        ];
        for (wide, narrow, holds, apart) in rows {
            assert_eq!(wide.surely_holds(&narrow), holds, "{wide:?} holds {narrow:?}");
            assert_eq!(wide.surely_apart(&narrow), apart, "{wide:?} apart from {narrow:?}");
            assert_eq!(narrow.surely_apart(&wide), apart, "{narrow:?} apart from {wide:?}");
        }
    }

    #[test]
    fn identities_are_apart_by_namespace_account_or_domain() {
        let principal = Pattern::affix;
        let namespace = |name: &str| Pattern::Glob(Glob::parse(&format!("*/ns/{name}/*")));
        let rows = [
            (principal("td/ns/a/sa/x"), namespace("b"), true),
            (principal("td/ns/a/sa/x"), namespace("a"), false),
            (namespace("a"), namespace("b"), true),
            (namespace("a*"), namespace("ab"), false),
            (principal("*/sa/x"), namespace("b"), false),
            (principal("*/sa/x"), principal("*/sa/y"), true),
            (principal("td/ns/a/*"), principal("other/ns/a/*"), true),
            (principal("other/ns/a/*"), namespace("b"), true),
            (principal("other/ns/a/*"), namespace("a"), false),
            // Which domains `oth*` names is not worked out.
            (principal("oth*"), namespace("b"), false),
        ];
        for (left, right, apart) in rows {
            assert_eq!(no_identity_in_both(&left, &right, "td"), apart, "{left:?} {right:?}");
            assert_eq!(no_identity_in_both(&right, &left, "td"), apart, "{right:?} {left:?}");
        }
    }

    proptest! {
        /// Whatever is claimed holds of texts.
        #[test]
        fn claims_hold_of_texts(wide in "[ab]{0,2}\\*?[ab]{0,2}", narrow in "\\*?[ab]{1,3}\\*?", text in "[ab]{0,5}") {
            let (wide, narrow) = (Pattern::Glob(Glob::parse(&wide)), Pattern::affix(&narrow));
            let (in_wide, in_narrow) = (wide.matches(&text) == Some(true), narrow.matches(&text) == Some(true));
            if wide.surely_holds(&narrow) {
                prop_assert!(!in_narrow || in_wide, "{:?} {:?} {}", wide, narrow, text);
            }
            if wide.surely_apart(&narrow) {
                prop_assert!(!(in_narrow && in_wide), "{:?} {:?} {}", wide, narrow, text);
            }
        }

        /// Whatever is claimed holds of identities.
        #[test]
        fn claims_hold_of_identities(
            left in "(s|t|\\*)/(ns|\\*)/[an*]{1,2}(/(sa|\\*)(/[an*]{0,2})?)?",
            right in "\\*?/?(ns|sa)/[an*]{1,2}/?\\*?",
            domain in "[stu]",
            namespace in "[ans]{1,2}",
            account in "[ans]{1,2}",
        ) {
            let (left, right) = (Pattern::Glob(Glob::parse(&left)), Pattern::Glob(Glob::parse(&right)));
            let id = format!("{domain}/ns/{namespace}/sa/{account}");
            if no_identity_in_both(&left, &right, "s") {
                prop_assert!(!(left.matches(&id) == Some(true) && right.matches(&id) == Some(true)), "{:?} {:?} {}", left, right, id);
            }
        }
    }
}
