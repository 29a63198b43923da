//! `localityLbSetting` and `zoneAwareLbSetting`: requests that stay near.

use super::values::unsigned;
use crate::istio::checks::Checks;
use crate::istio::common::{self, List, at};
use crate::yaml::fields::{Field, Leaf};

/// The labels of places (`istio.io/api/label`), which other fields stand for.
const PLACES: [&str; 3] =
    ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];

/// `localityLbSetting`.
#[derive(Clone, Debug)]
pub struct Locality {
    /// The field's key.
    pub at: Leaf<()>,
    /// `enabled`: true where absent.
    pub enabled: Option<Leaf<bool>>,
    /// `distribute`.
    pub distribute: List<Distribute>,
    /// `failover` and `failoverPriority`.
    pub failover: Failover,
}

/// `zoneAwareLbSetting`.
#[derive(Clone, Debug)]
pub struct ZoneAware {
    /// The field's key.
    pub at: Leaf<()>,
    /// `enabled`: true where absent.
    pub enabled: Option<Leaf<bool>>,
    /// `failover` and `failoverPriority`.
    pub failover: Failover,
    /// `minClusterSize`: 6 where absent.
    pub min_cluster_size: Option<Leaf<i64>>,
}

/// One of `distribute`.
#[derive(Clone, Debug)]
pub struct Distribute {
    /// `from`: where clients are.
    pub from: Option<Leaf<String>>,
    /// `to`: where their requests go, with shares that make 100.
    pub to: Vec<(Leaf<String>, Leaf<i64>)>,
}

/// Where requests go when pods fail.
#[derive(Clone, Debug)]
pub struct Failover {
    /// `failover`: regions, from and to.
    pub regions: List<RegionFailover>,
    /// `failoverPriority`: labels that client and server share, the most important first.
    pub labels: Vec<Leaf<String>>,
}

/// One of `failover`.
#[derive(Clone, Debug)]
pub struct RegionFailover {
    /// `from`: where clients are.
    pub from: Option<Leaf<String>>,
    /// `to`: where their requests go once pods there fail.
    pub to: Option<Leaf<String>>,
}

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<Locality> {
    let mut fields = field.fields()?;
    let enabled = common::boolean(fields.take("enabled"));
    let distribute = common::list(fields.take("distribute"), |field| read_distribute(field, checks));
    let failover = read_failover(fields.take("failover"), fields.take("failoverPriority"), checks);
    fields.finish();
    if let (Some(_), Some(first)) = (distribute.items.first(), &failover.regions.at)
        && !failover.regions.items.is_empty()
    {
        checks.refuse(first, "Istio refuses `failover` beside `distribute`", "keep one of the two");
    }
    let place = failover.labels.iter().find(|label| PLACES.contains(&label.value.as_str()));
    if let Some(label) = place.filter(|_| !failover.regions.items.is_empty()) {
        let message = format!("Istio refuses `{}` in `failoverPriority` beside `failover`", label.value);
        checks.refuse(label, message, "`failover` says the same of regions: keep one of the two");
    }
    let from: Vec<_> = distribute.items.iter().filter_map(|one| one.from.as_ref()).collect();
    check_places(&from, checks);
    Some(Locality { at: at(field), enabled, distribute, failover })
}

pub(super) fn read_zone_aware(field: &Field<'_>, checks: &Checks<'_>) -> Option<ZoneAware> {
    let mut fields = field.fields()?;
    let enabled = common::boolean(fields.take("enabled"));
    let failover = read_failover(fields.take("failover"), fields.take("failoverPriority"), checks);
    let min_cluster_size = unsigned(fields.take("minClusterSize"));
    fields.finish();
    for label in failover.labels.iter().filter(|label| PLACES.contains(&label.value.as_str())) {
        let message = format!("Istio refuses `{}` here: regions and zones are ordered anyway", label.value);
        checks.refuse(label, message, "take it out");
    }
    if let Some(size) = min_cluster_size.as_ref().filter(|size| size.value == 0) {
        checks.refuse(size, "Istio refuses 0: `minClusterSize` is at least 1", "write 1 or more");
    }
    Some(ZoneAware { at: at(field), enabled, failover, min_cluster_size })
}

fn read_distribute(field: &Field<'_>, checks: &Checks<'_>) -> Option<Distribute> {
    let mut fields = field.fields()?;
    let from = common::string(fields.take("from"));
    let to = fields.take("to");
    let entries = to.as_ref().map(Field::entries).unwrap_or_default();
    let to: Vec<_> = entries
        .iter()
        .filter_map(|(place, field)| Some((place.clone(), unsigned(Some(field.clone()))?)))
        .collect();
    fields.finish();
    let sum: i64 = to.iter().map(|(_, share)| share.value).sum();
    if let Some((_, share)) = to.iter().find(|(_, share)| !(1..=100).contains(&share.value)) {
        let message = format!("Istio refuses {}: a share is from 1 to 100", share.value);
        checks.refuse(share, message, "write a whole number from 1 to 100");
    } else if sum != 100 && to.len() == entries.len() {
        let message = format!("Istio refuses these shares: they make {sum}, and not 100");
        checks.refuse(&at(field), message, "share out 100");
    }
    check_places(&to.iter().map(|(place, _)| place).collect::<Vec<_>>(), checks);
    Some(Distribute { from, to })
}

fn read_failover(regions: Option<Field<'_>>, labels: Option<Field<'_>>, checks: &Checks<'_>) -> Failover {
    let regions = common::list(regions, |field| {
        let mut fields = field.fields()?;
        let (from, to) = (common::string(fields.take("from")), common::string(fields.take("to")));
        fields.finish();
        let text =
            |leaf: &Option<Leaf<String>>| leaf.as_ref().map_or("", |leaf| leaf.value.as_str()).to_string();
        if text(&from) == text(&to) {
            let message = "Istio refuses a `failover` from a region to itself";
            checks.refuse(&at(field), message, "name two regions");
        }
        for region in [&from, &to].into_iter().flatten() {
            if region.value.contains(['/', '*']) {
                let message = format!("Istio refuses `{}`: `failover` names whole regions", region.value);
                checks.refuse(region, message, "write the region without zone and `*`");
            }
        }
        Some(RegionFailover { from, to })
    });
    Failover { regions, labels: common::strings(labels) }
}

/// `validateLocalities`: `*` only at the end, no empty part, and none that an earlier one holds.
fn check_places(places: &[&Leaf<String>], checks: &Checks<'_>) {
    for (index, place) in places.iter().enumerate() {
        let text = place.value.as_str();
        let stars = text.matches('*').count();
        if stars > 1 || (stars == 1 && !text.ends_with('*')) {
            let message = format!("Istio refuses `{text}`: `*` stands at the end, and once");
            checks.refuse(place, message, "write `region/zone/*`, `region/*` or `*`");
        } else if text.splitn(3, '/').any(str::is_empty) {
            let message = format!("Istio refuses `{text}`: region, zone or subzone is empty");
            checks.refuse(place, message, "write `region`, `region/zone` or `region/zone/subzone`");
        } else if let Some(other) = places.iter().take(index).find(|other| overlap(&other.value, text)) {
            let message = format!("Istio refuses `{text}` beside `{}`, which overlaps it", other.value);
            checks.refuse(place, message, "name places that hold nothing of each other");
        }
    }
}

/// Whether Istio takes the later of two places for a part of the earlier, or the other way round.
fn overlap(earlier: &str, later: &str) -> bool {
    let parts = |text: &str| text.splitn(3, '/').map(str::to_string).collect::<Vec<_>>();
    let (mut wide, narrow) = (parts(earlier), parts(later));
    if wide.last().is_some_and(|last| last == "*") {
        wide.pop();
    }
    narrow.starts_with(&wide) || wide.starts_with(&narrow)
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn places_overlap_as_istio_has_it() {
        let rows = [
            ("a", "a/b", true),
            ("a/b", "a", true),
            ("a/*", "a/b", true),
            ("*", "a", true),
            ("a", "*", false),
            ("a/b", "a/*", false),
            ("a/b", "a/c", false),
            ("a/b/c", "a/b/d", false),
            ("a/b/*", "a/b/d", true),
            ("a/b", "a/b", true),
        ];
        for (earlier, later, expected) in rows {
            assert_eq!(overlap(earlier, later), expected, "{earlier} {later}");
        }
    }
}
