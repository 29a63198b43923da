//! Calico's tiers: which come before `default`, and which after.

use super::Stage;
use crate::finding::Finding;
use crate::manifest::Object;
use crate::manifest::text::with_spec;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The order of the tier `default`, which cannot be changed.
const DEFAULT_ORDER: f64 = 1_000_000.0;

/// Tiers that Calico makes itself, whose orders nobody can change (`api/pkg/apis/projectcalico/v3/tier.go`):
/// none of them comes before order 1000.
const BUILT_IN: [&str; 5] =
    ["default", "adminnetworkpolicy", "kube-admin", "baselineadminnetworkpolicy", "kube-baseline"];

/// The orders of the tiers in the input; those of two different documents are left out.
#[derive(Clone, Default, Debug)]
pub struct TierOrders(BTreeMap<String, Option<f64>>);

impl TierOrders {
    /// Reads all `Tier` objects.
    pub(in crate::manifest) fn of(objects: &[Object], findings: &mut Vec<Finding>) -> Self {
        let mut orders: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
        let calico = ["projectcalico.org", "crd.projectcalico.org"];
        for object in objects.iter().filter(|object| object.reference.kind == "Tier") {
            if calico.contains(&object.group()) {
                let order = with_spec(object, findings, |spec| spec.fields()?.take("order")?.number());
                orders.entry(object.reference.name.clone()).or_default().push(order.map(|order| order.value));
            }
        }
        let agreed = |(name, orders): (String, Vec<Option<f64>>)| {
            let (first, rest) = orders.split_first()?;
            rest.iter().all(|order| order == first).then_some((name, *first))
        };
        Self(orders.into_iter().filter_map(agreed).collect())
    }

    /// Users' own tiers with their orders, by name; no order is last.
    pub fn of_users(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        let all = self.0.iter().map(|(name, order)| (name.as_str(), *order));
        all.filter(|(name, _)| !BUILT_IN.contains(name))
    }

    /// Whether a tier's place is known: Calico's own, or one whose order the input shows.
    #[must_use]
    pub fn is_known(&self, tier: &str) -> bool {
        BUILT_IN.contains(&tier) || self.0.contains_key(tier)
    }

    /// When a policy of a tier with an order of its own is asked. A tier that the input does not
    /// show counts as one before `default`, where an Allow would skip what stands in `default`.
    pub(super) fn stage(&self, tier: &str, order: Option<f64>) -> Stage {
        match tier {
            "default" => return Stage::Default(order),
            "adminnetworkpolicy" | "kube-admin" => return Stage::BeforeDefault,
            "baselineadminnetworkpolicy" | "kube-baseline" => return Stage::AfterDefault,
            _ => {}
        }
        let Some(order) = self.0.get(tier) else { return Stage::BeforeDefault };
        // No order is last; of equal orders the name decides.
        let Some(order) = order else { return Stage::AfterDefault };
        match order.total_cmp(&DEFAULT_ORDER).then_with(|| tier.cmp("default")) {
            Ordering::Less | Ordering::Equal => Stage::BeforeDefault,
            Ordering::Greater => Stage::AfterDefault,
        }
    }
}
