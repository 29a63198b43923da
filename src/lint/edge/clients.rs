//! Certificates that a server of an Istio Gateway asks of its clients.

use super::{finding, words};
use crate::finding::codes::traffic::EDGE_CLIENT_CERTIFICATES;
use crate::finding::{Direction, Finding};
use crate::istio::Gateway;
use crate::istio::gateway::{ClientCertificates, Server, ServerTls, TlsMode};
use crate::yaml::fields::Leaf;

/// What is asked, and what it comes to when nobody asks any more.
pub(super) fn check(gateway: &Gateway, server: &Server, tls: &ServerTls) -> Option<Finding> {
    let mode = tls.mode.as_ref();
    let value = mode.map_or(TlsMode::Passthrough, |mode| mode.value);
    let hosts = words::hosts(server, gateway);
    let port = words::port(server);
    let asked = demands(tls, value);
    let shown = match value {
        TlsMode::Passthrough | TlsMode::AutoPassthrough | TlsMode::Simple => {
            let at = idle(&tls.clients)?;
            let message =
                "nobody asks for clients' certificates in this mode: what is said of them has no effect";
            return Some(finding(&gateway.meta, &EDGE_CLIENT_CERTIFICATES, Direction::None, &at, message));
        }
        TlsMode::Mutual | TlsMode::IstioMutual => format!(
            "clients of {hosts} on {port} have to show a certificate {asked}; afterwards nobody asks for one"
        ),
        TlsMode::OptionalMutual => format!(
            "clients of {hosts} on {port} may show a certificate, which then has to be one {asked}, and the application \
             reads of it in `x-forwarded-client-cert`; afterwards nobody checks, and anybody can write that header"
        ),
    };
    let at = mode.map_or_else(
        || tls.at.clone(),
        |mode| Leaf { value: (), span: mode.span, field: mode.field.clone() },
    );
    if tls.clients.let_invalid_in.as_ref().is_some_and(|skip| skip.value) {
        let message = format!(
            "clients of {hosts} on {port} are asked for a certificate and let in whatever they show \
             (`insecureSkipVerify`); the application reads of it in `x-forwarded-client-cert`, which anybody can write \
             afterwards"
        );
        let help = "let the application trust that header from what stands in for the Gateway alone";
        return Some(
            finding(&gateway.meta, &EDGE_CLIENT_CERTIFICATES, Direction::Widens, &at, message).help(help),
        );
    }
    let help = if value == TlsMode::IstioMutual {
        "only workloads of this mesh have such certificates: refuse others by network policy, or ask for certificates \
         of an authority of your own"
    } else {
        "ask for the same certificates where clients come in then (`tls.frontend` of a Gateway of Gateway API, if its \
         controller serves it, or the Ingress controller's client verification), or in the application"
    };
    Some(finding(&gateway.meta, &EDGE_CLIENT_CERTIFICATES, Direction::Widens, &at, shown).help(help))
}

/// What a certificate has to be.
fn demands(tls: &ServerTls, mode: TlsMode) -> String {
    let ClientCertificates { authorities_name, revoked, names, key_hashes, hashes, let_invalid_in: _ } =
        &tls.clients;
    let certificate = &tls.certificate;
    let first = certificate.credential_name.as_ref().or(certificate.credential_names.items.first());
    let mut words = vec![match (mode, authorities_name, first, &certificate.files.authorities) {
        (TlsMode::IstioMutual, ..) => "of the mesh".to_string(),
        (_, Some(name), ..) => format!("of an authority in `{}`", name.value),
        (_, None, Some(secret), _) => {
            format!("of an authority in the Secret `{}` or `{}-cacert`", secret.value, secret.value)
        }
        (_, None, None, Some(file)) => format!("of an authority in the file `{}`", file.value),
        (_, None, None, None) => "of an authority that is not named".to_string(),
    }];
    if !names.is_empty() {
        words.push(format!("with the name {}", alternatives(names)));
    }
    let either: Vec<Leaf<String>> = hashes.iter().chain(key_hashes).cloned().collect();
    if !either.is_empty() {
        words.push(format!("with the hash {}", alternatives(&either)));
    }
    if let Some(file) = revoked {
        words.push(format!("not revoked by the file `{}`", file.value));
    }
    words::joined(&words)
}

/// Values in backticks, joined by `or`.
fn alternatives(leaves: &[Leaf<String>]) -> String {
    let all: Vec<String> = leaves.iter().map(|leaf| format!("`{}`", leaf.value)).collect();
    all.join(" or ")
}

/// The first setting that needs a mode that asks for certificates.
fn idle(clients: &ClientCertificates) -> Option<Leaf<()>> {
    let ClientCertificates { authorities_name, revoked, names, key_hashes, hashes, let_invalid_in } = clients;
    let place = |leaf: &Leaf<String>| Leaf { value: (), span: leaf.span, field: leaf.field.clone() };
    let lists = names.first().or(key_hashes.first()).or(hashes.first());
    let one = authorities_name.as_ref().or(revoked.as_ref()).or(lists).map(place);
    one.or_else(|| {
        let_invalid_in.as_ref().map(|leaf| Leaf { value: (), span: leaf.span, field: leaf.field.clone() })
    })
}
