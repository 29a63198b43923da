//! `loadBalancer`: which pod gets a request.

use super::{Part, nearness};
use crate::finding::codes::traffic::{LOAD_BALANCING, SESSION_AFFINITY, WARMUP};
use crate::finding::{Direction, Finding};
use crate::istio::destination_rule::LoadBalancer;
use crate::istio::destination_rule::load_balancer::{
    ConsistentHash, Cookie, CookieAttribute, HashKey, Simple, Warmup,
};
use crate::lint::words::{joined, percent};
use crate::yaml::fields::Leaf;

/// Where a connection goes that no proxy looks at.
fn afterwards(part: Part<'_>) -> String {
    format!("afterwards each connection goes to any {}, with all its requests", part.scene.answering())
}

/// Balancing, sessions, zones, new pods.
pub(super) fn check(part: Part<'_>, found: &LoadBalancer) -> Vec<Finding> {
    let LoadBalancer { at, simple, hash, locality, zone_aware, warmup_seconds, warmup: _ } = found;
    let mut findings = Vec::new();
    findings.extend(simple.as_ref().map(|simple| balancing(part, simple)));
    findings.extend(hash.as_ref().map(|hash| affinity(part, hash)));
    findings.extend(locality.as_ref().map(|found| nearness::locality(part, found)));
    findings.extend(zone_aware.as_ref().map(|found| nearness::zone_aware(part, found)));
    let old =
        warmup_seconds.as_ref().map(|old| (old.clone().map(|_| ()), Some(old.value.text.as_str()), None));
    let new = found.warmup.as_ref().map(|new| {
        let long = new.duration.as_ref().map(|long| long.value.text.as_str());
        (new.at.clone(), long, Some(new))
    });
    findings.extend(old.or(new).map(|(at, long, rise)| warmup(part, found, &at, long, rise)));
    if findings.is_empty() {
        let message = "`loadBalancer` is empty, which is Istio's default: no effect";
        findings.push(part.scene.finding(&LOAD_BALANCING, Direction::None, at, message));
    }
    findings
}

fn balancing(part: Part<'_>, simple: &Leaf<Simple>) -> Finding {
    let requests = part.requests();
    let one = part.scene.answering();
    let how = match simple.value {
        Simple::Passthrough => {
            let message = format!(
                "{requests} go to the address that the client asked for (`PASSTHROUGH`), with the mesh as without it"
            );
            return part.scene.finding(&LOAD_BALANCING, Direction::None, simple, message);
        }
        Simple::RoundRobin => format!("to each {one} in turn (`ROUND_ROBIN`)"),
        Simple::Random => format!("to a {one} at random (`RANDOM`)"),
        Simple::LeastRequest => format!("to the {one} with fewer open requests of two (`LEAST_REQUEST`)"),
        Simple::Unspecified => {
            format!("to the {one} with fewer open requests of two (`LEAST_REQUEST`, Istio's default)")
        }
    };
    let message = format!("{requests} go one by one {how}; {}", afterwards(part));
    let help = "make clients open new connections now and then, or balance in the client (gRPC can, over a headless \
                Service); it matters most for HTTP/2 and gRPC, where one connection carries everything";
    part.scene.finding(&LOAD_BALANCING, Direction::Drops, simple, message).help(help)
}

fn affinity(part: Part<'_>, hash: &ConsistentHash) -> Finding {
    let ConsistentHash { at, key, ring: _, maglev: _, old_ring: _ } = hash;
    let by_address =
        "set `sessionAffinity: ClientIP` in the Service, which keeps an address at one pod for three hours";
    let elsewhere = "keep sessions where all pods find them, or let a gateway before the Service choose by the same \
                     key; `sessionAffinity: ClientIP` in the Service only keeps a client's address at one pod";
    let (same, help) = match key {
        Some(HashKey::Header(name)) => (format!("with the same header `{}`", name.value), elsewhere),
        Some(HashKey::Query(name)) => (format!("with the same query parameter `{}`", name.value), elsewhere),
        Some(HashKey::Cookie(cookie)) => (format!("with the same {}", cookie_in_words(cookie)), elsewhere),
        Some(HashKey::SourceIp(source)) if source.value => ("from the same address".to_string(), by_address),
        Some(HashKey::SourceIp(_)) | None => {
            let message = format!(
                "`consistentHash` names nothing to hash, so that {} go to any pod, and do afterwards: no effect",
                part.requests()
            );
            return part.scene.finding(&SESSION_AFFINITY, Direction::None, at, message);
        }
    };
    let message = format!(
        "{} {same} go to the same {} ({}); {}",
        part.requests(),
        part.scene.answering(),
        algorithm(hash),
        afterwards(part)
    );
    part.scene.finding(&SESSION_AFFINITY, Direction::Drops, at, message).help(help)
}

fn cookie_in_words(cookie: &Cookie) -> String {
    let Cookie { name, path, ttl, attributes } = cookie;
    let mut words = Vec::new();
    match ttl {
        None => words.push("which the application sets".to_string()),
        Some(ttl) if ttl.value.nanoseconds == 0 => {
            words.push("which the proxy sets for the client's session".to_string());
        }
        Some(ttl) => words.push(format!("which the proxy sets for {}", ttl.value.text)),
    }
    words.extend(path.as_ref().map(|path| format!("path `{}`", path.value)));
    words.extend(attributes.iter().map(|CookieAttribute { name, value }| {
        let text =
            |leaf: &Option<Leaf<String>>| leaf.as_ref().map_or("", |leaf| leaf.value.as_str()).to_string();
        match value {
            Some(_) => format!("`{}={}`", text(name), text(value)),
            None => format!("`{}`", text(name)),
        }
    }));
    let name = name.as_ref().map_or("", |name| name.value.as_str());
    format!("cookie `{name}` ({})", words.join(", "))
}

/// The algorithm, with the sizes that `ApplyRingHashLoadBalancer` and Envoy give where none is written.
fn algorithm(hash: &ConsistentHash) -> String {
    let size = |leaf: Option<&Leaf<i64>>, otherwise: i64| {
        leaf.map(|leaf| leaf.value).filter(|size| *size != 0).unwrap_or(otherwise)
    };
    match (&hash.maglev, &hash.ring) {
        (Some(table), _) => format!("Maglev, a table of {}", size(table.as_ref(), 65537)),
        (None, Some(ring)) => format!("a ring of at least {}", size(ring.as_ref(), 1024)),
        (None, None) => format!("a ring of at least {}", size(hash.old_ring.as_ref(), 1024)),
    }
}

fn warmup(
    part: Part<'_>,
    balancer: &LoadBalancer,
    at: &Leaf<()>,
    long: Option<&str>,
    rise: Option<&Warmup>,
) -> Finding {
    let unused = match balancer.simple.as_ref().map(|simple| simple.value) {
        Some(Simple::Random | Simple::Passthrough) => true,
        Some(Simple::Unspecified | Simple::LeastRequest | Simple::RoundRobin) | None => {
            balancer.hash.is_some()
        }
    };
    if unused {
        let message = "warming up goes with `ROUND_ROBIN` and `LEAST_REQUEST` alone: no effect here";
        return part.scene.finding(&WARMUP, Direction::None, at, message);
    }
    let minimum = rise.and_then(|rise| rise.minimum.as_ref()).map_or(10.0, |minimum| minimum.value);
    let aggression = rise.and_then(|rise| rise.aggression.as_ref()).map_or(1.0, |found| found.value);
    let mut words = vec![format!("from {} on", percent(minimum))];
    if (aggression - 1.0).abs() > f64::EPSILON {
        words.push(format!("aggression {aggression}"));
    }
    let long = long.map_or_else(|| "some time".to_string(), str::to_string);
    let message = format!(
        "a new {} of {} gets its full share of requests after {long} ({}); afterwards it gets it at once",
        part.scene.answering(),
        part.target(),
        joined(&words)
    );
    let help = "let the readiness probe succeed only once the pod is warm";
    part.scene.finding(&WARMUP, Direction::Drops, at, message).help(help)
}
