//! UM6xx.

super::codes! {}
