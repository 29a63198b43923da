//! `filters` of rules and backends.

use super::Reference;
use super::route::RouteKind;
use crate::istio::common::{self, List};
use crate::yaml::fields::{Field, Leaf};

/// One of `filters`: the field of its `type` is the one that is given.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The list's item.
    pub at: Leaf<()>,
    /// `type`.
    pub kind: Option<Leaf<FilterKind>>,
    /// `requestHeaderModifier`.
    pub request_headers: Option<HeaderFilter>,
    /// `responseHeaderModifier`.
    pub response_headers: Option<HeaderFilter>,
    /// `requestMirror`.
    pub mirror: Option<Mirror>,
    /// `requestRedirect`, of HTTP.
    pub redirect: Option<Redirect>,
    /// `urlRewrite`, of HTTP.
    pub rewrite: Option<Rewrite>,
    /// `cors`, of HTTP.
    pub cors: Option<Cors>,
    /// `extensionRef`, with its place.
    pub extension: Option<(Leaf<()>, Reference)>,
    /// `externalAuth`, of HTTP and the experimental channel; its place and the service that is asked.
    pub external: Option<(Leaf<()>, Option<Reference>)>,
}

/// `type` of a filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilterKind {
    /// `RequestHeaderModifier`.
    RequestHeaders,
    /// `ResponseHeaderModifier`.
    ResponseHeaders,
    /// `RequestMirror`.
    Mirror,
    /// `RequestRedirect`.
    Redirect,
    /// `URLRewrite`.
    Rewrite,
    /// `CORS`.
    Cors,
    /// `ExtensionRef`.
    Extension,
    /// `ExternalAuth`.
    External,
}

/// Changes of headers.
#[derive(Clone, Debug)]
pub struct HeaderFilter {
    /// The field.
    pub at: Leaf<()>,
    /// `set`: name and value.
    pub set: List<Header>,
    /// `add`.
    pub add: List<Header>,
    /// `remove`.
    pub remove: Vec<Leaf<String>>,
}

/// A header.
#[derive(Clone, Debug)]
pub struct Header {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `value`.
    pub value: Option<Leaf<String>>,
}

/// `requestMirror`.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The field.
    pub at: Leaf<()>,
    /// `backendRef`.
    pub to: Option<Reference>,
    /// `backendRef.port`.
    pub port: Option<Leaf<i64>>,
    /// `percent`.
    pub percent: Option<Leaf<i64>>,
    /// `fraction`.
    pub fraction: Option<Fraction>,
}

/// `fraction` of a mirror.
#[derive(Clone, Debug)]
pub struct Fraction {
    /// The field.
    pub at: Leaf<()>,
    /// `numerator`.
    pub numerator: Option<Leaf<i64>>,
    /// `denominator`; absent is 100.
    pub denominator: Option<Leaf<i64>>,
}

/// How a path is changed.
#[derive(Clone, Debug)]
pub struct PathChange {
    /// The field.
    pub at: Leaf<()>,
    /// `type`: whether the prefix that matched is replaced, and not the whole path.
    pub prefix_only: Option<Leaf<bool>>,
    /// `replaceFullPath`.
    pub full: Option<Leaf<String>>,
    /// `replacePrefixMatch`.
    pub prefix: Option<Leaf<String>>,
}

/// `requestRedirect`.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The field.
    pub at: Leaf<()>,
    /// `scheme`.
    pub scheme: Option<Leaf<String>>,
    /// `hostname`.
    pub hostname: Option<Leaf<String>>,
    /// `path`.
    pub path: Option<PathChange>,
    /// `port`.
    pub port: Option<Leaf<i64>>,
    /// `statusCode`; absent is 302.
    pub status: Option<Leaf<i64>>,
}

/// `urlRewrite`.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The field.
    pub at: Leaf<()>,
    /// `hostname`.
    pub hostname: Option<Leaf<String>>,
    /// `path`.
    pub path: Option<PathChange>,
}

/// `cors`.
#[derive(Clone, Debug)]
pub struct Cors {
    /// The field.
    pub at: Leaf<()>,
    /// `allowOrigins`.
    pub origins: Vec<Leaf<String>>,
    /// `allowMethods`.
    pub methods: Vec<Leaf<String>>,
    /// `allowHeaders`.
    pub headers: Vec<Leaf<String>>,
    /// `exposeHeaders`.
    pub exposed: Vec<Leaf<String>>,
    /// `allowCredentials`.
    pub credentials: Option<Leaf<bool>>,
    /// `maxAge` in seconds.
    pub max_age: Option<Leaf<i64>>,
}

const KINDS: [(&str, FilterKind); 8] = [
    ("RequestHeaderModifier", FilterKind::RequestHeaders),
    ("ResponseHeaderModifier", FilterKind::ResponseHeaders),
    ("RequestMirror", FilterKind::Mirror),
    ("RequestRedirect", FilterKind::Redirect),
    ("URLRewrite", FilterKind::Rewrite),
    ("CORS", FilterKind::Cors),
    ("ExtensionRef", FilterKind::Extension),
    ("ExternalAuth", FilterKind::External),
];

impl FilterKind {
    /// The word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

pub(super) fn read(field: &Field<'_>, kind: RouteKind) -> Option<Filter> {
    let mut fields = field.fields()?;
    let extension = fields.take("extensionRef");
    let mut found = Filter {
        at: common::at(field),
        kind: fields.take("type").and_then(|field| field.one_of(&KINDS)),
        request_headers: fields.take("requestHeaderModifier").and_then(|field| headers(&field)),
        response_headers: fields.take("responseHeaderModifier").and_then(|field| headers(&field)),
        mirror: fields.take("requestMirror").and_then(|field| mirror(&field)),
        redirect: None,
        rewrite: None,
        cors: None,
        extension: extension.and_then(|field| Some((common::at(&field), Reference::read(&field)?))),
        external: None,
    };
    if kind == RouteKind::Http {
        found.redirect = fields.take("requestRedirect").and_then(|field| redirect(&field));
        found.rewrite = fields.take("urlRewrite").and_then(|field| rewrite(&field));
        found.cors = fields.take("cors").and_then(|field| cors(&field));
        found.external = fields.take("externalAuth").and_then(|field| external(&field));
    }
    fields.finish();
    Some(found)
}

fn headers(field: &Field<'_>) -> Option<HeaderFilter> {
    let header = |field: &Field<'_>| {
        let mut fields = field.fields()?;
        let found = Header {
            at: common::at(field),
            name: common::string(fields.take("name")),
            value: common::string(fields.take("value")),
        };
        fields.finish();
        Some(found)
    };
    let mut fields = field.fields()?;
    let found = HeaderFilter {
        at: common::at(field),
        set: common::list(fields.take("set"), header),
        add: common::list(fields.take("add"), header),
        remove: common::strings(fields.take("remove")),
    };
    fields.finish();
    Some(found)
}

fn mirror(field: &Field<'_>) -> Option<Mirror> {
    let mut fields = field.fields()?;
    let mut found = Mirror {
        at: common::at(field),
        to: None,
        port: None,
        percent: fields.take("percent").and_then(|field| field.integer(0..=100)),
        fraction: None,
    };
    if let Some(mut to) = fields.take("backendRef").as_ref().and_then(Field::fields) {
        found.to = Some(Reference::take(&mut to));
        found.port = to.take("port").and_then(|field| field.integer(1..=65535));
        to.finish();
    }
    found.fraction = fields.take("fraction").and_then(|field| fraction(&field));
    fields.finish();
    Some(found)
}

fn fraction(field: &Field<'_>) -> Option<Fraction> {
    let mut fields = field.fields()?;
    let found = Fraction {
        at: common::at(field),
        numerator: common::integer(fields.take("numerator")),
        denominator: common::integer(fields.take("denominator")),
    };
    fields.finish();
    Some(found)
}

fn path(field: &Field<'_>) -> Option<PathChange> {
    const TYPES: [(&str, bool); 2] = [("ReplaceFullPath", false), ("ReplacePrefixMatch", true)];
    let mut fields = field.fields()?;
    let found = PathChange {
        at: common::at(field),
        prefix_only: fields.take("type").and_then(|field| field.one_of(&TYPES)),
        full: common::string(fields.take("replaceFullPath")),
        prefix: common::string(fields.take("replacePrefixMatch")),
    };
    fields.finish();
    Some(found)
}

fn redirect(field: &Field<'_>) -> Option<Redirect> {
    let mut fields = field.fields()?;
    let found = Redirect {
        at: common::at(field),
        scheme: common::string(fields.take("scheme")),
        hostname: common::string(fields.take("hostname")),
        path: fields.take("path").and_then(|field| path(&field)),
        port: fields.take("port").and_then(|field| field.integer(1..=65535)),
        status: common::integer(fields.take("statusCode")),
    };
    fields.finish();
    Some(found)
}

fn rewrite(field: &Field<'_>) -> Option<Rewrite> {
    let mut fields = field.fields()?;
    let found = Rewrite {
        at: common::at(field),
        hostname: common::string(fields.take("hostname")),
        path: fields.take("path").and_then(|field| path(&field)),
    };
    fields.finish();
    Some(found)
}

fn cors(field: &Field<'_>) -> Option<Cors> {
    let mut fields = field.fields()?;
    let found = Cors {
        at: common::at(field),
        origins: common::strings(fields.take("allowOrigins")),
        methods: common::strings(fields.take("allowMethods")),
        headers: common::strings(fields.take("allowHeaders")),
        exposed: common::strings(fields.take("exposeHeaders")),
        credentials: common::boolean(fields.take("allowCredentials")),
        max_age: common::integer(fields.take("maxAge")),
    };
    fields.finish();
    Some(found)
}

/// `externalAuth`, which Istio refuses: its fields are known, and the service that is asked is kept.
fn external(field: &Field<'_>) -> Option<(Leaf<()>, Option<Reference>)> {
    let mut fields = field.fields()?;
    drop(common::string(fields.take("protocol")));
    let mut to = None;
    if let Some(mut backend) = fields.take("backendRef").as_ref().and_then(Field::fields) {
        to = Some(Reference::take(&mut backend));
        drop(common::port(backend.take("port")));
        backend.finish();
    }
    if let Some(mut grpc) = fields.take("grpc").as_ref().and_then(Field::fields) {
        drop(common::strings(grpc.take("allowedHeaders")));
        grpc.finish();
    }
    if let Some(mut http) = fields.take("http").as_ref().and_then(Field::fields) {
        drop(common::string(http.take("path")));
        drop(common::strings(http.take("allowedHeaders")));
        drop(common::strings(http.take("allowedResponseHeaders")));
        http.finish();
    }
    if let Some(mut body) = fields.take("forwardBody").as_ref().and_then(Field::fields) {
        drop(common::integer(body.take("maxSize")));
        body.finish();
    }
    fields.finish();
    Some((common::at(field), to))
}
