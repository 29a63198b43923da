//! UM4xx.

super::codes! {}
