//! `outlierDetection`: when a client stops sending to a pod that fails.

use super::values::{duration, unsigned};
use crate::istio::checks::Checks;
use crate::istio::common::{self, Duration, List, at};
use crate::yaml::fields::{Field, Leaf};

/// `outlierDetection`. What is absent is Envoy's default (`applyOutlierDetection` of Istio sets nothing).
#[derive(Clone, Debug)]
pub struct OutlierDetection {
    /// The field's key.
    pub at: Leaf<()>,
    /// `consecutive5xxErrors`: 5 where absent, 0 is off.
    pub errors: Option<Leaf<i64>>,
    /// `consecutiveGatewayErrors`: off where absent or 0.
    pub gateway_errors: Option<Leaf<i64>>,
    /// `consecutiveErrors`, which Istio ignores.
    pub old_errors: Option<Leaf<i64>>,
    /// `splitExternalLocalOriginErrors`.
    pub split: Option<Leaf<bool>>,
    /// `consecutiveLocalOriginFailures`: with `split`; 5 where absent.
    pub local_failures: Option<Leaf<i64>>,
    /// `interval`: 10s where absent.
    pub interval: Option<Leaf<Duration>>,
    /// `baseEjectionTime`: 30s where absent.
    pub ejection: Option<Leaf<Duration>>,
    /// `maxEjectionPercent`: 10 where absent or 0.
    pub max_percent: Option<Leaf<i64>>,
    /// `minHealthPercent`.
    pub min_health: Option<Leaf<i64>>,
    /// `outlierDetectionHttpErrorCodes`, which Istio 1.31 does not use yet.
    pub codes: List<Leaf<i64>>,
}

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<OutlierDetection> {
    let mut fields = field.fields()?;
    let found = OutlierDetection {
        at: at(field),
        errors: unsigned(fields.take("consecutive5xxErrors")),
        gateway_errors: unsigned(fields.take("consecutiveGatewayErrors")),
        old_errors: common::integer(fields.take("consecutiveErrors")),
        split: common::boolean(fields.take("splitExternalLocalOriginErrors")),
        local_failures: unsigned(fields.take("consecutiveLocalOriginFailures")),
        interval: duration(fields.take("interval"), checks),
        ejection: duration(fields.take("baseEjectionTime"), checks),
        max_percent: percent(fields.take("maxEjectionPercent"), checks),
        min_health: percent(fields.take("minHealthPercent"), checks),
        codes: common::list(fields.take("outlierDetectionHttpErrorCodes"), |item| item.integer(100..=599)),
    };
    fields.finish();
    let split = found.split.as_ref().is_some_and(|split| split.value);
    if let Some(failures) = found.local_failures.as_ref().filter(|failures| failures.value > 0 && !split) {
        let message =
            "Istio refuses `consecutiveLocalOriginFailures` without `splitExternalLocalOriginErrors`";
        checks.refuse(failures, message, "set `splitExternalLocalOriginErrors: true`, or take it out");
    }
    Some(found)
}

fn percent(field: Option<Field<'_>>, checks: &Checks<'_>) -> Option<Leaf<i64>> {
    let found = common::integer(field)?;
    if !(0..=100).contains(&found.value) {
        let message = format!("Istio refuses {}: a percentage is from 0 to 100", found.value);
        checks.refuse(&found, message, "write a number from 0 to 100");
    }
    Some(found)
}
