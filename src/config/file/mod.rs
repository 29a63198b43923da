//! The configuration file: what `unmesh.toml` may say, each value with its place.
//!
//! Text to types, with all that is wrong at once. It must not know where files are looked for, nor
//! what a value means next to a flag.

pub mod keys;
mod read;
pub mod schema;
mod table;

use super::values::FailOn;
use super::{Identity, L7, Layout, Target};
use crate::finding::{Acceptance, Code, Override, Severity};
use std::ops::Range;

/// The name under which it is looked for.
pub const NAME: &str = "unmesh.toml";

/// The largest file that is read, in bytes: nobody writes a larger one by hand.
pub const LARGEST: u64 = 1 << 20;

/// A value and the bytes that say it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub at: Range<usize>,
}

/// What a file says; `None` and empty lists where it says nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct File {
    /// `target`.
    pub target: Option<At<Target>>,
    /// `layout`.
    pub layout: Option<At<Layout>>,
    /// `staged`.
    pub staged: Option<At<bool>>,
    /// `l7`.
    pub l7: Option<At<L7>>,
    /// `fail-on`.
    pub fail_on: Option<At<FailOn>>,
    /// `baseline`: a path from the file's directory.
    pub baseline: Option<At<String>>,
    /// `exclude`: patterns, each of which can be read.
    pub exclude: Vec<At<String>>,
    /// `[mesh]`.
    pub mesh: Mesh,
    /// `[severity]`: codes with what they become; those of families first, `None` is off.
    pub severity: Vec<At<(Vec<&'static Code>, Option<Severity>)>>,
    /// `[[accept]]`.
    pub accept: Vec<Acceptance>,
    /// `[[override]]`.
    pub overrides: Vec<At<Override>>,
}

/// `[mesh]`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Mesh {
    /// `root-namespace`.
    pub root_namespace: Option<At<String>>,
    /// `trust-domain`.
    pub trust_domain: Option<At<String>>,
    /// `namespaces`.
    pub namespaces: Option<At<Vec<String>>>,
    /// `system-namespaces`.
    pub system_namespaces: Option<At<Vec<String>>>,
    /// `default-namespace`.
    pub default_namespace: Option<At<String>>,
    /// `identities`: where the first is allowed, the second is as well.
    pub identities: Vec<At<(Identity, Identity)>>,
}

/// Something wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The bytes that it is about.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do, where that is not plain.
    pub help: Option<String>,
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// All that is wrong with it, in the order of the text; never empty.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        read::read(text)
    }
}
