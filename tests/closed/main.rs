//! The promise "closed", by brute force: random small worlds, translated in memory; every request
//! decided before and after by naive procedures that share nothing with the program.
//!
//! `UNMESH_CLOSED_WORLDS` sets how many worlds are tried, `UNMESH_CLOSED_SEED` the first one, and
//! `UNMESH_CLOSED_SETTINGS` under how many targets and `--l7` each. With `--nocapture` the figures
//! are printed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod check;
mod generate_labels;
mod kubernetes;
mod mesh_labels;
mod program;
mod regressions;
#[path = "../worlds/mod.rs"]
#[expect(dead_code, reason = "some of the naive evaluators answer the tests of the checker alone")]
mod worlds;

use check::{Breach, Failure, IN_TIERS, Outcome, SETTINGS, Setting, check};
use worlds::world::World;
use worlds::{generate, generate_ambient, shrink, yaml};

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
fn try_worlds(
    make: fn(u64) -> World,
    exact: bool,
    count: u64,
    (all, settings): (&[Setting], usize),
) -> Outcome {
    let mut total = Outcome::default();
    let mut blocked = 0_usize;
    let first = number("UNMESH_CLOSED_SEED", 0);
    for seed in first..first + count {
        let world = make(seed);
        let offset = usize::try_from(seed).unwrap();
        for index in 0..settings {
            let setting = all[(offset + index) % all.len()];
            let outcome = check(&world, setting, exact);
            if let Some(Failure { breach, .. }) = outcome.failure {
                panic!("{}", explain(seed, world, setting, breach, exact));
            }
            blocked += usize::from(outcome.blocked);
            total.requests += outcome.requests;
            total.narrowed += outcome.narrowed;
        }
    }
    let runs = usize::try_from(count).unwrap() * settings;
    assert!(runs < 20 || blocked * 2 < runs, "{blocked} of {runs} runs wrote nothing");
    assert!(total.requests > 0);
    println!(
        "{count} worlds, {settings} settings each: {} requests, {} narrowed and said, {blocked} runs wrote nothing",
        total.requests, total.narrowed
    );
    total
}

/// How many worlds, and how many settings of each: the whole list, where a number of worlds is given.
fn extent() -> (u64, usize) {
    let raised = std::env::var("UNMESH_CLOSED_WORLDS").is_ok();
    let settings = number("UNMESH_CLOSED_SETTINGS", if raised { SETTINGS.len() as u64 } else { 1 });
    (number("UNMESH_CLOSED_WORLDS", 120), usize::try_from(settings).unwrap())
}

#[test]
fn nothing_that_was_refused_is_allowed_and_nothing_is_narrowed_in_silence() {
    let (worlds, settings) = extent();
    let total = try_worlds(generate::any, false, worlds, (&SETTINGS, settings));
    assert!(worlds < 10 || total.narrowed > 0, "worlds that narrow nothing test nothing");
}

#[test]
fn what_can_be_said_exactly_is() {
    let (worlds, settings) = extent();
    let total = try_worlds(generate::exact, true, worlds, (&SETTINGS, settings));
    assert_eq!(total.narrowed, 0);
}

#[test]
fn nothing_that_ztunnel_refused_is_allowed_and_nothing_is_narrowed_in_silence() {
    let (worlds, settings) = extent();
    let total = try_worlds(generate_ambient::any, false, worlds, (&SETTINGS, settings));
    assert!(worlds < 10 || total.narrowed > 0, "worlds that narrow nothing test nothing");
}

#[test]
fn what_ztunnel_means_can_be_said_exactly() {
    let (worlds, settings) = extent();
    let total = try_worlds(generate_ambient::exact, true, worlds, (&SETTINGS, settings));
    assert_eq!(total.narrowed, 0);
}

#[test]
fn tiers_are_an_and_with_everything_in_force() {
    let (worlds, settings) = extent();
    let settings = settings.min(IN_TIERS.len());
    let total = try_worlds(generate::exact_beside_others, true, worlds, (&IN_TIERS, settings));
    assert_eq!(total.narrowed, 0);
}

#[test]
fn both_have_to_allow_where_another_policy_is_in_force() {
    let (worlds, settings) = extent();
    let total = try_worlds(generate::in_force, true, worlds, (&SETTINGS, settings));
    assert_eq!(total.narrowed, 0);
}

#[test]
fn a_selector_by_labels_of_the_mesh_opens_nothing() {
    let (worlds, settings) = extent();
    let total = try_worlds(generate_labels::by_injector, false, worlds, (&SETTINGS, settings));
    assert!(worlds < 10 || total.narrowed > 0, "worlds that narrow nothing test nothing");
}

#[test]
fn labels_of_the_mesh_that_others_say_too_are_exact() {
    let (worlds, settings) = extent();
    let total = try_worlds(generate_labels::by_revision, true, worlds, (&SETTINGS, settings));
    assert_eq!(total.narrowed, 0);
}
