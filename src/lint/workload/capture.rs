//! Connections to a workload that never reach its proxy, and how the others get there
//! (`tools/istio-iptables/pkg/capture`).

use super::holder::{Holder, Mark};
use super::{on, with_rest};
use crate::finding::codes::platform::{PROXY_ANNOTATIONS, UNCAPTURED_INBOUND};
use crate::finding::{Direction, Finding, Severity};
use crate::lint::words::joined;
use crate::manifest::{CapturedPorts, Proxy, Workload};

const INTERFACES: &str = "traffic.sidecar.istio.io/excludeInterfaces";
/// For ambient mode alone (`cni/pkg/nodeagent/net.go`); all others are for sidecars (`cni/pkg/plugin`).
const BYPASS: &str = "ambient.istio.io/bypass-inbound-capture";
const MODE: &str = "sidecar.istio.io/interceptionMode";
/// Ports of the proxy itself, which are never captured.
const OWN_PORTS: [u16; 3] = [15_020, 15_021, 15_090];

/// What is so where no proxy is.
const OUTSIDE: &str = "no policy of the mesh acts there, and nothing is encrypted";

/// What comes in past the proxy, by ports and by interfaces.
pub(super) fn inbound(holder: &Holder<'_>, marks: &[&Mark<'_>], workload: Option<&Workload>) -> Vec<Finding> {
    let Some(workload) = workload else { return Vec::new() };
    let (bypass, sidecars): (Vec<&Mark<'_>>, Vec<&Mark<'_>>) =
        marks.iter().copied().partition(|mark| mark.name == BYPASS);
    let found = match workload.proxy {
        Proxy::None => vec![without_proxy(holder, marks)],
        Proxy::Ambient => vec![by_ports(holder, &bypass, workload), in_ambient_mode(holder, &sidecars)],
        Proxy::Sidecar | Proxy::Unlabelled | Proxy::Unknown => {
            let (interfaces, ports): (Vec<&Mark<'_>>, Vec<&Mark<'_>>) =
                sidecars.into_iter().partition(|mark| mark.name == INTERFACES);
            vec![
                idle(holder, &bypass, "in ambient mode alone"),
                by_ports(holder, &ports, workload),
                interfaces.first().map(|mark| by_interfaces(holder, mark)),
            ]
        }
    };
    found.into_iter().flatten().collect()
}

/// Annotations for sidecars on pods in ambient mode, whose traffic is redirected without a look at them
/// (`cni/pkg/nodeagent`).
pub(super) fn in_ambient_mode(holder: &Holder<'_>, marks: &[&Mark<'_>]) -> Option<Finding> {
    idle(holder, marks, "on pods with a sidecar alone")
}

/// Annotations on pods that have no proxy.
pub(super) fn without_proxy(holder: &Holder<'_>, marks: &[&Mark<'_>]) -> Option<Finding> {
    idle(holder, marks, "on pods with a proxy alone")
}

/// Annotations that do nothing on these pods, and where they would.
fn idle(holder: &Holder<'_>, marks: &[&Mark<'_>], acts: &str) -> Option<Finding> {
    let (first, rest) = marks.split_first()?;
    let shown: Vec<String> = marks.iter().map(|mark| mark.shown()).collect();
    let message = format!("{} of {} does nothing: it acts {acts}", joined(&shown), holder.name());
    Some(with_rest(on(holder, first, &PROXY_ANNOTATIONS, Direction::None, message), rest))
}

fn by_ports(holder: &Holder<'_>, marks: &[&Mark<'_>], workload: &Workload) -> Option<Finding> {
    let (first, rest) = marks.split_first()?;
    let name = holder.name();
    let message = match &workload.captured {
        CapturedPorts::Only(ports) if ports.is_empty() => {
            format!("nothing that comes to {name} reaches its proxy: {OUTSIDE}")
        }
        CapturedPorts::Only(ports) => {
            format!(
                "of what comes to {name} only {} its proxy: elsewhere no policy of the mesh acts, and nothing is encrypted",
                reach(ports)
            )
        }
        CapturedPorts::AllBut(ports) => {
            let ports: Vec<u16> = ports.iter().copied().filter(|port| !OWN_PORTS.contains(port)).collect();
            if ports.is_empty() {
                let message = format!("all that comes to {name} reaches its proxy, as it would without this");
                let finding = on(holder, first, &PROXY_ANNOTATIONS, Direction::None, message);
                return Some(with_rest(finding, rest));
            }
            format!("what comes to {name} on {} never reaches its proxy: {OUTSIDE}", numbers(&ports))
        }
    };
    let finding = on(holder, first, &UNCAPTURED_INBOUND, Direction::None, message)
        .help("what is written leaves these ports as open as they are, where all pods of a policy agree (UM415 says where not); to close them, add a policy of your own");
    Some(with_rest(finding, rest))
}

fn by_interfaces(holder: &Holder<'_>, mark: &Mark<'_>) -> Finding {
    let names: Vec<String> = mark.value.split(',').map(|name| format!("`{}`", name.trim())).collect();
    let message = format!(
        "what {} sends and gets by {} never reaches its proxy: no policy of the mesh acts there, and nothing is encrypted",
        holder.name(),
        joined(&names)
    );
    on(holder, mark, &UNCAPTURED_INBOUND, Direction::None, message)
        .help("network policies act on the pod's main interface; see whether the plugin of the others has policies of its own")
}

/// How connections reach the proxy. With `NONE` none does by itself.
pub(super) fn redirection(holder: &Holder<'_>, marks: &[&Mark<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_none = |mark: &&Mark<'_>| mark.name == MODE && mark.value == "NONE";
    if let Some(mark) = marks.iter().find(|mark| is_none(mark)) {
        let message = format!(
            "nothing is redirected to the proxy of {}: policies act today only on what is sent to the proxy's own listeners, and on everything afterwards",
            holder.name()
        );
        let finding = on(holder, mark, &UNCAPTURED_INBOUND, Direction::None, message)
            .severity(Severity::Warning)
            .help("look which peers reach the application's own ports: what is written polices them too");
        findings.push(finding);
    }
    let others: Vec<&Mark<'_>> = marks.iter().copied().filter(|mark| !is_none(mark)).collect();
    if let Some((first, rest)) = others.split_first() {
        let shown: Vec<String> = others.iter().map(|mark| mark.shown()).collect();
        let message = format!(
            "{} says how connections reach its proxy: {}; afterwards they reach the application, with their own source addresses",
            holder.name(),
            joined(&shown)
        );
        let finding = on(holder, first, &PROXY_ANNOTATIONS, Direction::Drops, message);
        findings
            .push(with_rest(finding.severity(Severity::Info).help("nothing has to stand in for it"), rest));
    }
    findings
}

/// `port 80 reaches`, `ports 80 and 81 reach`.
fn reach(ports: &[u16]) -> String {
    let verb = if ports.len() == 1 { "reaches" } else { "reach" };
    format!("{} {verb}", numbers(ports))
}

/// `port 80`, `ports 80 and 81`.
pub(super) fn numbers(ports: &[u16]) -> String {
    let words: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let noun = if ports.len() == 1 { "port" } else { "ports" };
    format!("{noun} {}", joined(&words))
}
