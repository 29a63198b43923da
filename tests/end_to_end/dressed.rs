//! What random clusters say of tokens, of addresses that proxies tell and of headers, and what requests
//! carry of these. It is drawn from a stream of its own: without it the clusters are those of other tests.

use crate::scene::Http;
use crate::worlds::random::Random;
use crate::worlds::world::{Action, Condition, Fields, ROOT, Rule, World};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";
const OTHER_ISSUER: &str = "https://second.example";
const REQUEST_PRINCIPALS: [&str; 10] = [
    "https://issuer.example/alice",
    "https://issuer.example/*",
    "https://issuer.example/team-*",
    "https://second.example/alice",
    "https://issuer*",
    "https://issuer.example",
    "*/alice",
    "*alice",
    "*/",
    "*",
];
const NETS: [&str; 6] =
    ["203.0.113.0/24", "198.51.100.7", "10.0.0.0/8", "10.1.1.0/30", "2001:db8::/32", "0.0.0.0/0"];
const ROLES: [&str; 6] = ["admin", "team-*", "*-red", "*", "Admin", "team-red"];
const UNITS: [&str; 4] = ["ops", "d*", "*s", "*"];
const WORDS: [&str; 5] = ["read", "read write", "re*", "*ite", "*"];
const AUDIENCES: [&str; 3] = ["shop.example", "*.apps", "*"];
const PRESENTERS: [&str; 3] = ["human", "ro*", "*"];
const CONDITIONS: [(&str, &[&str]); 10] = [
    ("request.auth.principal", &REQUEST_PRINCIPALS),
    ("request.auth.claims[role]", &ROLES),
    ("request.auth.claims[role]", &ROLES),
    ("request.auth.claims[org][unit]", &UNITS),
    ("request.auth.claims[scope]", &WORDS),
    ("request.auth.audiences", &AUDIENCES),
    ("request.auth.presenter", &PRESENTERS),
    ("request.headers[x-role]", &ROLES),
    ("request.headers[X-Team]", &ROLES),
    ("remote.ip", &NETS),
];
const FORWARDED: [&str; 6] = [
    "203.0.113.9",
    "198.51.100.7",
    "10.1.1.2",
    "2001:db8::9",
    "203.0.113.9, 10.1.1.2",
    "10.1.1.2,198.51.100.8",
];

/// Adds to the rules of a cluster, in some clusters more often than in others.
pub(crate) fn dress(world: &mut World, random: &mut Random) {
    let often = *random.pick(&[0, 30, 80]);
    // How often by fields about tokens, and by those about addresses; else by conditions.
    let [tokens, addresses] = *random.pick(&[[30, 20], [50, 10], [5, 80]]);
    for policy in world.authorization.iter_mut().filter(|policy| policy.action != Action::Custom) {
        for rule in &mut policy.rules {
            if !random.chance(often) {
                continue;
            }
            if random.chance(50) {
                // Nothing else decides who it is about.
                *rule = Rule { to: std::mem::take(&mut rule.to), ..Rule::default() };
            }
            match random.below(100) {
                draw if draw < tokens => put(rule, "equestPrincipals", &REQUEST_PRINCIPALS, random),
                draw if draw < tokens + addresses => put(rule, "emoteIpBlocks", &NETS, random),
                _ => rule.when.push(condition(random)),
            }
        }
    }
}

fn condition(random: &mut Random) -> Condition {
    let (key, words) = *random.pick(&CONDITIONS);
    let mut found = Condition { key: key.to_string(), values: Vec::new(), not_values: Vec::new() };
    let negative = random.chance(30);
    if negative {
        found.not_values = random.some(words);
    }
    if !negative || random.chance(20) {
        found.values = random.some(words);
    }
    found
}

/// Adds a field to a source of the rule: `r...` or `notR...`.
fn put(rule: &mut Rule, name: &str, words: &[&str], random: &mut Random) {
    let prefix = if random.chance(30) { "notR" } else { "r" };
    if rule.from.is_empty() || random.chance(25) {
        rule.from.insert(0, Fields::new());
    }
    rule.from[0].insert(format!("{prefix}{name}"), random.some(words));
}

/// Up to two RequestAuthentications, in two of three clusters.
pub(crate) fn request_authentications(random: &mut Random) -> Vec<Value> {
    let count = *random.pick(&[0, 1, 2]);
    (0..count).map(|number| request_authentication(number, random)).collect()
}

fn request_authentication(number: usize, random: &mut Random) -> Value {
    let namespace = *random.pick(&["a", "a", "b", "pay", ROOT, ROOT, ROOT]);
    let issuers: &[&str] = match random.below(4) {
        0 => &[OTHER_ISSUER],
        1 => &[ISSUER, OTHER_ISSUER],
        _ => &[ISSUER],
    };
    let mut rules: Vec<Value> = issuers
        .iter()
        .map(|issuer| json!({ "issuer": issuer, "jwksUri": format!("{issuer}/keys") }))
        .collect();
    if random.chance(25) {
        rules[0]["audiences"] = json!(["shop.example"]);
    }
    let mut spec = json!({ "jwtRules": rules });
    if random.chance(25) {
        spec["selector"] = json!({ "matchLabels": { "app": *random.pick(&["web", "db"]) } });
    }
    json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": { "name": format!("tokens-{number}"), "namespace": namespace },
        "spec": spec,
    })
}

/// Adds a token, an address and headers to a request, or leaves them out.
pub(crate) fn dress_request(http: &mut Http, random: &mut Random) {
    if random.chance(50) {
        http.token = Some(token(random));
    }
    if random.chance(40) {
        http.forwarded = Some((*random.pick(&FORWARDED)).to_string());
    }
    for name in ["x-role", "x-team"] {
        if random.chance(40) {
            let value = *random.pick(&["admin", "Admin", "team-red", "team-blue", "other"]);
            http.headers.insert(name.to_string(), value.to_string());
        }
    }
    if random.chance(5) {
        // A browser asks first: nobody looks at its token.
        http.method = "OPTIONS".to_string();
        http.headers.insert("origin".to_string(), "https://shop.example".to_string());
        http.headers.insert("access-control-request-method".to_string(), "POST".to_string());
    }
}

fn token(random: &mut Random) -> Value {
    let issuer = *random.pick(&[ISSUER, ISSUER, ISSUER, OTHER_ISSUER, "https://unknown.example"]);
    let mut claims =
        json!({ "iss": issuer, "sub": *random.pick(&["alice", "alice", "bob", "team-red", ""]) });
    let mut claim = |key: &str, values: &[&str]| {
        if random.chance(50) {
            claims[key] = json!(*random.pick(values));
        }
    };
    claim("role", &["admin", "Admin", "team-red", "team-blue", "other", ""]);
    claim("scope", &["read", "read write", "write admin"]);
    claim("aud", &["shop.example", "web.apps", "other"]);
    claim("azp", &["human", "robot"]);
    if random.chance(50) {
        claims["org"] = json!({ "unit": *random.pick(&["ops", "dev", "sales"]) });
    }
    if random.chance(8) {
        claims["exp"] = json!(1_000_000_000); // Long ago.
    }
    claims
}
