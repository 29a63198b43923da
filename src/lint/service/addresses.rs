//! UM172: TCP ports of ServiceEntries without `addresses`: proxies then listen for every address
//! (`pilot/pkg/networking/core/listener.go`, IST0134).
//!
//! istiod gives such hosts addresses of their own by default (`PILOT_ENABLE_IP_AUTOALLOCATE`), and clients come
//! to know them only where proxies answer DNS (`ISTIO_META_DNS_CAPTURE`), which sidecars do not by default.

use crate::finding::codes::meaning::TCP_WITHOUT_ADDRESS;
use crate::finding::{Direction, Finding, Severity};
use crate::istio::ServiceEntry;
use crate::istio::port::{Port, Traffic};
use crate::istio::service_entry::Resolution;
use crate::lint::Context;
use crate::lint::words::listed;
use crate::yaml::{Node, Value};

const CAPTURE: &str = "ISTIO_META_DNS_CAPTURE";

/// One note for each ServiceEntry, at its first such port.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let found: Vec<Finding> =
        context.resources.service_entries.iter().filter_map(|entry| one(context, entry)).collect();
    let objects = || context.manifest.objects.iter().chain(&context.manifest.contested);
    if found.is_empty() || objects().any(|object| mentions(&object.root)) { Vec::new() } else { found }
}

fn one(context: &Context<'_>, entry: &ServiceEntry) -> Option<Finding> {
    // With resolution NONE connections go where they were meant to go.
    let named = entry.resolution() != Resolution::None && entry.addresses.items.is_empty();
    let hidden = entry.export_to.iter().any(|name| name.value == "~");
    let ambient = context.inventory.is_ambient(entry.namespace(), context.settings);
    if !named || hidden || ambient {
        return None;
    }
    let is_tcp = |port: &&Port| match port.traffic() {
        Traffic::Connections => {
            port.protocol.as_ref().is_some_and(|word| !word.value.eq_ignore_ascii_case("udp"))
        }
        Traffic::Sniffed => port.protocol.as_ref().is_none_or(|word| word.value.is_empty()),
        Traffic::Requests | Traffic::ServerNames => false,
    };
    let port = entry.ports.items.iter().find(is_tcp)?;
    let at = port.number.as_ref()?;
    let hosts: Vec<String> = entry.hosts.items.iter().map(|host| host.value.clone()).collect();
    let but = if port.traffic() == Traffic::Sniffed { " and does not look like HTTP" } else { "" };
    let message = format!(
        "port {} has no `addresses` to be known by: proxies send whatever goes to an address that they do not know on \
         port {}{but} to {}",
        port.in_words(),
        at.value,
        listed(&hosts)
    );
    Some(
        Finding::new(&TCP_WITHOUT_ADDRESS, Direction::None, message)
            .severity(Severity::Info)
            .on(&entry.meta.reference)
            .at(at.span)
            .field(at.field.clone())
            .help("name the `addresses` of the hosts; it is not so where proxies answer DNS (`ISTIO_META_DNS_CAPTURE`), and ends with the mesh"),
    )
}

/// Whether the input sets proxies up to answer DNS.
fn mentions(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.contains(CAPTURE),
        Value::Sequence(items) => items.iter().any(mentions),
        Value::Mapping(entries) => entries.iter().any(|entry| entry.key == CAPTURE || mentions(&entry.value)),
    }
}
