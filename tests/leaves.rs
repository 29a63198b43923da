//! No leaf of a policy is silent: another value, or none, changes what is written or told.
//!
//! Every scalar, empty list and empty mapping below `spec` of every Istio policy of the golden
//! inputs is changed and deleted, one at a time. The few that may be silent are listed with reasons.
#![expect(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use serde_yaml::{Mapping, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use support::Run;

/// One step into a value.
#[derive(Clone, PartialEq, Debug)]
enum Step {
    Key(Value),
    Index(usize),
}

/// Inputs of which nothing is written: one finding names the whole policy, so its leaves have no say.
const NOTHING_WRITTEN: &[(&str, &str)] = &[
    ("audit", "AUDIT refuses nothing, whatever it logs"),
    ("calico-policy-before", "the policy in force keeps all output back"),
    ("custom-accepted", "the acceptance is for the whole policy"),
    ("dry-run", "a dry run refuses nothing"),
    ("gateway-by-label", "what a gateway refused is for its successor"),
    ("gateway-by-template", "what a gateway refused is for its successor"),
    ("no-rules-deny", "Istio refuses such a policy, and that keeps all output back"),
    ("tiers-beside-a-policy-in-a-tier-of-unmesh", "the policy in force keeps all output back"),
    ("tiers-beside-a-tier-that-is-not-shown", "the policy in force keeps all output back"),
    ("tiers-without-room-before-another", "the policy in force keeps all output back"),
    (
        "ambient-beside-a-sidecar-otherwise",
        "what sidecars and ztunnel read differently keeps all output back",
    ),
    ("ambient-beside-a-sidecar-told-apart", "ztunnel knows no CUSTOM: UM437 names the policy"),
    ("ambient-custom", "ztunnel knows no CUSTOM: UM437 names the policy"),
    ("target-refs", "what a gateway refused is for its successor"),
];

/// What is done to a leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Done {
    Changed,
    Deleted,
}

const CHANGED: &[Done] = &[Done::Changed];
const DELETED: &[Done] = &[Done::Deleted];
const BOTH: &[Done] = &[Done::Changed, Done::Deleted];

/// Leaves that may be silent: topic (`*`: all), the end of path and value (`*`: all), what is done, why.
const SILENT: &[(&str, &str, &[Done], &str)] = &[
    ("*", "spec={}", DELETED, "no `spec` is an empty one"),
    ("*", "spec.action=ALLOW", DELETED, "ALLOW is the default"),
    (
        "paths-any",
        "rules[0].to[0].operation.paths[0]='*'",
        DELETED,
        "with methods listed, any path asks for nothing more",
    ),
    (
        "paths-on-tcp-ports",
        "operation.paths[0]=/a",
        CHANGED,
        "on plain TCP the whole rule never held: UM220 names it",
    ),
    (
        "paths-on-tcp-ports",
        "requestPrincipals[0]='*'",
        CHANGED,
        "on plain TCP the whole rule never held: UM220 names it",
    ),
    (
        "paths-on-tcp-ports",
        "namespaces[0]=a*",
        BOTH,
        "on plain TCP the whole rule never held: UM220 names it",
    ),
    (
        "paths-on-tcp-ports",
        "operation.paths[0]=/c",
        BOTH,
        "on plain TCP the whole rule never held: UM220 names it",
    ),
    (
        "paths-on-tcp-ports",
        "rules[3].to[1].operation.ports[0]='8080'",
        DELETED,
        "8080 is the only port that carries HTTP",
    ),
    (
        "paths-on-tcp-ports",
        "rules[4].to[0].operation.ports[0]='8080'",
        CHANGED,
        "the path is left out on each port: UM209 names it",
    ),
    (
        "paths-on-tcp-ports",
        "rules[4].to[0].operation.ports[1]='9000'",
        BOTH,
        "the path is left out on each port: UM209 names it",
    ),
    (
        "any-method-beside-a-service-without-a-template",
        "methods[0]='*'",
        CHANGED,
        "the rule holds on no port: UM215 names it",
    ),
    (
        "in-force-beside-http",
        "methods[0]=GET",
        CHANGED,
        "no `http` rule beside a policy in force: UM501 names it",
    ),
    (
        "in-force-under-one-that-allows-everything",
        "namespaces[0]=a",
        DELETED,
        "the other policy allows everything on all pods: UM107 names it",
    ),
    ("in-force-over-the-cap", "*", BOTH, "all TCP is refused there: UM501 names the whole policy"),
    (
        "in-force-under-one-that-allows-everything",
        "app=web",
        BOTH,
        "the other policy allows everything on all pods, and the policy in force decides alone",
    ),
    ("mesh-strict-and-deny-all", "action=ALLOW", CHANGED, "a policy on a gateway: UM406 names it whole"),
    ("mesh-strict-and-deny-all", "ports[0]='8080'", BOTH, "a policy on a gateway: UM406 names it whole"),
    ("mesh-strict-and-deny-all", "ports[1]='8443'", BOTH, "a policy on a gateway: UM406 names it whole"),
    (
        "ambient-allow-with-http",
        "methods[0]=GET",
        CHANGED,
        "ztunnel leaves the rule out: UM123 underlines it",
    ),
    ("ambient-deny-with-http", "paths[0]=/admin", CHANGED, "ztunnel drops any path: UM124 underlines it"),
    (
        "ambient-deny-with-http",
        "namespaces[0]=guests",
        BOTH,
        "ztunnel leaves nothing beside it: UM125 names the rule",
    ),
    ("ambient-deny-with-http", "notMethods[0]=GET", CHANGED, "ztunnel drops any method: UM125 underlines it"),
    (
        "ambient-disable",
        "mode=DISABLE",
        DELETED,
        "DISABLE is PERMISSIVE to ztunnel, as no mode is: UM414 names it",
    ),
    ("ambient-waypoint", "methods[0]=GET", BOTH, "a policy on a waypoint: UM406 names it whole"),
    ("custom", "provider.name=opa", CHANGED, "whoever it is, nobody asks it any more: UM212"),
    ("deny-path-on-tcp", "paths[0]=/x", CHANGED, "Istio drops any path there: UM106 underlines it"),
    ("disable-with-an-identity-rule", "namespaces[0]=a", CHANGED, "nobody has an identity there: UM122"),
    (
        "disable-with-a-refusal-of-others",
        "notNamespaces[0]=a",
        CHANGED,
        "nobody has an identity there: UM122",
    ),
    ("disable-for-some-workloads", "namespaces[0]=a", CHANGED, "nobody has an identity there: UM122"),
    ("disable-for-some-workloads", "app=web", CHANGED, "any of the policy's pods: UM122 names the object"),
    ("disable-on-a-port", "mode=PERMISSIVE", DELETED, "PERMISSIVE holds where nothing is said"),
    ("disable-overridden-for-the-workload", "mode=DISABLE", DELETED, "overridden where any policy selects"),
    ("http-on-3.30", "*", BOTH, "the rule goes whole: UM402 names it"),
    ("http-without-dikastes", "*", BOTH, "the rule goes whole: UM402 names it"),
    ("http-on-3.32", "namespaces[0]=a", BOTH, "the rule goes with its paths, which UM209 names"),
    ("http-on-3.32", "methods[0]=GET", BOTH, "the rule goes with its paths, which UM209 names"),
    ("http-on-3.32", "methods[1]=POST", BOTH, "the rule goes with its paths, which UM209 names"),
    ("http-on-one-workload-and-tcp-on-another", "*", BOTH, "the rule holds on no port: UM215 names it"),
    ("http-without-a-port-declared", "methods[0]=GET", CHANGED, "the rule holds on no port: UM215 names it"),
    ("injector-label", "namespaces[0]=a", DELETED, "what it allowed has no pods that can be named: UM413"),
    (
        "policy-of-a-later-tier",
        "methods[0]=GET",
        CHANGED,
        "another policy selects all of its pods: UM505 names the rule",
    ),
    (
        "request-authentication",
        "jwksUri=https://keys.example.com/jwks.json",
        BOTH,
        "no token is checked: UM218",
    ),
    ("request-authentication", "audiences[0]=shop", BOTH, "no token is checked: UM218"),
    ("request-authentication", "app=web", BOTH, "no token is checked on any pod: UM218"),
    (
        "source-of-several-fields",
        "principals[1]=cluster.local/ns/c/sa/x",
        BOTH,
        "never true with the namespaces beside it",
    ),
    (
        "tiers-audit-by-http",
        "rules[1].from[0].source.namespaces[0]=a",
        BOTH,
        "nothing of the rule is logged: UM213 names it",
    ),
    ("tiers-audit-by-http", "methods[0]=GET", CHANGED, "nothing of the rule is logged: UM213 names it"),
    ("strict-on-one-port", "mode=PERMISSIVE", DELETED, "PERMISSIVE holds where nothing is said"),
];

/// Everything that a user can tell two runs by: objects without comments, findings without places.
fn outcome(run: &Run, documents: &[Value]) -> (Vec<Value>, BTreeSet<(String, String, String)>) {
    let texts: Vec<String> = documents.iter().map(|one| serde_yaml::to_string(one).unwrap()).collect();
    let outcome = run.translate(&texts.join("---\n"));
    let objects = outcome.written.iter().map(|text| serde_yaml::from_str(text).unwrap()).collect();
    let told = outcome.told.into_iter();
    let told = told.map(|told| (told.code, told.field.unwrap_or_default(), told.message));
    (objects, told.collect())
}

/// All leaves below a value.
fn leaves(value: &Value, path: &[Step], found: &mut Vec<Vec<Step>>) {
    let step = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
    match value {
        Value::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &step(Step::Index(index)), found);
            }
        }
        Value::Mapping(entries) if !entries.is_empty() => {
            for (key, entry) in entries {
                leaves(entry, &step(Step::Key(key.clone())), found);
            }
        }
        _ => found.push(path.to_vec()),
    }
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key).expect("a key"),
        Step::Index(index) => value.get_mut(*index).expect("an item"),
    })
}

/// `spec.rules[0].from[0]...=VALUE`.
fn name(path: &[Step], value: &Value) -> String {
    let step = |step: &Step| match step {
        Step::Key(Value::String(key)) => format!(".{key}"),
        Step::Key(key) => format!(".{}", serde_yaml::to_string(key).unwrap().trim()),
        Step::Index(index) => format!("[{index}]"),
    };
    let path: String = path.iter().map(step).collect();
    let value = serde_yaml::to_string(value).unwrap();
    format!("{}={}", path.trim_start_matches('.'), value.trim())
}

/// Takes a leaf out, and what is empty without it.
fn delete(document: &mut Value, path: &[Step]) {
    let Some((last, parent_path)) = path.split_last() else { return };
    let parent = at(document, parent_path);
    let empty = match (parent, last) {
        (Value::Mapping(entries), Step::Key(key)) => {
            entries.shift_remove(key);
            entries.is_empty()
        }
        (Value::Sequence(items), Step::Index(index)) => {
            items.remove(*index);
            items.is_empty()
        }
        (other, step) => panic!("{step:?} of {other:?}"),
    };
    if empty && parent_path.len() > 1 {
        delete(document, parent_path);
    }
}

/// The name of the field that a leaf belongs to.
fn field(path: &[Step]) -> &str {
    let names = path.iter().rev().filter_map(|step| match step {
        Step::Key(key) => key.as_str(),
        Step::Index(_) => None,
    });
    names.take(1).next().unwrap_or("")
}

/// Another valid value of the same kind.
fn other(path: &[Step], value: &Value) -> Value {
    if let Value::Mapping(entries) = value
        && entries.is_empty()
    {
        return empty_mapping(path);
    }
    if value.as_sequence().is_some_and(Vec::is_empty) {
        return full_list(path);
    }
    let Some(text) = value.as_str() else { panic!("{path:?}: {value:?}") };
    let new = match field(path) {
        "action" if text == "ALLOW" => "DENY",
        "action" => "ALLOW",
        "mode" if text == "STRICT" => "PERMISSIVE",
        "mode" => "STRICT",
        "principals" | "notPrincipals" => "cluster.local/ns/zeta/sa/zeta",
        "serviceAccounts" => "zeta/zeta",
        "ports" | "notPorts" => "4711",
        "ipBlocks" | "notIpBlocks" | "remoteIpBlocks" | "notRemoteIpBlocks" => "198.51.100.0/24",
        "methods" | "notMethods" => "PUT",
        "paths" | "notPaths" => "/zeta",
        "hosts" => "zeta.example.com",
        "requestPrincipals" | "notRequestPrincipals" => "zeta.example.com/zeta",
        "key" => other_key(text),
        "values" | "notValues" if text.contains('/') => "198.51.100.0/24",
        "values" | "notValues" if text.parse::<u16>().is_ok() => "4711",
        "kind" => "Service",
        "group" => "",
        _ => "zeta",
    };
    assert_ne!(new, text, "{path:?}");
    Value::String(new.to_string())
}

/// A key whose values look the same.
fn other_key(key: &str) -> &'static str {
    match key {
        "source.ip" => "destination.ip",
        "destination.ip" => "source.ip",
        "source.namespace" => "connection.sni",
        "source.serviceAccount" => "source.principal",
        "connection.sni" => "source.namespace",
        "destination.port" => "request.headers[x-zeta]",
        key if key.starts_with("request.headers") => "request.headers[x-zeta]",
        key if key.starts_with("request.auth.claims") => "request.auth.claims[zeta]",
        other => panic!("no other key for `{other}`"),
    }
}

/// A list with an entry where one without any was.
fn full_list(path: &[Step]) -> Value {
    let entry = match field(path) {
        "from" => "{source: {namespaces: [zeta]}}",
        "when" => "{key: source.namespace, values: [zeta]}",
        "principals" => "cluster.local/ns/zeta/sa/zeta",
        "paths" => "/zeta",
        other => panic!("`{other}` is an empty list"),
    };
    Value::Sequence(vec![serde_yaml::from_str(entry).unwrap()])
}

/// Something where nothing was: a rule where there was none, a source in an empty rule.
fn empty_mapping(path: &[Step]) -> Value {
    let one = |key: &str, value: Value| Value::Mapping(Mapping::from_iter([(Value::from(key), value)]));
    let namespaces = one("namespaces", Value::Sequence(vec![Value::from("zeta")]));
    let from = one("from", Value::Sequence(vec![one("source", namespaces)]));
    match field(path) {
        "spec" => one("rules", Value::Sequence(vec![from])),
        "rules" => from,
        other => panic!("`{other}` is empty"),
    }
}

/// The exception for a silent leaf, by its place in the list.
fn excuse(topic: &str, leaf: &str, done: Done) -> Option<usize> {
    SILENT.iter().position(|(of, end, what, _)| {
        (*of == "*" || *of == topic) && (*end == "*" || leaf.ends_with(end)) && what.contains(&done)
    })
}

/// What trying the leaves of topics gave.
#[derive(Default)]
struct Tried {
    count: usize,
    silent: Vec<String>,
    excused: BTreeSet<usize>,
}

/// Tries all leaves of one topic.
fn silent(topic: &Path, args: &str, all: &mut Tried) {
    let name_of_topic = topic.file_name().unwrap().to_string_lossy().into_owned();
    let input = fs::read_to_string(topic.join("input.yaml")).unwrap();
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(&input)
        .map(|document| serde::Deserialize::deserialize(document).unwrap())
        .collect();
    let run = Run::parse(args);
    let before = outcome(&run, &documents);
    for (index, document) in documents.iter().enumerate() {
        let kind = document.get("kind").and_then(Value::as_str).unwrap_or("");
        let Some(spec) = document.get("spec") else { continue };
        if !["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"].contains(&kind) {
            continue;
        }
        let mut paths = Vec::new();
        leaves(spec, &[Step::Key(Value::from("spec"))], &mut paths);
        for path in paths {
            let mut document = document.clone();
            let value = at(&mut document, &path).clone();
            let leaf = name(&path, &value);
            for done in [Done::Changed, Done::Deleted] {
                let mut document = document.clone();
                match done {
                    Done::Changed => *at(&mut document, &path) = other(&path, &value),
                    Done::Deleted => delete(&mut document, &path),
                }
                let mut documents = documents.clone();
                if let Some(place) = documents.get_mut(index) {
                    *place = document;
                }
                all.count += 1;
                if outcome(&run, &documents) != before {
                    continue;
                }
                match excuse(&name_of_topic, &leaf, done) {
                    Some(place) => {
                        all.excused.insert(place);
                    }
                    None => all.silent.push(format!("{name_of_topic}: {kind} {leaf} {done:?}")),
                }
            }
        }
    }
}

#[test]
fn every_leaf_has_a_say() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut all = Tried::default();
    for folder in ["examples", "translate"] {
        let entries = fs::read_dir(testdata.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut topics: Vec<_> = entries.filter(|path| path.is_dir()).collect();
        topics.sort();
        for topic in topics {
            let name = topic.file_name().unwrap().to_string_lossy().into_owned();
            if NOTHING_WRITTEN.iter().any(|(of, _)| *of == name) {
                continue;
            }
            silent(&topic, &fs::read_to_string(topic.join("args")).unwrap_or_default(), &mut all);
        }
    }
    let Tried { count, silent, excused } = all;
    assert!(count > 600, "{count} leaves tried");
    assert!(silent.is_empty(), "{} silent leaves of {count}\n{}", silent.len(), silent.join("\n"));
    let idle = SILENT.iter().enumerate().filter(|(place, _)| !excused.contains(place));
    let idle: Vec<String> = idle.map(|(_, (topic, leaf, _, _))| format!("{topic}: {leaf}")).collect();
    assert!(idle.is_empty(), "exceptions that nothing needs:\n{}", idle.join("\n"));
}
