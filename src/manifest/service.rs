//! Services: which ports of which pods they stand for.

use super::text::{plain, text, texts, with_spec};
use super::{Labels, Object};
use crate::finding::{Finding, ObjectRef};
use crate::source::Span;
use crate::yaml::fields::Field;
use crate::yaml::{Resolved, Scalar, Value, resolve};

/// A `Service`.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub reference: ObjectRef,
    /// The pods behind it; empty for a Service without a selector, which stands for no pod of its own.
    pub selector: Labels,
    /// Its ports; none for `type: ExternalName`.
    pub ports: Vec<ServicePort>,
    /// Where its name stands.
    pub span: Span,
}

/// A port of a Service.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// Its name, which may declare a protocol.
    pub name: Option<String>,
    /// The Service's own port.
    pub port: u16,
    /// The pods' port; without `targetPort`, the Service's own.
    pub target: PortTarget,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// `appProtocol`, which beats the name.
    pub app_protocol: Option<String>,
    /// Where the port stands.
    pub span: Span,
}

/// A pod's port, by number or by the name of a container port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PortTarget {
    /// By number.
    Number(u16),
    /// By the name of a container port.
    Name(String),
}

/// Reads a Service.
pub(super) fn read(object: &Object, findings: &mut Vec<Finding>) -> Service {
    let read = with_spec(object, findings, |spec| {
        let mut fields = spec.fields()?;
        let external = fields
            .take("type")
            .and_then(|field| text(&field))
            .is_some_and(|kind| kind.value == "ExternalName");
        let selector = fields.take("selector").map(|field| plain(&texts(&field))).unwrap_or_default();
        let ports =
            fields.take("ports").filter(|_| !external).and_then(|field| field.list()).unwrap_or_default();
        let selector = if external { Labels::new() } else { selector };
        Some((selector, ports.iter().filter_map(port).collect()))
    });
    let (selector, ports) = read.unwrap_or_default();
    Service { reference: object.reference.clone(), selector, ports, span: object.name_span }
}

fn port(field: &Field<'_>) -> Option<ServicePort> {
    let mut fields = field.fields()?;
    let number = fields.take("port").and_then(|field| port_number(&field))?;
    let target = match fields.take("targetPort") {
        Some(field) => port_target(&field)?,
        None => PortTarget::Number(number),
    };
    let word = |field: Option<Field<'_>>| field.and_then(|field| text(&field)).map(|leaf| leaf.value);
    Some(ServicePort {
        name: word(fields.take("name")),
        port: number,
        target,
        protocol: word(fields.take("protocol")).unwrap_or_else(|| "TCP".to_string()),
        app_protocol: word(fields.take("appProtocol")),
        span: field.node.span,
    })
}

/// A port number.
pub(super) fn port_number(field: &Field<'_>) -> Option<u16> {
    field.integer(1..=65_535).and_then(|leaf| u16::try_from(leaf.value).ok())
}

/// `targetPort`: a number, or the name of a container port. Zero counts as left out, which never
/// reaches here from a served object; a number in quotes is a number too.
fn port_target(field: &Field<'_>) -> Option<PortTarget> {
    match &field.node.value {
        Value::Scalar(scalar @ Scalar { text, .. }) if resolve(scalar) == Resolved::String => {
            Some(text.parse().map_or_else(|_| PortTarget::Name(text.clone()), PortTarget::Number))
        }
        Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => {
            port_number(field).map(PortTarget::Number)
        }
    }
}
