//! The order bands of the portable layout: the same numbers in every run.

/// A band: its number is the objects' order, and within one band all rules have one action, so
/// that ties are harmless.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Band {
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
            Self::Uncaptured => 110,
            Self::Refuse => 200,
            Self::RequireIdentity => 220,
            Self::Allow => 300,
            Self::AllowHttp => 310,
            Self::InForce => 350,
            Self::Base => 400,
            Self::OpenRefuse => 500,
            Self::OpenRequireIdentity => 520,
        }
    }

    /// The place in the output: what refuses comes first, so that a partial apply is closed.
    pub(super) fn rank(order: u16) -> u16 {
        match order {
            400 => 0,
            350 => 1,
            200 => 2,
            220 => 3,
            other => other,
        }
    }
}
