//! What a request carries above TCP, as unmesh's checker is told of it.

use crate::scene::Http;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::IpAddr;
use unmesh::verify::request::{Dimension, Token, Value};

type Values = BTreeMap<Dimension, Value>;

/// The client's address as the proxy takes it: the last that it is told, else the connection's.
pub(crate) fn remote(http: Option<&Http>, source: IpAddr) -> IpAddr {
    let told = http.and_then(|http| http.forwarded.as_deref());
    let last = told.and_then(|told| told.rsplit(',').next());
    last.map_or(source, |last| last.trim().parse().expect("an address"))
}

/// What the filters that Istio makes for the pod take the token for.
pub(crate) fn token(word: Option<&str>) -> Token {
    match word {
        None | Some("none") => Token::Absent,
        Some("valid") => Token::Valid,
        Some("invalid") => Token::Invalid,
        Some(other) => panic!("no token {other:?}"),
    }
}

/// Everything of the request; texts that are not given are absent from it.
pub(crate) fn put(http: &Http, token: Token, values: &mut Values) {
    let text = |text: &str| Value::Text(Some(text.to_string()));
    values.insert(Dimension::Method, text(&http.method));
    values.insert(Dimension::Path, text(&http.path));
    values.insert(Dimension::Host, text(&http.host));
    for (name, value) in &http.headers {
        values.insert(Dimension::Header(name.clone()), text(value));
    }
    if let (Token::Valid, Some(claims)) = (token, &http.token) {
        put_claims(claims, values);
    }
}

fn put_claims(claims: &Json, values: &mut Values) {
    let text = |key: &str| claims[key].as_str().map(str::to_string);
    let principal = text("iss").zip(text("sub")).map(|(issuer, subject)| format!("{issuer}/{subject}"));
    values.insert(Dimension::RequestPrincipal, Value::Text(principal));
    values.insert(Dimension::RequestAudience, Value::Text(text("aud")));
    values.insert(Dimension::RequestPresenter, Value::Text(text("azp")));
    put_texts(claims, &mut Vec::new(), values);
}

/// Claims that are text, by their paths.
fn put_texts(claims: &Json, path: &mut Vec<String>, values: &mut Values) {
    if let Json::String(text) = claims {
        values.insert(Dimension::RequestClaim(path.clone()), Value::Text(Some(text.clone())));
    }
    for (key, inner) in claims.as_object().into_iter().flatten() {
        path.push(key.clone());
        put_texts(inner, path, values);
        path.pop();
    }
}
