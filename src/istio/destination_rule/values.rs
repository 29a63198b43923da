//! Numbers and durations of a DestinationRule, with the bounds that Istio and its CRD set for them.

#![expect(clippy::needless_pass_by_value, reason = "a field that was taken is read once, here")]

use crate::istio::checks::Checks;
use crate::istio::common::{self, Duration};
use crate::yaml::fields::{Field, Leaf};

/// A field that has to be there is not.
pub(in crate::istio) fn missing(at: &Leaf<()>, what: &str, field: &str, checks: &Checks<'_>) {
    let message = format!("Istio refuses {what} without `{field}`");
    checks.refuse(at, message, format!("add `{field}`"));
}

/// A duration of at least 1ms, in whole milliseconds (`ValidateDuration`, and the CRD).
pub(super) fn duration(field: Option<Field<'_>>, checks: &Checks<'_>) -> Option<Leaf<Duration>> {
    let found = field.as_ref().and_then(common::duration)?;
    check_duration(&found, checks);
    Some(found)
}

pub(super) fn check_duration(found: &Leaf<Duration>, checks: &Checks<'_>) {
    let Duration { text, nanoseconds } = &found.value;
    if *nanoseconds < 1_000_000 || nanoseconds % 1_000_000 != 0 {
        let message = format!("Istio refuses `{text}`: a duration is at least 1ms, in whole milliseconds");
        checks.refuse(found, message, "write a longer duration, or leave the field out");
    }
}

/// A number that Istio refuses below zero; 0 stands for its default.
pub(super) fn count(field: Option<Field<'_>>, checks: &Checks<'_>) -> Option<Leaf<i64>> {
    let found = common::integer(field)?;
    if found.value < 0 {
        let message = format!("Istio refuses {}: it cannot be less than 0", found.value);
        checks.refuse(&found, message, "write a positive number, or leave the field out");
    }
    Some(found)
}

/// A number of 32 bits without a sign.
pub(in crate::istio) fn unsigned(field: Option<Field<'_>>) -> Option<Leaf<i64>> {
    field.as_ref().and_then(|field| field.integer(0..=i64::from(u32::MAX)))
}

/// A number of 64 bits without a sign, as far as unmesh can count.
pub(super) fn large(field: Option<Field<'_>>) -> Option<Leaf<i64>> {
    field.as_ref().and_then(|field| field.integer(0..=i64::MAX))
}

pub(super) fn number(field: Option<Field<'_>>) -> Option<Leaf<f64>> {
    field.as_ref().and_then(Field::number)
}

/// A number from 0 to 100, whole or not.
pub(super) fn share(field: Option<Field<'_>>, checks: &Checks<'_>) -> Option<Leaf<f64>> {
    let found = number(field)?;
    if !(0.0..=100.0).contains(&found.value) {
        let message = format!("Istio refuses {}: a percentage is from 0 to 100", found.value);
        checks.refuse(&found, message, "write a number from 0 to 100");
    }
    Some(found)
}
