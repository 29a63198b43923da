//! `Telemetry` (`telemetry.istio.io/v1`, `v1alpha1`): traces, metrics and access logs that proxies make.
//!
//! What Istio refuses follows `validateTelemetry*` and the CRD. This module must not know what becomes of it.

mod metrics;
mod tracing;

pub use self::metrics::{Metrics, Override, TagOverride};
pub use self::tracing::{CustomTag, TagSource, Tracing};
pub use super::wasm::Side;

use super::checks::Checks;
use super::common::{self, List};
use super::{Attachment, Meta, attachment};
use crate::yaml::fields::{Field, Leaf};

/// A Telemetry.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Name and place.
    pub meta: Meta,
    /// Whose proxies it is for.
    pub attachment: Attachment,
    /// `tracing`: what a later entry says takes the place of what an earlier one said.
    pub tracing: List<Tracing>,
    /// `metrics`.
    pub metrics: List<Metrics>,
    /// `accessLogging`.
    pub access_logging: List<AccessLogging>,
}

/// One of `accessLogging`.
#[derive(Clone, Debug)]
pub struct AccessLogging {
    /// The list's item.
    pub at: Leaf<()>,
    /// `match.mode`; absent is both sides.
    pub mode: Option<Leaf<Side>>,
    /// `providers`, by name; none is the mesh's default.
    pub providers: Vec<Leaf<String>>,
    /// `disabled`.
    pub disabled: Option<Leaf<bool>>,
    /// `filter.expression`: CEL, of which requests are logged.
    pub filter: Option<Leaf<String>>,
}

const SIDES: &[(&str, Side)] =
    &[("CLIENT_AND_SERVER", Side::Both), ("CLIENT", Side::Client), ("SERVER", Side::Server)];

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> Telemetry {
    let mut read = Telemetry {
        meta,
        attachment: Attachment::Everything,
        tracing: List::default(),
        metrics: List::default(),
        access_logging: List::default(),
    };
    let Some(mut fields) = spec.and_then(Field::fields) else { return read };
    read.attachment = attachment::read(&mut fields, checks);
    read.tracing = common::list(fields.take("tracing"), |item| tracing::read(item, checks));
    read.metrics = common::list(fields.take("metrics"), |item| metrics::read(item, checks));
    read.access_logging = common::list(fields.take("accessLogging"), |item| read_logging(item, checks));
    fields.finish();
    read
}

fn read_logging(field: &Field<'_>, checks: &Checks<'_>) -> Option<AccessLogging> {
    let mut fields = field.fields()?;
    let filter = fields.take("filter").and_then(|field| {
        let mut inner = field.fields()?;
        let expression = common::string(inner.take("expression"));
        inner.finish();
        expression
    });
    let logging = AccessLogging {
        at: common::at(field),
        mode: read_mode(fields.take("match")),
        providers: read_providers(fields.take("providers"), checks),
        disabled: common::boolean(fields.take("disabled")),
        filter,
    };
    fields.finish();
    Some(logging)
}

/// `match` with its `mode` alone.
fn read_mode(field: Option<Field<'_>>) -> Option<Leaf<Side>> {
    let mut fields = field?.fields()?;
    let mode = fields.take("mode").and_then(|field| field.one_of(SIDES));
    fields.finish();
    mode
}

fn read_providers(field: Option<Field<'_>>, checks: &Checks<'_>) -> Vec<Leaf<String>> {
    let providers = common::list(field, |item| {
        let mut fields = item.fields()?;
        let name = fields.take("name");
        fields.finish();
        let absent = name.is_none();
        let name = common::string(name);
        if absent || name.as_ref().is_some_and(|name| name.value.is_empty()) {
            let at = name.as_ref().map_or_else(|| common::at(item), |name| name.clone().map(|_| ()));
            checks.refuse(&at, "an entry of `providers` has no `name`", "name one of `extensionProviders`");
        }
        name
    });
    providers.items
}
