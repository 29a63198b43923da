//! Claims: what Istio asks of a token, and which requests have one.
//!
//! The filter that checks tokens hands their claims on as metadata, and authorization compares these
//! (`pilot/pkg/security/authz/model/generator.go`, `pilot/pkg/security/authn/policy_applier.go`).

use super::rule::Compiler;
use crate::ir::{Glob, Pattern};
use crate::istio::Resources;
use crate::verify::formula::Formula;
use crate::verify::request::{Dimension, Token};
use crate::verify::test::{Matcher, Test, Tests};
use std::collections::BTreeSet;

/// Claims that are split at spaces, whatever `spaceDelimitedClaims` adds
/// (`policy_applier.go`, `buildSpaceDelimitedClaims`).
const ALWAYS_SPLIT: [&str; 2] = ["permission", "scope"];

/// What `spaceDelimitedClaims` adds to them.
#[derive(Clone, Default, Debug)]
pub(super) struct SplitClaims {
    /// Claims that every rule for tokens lists.
    surely: BTreeSet<String>,
    /// Claims that only some list: it depends on who issued the token.
    perhaps: BTreeSet<String>,
}

impl SplitClaims {
    pub(super) fn of(resources: &Resources) -> Self {
        let rules = resources.request_authentications.iter().flat_map(|policy| &policy.jwt_rules);
        let lists: Vec<BTreeSet<&String>> =
            rules.map(|rule| rule.space_delimited_claims.iter().map(|leaf| &leaf.value).collect()).collect();
        let listed: BTreeSet<&String> = lists.iter().flatten().copied().collect();
        let (surely, perhaps): (BTreeSet<_>, BTreeSet<_>) =
            listed.into_iter().partition(|claim| lists.iter().all(|list| list.contains(claim)));
        Self {
            surely: surely.into_iter().cloned().collect(),
            perhaps: perhaps.into_iter().cloned().collect(),
        }
    }
}

/// Whether a request begins CORS: Envoy's filter passes it unread, with any token or none
/// (`bypass_cors_preflight`; Envoy, `source/extensions/filters/http/jwt_authn/filter.cc`).
pub(super) fn preflight(tests: &mut Tests) -> Formula {
    let mut text = |of, pattern| {
        let matcher = Matcher::Pattern(pattern);
        Formula::Test(tests.id(Test::Text { of, matcher }))
    };
    let mut header = |name: &str| text(Dimension::Header(name.to_string()), Pattern::Present);
    let headers = [header("origin"), header("access-control-request-method")];
    let method = text(Dimension::Method, Pattern::Exact("OPTIONS".to_string()));
    Formula::All([method].into_iter().chain(headers).collect())
}

impl Compiler<'_> {
    /// An attribute of a token: only a valid one that was read has attributes. Which tokens a workload
    /// reads is not asked here: a RequestAuthentication may be missing from the input.
    fn of_token(&mut self, what: Formula) -> Formula {
        let unread = preflight(self.tests);
        Formula::All(vec![self.test(Test::Token(Token::Valid)), what, unread.not()])
    }

    /// A claim that is one text.
    pub(super) fn claim(&mut self, of: Dimension, value: &str) -> Formula {
        let text = self.text(of, Pattern::affix(value));
        self.of_token(text)
    }

    /// A claim by its path. One at the top that is split is a list of words, and no longer the text.
    pub(super) fn claim_at(&mut self, path: &[String], value: &str) -> Formula {
        let of = Dimension::RequestClaim(path.to_vec());
        let [name] = path else { return self.claim(of, value) };
        let surely = ALWAYS_SPLIT.contains(&name.as_str()) || self.split.surely.contains(name);
        if !surely && !self.split.perhaps.contains(name) {
            return self.claim(of, value);
        }
        let words = words(value).into_iter().map(|pattern| self.text(of.clone(), pattern));
        let word = Formula::Any(words.collect());
        if surely {
            return self.of_token(word);
        }
        let whole = self.text(of, Pattern::affix(value));
        let why = format!("whether the claim `{name}` is split at spaces: not all rules for tokens say so");
        let either =
            Formula::All(vec![Formula::Unknown(why), Formula::Any(vec![whole.clone(), word.clone()])]);
        self.of_token(Formula::Any(vec![Formula::All(vec![whole, word]), either]))
    }

    /// `ISS/SUB`, parted at the last slash; issuer and subject are compared apart (`generator.go`,
    /// `requestPrincipalGenerator`). The issuer is not empty, and a subject holds no slash here; a star
    /// alone, for either of them, asks for at least one letter.
    pub(super) fn request_principal(&mut self, value: &str) -> Formula {
        let of = Dimension::RequestPrincipal;
        let mut text = |pattern| self.text(of.clone(), pattern);
        let ends = |text: &str| Pattern::Suffix(text.to_string());
        let prefix = value.strip_suffix('*').filter(|_| !value.starts_with('*'));
        let matches = match (prefix, value.contains('/')) {
            (None, _) if value == "*" => Formula::All(vec![text(Pattern::Present), text(ends("/")).not()]),
            // The star stands for the rest of the subject, which is not empty.
            (Some(prefix), true) => {
                let beyond = Pattern::Glob(Glob::parse(&format!("{prefix}*/*")));
                let (inside, beyond) = (text(Pattern::Prefix(prefix.to_string())), text(beyond));
                Formula::All(vec![inside, beyond.not(), text(ends("/")).not()])
            }
            // It stands for the rest of the issuer, and for any subject.
            (Some(prefix), false) => {
                Formula::All(vec![text(Pattern::Prefix(prefix.to_string())), text(ends("/")).not()])
            }
            // An issuer alone asks for an empty subject.
            (None, false) if !value.starts_with('*') => text(Pattern::Exact(format!("{value}/"))),
            (None, _) => text(Pattern::affix(value)),
        };
        self.of_token(matches)
    }
}

/// What a text is like of which one word, between spaces, matches a value.
fn words(value: &str) -> Vec<Pattern> {
    let holding = |text: String| Pattern::Glob(Glob::holding(text));
    match Pattern::affix(value) {
        // No word holds a space.
        _ if value.contains(' ') => Vec::new(),
        Pattern::Exact(word) => vec![
            Pattern::Prefix(format!("{word} ")),
            Pattern::Suffix(format!(" {word}")),
            holding(format!(" {word} ")),
            Pattern::Exact(word),
        ],
        Pattern::Prefix(text) => vec![holding(format!(" {text}")), Pattern::Prefix(text)],
        Pattern::Suffix(text) => vec![holding(format!("{text} ")), Pattern::Suffix(text)],
        // Whether there is any: no claim here is made of spaces alone.
        pattern => vec![pattern],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against splitting the text, as Envoy does (`jwt_authn/authenticator.cc`, without empty parts).
    #[test]
    fn a_word_of_a_text_matches_as_the_parts_do() {
        let texts =
            ["read", "read write", "write read", "a read b", "reader", "a.read  b", " read", "re*d x"];
        for value in ["read", "re*", "*ad", "*", "re*d", "*e*d", "read write", "read *", "*er"] {
            let words = words(value);
            for text in texts {
                let own = words.iter().any(|pattern| pattern.matches(text) == Some(true));
                let mut parts = text.split(' ').filter(|part| !part.is_empty());
                let expected = parts.any(|part| Pattern::affix(value).matches(part) == Some(true));
                assert_eq!(own, expected, "{value} on `{text}`");
            }
        }
    }
}
