//! What a rule compared, line by line: a field with what came out, and below it each comparison.

use crate::object::calico::Path;
use crate::object::calico::matching::Known;
use crate::object::calico::matching::Test as LabelTest;
use crate::report::request::{name, protocol};
use crate::verify::peer::Endpoint;
use crate::verify::request::{Answer, Dimension, Token, Value};
use crate::verify::test::{Matcher, Test};
use crate::verify::trace::{Clause, ClauseKind};

/// The lines for a rule's condition. Of a condition that fails, only what fails is shown, and of
/// alternatives of which one matches only that one, unless everything is asked for.
pub(super) fn lines(clause: &Clause, all: bool, line: &mut impl FnMut(usize, &str)) {
    show(clause, all, 0, line);
}

fn show(clause: &Clause, all: bool, depth: usize, line: &mut impl FnMut(usize, &str)) {
    let Clause { kind, holds, parts } = clause;
    let inner = match kind {
        ClauseKind::Field { path, span: _ } => {
            if let [Clause { kind: ClauseKind::Test { test, value }, .. }] = parts.as_slice() {
                line(depth, &format!("`{path}`: {} {}", comparison(test, value.as_ref()), out(*holds)));
                return;
            } else {
                line(depth, &format!("`{path}` {}", out(*holds)));
                depth + 1
            }
        }
        ClauseKind::All | ClauseKind::Any => depth,
        ClauseKind::Not => {
            line(depth, &format!("none of these {}", out(*holds)));
            depth + 1
        }
        ClauseKind::Always | ClauseKind::Never => return,
        ClauseKind::Unknown(why) => {
            line(depth, &format!("nobody can tell: {why}"));
            return;
        }
        ClauseKind::Test { test, value } => {
            line(depth, &format!("{} {}", comparison(test, value.as_ref()), out(*holds)));
            return;
        }
    };
    // What decided: of "all" the parts that fail, of "any" those that match.
    let decisive = match (kind, holds) {
        (ClauseKind::All, Some(false)) => Some(Some(false)),
        (ClauseKind::Any, Some(true)) => Some(Some(true)),
        (ClauseKind::All | ClauseKind::Any, None) => Some(None),
        _ => None,
    };
    let shown = parts.iter().filter(|part| all || decisive.is_none_or(|wanted| part.holds == wanted));
    let alternatives = matches!(kind, ClauseKind::Any) && parts.len() > 1;
    let hidden = parts.len() - shown.clone().count();
    for part in shown {
        show(part, all, inner, line);
    }
    if alternatives && hidden > 0 {
        line(inner, &format!("({hidden} other alternatives do not matter)"));
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
        Test::PeerLabel { side, key, test } => {
            let endpoint = match value {
                Some(Value::Peer(peer)) => peer.endpoint(*side),
                _ => None,
            };
            match (endpoint, value) {
                (None, Some(_)) => {
                    format!("the peer, which is no endpoint, has a label `{key}` {}", label_test(test))
                }
                _ => format!("{} {}", label("the peer's label", endpoint, key), label_test(test)),
            }
        }
        Test::Endpoint(_) => "the peer is a pod, or in a network set".to_string(),
        Test::DestinationLabel { key, test } => {
            let endpoint = match value {
                Some(Value::Destination(endpoint)) => Some(endpoint),
                _ => None,
            };
            format!("{} {}", label("the workload's label", endpoint, key), label_test(test))
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

fn label(of: &str, endpoint: Option<&Endpoint>, key: &str) -> String {
    match endpoint.map(|endpoint| endpoint.label(key)) {
        Some(Known::Value(value)) => format!("{of} `{key}`, `{value}`,"),
        Some(Known::Absent) => format!("{of} `{key}`, which is not there,"),
        Some(Known::Unknown) | None => format!("{of} `{key}` (not known)"),
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
