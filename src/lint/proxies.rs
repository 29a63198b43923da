//! Whose proxies a resource is for, in words: what `EnvoyFilter`, `WasmPlugin`, `Telemetry` and the like share.
//!
//! A resource of the root namespace is for all namespaces; one of another for its own
//! (`pilot/pkg/model`: `getMatchedEnvoyFilters`, `extensions.go`, `telemetry.go`, `proxy_config.go`).

use super::Context;
use crate::istio::{Attachment, Meta, TargetRef};
use crate::manifest::Workload;
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// How many names a message lists before it counts the rest.
const LISTED: usize = 3;

/// Which traffic of a workload is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// What comes in.
    In,
    /// What goes out.
    Out,
    /// Both.
    Both,
    /// What passes a gateway.
    Gateway,
    /// What passes a waypoint.
    Waypoint,
}

/// The workloads of a resource.
pub(super) struct Whose {
    words: String,
    targets: bool,
    everything: bool,
}

impl Whose {
    pub(super) fn of(context: &Context<'_>, meta: &Meta, attachment: &Attachment) -> Self {
        let namespace = meta.reference.namespace.as_deref().unwrap_or_default();
        let root = namespace == context.settings.root_namespace;
        let words = match attachment {
            Attachment::Everything if root => "of the whole mesh".to_string(),
            Attachment::Everything => format!("in `{namespace}`"),
            Attachment::Selector(labels) => selected(context, namespace, root, labels),
            Attachment::TargetRefs(targets) => {
                joined(targets.iter().map(|target| target_words(target, namespace)))
            }
        };
        let targets = matches!(attachment, Attachment::TargetRefs(_));
        let everything = matches!(attachment, Attachment::Everything);
        Self { words, targets, everything }
    }

    /// As `Deployment/shop/web`, or `workloads in `shop``.
    pub(super) fn workloads(&self) -> String {
        if self.everything { format!("workloads {}", self.words) } else { self.words.clone() }
    }

    /// As `proxies of workloads in `shop``.
    pub(super) fn proxies(&self) -> String {
        format!("proxies of {}", self.workloads())
    }

    /// As `requests to `Deployment/shop/web``, with `requests` or `connections` given.
    pub(super) fn traffic(&self, what: &str, way: Way) -> String {
        let workloads = self.workloads();
        if self.targets {
            return format!("{what} through {workloads}");
        }
        match way {
            Way::In => format!("{what} to {workloads}"),
            Way::Out => format!("{what} from {workloads}"),
            Way::Both => format!("{what} to and from {workloads}"),
            Way::Gateway if self.everything => format!("{what} through gateways {}", self.words),
            Way::Waypoint if self.everything => format!("{what} through waypoints {}", self.words),
            Way::Gateway | Way::Waypoint => format!("{what} through {workloads}"),
        }
    }
}

/// The workloads that the input shows, or the labels where it shows none.
fn selected(
    context: &Context<'_>,
    namespace: &str,
    root: bool,
    labels: &BTreeMap<String, Leaf<String>>,
) -> String {
    let fits = |workload: &&Workload| {
        (root || workload.identity.namespace == namespace)
            && labels.iter().all(|(key, value)| workload.labels.get(key) == Some(&value.value))
    };
    let mut shown: Vec<String> = context
        .inventory
        .workloads
        .iter()
        .filter(fits)
        .map(|found| format!("`{}`", found.reference))
        .collect();
    shown.sort();
    shown.dedup();
    if !shown.is_empty() {
        return listed(&shown);
    }
    let labels = joined(labels.iter().map(|(key, value)| format!("`{key}: {}`", value.value)));
    if root {
        format!("pods with {labels} in any namespace")
    } else {
        format!("pods with {labels} in `{namespace}`")
    }
}

fn target_words(target: &TargetRef, namespace: &str) -> String {
    let text = |leaf: &Option<Leaf<String>>| leaf.as_ref().map_or("", |leaf| leaf.value.as_str()).to_string();
    format!("the {} `{}` in `{namespace}`", text(&target.kind), text(&target.name))
}

/// Names, the rest counted after a few.
pub(super) fn listed(names: &[String]) -> String {
    match names.split_at_checked(LISTED) {
        Some((first, rest)) if rest.len() > 1 => format!("{} and {} more", first.join(", "), rest.len()),
        Some(_) | None => joined(names.iter().cloned()),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn joined(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
