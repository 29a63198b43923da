//! `TrafficExtension` (`extensions.istio.io/v1alpha1`): code that proxies run, in WebAssembly or Lua.

use super::checks::Checks;
use super::common::{self, List};
use super::wasm::{self, Phase, TrafficSelector, WasmCode};
use super::{Attachment, Meta, attachment};
use crate::yaml::fields::{Field, Leaf};

/// A TrafficExtension.
#[derive(Clone, Debug)]
pub struct TrafficExtension {
    /// Name and place.
    pub meta: Meta,
    /// Whose proxies run it.
    pub attachment: Attachment,
    /// `wasm`, with the place of the field.
    pub wasm: Option<(Leaf<()>, WasmCode)>,
    /// `lua`.
    pub lua: Option<Lua>,
    /// `phase`.
    pub phase: Option<Leaf<Phase>>,
    /// `priority` within the phase, the higher first.
    pub priority: Option<Leaf<i64>>,
    /// `match`: any of them; empty is all traffic.
    pub selectors: List<TrafficSelector>,
}

/// `lua`.
#[derive(Clone, Debug)]
pub struct Lua {
    /// The field.
    pub at: Leaf<()>,
    /// `inlineCode`.
    pub inline_code: Option<Leaf<String>>,
}

/// The longest program in Lua.
const LONGEST_CODE: usize = 65536;

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> TrafficExtension {
    let name = Leaf { value: (), span: meta.name_span, field: "spec".to_string() };
    let mut read = TrafficExtension {
        meta,
        attachment: Attachment::Everything,
        wasm: None,
        lua: None,
        phase: None,
        priority: None,
        selectors: List::default(),
    };
    if let Some(mut fields) = spec.and_then(Field::fields) {
        read.attachment = attachment::read_without_target_ref(&mut fields, checks);
        read.wasm = fields.take("wasm").and_then(|field| {
            let (mut inner, at) = (field.fields()?, common::at(&field));
            let code = wasm::read(&mut inner, &at, checks);
            inner.finish();
            Some((at, code))
        });
        read.lua = fields.take("lua").and_then(|field| read_lua(&field, checks));
        read.phase = wasm::phase(fields.take("phase"), "UNSPECIFIED");
        read.priority = common::integer(fields.take("priority"));
        read.selectors = wasm::selectors(fields.take("match"), checks);
        fields.finish();
    }
    match (&read.wasm, &read.lua) {
        (Some(_), Some(lua)) => {
            let message = "`wasm` and `lua` stand side by side, and Istio takes one of them";
            checks.refuse(&lua.at, message, "keep the one that is meant");
        }
        (None, None) => checks.refuse(&name, "there is neither `wasm` nor `lua`", "add one of them"),
        (Some(_), None) | (None, Some(_)) => {}
    }
    read
}

fn read_lua(field: &Field<'_>, checks: &Checks<'_>) -> Option<Lua> {
    let mut fields = field.fields()?;
    let inline_code = common::string(fields.take("inlineCode"));
    fields.finish();
    let at = common::at(field);
    match &inline_code {
        Some(code) if code.value.len() > LONGEST_CODE => {
            checks.refuse(code, "`inlineCode` is longer than 64 KiB", "shorten it, or use `wasm`");
        }
        Some(code) if !code.value.is_empty() => {}
        Some(_) | None => checks.refuse(&at, "`lua` has no `inlineCode`", "write the program"),
    }
    Some(Lua { at, inline_code })
}
