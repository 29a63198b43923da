//! Annotations about the proxy itself, which goes, and the visibility of Services.

use super::holder::{Holder, Mark};
use super::table::Group;
use super::{on, with_rest};
use crate::finding::codes::platform::{PROXY_ANNOTATIONS, PROXYLESS_GRPC, SERVICE_VISIBILITY};
use crate::finding::{Direction, Finding, Severity};
use crate::lint::Context;
use crate::lint::words::{joined, listed};
use crate::manifest::mesh::Outbound;

/// What a group did, after the object's name, and what stands in.
fn words(group: Group) -> Option<(&'static str, &'static str)> {
    Some(match group {
        Group::Resources => (
            "sizes its proxy, which goes",
            "nodes get this back; a HorizontalPodAutoscaler that counted the proxy's share sees other figures",
        ),
        Group::Logging => ("sets the logs of its proxy, which goes", "nothing has to stand in for it"),
        Group::Image => ("says how its proxy is put in, which goes", "nothing has to stand in for it"),
        Group::Statistics => (
            "sets the statistics of its proxy, which goes",
            "scrape the application itself; metrics of requests are the application's to make",
        ),
        Group::Readiness => (
            "is ready once its proxy is, by settings that go",
            "the application's own readiness probe decides alone",
        ),
        Group::Metrics => (
            "says whether its metrics are scraped through the proxy, which goes",
            "scrape the application's own port, and allow Prometheus there",
        ),
        Group::Redirection
        | Group::Inbound
        | Group::Outbound
        | Group::Injection
        | Group::Probes
        | Group::Files
        | Group::Configuration
        | Group::Visibility
        | Group::Mark => return None,
    })
}

/// All of one group at once.
pub(super) fn check(holder: &Holder<'_>, group: Group, marks: &[&Mark<'_>]) -> Option<Finding> {
    let (did, help) = words(group)?;
    let (first, rest) = marks.split_first()?;
    let shown: Vec<String> = marks.iter().map(|mark| mark.shown()).collect();
    let message = format!("{} {did}: {}", holder.name(), joined(&shown));
    let finding =
        on(holder, first, &PROXY_ANNOTATIONS, Direction::Drops, message).severity(Severity::Info).help(help);
    Some(with_rest(finding, rest))
}

/// `inject.istio.io/templates` with one of gRPC's: the application is its own proxy, configured by istiod
/// (`istio-discovery/files/grpc-agent.yaml`).
pub(super) fn proxyless(holder: &Holder<'_>, marks: &[&Mark<'_>]) -> Option<Finding> {
    let is_grpc = |mark: &&&Mark<'_>| {
        let mut names = mark.value.split(',').map(str::trim);
        mark.name == "inject.istio.io/templates" && names.any(|name| name.starts_with("grpc-"))
    };
    let mark = marks.iter().find(is_grpc)?;
    let message = format!(
        "{} gets its routes, peers and certificates from istiod by gRPC's own means (`templates: {}`): without it, addresses that begin with `xds:///` lead nowhere",
        holder.name(),
        mark.value
    );
    let finding = on(holder, mark, &PROXYLESS_GRPC, Direction::Narrows, message);
    Some(finding.help("have the application dial `dns:///`, and take xDS credentials and servers out of it, before the mesh goes"))
}

/// `networking.istio.io/exportTo` of a Service. Where the mesh lets out to nothing that it does not know,
/// a Service that it does not show is out of reach.
pub(super) fn visibility(holder: &Holder<'_>, mark: &Mark<'_>, context: &Context<'_>) -> Finding {
    let names: Vec<String> = mark.value.split(',').map(|name| name.trim().to_string()).collect();
    let namespace = holder.object.namespace();
    let to = match names.as_slice() {
        _ if names.iter().any(|name| name == "*") => {
            let message = format!("{} is visible everywhere in the mesh, as it is without it", holder.name());
            return on(holder, mark, &SERVICE_VISIBILITY, Direction::None, message);
        }
        [one] if one == "~" => "no namespace".to_string(),
        _ => {
            let own = |name: &String| if name == "." { namespace.to_string() } else { name.clone() };
            listed(&names.iter().map(own).collect::<Vec<_>>())
        }
    };
    let refuses = context.inventory.mesh.outbound.as_ref();
    let refuses = refuses.is_some_and(|mode| mode.value == Outbound::RegistryOnly);
    let (direction, then) = if refuses {
        (
            Direction::Widens,
            "REGISTRY_ONLY kept workloads of all others from it, and afterwards it is open to them",
        )
    } else {
        (Direction::Drops, "workloads of all others reached it without mutual TLS, so without an identity")
    };
    let message = format!("the mesh shows {} to {to} alone: {then}", holder.name());
    on(holder, mark, &SERVICE_VISIBILITY, direction, message)
        .help("Services are visible in the whole cluster; say by a policy who may reach the pods behind it")
}
