//! Identities: patterns over the whole SPIFFE id, projected onto namespace and service account.
//!
//! Istio matches a peer's identity as one string, `TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`, and its
//! stars cross `/` (`pilot/pkg/security/authz/model/generator.go`). A network policy knows
//! namespaces and accounts apart. The projection is exact: a finite union of pairs.

use super::pattern::{Bound, Glob, Pattern};

/// Peers whose namespace and account both match.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IdentityGlob {
    /// The namespace's name.
    pub namespace: Glob,
    /// The service account's name.
    pub account: Glob,
}

/// A character or a star.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Letter(char),
    Star,
}

/// The identities of a trust domain that a pattern matches (at most, or at least, where it is not
/// exact); `None` where there is no useful bound. An empty list matches nobody, as of a foreign
/// trust domain.
#[must_use]
pub fn project(pattern: &Pattern, trust_domain: &str, bound: Bound) -> Option<Vec<IdentityGlob>> {
    let tokens = tokens(&pattern.as_glob(bound)?);
    let mut found = pairs(&tokens, after_text(&tokens, vec![0], &format!("{trust_domain}/ns/")));
    found.sort();
    found.dedup();
    Some(without_covered(&found))
}

/// Namespaces and accounts of what follows `/ns/`, from any of these positions.
fn pairs(tokens: &[Token], starts: Vec<usize>) -> Vec<IdentityGlob> {
    let mut found: Vec<IdentityGlob> = Vec::new();
    for start in starts {
        for end in start..=tokens.len() {
            let Some(namespace) = part(tokens, start, end) else { continue };
            for account_start in after_text(tokens, ends_at(tokens, start, end), "/sa/") {
                if let Some(account) = part(tokens, account_start, tokens.len()) {
                    found.push(IdentityGlob { namespace: namespace.clone(), account });
                }
            }
        }
    }
    found
}

/// Whether a pattern that no local identity matches may be one of another trust domain: if it looks
/// like an identity at all. Otherwise it matches nobody.
#[must_use]
pub fn looks_like_identity(pattern: &Pattern, bound: Bound) -> bool {
    match pattern {
        Pattern::Exact(text) | Pattern::Prefix(text) | Pattern::Suffix(text) => text.contains("/ns/"),
        Pattern::Glob(_) | Pattern::Loose { .. } => {
            pattern.as_glob(bound).is_some_and(|glob| is_identity_somewhere(&glob))
        }
        Pattern::Opaque(_) | Pattern::Present => true,
        Pattern::Template(_) | Pattern::Cidr(_) | Pattern::Port(_) => false,
    }
}

/// Whether an identity of any trust domain matches.
fn is_identity_somewhere(glob: &Glob) -> bool {
    let tokens = tokens(glob);
    let mut inside = close(&tokens, vec![0]);
    // A trust domain holds no slash: one letter more, until no further position is reached.
    loop {
        let letter = |state: &usize| match tokens.get(*state)? {
            Token::Star => Some(*state),
            Token::Letter(letter) => (*letter != '/').then_some(*state + 1),
        };
        let further = inside.iter().filter_map(letter).chain(inside.iter().copied());
        let further = close(&tokens, further.collect());
        if further == inside {
            return !pairs(&tokens, after_text(&tokens, inside, "/ns/")).is_empty();
        }
        inside = further;
    }
}

/// Positions from which matching goes on when a part ended at `end`: a star that ended it may go on.
fn ends_at(tokens: &[Token], start: usize, end: usize) -> Vec<usize> {
    let star_before = end > start && tokens.get(end - 1) == Some(&Token::Star);
    if star_before { vec![end, end - 1] } else { vec![end] }
}

fn tokens(glob: &Glob) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, piece) in glob.pieces().iter().enumerate() {
        if index > 0 && tokens.last() != Some(&Token::Star) {
            tokens.push(Token::Star);
        }
        tokens.extend(piece.chars().map(Token::Letter));
    }
    tokens
}

/// The positions that a glob can be at after exactly this text, from any of the given ones.
fn after_text(tokens: &[Token], from: Vec<usize>, text: &str) -> Vec<usize> {
    let mut states = close(tokens, from);
    for letter in text.chars() {
        let step = states.iter().filter_map(|state| match tokens.get(*state)? {
            Token::Star => Some(*state),
            Token::Letter(wanted) => (*wanted == letter).then_some(*state + 1),
        });
        states = close(tokens, step.collect());
    }
    states
}

/// A star may also match nothing.
fn close(tokens: &[Token], mut states: Vec<usize>) -> Vec<usize> {
    let skipped: Vec<usize> = states
        .iter()
        .filter(|state| tokens.get(**state) == Some(&Token::Star))
        .map(|state| state + 1)
        .collect();
    states.extend(skipped);
    states.sort_unstable();
    states.dedup();
    states
}

/// The tokens from `start` to `end` as a glob for one name. Names are not empty and hold neither
/// `/` nor a star of their own, so a literal star (`cluster.local/ns/*/sa/x`) matches none.
fn part(tokens: &[Token], start: usize, end: usize) -> Option<Glob> {
    let tokens = tokens.get(start..end)?;
    let impossible = |token: &Token| matches!(token, Token::Letter('/' | '*'));
    if tokens.is_empty() || tokens.iter().any(impossible) {
        return None;
    }
    let text: String = tokens
        .iter()
        .map(|token| match token {
            Token::Letter(letter) => *letter,
            Token::Star => '*',
        })
        .collect();
    Some(Glob::parse(&text))
}

/// Leaves out pairs that another pair holds.
fn without_covered(pairs: &[IdentityGlob]) -> Vec<IdentityGlob> {
    let covered = |index: usize, pair: &IdentityGlob| {
        pairs.iter().enumerate().any(|(other_index, other)| {
            let holds =
                other.namespace.surely_holds(&pair.namespace) && other.account.surely_holds(&pair.account);
            let back =
                pair.namespace.surely_holds(&other.namespace) && pair.account.surely_holds(&other.account);
            other_index != index && holds && (!back || other_index < index)
        })
    };
    let kept = pairs.iter().enumerate().filter(|(index, pair)| !covered(*index, pair));
    kept.map(|(_, pair)| pair.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(pattern: &Pattern) -> Vec<String> {
        let found = project(pattern, "td", Bound::Under).expect("a text pattern");
        found.iter().map(|pair| format!("{} {}", pair.namespace, pair.account)).collect()
    }

    #[test]
    fn patterns_are_projected_as_the_whole_id_is_matched() {
        let principal = Pattern::affix;
        let namespaces = |text: &str| Pattern::Glob(Glob::parse(&format!("*/ns/{text}/*")));
        let rows: [(&str, Pattern, &[&str]); 13] = [
            ("a full principal", principal("td/ns/foo/sa/bar"), &["foo bar"]),
            ("any account of a namespace", principal("td/ns/foo/sa/*"), &["foo *"]),
            ("any account, four segments", principal("td/ns/foo/*"), &["foo *"]),
            ("a namespace's beginning", principal("td/ns/fo*"), &["fo* *"]),
            ("an account in any namespace", principal("*/sa/bar"), &["* bar"]),
            ("an account's end", principal("*bar"), &["* *bar"]),
            ("a foreign trust domain", principal("other/ns/foo/sa/bar"), &[]),
            ("a star in the middle is literal", principal("td/ns/*/sa/bar"), &[]),
            ("anybody", Pattern::Present, &["* *"]),
            ("one namespace", namespaces("foo"), &["foo *"]),
            ("a namespace's beginning, by namespaces", namespaces("prod*"), &["prod* *"]),
            ("namespaces: [*a] is every namespace, since /sa/ ends in a/", namespaces("*a"), &["* *"]),
            ("namespaces: [sa] is also the namespace ns", namespaces("sa"), &["ns *", "sa *"]),
        ];
        for (name, pattern, expected) in rows {
            assert_eq!(pairs(&pattern), expected, "{name}");
        }
    }

    #[test]
    fn what_no_identity_matches_is_no_foreign_one() {
        let rows = [
            ("other/ns/foo/sa/bar", true),
            ("*/sa/bar", true),
            ("other*", true),
            ("*/ns/foo/*", true),
            ("*/ns/foo/sa", false),
            ("other/foo/*/sa", false),
            ("*/bar", true),
            ("*/bar/x", false),
        ];
        for (text, expected) in rows {
            let pattern = Pattern::Glob(Glob::parse(text));
            assert_eq!(looks_like_identity(&pattern, Bound::Under), expected, "{text}");
        }
        assert!(
            !looks_like_identity(&Pattern::Glob(Glob::ending("/ns/a/sa/*")), Bound::Over),
            "a star is no name"
        );
    }

    proptest! {
        /// The projection against matching the whole id.
        #[test]
        fn the_projection_is_exact(glob in "[as/n*]{0,7}", namespace in "[asn]{1,3}", account in "[asn]{1,3}") {
            let pattern = Pattern::Glob(Glob::parse(&glob));
            let id = format!("s/ns/{namespace}/sa/{account}");
            let projected = project(&pattern, "s", Bound::Over).expect("a text pattern").iter()
                .any(|pair| pair.namespace.matches(&namespace) && pair.account.matches(&account));
            prop_assert_eq!(Some(projected), pattern.matches(&id), "{} on {}", glob, id);
        }

        /// The same with globs that look like ids, which random letters seldom do.
        #[test]
        fn the_projection_is_exact_near_ids(
            glob in "(s|\\*|s\\*)/(ns|\\*)/[asn*]{1,3}(/(sa|\\*)(/[asn*]{0,3})?)?",
            namespace in "[asn]{1,3}",
            account in "[asn]{1,3}",
        ) {
            let pattern = Pattern::Glob(Glob::parse(&glob));
            let id = format!("s/ns/{namespace}/sa/{account}");
            let projected = project(&pattern, "s", Bound::Over).expect("a text pattern").iter()
                .any(|pair| pair.namespace.matches(&namespace) && pair.account.matches(&account));
            prop_assert_eq!(Some(projected), pattern.matches(&id), "{} on {}", glob, id);
        }
    }
}
