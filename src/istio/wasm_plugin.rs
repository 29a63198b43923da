//! `WasmPlugin` (`extensions.istio.io/v1alpha1`): code that proxies run on requests or connections.

use super::checks::{Checks, key_of};
use super::common::{self, List};
use super::wasm::{self, Phase, TrafficSelector, WasmCode};
use super::{Attachment, Meta, attachment};
use crate::yaml::fields::{Field, Leaf};

/// A WasmPlugin.
#[derive(Clone, Debug)]
pub struct WasmPlugin {
    /// Name and place.
    pub meta: Meta,
    /// Whose proxies run it.
    pub attachment: Attachment,
    /// The code; `None` without a `spec`.
    pub code: Option<WasmCode>,
    /// `phase`.
    pub phase: Option<Leaf<Phase>>,
    /// `priority` within the phase, the higher first.
    pub priority: Option<Leaf<i64>>,
    /// `match`: any of them; empty is all traffic.
    pub selectors: List<TrafficSelector>,
}

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> WasmPlugin {
    let name = Leaf { value: (), span: meta.name_span, field: "spec".to_string() };
    let mut read = WasmPlugin {
        meta,
        attachment: Attachment::Everything,
        code: None,
        phase: None,
        priority: None,
        selectors: List::default(),
    };
    let Some((field, mut fields)) = spec.and_then(|field| Some((field, field.fields()?))) else {
        checks.refuse(&name, "there is no `spec`, and so no `url`", "say where the code is");
        return read;
    };
    read.attachment = attachment::read(&mut fields, checks);
    read.code = Some(wasm::read(&mut fields, &key_of(field), checks));
    read.phase = wasm::phase(fields.take("phase"), "UNSPECIFIED_PHASE");
    read.priority = common::integer(fields.take("priority"));
    read.selectors = wasm::selectors(fields.take("match"), checks);
    fields.finish();
    read
}
