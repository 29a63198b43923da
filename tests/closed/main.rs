//! The promise "closed", by brute force: random small worlds, translated in memory; every request
//! decided before and after by naive procedures that share nothing with the program.
//!
//! `UNMESH_CLOSED_WORLDS` sets how many worlds are tried, `UNMESH_CLOSED_SEED` the first one.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod calico;
mod check;
mod generate;
mod generate_policies;
mod mesh;
mod program;
mod random;
mod regressions;
mod requests;
mod selector;
mod shrink;
mod world;
mod yaml;

use check::{Breach, Failure, Outcome, SETTINGS, Setting, check};
use world::World;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The smallest world with this failure, as text.
fn explain(seed: u64, world: World, setting: Setting, breach: Breach, exact: bool) -> String {
    let failure = |world: &World| -> Option<Failure> {
        check(world, setting, exact).failure.filter(|failure| failure.breach == breach)
    };
    let small = shrink::shrink(world, &|world| failure(world).is_some());
    let Failure { request, output, .. } = failure(&small).expect("it still fails");
    format!(
        "{breach:?}: seed {seed}, {setting:?}, all namespaces given: {}\n{request}\n{:?}\n{}\n{output}",
        small.closed,
        small.namespaces,
        yaml::render(&small)
    )
}

/// Tries worlds from the first seed on; in each, as many settings as asked for.
fn try_worlds(make: fn(u64) -> World, exact: bool, count: u64, settings: usize) -> Outcome {
    let mut total = Outcome::default();
    let mut blocked = 0_usize;
    let first = number("UNMESH_CLOSED_SEED", 0);
    for seed in first..first + count {
        let world = make(seed);
        let offset = usize::try_from(seed).unwrap();
        for index in 0..settings {
            let setting = SETTINGS[(offset + index) % SETTINGS.len()];
            let outcome = check(&world, setting, exact);
            if let Some(Failure { breach, request, .. }) = outcome.failure.clone() {
                if std::env::var("SURVEY").is_ok() {
                    println!("SURVEY {breach:?} seed {seed} {} {:?} {request}", setting.target, setting.l7);
                    continue;
                }
                panic!("{}", explain(seed, world, setting, breach, exact));
            }
            blocked += usize::from(outcome.blocked);
            total.requests += outcome.requests;
            total.narrowed += outcome.narrowed;
        }
    }
    assert!(blocked * 2 < usize::try_from(count).unwrap() * settings, "{blocked} runs wrote nothing");
    assert!(total.requests > 0);
    total
}

#[test]
fn nothing_that_was_refused_is_allowed_and_nothing_is_narrowed_in_silence() {
    let raised = std::env::var("UNMESH_CLOSED_WORLDS").is_ok();
    let count = number("UNMESH_CLOSED_WORLDS", 60);
    let total = try_worlds(generate::any, false, count, if raised { SETTINGS.len() } else { 1 });
    assert!(total.narrowed > 0, "worlds that narrow nothing test nothing");
}

#[test]
fn what_can_be_said_exactly_is() {
    let raised = std::env::var("UNMESH_CLOSED_WORLDS").is_ok();
    let count = number("UNMESH_CLOSED_WORLDS", 60);
    let total = try_worlds(generate::exact, true, count, if raised { SETTINGS.len() } else { 1 });
    assert_eq!(total.narrowed, 0);
}
