//! Tiers: which comes first, what their ends do, and which versions have them.

use crate::calico::order::{ALLOW, DENY, PASS, check, spec};
use crate::calico::world::{np, other};

const NONE: &str = "ingress: []";
const ALLOW_E: &str = "allow NetworkPolicy/shop/early.e spec.ingress[0]";
const DENY_E: &str = "deny NetworkPolicy/shop/early.e spec.ingress[0]";
const DENY_D: &str = "deny NetworkPolicy/shop/d spec.ingress[0]";
const DENY_L: &str = "deny NetworkPolicy/shop/late.l spec.ingress[0]";
const NOTHING: &str = "allow no policy";

fn tier(name: &str, spec: &str) -> String {
    other("Tier", &format!("name: {name}"), spec)
}

/// A tier at order 10.
fn early() -> String {
    tier("early", "{order: 10}")
}

/// The same, and its end passes on.
fn passing() -> String {
    tier("early", "{order: 10, defaultAction: Pass}")
}

/// A tier behind `default`.
fn late() -> String {
    tier("late", "{order: 2000000}")
}

/// A policy of a tier.
fn within(tier: &str, name: &str, order: &str, rules: &str) -> String {
    np(name, &spec(order, &format!("tier: {tier}, {rules}")))
}

/// A policy of the tier that its name begins with.
fn t(name: &str, order: &str, rules: &str) -> String {
    within(name.split_once('.').unwrap().0, name, order, rules)
}

/// The first policy of `default`.
fn d(rules: &str) -> String {
    np("d", &spec("1", rules))
}

#[test]
fn orders_and_ends() {
    check(vec![
        (
            "a tier before default",
            "T§4: default=1,000,000",
            "3.29",
            vec![early(), t("early.e", "", ALLOW), d(DENY)],
            ALLOW_E,
        ),
        (
            "a tier after default",
            "T§4: default=1,000,000",
            "3.29",
            vec![late(), t("late.l", "1", ALLOW), d(DENY)],
            DENY_D,
        ),
        (
            "Pass to the next tier",
            "T§4: Pass = skip the rest of THIS tier",
            "3.29",
            vec![early(), t("early.e", "1", PASS), t("early.f", "2", DENY), d(DENY)],
            DENY_D,
        ),
        (
            "Pass in default to a later tier",
            "T§4: Pass, next tier",
            "3.32",
            vec![late(), d(PASS), t("late.l", "1", DENY)],
            DENY_L,
        ),
        (
            "Pass in the last tier",
            "T§4: allowed by kns profile",
            "3.32",
            vec![late(), t("late.l", "1", PASS)],
            NOTHING,
        ),
        (
            "Deny ends everything",
            "T§4: Allow/Deny end",
            "3.29",
            vec![early(), t("early.e", "1", DENY), d(ALLOW)],
            DENY_E,
        ),
        (
            "the end of a tier",
            "T§4: drop unless defaultAction Pass",
            "3.29",
            vec![early(), t("early.e", "1", NONE), d(ALLOW)],
            "deny end of NetworkPolicy/shop/early.e",
        ),
        (
            "the end of a tier that passes",
            "T§4: unless defaultAction Pass (3.29+)",
            "3.29",
            vec![passing(), t("early.e", "1", NONE), d(DENY)],
            DENY_D,
        ),
        (
            "the end of the only tier that passes",
            "T§4: defaultAction Pass",
            "3.32",
            vec![passing(), t("early.e", "1", NONE)],
            NOTHING,
        ),
        (
            "tiers of no order are last",
            "T§4: nil last",
            "3.29",
            vec![tier("early", "{}"), t("early.e", "1", ALLOW), late(), t("late.l", "1", DENY)],
            DENY_L,
        ),
        (
            "tiers of one order by name",
            "T§4: then name",
            "3.29",
            vec![
                tier("early", "{order: 5}"),
                t("early.e", "1", ALLOW),
                tier("late", "{order: 5}"),
                t("late.l", "1", DENY),
            ],
            ALLOW_E,
        ),
    ]);
}

#[test]
fn tiers_that_calico_makes() {
    check(vec![
        (
            "administrators' tier to 3.31",
            "T§4: adminnetworkpolicy 1000",
            "3.31",
            vec![t("adminnetworkpolicy.a", "1", DENY), d(ALLOW)],
            "deny NetworkPolicy/shop/adminnetworkpolicy.a spec.ingress[0]",
        ),
        (
            "administrators' tier passes",
            "T§5: Pass @1000",
            "3.31",
            vec![t("adminnetworkpolicy.a", "1", NONE), d(DENY)],
            DENY_D,
        ),
        (
            "administrators' tier from 3.32",
            "T§4: kube-admin 1000",
            "3.32",
            vec![t("kube-admin.a", "1", DENY), d(ALLOW)],
            "deny NetworkPolicy/shop/kube-admin.a spec.ingress[0]",
        ),
        (
            "the tier of last resort",
            "T§4: kube-baseline 10,000,000",
            "3.32",
            vec![t("kube-baseline.a", "1", DENY), d(ALLOW)],
            "allow NetworkPolicy/shop/d spec.ingress[0]",
        ),
        (
            "the tier of last resort, reached",
            "T§4: kube-baseline 10,000,000",
            "3.32",
            vec![t("kube-baseline.a", "1", DENY), d(PASS)],
            "deny NetworkPolicy/shop/kube-baseline.a spec.ingress[0]",
        ),
    ]);
}

#[test]
fn names_and_versions() {
    check(vec![
        (
            "a name without its tier",
            "T§4 names: >=3.32 prefix no longer required",
            "3.32",
            vec![early(), within("early", "e", "1", DENY), d(ALLOW)],
            "deny NetworkPolicy/shop/e spec.ingress[0]",
        ),
        (
            "a name without its tier, before",
            "T§4 names: 3.29-3.31 must be <tier>.<name>",
            "3.31",
            vec![early(), within("early", "e", "1", DENY), d(ALLOW)],
            "unknown",
        ),
        (
            "a name of another tier",
            "traps U10: parsed as a tier from 3.29",
            "3.29",
            vec![np("early.e", &spec("1", DENY))],
            "unknown",
        ),
        (
            "no tiers yet",
            "T§1: Tier first in 3.29.0",
            "3.28",
            vec![early(), t("early.e", "1", DENY)],
            "unknown",
        ),
        (
            "no tiers yet, and no matter",
            "T§4: <=3.28 single tier",
            "3.28",
            vec![t("early.e", "2", ALLOW), d(DENY)],
            DENY_D,
        ),
        (
            "a name with a dot",
            "traps U10; T§4 names: <=3.28 no dots",
            "3.28",
            vec![np("a.b", &spec("1", DENY))],
            "unknown",
        ),
        (
            "a tier that nobody shows",
            "T§4: tier must exist",
            "3.29",
            vec![t("early.e", "1", DENY), d(ALLOW)],
            "unknown",
        ),
        (
            "a tier that nobody shows, and no matter",
            "T§4: tier must exist",
            "3.29",
            vec![t("early.e", "1", DENY), d(DENY)],
            "deny somehow",
        ),
    ]);
}
