//! What each side means, by tables: a fact, policies as YAML text, a request, who decides and how.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod istio;
