//! What policies mean: tables of requests with the decision on each, and the fact that it rests on.
//!
//! `T§4` is section 4 of the notes on the systems on both sides, `traps 10` an example of the review of the
//! design; both were read in the code of the systems themselves, and what of them surprises stands in
//! `docs/facts.md`.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod calico;
mod istio;
mod kubernetes;
