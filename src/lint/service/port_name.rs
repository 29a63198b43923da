//! UM170: ports of Services whose protocol nothing says (`pkg/config/kube/conversion.go`, `ConvertProtocol`).

use super::{is_of_mesh, place};
use crate::finding::codes::meaning::PORT_NAME;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Policy, Protocols};
use crate::lint::Context;
use crate::lint::words::{joined, listed};
use crate::manifest::{AppProtocol, Service, ServicePort};

/// One note for each Service.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.inventory.services.iter().filter(|service| is_of_mesh(context, service));
    services.filter_map(|service| one(context, service)).collect()
}

fn one(context: &Context<'_>, service: &Service) -> Option<Finding> {
    let unsaid: Vec<&ServicePort> = service.ports.iter().filter(|port| is_unsaid(port)).collect();
    let (first, rest) = unsaid.split_first()?;
    let words: Vec<String> = unsaid.iter().map(|port| in_words(port)).collect();
    let ports = if rest.is_empty() { "port" } else { "ports" };
    let message = format!(
        "nothing says what `{}` carries on {ports} {}: proxies look at the first bytes of each connection{}",
        service.reference,
        joined(&words),
        rules(context, service)
    );
    let (field, span) = place(context, service, first);
    let finding = Finding::new(&PORT_NAME, Direction::None, message)
        .severity(Severity::Info)
        .on(&service.reference)
        .at(span)
        .field(field)
        .help(help(first));
    let related = rest.iter().map(|port| (in_words(port), place(context, service, port).1));
    Some(related.fold(finding, |finding, (words, span)| finding.related(format!("port {words}"), span)))
}

/// `udp` is a protocol that Istio knows, though none of connections.
fn is_unsaid(port: &ServicePort) -> bool {
    let name = port.app_protocol.as_deref().or(port.name.as_deref()).unwrap_or_default();
    let word = name.split('-').next().unwrap_or_default();
    port.declared() == AppProtocol::Unknown && !word.eq_ignore_ascii_case("udp")
}

fn in_words(port: &ServicePort) -> String {
    match (&port.app_protocol, &port.name) {
        (Some(protocol), _) => format!("{} (`appProtocol: {protocol}`)", port.port),
        (None, Some(name)) => format!("{} (`{name}`)", port.port),
        (None, None) => port.port.to_string(),
    }
}

fn help(port: &ServicePort) -> String {
    if let Some(protocol) = &port.app_protocol {
        return format!(
            "Istio knows no protocol `{protocol}`, and `appProtocol` stands before the name: write one such as \
             `http`, `grpc`, `tcp` or `kubernetes.io/h2c`"
        );
    }
    "set `appProtocol`, or begin the name with the protocol (`http-web`, `tcp-db`): then Istio and unmesh know where \
     rules on methods and paths hold"
        .to_string()
}

/// Policies with HTTP fields for its pods.
fn rules(context: &Context<'_>, service: &Service) -> String {
    let namespace = service.reference.namespace.as_deref().unwrap_or_default();
    let asks_http = |policy: &&Policy| {
        policy.not_enforced.is_none()
            && policy.rules.iter().any(|rule| rule.on == Protocols::Http)
            && policy.scope.selects(namespace, &service.selector)
    };
    let policies = context.model.policies.iter().filter(asks_http);
    let names: Vec<String> = policies.map(|policy| policy.origin.reference.to_string()).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(", and HTTP fields of {} count only where these look like HTTP", listed(names)),
    }
}
