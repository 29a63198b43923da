//! Gateways of Gateway API that Istio serves. Unlike an Istio Gateway, such an object can stay: what goes is the
//! controller behind its class.

use super::{finding, mesh_route, route, words};
use crate::finding::codes::traffic::{
    EDGE_CLIENT_CERTIFICATES, EDGE_TLS, GATEWAY_SERVER, ISTIO_GATEWAY_CLASS, WAYPOINT, WITHOUT_EFFECT,
};
use crate::finding::{Direction, Finding};
use crate::istio::gateway_api::gateway::{
    Address, Controller, From, Gateway, GatewayTls, Infrastructure, Listener, ListenerTls, TlsMode,
    Validation, WaypointFor,
};
use crate::istio::gateway_api::{Class, Reference};
use crate::lint::Context;
use crate::yaml::fields::Leaf;

/// The option by which Istio asks clients for certificates, and the one with ciphers.
const TERMINATE_MODE: &str = "gateway.istio.io/tls-terminate-mode";
const CIPHERS: &str = "gateway.istio.io/tls-cipher-suites";

/// Labels by which Services, pods and namespaces name their waypoint.
const USE: &str = "istio.io/use-waypoint";
const USE_NAMESPACE: &str = "istio.io/use-waypoint-namespace";

const TAKE_OVER: &str = "set `gatewayClassName` to the class of a controller that stays (one that conforms to Gateway \
                         API, such as that of the network plugin or Envoy Gateway) before the mesh goes; its proxies \
                         have another address and another identity, which `--map-identity OLD=NEW` lets through policies";

/// Classes, Gateways and routes.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let api = &context.resources.gateway_api;
    let mut findings: Vec<Finding> = api.classes.iter().map(class).collect();
    for gateway in &api.gateways {
        findings.extend(served(context, gateway));
        findings.extend(gateway.listeners.items.iter().flat_map(|one| listener(gateway, one)));
        findings.extend(gateway.addresses.items.iter().map(|one| address(gateway, one)));
        findings.extend(gateway.infrastructure.iter().flat_map(|found| infrastructure(gateway, found)));
        findings.extend(gateway.tls.iter().flat_map(|found| tls(gateway, found)));
        findings.extend(gateway.allowed_listeners.as_ref().map(|allowed| {
            let message =
                "which ListenerSets may add listeners is said the same to every controller: no effect";
            finding(&gateway.meta, &ISTIO_GATEWAY_CLASS, Direction::None, &allowed.at, message)
        }));
        findings.extend(gateway.default_scope.as_ref().map(|scope| {
            let message = "Istio does not act on `defaultScope`: no effect";
            finding(&gateway.meta, &WITHOUT_EFFECT, Direction::None, scope, message)
        }));
    }
    for one in &api.routes {
        findings.extend(route::check(context, one));
        findings.extend(mesh_route::check(context, one));
    }
    findings
}

fn class(class: &Class) -> Finding {
    let message = format!(
        "GatewayClass `{}` is served by Istio's controller `{}`; afterwards by none, and its Gateways have no proxies",
        class.meta.reference.name, class.controller.value
    );
    let help =
        "give its Gateways the class of a controller that stays; the controller of a class cannot be changed";
    finding(&class.meta, &ISTIO_GATEWAY_CLASS, Direction::Drops, &class.controller, message).help(help)
}

fn name(gateway: &Gateway) -> String {
    let reference = &gateway.meta.reference;
    format!("{}/{}", reference.namespace.as_deref().unwrap_or(""), reference.name)
}

/// What goes with Istio's controller.
fn served(context: &Context<'_>, gateway: &Gateway) -> Option<Finding> {
    let class = gateway.class.as_ref()?;
    let name = name(gateway);
    let listeners: Vec<String> = gateway.listeners.items.iter().map(listens).collect();
    let listeners = if listeners.is_empty() { "nothing".to_string() } else { words::joined(&listeners) };
    Some(match gateway.controller {
        Controller::Istio => {
            let message = format!(
                "Istio serves Gateway `{name}` (class `{}`), which listens to {listeners}; afterwards nobody does, unless \
                 another controller takes it over",
                class.value
            );
            finding(&gateway.meta, &ISTIO_GATEWAY_CLASS, Direction::Narrows, class, message).help(TAKE_OVER)
        }
        Controller::Remote => {
            let message = format!(
                "Gateway `{name}` stands for a gateway in another network, which proxies of the mesh ask; afterwards \
                 nobody does"
            );
            let help = "let clusters reach each other's Services another way before the mesh goes";
            finding(&gateway.meta, &ISTIO_GATEWAY_CLASS, Direction::Drops, class, message).help(help)
        }
        Controller::EastWest => {
            let message = format!(
                "proxies of other clusters come in through Gateway `{name}` ({listeners}); afterwards those clusters \
                 reach no Service here this way"
            );
            let help = "let clusters reach each other's Services another way before the mesh goes";
            finding(&gateway.meta, &ISTIO_GATEWAY_CLASS, Direction::Narrows, class, message).help(help)
        }
        Controller::Waypoint => waypoint(context, gateway, class, &name),
    })
}

/// Which traffic a waypoint takes. Nothing of it concerns anybody outside the mesh.
fn waypoint(context: &Context<'_>, gateway: &Gateway, class: &Leaf<String>, name: &str) -> Finding {
    let (what, services, pods) = match gateway.waypoint_for {
        WaypointFor::Service => ("requests to Services", true, false),
        WaypointFor::Workload => ("requests to pods", false, true),
        WaypointFor::All => ("requests to Services and pods", true, true),
        WaypointFor::None => {
            let message =
                format!("waypoint `{name}` takes no traffic (`istio.io/waypoint-for: none`): no effect");
            return finding(&gateway.meta, &WAYPOINT, Direction::None, class, message);
        }
    };
    let users = users(context, gateway, services, pods);
    if users.is_empty() {
        let message = format!(
            "waypoint `{name}` takes {what} that name it by the label `{USE}`; nothing in the input does"
        );
        return finding(&gateway.meta, &WAYPOINT, Direction::None, class, message);
    }
    let message = format!(
        "waypoint `{name}` takes {what} that name it: {}; afterwards they go to pods directly, and routes, policies with \
         `targetRefs` and telemetry of it act no more",
        words::listed(&users)
    );
    let help = "see what is said of those routes and policies; the Gateway itself serves nobody then";
    finding(&gateway.meta, &WAYPOINT, Direction::Drops, class, message).help(help)
}

/// Namespaces and Services (or workloads) of the input that name a waypoint. What has a label of its own
/// does not take that of its namespace.
fn users(context: &Context<'_>, gateway: &Gateway, services: bool, pods: bool) -> Vec<String> {
    let reference = &gateway.meta.reference;
    let own = reference.namespace.as_deref().unwrap_or("");
    let names = |labels: &crate::manifest::Labels, namespace: &str| {
        labels.get(USE).is_some_and(|name| *name == reference.name)
            && labels.get(USE_NAMESPACE).map_or(namespace, String::as_str) == own
    };
    let spaces = context.inventory.namespaces.iter();
    let spaces = spaces.filter(|(space, found)| names(&found.labels, space));
    let mut users: Vec<String> = spaces.map(|(space, _)| format!("Namespace/{space}")).collect();
    let objects = context.manifest.objects.iter().filter(|object| {
        let kind = (object.group(), object.reference.kind.as_str());
        let wanted = match kind {
            ("", "Service") | ("networking.istio.io", "ServiceEntry") => services,
            ("", "Pod") => pods,
            _ => false,
        };
        wanted && names(&object.labels, object.namespace())
    });
    users.extend(objects.map(|object| object.reference.to_string()));
    let workloads = context.inventory.workloads.iter().filter(|workload| {
        let space = workload.reference.namespace.as_deref().unwrap_or("");
        pods && workload.reference.kind != "Pod" && names(&workload.labels, space)
    });
    users.extend(workloads.map(|workload| workload.reference.to_string()));
    users
}

/// A listener in words: `port 80 (HTTP) for any host`.
fn listens(listener: &Listener) -> String {
    let port = listener.port.as_ref().map_or(0, |port| port.value);
    let protocol = listener.protocol.as_ref().map_or("?", |protocol| protocol.value.as_str());
    let host = listener.hostname.as_ref().map_or_else(
        || match protocol {
            "HTTP" | "HTTPS" | "TLS" => " for any host".to_string(),
            _ => String::new(),
        },
        |host| format!(" for `{}`", host.value),
    );
    format!("port {port} ({protocol}){host}")
}

fn listener(gateway: &Gateway, found: &Listener) -> Vec<Finding> {
    let words = listens(found);
    let outside = gateway.controller == Controller::Istio;
    let message = if outside {
        let who = match found.allowed_routes.as_ref().and_then(|allowed| allowed.from.as_ref()) {
            Some(from) => match from.value {
                From::All => "routes of every namespace",
                From::Selector => "routes of the selected namespaces",
                From::Same => "routes of its namespace",
                From::None => "no routes",
            },
            None => "routes of its namespace",
        };
        format!("{words}, open to {who}: the same with a controller that takes the Gateway over")
    } else if gateway.controller == Controller::Waypoint {
        format!("{words} is where the mesh's own proxies ask the waypoint: it goes with them")
    } else {
        format!("{words} is where the mesh's own proxies come in: it goes with them")
    };
    let mut findings = vec![finding(&gateway.meta, &GATEWAY_SERVER, Direction::None, &found.at, message)];
    if let Some(tls) = found.tls.as_ref().filter(|_| outside) {
        findings.extend(listener_tls(gateway, &words, tls));
    }
    findings
}

fn listener_tls(gateway: &Gateway, words: &str, tls: &ListenerTls) -> Vec<Finding> {
    let ListenerTls { at, mode, certificates, options } = tls;
    let mut findings = Vec::new();
    let message = match mode.as_ref().map_or(TlsMode::Terminate, |mode| mode.value) {
        TlsMode::Passthrough => {
            format!("TLS to {words} passes unopened: the same with every controller that serves it")
        }
        TlsMode::Terminate if certificates.items.is_empty() => {
            format!("TLS to {words} ends here; its options say with which certificate")
        }
        TlsMode::Terminate => format!(
            "TLS to {words} ends here with the certificate of {}: the same with a controller that takes the Gateway over",
            references(&certificates.items, "Secret")
        ),
    };
    findings.push(finding(&gateway.meta, &EDGE_TLS, Direction::None, at, message));
    for (option, value) in options {
        findings.push(match (option.as_str(), value.value.as_str()) {
            (TERMINATE_MODE, "MUTUAL" | "OPTIONAL_MUTUAL" | "ISTIO_MUTUAL") => {
                let message = format!(
                    "clients of {words} are asked for a certificate (`{option}: {}`), an option of Istio's that no other \
                     controller reads; afterwards nobody asks for one",
                    value.value
                );
                let help = "say it with `tls.frontend` of the Gateway, if the controller that takes it over serves that";
                finding(&gateway.meta, &EDGE_CLIENT_CERTIFICATES, Direction::Widens, value, message).help(help)
            }
            (TERMINATE_MODE, "ISTIO_SIMPLE") => {
                let message = format!("TLS to {words} ends here with a certificate of the mesh, which goes with it");
                let help = "name a Secret with a certificate of your own in `certificateRefs`";
                finding(&gateway.meta, &EDGE_TLS, Direction::Drops, value, message).help(help)
            }
            (CIPHERS, list) => {
                let message = format!(
                    "TLS to {words} takes the ciphers `{list}` alone, by an option of Istio's that no other controller \
                     reads"
                );
                let help = "set the ciphers in the way of the controller that takes the Gateway over";
                finding(&gateway.meta, &EDGE_TLS, Direction::Drops, value, message).help(help)
            }
            _ => {
                let message = format!("Istio does not know the option `{option}`: no effect");
                finding(&gateway.meta, &WITHOUT_EFFECT, Direction::None, value, message)
            }
        });
    }
    findings
}

/// References in words: ``Secret `a` ``.
fn references(all: &[Reference], kind: &str) -> String {
    let names: Vec<String> = all
        .iter()
        .map(|one| match &one.namespace {
            Some(namespace) => format!("{} `{}/{}`", one.kind_or(kind), namespace.value, one.name()),
            None => format!("{} `{}`", one.kind_or(kind), one.name()),
        })
        .collect();
    words::joined(&names)
}

fn address(gateway: &Gateway, found: &Address) -> Finding {
    let Address { at, kind, value } = found;
    let value = value.as_ref().map_or("", |value| value.value.as_str());
    let said =
        |direction, message: String| finding(&gateway.meta, &ISTIO_GATEWAY_CLASS, direction, at, message);
    if kind.as_ref().is_some_and(|kind| kind.value == "Hostname") && !value.is_empty() {
        let message = format!(
            "this Gateway has the proxies behind the Service `{value}` listen, which is Istio's own reading of a \
             `Hostname`; those proxies go with the mesh"
        );
        return said(Direction::Drops, message)
            .help("take the address out, so that the new controller makes its own proxies");
    }
    let message = format!(
        "the Service of this Gateway asks for the address `{value}`; a controller that takes the Gateway over may ask for \
         the same"
    );
    said(Direction::None, message)
}

fn infrastructure(gateway: &Gateway, found: &Infrastructure) -> Vec<Finding> {
    let Infrastructure { at, labels, annotations, parameters } = found;
    let mut findings = Vec::new();
    let names: Vec<&String> = labels.keys().chain(annotations.keys()).collect();
    if !names.is_empty() || parameters.is_none() {
        let message = format!(
            "labels and annotations of what is made for this Gateway ({}): a controller that takes it over is asked for \
             the same",
            words::listed(&names)
        );
        findings.push(finding(&gateway.meta, &ISTIO_GATEWAY_CLASS, Direction::None, at, message));
    }
    if let Some((at, to)) = parameters {
        let message = format!(
            "{} `{}` holds Istio's settings of the proxies of this Gateway, which no other controller reads",
            to.kind_or("ConfigMap"),
            to.name()
        );
        let help = "say number, resources and Service of the new proxies in the way of the controller that takes over";
        findings.push(finding(&gateway.meta, &ISTIO_GATEWAY_CLASS, Direction::Drops, at, message).help(help));
    }
    findings
}

fn tls(gateway: &Gateway, found: &GatewayTls) -> Vec<Finding> {
    let GatewayTls { backend, frontend, validations } = found;
    let mut findings: Vec<Finding> =
        validations.iter().filter(|one| one.asked).map(|one| validation(gateway, one)).collect();
    if let Some(at) = frontend.as_ref().filter(|_| findings.is_empty()) {
        let message = "`frontend` asks clients for no certificate: no effect";
        findings.push(finding(&gateway.meta, &EDGE_CLIENT_CERTIFICATES, Direction::None, at, message));
    }
    if let Some((at, reference)) = backend {
        let to = reference.iter().cloned().collect::<Vec<_>>();
        let message = format!(
            "the Gateway shows backends that speak TLS the certificate of {}; a controller that takes it over has to serve \
             that",
            references(&to, "Secret")
        );
        let help = "look up whether that controller serves `tls.backend`: backends refuse it otherwise";
        findings.push(finding(&gateway.meta, &EDGE_TLS, Direction::Drops, at, message).help(help));
    }
    findings
}

fn validation(gateway: &Gateway, found: &Validation) -> Finding {
    let Validation { at, port, authorities, fallback, asked: _ } = found;
    let of = port.as_ref().map_or("of each port".to_string(), |port| format!("of port {}", port.value));
    let by = references(&authorities.items, "ConfigMap");
    let name = name(gateway);
    if fallback.as_ref().is_some_and(|fallback| fallback.value) {
        let message = format!(
            "clients {of} of Gateway `{name}` are asked for a certificate of {by}, and let in without; the application \
             reads of it in `x-forwarded-client-cert`, which anybody can write unless the new controller takes it away"
        );
        let help = "look up whether the controller that takes the Gateway over serves `tls.frontend`";
        return finding(&gateway.meta, &EDGE_CLIENT_CERTIFICATES, Direction::Widens, at, message).help(help);
    }
    let message = format!(
        "clients {of} of Gateway `{name}` have to show a certificate of {by}; afterwards that hangs on the controller that \
         takes the Gateway over"
    );
    let help = "look up whether that controller serves `tls.frontend`, and try it without a certificate";
    finding(&gateway.meta, &EDGE_CLIENT_CERTIFICATES, Direction::Widens, at, message).help(help)
}
