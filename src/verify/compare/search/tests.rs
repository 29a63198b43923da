//! The search against brute force over all points of small spaces.

use super::{Sides, search};
use crate::verify::compare::space::{Region, Space};
use crate::verify::formula::Formula;
use crate::verify::program::{Action, By, Decision, Engine, Part, Program, Step, Tier, What};
use crate::verify::test::TestId;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Three dimensions of three classes and two tests each.
const TESTS: u32 = 6;
const CLASSES: usize = 3;

fn formula() -> impl Strategy<Value = Formula> {
    let leaf = prop_oneof![
        8 => (0..TESTS).prop_map(|test| Formula::Test(TestId(test))),
        1 => Just(Formula::Always),
        1 => Just(Formula::Unknown("nobody knows".to_string())),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Formula::not),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Formula::All),
            prop::collection::vec(inner, 0..3).prop_map(Formula::Any),
        ]
    })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![Just(Action::Allow), Just(Action::Deny), Just(Action::Pass)]
}

/// Tiers of steps, and whether each ends in a refusal.
type Written = Vec<(Vec<(Formula, Action)>, bool)>;

fn written() -> impl Strategy<Value = Written> {
    prop::collection::vec((prop::collection::vec((formula(), action()), 0..3), any::<bool>()), 0..3)
}

fn program(written: &Written) -> Program<'_> {
    let decision = |allowed| Decision { allowed, by: By::nobody(What::EndOfTier) };
    let tiers = written.iter().map(|(steps, ends)| Tier {
        name: String::new(),
        steps: steps
            .iter()
            .map(|(when, action)| Step { when, action: *action, by: By::nobody(What::Rule) })
            .collect(),
        end: ends.then(|| decision(false)),
    });
    let part = Part { engine: Engine::Felix, tiers: tiers.collect(), otherwise: decision(true) };
    Program { parts: vec![part] }
}

fn tables() -> impl Strategy<Value = Vec<Vec<Vec<Option<bool>>>>> {
    let answers = prop::collection::vec(any::<bool>().prop_map(Some), CLASSES);
    prop::collection::vec(prop::collection::vec(answers, 2), 3)
}

fn points(space: &Space) -> Vec<Region<'_>> {
    let mut all = vec![Region::whole(space)];
    for dimension in 0..3 {
        all = all.iter().flat_map(|region| region.split(dimension).collect::<Vec<_>>()).collect();
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_search_finds_what_looking_at_every_point_finds(
        before in written(), after in written(), narrowed in written(), widened in written(), tables in tables(),
    ) {
        let space = Space::of_tables(&tables);
        let sides = Sides {
            before: program(&before),
            after: program(&after),
            narrowed: program(&narrowed),
            widened: program(&widened),
        };
        let searched = search(&sides, &Region::whole(&space), &BTreeSet::new());
        let (mut told, mut untold, mut unknown) = (false, false, false);
        for point in points(&space) {
            let verdict = |program: &Program<'_>| program.outcomes(&point).only();
            let after = verdict(&sides.after);
            let announced = if after == Some(true) { &sides.widened } else { &sides.narrowed };
            match (verdict(&sides.before), after, verdict(announced)) {
                (Some(before), Some(after), _) if before == after => {}
                (Some(_), Some(after), Some(announced)) if announced == after => told = true,
                (Some(_), Some(_), Some(_)) => untold = true,
                (_, _, _) => unknown = true,
            }
        }
        prop_assert!(!searched.capped);
        prop_assert_eq!(searched.found.iter().any(|found| found.announced), told);
        prop_assert_eq!(searched.found.iter().any(|found| !found.announced), untold);
        prop_assert_eq!(!searched.unknown.is_empty(), unknown);
        for found in &searched.found {
            let point = found.region.point();
            prop_assert_eq!(sides.before.outcomes(&point).only(), Some(!found.allowed));
            prop_assert_eq!(sides.after.outcomes(&point).only(), Some(found.allowed));
            let [before, after] = sides.decisions(&point, found.allowed);
            prop_assert_eq!((before.allowed, after.allowed), (!found.allowed, found.allowed));
        }
    }
}
