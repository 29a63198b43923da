//! A port of a ServiceEntry or of a Sidecar's listener: `number`, `protocol`, `name`, `targetPort`.

use super::checks::Checks;
use super::common::{self, at};
use super::destination_rule::hosts;
use super::destination_rule::values::unsigned;
use crate::yaml::fields::{Field, Leaf};

/// A port.
#[derive(Clone, Debug)]
pub struct Port {
    /// The field, or the list's item.
    pub at: Leaf<()>,
    /// `number`.
    pub number: Option<Leaf<i64>>,
    /// Whether `number` stands there, readable or not.
    pub(super) numbered: bool,
    /// `protocol`; without it, Istio sniffs.
    pub protocol: Option<Leaf<String>>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `targetPort`, where it is given and not 0.
    pub target: Option<Leaf<i64>>,
}

/// What Istio does with a port, by its protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Traffic {
    /// It reads requests: HTTP, HTTP2, GRPC, GRPC-WEB, HTTP_PROXY.
    Requests,
    /// It reads the server name: HTTPS, TLS.
    ServerNames,
    /// It passes connections on: TCP, MONGO, REDIS, MYSQL, UDP.
    Connections,
    /// It finds out by the first bytes: no protocol, or one that Istio does not know.
    Sniffed,
}

impl Traffic {
    /// By the word, in any case (`pkg/config/protocol/instance.go`).
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "http" | "http2" | "http_proxy" | "grpc" | "grpc-web" => Self::Requests,
            "https" | "tls" => Self::ServerNames,
            "tcp" | "mongo" | "redis" | "mysql" | "udp" => Self::Connections,
            _ => Self::Sniffed,
        }
    }
}

impl Port {
    /// What Istio does with it.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.protocol.as_ref().map_or(Traffic::Sniffed, |protocol| Traffic::of(&protocol.value))
    }

    /// `443 (HTTPS)`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let number = self.number.as_ref().map_or_else(|| "?".to_string(), |number| number.value.to_string());
        match &self.protocol {
            Some(protocol) => format!("{number} ({})", protocol.value),
            None => number,
        }
    }
}

pub(super) fn read(field: &Field<'_>) -> Option<Port> {
    let mut fields = field.fields()?;
    let number = fields.take("number");
    let port = Port {
        at: at(field),
        numbered: number.is_some(),
        number: unsigned(number),
        protocol: common::string(fields.take("protocol")).filter(|word| !word.value.is_empty()),
        name: common::string(fields.take("name")).filter(|name| !name.value.is_empty()),
        target: unsigned(fields.take("targetPort")).filter(|target| target.value != 0),
    };
    fields.finish();
    Some(port)
}

/// A port's number (`ValidatePort`).
pub(super) fn check_number<T: Into<i64> + Copy>(number: &Leaf<T>, checks: &Checks<'_>) {
    let value: i64 = number.value.into();
    if !(1..=65535).contains(&value) {
        checks.refuse(number, format!("Istio refuses the port {value}"), "write a port from 1 to 65535");
    }
}

/// A protocol that Istio knows (`ValidateProtocol`).
pub(super) fn check_protocol(port: &Port, checks: &Checks<'_>) {
    if let Some(word) = port.protocol.as_ref().filter(|word| Traffic::of(&word.value) == Traffic::Sniffed) {
        let message = format!("Istio refuses `{}`: it knows no such protocol", word.value);
        checks.refuse(word, message, "write HTTP, HTTP2, GRPC, HTTPS, TLS, TCP or MONGO");
    }
}

/// The name of a port (`ValidatePortName`).
pub(super) fn check_name(name: &Leaf<String>, checks: &Checks<'_>) {
    if !hosts::is_label(&name.value) {
        let message = format!("Istio refuses `{}`: it is no name of a port", name.value);
        checks.refuse(name, message, "use letters, digits and inner `-`, at most 63 of them");
    }
}
