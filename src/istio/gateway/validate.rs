//! What Istio refuses in a Gateway: `ValidateGateway` (`pkg/config/validation`) and the CRD's schema.
//!
//! Warnings of Istio's are no refusals: such a Gateway works, and what it does is said by `lint`.

use super::{Gateway, Port, Protocol, Server, ServerTls, TlsMode};
use crate::istio::checks::Checks;
use crate::istio::common;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// How a Unix socket is written in `bind`.
const SOCKET: &str = "unix://";

/// Says what Istio refuses.
pub(super) fn check(gateway: &Gateway, checks: &Checks<'_>) {
    let Gateway { meta, selector_at: _, selector: _, servers } = gateway;
    let whole = Leaf { value: (), span: meta.name_span, field: "metadata.name".to_string() };
    if !is_label(&meta.reference.name) {
        let message = format!("Istio refuses the name `{}` of a Gateway", meta.reference.name);
        checks.refuse(&whole, message, "use letters in lower case, digits and `-`, at most 63 of them");
    }
    if servers.items.is_empty() {
        let at = servers.at.clone().unwrap_or(whole);
        let message = "Istio refuses a Gateway without `servers`";
        checks.refuse(&at, message, "give it a server, or take the Gateway out");
    }
    let mut names = BTreeSet::new();
    for server in &servers.items {
        check_server(server, checks);
        let name = server.port.as_ref().and_then(|port| port.name.as_ref());
        if let Some(name) = name.filter(|name| !name.value.is_empty() && !names.insert(&name.value)) {
            let message = format!("two servers have the port name `{}`", name.value);
            checks.refuse(name, message, "give each port of a Gateway a name of its own");
        }
    }
}

fn check_server(server: &Server, checks: &Checks<'_>) {
    let Server { at, name: _, port, bind, hosts, tls, default_endpoint: _ } = server;
    if hosts.items.is_empty() {
        checks.refuse(
            hosts.at.as_ref().unwrap_or(at),
            "Istio refuses a server without `hosts`",
            "name the hosts, or `*`",
        );
    }
    for host in &hosts.items {
        check_host(host, checks);
    }
    let socket = bind.as_ref().filter(|bind| bind.value.starts_with(SOCKET));
    let fits = match port {
        None => {
            checks.refuse(at, "Istio refuses a server without `port`", "give it a port");
            false
        }
        Some(port) => check_port(port, socket.is_some(), checks),
    };
    if let Some(bind) = bind.as_ref().filter(|bind| !bind.value.is_empty()) {
        check_bind(bind, port.as_ref(), checks);
    }
    if let Some(tls) = tls {
        check_tls(tls, checks);
    }
    if let Some(protocol) = server.protocol().filter(|_| fits) {
        check_pair(server, protocol, checks);
    }
}

/// `ValidateNamespaceSlashWildcardHostname`, for Gateways.
fn check_host(host: &Leaf<String>, checks: &Checks<'_>) {
    let (namespace, name) = match host.value.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, host.value.as_str()),
    };
    if let Some(namespace) = namespace.filter(|one| !matches!(*one, "*" | ".") && !is_label(one)) {
        let message = format!("`{namespace}` is no namespace that a host of a Gateway can have");
        checks.refuse(host, message, "write `namespace/host`, `./host`, `*/host`, or the host alone");
        return;
    }
    // Istio looks for a dot first, so an IPv6 address is no host.
    let address = name.contains('.') && name.parse::<std::net::IpAddr>().is_ok();
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let whole = name == "*" || address;
    if !whole && (!name.contains('.') || rest.contains('*') || !is_domain(rest)) {
        let message = format!("`{name}` is no host that a Gateway can have");
        checks.refuse(host, message, "write a full name such as `shop.example.com`, `*.example.com`, or `*`");
    }
}

/// Whether the port itself is one that Istio takes, which the check of its TLS hangs on.
fn check_port(port: &Port, socket: bool, checks: &Checks<'_>) -> bool {
    let Port { at, number, name, protocol, target_port } = port;
    let mut fits = true;
    let mut refuse = |at: &Leaf<()>, message: String, help: &str| {
        checks.refuse(at, message, help);
        fits = false;
    };
    match protocol {
        None => refuse(
            at,
            "Istio refuses a port without `protocol`".into(),
            "write HTTP, HTTPS, TLS, TCP or another one that Istio knows",
        ),
        Some(protocol) if Protocol::of(&protocol.value).is_none() => refuse(
            &place(protocol),
            format!("`{}` is no protocol of a Gateway", protocol.value),
            "write HTTP, HTTP2, GRPC, GRPC-WEB, HTTPS, TLS, TCP, MONGO, REDIS or MYSQL",
        ),
        Some(_) => {}
    }
    match number {
        None => refuse(at, "Istio refuses a port without `number`".into(), "write the port to listen at"),
        Some(number) if number.value == 0 && !socket => refuse(
            &place(number),
            "Istio refuses port 0 of a server".into(),
            "write a number from 1 to 65535",
        ),
        Some(_) => {}
    }
    if let Some(target) = target_port.as_ref().filter(|target| target.value > 0) {
        refuse(
            &place(target),
            "Istio refuses `targetPort` in a Gateway".into(),
            "take it out: the proxy listens at `number`, and its Service leads there",
        );
    }
    if name.as_ref().is_none_or(|name| name.value.is_empty()) {
        refuse(
            &name.as_ref().map_or_else(|| at.clone(), place),
            "Istio refuses a port without `name`".into(),
            "give it a name that is unique in its Gateway",
        );
    }
    fits
}

fn check_bind(bind: &Leaf<String>, port: Option<&Port>, checks: &Checks<'_>) {
    let Some(path) = bind.value.strip_prefix(SOCKET) else {
        if bind.value.parse::<std::net::IpAddr>().is_err() {
            let message = format!("`{}` is no address to listen at", bind.value);
            checks.refuse(bind, message, "write an IP address, or `unix://` and a path");
        }
        return;
    };
    if !path.starts_with('@') && (!path.starts_with('/') || path.ends_with('/')) {
        let message = format!("`{path}` is no absolute path of a socket");
        checks.refuse(bind, message, "write `unix:///path/to/socket` or `unix://@name`");
    }
    let number = port.and_then(|port| port.number.as_ref()).filter(|number| number.value != 0);
    if let Some(number) = number {
        checks.refuse(number, "Istio refuses a port number beside a Unix socket", "write the number 0");
    }
}

/// TLS and the protocol have to fit each other.
fn check_pair(server: &Server, protocol: Protocol, checks: &Checks<'_>) {
    let word = server.port.as_ref().and_then(|port| port.protocol.as_ref());
    let word = word.map_or("", |word| word.value.as_str());
    match (&server.tls, protocol) {
        (None, Protocol::Https | Protocol::Tls) => {
            let at = server
                .port
                .as_ref()
                .and_then(|port| port.protocol.as_ref())
                .map_or_else(|| server.at.clone(), place);
            let message = format!("Istio refuses a port with protocol {word} and no `tls`");
            checks.refuse(
                &at,
                message,
                "say with `tls.mode` whether TLS ends here, and with which certificate",
            );
        }
        (Some(tls), Protocol::Http) => {
            let files = &tls.certificate.files;
            let secured = !matches!(server.mode(), Some(TlsMode::Passthrough | TlsMode::AutoPassthrough))
                || [&files.certificate, &files.key, &files.authorities]
                    .into_iter()
                    .any(|file| given(file.as_ref()));
            if secured {
                let message =
                    format!("Istio refuses certificates and TLS modes on a port with protocol {word}");
                checks.refuse(&tls.at, message, "make the protocol HTTPS, or keep `httpsRedirect` alone");
            }
        }
        (Some(tls), Protocol::Tcp | Protocol::Udp) => {
            let message = format!("Istio refuses `tls` on a port with protocol {word}");
            checks.refuse(&tls.at, message, "make the protocol TLS, or take `tls` out");
        }
        (None, Protocol::Http | Protocol::Tcp | Protocol::Udp)
        | (Some(_), Protocol::Https | Protocol::Tls) => {}
    }
}

/// `validateTLSOptions`, and the rules of the CRD.
fn check_tls(tls: &ServerTls, checks: &Checks<'_>) {
    let certificate = &tls.certificate;
    for names in [
        certificate.credential_names.at.as_ref().map(|at| (at, certificate.credential_names.items.len())),
        certificate.several.at.as_ref().map(|at| (at, certificate.several.items.len())),
    ] {
        if let Some((at, count)) = names.filter(|(_, count)| !(1..=2).contains(count)) {
            let message = format!("there are {count} certificates, and Istio takes one or two");
            checks.refuse(at, message, "keep one, or one for RSA and one for ECDSA");
        }
    }
    let mode = tls.mode.as_ref().map_or(TlsMode::Passthrough, |mode| mode.value);
    if mode == TlsMode::IstioMutual {
        own_certificates(tls, checks);
        return;
    }
    one_source(tls, checks);
    let by_name =
        given(certificate.credential_name.as_ref()) || !certificate.credential_names.items.is_empty();
    let ends_here = matches!(mode, TlsMode::Simple | TlsMode::Mutual | TlsMode::OptionalMutual);
    if ends_here && by_name {
        return;
    }
    if ends_here {
        files_needed(tls, mode, checks);
    }
    if let Some(revoked) = tls.clients.revoked.as_ref().filter(|file| !file.value.is_empty()) {
        if given(certificate.credential_name.as_ref()) {
            let message = "Istio refuses `caCrl` beside `credentialName`";
            checks.refuse(revoked, message, "put the list into the Secret, as `ca.crl`");
        }
        if mode == TlsMode::Simple {
            let message = "Istio refuses `caCrl` with mode SIMPLE, which asks for no certificates";
            checks.refuse(revoked, message, "take it out, or use mode MUTUAL");
        }
    }
}

/// ISTIO_MUTUAL has the mesh's own certificates.
fn own_certificates(tls: &ServerTls, checks: &Checks<'_>) {
    let certificate = &tls.certificate;
    let files = &certificate.files;
    let one = [&files.certificate, &files.key, &files.authorities, &certificate.credential_name];
    let one =
        one.into_iter().filter_map(|leaf| leaf.as_ref()).filter(|leaf| !leaf.value.is_empty()).map(place);
    let lists = [
        certificate.several.at.clone().filter(|_| !certificate.several.items.is_empty()),
        certificate.credential_names.at.clone().filter(|_| !certificate.credential_names.items.is_empty()),
    ];
    for at in one.chain(lists.into_iter().flatten()) {
        let message = "Istio refuses certificates with mode ISTIO_MUTUAL, which has those of the mesh";
        checks.refuse(&at, message, "take them out, or use mode MUTUAL");
    }
}

/// Only one of the ways to name a certificate.
fn one_source(tls: &ServerTls, checks: &Checks<'_>) {
    let certificate = &tls.certificate;
    let names = &certificate.credential_names;
    let files = certificate.files.certificate.as_ref().filter(|_| given(certificate.files.key.as_ref()));
    let sources = [
        certificate.credential_name.as_ref().filter(|name| !name.value.is_empty()).map(place),
        names.at.clone().filter(|_| !names.items.is_empty()),
        files.filter(|file| !file.value.is_empty()).map(place),
        certificate.several.at.clone().filter(|_| !certificate.several.items.is_empty()),
    ];
    if let Some(second) = sources.into_iter().flatten().nth(1) {
        let message = "Istio refuses a second source of the server's certificate";
        let help = "keep one of `credentialName`, `credentialNames`, `serverCertificate` with `privateKey`, and \
                    `tlsCertificates`";
        checks.refuse(&second, message, help);
    }
}

/// Without the name of a Secret, files have to be named.
fn files_needed(tls: &ServerTls, mode: TlsMode, checks: &Checks<'_>) {
    const HELP: &str =
        "name a Secret with `credentialName`, or files with `serverCertificate` and `privateKey`";
    let at = tls.mode.as_ref().map_or_else(|| tls.at.clone(), place);
    let certificate = &tls.certificate;
    if matches!(mode, TlsMode::Mutual | TlsMode::OptionalMutual)
        && !given(certificate.files.authorities.as_ref())
    {
        let message = "Istio refuses a mode that asks for clients' certificates without `caCertificates`";
        checks.refuse(&at, message, "name the file with the authorities, or a Secret that holds them");
    }
    let pairs = if certificate.several.items.is_empty() {
        vec![(&certificate.files, &at)]
    } else {
        certificate.several.items.iter().map(|pair| (pair, &pair.at)).collect()
    };
    for (pair, at) in pairs {
        match (given(pair.certificate.as_ref()), given(pair.key.as_ref())) {
            (true, true) => {}
            (false, _) => {
                checks.refuse(at, "Istio refuses TLS that ends here without a certificate", HELP);
            }
            (true, false) => {
                checks.refuse(at, "Istio refuses TLS that ends here without a private key", HELP);
            }
        }
    }
}

fn given(leaf: Option<&Leaf<String>>) -> bool {
    leaf.is_some_and(|leaf| !leaf.value.is_empty())
}

fn place<T>(leaf: &Leaf<T>) -> Leaf<()> {
    Leaf { value: (), span: leaf.span, field: leaf.field.clone() }
}

/// A name of full parts, the last of them no number.
fn is_domain(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or("");
    common::is_host(name)
        && name.len() <= 255
        && name.split('.').all(is_label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// A label of DNS, in either case (`IsDNS1123Label` takes both).
fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
