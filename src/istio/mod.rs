//! Istio's resources, typed and with positions.
