//! `tls`: what a client's proxy encrypts, and what it checks of a server.

use super::Part;
use crate::finding::codes::platform::MESH_ENCRYPTION;
use crate::finding::codes::traffic::{SERVER_VERIFICATION, TLS_DISABLED, TLS_ORIGINATION};
use crate::finding::{Direction, Finding};
use crate::istio::destination_rule::ClientTls;
use crate::istio::destination_rule::tls::{CONFIG_MAP, Mode};
use crate::lint::words::joined;
use crate::yaml::fields::Leaf;

/// What goes with `tls`.
pub(super) fn check(part: Part<'_>, tls: &ClientTls) -> Vec<Finding> {
    let mode = tls.effective_mode();
    match mode {
        Mode::Disable => vec![disabled(part, tls)],
        Mode::IstioMutual => vec![of_the_mesh(part, tls)],
        Mode::Simple | Mode::Mutual => {
            let mut findings = vec![origination(part, tls, mode)];
            findings.extend(verification(part, tls));
            findings
        }
    }
}

fn disabled(part: Part<'_>, tls: &ClientTls) -> Finding {
    let why = if tls.mode.is_some() { "" } else { "`tls` without `mode` is `DISABLE`: " };
    let message = format!(
        "{why}{} go as the application sends them, without TLS of the mesh: nothing changes{}",
        part.requests(),
        ignored(tls, Mode::Disable)
    );
    at_mode(part, &TLS_DISABLED, Direction::None, tls, message)
}

fn of_the_mesh(part: Part<'_>, tls: &ClientTls) -> Finding {
    let terms = terms(tls, Mode::IstioMutual);
    let message = format!(
        "{} are encrypted between proxies, which show each other whose they are (mutual TLS of the mesh{terms}); \
         afterwards they cross the network in clear, and neither side can know the other{}",
        part.requests(),
        ignored(tls, Mode::IstioMutual)
    );
    let help = "WireGuard of the network plugin encrypts between nodes (Calico: `wireguardEnabled: true` in \
                FelixConfiguration), but not between pods of one node nor to a node without it, and it proves no \
                workload's identity; where that is needed, let the applications speak TLS themselves";
    at_mode(part, &MESH_ENCRYPTION, Direction::Widens, tls, message).help(help)
}

fn origination(part: Part<'_>, tls: &ClientTls, mode: Mode) -> Finding {
    let requests = part.requests();
    let kind = if mode == Mode::Mutual { "mutual TLS" } else { "TLS" };
    let terms = terms(tls, mode);
    let bare = if mode == Mode::Mutual { " and without a client's certificate" } else { "" };
    let message = if gateways_alone(part, tls) {
        format!(
            "{requests} that pass a gateway are encrypted there ({kind}{terms}), while sidecars ignore \
             `credentialName` in a rule without `workloadSelector` and send them as they are; afterwards all of them \
             cross the network in clear{bare}, or a server that wants TLS refuses them{}",
            ignored(tls, mode)
        )
    } else {
        format!(
            "{requests} leave the application in clear, and the proxy encrypts them ({kind}{terms}); afterwards they \
             cross the network in clear{bare}, or a server that wants TLS refuses them{}",
            ignored(tls, mode)
        )
    };
    let help = "let the application speak TLS itself, with the same CA, names and certificates, before the mesh goes";
    at_mode(part, &TLS_ORIGINATION, Direction::Widens, tls, message).help(help)
}

/// Whether sidecars take no account of the settings: a Secret by name is for gateways, and for clients that a
/// selector names; a ConfigMap is for everybody (`buildUpstreamClusterTLSContext`).
fn gateways_alone(part: Part<'_>, tls: &ClientTls) -> bool {
    let secret = tls.credential.as_ref().is_some_and(|name| !name.value.starts_with(CONFIG_MAP));
    secret && part.scene.rule.selector.is_none()
}

fn verification(part: Part<'_>, tls: &ClientTls) -> Option<Finding> {
    let target = part.target();
    if let Some(skip) = tls.skip_verify.as_ref().filter(|skip| skip.value) {
        let message = format!(
            "nobody checks the certificate of {target}: whoever answers in its place can read and change what is \
             sent, with the mesh already"
        );
        let help = "do not take this over into the application: name the CA of the server there";
        return Some(part.scene.finding(&SERVER_VERIFICATION, Direction::None, skip, message).help(help));
    }
    if tls.ca.is_some() || tls.credential.is_some() {
        return None;
    }
    let message = format!(
        "no CA is named for {target}: since Istio 1.21 its certificate is checked against the CAs of the proxy's \
         image, and before not at all"
    );
    let help =
        "find out which CA signed the server's certificate, and let the application check it against that";
    Some(at_mode(part, &SERVER_VERIFICATION, Direction::None, tls, message).help(help))
}

/// What is agreed beside the mode, after a comma.
fn terms(tls: &ClientTls, mode: Mode) -> String {
    let ClientTls { at: _, mode: _, certificate, key, ca, crl, credential, names, sni, skip_verify: _ } = tls;
    let mut words = Vec::new();
    words.extend(sni.as_ref().map(|sni| format!("server name `{}`", sni.value)));
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.value)).collect();
        words.push(format!("a server that is {}", names.join(" or ")));
    }
    if mode != Mode::IstioMutual {
        words.extend(ca.as_ref().map(|ca| format!("CA `{}`", ca.value)));
        words.extend(crl.as_ref().map(|crl| format!("revocation list `{}`", crl.value)));
        words.extend(credential.as_ref().map(|name| format!("credential `{}`", name.value)));
    }
    if mode == Mode::Mutual {
        let pair = [("client certificate", certificate), ("key", key)];
        words.extend(
            pair.iter().filter_map(|(what, file)| Some(format!("{what} `{}`", file.as_ref()?.value))),
        );
    }
    if words.is_empty() { String::new() } else { format!(", {}", joined(&words)) }
}

/// Fields that the mode does not use.
fn ignored(tls: &ClientTls, mode: Mode) -> String {
    let ClientTls { at: _, mode: _, certificate, key, ca, crl, credential, names, sni, skip_verify } = tls;
    let in_clear = mode == Mode::Disable;
    let own = in_clear || mode == Mode::IstioMutual;
    let unused = [
        ("clientCertificate", certificate.is_some() && mode != Mode::Mutual),
        ("privateKey", key.is_some() && mode != Mode::Mutual),
        ("caCertificates", ca.is_some() && own),
        ("caCrl", crl.is_some() && own),
        ("credentialName", credential.is_some() && own),
        ("subjectAltNames", !names.is_empty() && in_clear),
        ("sni", sni.is_some() && in_clear),
        ("insecureSkipVerify", skip_verify.is_some() && own),
    ];
    let unused: Vec<String> =
        unused.into_iter().filter(|(_, unused)| *unused).map(|(name, _)| format!("`{name}`")).collect();
    match unused.as_slice() {
        [] => String::new(),
        [_] => format!(" ({} has no effect in this mode)", joined(&unused)),
        _ => format!(" ({} have no effect in this mode)", joined(&unused)),
    }
}

/// A finding for all of `tls`, which underlines the mode.
fn at_mode(
    part: Part<'_>,
    code: &'static crate::finding::Code,
    direction: Direction,
    tls: &ClientTls,
    message: String,
) -> Finding {
    let underlined = tls.mode.as_ref().map_or(tls.at.span, |mode| mode.span);
    part.finding(
        code,
        direction,
        (&Leaf { value: (), span: underlined, field: String::new() }, &tls.at),
        message,
    )
}
