//! What proxies do for reliability and tests: timeouts, retries, delays, mirrors.

use super::Route;
use super::scene::{joined, percent};
use crate::finding::codes::traffic::{FAULT_DELAY, MIRROR, RETRIES, TIMEOUT};
use crate::finding::{Direction, Finding};
use crate::istio::common::{Duration, Percentage};
use crate::istio::virtual_service::destination::Destination;
use crate::istio::virtual_service::http_actions::{Delay, Retries};
use crate::yaml::fields::Leaf;

/// Timeout, retries, delay and mirrors of one route.
pub(super) fn check(route: Route<'_>) -> Vec<Finding> {
    let http = route.http;
    let mut findings = Vec::new();
    findings.extend(http.timeout.as_ref().map(|found| timeout(route, found)));
    findings.extend(http.retries.as_ref().map(|found| retries(route, found)));
    let fault = http.fault.as_ref();
    findings.extend(fault.and_then(|fault| fault.delay.as_ref()).map(|found| delay(route, found)));
    findings.extend(mirrors(route));
    findings
}

fn timeout(route: Route<'_>, found: &Leaf<Duration>) -> Finding {
    let message = format!(
        "{} are given up after {} with status 504; afterwards they wait as long as client and application do",
        route.subject(),
        found.value.text
    );
    let help =
        "set the same timeout in the clients' HTTP library, or at the way in (`timeouts` of an HTTPRoute)";
    route.scene.finding(&TIMEOUT, Direction::Drops, found, message).help(help)
}

fn retries(route: Route<'_>, found: &Retries) -> Finding {
    let Retries { at, attempts, per_try_timeout, retry_on, retry_remote_localities, .. } = found;
    let number = attempts.as_ref().map_or(0, |attempts| attempts.value);
    if number == 0 {
        let message =
            format!("{} are never retried, with the mesh or without it: no effect", route.subject());
        return route.scene.finding(&RETRIES, Direction::None, at, message);
    }
    let mut how = Vec::new();
    how.extend(per_try_timeout.as_ref().map(|limit| format!("each try for {}", limit.value.text)));
    how.extend(found.backoff.as_ref().map(|backoff| format!("{} apart", backoff.value.text)));
    if retry_remote_localities.as_ref().is_some_and(|remote| remote.value) {
        how.push("other localities included".to_string());
    }
    if found.retry_ignore_previous_hosts.as_ref().is_some_and(|ignore| !ignore.value) {
        how.push("also at pods tried before".to_string());
    }
    let how = if how.is_empty() { String::new() } else { format!(" ({})", joined(&how)) };
    let when = retry_on
        .as_ref()
        .map_or("connect-failure,refused-stream,unavailable,cancelled", |on| on.value.as_str());
    let times = if number == 1 { "once".to_string() } else { format!("up to {number} times") };
    let message = format!(
        "{} are retried {times} on `{when}`{how}; afterwards a failure reaches the client at once",
        route.subject()
    );
    let help = "retry in the clients' HTTP library, for requests that may be repeated; Istio's own two retries of \
                routes without `retries` go as well";
    route.scene.finding(&RETRIES, Direction::Drops, at, message).help(help)
}

fn delay(route: Route<'_>, found: &Delay) -> Finding {
    let Delay { at, fixed_delay, exponential_delay: _, percentage, percent: old } = found;
    #[expect(clippy::cast_precision_loss, reason = "a number from 0 to 100")]
    let old = old.as_ref().map_or(100.0, |old| old.value as f64);
    let share = percentage.as_ref().map_or(old, Percentage::number);
    let subject = route.subject();
    if share <= 0.0 {
        let message = format!("0 % of {subject} are delayed: no effect");
        return route.scene.finding(&FAULT_DELAY, Direction::None, at, message);
    }
    let long = fixed_delay.as_ref().map_or("", |delay| delay.value.text.as_str());
    let who =
        if share < 100.0 { format!("{} of {subject}", percent(share)) } else { format!("all {subject}") };
    let message = format!("{who} are delayed by {long}; afterwards none is");
    let help = "inject delays in the client or the application, or with a chaos tool on the pods' network";
    route.scene.finding(&FAULT_DELAY, Direction::Drops, at, message).help(help)
}

fn mirrors(route: Route<'_>) -> Vec<Finding> {
    let http = route.http;
    let mut findings = Vec::new();
    if let Some(found) = &http.mirror {
        #[expect(clippy::cast_precision_loss, reason = "a number from 0 to 100")]
        let old = http.mirror_percent.as_ref().map_or(100.0, |old| old.value as f64);
        let share = http.mirror_percentage.as_ref().map_or(old, Percentage::number);
        findings.push(mirror(route, found, share, &found.at));
    }
    for policy in &http.mirrors.items {
        let share = policy.percentage.as_ref().map_or(100.0, Percentage::number);
        findings.extend(policy.destination.as_ref().map(|found| mirror(route, found, share, &policy.at)));
    }
    let lone = http.mirror_percentage.as_ref().map(|found| found.at.clone());
    let lone = lone.or_else(|| http.mirror_percent.as_ref().map(|old| old.clone().map(|_| ())));
    if let Some(lone) = lone.filter(|_| http.mirror.is_none()) {
        let message = "a percentage without `mirror` has no effect";
        findings.push(route.scene.finding(&MIRROR, Direction::None, &lone, message));
    }
    findings
}

fn mirror(route: Route<'_>, to: &Destination, share: f64, at: &Leaf<()>) -> Finding {
    let words = route.scene.destination_in_words(to, true);
    let subject = route.subject();
    if share <= 0.0 {
        let message = format!("copies of 0 % of {subject} go to {words}: no effect");
        return route.scene.finding(&MIRROR, Direction::None, at, message);
    }
    let who =
        if share < 100.0 { format!("{} of {subject}", percent(share)) } else { format!("all {subject}") };
    let message = format!("copies of {who} go to {words}; afterwards it gets none");
    let help = "mirror at the way in (an HTTPRoute's RequestMirror filter), or replay recorded requests";
    route.scene.finding(&MIRROR, Direction::Drops, at, message).help(help)
}
