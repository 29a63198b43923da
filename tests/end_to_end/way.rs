//! What unmesh is asked to write for, and who reads it then.

use unmesh::config::Layout;

/// A target, and who reads what is written for it.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
    pub(crate) layout: Layout,
    /// Who reads it beside the dataplane.
    pub(crate) dikastes: bool,
}

/// All that are asked about. The evaluator of Dikastes that can be had reads paths as that of 3.29.
pub(crate) const WAYS: [Way; 5] = [
    way("calico@3.28", "calico@3.28", Layout::Portable, false),
    way("calico@3.32", "calico@3.32", Layout::Portable, false),
    way("calico@3.29 with Dikastes", "calico@3.29", Layout::Portable, true),
    way("calico@3.31 in tiers", "calico@3.31", Layout::Tiers, false),
    way("calico@3.29 in tiers with Dikastes", "calico@3.29", Layout::Tiers, true),
];

const fn way(name: &'static str, target: &'static str, layout: Layout, dikastes: bool) -> Way {
    Way { name, target, layout, dikastes }
}
