//! UM6xx: what only a run, or a bug, shows.

super::codes! {
    UNACCOUNTED_LEAF = "UM602", "unaccounted-leaf", "a field that is neither in the output nor in a finding: a bug in unmesh", blocks;
}
