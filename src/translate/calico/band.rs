//! The order bands of both layouts: the same numbers in every run.

use crate::object::calico::TierName;

/// A band: its number is the objects' order, and within one band all rules have one action, so
/// that ties are harmless.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Band {
    /// AUDIT, in tiers alone.
    Log,
    /// Ports that never reached the proxy.
    Uncaptured,
    /// DENY and CUSTOM.
    Refuse,
    /// STRICT.
    RequireIdentity,
    /// Rules of ALLOW policies.
    Allow,
    /// Their rules with `http`.
    AllowHttp,
    /// In tiers, rules of ALLOW policies where what they let through has another selector than what
    /// isolates.
    AllowBelow,
    /// Instead of all Allows, where another policy in force selects the pods.
    InForce,
    /// What no rule of an ALLOW policy allows, and what the mesh never policed.
    Base,
    /// Open as before, for 110 and 200.
    OpenRefuse,
    /// Open as before, for 220.
    OpenRequireIdentity,
}

impl Band {
    /// `spec.order`.
    pub(super) fn order(self) -> u16 {
        match self {
            Self::Log => 100,
            Self::Uncaptured => 110,
            Self::Refuse => 200,
            Self::RequireIdentity => 220,
            Self::Allow => 300,
            Self::AllowHttp => 310,
            Self::AllowBelow => 320,
            Self::InForce => 350,
            Self::Base => 400,
            Self::OpenRefuse => 500,
            Self::OpenRequireIdentity => 520,
        }
    }

    /// The place in the output, from 1: what refuses comes first, so that a partial apply is closed.
    pub(super) fn rank(tier: Option<TierName>, order: u16) -> u16 {
        match (tier, order) {
            (None, 400) => 1,
            (None, 350) => 2,
            (None | Some(TierName::Deny), 200) => 3,
            (None | Some(TierName::Deny), 220) => 4,
            (Some(TierName::Allow), 300) => 5,
            (_, other) => other,
        }
    }
}
