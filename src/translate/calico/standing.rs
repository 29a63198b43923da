//! Where our objects stand among the tiers of the input.

use crate::config::Layout;
use crate::manifest::{InForce, Inventory, Stage};
use crate::object::calico::TierName;
use crate::object::calico::versions::Capabilities;

/// The orders of unmesh's tiers where nothing else asks for others.
const USUAL: Orders = Orders { deny: 10, allow: 20 };

/// How far below another tier ours stand.
const STEP: i64 = 10;

/// Orders that a floating-point number, which is what Calico takes, tells apart in steps of one.
const LOWEST: f64 = -4_503_599_627_370_496.0;

/// The last order of the portable layout: a policy in force that lets through at or before it is asked
/// first.
const LAST_ORDER: f64 = 520.0;

/// Where ours stand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Standing {
    /// In the tier `default`; `tiers` is whether the version has others.
    Default { tiers: bool },
    /// In two tiers of their own.
    Tiers(Orders),
}

/// The orders of unmesh's tiers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Orders {
    deny: i64,
    allow: i64,
}

impl Orders {
    pub(super) fn of(self, tier: TierName) -> i64 {
        match tier {
            TierName::Deny => self.deny,
            TierName::Allow => self.allow,
        }
    }

    /// Orders below those of every other tier of the input; the usual ones where that is so, or where
    /// there is no room below.
    fn before(inventory: &Inventory) -> Self {
        earliest(inventory).map_or(USUAL, |(_, lowest)| Self::below(lowest))
    }

    fn below(lowest: f64) -> Self {
        if lowest > as_float(USUAL.allow) || !(LOWEST..).contains(&lowest) {
            return USUAL;
        }
        let allow = whole(lowest) - STEP;
        Self { deny: allow - STEP, allow }
    }
}

impl Standing {
    pub(super) fn of(layout: Layout, inventory: &Inventory, can: Capabilities) -> Self {
        match layout {
            Layout::Portable => Self::Default { tiers: can.tiers },
            Layout::Tiers => Self::Tiers(Orders::before(inventory)),
        }
    }

    /// Whether a policy in force may let traffic through before ours are asked: an Allow in an earlier
    /// tier, which ends evaluation; in our own, anything that is not ours.
    pub(super) fn is_after(self, policy: &InForce, inventory: &Inventory) -> bool {
        match self {
            Self::Default { tiers: _ } => match policy.stage {
                Stage::BeforeDefault => policy.has_allow,
                Stage::Default(order) => {
                    order.is_some_and(|order| order <= LAST_ORDER) && (policy.has_allow || policy.has_pass)
                }
                Stage::AfterDefault => false,
            },
            Self::Tiers(orders) => {
                let Some(name) = &policy.tier else { return false };
                is_in_ours(policy) || (policy.has_allow && may_precede(name, orders, inventory))
            }
        }
    }

    /// Whether a policy in force is one that rules of ours keep from being asked, whatever their action.
    pub(super) fn silences(self, policy: &InForce) -> bool {
        match self {
            Self::Default { tiers } => match policy.stage {
                Stage::BeforeDefault => false,
                Stage::Default(_) => true,
                Stage::AfterDefault => !tiers,
            },
            Self::Tiers(_) => false,
        }
    }

    /// Whether a policy in force may be asked after a Pass of ours, and not after an Allow. So may one of a
    /// tier whose order is not known.
    pub(super) fn passes_to(self, policy: &InForce, inventory: &Inventory) -> bool {
        match self {
            Self::Default { tiers } => {
                let hidden = policy.tier.as_ref().is_some_and(|tier| !inventory.tiers.is_known(tier));
                tiers && (policy.stage == Stage::AfterDefault || hidden)
            }
            Self::Tiers(_) => true,
        }
    }

    /// The other tier for which ours stand below their usual orders.
    pub(super) fn lowered_for(self, inventory: &Inventory) -> Option<(String, Orders)> {
        match self {
            Self::Default { tiers: _ } => None,
            Self::Tiers(orders) if orders == USUAL => None,
            Self::Tiers(orders) => earliest(inventory).map(|(name, _)| (name.to_string(), orders)),
        }
    }
}

/// Whether somebody else's policy stands in a tier of unmesh's.
pub(super) fn is_in_ours(policy: &InForce) -> bool {
    policy.tier.as_deref().is_some_and(|tier| TierName::of(tier).is_some())
}

/// Whether a tier may be asked before ours: its order is not known, or there was no room before it.
fn may_precede(name: &str, orders: Orders, inventory: &Inventory) -> bool {
    let mut users = inventory.tiers.of_users().filter(|(tier, _)| *tier == name);
    let early = |(_, order): (&str, Option<f64>)| order.is_some_and(|order| order <= as_float(orders.allow));
    users.any(early) || !inventory.tiers.is_known(name)
}

/// The user's tier with the lowest order.
fn earliest(inventory: &Inventory) -> Option<(&str, f64)> {
    let ordered = inventory.tiers.of_users().filter_map(|(name, order)| Some((name, order?)));
    ordered.min_by(|one, other| one.1.total_cmp(&other.1))
}

#[expect(clippy::cast_precision_loss, reason = "orders of ours are far above -2^53")]
fn as_float(order: i64) -> f64 {
    order as f64
}

#[expect(clippy::cast_possible_truncation, reason = "asked for orders from -2^52 to 20 alone")]
fn whole(order: f64) -> i64 {
    order.floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_stand_before_every_other_tier_where_there_is_room() {
        let rows = [
            ("later", 100.0, (10, 20)),
            ("just later", 20.5, (10, 20)),
            ("equal", 20.0, (0, 10)),
            ("between ours", 15.0, (-5, 5)),
            ("a fraction", 0.5, (-20, -10)),
            ("below zero", -3.5, (-24, -14)),
            ("no room", -1e300, (10, 20)),
        ];
        for (name, lowest, expected) in rows {
            let Orders { deny, allow } = Orders::below(lowest);
            assert_eq!((deny, allow), expected, "{name}");
        }
    }
}
