//! `PeerAuthentication` (`security.istio.io/v1`, `v1beta1`).

use super::checks::{Checks, key_of};
use super::{Attachment, Meta, attachment, values};
use crate::yaml::fields::{Field, Leaf};

/// A PeerAuthentication that Istio accepts.
#[derive(Clone, Debug)]
pub struct PeerAuthentication {
    /// Name and place.
    pub meta: Meta,
    /// Which workloads it is for; it has no `targetRefs`.
    pub attachment: Attachment,
    /// A selector without labels: the whole namespace to sidecars, more than that to istiod in ambient mode.
    pub bare_selector: Option<Leaf<()>>,
    /// `mtls.mode`; absent inherits.
    pub mode: Option<Leaf<Mode>>,
    /// `portLevelMtls`, by workload port; an absent mode inherits from `mtls`.
    pub ports: Vec<(Leaf<u16>, Option<Leaf<Mode>>)>,
}

/// `mode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Inherits from the namespace, the mesh, and at last PERMISSIVE.
    Unset,
    /// Plaintext alone.
    Disable,
    /// Mutual TLS and plaintext.
    Permissive,
    /// Mutual TLS alone.
    Strict,
}

/// Reads the `spec` (`ValidatePeerAuthentication` of Istio, and the rules of its CRD).
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> Option<PeerAuthentication> {
    let Some(spec) = spec else {
        return Some(PeerAuthentication {
            meta,
            attachment: Attachment::Everything,
            bare_selector: None,
            mode: None,
            ports: Vec::new(),
        });
    };
    let mut fields = spec.fields()?;
    let attachment = attachment::read_selector(&mut fields, checks);
    let selector = spec.below("selector").filter(|selector| !selector.is_null());
    let bare_selector = selector.filter(|_| attachment.is_everything()).map(|selector| selector.presence());
    let mode = fields.take("mtls").and_then(|field| read_mode(&field));
    let levels = fields.take("portLevelMtls");
    fields.finish();
    let ports = levels.as_ref().map(|field| read_ports(field, checks)).unwrap_or_default();
    if let (Some(field), Attachment::Everything) = (&levels, &attachment) {
        let message = "`portLevelMtls` needs a selector with labels";
        checks.refuse(
            &key_of(field),
            message,
            "select the workloads whose ports these are, or leave the ports out",
        );
    }
    Some(PeerAuthentication { meta, attachment, bare_selector, mode, ports })
}

fn read_mode(field: &Field<'_>) -> Option<Leaf<Mode>> {
    const MODES: [(&str, Mode); 4] = [
        ("UNSET", Mode::Unset),
        ("DISABLE", Mode::Disable),
        ("PERMISSIVE", Mode::Permissive),
        ("STRICT", Mode::Strict),
    ];
    let mut fields = field.fields()?;
    let mode = fields.take("mode").and_then(|field| field.one_of(&MODES));
    fields.finish();
    mode
}

fn read_ports(field: &Field<'_>, checks: &Checks<'_>) -> Vec<(Leaf<u16>, Option<Leaf<Mode>>)> {
    let entries = field.entries();
    if entries.is_empty() {
        checks.refuse(&key_of(field), "`portLevelMtls` is empty", "name a port, or leave the field out");
    }
    let mut ports = Vec::new();
    for (key, level) in entries {
        let mode = read_mode(&level);
        if let Some(port) = read_port(&key, checks) {
            ports.push((key.map(|_| port), mode));
        }
    }
    ports
}

/// A key of `portLevelMtls`. The API server reads it as a number; istiod as a JSON number.
fn read_port(key: &Leaf<String>, checks: &Checks<'_>) -> Option<u16> {
    let port = values::decimal(&key.value).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    if port.is_none() {
        let message = format!("`{}` is no port of a workload", key.value);
        checks.refuse(key, message, "a key of `portLevelMtls` is a number from 1 to 65535");
    }
    port
}
