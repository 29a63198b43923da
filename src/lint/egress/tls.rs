//! `tls` of an inbound listener: TLS that a server's proxy ends.
//!
//! It is in force where PeerAuthentication switches mutual TLS of the mesh off for the port
//! (`buildInboundListeners`).

use super::{instead, on, texts};
use crate::finding::codes::platform::INBOUND_TLS;
use crate::finding::{Direction, Finding};
use crate::istio::common::List;
use crate::istio::sidecar::tls::{Mode, Pair, Version};
use crate::istio::sidecar::{IngressListener, ServerTls, Sidecar};
use crate::lint::words::joined;
use crate::yaml::fields::Leaf;

/// One finding for the whole of it.
pub(super) fn check(sidecar: &Sidecar, pods: &str, listener: &IngressListener, tls: &ServerTls) -> Finding {
    let at = tls.mode.as_ref().map_or_else(|| tls.at.clone(), |mode| instead(mode, &tls.at));
    let port = listener.port.as_ref().map_or_else(|| "?".to_string(), crate::istio::port::Port::in_words);
    let subject = format!("TLS to port {port} of {pods}");
    let terms = terms(tls);
    let terms = if terms.is_empty() { terms } else { format!(" ({terms})") };
    let help =
        "let the application end TLS itself, with the same certificate, and with the same demands on clients";
    let reference = &sidecar.meta.reference;
    let (direction, message) = match tls.mode() {
        Mode::Passthrough | Mode::AutoPassthrough => {
            let message = format!("{subject} goes on to the application as it is{terms}: nothing changes");
            return on(reference, &INBOUND_TLS, Direction::None, &at, message);
        }
        Mode::Simple => (
            Direction::Narrows,
            format!(
                "{subject} ends in the proxy{terms}, where mutual TLS of the mesh is off for it; afterwards it comes to \
                 an application that may not speak TLS"
            ),
        ),
        Mode::Mutual | Mode::OptionalMutual | Mode::IstioMutual => (
            Direction::Widens,
            format!(
                "{subject} ends in the proxy, which looks at clients' certificates{terms}, where mutual TLS of the mesh \
                 is off for it; afterwards nobody looks at them, unless the application does"
            ),
        ),
    };
    on(reference, &INBOUND_TLS, direction, &at, message).help(help)
}

/// All that is agreed.
fn terms(tls: &ServerTls) -> String {
    let ServerTls {
        at: _,
        mode: _,
        redirect,
        pair,
        pairs,
        credential,
        credentials,
        ca_credential,
        crl,
        names,
        keys,
        hashes,
        skip_verify,
        oldest,
        newest,
        ciphers,
    } = tls;
    let mut words = vec![format!("mode {}", tls.mode().word())];
    words.extend(files(pair));
    words.extend(pairs.items.iter().flat_map(files));
    words.extend(one("credential", credential.as_ref()));
    words.extend(several("credentials", credentials));
    words.extend(one("CA of credential", ca_credential.as_ref()));
    words.extend(one("revocation list", crl.as_ref()));
    words.extend(several("clients named", names));
    words.extend(several("clients' keys", keys));
    words.extend(several("clients' certificates", hashes));
    let skips = skip_verify.as_ref().is_some_and(|skip| skip.value);
    words.extend(skips.then(|| "whoever signed them".to_string()));
    words.extend(redirect.as_ref().map(|_| "plain HTTP sent to HTTPS".to_string()));
    let version = |leaf: &Option<Leaf<Version>>| leaf.as_ref().and_then(|leaf| leaf.value.number());
    words.extend(version(oldest).map(|number| format!("TLS {number} or newer")));
    words.extend(version(newest).map(|number| format!("TLS {number} or older")));
    words.extend(several("ciphers", ciphers));
    joined(&words)
}

fn one(what: &str, leaf: Option<&Leaf<String>>) -> Option<String> {
    leaf.map(|leaf| format!("{what} `{}`", leaf.value))
}

fn several(what: &str, list: &List<Leaf<String>>) -> Option<String> {
    (!list.items.is_empty()).then(|| format!("{what} {}", texts(&list.items)))
}

fn files(pair: &Pair) -> Vec<String> {
    let Pair { at: _, certificate, key, ca } = pair;
    let files = [("certificate", certificate), ("key", key), ("CA", ca)];
    files.iter().filter_map(|(what, file)| one(what, file.as_ref())).collect()
}
