//! The ways in which each folder is asked.

use crate::folder::Part;
use unmesh::manifest::Object;

/// A way to run the program.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [&'static str],
    /// Whether Calico runs in the cluster: where it does not, nobody has its policies.
    pub(crate) calico: bool,
}

/// Both layouts, and both targets.
pub(crate) const SETUPS: [Setup; 3] = [
    Setup { name: "portable", args: &["--target", "calico@3.28"], calico: true },
    Setup { name: "tiers", args: &["--target", "calico@3.32", "--layout", "tiers"], calico: true },
    Setup { name: "kubernetes", args: &["--target", "kubernetes"], calico: false },
];

impl Setup {
    /// Whether the cluster can have a document's objects.
    pub(crate) fn has(self, part: &Part) -> bool {
        let of_calico = |object: &Object| object.group().ends_with("projectcalico.org");
        self.calico || !part.objects.iter().any(of_calico)
    }
}
