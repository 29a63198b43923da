//! Each attribute in each form: one request that matches and one that does not, in an ALLOW that lets
//! in what matches alone, and in a DENY that refuses what matches alone.

mod conditions;
mod operations;
mod sources;

use super::world::World;
use conditions::{CONDITIONS, TOKENS};
use operations::OPERATIONS;
use sources::SOURCES;

/// A form of an attribute: the rule, what it matches, and what it does not.
struct Form {
    fact: &'static str,
    rule: &'static str,
    matches: &'static str,
    differs: &'static str,
}

const fn form(fact: &'static str, rule: &'static str, matches: &'static str, differs: &'static str) -> Form {
    Form { fact, rule, matches, differs }
}

const SHAPES: [Form; 6] = [
    form("entries of a list are alternatives", "to: [{operation: {paths: [/a, /b]}}]", "path=/b", "path=/c"),
    form(
        "entries of a negated list are all excluded",
        "to: [{operation: {notPaths: [/a, /b]}}]",
        "path=/c",
        "path=/b",
    ),
    form(
        "entries of from are alternatives",
        "from: [{source: {namespaces: [a]}}, {source: {namespaces: [b]}}]",
        "from=b/x",
        "from=c/x",
    ),
    form(
        "entries of to are alternatives",
        "to: [{operation: {methods: [GET]}}, {operation: {paths: [/b]}}]",
        "method=POST path=/b",
        "method=POST path=/a",
    ),
    form(
        "from and to have to hold together",
        "from: [{source: {namespaces: [a]}}], to: [{operation: {methods: [GET]}}]",
        "from=a/x method=GET",
        "from=a/x method=POST",
    ),
    form(
        "values and notValues have to hold together",
        "when: [{key: 'request.headers[v]', values: ['1*'], notValues: ['13']}]",
        "header:v=12",
        "header:v=13",
    ),
];

#[test]
fn each_attribute_matches_in_each_form_what_istio_s_generator_says() {
    let mut wrong = Vec::new();
    let all = OPERATIONS.iter().chain(&SOURCES).chain(&TOKENS).chain(&CONDITIONS).chain(&SHAPES);
    for Form { fact, rule, matches, differs } in all {
        let allow = world("ALLOW", rule);
        let deny = world("DENY", rule);
        let rows = [
            (&allow, matches, "allow by rule p rules[0]"),
            (&allow, differs, "deny by default p"),
            (&deny, matches, "deny by rule p rules[0]"),
            (&deny, differs, "allow by nobody"),
        ];
        for (world, request, expected) in rows {
            let said = world.ask(request);
            if said != expected {
                wrong
                    .push(format!("{fact}\n  {rule}\n  {request}\n  expected {expected}\n  found    {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn world(action: &str, rule: &str) -> World {
    let policy = format!("AuthorizationPolicy shop/p {{action: {action}, rules: [{{{rule}}}]}}");
    World::in_trust_domain(&policy, "cluster.local")
}
