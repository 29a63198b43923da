//! All codes, one file for each family. Adding one: a line in its family's file and a page.

pub mod input;
pub mod meaning;
pub mod platform;
pub mod policy;
pub mod target;
pub mod traffic;
pub mod verification;

use super::Code;

/// Every code, by number.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [input::ALL, meaning::ALL, policy::ALL, traffic::ALL, platform::ALL, target::ALL, verification::ALL]
        .into_iter()
        .flatten()
        .copied()
}

/// Declares the codes of a family: `NAME = id, name, severity [directions], summary` and, where
/// output must not be written, `blocks`.
macro_rules! codes {
    ($($(#[$doc:meta])* $const:ident = $id:literal, $name:literal, $severity:ident [$($direction:ident)+],
        $summary:literal $(, $blocks:ident)?;)*) => {
        $(
            #[doc = $summary]
            pub static $const: $crate::finding::Code = $crate::finding::Code {
                id: $id,
                name: $name,
                summary: $summary,
                severity: $crate::finding::Severity::$severity,
                directions: &[$($crate::finding::Direction::$direction),+],
                blocks: {
                    const WORDS: &[&str] = &[$(stringify!($blocks))?];
                    !WORDS.is_empty()
                },
                page: include_str!(concat!("../../../docs/codes/", $id, ".md")),
            };
        )*
        /// The family's codes, by number.
        pub static ALL: &[&$crate::finding::Code] = &[$(&$const),*];
    };
}
use codes;
