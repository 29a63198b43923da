//! `outlierDetection` and `retryBudget`.

use super::Part;
use crate::finding::codes::traffic::{OUTLIER_DETECTION, RETRY_BUDGET};
use crate::finding::{Direction, Finding};
use crate::istio::common::Duration;
use crate::istio::destination_rule::OutlierDetection;
use crate::istio::destination_rule::traffic_policy::RetryBudget;
use crate::lint::words::percent;
use crate::yaml::fields::Leaf;

/// How many failures in a row Envoy takes where nothing is written.
const FAILURES: i64 = 5;

pub(super) fn outlier_detection(part: Part<'_>, found: &OutlierDetection) -> Finding {
    let OutlierDetection {
        at,
        errors: _,
        gateway_errors: _,
        split: _,
        local_failures: _,
        old_errors,
        interval,
        ejection,
        max_percent,
        min_health,
        codes,
    } = found;
    let mut notes = String::new();
    if old_errors.is_some() {
        notes.push_str("; `consecutiveErrors` has no effect");
    }
    if !codes.items.is_empty() {
        notes.push_str("; `outlierDetectionHttpErrorCodes` has no effect to Istio 1.31");
    }
    let when = failures(found);
    if when.is_empty() {
        let message = format!("every count of failures is switched off: no effect{notes}");
        return part.scene.finding(&OUTLIER_DETECTION, Direction::None, at, message);
    }
    let most = max_percent.as_ref().map(|most| most.value).filter(|most| *most > 0).unwrap_or(10);
    let health = min_health.as_ref().map(|health| health.value).filter(|health| *health > 0);
    let health =
        health.map_or_else(String::new, |health| format!(", unless less than {health} % of them are well"));
    let one = part.scene.answering();
    let message = format!(
        "a {one} of {} gets no requests for {} after {} (looked at every {}, for at most {most} % of the {one}s{health}); \
         afterwards it keeps its share{notes}",
        part.target(),
        text(ejection.as_ref(), "30s"),
        when.join(" or "),
        text(interval.as_ref(), "10s")
    );
    let help = "a readiness probe takes a failing pod out of its Service for all clients; for failures that only clients \
                see, use a circuit breaker in the client's library";
    part.scene.finding(&OUTLIER_DETECTION, Direction::Drops, at, message).help(help)
}

/// Which failures count, with Envoy's defaults where nothing is written.
fn failures(found: &OutlierDetection) -> Vec<String> {
    let number =
        |leaf: &Option<Leaf<i64>>, otherwise: i64| leaf.as_ref().map_or(otherwise, |leaf| leaf.value);
    let split = found.split.as_ref().is_some_and(|split| split.value);
    // Without a number above 0, Istio leaves Envoy's own in force.
    let local = number(&found.local_failures, 0);
    let local = if local > 0 { local } else { FAILURES };
    let counts = [
        (number(&found.errors, FAILURES), "with 5xx"),
        (number(&found.gateway_errors, 0), "with 502, 503 or 504"),
        (if split { local } else { 0 }, "to reach it"),
    ];
    let in_words = |(number, what): (i64, &str)| match number {
        1 => format!("1 failure {what}"),
        number => format!("{number} failures in a row {what}"),
    };
    counts.into_iter().filter(|(number, _)| *number > 0).map(in_words).collect()
}

pub(super) fn retry_budget(part: Part<'_>, found: &RetryBudget) -> Finding {
    let RetryBudget { at, percent: share, minimum, interval } = found;
    let share = share.as_ref().map_or(20.0, |share| share.value);
    let minimum = minimum.as_ref().map(|minimum| minimum.value).filter(|minimum| *minimum > 0).unwrap_or(3);
    let of = match interval.as_ref().filter(|interval| interval.value.nanoseconds > 0) {
        Some(interval) => format!("the requests of {}", interval.value.text),
        None => "the requests in flight".to_string(),
    };
    let message = format!(
        "retries of {} are at most {} of {of}, or {minimum} at a time; the proxies' retries go, and this limit with them",
        part.requests(),
        percent(share)
    );
    let help = "where a client's library retries in their place, set such a limit there";
    part.scene.finding(&RETRY_BUDGET, Direction::Drops, at, message).help(help)
}

fn text<'a>(leaf: Option<&'a Leaf<Duration>>, otherwise: &'a str) -> &'a str {
    leaf.map_or(otherwise, |leaf| leaf.value.text.as_str())
}
