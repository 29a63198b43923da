//! `HTTPRoute`, `GRPCRoute`, `TCPRoute`, `TLSRoute`: parents, hosts, rules and backends.

use super::filter::{self, Filter};
use super::matches::{self, Match};
use super::served::Served;
pub use super::served::Serves;
use super::{Reference, validate};
use crate::istio::Meta;
use crate::istio::checks::Checks;
use crate::istio::common::{self, Duration, List};
use crate::yaml::fields::{Field, Leaf};

/// Which kind a route is; it says which fields rules have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RouteKind {
    /// `HTTPRoute`.
    Http,
    /// `GRPCRoute`.
    Grpc,
    /// `TCPRoute`.
    Tcp,
    /// `TLSRoute`.
    Tls,
}

/// A route with a parent that is Istio's, or that may be.
#[derive(Clone, Debug)]
pub struct Route {
    /// Name and place.
    pub meta: Meta,
    /// Which kind.
    pub kind: RouteKind,
    /// `parentRefs`.
    pub parents: List<Parent>,
    /// `hostnames`; a TCPRoute has none.
    pub hostnames: List<Leaf<String>>,
    /// `rules`.
    pub rules: List<Rule>,
    /// `useDefaultGateways`, of the experimental channel.
    pub use_default_gateways: Option<Leaf<String>>,
}

/// One of `parentRefs`.
#[derive(Clone, Debug)]
pub struct Parent {
    /// The list's item.
    pub at: Leaf<()>,
    /// The object; by default a Gateway.
    pub to: Reference,
    /// `sectionName`: a listener.
    pub section: Option<Leaf<String>>,
    /// `port`.
    pub port: Option<Leaf<i64>>,
    /// Who serves it.
    pub serves: Serves,
}

/// One of `rules`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `matches`: any of them; empty is every request.
    pub matches: List<Match>,
    /// `filters`.
    pub filters: List<Filter>,
    /// `backendRefs`.
    pub backends: List<Backend>,
    /// `timeouts`.
    pub timeouts: Option<Timeouts>,
    /// `retry`, of the experimental channel.
    pub retry: Option<Retry>,
    /// `sessionPersistence`, of the experimental channel.
    pub session: Option<Leaf<()>>,
}

/// One of `backendRefs`.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The list's item.
    pub at: Leaf<()>,
    /// The object; by default a Service.
    pub to: Reference,
    /// `port`.
    pub port: Option<Leaf<i64>>,
    /// `weight`; absent is 1.
    pub weight: Option<Leaf<i64>>,
    /// `filters`, for this backend alone.
    pub filters: List<Filter>,
}

/// `timeouts`.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// The field.
    pub at: Leaf<()>,
    /// `request`; 0 is none.
    pub request: Option<Leaf<Duration>>,
    /// `backendRequest`: of each try.
    pub backend: Option<Leaf<Duration>>,
}

/// `retry`.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The field.
    pub at: Leaf<()>,
    /// `attempts`; absent is 2 to Istio.
    pub attempts: Option<Leaf<i64>>,
    /// `codes`: statuses that are tried again.
    pub codes: Vec<Leaf<i64>>,
    /// `backoff`.
    pub backoff: Option<Leaf<Duration>>,
}

impl Route {
    /// Whether Istio serves some parent of it.
    #[must_use]
    pub fn is_istio(&self) -> bool {
        let own = |parent: &Parent| matches!(parent.serves, Serves::Gateway(_) | Serves::Mesh);
        self.parents.items.iter().any(own)
    }

    /// Whether Istio serves some parent of it, as far as the input shows.
    #[must_use]
    pub fn may_be_istio(&self) -> bool {
        self.is_istio() || self.parents.items.iter().any(|parent| parent.serves == Serves::Unknown)
    }

    /// Its namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.meta.reference.namespace.as_deref().unwrap_or("")
    }
}

impl Backend {
    /// Its weight.
    #[must_use]
    pub fn share(&self) -> i64 {
        self.weight.as_ref().map_or(1, |weight| weight.value)
    }
}

/// Reads the `spec`.
pub(super) fn read(
    meta: Meta,
    spec: Option<&Field<'_>>,
    kind: RouteKind,
    served: &Served<'_>,
    checks: &Checks<'_>,
) -> Route {
    let mut found = Route {
        meta,
        kind,
        parents: List::default(),
        hostnames: List::default(),
        rules: List::default(),
        use_default_gateways: None,
    };
    if let Some(mut fields) = spec.and_then(Field::fields) {
        let own = found.namespace().to_string();
        found.parents = common::list(fields.take("parentRefs"), |field| parent(field, served, &own));
        if kind != RouteKind::Tcp {
            found.hostnames = common::list(fields.take("hostnames"), Field::string);
        }
        found.rules = common::list(fields.take("rules"), |field| rule(field, kind));
        found.use_default_gateways = common::string(fields.take("useDefaultGateways"));
        fields.finish();
    }
    validate::route(&found, checks);
    found
}

fn parent(field: &Field<'_>, served: &Served<'_>, own: &str) -> Option<Parent> {
    let mut fields = field.fields()?;
    let to = Reference::take(&mut fields);
    let serves = served.parent(&to, own);
    let section = common::string(fields.take("sectionName"));
    let port = fields.take("port").and_then(|field| field.integer(1..=65535));
    fields.finish();
    Some(Parent { at: common::at(field), to, section, port, serves })
}

fn rule(field: &Field<'_>, kind: RouteKind) -> Option<Rule> {
    let mut fields = field.fields()?;
    let mut found = Rule {
        at: common::at(field),
        name: common::string(fields.take("name")),
        matches: List::default(),
        filters: List::default(),
        backends: common::list(fields.take("backendRefs"), |field| backend(field, kind)),
        timeouts: None,
        retry: None,
        session: None,
    };
    if matches!(kind, RouteKind::Http | RouteKind::Grpc) {
        found.matches = common::list(fields.take("matches"), |field| matches::read(field, kind));
        found.filters = common::list(fields.take("filters"), |field| filter::read(field, kind));
        found.session = fields.take("sessionPersistence").and_then(|field| session(&field));
    }
    if kind == RouteKind::Http {
        found.timeouts = fields.take("timeouts").and_then(|field| timeouts(&field));
        found.retry = fields.take("retry").and_then(|field| retry(&field));
    }
    fields.finish();
    Some(found)
}

fn backend(field: &Field<'_>, kind: RouteKind) -> Option<Backend> {
    let mut fields = field.fields()?;
    let mut found = Backend {
        at: common::at(field),
        to: Reference::take(&mut fields),
        port: fields.take("port").and_then(|field| field.integer(1..=65535)),
        weight: fields.take("weight").and_then(|field| field.integer(0..=1_000_000)),
        filters: List::default(),
    };
    if matches!(kind, RouteKind::Http | RouteKind::Grpc) {
        found.filters = common::list(fields.take("filters"), |field| filter::read(field, kind));
    }
    fields.finish();
    Some(found)
}

fn timeouts(field: &Field<'_>) -> Option<Timeouts> {
    let mut fields = field.fields()?;
    let found = Timeouts {
        at: common::at(field),
        request: fields.take("request").and_then(|field| common::duration(&field)),
        backend: fields.take("backendRequest").and_then(|field| common::duration(&field)),
    };
    fields.finish();
    Some(found)
}

fn retry(field: &Field<'_>) -> Option<Retry> {
    let mut fields = field.fields()?;
    let codes = fields.take("codes");
    let codes = codes.as_ref().and_then(Field::list).unwrap_or_default();
    let found = Retry {
        at: common::at(field),
        attempts: common::integer(fields.take("attempts")),
        codes: codes.iter().filter_map(|code| code.integer(400..=599)).collect(),
        backoff: fields.take("backoff").and_then(|field| common::duration(&field)),
    };
    fields.finish();
    Some(found)
}

/// `sessionPersistence`, which Istio does not act on: only its place is kept.
fn session(field: &Field<'_>) -> Option<Leaf<()>> {
    let mut fields = field.fields()?;
    let read = [
        common::string(fields.take("sessionName")),
        common::string(fields.take("type")),
        common::string(fields.take("absoluteTimeout")),
        common::string(fields.take("idleTimeout")),
    ];
    drop(read);
    if let Some(mut cookie) = fields.take("cookieConfig").as_ref().and_then(Field::fields) {
        drop(common::string(cookie.take("lifetimeType")));
        cookie.finish();
    }
    fields.finish();
    Some(common::at(field))
}
