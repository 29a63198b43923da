//! `loadBalancer`: which pod of a host gets a request.

use super::locality::{self, Locality, ZoneAware};
use super::values::{duration, large, missing, number, share};
use crate::istio::checks::Checks;
use crate::istio::common::{self, Duration, List, at};
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeSet;

/// Envoy's largest table of Maglev, and one more.
const MAGLEV_LIMIT: i64 = 5_000_011;

/// `loadBalancer`.
#[derive(Clone, Debug)]
pub struct LoadBalancer {
    /// The field's key.
    pub at: Leaf<()>,
    /// `simple`.
    pub simple: Option<Leaf<Simple>>,
    /// `consistentHash`.
    pub hash: Option<ConsistentHash>,
    /// `localityLbSetting`.
    pub locality: Option<Locality>,
    /// `zoneAwareLbSetting`.
    pub zone_aware: Option<ZoneAware>,
    /// `warmupDurationSecs`, the old form of `warmup`.
    pub warmup_seconds: Option<Leaf<Duration>>,
    /// `warmup`.
    pub warmup: Option<Warmup>,
}

/// `simple`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Simple {
    /// `UNSPECIFIED`: Istio's default, which is `LEAST_REQUEST`.
    Unspecified,
    /// `LEAST_CONN` or `LEAST_REQUEST`, which are one.
    LeastRequest,
    /// `RANDOM`.
    Random,
    /// `PASSTHROUGH`.
    Passthrough,
    /// `ROUND_ROBIN`.
    RoundRobin,
}

/// `consistentHash`.
#[derive(Clone, Debug)]
pub struct ConsistentHash {
    /// The field's key.
    pub at: Leaf<()>,
    /// What is hashed; `None` where nothing is named.
    pub key: Option<HashKey>,
    /// `ringHash.minimumRingSize`, where `ringHash` is given.
    pub ring: Option<Option<Leaf<i64>>>,
    /// `maglev.tableSize`, where `maglev` is given.
    pub maglev: Option<Option<Leaf<i64>>>,
    /// `minimumRingSize`, the old form.
    pub old_ring: Option<Leaf<i64>>,
}

/// What requests of one pod have in common.
#[derive(Clone, Debug)]
pub enum HashKey {
    /// `httpHeaderName`.
    Header(Leaf<String>),
    /// `httpCookie`.
    Cookie(Cookie),
    /// `useSourceIp`; false is no key.
    SourceIp(Leaf<bool>),
    /// `httpQueryParameterName`.
    Query(Leaf<String>),
}

/// `httpCookie`.
#[derive(Clone, Debug)]
pub struct Cookie {
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `path`.
    pub path: Option<Leaf<String>>,
    /// `ttl`: with it the proxy sets the cookie where a client has none; 0s lasts as long as the client's session.
    pub ttl: Option<Leaf<Duration>>,
    /// `attributes`: names and values.
    pub attributes: Vec<CookieAttribute>,
}

/// One of `httpCookie.attributes`.
#[derive(Clone, Debug)]
pub struct CookieAttribute {
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `value`.
    pub value: Option<Leaf<String>>,
}

/// `warmup`.
#[derive(Clone, Debug)]
pub struct Warmup {
    /// The field's key.
    pub at: Leaf<()>,
    /// `duration`.
    pub duration: Option<Leaf<Duration>>,
    /// `minimumPercent`: 10 where absent.
    pub minimum: Option<Leaf<f64>>,
    /// `aggression`: 1, which is linear, where absent.
    pub aggression: Option<Leaf<f64>>,
}

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<LoadBalancer> {
    const SIMPLE: [(&str, Simple); 6] = [
        ("UNSPECIFIED", Simple::Unspecified),
        ("LEAST_CONN", Simple::LeastRequest),
        ("RANDOM", Simple::Random),
        ("PASSTHROUGH", Simple::Passthrough),
        ("ROUND_ROBIN", Simple::RoundRobin),
        ("LEAST_REQUEST", Simple::LeastRequest),
    ];
    let mut fields = field.fields()?;
    let taken = [
        "simple",
        "consistentHash",
        "localityLbSetting",
        "zoneAwareLbSetting",
        "warmupDurationSecs",
        "warmup",
    ]
    .map(|name| fields.take(name));
    fields.finish();
    let [simple, hash, locality, zone_aware, old, warm] = taken;
    beside(simple.as_ref(), hash.as_ref(), checks);
    beside(locality.as_ref(), zone_aware.as_ref(), checks);
    beside(old.as_ref(), warm.as_ref(), checks);
    Some(LoadBalancer {
        at: at(field),
        simple: simple.and_then(|field| field.one_of(&SIMPLE)),
        hash: hash.and_then(|field| consistent_hash(&field, checks)),
        locality: locality.and_then(|field| locality::read(&field, checks)),
        zone_aware: zone_aware.and_then(|field| locality::read_zone_aware(&field, checks)),
        warmup_seconds: duration(old, checks),
        warmup: warm.and_then(|field| warmup(&field, checks)),
    })
}

/// Two fields of which Istio takes one.
fn beside(one: Option<&Field<'_>>, other: Option<&Field<'_>>, checks: &Checks<'_>) {
    if let (Some(one), Some(other)) = (one, other) {
        let message = format!("Istio refuses `{}` beside `{}`", other.name(), one.name());
        let place = Leaf { value: (), span: other.key_span, field: other.path.clone() };
        checks.refuse(&place, message, "keep one of the two");
    }
}

fn consistent_hash(field: &Field<'_>, checks: &Checks<'_>) -> Option<ConsistentHash> {
    let mut fields = field.fields()?;
    let keys = ["httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"]
        .map(|name| fields.take(name));
    let (ring, maglev) = (fields.take("ringHash"), fields.take("maglev"));
    let old = fields.take("minimumRingSize");
    fields.finish();
    let mut given = keys.iter().flatten();
    let (first, second) = (given.next(), given.next());
    beside(first, second, checks);
    beside(ring.as_ref(), maglev.as_ref(), checks);
    let old_ring = large(old.clone());
    if old_ring.as_ref().is_some_and(|old| old.value != 0) {
        beside(ring.as_ref().or(maglev.as_ref()), old.as_ref(), checks);
    }
    let [header, cookie, source, query] = keys;
    let header = common::string(header).map(HashKey::Header);
    let cookie = cookie.and_then(|field| read_cookie(&field, checks)).map(HashKey::Cookie);
    let source = common::boolean(source).map(HashKey::SourceIp);
    let query = common::string(query).map(HashKey::Query);
    let size = |field: &Field<'_>, name| {
        let mut fields = field.fields()?;
        let size = large(fields.take(name));
        fields.finish();
        Some(size)
    };
    let table = maglev.as_ref().and_then(|field| size(field, "tableSize"));
    if let Some(maglev) = &maglev {
        check_maglev(maglev, table.as_ref().and_then(Option::as_ref), checks);
    }
    Some(ConsistentHash {
        at: at(field),
        key: header.or(cookie).or(source).or(query),
        ring: ring.and_then(|field| size(&field, "minimumRingSize")),
        maglev: table,
        old_ring,
    })
}

fn check_maglev(maglev: &Field<'_>, size: Option<&Leaf<i64>>, checks: &Checks<'_>) {
    let Some(size) = size else {
        if maglev.node.get("tableSize").is_none() {
            missing(&at(maglev), "`maglev`", "tableSize", checks);
        }
        return;
    };
    if size.value >= MAGLEV_LIMIT || !is_prime(size.value) {
        let message =
            format!("Istio refuses {}: the table's size is a prime number below 5000011", size.value);
        checks.refuse(size, message, "write 65537, which is Envoy's default, or another prime number");
    }
}

fn is_prime(number: i64) -> bool {
    let factors = std::iter::successors(Some(2_i64), |factor| factor.checked_add(1));
    number >= 1
        && factors
            .take_while(|factor| factor.saturating_mul(*factor) <= number)
            .all(|factor| number % factor != 0)
}

fn read_cookie(field: &Field<'_>, checks: &Checks<'_>) -> Option<Cookie> {
    let mut fields = field.fields()?;
    let name = named(&mut fields.take("name"), "`httpCookie`", field, checks);
    let path = common::string(fields.take("path"));
    let ttl = fields.take("ttl").as_ref().and_then(common::duration);
    let mut seen = BTreeSet::new();
    let attributes: List<_> = common::list(fields.take("attributes"), |field| {
        let mut fields = field.fields()?;
        let name = named(&mut fields.take("name"), "an attribute of a cookie", field, checks);
        let value = common::string(fields.take("value"));
        fields.finish();
        Some(CookieAttribute { name, value })
    });
    fields.finish();
    for name in attributes.items.iter().filter_map(|attribute| attribute.name.as_ref()) {
        if !seen.insert(name.value.as_str()) {
            let message = format!("Istio refuses this cookie: its attribute `{}` stands twice", name.value);
            checks.refuse(name, message, "keep one of them");
        }
    }
    Some(Cookie { name, path, ttl, attributes: attributes.items })
}

/// A name that has to be there, and not be empty.
fn named(
    field: &mut Option<Field<'_>>,
    what: &str,
    around: &Field<'_>,
    checks: &Checks<'_>,
) -> Option<Leaf<String>> {
    let Some(field) = field.take() else {
        missing(&at(around), what, "name", checks);
        return None;
    };
    let name = field.string()?;
    if name.value.is_empty() {
        checks.refuse(&name, format!("Istio refuses {what} whose `name` is empty"), "name it");
    }
    Some(name)
}

fn warmup(field: &Field<'_>, checks: &Checks<'_>) -> Option<Warmup> {
    let mut fields = field.fields()?;
    let long = fields.take("duration");
    if long.is_none() {
        missing(&at(field), "`warmup`", "duration", checks);
    }
    let warmup = Warmup {
        at: at(field),
        duration: duration(long, checks),
        minimum: share(fields.take("minimumPercent"), checks),
        aggression: number(fields.take("aggression")),
    };
    fields.finish();
    if let Some(aggression) = warmup.aggression.as_ref().filter(|aggression| aggression.value <= 0.0) {
        let message = format!("Istio refuses {}: `aggression` is greater than 0", aggression.value);
        checks.refuse(aggression, message, "write 1 for a linear rise, more for a faster start");
    }
    Some(warmup)
}

#[cfg(test)]
mod tests {
    use super::is_prime;

    #[test]
    fn sizes_of_maglev_are_prime() {
        // Envoy's own test takes 1 for prime.
        let prime = [1, 2, 3, 5, 7, 65537];
        assert!(prime.into_iter().all(is_prime));
        assert!([0, 4, 9, 25, 65536].into_iter().all(|number| !is_prime(number)));
    }
}
