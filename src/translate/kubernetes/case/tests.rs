//! Cases against the expressions that they come from, pod by pod.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Labels = BTreeMap<String, String>;

const KEYS: [&str; 4] = [NAMESPACE, ACCOUNT, "app", "tier"];
const VALUES: [&str; 3] = ["a", "ab", "b"];

/// What Calico makes of an expression.
fn evaluate(expression: &Expression, labels: &Labels) -> bool {
    let value = |key: &String| labels.get(key).map(String::as_str);
    match expression {
        Expression::All => true,
        Expression::Nothing => false,
        Expression::Has(key) => value(key).is_some(),
        Expression::Equals(key, wanted) => value(key) == Some(wanted.as_str()),
        Expression::In(key, values) => values.iter().any(|wanted| value(key) == Some(wanted.as_str())),
        Expression::StartsWith(key, text) => value(key).is_some_and(|own| own.starts_with(text.as_str())),
        Expression::EndsWith(key, text) => value(key).is_some_and(|own| own.ends_with(text.as_str())),
        Expression::Contains(key, text) => value(key).is_some_and(|own| own.contains(text.as_str())),
        Expression::Not(inner) => !evaluate(inner, labels),
        Expression::And(parts) => parts.iter().all(|part| evaluate(part, labels)),
        Expression::Or(parts) => parts.iter().any(|part| evaluate(part, labels)),
    }
}

fn meets(case: &Case, labels: &Labels) -> bool {
    let namespace = &labels[NAMESPACE];
    let by_name = match &case.namespaces {
        Namespaces::In(names) => names.contains(namespace),
        Namespaces::NotIn(names) => !names.contains(namespace),
    };
    by_name
        && case.names.iter().all(|test| test.passes(namespace))
        && case.accounts.iter().all(|test| test.passes(&labels[ACCOUNT]))
        && case.labels.tests().all(|(key, test)| test.passes(labels.get(key).map(String::as_str)))
}

/// Every pod over these keys and values; namespace and account are always there.
fn pods() -> Vec<Labels> {
    let mut found = vec![Labels::new()];
    for key in KEYS {
        let optional = key != NAMESPACE && key != ACCOUNT;
        let values = VALUES.iter().map(|value| Some(*value)).chain(optional.then_some(None));
        let values: Vec<Option<&str>> = values.collect();
        let with = |labels: &Labels| -> Vec<Labels> {
            let one = |value: Option<&str>| {
                let mut labels = labels.clone();
                labels.extend(value.map(|value| (key.to_string(), value.to_string())));
                labels
            };
            values.iter().copied().map(one).collect()
        };
        found = found.iter().flat_map(with).collect();
    }
    found
}

fn expressions() -> impl Strategy<Value = Expression> {
    let key = prop::sample::select(KEYS.to_vec()).prop_map(str::to_string);
    let value = prop::sample::select(VALUES.to_vec()).prop_map(str::to_string);
    let name = prop::sample::select(vec![NAMESPACE.to_string(), ACCOUNT.to_string()]);
    let leaf = prop_oneof![
        key.clone().prop_map(Expression::Has),
        (key.clone(), value.clone()).prop_map(|(key, value)| Expression::Equals(key, value)),
        (key, prop::collection::vec(value.clone(), 1..3))
            .prop_map(|(key, values)| Expression::In(key, values)),
        (name.clone(), value.clone()).prop_map(|(key, value)| Expression::StartsWith(key, value)),
        (name, value).prop_map(|(key, value)| Expression::EndsWith(key, value)),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Expression::not),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expression::and),
            prop::collection::vec(inner, 1..4).prop_map(Expression::or),
        ]
    })
}

proptest! {
    #[test]
    fn cases_are_what_the_expression_is(expression in expressions(), holds in any::<bool>()) {
        let formula = Formula::of(&expression, holds).expect("it can be read");
        let Ok(cases) = formula.cases(Case::default()) else { return Ok(()) };
        for pod in pods() {
            let expected = evaluate(&expression, &pod) == holds;
            let found = cases.iter().any(|case| meets(case, &pod));
            prop_assert_eq!(found, expected, "{} ({}) on {:?}: {:?}", expression, holds, pod, cases);
        }
    }

    #[test]
    fn a_case_that_holds_another_is_met_by_all_that_meet_it(one in expressions(), other in expressions()) {
        let cases = |expression| Formula::of(expression, true).unwrap().cases(Case::default());
        let (Ok(one), Ok(other)) = (cases(&one), cases(&other)) else { return Ok(()) };
        let pairs = one.iter().flat_map(|one| other.iter().map(move |other| (one, other)));
        for (one, other) in pairs.filter(|(one, other)| one.holds(other)) {
            for pod in pods() {
                prop_assert!(!meets(other, &pod) || meets(one, &pod), "{:?} and {:?} on {:?}", one, other, pod);
            }
        }
    }
}

#[test]
fn what_no_pod_can_have_is_in_no_selector() {
    let equals = |key: &str, value: &str| Expression::equals(key, value);
    let cases =
        |expression: &Expression, holds| Formula::of(expression, holds).unwrap().cases(Case::default());
    for never in [equals("app", "a b"), equals("a b", "c"), equals(NAMESPACE, "é")] {
        assert_eq!(cases(&never, true), Ok(Vec::new()), "{never}");
        assert_eq!(cases(&never, false), Ok(vec![Case::default()]), "{never}");
    }
}
