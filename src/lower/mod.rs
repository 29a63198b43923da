//! Istio's resources to the neutral model.
