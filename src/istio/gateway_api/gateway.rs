//! `Gateway`: listeners, and what Istio makes of the rest.

use super::{Reference, validate};
use crate::istio::Meta;
use crate::istio::checks::Checks;
use crate::istio::common::{self, List};
use crate::manifest::Object;
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;

/// The label that says whose traffic a waypoint takes.
const WAYPOINT_FOR: &str = "istio.io/waypoint-for";

/// Which of Istio's controllers serves a Gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Controller {
    /// Clients come in here.
    Istio,
    /// It stands for a gateway in another cluster or network.
    Remote,
    /// A waypoint of ambient mode.
    Waypoint,
    /// Proxies of other clusters come in here.
    EastWest,
}

/// Whose traffic a waypoint takes (`istio.io/waypoint-for`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaypointFor {
    /// `service`, the default: what is addressed to Services.
    Service,
    /// `workload`: what is addressed to pods.
    Workload,
    /// `all`: both.
    All,
    /// `none`: nothing.
    None,
}

/// A Gateway of one of Istio's classes.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Name and place.
    pub meta: Meta,
    /// Which of Istio's controllers serves it.
    pub controller: Controller,
    /// Of a waypoint, whose traffic it takes.
    pub waypoint_for: WaypointFor,
    /// `gatewayClassName`.
    pub class: Option<Leaf<String>>,
    /// `listeners`.
    pub listeners: List<Listener>,
    /// `addresses`.
    pub addresses: List<Address>,
    /// `infrastructure`.
    pub infrastructure: Option<Infrastructure>,
    /// `allowedListeners`: which ListenerSets may add listeners.
    pub allowed_listeners: Option<Allowed>,
    /// `tls`.
    pub tls: Option<GatewayTls>,
    /// `defaultScope`, of the experimental channel.
    pub default_scope: Option<Leaf<String>>,
}

/// One of `listeners`.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `hostname`; absent is any host.
    pub hostname: Option<Leaf<String>>,
    /// `port`.
    pub port: Option<Leaf<i64>>,
    /// `protocol`: `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, `HBONE`, or another.
    pub protocol: Option<Leaf<String>>,
    /// `tls`.
    pub tls: Option<ListenerTls>,
    /// `allowedRoutes`.
    pub allowed_routes: Option<Allowed>,
}

/// `tls` of a listener.
#[derive(Clone, Debug)]
pub struct ListenerTls {
    /// The field.
    pub at: Leaf<()>,
    /// `mode`; absent is `Terminate`.
    pub mode: Option<Leaf<TlsMode>>,
    /// `certificateRefs`, to Secrets.
    pub certificates: List<Reference>,
    /// `options`, which are each controller's own.
    pub options: BTreeMap<String, Leaf<String>>,
}

/// `tls.mode` of a listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsMode {
    /// TLS ends here.
    Terminate,
    /// TLS goes on to the destination.
    Passthrough,
}

/// `allowedRoutes` or `allowedListeners`: which namespaces, and which kinds.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// The field.
    pub at: Leaf<()>,
    /// `namespaces.from`.
    pub from: Option<Leaf<From>>,
    /// Whether `namespaces.selector` is given, for `from: Selector`.
    pub selector: Option<Selector>,
    /// `kinds`, of routes.
    pub kinds: List<Reference>,
}

/// `namespaces.from`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// Every namespace.
    All,
    /// Those that the selector selects.
    Selector,
    /// The Gateway's own.
    Same,
    /// None.
    None,
}

/// A label selector, as it stands.
#[derive(Clone, Debug)]
pub struct Selector {
    /// `matchLabels`.
    pub labels: BTreeMap<String, Leaf<String>>,
    /// `matchExpressions`.
    pub expressions: List<Expression>,
}

/// One of `matchExpressions`.
#[derive(Clone, Debug)]
pub struct Expression {
    /// `key`.
    pub key: Option<Leaf<String>>,
    /// `operator`.
    pub operator: Option<Leaf<String>>,
    /// `values`.
    pub values: Vec<Leaf<String>>,
}

/// One of `addresses`.
#[derive(Clone, Debug)]
pub struct Address {
    /// The list's item.
    pub at: Leaf<()>,
    /// `type`; absent is `IPAddress`.
    pub kind: Option<Leaf<String>>,
    /// `value`.
    pub value: Option<Leaf<String>>,
}

/// `infrastructure`: what is put on the objects that the controller makes.
#[derive(Clone, Debug)]
pub struct Infrastructure {
    /// The field.
    pub at: Leaf<()>,
    /// `labels`.
    pub labels: BTreeMap<String, Leaf<String>>,
    /// `annotations`.
    pub annotations: BTreeMap<String, Leaf<String>>,
    /// `parametersRef`, with its place: settings that are each controller's own.
    pub parameters: Option<(Leaf<()>, Reference)>,
}

/// `tls` of a Gateway.
#[derive(Clone, Debug)]
pub struct GatewayTls {
    /// `backend.clientCertificateRef`, with the place of `backend`.
    pub backend: Option<(Leaf<()>, Option<Reference>)>,
    /// The place of `frontend`.
    pub frontend: Option<Leaf<()>>,
    /// What `frontend` asks of clients, by default and for ports.
    pub validations: Vec<Validation>,
}

/// What is asked of clients' certificates.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The `default` or the item of `perPort`.
    pub at: Leaf<()>,
    /// `port`; `None` is every other one.
    pub port: Option<Leaf<i64>>,
    /// `caCertificateRefs`.
    pub authorities: List<Reference>,
    /// Whether invalid certificates are let in (`mode: AllowInsecureFallback`).
    pub fallback: Option<Leaf<bool>>,
    /// Whether anything is asked at all.
    pub asked: bool,
}

/// Reads the `spec` of a Gateway that a controller of Istio's serves.
pub(super) fn read(
    meta: Meta,
    spec: Option<&Field<'_>>,
    controller: Controller,
    object: &Object,
    checks: &Checks<'_>,
) -> Gateway {
    let waypoint_for = match object.labels.get(WAYPOINT_FOR).map(String::as_str) {
        Some("workload") => WaypointFor::Workload,
        Some("all") => WaypointFor::All,
        Some("none") => WaypointFor::None,
        Some(_) | None => WaypointFor::Service,
    };
    let mut found = Gateway {
        meta,
        controller,
        waypoint_for,
        class: None,
        listeners: List::default(),
        addresses: List::default(),
        infrastructure: None,
        allowed_listeners: None,
        tls: None,
        default_scope: None,
    };
    if let Some(mut fields) = spec.and_then(Field::fields) {
        found.class = common::string(fields.take("gatewayClassName"));
        found.listeners = common::list(fields.take("listeners"), listener);
        found.addresses = common::list(fields.take("addresses"), address);
        found.infrastructure = fields.take("infrastructure").and_then(|field| infrastructure(&field));
        found.allowed_listeners = fields.take("allowedListeners").and_then(|field| allowed(&field, false));
        found.tls = fields.take("tls").and_then(|field| tls(&field));
        found.default_scope = common::string(fields.take("defaultScope"));
        fields.finish();
    }
    validate::gateway(&found, checks);
    found
}

fn listener(field: &Field<'_>) -> Option<Listener> {
    let mut fields = field.fields()?;
    let found = Listener {
        at: common::at(field),
        name: common::string(fields.take("name")),
        hostname: common::string(fields.take("hostname")),
        port: fields.take("port").and_then(|field| field.integer(1..=65535)),
        protocol: common::string(fields.take("protocol")),
        tls: fields.take("tls").and_then(|field| listener_tls(&field)),
        allowed_routes: fields.take("allowedRoutes").and_then(|field| allowed(&field, true)),
    };
    fields.finish();
    Some(found)
}

fn listener_tls(field: &Field<'_>) -> Option<ListenerTls> {
    const MODES: [(&str, TlsMode); 2] =
        [("Terminate", TlsMode::Terminate), ("Passthrough", TlsMode::Passthrough)];
    let mut fields = field.fields()?;
    let found = ListenerTls {
        at: common::at(field),
        mode: fields.take("mode").and_then(|field| field.one_of(&MODES)),
        certificates: common::list(fields.take("certificateRefs"), Reference::read),
        options: common::string_map(fields.take("options")),
    };
    fields.finish();
    Some(found)
}

fn allowed(field: &Field<'_>, of_routes: bool) -> Option<Allowed> {
    const FROM: [(&str, From); 4] =
        [("All", From::All), ("Selector", From::Selector), ("Same", From::Same), ("None", From::None)];
    let mut fields = field.fields()?;
    let mut found = Allowed { at: common::at(field), from: None, selector: None, kinds: List::default() };
    if let Some(mut spaces) = fields.take("namespaces").as_ref().and_then(Field::fields) {
        found.from = spaces.take("from").and_then(|field| field.one_of(&FROM));
        found.selector = spaces.take("selector").and_then(|field| selector(&field));
        spaces.finish();
    }
    if of_routes {
        found.kinds = common::list(fields.take("kinds"), Reference::read);
    }
    fields.finish();
    Some(found)
}

fn selector(field: &Field<'_>) -> Option<Selector> {
    let mut fields = field.fields()?;
    let expression = |field: &Field<'_>| {
        let mut fields = field.fields()?;
        let found = Expression {
            key: common::string(fields.take("key")),
            operator: common::string(fields.take("operator")),
            values: common::strings(fields.take("values")),
        };
        fields.finish();
        Some(found)
    };
    let found = Selector {
        labels: common::string_map(fields.take("matchLabels")),
        expressions: common::list(fields.take("matchExpressions"), expression),
    };
    fields.finish();
    Some(found)
}

fn address(field: &Field<'_>) -> Option<Address> {
    let mut fields = field.fields()?;
    let found = Address {
        at: common::at(field),
        kind: common::string(fields.take("type")),
        value: common::string(fields.take("value")),
    };
    fields.finish();
    Some(found)
}

fn infrastructure(field: &Field<'_>) -> Option<Infrastructure> {
    let mut fields = field.fields()?;
    let parameters = fields.take("parametersRef");
    let found = Infrastructure {
        at: common::at(field),
        labels: common::string_map(fields.take("labels")),
        annotations: common::string_map(fields.take("annotations")),
        parameters: parameters.and_then(|field| Some((common::at(&field), Reference::read(&field)?))),
    };
    fields.finish();
    Some(found)
}

fn tls(field: &Field<'_>) -> Option<GatewayTls> {
    let mut fields = field.fields()?;
    let backend = fields.take("backend").and_then(|field| {
        let mut fields = field.fields()?;
        let reference = fields.take("clientCertificateRef").as_ref().and_then(Reference::read);
        fields.finish();
        Some((common::at(&field), reference))
    });
    let frontend = fields.take("frontend");
    let mut validations = Vec::new();
    if let Some(mut fields) = frontend.as_ref().and_then(Field::fields) {
        if let Some(field) = fields.take("default") {
            validations.extend(validation(&field, &field, None));
        }
        let ports = fields.take("perPort");
        for item in ports.as_ref().and_then(Field::list).unwrap_or_default() {
            let Some(mut one) = item.fields() else { continue };
            let port = one.take("port").and_then(|field| field.integer(1..=65535));
            if let Some(field) = one.take("tls") {
                validations.extend(validation(&item, &field, port));
            }
            one.finish();
        }
        fields.finish();
    }
    fields.finish();
    Some(GatewayTls { backend, frontend: frontend.as_ref().map(common::at), validations })
}

fn validation(item: &Field<'_>, field: &Field<'_>, port: Option<Leaf<i64>>) -> Option<Validation> {
    const MODES: [(&str, bool); 2] = [("AllowValidOnly", false), ("AllowInsecureFallback", true)];
    let mut fields = field.fields()?;
    let inner = fields.take("validation");
    let mut found = Validation {
        at: common::at(item),
        port,
        authorities: List::default(),
        fallback: None,
        asked: inner.is_some(),
    };
    if let Some(mut fields) = inner.as_ref().and_then(Field::fields) {
        found.authorities = common::list(fields.take("caCertificateRefs"), Reference::read);
        found.fallback = fields.take("mode").and_then(|field| field.one_of(&MODES));
        fields.finish();
    }
    fields.finish();
    Some(found)
}
