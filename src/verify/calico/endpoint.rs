//! Which policies select a pod.

use super::compile::{Policy, RuleStep, Steps};
use super::{L7Label, Pod, Reader};
use crate::object::calico::matching::Known;
use crate::verify::program::Step;
use crate::verify::subject::Chain;

/// The label of pods that run Dikastes; `dikastes` is its value.
const L7_LABEL: &str = "unmesh.dev/l7";
const L7_VALUE: &str = "dikastes";

/// Whether a policy is on a pod.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Selects {
    Yes,
    No,
    /// Labels that the input does not show decide, or whether the policy is in force at all.
    Unknown,
}

impl Policy {
    /// Whether the policy is on a pod: by its own namespace and its selectors.
    pub(super) fn selects(&self, pod: Pod<'_>) -> Selects {
        let label = |key: &str| match (key, pod.label) {
            (L7_LABEL, L7Label::Present) => Known::Value(L7_VALUE),
            (L7_LABEL, L7Label::Absent) => Known::Absent,
            _ => pod.endpoint.label(key),
        };
        match self.subject.evaluate(&label) {
            Some(false) => Selects::No,
            Some(true) if self.is_certain => Selects::Yes,
            Some(true) | None => Selects::Unknown,
        }
    }

    /// The rules as somebody reads them.
    pub(super) fn steps(&self, reader: Reader) -> &Steps {
        match reader {
            Reader::Felix => &self.felix,
            Reader::Dikastes(Chain::Http) => &self.dikastes_http,
            // No ztunnel asks Dikastes.
            Reader::Dikastes(Chain::Tcp | Chain::Ztunnel) => &self.dikastes_tcp,
        }
    }
}

impl RuleStep {
    /// The step, as far as it is certain that the policy is on the pod.
    pub(super) fn when(&self, selects: Selects) -> Step<'_> {
        let when = if selects == Selects::Yes { &self.sure } else { &self.unsure };
        Step { when, action: self.action, by: self.by.clone() }
    }
}
