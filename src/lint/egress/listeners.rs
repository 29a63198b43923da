//! Sidecars: what proxies know, where they listen, what they accept.

use super::registry_only::pods;
use super::{instead, on, texts, tls};
use crate::finding::codes::traffic::{
    EGRESS_PROXY, INBOUND_CONNECTIONS, INBOUND_LISTENER, OUTBOUND_LISTENER, PROXY_SCOPE,
};
use crate::finding::{Code, Direction, Finding};
use crate::istio::Sidecar;
use crate::istio::destination_rule::ConnectionPool;
use crate::istio::port::Port;
use crate::istio::sidecar::{
    CaptureMode, EgressListener, EgressProxy, IngressListener, Mode, OutboundTrafficPolicy,
};
use crate::lint::Context;
use crate::lint::destination::pool;
use crate::lint::words::{joined, listed};
use crate::yaml::fields::Leaf;

/// A Sidecar with the words for its pods.
struct Scene<'a> {
    context: &'a Context<'a>,
    sidecar: &'a Sidecar,
    pods: String,
}

/// One finding for each feature in use; what REGISTRY_ONLY closes is told elsewhere.
pub(super) fn check(context: &Context<'_>, sidecar: &Sidecar) -> Vec<Finding> {
    let scene = Scene { context, sidecar, pods: pods(context, sidecar) };
    let Sidecar { meta: _, selector: _, ingress, egress, inbound_pool, outbound } = sidecar;
    let mut findings = Vec::new();
    findings.extend(scene.selected());
    findings.extend(egress.items.iter().flat_map(|listener| scene.outbound_listener(listener)));
    findings.extend(outbound.iter().flat_map(|policy| scene.policy(policy)));
    for listener in &ingress.items {
        findings.extend(scene.inbound_listener(listener));
        findings.extend(listener.tls.as_ref().map(|found| tls::check(sidecar, &scene.pods, listener, found)));
        let port = listener.port.as_ref().map(|port| format!(" on port {}", port.in_words()));
        findings.extend(listener.pool.as_ref().map(|pool| scene.pool(pool, &port.unwrap_or_default())));
    }
    findings.extend(inbound_pool.as_ref().map(|pool| scene.pool(pool, "")));
    findings
}

impl Scene<'_> {
    fn finding<T>(
        &self,
        code: &'static Code,
        direction: Direction,
        leaf: &Leaf<T>,
        message: impl Into<String>,
    ) -> Finding {
        on(&self.sidecar.meta.reference, code, direction, leaf, message)
    }

    /// Which workloads of the input a selector means.
    fn selected(&self) -> Option<Finding> {
        let selector = self.sidecar.selector.as_ref()?;
        let own = self.sidecar.namespace();
        let workloads = self.context.inventory.workloads.iter();
        let shown = workloads.filter(|one| one.identity.namespace == own && selector.matches(&one.labels));
        let shown: Vec<String> = shown.map(|one| one.reference.to_string()).collect();
        let among = if shown.is_empty() { "no workload of the input".to_string() } else { listed(&shown) };
        let message =
            format!("this is for {} alone ({among}), and stands in place of other Sidecars", self.pods);
        Some(self.finding(&PROXY_SCOPE, Direction::None, &selector.at, message))
    }

    /// What proxies know; a place of their own where the application speaks to them.
    fn outbound_listener(&self, listener: &EgressListener) -> Vec<Finding> {
        let EgressListener { at, port, bind, capture, hosts } = listener;
        let names = if hosts.items.is_empty() { "no host".to_string() } else { texts(&hosts.items) };
        let spoken_to = capture.as_ref().is_some_and(|mode| mode.value == CaptureMode::None);
        if bind.is_some() || spoken_to {
            let place = match (bind, port) {
                (Some(bind), Some(port)) if !bind.value.starts_with("unix://") => {
                    format!("`{}`, port {}", bind.value, port.in_words())
                }
                (Some(bind), _) => format!("`{}`{}", bind.value, spoken(port.as_ref())),
                (None, Some(port)) => format!("`127.0.0.1`, port {}", port.in_words()),
                (None, None) => "the pod's own address".to_string(),
            };
            let why = if spoken_to { " (`captureMode: NONE`)" } else { "" };
            let message = format!(
                "applications in {} reach {names} at {place}, where their proxy listens{why}; afterwards nobody listens \
                 there",
                self.pods
            );
            let help = "let the application ask for the host itself";
            let at = bind.as_ref().map_or_else(|| at.clone(), |bind| instead(bind, at));
            return vec![self.finding(&OUTBOUND_LISTENER, Direction::Narrows, &at, message).help(help)];
        }
        let first = hosts.items.first().map_or_else(|| at.clone(), |host| instead(host, at));
        let on_port = port.as_ref().map_or_else(String::new, |port| format!(" on port {}", port.in_words()));
        let closed = self.sidecar.outbound.as_ref().is_some_and(|policy| policy.mode() == Mode::RegistryOnly);
        let others = if closed {
            "the rest is refused, which is told with `outboundTrafficPolicy`"
        } else if self.sidecar.outbound.is_some() {
            "connections elsewhere go out all the same, as they do afterwards"
        } else {
            "connections elsewhere go out all the same, as they do afterwards, unless the mesh refuses them"
        };
        let message = format!("proxies of {} know {names}{on_port} alone; {others}", self.pods);
        vec![self.finding(&PROXY_SCOPE, Direction::None, &first, message)]
    }

    /// ALLOW_ANY, and a proxy that unknown destinations go through.
    fn policy(&self, policy: &OutboundTrafficPolicy) -> Vec<Finding> {
        let OutboundTrafficPolicy { at, mode, proxy } = policy;
        if let Some(proxy) = proxy {
            return vec![self.proxy(proxy)];
        }
        if policy.mode() == Mode::RegistryOnly {
            return Vec::new();
        }
        let at = mode.as_ref().map_or_else(|| at.clone(), |mode| instead(mode, at));
        let message =
            format!("{} may reach any destination (`ALLOW_ANY`), and may afterwards: no effect", self.pods);
        vec![self.finding(&PROXY_SCOPE, Direction::None, &at, message)]
    }

    fn proxy(&self, proxy: &EgressProxy) -> Finding {
        let EgressProxy { at, host, subset, port } = proxy;
        let name = host.as_ref().map_or("", |host| host.value.as_str());
        let subset =
            subset.as_ref().map_or_else(String::new, |subset| format!("subset `{}` of ", subset.value));
        let port = port.as_ref().map_or_else(String::new, |port| format!(" on port {}", port.value));
        let message = format!(
            "connections of {} to destinations that proxies do not know go through {subset}`{name}`{port}; afterwards \
             they go straight out, past that proxy and what it refuses",
            self.pods
        );
        let help = "let applications use the proxy themselves (`HTTPS_PROXY`), and let them reach nothing else by \
                    egress policy";
        self.finding(&EGRESS_PROXY, Direction::Widens, at, message).help(help)
    }

    fn pool(&self, found: &ConnectionPool, on_port: &str) -> Finding {
        let words = pool::words(found);
        if words.is_empty() {
            let message =
                "`connectionPool` sets nothing but Istio's defaults, which limit nothing: no effect";
            return self.finding(&INBOUND_CONNECTIONS, Direction::None, &found.at, message);
        }
        let message = format!(
            "each proxy of {} sets for what comes in{on_port}: {}; afterwards none of this holds",
            self.pods,
            joined(&words)
        );
        let help = "set the same limits in the server itself; what is above a limit arrives there afterwards";
        self.finding(&INBOUND_CONNECTIONS, Direction::Drops, &found.at, message).help(help)
    }

    /// Where connections to a port of the pods go on to.
    fn inbound_listener(&self, listener: &IngressListener) -> Vec<Finding> {
        let IngressListener { at, port, bind, capture, endpoint, tls: _, pool: _ } = listener;
        let own = capture.as_ref().is_some_and(|mode| mode.value == CaptureMode::None);
        let number = port.as_ref().and_then(|port| port.number.as_ref()).map(|number| number.value);
        let shown = port.as_ref().map_or_else(|| "?".to_string(), Port::in_words);
        let bound = bind.as_ref().map_or_else(String::new, |bind| format!(" at `{}`", bind.value));
        let how = if own { " (`captureMode: NONE`)" } else { "" };
        let subject = format!("connections to port {shown} of {}{bound}", self.pods);
        let Some(to) = endpoint else {
            if own {
                let message = format!(
                    "{subject} are taken by the proxy, which listens there itself{how}; afterwards by the application \
                     alone, where it listens there"
                );
                return vec![
                    self.finding(&INBOUND_LISTENER, Direction::Narrows, at, message).help(SAME_PORT),
                ];
            }
            let message = format!(
                "{subject} come to the application at the same port, as they do afterwards: no effect"
            );
            return vec![self.finding(&INBOUND_LISTENER, Direction::None, at, message)];
        };
        let at = instead(to, at);
        let place = Place::of(&to.value);
        let (other_port, loopback) = match place {
            Place::Socket | Place::Unknown => (true, false),
            Place::Loopback(port) => (Some(port) != number, true),
            Place::Pod(port) => (Some(port) != number, false),
        };
        let afterwards = if !other_port && !loopback && !own {
            let message =
                format!("{subject} come to the application at the same port (`{}`): no effect", to.value);
            return vec![self.finding(&INBOUND_LISTENER, Direction::None, &at, message)];
        } else if other_port {
            format!(
                "afterwards clients of port {shown} reach nothing, unless the application listens there too"
            )
        } else {
            "afterwards clients reach nothing if the application listens at the loopback address alone"
                .to_string()
        };
        let message = format!("{subject} go on to `{}` by the proxy{how}; {afterwards}", to.value);
        vec![self.finding(&INBOUND_LISTENER, Direction::Narrows, &at, message).help(SAME_PORT)]
    }
}

const SAME_PORT: &str = "let the application listen at the pod's address on the port that clients ask for, or set \
                         `targetPort` of the Service to the one where it listens";

fn spoken(port: Option<&Port>) -> String {
    let protocol = port.and_then(|port| port.protocol.as_ref());
    protocol.map_or_else(String::new, |protocol| format!(" ({})", protocol.value))
}

/// Where a `defaultEndpoint` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// `unix://`.
    Socket,
    /// `127.0.0.1`, `[::1]`, or no host.
    Loopback(i64),
    /// `0.0.0.0` or `[::]`, which stand for the pod's address.
    Pod(i64),
    /// What Istio refuses.
    Unknown,
}

impl Place {
    fn of(text: &str) -> Self {
        if text.starts_with("unix://") {
            return Self::Socket;
        }
        let Some((host, port)) = text.rsplit_once(':') else { return Self::Unknown };
        match (host, port.parse()) {
            ("0.0.0.0" | "[::]", Ok(port)) => Self::Pod(port),
            ("127.0.0.1" | "[::1]" | "", Ok(port)) => Self::Loopback(port),
            (_, Ok(_) | Err(_)) => Self::Unknown,
        }
    }
}
