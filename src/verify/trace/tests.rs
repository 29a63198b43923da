//! Which rules are asked, and what an open answer waits for.

use super::*;
use crate::ir::Pattern;
use crate::verify::program::What;
use crate::verify::test::Matcher;
use Reach::{Certain, Never, Possible};

struct Rules {
    tests: Tests,
    get: Formula,
    admin: Formula,
}

/// Two conditions: the method is GET, the path begins with `/admin`.
fn rules() -> Rules {
    let mut tests = Tests::default();
    let mut test = |of: Dimension, pattern: Pattern| {
        Formula::Test(tests.id(Test::Text { of, matcher: Matcher::Pattern(pattern) }))
    };
    let get = test(Dimension::Method, Pattern::Exact("GET".to_string()));
    let admin = test(Dimension::Path, Pattern::Prefix("/admin".to_string()));
    let admin = Formula::field("spec.rules[0].to[0].operation.paths[0]", None, admin);
    Rules { tests, get, admin }
}

fn step<'a>(when: &'a Formula, action: Action, field: &str) -> Step<'a> {
    Step { when, action, by: By { field: Some(field.to_string()), ..By::nobody(What::Rule) } }
}

fn decision(allowed: bool) -> Decision {
    Decision { allowed, by: By::nobody(if allowed { What::NoPolicy } else { What::EndOfTier }) }
}

/// `first`: Deny on /admin, Pass on GET; `second`: ends with a refusal. Allowed behind both.
fn program(rules: &Rules) -> Program<'_> {
    let first = Tier {
        name: "first".to_string(),
        steps: vec![step(&rules.admin, Action::Deny, "deny"), step(&rules.get, Action::Pass, "pass")],
        end: Some(decision(true)),
    };
    let second = Tier { name: "second".to_string(), steps: Vec::new(), end: Some(decision(false)) };
    let part = Part { engine: Engine::Felix, tiers: vec![first, second], otherwise: decision(true) };
    Program { parts: vec![part] }
}

fn request(method: Option<&str>, path: Option<&str>) -> Request {
    let given = |of, text: Option<&str>| Some((of, Value::Text(Some(text?.to_string()))));
    let values = [given(Dimension::Method, method), given(Dimension::Path, path)];
    Request { values: values.into_iter().flatten().collect() }
}

#[test]
fn a_rule_is_asked_where_nothing_before_it_decides() {
    let rules = rules();
    for (row, method, path, allowed, reached, second_ends) in [
        ("the first rule decides", Some("GET"), Some("/admin"), Some(false), [Certain, Never], false),
        ("passed to the second tier", Some("GET"), Some("/"), Some(false), [Certain, Certain], true),
        ("the end of the first tier", Some("PUT"), Some("/"), Some(true), [Certain, Certain], false),
        ("refused either way", Some("GET"), None, Some(false), [Certain, Possible], true),
        ("the path decides", Some("PUT"), None, None, [Certain, Possible], false),
        ("the method decides", None, Some("/"), None, [Certain, Certain], true),
    ] {
        let trace = trace(&program(&rules), &rules.tests, &request(method, path));
        assert_eq!(trace.allowed, allowed, "{row}");
        let part = trace.parts.first().unwrap();
        let [first, second] = part.tiers.as_slice() else { panic!("{row}: two tiers") };
        assert_eq!(first.steps.iter().map(|step| step.reach).collect::<Vec<_>>(), reached, "{row}");
        assert_eq!(second.end.is_some(), second_ends, "{row}");
        assert!(part.otherwise.is_none(), "{row}: the second tier always ends");
    }
}

#[test]
fn an_open_answer_names_what_it_waits_for_and_no_more() {
    let rules = rules();
    let needs = |method, path| trace(&program(&rules), &rules.tests, &request(method, path)).needs;
    assert_eq!(needs(Some("PUT"), None), BTreeSet::from([Need::Value(Dimension::Path)]));
    assert_eq!(needs(None, Some("/")), BTreeSet::from([Need::Value(Dimension::Method)]));
    assert_eq!(needs(Some("GET"), None), BTreeSet::new(), "refused whatever the path");
    assert_eq!(needs(None, Some("/admin")), BTreeSet::new(), "refused before the method is asked");
}

#[test]
fn a_clause_keeps_its_field_and_the_value_compared() {
    let rules = rules();
    let trace = trace(&program(&rules), &rules.tests, &request(Some("GET"), Some("/admin/users")));
    let step = trace.parts.first().unwrap().tiers.first().unwrap().steps.first().unwrap();
    let ClauseKind::Field { path, span: None } = &step.clause.kind else { panic!("a field") };
    assert_eq!(path, "spec.rules[0].to[0].operation.paths[0]");
    let ClauseKind::Test { test, value } = &step.clause.parts.first().unwrap().kind else { panic!("a test") };
    assert_eq!(test.dimension(), Dimension::Path);
    assert_eq!(value, &Some(Value::Text(Some("/admin/users".to_string()))));
    assert_eq!(step.holds, Some(true));
}
