//! `localityLbSetting` and `zoneAwareLbSetting`.

use super::Part;
use crate::finding::codes::traffic::LOCALITY;
use crate::finding::{Direction, Finding};
use crate::istio::destination_rule::locality::{Distribute, Failover, Locality, ZoneAware};
use crate::lint::words::joined;
use crate::yaml::fields::Leaf;

const HELP: &str = "`trafficDistribution: PreferClose` in the Service (Kubernetes 1.31 and later) keeps requests in a \
                    zone that has pods; shares, regions and an order of labels have nothing that stands in";

/// How many zones Envoy wants to see pods in before it looks at zones.
const SMALLEST_CLUSTER: i64 = 6;

pub(super) fn locality(part: Part<'_>, found: &Locality) -> Finding {
    let Locality { at, enabled, distribute, failover } = found;
    let requests = part.requests();
    if enabled.as_ref().is_some_and(|enabled| !enabled.value) {
        let message =
            format!("{requests} go to pods of all zones alike, with the mesh as without it: no effect");
        return part.scene.finding(&LOCALITY, Direction::None, at, message);
    }
    let how = if distribute.items.is_empty() {
        if !part.ejects {
            let message = "pods count as failed only with `outlierDetection`, which is not set here, so that requests \
                           go to pods of all zones alike: no effect";
            return part.scene.finding(&LOCALITY, Direction::None, at, message);
        }
        format!("go to the nearest pods while those are well{}", failover_in_words(failover))
    } else {
        let shares: Vec<String> = distribute.items.iter().map(distribute_in_words).collect();
        format!("are shared out by place: {}", shares.join("; "))
    };
    let message = format!("{requests} {how}; afterwards they go to pods of all zones alike");
    part.scene.finding(&LOCALITY, Direction::Drops, at, message).help(HELP)
}

pub(super) fn zone_aware(part: Part<'_>, found: &ZoneAware) -> Finding {
    let ZoneAware { at, enabled, failover, min_cluster_size } = found;
    let requests = part.requests();
    if enabled.as_ref().is_some_and(|enabled| !enabled.value) {
        let message =
            format!("{requests} go to pods of all zones alike, with the mesh as without it: no effect");
        return part.scene.finding(&LOCALITY, Direction::None, at, message);
    }
    let size = min_cluster_size.as_ref().map_or(SMALLEST_CLUSTER, |size| size.value);
    let message = format!(
        "{requests} stay in the client's zone, as far as its pods can take them and where its region has {size} pods or \
         more{}; afterwards they go to pods of all zones alike",
        failover_in_words(failover)
    );
    part.scene.finding(&LOCALITY, Direction::Drops, at, message).help(HELP)
}

fn distribute_in_words(one: &Distribute) -> String {
    let shares: Vec<String> =
        one.to.iter().map(|(place, share)| format!("{} % to `{}`", share.value, place.value)).collect();
    format!("from `{}` {}", text(one.from.as_ref()), joined(&shares))
}

fn failover_in_words(failover: &Failover) -> String {
    let Failover { regions, labels } = failover;
    let mut words: Vec<String> = regions
        .items
        .iter()
        .map(|one| format!("then from `{}` to `{}`", text(one.from.as_ref()), text(one.to.as_ref())))
        .collect();
    if !labels.is_empty() {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{}`", label.value)).collect();
        words.push(format!("the nearest by the labels {}", joined(&labels)));
    }
    words.insert(0, String::new());
    words.join(", ")
}

fn text(leaf: Option<&Leaf<String>>) -> &str {
    leaf.map_or("", |leaf| leaf.value.as_str())
}
