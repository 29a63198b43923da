//! UM3xx.

super::codes! {}
