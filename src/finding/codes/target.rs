//! UM5xx.

super::codes! {}
