//! UM1xx.

super::codes! {}
