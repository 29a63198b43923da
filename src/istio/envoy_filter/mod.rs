//! `EnvoyFilter` (`networking.istio.io/v1alpha3`): patches to the configuration of proxies.
//!
//! What Istio defines is typed; the configuration of Envoy below `patch.value` is kept as it was read.
//! This module must not know what a patch does.

mod matches;
mod validate;
mod words;

pub use self::matches::{ClusterMatch, FilterMatch, ListenerMatch, Match, RouteMatch, WaypointMatch};
pub use self::words::{ApplyTo, FilterClass, Operation, PatchContext};

use super::checks::Checks;
use super::common::{self, List};
use super::{Attachment, Meta, attachment};
use crate::yaml::Node;
use crate::yaml::fields::{Field, Leaf};

/// An EnvoyFilter.
#[derive(Clone, Debug)]
pub struct EnvoyFilter {
    /// Name and place.
    pub meta: Meta,
    /// `workloadSelector` or `targetRefs`: whose proxies it changes.
    pub attachment: Attachment,
    /// `configPatches`.
    pub patches: List<ConfigPatch>,
    /// `priority`: of two filters the one with the lower goes first; absent is 0.
    pub priority: Option<Leaf<i64>>,
}

/// One of `configPatches`.
#[derive(Clone, Debug)]
pub struct ConfigPatch {
    /// The list's item.
    pub at: Leaf<()>,
    /// `applyTo`: which part of the configuration.
    pub apply_to: Option<Leaf<ApplyTo>>,
    /// `match`: which of these parts.
    pub matches: Option<Match>,
    /// `patch`: what is done to it.
    pub patch: Option<Patch>,
}

/// `patch`.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The field.
    pub at: Leaf<()>,
    /// `operation`.
    pub operation: Option<Leaf<Operation>>,
    /// `filterClass`: where among Istio's own filters an added one goes.
    pub filter_class: Option<Leaf<FilterClass>>,
    /// `value`: Envoy's own configuration, a mapping.
    pub value: Option<PatchValue>,
}

/// `patch.value`, in Envoy's terms.
#[derive(Clone, Debug)]
pub struct PatchValue {
    /// The field.
    pub at: Leaf<()>,
    /// What stands there.
    pub node: Node,
}

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> EnvoyFilter {
    let nothing = List::default();
    let mut read = EnvoyFilter { meta, attachment: Attachment::Everything, patches: nothing, priority: None };
    let Some(mut fields) = spec.and_then(Field::fields) else { return read };
    read.attachment = attachment::read_workload_selector(&mut fields, checks);
    read.patches = common::list(fields.take("configPatches"), |item| read_config_patch(item, checks));
    read.priority = common::integer(fields.take("priority"));
    fields.finish();
    for patch in &read.patches.items {
        validate::check(patch, checks);
    }
    read
}

fn read_config_patch(field: &Field<'_>, checks: &Checks<'_>) -> Option<ConfigPatch> {
    let mut fields = field.fields()?;
    let patch = ConfigPatch {
        at: common::at(field),
        apply_to: fields.take("applyTo").and_then(|field| field.one_of(words::APPLY_TO)),
        matches: fields.take("match").and_then(|field| matches::read(&field, checks)),
        patch: fields.take("patch").and_then(|field| read_patch(&field)),
    };
    fields.finish();
    Some(patch)
}

fn read_patch(field: &Field<'_>) -> Option<Patch> {
    let mut fields = field.fields()?;
    let patch = Patch {
        at: common::at(field),
        operation: fields.take("operation").and_then(|field| field.one_of(words::OPERATION)),
        filter_class: fields.take("filterClass").and_then(|field| field.one_of(words::FILTER_CLASS)),
        value: fields.take("value").and_then(|field| read_value(&field)),
    };
    fields.finish();
    Some(patch)
}

/// Any mapping: Envoy's fields are not Istio's to know.
fn read_value(field: &Field<'_>) -> Option<PatchValue> {
    field.fields()?;
    Some(PatchValue { at: common::at(field), node: field.node.clone() })
}

impl ConfigPatch {
    /// Which proxies it is for; absent is all.
    #[must_use]
    pub fn context(&self) -> PatchContext {
        let context = self.matches.as_ref().and_then(|matches| matches.context.as_ref());
        context.map_or(PatchContext::Any, |context| context.value)
    }

    /// What is done, where that is said.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        Some(self.patch.as_ref()?.operation.as_ref()?.value)
    }
}
