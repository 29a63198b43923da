//! Which policy for unknown destinations is in force for a workload, and what its proxy knows.
//!
//! `pilot/pkg/model/push_context.go` (`doGetSidecarScope`): a Sidecar of the workload's namespace with a
//! `workloadSelector` stands before one without; the root namespace's own, without a selector, stands for
//! namespaces without any in charge. Its policy stands for that of the mesh; where it has none, the mesh's counts
//! (`pilot/pkg/model/sidecar.go`), and without that everything goes out.

use crate::finding::ObjectRef;
use crate::istio::ServiceEntry;
use crate::istio::common::List;
use crate::istio::sidecar::EgressListener;
use crate::istio::sidecar::{Mode, OutboundTrafficPolicy, Sidecar};
use crate::manifest::{Labels, Proxy, Workload};
use crate::yaml::fields::Leaf;

/// `outboundTrafficPolicy` of the mesh as a whole.
#[derive(Clone, Copy, Debug)]
pub struct MeshDefault<'a> {
    /// What becomes of unknown destinations.
    pub mode: Mode,
    /// The object that says so.
    pub object: &'a ObjectRef,
    /// Where it says so.
    pub at: &'a Leaf<()>,
}

/// The Sidecars that may be in charge of pods: several where files do not show which of them is older.
pub(super) fn in_charge<'a>(
    sidecars: &'a [Sidecar],
    root: &str,
    namespace: &str,
    labels: &Labels,
) -> Vec<&'a Sidecar> {
    let own = || sidecars.iter().filter(move |one| one.namespace() == namespace);
    let selecting =
        own().filter(|one| one.selector.as_ref().is_some_and(|selector| selector.matches(labels)));
    let plain = own().filter(|one| one.selector.is_none());
    let of_root = sidecars.iter().filter(|one| one.namespace() == root && one.selector.is_none());
    let classes: [Vec<&Sidecar>; 3] = [selecting.collect(), plain.collect(), of_root.collect()];
    let found = classes.into_iter().find(|class| !class.is_empty()).unwrap_or_default();
    oldest(found)
}

/// The oldest, where all say when they were made.
fn oldest(mut found: Vec<&Sidecar>) -> Vec<&Sidecar> {
    if found.len() > 1 && found.iter().all(|one| one.meta.created.is_some()) {
        found.sort_by(|left, right| left.meta.created.cmp(&right.meta.created));
        found.truncate(1);
    }
    found
}

/// What becomes of connections of these pods to destinations that their proxy does not know. Where several
/// Sidecars may be in charge, one that refuses counts.
#[must_use]
pub fn effective(
    sidecars: &[Sidecar],
    root: &str,
    namespace: &str,
    labels: &Labels,
    mesh: Option<Mode>,
) -> Mode {
    let otherwise = mesh.unwrap_or(Mode::AllowAny);
    let found = in_charge(sidecars, root, namespace, labels);
    let mode = |one: &&Sidecar| one.outbound.as_ref().map_or(otherwise, OutboundTrafficPolicy::mode);
    if found.is_empty() {
        return otherwise;
    }
    if found.iter().any(|one| mode(one) == Mode::RegistryOnly) { Mode::RegistryOnly } else { Mode::AllowAny }
}

/// Whether a workload's pods may have a sidecar: gateways and pods of ambient mode have no Sidecar in charge.
pub(super) fn has_sidecar(workload: &Workload) -> bool {
    let maybe = match workload.proxy {
        Proxy::Sidecar | Proxy::Unlabelled | Proxy::Unknown => true,
        Proxy::Ambient | Proxy::None => false,
    };
    maybe && !workload.gateway
}

/// Whether a proxy in a namespace knows an entry, by the `egress` of its Sidecar; `None`: of no Sidecar.
pub(super) fn knows(egress: Option<&List<EgressListener>>, namespace: &str, entry: &ServiceEntry) -> bool {
    let exported = entry.is_exported_to(namespace);
    let listeners = egress.map(|list| list.items.as_slice()).unwrap_or_default();
    let imports = |listener: &EgressListener| {
        entry.hosts.items.iter().any(|host| imports(listener, namespace, entry.namespace(), &host.value))
    };
    exported && (listeners.is_empty() || listeners.iter().any(imports))
}

/// Whether a listener's `hosts` hold a host of a namespace: named by one entry, and left out by none.
fn imports(listener: &EgressListener, own: &str, namespace: &str, host: &str) -> bool {
    let holds = |space: &str, name: &str| {
        let space = match space {
            "" | "*" => true,
            "." => own == namespace,
            other => other == namespace,
        };
        let name =
            name == "*" || name == host || name.strip_prefix('*').is_some_and(|end| host.ends_with(end));
        space && name
    };
    let mut named = false;
    for entry in listener.hosts.items.iter().filter_map(|entry| entry.value.split_once('/')) {
        match entry.0.strip_prefix('~') {
            Some(space) if holds(space, entry.1) => return false,
            Some(_) => {}
            None => named |= holds(entry.0, entry.1),
        }
    }
    named
}
