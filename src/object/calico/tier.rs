//! The two tiers that unmesh writes, and their object.

/// One of unmesh's tiers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TierName {
    /// What is refused: whatever no rule of it refuses goes on.
    Deny,
    /// What is let through: on the pods that it selects, whatever no rule of it passes on is refused.
    Allow,
}

/// A `Tier`. Its `defaultAction` is that of its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tier {
    /// `metadata.name`.
    pub name: TierName,
    /// `unmesh.dev/target`.
    pub target: String,
    /// `spec.order`: tiers with lower ones are asked first, below zero too.
    pub order: i64,
}

impl TierName {
    /// Both, in the order in which they are asked.
    pub const ALL: [Self; 2] = [Self::Deny, Self::Allow];

    /// `metadata.name`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Deny => "unmesh-deny",
            Self::Allow => "unmesh-allow",
        }
    }

    /// `spec.defaultAction`.
    #[must_use]
    pub fn default_action(self) -> &'static str {
        match self {
            Self::Deny => "Pass",
            Self::Allow => "Deny",
        }
    }

    /// The tier of this name, if it is one of them.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.text() == text)
    }
}
