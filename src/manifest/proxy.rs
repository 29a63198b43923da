//! Whether a pod has a proxy, and which ports the proxy sees: what Istio's injector and CNI decide.
//!
//! The injector's rules are those of `injectRequired` (istio, `pkg/kube/inject/inject.go`) behind the
//! selectors of its webhooks (`istio-discovery/templates/mutatingwebhook.yaml`); ambient mode is
//! that of `PodRedirectionEnabled` (`cni/pkg/util`).

use super::template::Template;
use super::{CapturedPorts, Labels, Namespace, Proxy};
use crate::config::{SYSTEM_NAMESPACES, Settings};
use crate::finding::codes::input::WRONG_VALUE;
use crate::finding::{Direction, Finding, Severity};
use crate::yaml::fields::Leaf;
use std::collections::{BTreeMap, BTreeSet};

/// The container that the injector adds.
const CONTAINER: &str = "istio-proxy";
/// Namespaces that the injector ignores, whatever their labels say.
const IGNORED: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];
/// What Go's `strconv.ParseBool` takes for true.
const TRUE: [&str; 6] = ["1", "t", "T", "TRUE", "true", "True"];
/// Ports of the proxy itself, which are never captured: telemetry, health, Envoy's metrics.
const OWN_PORTS: [u16; 3] = [15_020, 15_021, 15_090];

/// What the input says beside the template.
pub(super) struct Facts<'a> {
    pub(super) namespaces: &'a BTreeMap<String, Namespace>,
    pub(super) istio_namespaces: &'a BTreeSet<String>,
    pub(super) settings: &'a Settings,
    /// Whether anything in the input is in ambient mode.
    pub(super) ambient_seen: bool,
}

/// What labels of a namespace say of sidecars.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Injection {
    /// `istio-injection: enabled`, or a revision.
    On,
    /// `istio-injection` with any other value: no webhook selects such a namespace.
    Off,
    /// Neither label.
    Unsaid,
}

/// What a template says of sidecars.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wish {
    /// By a label, which brings the pod before the injector even in a namespace without labels.
    InByLabel,
    /// By the annotation alone, which only the injector reads.
    InByAnnotation,
    Out,
    Unsaid,
}

/// What the labels of a namespace say of sidecars.
pub(super) fn injection(labels: &Labels) -> Injection {
    match labels.get("istio-injection").map(String::as_str) {
        Some("enabled") => Injection::On,
        Some(_) => Injection::Off,
        None if labels.contains_key("istio.io/rev") => Injection::On,
        None => Injection::Unsaid,
    }
}

/// Whether labels of a namespace or a pod ask for ambient mode; `None` if they say nothing.
pub(super) fn ambient(labels: &Labels) -> Option<bool> {
    labels.get("istio.io/dataplane-mode").map(|mode| mode == "ambient")
}

fn wish(template: &Template) -> Wish {
    const KEY: &str = "sidecar.istio.io/inject";
    let label = template.labels.get(KEY).map(String::as_str);
    let annotation = template.annotations.get(KEY).map(|leaf| leaf.value.as_str());
    let revision = template.labels.contains_key("istio.io/rev");
    match label.or(annotation).unwrap_or("").to_lowercase().as_str() {
        "y" | "yes" | "true" | "on" if label.is_some() || revision => Wish::InByLabel,
        "y" | "yes" | "true" | "on" => Wish::InByAnnotation,
        "" if revision => Wish::InByLabel,
        "" => Wish::Unsaid,
        _ => Wish::Out,
    }
}

/// Whether the template's pods have a proxy.
pub(super) fn decide(template: &Template, namespace: &str, facts: &Facts<'_>) -> Proxy {
    if has_proxy_container(template) || template.annotations.contains_key("sidecar.istio.io/status") {
        return Proxy::Sidecar;
    }
    if template.host_network {
        return Proxy::None;
    }
    if templates(template).iter().any(|name| name.starts_with("grpc-")) {
        return Proxy::Unknown;
    }
    let listed = facts.settings.mesh_namespaces.as_ref().map(|listed| listed.contains(namespace));
    if listed != Some(true) && IGNORED.contains(&namespace) {
        return Proxy::None;
    }
    let shown = facts.namespaces.get(namespace);
    let by_namespace = match listed {
        Some(true) => Some(Injection::On),
        Some(false) => Some(Injection::Unsaid),
        None => shown.map(|shown| injection(&shown.labels)),
    };
    let ambient = ambient(&template.labels).or_else(|| shown.and_then(|shown| ambient(&shown.labels)));
    match (wish(template), by_namespace) {
        (Wish::Out, _) if ambient == Some(true) => Proxy::Ambient,
        (Wish::Out, None) if ambient.is_none() && facts.ambient_seen => Proxy::Unknown,
        (Wish::Out, _) => Proxy::None,
        // Both labels: the user's list does not say which kind of proxy, so the ambient label does.
        (Wish::Unsaid, Some(Injection::On)) if listed.is_some() && ambient == Some(true) => Proxy::Ambient,
        (Wish::InByLabel | Wish::InByAnnotation | Wish::Unsaid, Some(Injection::On))
        | (Wish::InByLabel, Some(Injection::Unsaid) | None) => Proxy::Sidecar,
        (_, Some(Injection::Off | Injection::Unsaid) | None) if ambient == Some(true) => Proxy::Ambient,
        (Wish::InByLabel | Wish::InByAnnotation | Wish::Unsaid, Some(Injection::Off)) => Proxy::None,
        (Wish::InByAnnotation, Some(Injection::Unsaid) | None) => Proxy::Unknown,
        (Wish::Unsaid, Some(Injection::Unsaid) | None) => unsaid(namespace, listed, shown, facts),
    }
}

/// Neither template nor namespace says anything. A namespace in the input without labels has no
/// proxies, unless something else speaks for the mesh: then somebody labelled it by hand.
fn unsaid(namespace: &str, listed: Option<bool>, shown: Option<&Namespace>, facts: &Facts<'_>) -> Proxy {
    let outside = listed == Some(false)
        || is_system(namespace, facts.settings)
        || namespace == facts.settings.root_namespace
        || shown.is_some_and(|shown| ambient(&shown.labels).is_some());
    match (outside, shown.is_some() && !facts.istio_namespaces.contains(namespace)) {
        (true, _) => Proxy::None,
        (false, true) => Proxy::Unlabelled,
        (false, false) => Proxy::Unknown,
    }
}

/// Whether a namespace is one of those that are never in a mesh.
pub(super) fn is_system(namespace: &str, settings: &Settings) -> bool {
    SYSTEM_NAMESPACES.contains(&namespace) || settings.system_namespaces.contains(namespace)
}

fn has_proxy_container(template: &Template) -> bool {
    let names = template.containers.iter().map(|container| &container.name);
    names.chain(&template.init_containers).any(|name| name == CONTAINER)
}

/// The injection templates that the pod asks for.
fn templates(template: &Template) -> Vec<&str> {
    let asked = template.annotations.get("inject.istio.io/templates").map_or("", |leaf| leaf.value.as_str());
    asked.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Whether the template is an Istio gateway or waypoint: by its injection template, because the
/// proxy is its only container, or because Istio generated it for a Gateway.
pub(super) fn is_gateway(template: &Template) -> bool {
    const GENERATED: [&str; 3] =
        ["gateway.networking.k8s.io/gateway-name", "gateway.istio.io/managed", "istio.io/gateway-name"];
    let alone = matches!(template.containers.as_slice(), [only] if only.name == CONTAINER);
    alone
        || templates(template).contains(&"gateway")
        || GENERATED.iter().any(|label| template.labels.contains_key(*label))
}

/// Which inbound ports reach the proxy (istio, `tools/istio-iptables/pkg/capture`): a list under
/// `includeInboundPorts` is all there is; `*` or nothing is everything but `excludeInboundPorts`. ztunnel has
/// a switch of its own for all ports (`cni/pkg/nodeagent/net.go`, `getPodLevelTrafficOverrides`), which is none for sidecars.
pub(super) fn captured(template: &Template, proxy: Proxy, findings: &mut Vec<Finding>) -> CapturedPorts {
    let annotation = |name: &str| template.annotations.get(name);
    if proxy == Proxy::Ambient {
        let bypass = annotation("ambient.istio.io/bypass-inbound-capture");
        let bypasses = bypass.is_some_and(|leaf| TRUE.contains(&leaf.value.as_str()));
        return if bypasses {
            CapturedPorts::Only(Vec::new())
        } else {
            CapturedPorts::AllBut(OWN_PORTS.to_vec())
        };
    }
    let include = annotation("traffic.sidecar.istio.io/includeInboundPorts");
    if let Some(leaf) = include.filter(|leaf| leaf.value.trim() != "*") {
        // A port that cannot be read counts as captured: what is not captured will be opened.
        if let Some(ports) = ports(leaf, findings) {
            return CapturedPorts::Only(ports);
        }
    }
    let exclude = annotation("traffic.sidecar.istio.io/excludeInboundPorts");
    let mut all = exclude.and_then(|leaf| ports(leaf, findings)).unwrap_or_default();
    all.extend(OWN_PORTS);
    all.sort_unstable();
    all.dedup();
    CapturedPorts::AllBut(all)
}

/// Ports separated by commas; `None`, with a finding, if one of them is none: Istio then refuses to
/// inject the pod.
fn ports(leaf: &Leaf<String>, findings: &mut Vec<Finding>) -> Option<Vec<u16>> {
    let words = leaf.value.split(',').map(str::trim).filter(|word| !word.is_empty());
    let read: Result<Vec<u16>, _> = words.map(str::parse).collect();
    if let Ok(mut ports) = read {
        ports.sort_unstable();
        ports.dedup();
        return Some(ports);
    }
    let finding =
        Finding::new(&WRONG_VALUE, Direction::None, format!("`{}` is no list of ports", leaf.value))
            .severity(Severity::Warning)
            .at(leaf.span)
            .field(leaf.field.clone())
            .help("write numbers separated by commas, or `*`");
    findings.push(finding);
    None
}

#[cfg(test)]
mod tests;
