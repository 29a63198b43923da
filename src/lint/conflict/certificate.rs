//! UM163: one certificate for several servers at one port.
//!
//! A browser reuses an HTTP/2 connection for another host that the certificate covers. The proxy tells servers apart
//! by the server name of the connection, and the server of the first host has no route for the second.

use super::between;
use super::servers::{Place, neighbours, qualified};
use crate::finding::Finding;
use crate::finding::codes::meaning::SHARED_CERTIFICATE;
use crate::istio::gateway::{Protocol, Server, TlsMode};
use crate::lint::Context;
use crate::lint::words::listed;
use crate::yaml::fields::Leaf;

/// One finding for each server whose certificate an earlier one has for other hosts.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    neighbours(context).into_iter().filter_map(|(one, other, _)| of_two(one, other)).collect()
}

/// The certificate of a server that ends TLS for requests.
fn certificate(server: &Server) -> Option<&Leaf<String>> {
    let ends = matches!(server.mode(), Some(TlsMode::Simple | TlsMode::Mutual | TlsMode::OptionalMutual));
    if server.protocol() != Some(Protocol::Https) || !ends {
        return None;
    }
    let certificate = &server.tls.as_ref()?.certificate;
    certificate
        .credential_name
        .as_ref()
        .or_else(|| certificate.credential_names.items.first())
        .or(certificate.files.certificate.as_ref())
        .filter(|name| !name.value.is_empty())
}

fn of_two(first: Place<'_>, second: Place<'_>) -> Option<Finding> {
    let (one, other) = (certificate(first.server)?, certificate(second.server)?);
    if one.value != other.value {
        return None;
    }
    let hosts = |place: Place<'_>| -> Vec<String> {
        let space = super::namespace(&place.gateway.meta);
        place.server.hosts.items.iter().map(|host| qualified(&host.value, space)).collect()
    };
    let (theirs, own) = (hosts(first), hosts(second));
    // A server that shares a host is left out altogether, and one for every host serves them all.
    if own.iter().any(|host| theirs.contains(host)) || theirs.iter().chain(&own).any(|host| host == "*") {
        return None;
    }
    let where_else = if std::ptr::eq(first.gateway, second.gateway) {
        format!("`{}`", super::routes::short(&first.server.at.field))
    } else {
        format!("`{}`", first.gateway.meta.reference)
    };
    let message = format!(
        "{where_else} has the certificate `{}` for {} at the same port: a client that has an HTTP/2 connection for one of the hosts may send requests for the other on it, and gets 404",
        other.value,
        listed(&theirs)
    );
    Some(
        between(&first.gateway.meta, &second.gateway.meta, &SHARED_CERTIFICATE, other, message)
            .related("the same certificate", one.span)
            .help("write one server with all hosts of the certificate, or a certificate for each host; Gateways of other makes have to be asked the same"),
    )
}
