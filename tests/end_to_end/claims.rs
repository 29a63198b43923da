//! What the policies of a folder name of tokens, as tokens that requests can carry.

use crate::named::fitting;
use crate::worlds::random::Random;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use unmesh::istio::Resources;
use unmesh::istio::authorization_policy::{Condition, Key};
use unmesh::yaml::fields::Leaf;

/// Claims by what they are of.
#[derive(Default)]
pub(crate) struct Claims {
    /// Issuers of tokens that workloads take, with their audiences.
    issuers: Vec<(String, Vec<String>)>,
    /// Issuer and subject, as policies name them together.
    principals: BTreeSet<(String, String)>,
    /// Other claims by their paths.
    texts: BTreeMap<Vec<String>, BTreeSet<String>>,
}

impl Claims {
    pub(crate) fn of(resources: &Resources) -> Self {
        let mut found = Self::default();
        for rule in resources.request_authentications.iter().flat_map(|policy| &policy.jwt_rules) {
            let audiences = rule.audiences.iter().map(|leaf| leaf.value.clone()).collect();
            found.issuers.extend(rule.issuer.as_ref().map(|issuer| (issuer.value.clone(), audiences)));
        }
        for rule in resources.authorization_policies.iter().flat_map(|policy| policy.rules.iter().flatten()) {
            for source in &rule.from {
                found.principals(source.request_principals.iter().chain(&source.not_request_principals));
            }
            rule.when.iter().for_each(|condition| found.condition(condition));
        }
        found
    }

    /// A subject with a slash in it is left out: the checker holds issuer and subject as one text.
    fn principals<'a>(&mut self, values: impl Iterator<Item = &'a Leaf<String>>) {
        let all = values.flat_map(|leaf| fitting(&leaf.value, "x", "https://x/"));
        let parted: Vec<_> = all
            .filter_map(|text| text.rsplit_once('/').map(|(one, other)| (one.into(), other.into())))
            .collect();
        self.principals.extend(parted);
    }

    fn condition(&mut self, condition: &Condition) {
        let values: Vec<&Leaf<String>> = condition.values.iter().chain(&condition.not_values).collect();
        let path = match &condition.key.value {
            Key::RequestPrincipal => return self.principals(values.into_iter()),
            Key::RequestAudiences => vec!["aud".to_string()],
            Key::RequestPresenter => vec!["azp".to_string()],
            Key::RequestClaim(path) => path.clone(),
            _ => return,
        };
        let texts = self.texts.entry(path).or_insert_with(|| ["other".to_string()].into());
        texts.extend(values.iter().flat_map(|leaf| fitting(&leaf.value, "x", "x")));
    }

    /// The claims of a token.
    pub(crate) fn token(&self, random: &mut Random) -> Value {
        let known = !self.issuers.is_empty() && random.chance(85);
        let other = || ("https://issuer.other.example".to_string(), Vec::new());
        let (issuer, audiences) = if known { random.pick(&self.issuers).clone() } else { other() };
        let mut claims =
            Map::from_iter([("iss".to_string(), json!(issuer)), ("sub".to_string(), json!("someone"))]);
        if !audiences.is_empty() && random.chance(80) {
            claims.insert("aud".to_string(), json!(random.pick(&audiences)));
        }
        let principals: Vec<_> = self.principals.iter().collect();
        if !principals.is_empty() && random.chance(70) {
            let (issuer, subject) = *random.pick(&principals);
            claims.insert("sub".to_string(), json!(subject));
            if random.chance(40) {
                claims.insert("iss".to_string(), json!(issuer));
            }
        }
        for (path, texts) in &self.texts {
            if random.chance(70) {
                let texts: Vec<_> = texts.iter().collect();
                put(&mut claims, path, texts[random.below(texts.len())]);
            }
        }
        if random.chance(4) {
            claims.insert("exp".to_string(), json!(1_000_000_000)); // Long ago.
        }
        Value::Object(claims)
    }
}

/// Puts a claim at its path, where no other claim is in its way.
fn put(claims: &mut Map<String, Value>, path: &[String], text: &str) {
    match path {
        [] => {}
        [name] => drop(claims.insert(name.clone(), json!(text))),
        [name, rest @ ..] => {
            if let Some(inner) = claims.entry(name).or_insert_with(|| json!({})).as_object_mut() {
                put(inner, rest, text);
            }
        }
    }
}
