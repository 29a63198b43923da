//! What is left to decide in a region, as a key: regions with the same rest hold the same decisions,
//! spoken by the same rules.

use super::Sides;
use crate::verify::compare::space::Region;
use crate::verify::formula::{Answers, Formula};
use crate::verify::program::{Program, Tier};
use crate::verify::test::TestId;
use std::collections::BTreeSet;

/// Marks between the parts of a key, above all places of tests and steps.
const TIER: u32 = u32::MAX;
const MATCHES: u32 = u32::MAX - 1;
const NOT: u32 = u32::MAX - 2;
const ALL: u32 = u32::MAX - 3;
const ANY: u32 = u32::MAX - 4;
const END: u32 = u32::MAX - 5;
const UNKNOWN: u32 = u32::MAX - 6;
const ANSWER: u32 = u32::MAX - 7;

impl Sides<'_> {
    /// What is left of all programs.
    pub(super) fn rest(&self, region: &Region<'_>, told_apart: &BTreeSet<TestId>) -> Vec<u32> {
        let mut rest = Rest { region, told_apart, key: region.bounds() };
        for program in [&self.before, &self.after, &self.narrowed, &self.widened] {
            rest.program(program);
        }
        rest.key
    }
}

/// A key in the making.
struct Rest<'r, 's> {
    region: &'r Region<'s>,
    told_apart: &'r BTreeSet<TestId>,
    key: Vec<u32>,
}

impl Rest<'_, '_> {
    fn program(&mut self, program: &Program<'_>) {
        program.parts.iter().flat_map(|part| &part.tiers).for_each(|tier| self.tier(tier));
    }

    /// The steps that may match, up to the first that surely does.
    fn tier(&mut self, tier: &Tier<'_>) {
        self.key.push(TIER);
        for (index, step) in (0..).zip(&tier.steps) {
            match step.when.holds(self.region) {
                Some(false) => {}
                Some(true) => {
                    self.key.extend([index, MATCHES]);
                    self.answers(step.when);
                    break;
                }
                None => {
                    self.key.push(index);
                    self.formula(step.when);
                }
            }
        }
    }

    /// The open parts of an open condition.
    fn formula(&mut self, formula: &Formula) {
        match formula {
            Formula::Always | Formula::Never => {}
            Formula::Unknown(_) => self.key.push(UNKNOWN),
            Formula::Test(test) => {
                let waits = self.region.waits_for(*test).and_then(|dimension| u32::try_from(dimension).ok());
                self.key.extend([test.0, waits.unwrap_or(UNKNOWN)]);
            }
            Formula::Not(inner) => {
                self.key.push(NOT);
                self.formula(inner);
            }
            Formula::Field(field) => self.formula(&field.inner),
            Formula::All(parts) => self.list(ALL, parts),
            Formula::Any(parts) => self.list(ANY, parts),
        }
    }

    fn list(&mut self, mark: u32, parts: &[Formula]) {
        self.key.push(mark);
        for part in parts {
            if part.holds(self.region).is_none() { self.formula(part) } else { self.answers(part) }
        }
        self.key.push(END);
    }

    /// Answers that are kept apart in a condition that is decided.
    fn answers(&mut self, formula: &Formula) {
        if self.told_apart.is_empty() {
            return;
        }
        let mut tests = BTreeSet::new();
        formula.tests(&mut tests);
        for test in tests.intersection(self.told_apart) {
            let answer = self.region.passes(*test).map_or(UNKNOWN, u32::from);
            self.key.extend([ANSWER, test.0, answer]);
        }
    }
}
