//! Code for proxies: what `WasmPlugin` and `wasm` of a `TrafficExtension` share, and what both have beside it.
//!
//! What Istio refuses follows `validateWasmPlugin*` and the CRDs. This module must not know what code does.

use super::checks::Checks;
use super::common::{self, List};
use super::values;
use crate::yaml::fields::{Field, Fields, Leaf};
use std::collections::BTreeSet;

/// Code in WebAssembly, and how a proxy gets it.
#[derive(Clone, Debug)]
pub struct WasmCode {
    /// `url`: an image, an HTTP address or a file.
    pub url: Option<Leaf<String>>,
    /// `sha256` of the code.
    pub sha256: Option<Leaf<String>>,
    /// `imagePullPolicy`.
    pub image_pull_policy: Option<Leaf<&'static str>>,
    /// `imagePullSecret`.
    pub image_pull_secret: Option<Leaf<String>>,
    /// `verificationKey`, which Istio does not use yet.
    pub verification_key: Option<Leaf<String>>,
    /// `pluginConfig`: the code's own settings, by their names.
    pub plugin_config: Option<Leaf<Vec<String>>>,
    /// `pluginName`.
    pub plugin_name: Option<Leaf<String>>,
    /// `failStrategy`; absent is `FAIL_CLOSE`.
    pub fail_strategy: Option<Leaf<FailStrategy>>,
    /// `type`; absent is HTTP.
    pub plugin_type: Option<Leaf<PluginType>>,
    /// `vmConfig.env`: names of variables.
    pub variables: List<Leaf<String>>,
}

/// What happens to requests where code cannot be had or fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailStrategy {
    /// They are refused.
    Close,
    /// They pass.
    Open,
    /// A new instance of the code is made for the next request.
    Reload,
}

/// What code looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PluginType {
    /// `UNSPECIFIED_PLUGIN_TYPE` or `HTTP`.
    Http,
    /// Connections.
    Network,
}

/// `phase`: where among Istio's own filters code runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// After all of them.
    Unspecified,
    /// Before Istio's authentication.
    Authn,
    /// Before Istio's authorization.
    Authz,
    /// Before Istio's statistics.
    Stats,
}

/// One of `match`: which traffic code runs on.
#[derive(Clone, Debug)]
pub struct TrafficSelector {
    /// The list's item.
    pub at: Leaf<()>,
    /// `mode`; absent is both.
    pub mode: Option<Leaf<Side>>,
    /// `ports`; empty is all.
    pub ports: Vec<Leaf<i64>>,
}

/// Which side of a workload's traffic is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// `UNDEFINED` or `CLIENT_AND_SERVER`.
    Both,
    /// What goes out.
    Client,
    /// What comes in.
    Server,
}

const PULL_POLICIES: &[(&str, &str)] =
    &[("UNSPECIFIED_POLICY", "UNSPECIFIED_POLICY"), ("IfNotPresent", "IfNotPresent"), ("Always", "Always")];

const FAIL_STRATEGIES: &[(&str, FailStrategy)] = &[
    ("FAIL_CLOSE", FailStrategy::Close),
    ("FAIL_OPEN", FailStrategy::Open),
    ("FAIL_RELOAD", FailStrategy::Reload),
];

const TYPES: &[(&str, PluginType)] = &[
    ("UNSPECIFIED_PLUGIN_TYPE", PluginType::Http),
    ("HTTP", PluginType::Http),
    ("NETWORK", PluginType::Network),
];

const PLUGIN_SIDES: &[(&str, Side)] = &[
    ("UNDEFINED", Side::Both),
    ("CLIENT", Side::Client),
    ("SERVER", Side::Server),
    ("CLIENT_AND_SERVER", Side::Both),
];

/// The longest names of a plugin and of a variable, the longest name of a secret, and the most variables.
const LONGEST_NAME: usize = 256;
const LONGEST_SECRET: usize = 253;
const LONGEST_VARIABLE: usize = 2048;
const MOST_VARIABLES: usize = 256;

/// Reads the fields of code out of a mapping; `at` is underlined where a field is missing.
pub(super) fn read(fields: &mut Fields<'_>, at: &Leaf<()>, checks: &Checks<'_>) -> WasmCode {
    let variables = fields.take("vmConfig").map(|field| read_variables(&field, checks)).unwrap_or_default();
    let code = WasmCode {
        url: common::string(fields.take("url")),
        sha256: common::string(fields.take("sha256")),
        image_pull_policy: fields.take("imagePullPolicy").and_then(|field| field.one_of(PULL_POLICIES)),
        image_pull_secret: common::string(fields.take("imagePullSecret")),
        verification_key: common::string(fields.take("verificationKey")),
        plugin_config: fields.take("pluginConfig").map(|field| read_config(&field)),
        plugin_name: common::string(fields.take("pluginName")),
        fail_strategy: fields.take("failStrategy").and_then(|field| field.one_of(FAIL_STRATEGIES)),
        plugin_type: fields.take("type").and_then(|field| field.one_of(TYPES)),
        variables,
    };
    check(&code, at, checks);
    code
}

/// `phase`, whose unset value has another word in each of the two kinds.
pub(super) fn phase(field: Option<Field<'_>>, unset: &'static str) -> Option<Leaf<Phase>> {
    let words = [
        (unset, Phase::Unspecified),
        ("AUTHN", Phase::Authn),
        ("AUTHZ", Phase::Authz),
        ("STATS", Phase::Stats),
    ];
    field.and_then(|field| field.one_of(&words))
}

/// `match`.
pub(super) fn selectors(field: Option<Field<'_>>, checks: &Checks<'_>) -> List<TrafficSelector> {
    common::list(field, |item| {
        let mut fields = item.fields()?;
        let mode = fields.take("mode").and_then(|field| field.one_of(PLUGIN_SIDES));
        let ports = common::list(fields.take("ports"), |item| read_port(item, checks)).items;
        fields.finish();
        Some(TrafficSelector { at: common::at(item), mode, ports })
    })
}

fn read_port(item: &Field<'_>, checks: &Checks<'_>) -> Option<Leaf<i64>> {
    let mut fields = item.fields()?;
    let number = fields.take("number");
    fields.finish();
    if number.is_none() {
        checks.refuse(&common::at(item), "an entry of `ports` has no `number`", "write the port's number");
    }
    let number = common::integer(number)?;
    if !(1..=65535).contains(&number.value) {
        let message = format!("{} is no port", number.value);
        checks.refuse(&number, message, "it is a whole number from 1 to 65535");
    }
    Some(number)
}

/// The names alone: what they mean is the code's to know.
fn read_config(field: &Field<'_>) -> Leaf<Vec<String>> {
    let names = field.entries().into_iter().map(|(name, _)| name.value).collect();
    common::at(field).map(|()| names)
}

fn read_variables(field: &Field<'_>, checks: &Checks<'_>) -> List<Leaf<String>> {
    let Some(mut fields) = field.fields() else { return List::default() };
    let variables = common::list(fields.take("env"), |item| read_variable(item, checks));
    fields.finish();
    if let Some(at) = variables.at.as_ref().filter(|_| variables.items.len() > MOST_VARIABLES) {
        checks.refuse(at, format!("there are more than {MOST_VARIABLES} variables"), "leave some out");
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = variables.items.iter().find(|name| !seen.insert(name.value.as_str())) {
        checks.refuse(twice, format!("the variable `{}` stands twice", twice.value), "keep one of them");
    }
    variables
}

fn read_variable(item: &Field<'_>, checks: &Checks<'_>) -> Option<Leaf<String>> {
    let mut fields = item.fields()?;
    let name = common::string(fields.take("name"));
    let from = fields.take("valueFrom").and_then(|field| field.one_of(&[("INLINE", false), ("HOST", true)]));
    let value = common::string(fields.take("value"));
    fields.finish();
    let from_host = from.is_some_and(|from| from.value);
    if let Some(value) = value.as_ref().filter(|value| from_host && !value.value.is_empty()) {
        let message = "a variable with `valueFrom: HOST` has a `value` as well";
        checks.refuse(value, message, "keep one of them");
    }
    if let Some(value) = value.as_ref().filter(|value| value.value.len() > LONGEST_VARIABLE) {
        let message = format!("a variable's value is longer than {LONGEST_VARIABLE} characters");
        checks.refuse(value, message, "shorten it");
    }
    match &name {
        Some(name) if name.value.len() > LONGEST_NAME => {
            let message = format!("a variable's name is longer than {LONGEST_NAME} characters");
            checks.refuse(name, message, "shorten it");
        }
        Some(name) if !name.value.is_empty() => {}
        Some(_) | None => {
            checks.refuse(&common::at(item), "a variable has no `name`", "name it");
        }
    }
    name
}

fn check(code: &WasmCode, at: &Leaf<()>, checks: &Checks<'_>) {
    match &code.url {
        Some(url) if !url.value.is_empty() => {
            if let Err(why) = address(&url.value) {
                let message = format!("the `url` `{}` {why}", url.value);
                checks.refuse(
                    url,
                    message,
                    "write the address of an image (`oci://`), or `http(s)://`, or `file://`",
                );
            }
        }
        Some(url) => checks.refuse(url, "`url` is empty", "say where the code is"),
        None => checks.refuse(at, "there is no `url`", "say where the code is"),
    }
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let digest = |text: &str| text.is_empty() || (text.len() == 64 && text.bytes().all(hexadecimal));
    if let Some(sum) = code.sha256.as_ref().filter(|sum| !digest(&sum.value)) {
        let message = format!("`{}` is no SHA-256", sum.value);
        checks.refuse(sum, message, "it is 64 hexadecimal digits in lower case");
    }
    let secret = code.image_pull_secret.as_ref();
    if let Some(secret) = secret.filter(|secret| secret.value.len() > LONGEST_SECRET) {
        let message = format!("the name of a secret is longer than {LONGEST_SECRET} characters");
        checks.refuse(secret, message, "name a secret that can exist");
    }
    if let Some(name) = code.plugin_name.as_ref().filter(|name| name.value.len() > LONGEST_NAME) {
        let message = format!("`pluginName` is longer than {LONGEST_NAME} characters");
        checks.refuse(name, message, "shorten it");
    }
}

/// An address as `validateWasmPluginURL` reads it: with one of five schemes, or none, and then an image's.
fn address(text: &str) -> Result<(), values::Refusal> {
    let scheme = text.split_once(':').filter(|(scheme, rest)| is_scheme(scheme) && rest.starts_with('/'));
    let Some((scheme, rest)) = scheme else {
        return if text.starts_with('/') { Ok(()) } else { values::jwks_uri(&format!("http://{text}")) };
    };
    match scheme.to_ascii_lowercase().as_str() {
        "file" | "http" | "https" | "oci" => {}
        _ => return Err("has a scheme that Istio does not take"),
    }
    match rest.strip_prefix("//") {
        Some(rest) => values::jwks_uri(&format!("http://{rest}")),
        None => Ok(()),
    }
}

fn is_scheme(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(inner)
}
