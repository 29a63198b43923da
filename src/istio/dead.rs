//! Kinds that Istio had once and dropped, with the release that dropped them and what took their place.
//!
//! Facts: the change notes of 1.0 (RouteRule and its like, istio/istio#7071), 1.5 (IstioControlPlane), 1.6
//! (`rbac.istio.io`, `authentication.istio.io`) and 1.8 (Mixer, and with it `config.istio.io`).

use crate::manifest::Object;

/// What is known of a dropped kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dead {
    /// The release that no longer had it.
    pub until: &'static str,
    /// What it did where a mesh enforced it.
    pub did: &'static str,
    /// What to write today.
    pub successor: &'static str,
}

/// Mixer's kinds, which are told apart by what they were for.
const POLICY: &str = "an AuthorizationPolicy, with the action CUSTOM where a service decided";
const LIMIT: &str = "an EnvoyFilter with a rate limit; Istio has no kind of its own for it";
const TELEMETRY: &str = "a Telemetry (telemetry.istio.io)";
const MIXER: &str = "an AuthorizationPolicy where it refused requests, a Telemetry where it reported them";
const ROUTES: &str = "a VirtualService (networking.istio.io)";

/// What is known of the object's kind, if Istio dropped it.
#[must_use]
pub fn find(object: &Object) -> Option<Dead> {
    let kind = object.reference.kind.as_str();
    match object.group() {
        "rbac.istio.io" => Some(rbac(kind)),
        "authentication.istio.io" => Some(authentication(kind)),
        "config.istio.io" => Some(routing(kind).unwrap_or_else(|| mixer(kind))),
        "networking.istio.io" if kind == "ExternalService" => Some(Dead {
            until: "0.8",
            did: "it let traffic out to what it names",
            successor: "a ServiceEntry (networking.istio.io)",
        }),
        "networking.istio.io" => routing(kind),
        "install.istio.io" if kind == "IstioControlPlane" => Some(Dead {
            until: "1.5",
            did: "it set up the mesh",
            successor: "an IstioOperator (install.istio.io)",
        }),
        _ => None,
    }
}

fn rbac(kind: &str) -> Dead {
    let successor = match kind {
        "ServiceRole" | "ServiceRoleBinding" => {
            "an AuthorizationPolicy (security.istio.io), which holds what a ServiceRole and its \
             ServiceRoleBinding held together"
        }
        "RbacConfig" | "ClusterRbacConfig" => {
            "an AuthorizationPolicy (security.istio.io) with an empty `spec` in each namespace that it \
             switched on, which refuses what no other one allows"
        }
        _ => "an AuthorizationPolicy (security.istio.io)",
    };
    Dead { until: "1.6", did: "it refused requests", successor }
}

fn authentication(kind: &str) -> Dead {
    let successor = match kind {
        "MeshPolicy" => {
            "a PeerAuthentication in the root namespace for `peers`, and a RequestAuthentication for `origins`"
        }
        _ => "a PeerAuthentication for `peers`, and a RequestAuthentication for `origins`",
    };
    Dead { until: "1.6", did: "it refused plaintext or bad tokens", successor }
}

/// The first API of routing, whose kinds were of `config.istio.io/v1alpha2`.
fn routing(kind: &str) -> Option<Dead> {
    let (did, successor) = match kind {
        "RouteRule" => ("it routed requests", ROUTES),
        "IngressRule" => ("it routed requests at the edge", "a Gateway and a VirtualService"),
        "DestinationPolicy" => {
            ("it balanced load and broke circuits", "a DestinationRule (networking.istio.io)")
        }
        "EgressRule" => ("it let traffic out to what it names", "a ServiceEntry (networking.istio.io)"),
        _ => return None,
    };
    Some(Dead { until: "1.0", did, successor })
}

/// Mixer's kinds: handlers, instances and rules, and before them one for each adapter and template.
fn mixer(kind: &str) -> Dead {
    let (did, successor) = match kind {
        "QuotaSpec" | "QuotaSpecBinding" | "quota" | "memquota" | "redisquota" => {
            ("it limited the rate of requests", LIMIT)
        }
        "denier" | "listchecker" | "listentry" | "checknothing" | "authorization" | "opa" | "rbac"
        | "apikey" | "HTTPAPISpec" | "HTTPAPISpecBinding" => ("it refused requests, or helped to", POLICY),
        "metric" | "logentry" | "tracespan" | "edge" | "reportnothing" | "prometheus" | "stdio"
        | "fluentd" | "statsd" | "stackdriver" | "solarwinds" | "signalfx" | "circonus" | "cloudwatch"
        | "dogstatsd" | "zipkin" => ("it reported requests", TELEMETRY),
        _ => ("it refused, limited or reported requests", MIXER),
    };
    Dead { until: "1.8", did, successor }
}
