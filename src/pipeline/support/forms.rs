//! Forms of each attribute: one small rule for each way to ask for it.
//!
//! A rule is what stands below `rules` of an AuthorizationPolicy; it is probed in an ALLOW and in a
//! DENY policy on `orders` of the cluster beside this file. What becomes of it is not known here.

use crate::ir::Attribute;

/// One way to ask for an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// In words.
    pub(super) name: &'static str,
    /// The rule, as YAML.
    pub(super) rule: &'static str,
    /// Whether the input says which namespaces are in the mesh.
    pub(super) closed: bool,
}

const fn form(name: &'static str, rule: &'static str) -> Form {
    Form { name, rule, closed: true }
}

/// The attribute after another one; the first after none. The match makes the compiler ask for the
/// place of a new one.
pub(super) fn next(attribute: Option<&Attribute>) -> Option<Attribute> {
    let Some(attribute) = attribute else { return Some(Attribute::Identity) };
    match attribute {
        Attribute::Identity => Some(Attribute::SourceIp),
        Attribute::SourceIp => Some(Attribute::RemoteIp),
        Attribute::RemoteIp => Some(Attribute::DestinationIp),
        Attribute::DestinationIp => Some(Attribute::DestinationPort),
        Attribute::DestinationPort => Some(Attribute::Sni),
        Attribute::Sni => Some(Attribute::Method),
        Attribute::Method => Some(Attribute::Path),
        Attribute::Path => Some(Attribute::Host),
        Attribute::Host => Some(Attribute::Header("x-tenant".to_string())),
        Attribute::Header(_) => Some(Attribute::RequestPrincipal),
        Attribute::RequestPrincipal => Some(Attribute::RequestAudience),
        Attribute::RequestAudience => Some(Attribute::RequestPresenter),
        Attribute::RequestPresenter => Some(Attribute::RequestClaim(vec!["group".to_string()])),
        Attribute::RequestClaim(_) => {
            Some(Attribute::EnvoyFilter("envoy.filters.network.redis_proxy".to_string()))
        }
        Attribute::EnvoyFilter(_) => None,
    }
}

/// What the section of an attribute is called.
pub(super) fn title(attribute: &Attribute) -> &'static str {
    match attribute {
        Attribute::Identity => "Identity of the peer",
        Attribute::SourceIp => "Address of the peer",
        Attribute::RemoteIp => "Address of the client behind proxies",
        Attribute::DestinationIp => "Address connected to",
        Attribute::DestinationPort => "Port",
        Attribute::Sni => "Server name of the TLS handshake",
        Attribute::Method => "Method",
        Attribute::Path => "Path",
        Attribute::Host => "Host",
        Attribute::Header(_) => "Request header",
        Attribute::RequestPrincipal => "Token: request principal",
        Attribute::RequestAudience => "Token: audience",
        Attribute::RequestPresenter => "Token: presenter",
        Attribute::RequestClaim(_) => "Token: claim",
        Attribute::EnvoyFilter(_) => "Metadata of an Envoy filter",
    }
}

/// The forms of an attribute.
pub(super) fn of(attribute: &Attribute) -> &'static [Form] {
    match attribute {
        Attribute::Identity => IDENTITY,
        Attribute::SourceIp => SOURCE_IP,
        Attribute::RemoteIp => REMOTE_IP,
        Attribute::DestinationIp => DESTINATION_IP,
        Attribute::DestinationPort => PORT,
        Attribute::Sni => SNI,
        Attribute::Method => METHOD,
        Attribute::Path => PATH,
        Attribute::Host => HOST,
        Attribute::Header(_) => HEADER,
        Attribute::RequestPrincipal => REQUEST_PRINCIPAL,
        Attribute::RequestAudience => REQUEST_AUDIENCE,
        Attribute::RequestPresenter => REQUEST_PRESENTER,
        Attribute::RequestClaim(_) => REQUEST_CLAIM,
        Attribute::EnvoyFilter(_) => ENVOY_FILTER,
    }
}

const IDENTITY: &[Form] = &[
    form("one principal", "{from: [{source: {principals: [cluster.local/ns/web/sa/frontend]}}]}"),
    form("principals by prefix", "{from: [{source: {principals: [cluster.local/ns/web/*]}}]}"),
    form("principals by suffix", "{from: [{source: {principals: ['*/sa/frontend']}}]}"),
    form("any principal", "{from: [{source: {principals: ['*']}}]}"),
    Form {
        closed: false,
        ..form(
            "any principal, where the input does not show the whole mesh",
            "{from: [{source: {principals: ['*']}}]}",
        )
    },
    form("all but one principal", "{from: [{source: {notPrincipals: [cluster.local/ns/web/sa/frontend]}}]}"),
    form("no principal", "{from: [{source: {notPrincipals: ['*']}}]}"),
    form(
        "a principal of another trust domain",
        "{from: [{source: {principals: [other.example/ns/web/sa/x]}}]}",
    ),
    form(
        "all but a principal of another trust domain",
        "{from: [{source: {notPrincipals: [other.example/ns/web/sa/x]}}]}",
    ),
    form(
        "a gateway's principal",
        "{from: [{source: {principals: [cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account]}}]}",
    ),
    form("one namespace", "{from: [{source: {namespaces: [web]}}]}"),
    form("namespaces by prefix", "{from: [{source: {namespaces: ['we*']}}]}"),
    form("namespaces by suffix", "{from: [{source: {namespaces: ['*eb']}}]}"),
    form("namespaces by a star in the middle", "{from: [{source: {namespaces: ['w*b']}}]}"),
    form("any namespace", "{from: [{source: {namespaces: ['*']}}]}"),
    Form {
        closed: false,
        ..form("a namespace that the input does not show", "{from: [{source: {namespaces: [elsewhere]}}]}")
    },
    form("all but one namespace", "{from: [{source: {notNamespaces: [web]}}]}"),
    form("one service account", "{from: [{source: {serviceAccounts: [web/frontend]}}]}"),
    form("all but one service account", "{from: [{source: {notServiceAccounts: [web/frontend]}}]}"),
    form(
        "a namespace without one principal of it",
        "{from: [{source: {namespaces: [web], notPrincipals: [cluster.local/ns/web/sa/frontend]}}]}",
    ),
];

const SOURCE_IP: &[Form] = &[
    form("one address", "{from: [{source: {ipBlocks: [203.0.113.7]}}]}"),
    form("a block", "{from: [{source: {ipBlocks: [203.0.113.0/24]}}]}"),
    form("a block of IPv6", "{from: [{source: {ipBlocks: ['2001:db8::/32']}}]}"),
    form("all but a block", "{from: [{source: {notIpBlocks: [203.0.113.0/24]}}]}"),
    form(
        "a block without a part of it",
        "{from: [{source: {ipBlocks: [203.0.113.0/24], notIpBlocks: [203.0.113.128/25]}}]}",
    ),
];

const REMOTE_IP: &[Form] = &[
    form("a block", "{from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}]}"),
    form("all but a block", "{from: [{source: {notRemoteIpBlocks: [203.0.113.0/24]}}]}"),
];

const DESTINATION_IP: &[Form] = &[
    form("a block", "{when: [{key: destination.ip, values: [10.0.0.0/8]}]}"),
    form("all but a block", "{when: [{key: destination.ip, notValues: [10.0.0.0/8]}]}"),
];

const PORT: &[Form] = &[
    form("one port", "{to: [{operation: {ports: ['8080']}}]}"),
    form("all but one port", "{to: [{operation: {notPorts: ['8080']}}]}"),
    form("one port, as a condition", "{when: [{key: destination.port, values: ['8080']}]}"),
];

const SNI: &[Form] = &[
    form("one name", "{when: [{key: connection.sni, values: [shop.example]}]}"),
    form("names by suffix", "{when: [{key: connection.sni, values: ['*.example']}]}"),
    form("names by prefix", "{when: [{key: connection.sni, values: ['shop.*']}]}"),
    form("any name", "{when: [{key: connection.sni, values: ['*']}]}"),
    form("all but one name", "{when: [{key: connection.sni, notValues: [shop.example]}]}"),
];

const METHOD: &[Form] = &[
    form("one method", "{to: [{operation: {methods: [GET]}}]}"),
    form("one method, on one port", "{to: [{operation: {methods: [GET], ports: ['8080']}}]}"),
    form("methods by prefix", "{to: [{operation: {methods: ['P*']}}]}"),
    form("any method", "{to: [{operation: {methods: ['*']}}]}"),
    form("all but one method", "{to: [{operation: {notMethods: [DELETE]}}]}"),
];

const PATH: &[Form] = &[
    form("one path", "{to: [{operation: {paths: [/orders]}}]}"),
    form("paths by prefix, whole segments", "{to: [{operation: {paths: ['/orders/*']}}]}"),
    form("paths by prefix, inside a segment", "{to: [{operation: {paths: ['/orders/v*']}}]}"),
    form("paths by suffix", "{to: [{operation: {paths: ['*.html']}}]}"),
    form("any path", "{to: [{operation: {paths: ['*']}}]}"),
    form("any path, from the slash on", "{to: [{operation: {paths: ['/*']}}]}"),
    form("template of one segment", "{to: [{operation: {paths: ['/orders/{*}/lines']}}]}"),
    form("template of many segments", "{to: [{operation: {paths: ['/orders/{**}']}}]}"),
    form("all but one path", "{to: [{operation: {notPaths: [/admin]}}]}"),
    form("one path and one method", "{to: [{operation: {paths: [/orders], methods: [GET]}}]}"),
    form(
        "one path, from one principal",
        "{from: [{source: {principals: [cluster.local/ns/web/sa/frontend]}}], to: [{operation: {paths: [/orders]}}]}",
    ),
];

const HOST: &[Form] = &[
    form("one host", "{to: [{operation: {hosts: ['shop.example', 'shop.example:*']}}]}"),
    form("hosts by suffix", "{to: [{operation: {hosts: ['*.example']}}]}"),
    form("hosts by prefix", "{to: [{operation: {hosts: ['shop.*']}}]}"),
    form("any host", "{to: [{operation: {hosts: ['*']}}]}"),
    form("all but one host", "{to: [{operation: {notHosts: ['shop.example', 'shop.example:*']}}]}"),
];

const HEADER: &[Form] = &[
    form("one value", "{when: [{key: 'request.headers[x-tenant]', values: [acme]}]}"),
    form("values by prefix", "{when: [{key: 'request.headers[x-tenant]', values: ['ac*']}]}"),
    form("values by suffix", "{when: [{key: 'request.headers[x-tenant]', values: ['*me']}]}"),
    form("any value", "{when: [{key: 'request.headers[x-tenant]', values: ['*']}]}"),
    form("all but one value", "{when: [{key: 'request.headers[x-tenant]', notValues: [acme]}]}"),
];

const REQUEST_PRINCIPAL: &[Form] = &[
    form("one", "{from: [{source: {requestPrincipals: [issuer.example/alice]}}]}"),
    form("by prefix", "{from: [{source: {requestPrincipals: ['issuer.example/*']}}]}"),
    form("by suffix", "{from: [{source: {requestPrincipals: ['*/alice']}}]}"),
    form("any: a valid token", "{from: [{source: {requestPrincipals: ['*']}}]}"),
    form("none: no valid token", "{from: [{source: {notRequestPrincipals: ['*']}}]}"),
];

const REQUEST_AUDIENCE: &[Form] = &[form("one", "{when: [{key: request.auth.audiences, values: [shop]}]}")];

const REQUEST_PRESENTER: &[Form] =
    &[form("one", "{when: [{key: request.auth.presenter, values: [app.example]}]}")];

const REQUEST_CLAIM: &[Form] = &[
    form("one value", "{when: [{key: 'request.auth.claims[group]', values: [admin]}]}"),
    form(
        "one value of a nested claim",
        "{when: [{key: 'request.auth.claims[realm][group]', values: [admin]}]}",
    ),
    form("all but one value", "{when: [{key: 'request.auth.claims[group]', notValues: [guest]}]}"),
];

const ENVOY_FILTER: &[Form] = &[form(
    "one value",
    "{when: [{key: 'experimental.envoy.filters.network.redis_proxy[cmd]', values: [get]}]}",
)];
