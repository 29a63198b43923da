//! The checker as a whole, on random small worlds: what it says is held against brute force by
//! naive evaluators that share nothing with it, and changes of what was written have to show.
//!
//! `UNMESH_CHECKER_WORLDS` sets how many worlds are tried, `UNMESH_CHECKER_SEED` the first one,
//! and `UNMESH_CHECKER_MUTANTS` how many changes of each. With `--nocapture` the figures are printed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "../support/arguments.rs"]
mod arguments;
mod brute;
mod clause;
mod families;
mod honest;
mod http;
mod kubernetes;
mod mutants;
mod mutate_model;
mod mutate_objects;
mod network_policies;
mod replay;
mod run;
mod told;
mod untold;
#[path = "../worlds/mod.rs"]
mod worlds;

use mutants::Tried;
use run::{Checked, SETTINGS, Setting};
use unmesh::config::{L7, Layout};
use worlds::world::World;
use worlds::{generate, generate_ambient, known, shrink, yaml};

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

fn seeds() -> std::ops::Range<u64> {
    let first = number("UNMESH_CHECKER_SEED", 0);
    first..first + number("UNMESH_CHECKER_WORLDS", 40)
}

fn setting(seed: u64) -> Setting {
    SETTINGS[usize::try_from(seed).unwrap() % SETTINGS.len()]
}

fn any(seed: u64) -> World {
    let world = if seed % 4 == 1 { generate_ambient::any(seed) } else { generate::any(seed) };
    setting(seed).world(&world)
}

/// What is wrong with an answer; `None` where nothing is.
fn fault(world: &World, setting: Setting, checked: &Checked) -> Option<String> {
    witness(world, setting, checked).or_else(|| missing(world, setting, checked))
}

/// A witness that the naive evaluators decide otherwise.
fn witness(world: &World, setting: Setting, checked: &Checked) -> Option<String> {
    checked.answer.differences.iter().find_map(|difference| {
        let told = (difference.before.allowed, difference.after.allowed);
        // Which PeerAuthentication is the oldest is a part of the witness where the input does not show it.
        let worlds = known::orders(world);
        let decided: Vec<_> =
            worlds.iter().map(|world| replay::decide(world, setting, checked, difference)).collect();
        let wrong = !decided.contains(&told) || told.0 == told.1;
        wrong.then(|| format!("decided {decided:?} of {}", checked.describe(difference)))
    })
}

/// A difference that the checker does not tell.
fn missing(world: &World, setting: Setting, checked: &Checked) -> Option<String> {
    let decided = brute::decide(world, setting, &checked.documents, &checked.answer.readings);
    let untold = brute::differences(&decided)
        .into_iter()
        .find(|(place, _)| !told::is_told(world, setting, checked, place));
    untold.map(|(place, request)| checked.untold(&place, &request))
}

/// A difference of the translation that no finding announced.
fn unannounced(checked: &Checked) -> Option<String> {
    let found = checked.answer.differences.iter().find(|difference| difference.announced_by.is_none());
    found.map(|difference| checked.describe(difference))
}

/// A difference, by brute force or by the checker, where there is none.
fn inexact(world: &World, setting: Setting, checked: &Checked) -> Option<String> {
    let told = checked.answer.differences.first().map(|difference| checked.describe(difference));
    let decided = brute::decide(world, setting, &checked.documents, &checked.answer.readings);
    told.or_else(|| brute::differences(&decided).into_iter().next().map(|found| format!("{found:?}")))
}

/// A world with what is wrong in it.
struct Fault {
    seed: u64,
    world: World,
    setting: Setting,
    what: String,
}

/// Fails with the first fault in its smallest world (`again` says whether a world still has one),
/// and one line for each other.
fn report(faults: Vec<Fault>, again: &dyn Fn(&Fault, &World) -> Option<String>) {
    let mut faults = faults.into_iter();
    let Some(first) = faults.next() else { return };
    println!("as found: {}", first.what);
    let small = shrink::shrink(first.world.clone(), &|world| again(&first, world).is_some());
    let (found, small) = match again(&first, &small) {
        Some(found) => (found, small),
        None => (first.what.clone(), first.world.clone()),
    };
    let line = |fault: Fault| format!("seed {}: {}", fault.seed, fault.what.lines().next().unwrap_or(""));
    let others: Vec<String> = faults.map(line).collect();
    panic!(
        "seed {}, {:?}, all namespaces given: {}\n{found}\n{:?}\n{}\n{} other faults\n{}",
        first.seed,
        first.setting,
        small.closed,
        small.namespaces,
        yaml::render(&small),
        others.len(),
        others.join("\n")
    );
}

#[test]
fn what_the_checker_says_is_so() {
    let (mut differences, mut worlds) = (0, 0);
    let mut faults = Vec::new();
    for seed in seeds() {
        let (world, setting) = (any(seed), setting(seed));
        let Some(checked) = run::verify(&world, setting) else { continue };
        worlds += 1;
        differences += checked.answer.differences.len();
        let what = fault(&world, setting, &checked);
        faults.extend(what.map(|what| Fault { seed, world, setting, what }));
    }
    println!("{worlds} worlds, {differences} witnesses replayed");
    report(faults, &|first, world| fault(world, first.setting, &run::verify(world, first.setting)?));
    assert!(differences > 0 || seeds().count() < 10, "worlds without differences test nothing");
}

#[test]
fn every_difference_is_announced() {
    let mut faults = Vec::new();
    for seed in seeds() {
        let (world, setting) = (any(seed), setting(seed));
        let what = run::verify(&world, setting).and_then(|checked| unannounced(&checked));
        faults.extend(what.map(|what| Fault { seed, world, setting, what }));
    }
    report(faults, &|first, world| unannounced(&run::verify(world, first.setting)?));
}

#[test]
fn what_has_an_exact_form_holds() {
    let mut ports = 0;
    let mut faults = Vec::new();
    for seed in seeds() {
        let with_dikastes = Setting { target: "calico@3.28", layout: Layout::Portable, l7: L7::Dikastes };
        let in_tiers = Setting { target: "calico@3.29", layout: Layout::Tiers, l7: L7::None };
        let kinds = [
            (generate::exact(seed), setting(seed)),
            (generate_ambient::exact(seed), setting(seed)),
            (generate::in_force(seed), setting(seed)),
            (http::world(seed), with_dikastes),
            (generate::exact_beside_others(seed), in_tiers),
        ];
        for (world, setting) in kinds {
            let checked = run::verify(&world, setting).expect("it is written");
            ports += checked.answer.verdicts.len();
            let what = inexact(&world, setting, &checked);
            faults.extend(what.map(|what| Fault { seed, world, setting, what }));
        }
    }
    // A smaller world may have no exact form.
    report(faults, &|_, _| None);
    assert!(ports > 0, "no port was looked at");
}

/// Tries changes of worlds of four kinds: exact ones, also beside policies in force and with HTTP, and any.
fn try_changes(changes: fn(&World, Setting, usize, u64) -> Option<Tried>) {
    let count = usize::try_from(number("UNMESH_CHECKER_MUTANTS", 4)).unwrap();
    let mut total = Tried::default();
    let mut faults = Vec::new();
    for seed in seeds() {
        let with_dikastes = Setting { target: "calico@3.28", layout: Layout::Portable, l7: L7::Dikastes };
        let (world, setting) = match seed % 4 {
            0 => (generate::exact(seed), setting(seed)),
            1 => (generate::in_force(seed), setting(seed)),
            2 => (http::world(seed), with_dikastes),
            _ => (any(seed), setting(seed)),
        };
        let mut tried = changes(&world, setting, count, seed).unwrap_or_default();
        faults.extend(tried.fault.take().map(|what| Fault { seed, world, setting, what }));
        total.add(&tried);
    }
    println!(
        "{} changes, {} of them mean something else, {} reported as announced by nobody",
        total.changes, total.meaningful, total.unannounced
    );
    report(faults, &|first, world| changes(world, first.setting, usize::MAX, first.seed)?.fault);
    let shown = total.meaningful > 0 && total.unannounced > 0;
    assert!(shown || seeds().count() < 10, "changes without a meaning test nothing");
}

#[test]
fn changes_of_what_was_written_show() {
    try_changes(mutants::of_objects);
}

#[test]
fn slips_of_lowering_show() {
    try_changes(mutants::of_model);
}
