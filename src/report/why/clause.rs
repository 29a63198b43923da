//! What a rule compared, line by line: a field with what came out, and below it each comparison.

use crate::object::calico::Path;
use crate::object::calico::matching::Known;
use crate::object::calico::matching::Test as LabelTest;
use crate::report::request::{name, protocol};
use crate::verify::peer::{Endpoint, ORCHESTRATOR};
use crate::verify::request::{Answer, Dimension, Token, Value};
use crate::verify::test::{Matcher, Test};
use crate::verify::trace::{Clause, ClauseKind};

/// The lines for a rule's condition, each with its depth. Unless `all` is asked for, only what decided
/// is there: of a condition that fails what fails, of alternatives the one that matches, and of
/// fields within fields the innermost.
pub(super) fn lines(clause: &Clause, all: bool) -> Vec<(usize, String)> {
    let Clause { kind, holds, parts } = clause;
    let below = |deeper: usize| -> Vec<(usize, String)> {
        let shown = parts.iter().filter(|part| all || decides(clause, part));
        let lines = shown.flat_map(|part| lines(part, all));
        lines.map(|(depth, line)| (depth + deeper, line)).collect()
    };
    let here = |text: String| vec![(0, text)];
    match kind {
        ClauseKind::Field { path, span: _ } => {
            if let [Clause { kind: ClauseKind::Test { test, value }, .. }] = parts.as_slice() {
                return here(format!("`{path}`: {} {}", comparison(test, value.as_ref()), out(*holds)));
            }
            let inner = below(usize::from(all));
            if !all && !inner.is_empty() {
                return inner;
            }
            let own = (0, format!("`{path}` {}", out(*holds)));
            std::iter::once(own).chain(inner).collect()
        }
        ClauseKind::All | ClauseKind::Any => below(0),
        ClauseKind::Not => {
            let own = (0, format!("none of these {}", out(*holds)));
            std::iter::once(own).chain(below(1)).collect()
        }
        ClauseKind::Always | ClauseKind::Never => Vec::new(),
        ClauseKind::Unknown(why) => here(format!("nobody can tell: {why}")),
        ClauseKind::Test { test, value } => {
            here(format!("{} {}", comparison(test, value.as_ref()), out(*holds)))
        }
    }
}

/// Whether a part has a say in what came out of the whole.
fn decides(whole: &Clause, part: &Clause) -> bool {
    match (&whole.kind, whole.holds) {
        (ClauseKind::All, Some(false)) => part.holds == Some(false),
        (ClauseKind::Any, Some(true)) => part.holds == Some(true),
        (ClauseKind::All | ClauseKind::Any, None) => part.holds.is_none(),
        _ => true,
    }
}

/// `: yes`.
fn out(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "- yes",
        Some(false) => "- no",
        None => "- open",
    }
}

/// What is compared with what: ``the path `/a` has the prefix `/admin` ``.
pub(super) fn comparison(test: &Test, value: Option<&Value>) -> String {
    match test {
        Test::Identity(matcher) => {
            let identity = match value {
                Some(Value::Peer(peer)) => match &peer.identity {
                    Some(identity) => format!("the peer's identity `{}`", identity.text()),
                    None => "the peer, which has no identity,".to_string(),
                },
                _ => "the peer's identity".to_string(),
            };
            format!("{identity} {}", self::matcher(matcher))
        }
        Test::NodeLocal => "the peer is on the pod's own node".to_string(),
        // Network sets are endpoints without it.
        Test::PeerLabel { side: _, key, test: LabelTest::Equals(value) }
            if key == ORCHESTRATOR && value == "k8s" =>
        {
            "the peer is a pod".to_string()
        }
        Test::PeerLabel { side, key, test } => {
            let endpoint = match value {
                Some(Value::Peer(peer)) => peer.endpoint(*side),
                _ => None,
            };
            match (endpoint, value) {
                (None, Some(_)) => {
                    format!(
                        "{} (the peer is no endpoint) {}",
                        label_name("the peer's", key),
                        label_test(test)
                    )
                }
                _ => format!("{} {}", label("the peer's", endpoint, key), label_test(test)),
            }
        }
        Test::Endpoint(_) => "the peer is a pod, or in a network set".to_string(),
        Test::DestinationLabel { key, test } => {
            let endpoint = match value {
                Some(Value::Destination(endpoint)) => Some(endpoint),
                _ => None,
            };
            format!("{} {}", label("the workload's", endpoint, key), label_test(test))
        }
        Test::Address { of, net } => format!("{} is in {net}", valued(of, value)),
        Test::Ports { first, last } if first == last => {
            format!("{} is {first}", valued(&Dimension::Port, value))
        }
        Test::Ports { first, last } => {
            format!("{} is one of {first} to {last}", valued(&Dimension::Port, value))
        }
        Test::NamedPort(name) => format!("{} is called `{name}`", valued(&Dimension::Port, value)),
        Test::Protocol(wanted) => format!("the protocol is {}", protocol(*wanted)),
        Test::Text { of, matcher } => format!("{} {}", valued(of, value), self::matcher(matcher)),
        Test::Token(token) => match token {
            Token::Absent => "there is no token".to_string(),
            Token::Valid => "the token is valid".to_string(),
            Token::Invalid => "the token is not valid".to_string(),
        },
        Test::Authorizer(provider, answer) => match answer {
            Answer::Passes => format!("the external authorizer `{provider}` lets it through"),
            Answer::Refuses => format!("the external authorizer `{provider}` refuses it"),
        },
    }
}

/// A dimension with its value.
fn valued(of: &Dimension, value: Option<&Value>) -> String {
    let name = name(of);
    match value {
        None => format!("{name} (not given)"),
        Some(Value::Text(Some(text))) => format!("{name} `{text}`"),
        Some(Value::Text(None)) => format!("{name}, which is not there,"),
        Some(Value::Address(address)) => format!("{name} {address}"),
        Some(Value::Port(port)) => format!("{name} {}/{}", port.number, protocol(port.protocol)),
        Some(Value::Destination(_) | Value::Peer(_) | Value::Token(_) | Value::Answer(_)) => name,
    }
}

/// A label by what it stands for, with its value: Calico knows namespace and service account as labels.
fn label(of: &str, endpoint: Option<&Endpoint>, key: &str) -> String {
    let what = label_name(of, key);
    match endpoint.map(|endpoint| endpoint.label(key)) {
        Some(Known::Value(value)) => format!("{what} `{value}`"),
        Some(Known::Absent) => format!("{what}, which is not there,"),
        Some(Known::Unknown) | None => format!("{what} (not known)"),
    }
}

/// What a label stands for.
fn label_name(of: &str, key: &str) -> String {
    match key {
        "projectcalico.org/namespace"
        | "pcns.projectcalico.org/name"
        | "pcns.kubernetes.io/metadata.name" => {
            format!("{of} namespace")
        }
        "projectcalico.org/serviceaccount" | "pcsa.projectcalico.org/name" => format!("{of} service account"),
        _ => match (key.strip_prefix("pcns."), key.strip_prefix("pcsa.")) {
            (Some(key), _) => format!("{of} namespace's label `{key}`"),
            (None, Some(key)) => format!("{of} service account's label `{key}`"),
            (None, None) => format!("{of} label `{key}`"),
        },
    }
}

fn label_test(test: &LabelTest) -> String {
    let list = |values: &[String]| {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        values.join(", ")
    };
    match test {
        LabelTest::Has => "is there".to_string(),
        LabelTest::Equals(value) => format!("is `{value}`"),
        LabelTest::NotEquals(value) => format!("is not `{value}`"),
        LabelTest::In(values) => format!("is one of {}", list(values)),
        LabelTest::NotIn(values) => format!("is none of {}", list(values)),
        LabelTest::Contains(value) => format!("contains `{value}`"),
        LabelTest::StartsWith(value) => format!("begins with `{value}`"),
        LabelTest::EndsWith(value) => format!("ends with `{value}`"),
    }
}

fn matcher(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Pattern(pattern) => format!("matches {}", super::pattern::words(pattern)),
        Matcher::AnyCase(pattern) => format!("in lower case matches {}", super::pattern::words(pattern)),
        Matcher::Regex(text) => format!("matches the regular expression `{text}`"),
        Matcher::Calico(Path::Exact(path), _) => format!("is `{path}`, as Dikastes compares paths"),
        Matcher::Calico(Path::Prefix(path), _) => format!("begins with `{path}`, as Dikastes compares paths"),
    }
}
