//! Regions of worked and random policies: each pod in just the one that its policies make.

use super::*;
use crate::object::calico::selector;
use proptest::prelude::*;

fn read(text: &str) -> Expression {
    selector::parse(text).expect(text)
}

fn member(pods: &str, lets_in: LetsIn) -> Member {
    Member { over: read(pods), under: read(pods), lets_in }
}

/// Regions as text: the policies, then the pods.
fn shown(regions: &[Region]) -> Vec<String> {
    let says = |says: &Says| match says {
        Says::Union(set) => format!("{set:?}"),
        Says::Nothing(member) => format!("nothing of {member}"),
        Says::TooMany(member) => format!("too many, {member}"),
    };
    regions.iter().map(|region| format!("{}: {}", says(&region.says), region.pods)).collect()
}

#[test]
fn a_region_for_each_set_that_a_pod_can_be_under() {
    use LetsIn::{Everything, Nothing, Something};
    type Row = (&'static str, &'static [(&'static str, LetsIn)], &'static [&'static str]);
    let rows: [Row; 9] = [
        ("one", &[("app == 'a'", Something)], &["[0]: app == 'a'"]),
        (
            "two that share no pod",
            &[("app == 'a'", Something), ("app == 'b'", Something)],
            &["[0]: app == 'a'", "[1]: app == 'b'"],
        ),
        (
            "one within another",
            &[("all()", Something), ("app == 'a'", Something)],
            &["[0]: app != 'a'", "[0, 1]: app == 'a'"],
        ),
        (
            "two within another",
            &[("app == 'a'", Something), ("all()", Something), ("app == 'b'", Something)],
            &["[1]: app not in {'a', 'b'}", "[0, 1]: app == 'a'", "[1, 2]: app == 'b'"],
        ),
        (
            "two that overlap",
            &[("app == 'a'", Something), ("tier == 'p'", Something)],
            &[
                "[0]: app == 'a' && tier != 'p'",
                "[1]: tier == 'p' && app != 'a'",
                "[0, 1]: app == 'a' && tier == 'p'",
            ],
        ),
        ("the same pods", &[("app == 'a'", Something), ("app == 'a'", Something)], &["[0, 1]: app == 'a'"]),
        (
            "nothing beside something",
            &[("all()", Nothing), ("app == 'a'", Something)],
            &["[1]: app == 'a'", "nothing of 0: app != 'a'"],
        ),
        ("everything on all pods", &[("all()", Everything), ("app == 'a'", Something)], &[]),
        (
            "everything on some pods",
            &[("app == 'a'", Everything), ("all()", Something)],
            &["[1]: app != 'a'"],
        ),
    ];
    for (row, given, expected) in rows {
        let members: Vec<Member> = given.iter().map(|(pods, lets_in)| member(pods, *lets_in)).collect();
        assert_eq!(shown(&regions(&members, &Expression::All)), expected, "{row}");
    }
}

#[test]
fn where_bounds_differ_the_pods_between_them_are_refused() {
    let between = Member { over: Expression::All, under: read("app == 'a'"), lets_in: LetsIn::Something };
    let found = regions(&[between], &Expression::All);
    assert_eq!(shown(&found), ["[0]: app == 'a'", "nothing of 0: app != 'a'"]);
    let unknown = Member { over: read("app == 'a'"), under: Expression::Nothing, lets_in: LetsIn::Something };
    assert_eq!(shown(&regions(&[unknown], &Expression::All)), ["nothing of 0: app == 'a'"]);
}

#[test]
fn sets_are_counted() {
    // All of them can meet: 2^n - 1 sets, and 4n + 16 are the most.
    let members = |count: usize| -> Vec<Member> {
        (0..count).map(|index| member(&format!("has(k{index})"), LetsIn::Something)).collect()
    };
    assert_eq!(regions(&members(5), &Expression::All).len(), 31);
    let found = regions(&members(6), &Expression::All);
    let too_many: Vec<Says> = (0..6).map(Says::TooMany).collect();
    assert_eq!(found.into_iter().map(|region| region.says).collect::<Vec<_>>(), too_many);
    // Many that share one wide policy and nothing else stay apart.
    let mut members: Vec<Member> =
        (0..100).map(|index| member(&format!("app == 'a{index}'"), LetsIn::Something)).collect();
    members.push(member("all()", LetsIn::Something));
    assert_eq!(regions(&members, &Expression::All).len(), 101);
}

type Pod = [Option<&'static str>; 2];

fn selects(expression: &Expression, pod: &Pod) -> bool {
    let label = |key: &str| if key == "app" { pod[0] } else { pod[1] };
    match expression {
        Expression::All => true,
        Expression::Nothing => false,
        Expression::Has(key) => label(key).is_some(),
        Expression::Equals(key, value) => label(key) == Some(value),
        Expression::In(key, values) => label(key).is_some_and(|own| values.iter().any(|value| value == own)),
        Expression::Not(inner) => !selects(inner, pod),
        Expression::And(parts) => parts.iter().all(|part| selects(part, pod)),
        Expression::Or(parts) => parts.iter().any(|part| selects(part, pod)),
        other => panic!("{other}"),
    }
}

fn some_pods() -> impl Strategy<Value = Expression> {
    let text = proptest::sample::select(vec![
        "all()",
        "app == 'a'",
        "app == 'b'",
        "app in {'a', 'b'}",
        "app != 'a'",
        "tier == 'p'",
        "has(tier)",
        "!has(tier)",
        "app == 'a' && tier == 'p'",
        "app == 'a' && !(app == 'a' && tier == 'p')",
        "app == 'a' || !has(app) && tier == 'p'",
        "!(app == 'b' && tier == 'q')",
    ]);
    text.prop_map(read)
}

fn some_member() -> impl Strategy<Value = Member> {
    let lets_in = proptest::sample::select(vec![
        LetsIn::Something,
        LetsIn::Something,
        LetsIn::Something,
        LetsIn::Nothing,
        LetsIn::Everything,
    ]);
    (some_pods(), prop_oneof![3 => Just(None), 1 => some_pods().prop_map(Some)], lets_in).prop_map(
        |(over, cut, lets_in)| {
            let under = Expression::and([over.clone()].into_iter().chain(cut));
            Member { over, under, lets_in }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// Each pod that some policy may select, unless one surely lets everything in, is in the region of just
    /// those that surely let something in there, or in one where nothing counts; no other pod is in any.
    #[test]
    fn regions_part_the_pods(members in proptest::collection::vec(some_member(), 0..6)) {
        let found = regions(&members, &Expression::All);
        for app in [None, Some("a"), Some("b"), Some("c")] {
            for tier in [None, Some("p"), Some("q")] {
                let pod = [app, tier];
                let sure = |lets_in| -> Vec<usize> {
                    let all = members.iter().enumerate();
                    let all = all.filter(|(_, member)| member.lets_in == lets_in && selects(&member.under, &pod));
                    all.map(|(index, _)| index).collect()
                };
                let policed = members.iter().any(|member| selects(&member.over, &pod));
                let in_regions: Vec<&Says> =
                    found.iter().filter(|region| selects(&region.pods, &pod)).map(|region| &region.says).collect();
                if !policed || !sure(LetsIn::Everything).is_empty() {
                    prop_assert!(in_regions.is_empty(), "{:?}: {:?}", pod, shown(&found));
                    continue;
                }
                let set = sure(LetsIn::Something);
                let right = |says: &&Says| match says {
                    Says::Union(own) => *own == set,
                    Says::Nothing(_) => set.is_empty(),
                    Says::TooMany(_) => true,
                };
                prop_assert!(!in_regions.is_empty(), "{:?}: {:?}", pod, shown(&found));
                prop_assert!(in_regions.iter().all(right), "{:?}: {:?}", pod, shown(&found));
            }
        }
    }
}
