//! UM6xx: what only a run, or a bug, shows.

super::codes! {
    UNACCOUNTED_LEAF = "UM602", "unaccounted-leaf", "a field that is neither in the output nor in a finding: a bug in unmesh", blocks;
    UNFAITHFUL_OUTPUT = "UM603", "unfaithful-output", "an object that reads back as another one, or that Calico would refuse: a bug in unmesh", blocks;
}
