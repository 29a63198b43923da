//! Probes of kubelet, which the injector sends to the proxy (`pkg/kube/inject/app_probe.go`).

use super::holder::{Holder, Mark};
use super::on;
use super::value::flag;
use crate::finding::codes::platform::PROBES;
use crate::finding::{Direction, Finding, Severity};
use crate::lint::words::joined;
use crate::manifest::template_path;
use crate::yaml::{Node, Value};

pub(super) fn check(holder: &Holder<'_>, mark: &Mark<'_>) -> Finding {
    let probes = probes(holder);
    let listed = if probes.is_empty() { String::new() } else { format!(" ({})", joined(&probes)) };
    let (message, help) = match flag(&mark.value) {
        Some(true) => (
            format!(
                "kubelet asks the proxy of {} on port 15020 for its probes{listed}; afterwards it asks the containers themselves",
                holder.name()
            ),
            "policies let the node's own kubelet through; see that each probe's port is open on the pod's address",
        ),
        Some(false) => (
            format!(
                "kubelet's probes of {}{listed} pass its proxy as plain connections, which strict mutual TLS refuses; afterwards they reach the containers",
                holder.name()
            ),
            "nothing to do: policies let the node's own kubelet through",
        ),
        None => (
            format!("`{}` is no boolean, so probes of {} go as the mesh has them", mark.value, holder.name()),
            "nothing to do: without the proxy kubelet asks the containers themselves",
        ),
    };
    on(holder, mark, &PROBES, Direction::Drops, message).severity(Severity::Info).help(help)
}

/// The probes of the template's containers, each as `livenessProbe of `web` on port 8080`.
fn probes(holder: &Holder<'_>) -> Vec<String> {
    const KINDS: [&str; 3] = ["startupProbe", "livenessProbe", "readinessProbe"];
    let object = holder.object;
    let path = template_path(object.group(), &object.reference.kind).unwrap_or_default();
    let template = path.iter().try_fold(&object.root, |node, key| node.get(key));
    let containers = template.and_then(|node| node.get("spec")).and_then(|spec| spec.get("containers"));
    let mut found = Vec::new();
    for container in containers.map(Node::items).unwrap_or_default() {
        let name = container.get("name").map(scalar).unwrap_or_default();
        for kind in KINDS {
            let Some(probe) = container.get(kind) else { continue };
            let handler = ["httpGet", "tcpSocket", "grpc"].iter().find_map(|handler| probe.get(handler));
            if let Some(port) = handler.and_then(|handler| handler.get("port")) {
                found.push(format!("`{kind}` of `{name}` on port {}", scalar(port)));
            }
        }
    }
    found
}

fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::Sequence(_) | Value::Mapping(_) => String::new(),
    }
}
