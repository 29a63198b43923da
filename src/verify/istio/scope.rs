//! Which workloads a policy is for: namespace, root namespace, selector.
//!
//! The rule is one for AuthorizationPolicy and RequestAuthentication (`pilot/pkg/model/policyattachment.go`,
//! `pilot/pkg/model/authorization.go`, `ListAuthorizationPolicies`): those of the root namespace reach
//! every namespace, those of another only their own; a selector picks pods within that reach; what is
//! attached by `targetRefs` is for gateways and waypoints. PeerAuthentication differs, see `mutual_tls`.

use crate::config::Settings;
use crate::istio::{Attachment, Meta};
use crate::object::calico::matching::Known;
use crate::verify::peer::Endpoint;
use std::collections::BTreeMap;

/// The reach of a policy.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    namespace: Option<String>,
    root: bool,
    workloads: Workloads,
}

/// Which pods within the reach.
#[derive(Clone, Debug)]
enum Workloads {
    All,
    Labelled(BTreeMap<String, String>),
    /// Gateways and waypoints alone.
    None,
}

/// Whether a policy selects a workload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Selected {
    Yes,
    No,
    /// A label decides that the input does not show.
    Perhaps,
}

impl Scope {
    pub(super) fn new(meta: &Meta, attachment: &Attachment, settings: &Settings) -> Self {
        let namespace = meta.reference.namespace.clone();
        let workloads = match attachment {
            Attachment::Everything => Workloads::All,
            Attachment::Selector(labels) => Workloads::Labelled(
                labels.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect(),
            ),
            Attachment::TargetRefs(_) => Workloads::None,
        };
        Self { root: namespace.as_deref() == Some(&settings.root_namespace), namespace, workloads }
    }

    /// Whether the policy stands in the root namespace.
    pub(super) fn is_root(&self) -> bool {
        self.root
    }

    /// Whether it has a selector with labels.
    pub(super) fn has_selector(&self) -> bool {
        matches!(self.workloads, Workloads::Labelled(_))
    }

    /// Whether a workload stands where the policy could select it.
    pub(super) fn reaches(&self, workload: &Endpoint) -> bool {
        self.root || self.namespace.is_some() && self.namespace == workload.namespace
    }

    /// Whether the policy selects a workload.
    pub(super) fn selects(&self, workload: &Endpoint) -> Selected {
        match &self.workloads {
            Workloads::None => Selected::No,
            Workloads::All | Workloads::Labelled(_) if !self.reaches(workload) => Selected::No,
            Workloads::All => Selected::Yes,
            Workloads::Labelled(labels) => labelled(labels, workload),
        }
    }

    /// The same where any selector is taken to select it.
    pub(super) fn selects_without_labels(&self, workload: &Endpoint) -> Selected {
        match self.workloads {
            Workloads::All | Workloads::Labelled(_) if self.reaches(workload) => Selected::Yes,
            Workloads::All | Workloads::Labelled(_) | Workloads::None => Selected::No,
        }
    }
}

/// Whether a workload has all these labels.
fn labelled(labels: &BTreeMap<String, String>, workload: &Endpoint) -> Selected {
    let mut selected = Selected::Yes;
    for (key, wanted) in labels {
        match workload.label(key) {
            Known::Value(value) if value == wanted => {}
            Known::Value(_) | Known::Absent => return Selected::No,
            Known::Unknown => selected = Selected::Perhaps,
        }
    }
    selected
}
