//! UM2xx.

super::codes! {}
