//! `RequestAuthentication` (`security.istio.io/v1`, `v1beta1`).

use super::checks::{Checks, key_of};
use super::{Attachment, Meta, attachment, values};
use crate::yaml::fields::{Field, Leaf};

/// A RequestAuthentication that Istio accepts.
#[derive(Clone, Debug)]
pub struct RequestAuthentication {
    /// Name and place.
    pub meta: Meta,
    /// Which workloads it is for.
    pub attachment: Attachment,
    /// `jwtRules`: a request with a token that fits none of them is refused; one without is not.
    pub jwt_rules: Vec<JwtRule>,
}

/// One of `jwtRules`.
#[derive(Clone, Debug)]
pub struct JwtRule {
    /// The rule itself.
    pub at: Leaf<()>,
    /// `issuer`.
    pub issuer: Option<Leaf<String>>,
    /// `audiences`.
    pub audiences: Vec<Leaf<String>>,
    /// `jwksUri` (or `jwks_uri`).
    pub jwks_uri: Option<Leaf<String>>,
    /// `jwks`: the keys themselves.
    pub jwks: Option<Leaf<String>>,
    /// `fromHeaders`: name and prefix.
    pub from_headers: Vec<(Leaf<String>, Option<Leaf<String>>)>,
    /// `fromParams`.
    pub from_params: Vec<Leaf<String>>,
    /// `fromCookies`.
    pub from_cookies: Vec<Leaf<String>>,
    /// `outputPayloadToHeader`: the application may believe this header.
    pub output_payload_to_header: Option<Leaf<String>>,
    /// `outputClaimToHeaders`: header and claim; the application may believe these headers.
    pub output_claim_to_headers: Vec<(Leaf<String>, Leaf<String>)>,
    /// `forwardOriginalToken`.
    pub forward_original_token: Option<Leaf<bool>>,
    /// `timeout`.
    pub timeout: Option<Leaf<String>>,
    /// `spaceDelimitedClaims`.
    pub space_delimited_claims: Vec<Leaf<String>>,
}

/// The most `jwtRules`, and the most `spaceDelimitedClaims` of one, that the API server takes.
const MOST_RULES: usize = 4096;
const MOST_CLAIMS: usize = 64;

/// Reads the `spec`. What is wrong goes to the reader and to `checks`; the rest is kept, since no
/// object is written for this kind and what it loses has to be said in any case.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> RequestAuthentication {
    let mut read = RequestAuthentication { meta, attachment: Attachment::Everything, jwt_rules: Vec::new() };
    let Some(mut fields) = spec.and_then(Field::fields) else { return read };
    read.attachment = attachment::read(&mut fields, checks);
    if let Some(field) = fields.take("jwtRules") {
        let rules = field.list().unwrap_or_default();
        if rules.len() > MOST_RULES {
            checks.refuse(
                &key_of(&field),
                format!("there are more than {MOST_RULES} `jwtRules`"),
                "split the policy",
            );
        }
        read.jwt_rules = rules.iter().filter_map(|rule| read_rule(rule, checks)).collect();
    }
    fields.finish();
    read
}

fn read_rule(field: &Field<'_>, checks: &Checks<'_>) -> Option<JwtRule> {
    let mut fields = field.fields()?;
    let uris = [fields.take("jwksUri"), fields.take("jwks_uri")];
    let inline = fields.take("jwks");
    refuse_several_keys(&[&uris, std::slice::from_ref(&inline)].concat(), checks);
    let [camel, snake] = uris.map(|field| field.and_then(|field| field.string()));
    let mut take = |name| fields.take(name);
    let rule = JwtRule {
        at: field.presence(),
        issuer: take("issuer").and_then(|field| field.string()),
        audiences: strings(take("audiences")),
        jwks_uri: camel.or(snake),
        jwks: inline.and_then(|field| field.string()),
        from_headers: take("fromHeaders").map(|field| read_headers(&field, checks)).unwrap_or_default(),
        from_params: strings(take("fromParams")),
        from_cookies: strings(take("fromCookies")),
        output_payload_to_header: take("outputPayloadToHeader").and_then(|field| field.string()),
        output_claim_to_headers: take("outputClaimToHeaders")
            .map(|field| read_claim_headers(&field, checks))
            .unwrap_or_default(),
        forward_original_token: take("forwardOriginalToken").and_then(|field| field.boolean()),
        timeout: take("timeout").and_then(|field| field.string()),
        space_delimited_claims: strings(take("spaceDelimitedClaims")),
    };
    fields.finish();
    check_rule(&rule, &key_of(field), checks);
    Some(rule)
}

fn strings(field: Option<Field<'_>>) -> Vec<Leaf<String>> {
    field.map(|field| field.strings()).unwrap_or_default()
}

fn refuse_several_keys(fields: &[Option<Field<'_>>], checks: &Checks<'_>) {
    let given: Vec<_> = fields.iter().flatten().collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!(
            "`{}` and `{}` stand side by side, and Istio takes one of them",
            first.name(),
            second.name()
        );
        checks.refuse(&key_of(second), message, "keep the one that holds the issuer's keys");
    }
}

fn read_headers(field: &Field<'_>, checks: &Checks<'_>) -> Vec<(Leaf<String>, Option<Leaf<String>>)> {
    let mut headers = Vec::new();
    for item in field.list().unwrap_or_default() {
        let Some(mut fields) = item.fields() else { continue };
        let (name, prefix) = (fields.take("name"), fields.take("prefix"));
        fields.finish();
        let prefix = prefix.and_then(|field| field.string());
        match name.map(|field| field.string()) {
            Some(Some(name)) => {
                refuse_empty(&name, "a header in `fromHeaders` has an empty name", checks);
                headers.push((name, prefix));
            }
            // The reader has said why.
            Some(None) => {}
            None => {
                checks.refuse(&key_of(&item), "an entry of `fromHeaders` has no `name`", "name the header");
            }
        }
    }
    headers
}

fn read_claim_headers(field: &Field<'_>, checks: &Checks<'_>) -> Vec<(Leaf<String>, Leaf<String>)> {
    let mut pairs = Vec::new();
    for item in field.list().unwrap_or_default() {
        let Some(mut fields) = item.fields() else { continue };
        let (header, claim) = (fields.take("header"), fields.take("claim"));
        fields.finish();
        if header.is_none() || claim.is_none() {
            let message = "an entry of `outputClaimToHeaders` needs a `header` and a `claim`";
            checks.refuse(&key_of(&item), message, "name both");
        }
        let both = header.and_then(|field| field.string()).zip(claim.and_then(|field| field.string()));
        if let Some((header, claim)) = both {
            check_claim_header(&header, &claim, checks);
            pairs.push((header, claim));
        }
    }
    pairs
}

fn check_claim_header(header: &Leaf<String>, claim: &Leaf<String>, checks: &Checks<'_>) {
    refuse_empty(header, "a header in `outputClaimToHeaders` has an empty name", checks);
    refuse_empty(claim, "a claim in `outputClaimToHeaders` has an empty name", checks);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !header.value.bytes().all(allowed) {
        let message = format!("`{}` is no header name that a claim can be copied to", header.value);
        checks.refuse(header, message, "use letters, digits, `-` and `_`");
    }
}

/// `validateJwtRule` of Istio, and what the CRD adds.
fn check_rule(rule: &JwtRule, at: &Leaf<()>, checks: &Checks<'_>) {
    let filled = |leaf: &Option<Leaf<String>>| leaf.as_ref().is_some_and(|leaf| !leaf.value.is_empty());
    if !filled(&rule.issuer) && !filled(&rule.jwks_uri) {
        checks.refuse(
            at,
            "a rule of `jwtRules` has neither `issuer` nor `jwksUri`",
            "name the issuer of the tokens",
        );
    }
    if let Some(uri) = &rule.jwks_uri {
        refuse(uri, values::jwks_uri(&uri.value), "give the address of the issuer's keys", checks);
    }
    if let Some(keys) = rule.jwks.as_ref().filter(|keys| !keys.value.is_empty()) {
        let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&keys.value);
        if object.is_err() {
            checks.refuse(keys, "`jwks` is no JSON object, so it holds no keys", "give a JSON Web Key Set");
        }
    }
    if let Some(timeout) = &rule.timeout {
        refuse(timeout, values::timeout(&timeout.value), "write a duration such as `5s`", checks);
    }
    for audience in &rule.audiences {
        refuse_empty(audience, "an audience is empty", checks);
    }
    for parameter in &rule.from_params {
        refuse_empty(parameter, "a parameter in `fromParams` has an empty name", checks);
    }
    for cookie in &rule.from_cookies {
        refuse_empty(cookie, "a cookie in `fromCookies` has an empty name", checks);
    }
    for claim in &rule.space_delimited_claims {
        refuse_empty(claim, "a claim in `spaceDelimitedClaims` has an empty name", checks);
    }
    if rule.space_delimited_claims.len() > MOST_CLAIMS {
        checks.refuse(
            at,
            format!("there are more than {MOST_CLAIMS} `spaceDelimitedClaims`"),
            "leave some out",
        );
    }
}

fn refuse(leaf: &Leaf<String>, result: Result<(), values::Refusal>, help: &str, checks: &Checks<'_>) {
    if let Err(why) = result {
        checks.refuse(leaf, format!("`{}` {why}", leaf.value), help);
    }
}

fn refuse_empty(leaf: &Leaf<String>, message: &str, checks: &Checks<'_>) {
    if leaf.value.is_empty() {
        checks.refuse(leaf, message, "fill it in, or leave the entry out");
    }
}
