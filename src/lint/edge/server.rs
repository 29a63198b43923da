//! One server of an Istio Gateway: what it lets in, the TLS that ends there, redirects.

use super::{clients, finding, words};
use crate::finding::codes::traffic::{EDGE_TLS, GATEWAY_SERVER, HTTPS_REDIRECT};
use crate::finding::{Direction, Finding};
use crate::istio::Gateway;
use crate::istio::gateway::{Protocol, Server, ServerTls, TlsMode, TlsVersion};
use crate::lint::Context;

/// All that is to be said of a server.
pub(super) fn check(context: &Context<'_>, gateway: &Gateway, server: &Server) -> Vec<Finding> {
    let mut findings = vec![lets_in(context, gateway, server)];
    if let Some(endpoint) = &server.default_endpoint {
        let message =
            format!("Istio does not implement `defaultEndpoint`: `{}` has no effect", endpoint.value);
        findings.push(finding(&gateway.meta, &GATEWAY_SERVER, Direction::None, endpoint, message));
    }
    if let Some(tls) = &server.tls {
        findings.extend(redirect(gateway, server, tls));
        findings.extend(ends(gateway, server, tls));
        findings.extend(clients::check(gateway, server, tls));
    }
    findings
}

/// Whether an HTTP server sends clients to HTTPS.
fn redirects(server: &Server) -> bool {
    let tls = server.tls.as_ref();
    server.protocol() == Some(Protocol::Http)
        && tls.is_some_and(|tls| tls.https_redirect.as_ref().is_some_and(|redirect| redirect.value))
}

/// Hosts and port. Routes that use them have findings of their own, on their VirtualServices.
fn lets_in(context: &Context<'_>, gateway: &Gateway, server: &Server) -> Finding {
    let hosts = words::hosts(server, gateway);
    let port = words::port(server);
    let protocol = words::protocol(server);
    let users = words::users(&context.resources.virtual_services, gateway, server);
    let requests = matches!(server.protocol(), Some(Protocol::Http))
        || (server.protocol() == Some(Protocol::Https)
            && !matches!(server.mode(), Some(TlsMode::Passthrough | TlsMode::AutoPassthrough)));
    let what = if requests { "requests" } else { "connections" };
    let subject = format!("{what} to {hosts} come in on {port} ({protocol})");
    let name =
        server.name.as_ref().map_or(String::new(), |name| format!(", named `{}` in statistics", name.value));
    let said = |direction, message: String| {
        finding(&gateway.meta, &GATEWAY_SERVER, direction, &server.at, format!("{message}{name}"))
    };
    if server.mode() == Some(TlsMode::AutoPassthrough) {
        let message = format!(
            "{subject} from proxies of other clusters, and go on by server name; afterwards those clusters reach no \
             Service here this way"
        );
        let help = "let clusters reach each other's Services another way before the mesh goes (routed pod networks, a \
                    multi-cluster Service, a LoadBalancer)";
        return said(Direction::Narrows, message).help(help);
    }
    if users.is_empty() {
        let answer = if redirects(server) {
            "it only redirects them"
        } else if requests {
            "it answers them with 404"
        } else {
            "it closes them"
        };
        let message = format!(
            "{subject}, and no VirtualService of the input uses that: here {answer}; routes that are not in the input \
             lose their way in"
        );
        return said(Direction::None, message);
    }
    let message =
        format!("{subject} for VirtualService {}; afterwards nobody listens there", words::listed(&users));
    said(Direction::Drops, message).help(stands_in(server))
}

fn stands_in(server: &Server) -> String {
    let number = server.port.as_ref().and_then(|port| port.number.as_ref()).map_or(0, |number| number.value);
    match server.protocol() {
        Some(Protocol::Http) => format!(
            "give a Gateway of Gateway API with another controller a listener with port {number}, protocol HTTP and the \
             same hostnames, or use an Ingress"
        ),
        Some(Protocol::Https) => format!(
            "give a Gateway of Gateway API with another controller a listener with port {number}, protocol HTTPS, the \
             same hostnames and certificates, or use an Ingress with `tls`"
        ),
        Some(Protocol::Tls) => format!(
            "give a Gateway of Gateway API with another controller a listener with port {number}, protocol TLS and a \
             TLSRoute, or a Service of type LoadBalancer for each destination"
        ),
        Some(Protocol::Tcp | Protocol::Udp) | None => format!(
            "a Service of type LoadBalancer on port {number}, or a listener with a TCPRoute of Gateway API"
        ),
    }
}

fn redirect(gateway: &Gateway, server: &Server, tls: &ServerTls) -> Option<Finding> {
    let at = tls.https_redirect.as_ref()?;
    let hosts = words::hosts(server, gateway);
    let (direction, message) = if !at.value {
        (Direction::None, format!("requests to {hosts} are not redirected, which is the default: no effect"))
    } else if redirects(server) {
        let port = words::port(server);
        let message = format!(
            "requests to {hosts} in clear text on {port} are redirected to HTTPS with 301; afterwards nobody redirects \
             them"
        );
        (Direction::Drops, message)
    } else {
        (Direction::None, "`httpsRedirect` acts on HTTP alone: no effect here".to_string())
    };
    let found = finding(&gateway.meta, &HTTPS_REDIRECT, direction, at, message);
    let help = "redirect where clients come in then: an HTTPRoute with a RequestRedirect filter (`scheme: https`, \
                `statusCode: 301`), or the Ingress controller's setting; and keep port 80 from leading to the \
                application";
    Some(if direction == Direction::Drops { found.help(help) } else { found })
}

/// TLS that ends at the proxy, or passes it.
fn ends(gateway: &Gateway, server: &Server, tls: &ServerTls) -> Option<Finding> {
    let hosts = words::hosts(server, gateway);
    let port = words::port(server);
    let mode = server.mode()?;
    let protocol = server.protocol();
    if matches!(protocol, Some(Protocol::Http)) {
        let passes = mode == TlsMode::Passthrough;
        let message = "`tls` on a port with clear text means `httpsRedirect` alone: no other effect";
        return passes.then(|| finding(&gateway.meta, &EDGE_TLS, Direction::None, &tls.at, message));
    }
    let message = match mode {
        TlsMode::AutoPassthrough => {
            let message =
                format!("TLS to {hosts} on {port} passes unopened to the Service that the server name means");
            return Some(finding(&gateway.meta, &EDGE_TLS, Direction::None, &tls.at, message));
        }
        TlsMode::Passthrough => {
            let message = format!(
                "TLS to {hosts} on {port} passes unopened, by server name{}; afterwards nobody leads it on",
                unused(tls)
            );
            let help = "a listener with protocol TLS and `tls.mode: Passthrough`, and a TLSRoute with the same names \
                        (Gateway API), or a Service of type LoadBalancer for each destination; TLS still ends in the pods";
            return Some(finding(&gateway.meta, &EDGE_TLS, Direction::Drops, &tls.at, message).help(help));
        }
        TlsMode::Simple | TlsMode::Mutual | TlsMode::OptionalMutual | TlsMode::IstioMutual => format!(
            "TLS to {hosts} on {port} ends here with {}{}; afterwards nobody presents it",
            certificate(tls, mode),
            settings(tls)
        ),
    };
    let help = if mode == TlsMode::IstioMutual {
        "certificates of the mesh go with it: let what stands in have one of your own, from cert-manager or another \
         authority"
    } else {
        "name the same Secret in `tls.certificateRefs` of a listener (Gateway API, `mode: Terminate`) or in `tls` of an \
         Ingress; it has to be in the namespace of that object, or a ReferenceGrant has to allow it"
    };
    Some(finding(&gateway.meta, &EDGE_TLS, Direction::Drops, &tls.at, message).help(help))
}

/// Certificates beside PASSTHROUGH, which Istio warns of and ignores.
fn unused(tls: &ServerTls) -> &'static str {
    let certificate = &tls.certificate;
    let any = certificate.credential_name.is_some()
        || certificate.files.certificate.is_some()
        || certificate.files.key.is_some()
        || !certificate.credential_names.items.is_empty()
        || !certificate.several.items.is_empty();
    if any { " (the certificates beside it have no effect)" } else { "" }
}

fn certificate(tls: &ServerTls, mode: TlsMode) -> String {
    if mode == TlsMode::IstioMutual {
        return "the certificate of the mesh".to_string();
    }
    let certificate = &tls.certificate;
    let names: Vec<&str> = certificate
        .credential_name
        .iter()
        .chain(&certificate.credential_names.items)
        .map(|name| name.value.as_str())
        .collect();
    if !names.is_empty() {
        let secrets = if names.len() == 1 { "Secret" } else { "Secrets" };
        return format!("the certificate of the {secrets} {} beside the proxy", words::listed(&names));
    }
    let pairs = std::iter::once(&certificate.files).chain(&certificate.several.items);
    let files: Vec<&str> =
        pairs.filter_map(|pair| pair.certificate.as_ref()).map(|file| file.value.as_str()).collect();
    if files.is_empty() {
        return "a certificate that is not named".to_string();
    }
    format!("the certificate in {} of the proxy's container", words::listed(&files))
}

/// Versions and ciphers, where they are set.
fn settings(tls: &ServerTls) -> String {
    let versions = (tls.min_version.is_some() || tls.max_version.is_some()).then(|| {
        let least = tls.min_version.as_ref().map_or(TlsVersion::Auto, |version| version.value);
        let most = tls.max_version.as_ref().map_or(TlsVersion::Auto, |version| version.value);
        format!(", TLS {} to {}", number(least, "1.2"), number(most, "1.3"))
    });
    let ciphers = (!tls.cipher_suites.is_empty())
        .then(|| format!(", ciphers {}", words::listed(&words::values(&tls.cipher_suites))));
    versions.into_iter().chain(ciphers).collect()
}

fn number(version: TlsVersion, auto: &'static str) -> &'static str {
    match version {
        TlsVersion::Auto => auto,
        TlsVersion::V1_0 => "1.0",
        TlsVersion::V1_1 => "1.1",
        TlsVersion::V1_2 => "1.2",
        TlsVersion::V1_3 => "1.3",
    }
}
