//! What an HTTP route does to requests besides sending them somewhere.

use super::destination::{self, Destination};
use crate::istio::common::{self, Duration, Percentage, StringMatch};
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;

/// `redirect`: the proxy answers with another address.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The key.
    pub at: Leaf<()>,
    /// `uri`: the new path.
    pub uri: Option<Leaf<String>>,
    /// `prefixRewrite`: the new beginning of the path.
    pub prefix_rewrite: Option<Leaf<String>>,
    /// `authority`: the new host.
    pub authority: Option<Leaf<String>>,
    /// `port`.
    pub port: Option<Leaf<i64>>,
    /// `derivePort`.
    pub derive_port: Option<Leaf<DerivePort>>,
    /// `scheme`.
    pub scheme: Option<Leaf<String>>,
    /// `redirectCode`; absent is 301.
    pub redirect_code: Option<Leaf<i64>>,
}

/// `derivePort`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DerivePort {
    /// 80 for HTTP, 443 for HTTPS.
    FromProtocolDefault,
    /// The port of the request.
    FromRequestPort,
}

/// `directResponse`: the proxy answers itself.
#[derive(Clone, Debug)]
pub struct DirectResponse {
    /// The key.
    pub at: Leaf<()>,
    /// `status`.
    pub status: Option<Leaf<i64>>,
    /// `body.string` or `body.bytes`.
    pub body: Option<Leaf<String>>,
}

/// `delegate`: another VirtualService has the routes.
#[derive(Clone, Debug)]
pub struct Delegate {
    /// The key.
    pub at: Leaf<()>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `namespace`; absent is the VirtualService's own.
    pub namespace: Option<Leaf<String>>,
}

/// `rewrite`: what the application sees instead.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The key.
    pub at: Leaf<()>,
    /// `uri`: replaces the matched prefix, or the whole path.
    pub uri: Option<Leaf<String>>,
    /// `authority`: replaces the `Host` header.
    pub authority: Option<Leaf<String>>,
    /// `uriRegexRewrite.match`.
    pub regex_match: Option<Leaf<String>>,
    /// `uriRegexRewrite.rewrite`.
    pub regex_rewrite: Option<Leaf<String>>,
}

/// `fault`.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The key.
    pub at: Leaf<()>,
    /// `delay`.
    pub delay: Option<Delay>,
    /// `abort`.
    pub abort: Option<Abort>,
}

/// `fault.delay`.
#[derive(Clone, Debug)]
pub struct Delay {
    /// The key.
    pub at: Leaf<()>,
    /// `fixedDelay`.
    pub fixed_delay: Option<Leaf<Duration>>,
    /// `exponentialDelay`, which Istio never built.
    pub exponential_delay: Option<Leaf<Duration>>,
    /// `percentage`; absent is every request.
    pub percentage: Option<Percentage>,
    /// `percent`, its old form.
    pub percent: Option<Leaf<i64>>,
}

/// `fault.abort`.
#[derive(Clone, Debug)]
pub struct Abort {
    /// The key.
    pub at: Leaf<()>,
    /// `httpStatus`.
    pub http_status: Option<Leaf<i64>>,
    /// `grpcStatus`, by name.
    pub grpc_status: Option<Leaf<String>>,
    /// `http2Error`, which Istio never built.
    pub http2_error: Option<Leaf<String>>,
    /// `percentage`; absent is every request.
    pub percentage: Option<Percentage>,
}

/// One of `mirrors`.
#[derive(Clone, Debug)]
pub struct MirrorPolicy {
    /// The list's item.
    pub at: Leaf<()>,
    /// `destination`.
    pub destination: Option<Destination>,
    /// `percentage`; absent is every request.
    pub percentage: Option<Percentage>,
}

/// `retries`.
#[derive(Clone, Debug)]
pub struct Retries {
    /// The key.
    pub at: Leaf<()>,
    /// `attempts`; absent and 0 are none.
    pub attempts: Option<Leaf<i64>>,
    /// `perTryTimeout`.
    pub per_try_timeout: Option<Leaf<Duration>>,
    /// `retryOn`; absent is Istio's default list.
    pub retry_on: Option<Leaf<String>>,
    /// `retryRemoteLocalities`.
    pub retry_remote_localities: Option<Leaf<bool>>,
    /// `retryIgnorePreviousHosts`.
    pub retry_ignore_previous_hosts: Option<Leaf<bool>>,
    /// `backoff`.
    pub backoff: Option<Leaf<Duration>>,
}

/// `corsPolicy`.
#[derive(Clone, Debug)]
pub struct CorsPolicy {
    /// The key.
    pub at: Leaf<()>,
    /// `allowOrigins`.
    pub allow_origins: Vec<StringMatch>,
    /// `allowOrigin`, its old form.
    pub allow_origin: Vec<Leaf<String>>,
    /// `allowMethods`.
    pub allow_methods: Vec<Leaf<String>>,
    /// `allowHeaders`.
    pub allow_headers: Vec<Leaf<String>>,
    /// `exposeHeaders`.
    pub expose_headers: Vec<Leaf<String>>,
    /// `maxAge`.
    pub max_age: Option<Leaf<Duration>>,
    /// `allowCredentials`.
    pub allow_credentials: Option<Leaf<bool>>,
    /// `unmatchedPreflights`.
    pub unmatched_preflights: Option<Leaf<UnmatchedPreflights>>,
}

/// `unmatchedPreflights`: what becomes of preflights from other origins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnmatchedPreflights {
    /// As `Forward`.
    Unspecified,
    /// The application answers them.
    Forward,
    /// The proxy answers them, without the headers that a browser wants.
    Ignore,
}

/// `headers`, of a route or of one destination.
#[derive(Clone, Debug)]
pub struct Headers {
    /// The key.
    pub at: Leaf<()>,
    /// `request`.
    pub request: Option<HeaderOperations>,
    /// `response`.
    pub response: Option<HeaderOperations>,
}

/// What is done to headers.
#[derive(Clone, Debug)]
pub struct HeaderOperations {
    /// The key.
    pub at: Leaf<()>,
    /// `set`: replaces what is there.
    pub set: BTreeMap<String, Leaf<String>>,
    /// `add`: joins what is there.
    pub add: BTreeMap<String, Leaf<String>>,
    /// `remove`.
    pub remove: Vec<Leaf<String>>,
}

pub(super) fn redirect(field: &Field<'_>) -> Option<Redirect> {
    let ports = [
        ("FROM_PROTOCOL_DEFAULT", DerivePort::FromProtocolDefault),
        ("FROM_REQUEST_PORT", DerivePort::FromRequestPort),
    ];
    let mut fields = field.fields()?;
    let found = Redirect {
        at: common::at(field),
        uri: common::string(fields.take("uri")),
        prefix_rewrite: common::string(fields.take("prefixRewrite")),
        authority: common::string(fields.take("authority")),
        port: common::port(fields.take("port")),
        derive_port: fields.take("derivePort").and_then(|field| field.one_of(&ports)),
        scheme: common::string(fields.take("scheme")),
        redirect_code: common::integer(fields.take("redirectCode")),
    };
    fields.finish();
    if found.port.is_some() && found.derive_port.is_some() {
        let help = "keep one of `port` and `derivePort`".to_string();
        field.wrong_value("`redirect` has two ports", Some(help));
    }
    Some(found)
}

pub(super) fn direct_response(field: &Field<'_>) -> Option<DirectResponse> {
    let mut fields = field.fields()?;
    let status = common::integer(fields.take("status"));
    let body = fields.take("body").and_then(|field| {
        let mut fields = field.fields()?;
        let text = common::string(fields.take("string"));
        let bytes = common::string(fields.take("bytes"));
        fields.finish();
        if text.is_some() && bytes.is_some() {
            let help = "keep one of `string` and `bytes`".to_string();
            field.wrong_value("`body` has two contents", Some(help));
        }
        text.or(bytes)
    });
    fields.finish();
    Some(DirectResponse { at: common::at(field), status, body })
}

pub(super) fn delegate(field: &Field<'_>) -> Option<Delegate> {
    let mut fields = field.fields()?;
    let name = common::string(fields.take("name"));
    let namespace = common::string(fields.take("namespace"));
    fields.finish();
    Some(Delegate { at: common::at(field), name, namespace })
}

pub(super) fn rewrite(field: &Field<'_>) -> Option<Rewrite> {
    let mut fields = field.fields()?;
    let uri = common::string(fields.take("uri"));
    let authority = common::string(fields.take("authority"));
    let regex = fields.take("uriRegexRewrite").and_then(|field| {
        let mut fields = field.fields()?;
        let parts = (common::string(fields.take("match")), common::string(fields.take("rewrite")));
        fields.finish();
        Some(parts)
    });
    fields.finish();
    let (regex_match, regex_rewrite) = regex.unwrap_or_default();
    Some(Rewrite { at: common::at(field), uri, authority, regex_match, regex_rewrite })
}

pub(super) fn fault(field: &Field<'_>) -> Option<Fault> {
    let mut fields = field.fields()?;
    let delay = fields.take("delay").and_then(|field| delay(&field));
    let abort = fields.take("abort").and_then(|field| abort(&field));
    fields.finish();
    Some(Fault { at: common::at(field), delay, abort })
}

fn delay(field: &Field<'_>) -> Option<Delay> {
    let mut fields = field.fields()?;
    let found = Delay {
        at: common::at(field),
        fixed_delay: fields.take("fixedDelay").and_then(|field| common::duration(&field)),
        exponential_delay: fields.take("exponentialDelay").and_then(|field| common::duration(&field)),
        percentage: fields.take("percentage").and_then(|field| common::percentage(&field)),
        percent: common::integer(fields.take("percent")),
    };
    fields.finish();
    Some(found)
}

fn abort(field: &Field<'_>) -> Option<Abort> {
    let mut fields = field.fields()?;
    let found = Abort {
        at: common::at(field),
        http_status: common::integer(fields.take("httpStatus")),
        grpc_status: common::string(fields.take("grpcStatus")),
        http2_error: common::string(fields.take("http2Error")),
        percentage: fields.take("percentage").and_then(|field| common::percentage(&field)),
    };
    fields.finish();
    Some(found)
}

pub(super) fn mirror_policy(field: &Field<'_>) -> Option<MirrorPolicy> {
    let mut fields = field.fields()?;
    let destination = fields.take("destination").and_then(|field| destination::destination(&field));
    let percentage = fields.take("percentage").and_then(|field| common::percentage(&field));
    fields.finish();
    Some(MirrorPolicy { at: common::at(field), destination, percentage })
}

pub(super) fn retries(field: &Field<'_>) -> Option<Retries> {
    let mut fields = field.fields()?;
    let found = Retries {
        at: common::at(field),
        attempts: common::integer(fields.take("attempts")),
        per_try_timeout: fields.take("perTryTimeout").and_then(|field| common::duration(&field)),
        retry_on: common::string(fields.take("retryOn")),
        retry_remote_localities: common::boolean(fields.take("retryRemoteLocalities")),
        retry_ignore_previous_hosts: common::boolean(fields.take("retryIgnorePreviousHosts")),
        backoff: fields.take("backoff").and_then(|field| common::duration(&field)),
    };
    fields.finish();
    Some(found)
}

pub(super) fn cors_policy(field: &Field<'_>) -> Option<CorsPolicy> {
    let words = [
        ("UNSPECIFIED", UnmatchedPreflights::Unspecified),
        ("FORWARD", UnmatchedPreflights::Forward),
        ("IGNORE", UnmatchedPreflights::Ignore),
    ];
    let mut fields = field.fields()?;
    let found = CorsPolicy {
        at: common::at(field),
        allow_origins: common::list(fields.take("allowOrigins"), common::string_match).items,
        allow_origin: common::strings(fields.take("allowOrigin")),
        allow_methods: common::strings(fields.take("allowMethods")),
        allow_headers: common::strings(fields.take("allowHeaders")),
        expose_headers: common::strings(fields.take("exposeHeaders")),
        max_age: fields.take("maxAge").and_then(|field| common::duration(&field)),
        allow_credentials: common::boolean(fields.take("allowCredentials")),
        unmatched_preflights: fields.take("unmatchedPreflights").and_then(|field| field.one_of(&words)),
    };
    fields.finish();
    Some(found)
}

pub(super) fn headers(field: &Field<'_>) -> Option<Headers> {
    let mut fields = field.fields()?;
    let request = fields.take("request").and_then(|field| header_operations(&field));
    let response = fields.take("response").and_then(|field| header_operations(&field));
    fields.finish();
    Some(Headers { at: common::at(field), request, response })
}

fn header_operations(field: &Field<'_>) -> Option<HeaderOperations> {
    let mut fields = field.fields()?;
    let set = common::string_map(fields.take("set"));
    let add = common::string_map(fields.take("add"));
    let remove = common::strings(fields.take("remove"));
    fields.finish();
    Some(HeaderOperations { at: common::at(field), set, add, remove })
}
