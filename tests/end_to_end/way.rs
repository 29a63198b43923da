//! What unmesh is asked to write for, and who reads it then.

/// A target, and who reads what is written for it.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
    /// Who reads it beside the dataplane.
    pub(crate) dikastes: bool,
}

/// All that are asked about. The evaluator of Dikastes that can be had reads paths as that of 3.29.
pub(crate) const WAYS: [Way; 3] = [
    Way { name: "calico@3.28", target: "calico@3.28", dikastes: false },
    Way { name: "calico@3.32", target: "calico@3.32", dikastes: false },
    Way { name: "calico@3.29 with Dikastes", target: "calico@3.29", dikastes: true },
];
