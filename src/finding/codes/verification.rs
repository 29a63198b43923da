//! UM6xx: what only a run, or a bug, shows.

super::codes! {
    UNANNOUNCED_DIFFERENCE = "UM601", "unannounced-difference", Error [Widens Narrows], "a request that is decided otherwise and that no finding announced: a bug in unmesh, or a change by hand";
    UNACCOUNTED_LEAF = "UM602", "unaccounted-leaf", Error [Widens], "a field that is neither in the output nor in a finding: a bug in unmesh", blocks;
    UNFAITHFUL_OUTPUT = "UM603", "unfaithful-output", Error [Widens], "an object that reads back as another one, or that the target would refuse: a bug in unmesh", blocks;
    REFUSED_BY_CALICO = "UM604", "refused-by-calico", Error [None], "a network policy that Calico refuses, and acts as if it were not there";
}
