//! What unmesh is asked to write for, and who reads it then.

use unmesh::config::{Calico, Layout, Target, Version};

/// A target, and who reads what is written for it.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    /// Who reads it beside the dataplane.
    pub(crate) dikastes: bool,
}

/// All that are asked about. The evaluator of Dikastes that can be had reads paths as that of 3.29.
pub(crate) const WAYS: [Way; 6] = [
    calico("calico@3.28", 28, Layout::Portable, false),
    calico("calico@3.32", 32, Layout::Portable, false),
    calico("calico@3.29 with Dikastes", 29, Layout::Portable, true),
    calico("calico@3.32 in tiers", 32, Layout::Tiers, false),
    calico("calico@3.29 in tiers with Dikastes", 29, Layout::Tiers, true),
    Way { name: "kubernetes", target: Target::Kubernetes, dikastes: false },
];

const fn calico(name: &'static str, minor: u16, layout: Layout, dikastes: bool) -> Way {
    let version = Version { major: 3, minor, patch: None };
    Way { name, target: Target::Calico(Calico { version, layout, staged: false }), dikastes }
}
