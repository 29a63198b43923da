//! Workloads and ports on which mutual TLS is switched off: no peer has an identity there, so a
//! positive test of one never holds and a negative one always does.

use super::part::Part;
use super::rules::Writing;
use crate::finding::codes::meaning::IDENTITY_WITHOUT_MTLS;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Plaintext, Policy, Rule};
use crate::object::calico::{Ports, ports};

/// The part as it holds where some of the policy's workloads or ports have no identities.
pub(super) fn split(
    part: &Part,
    rule: &Rule,
    source: &Policy,
    writing: Writing<'_>,
) -> (Vec<Part>, Vec<Finding>) {
    let mut parts = vec![part.clone()];
    let mut findings = Vec::new();
    let depends = part.peers.is_some() || !part.not_peers.is_empty();
    if source.action == Action::RequireIdentity || !depends {
        return (parts, findings);
    }
    let facts = writing.mesh.facts.plaintext.iter();
    for plaintext in facts.filter(|plaintext| may_meet(plaintext, source)) {
        findings.push(finding(plaintext, part, rule, source));
        parts = parts.iter().flat_map(|part| bounded(part, plaintext, source.action)).collect();
    }
    (parts, findings)
}

/// Whether the fact may be about pods of the policy: not if a more specific object takes them all.
fn may_meet(plaintext: &Plaintext, source: &Policy) -> bool {
    let taken = plaintext.scope.except.iter().any(|except| except.holds(&source.scope));
    plaintext.scope.may_meet(&source.scope) && !taken
}

/// Whether the fact is about all pods of the policy: then what is written for its ports is exact.
fn holds_all(plaintext: &Plaintext, source: &Policy) -> bool {
    let mut except = plaintext.scope.except.iter();
    plaintext.scope.holds(&source.scope) && !except.any(|except| except.may_meet(&source.scope))
}

/// One part beside one such fact. An Allow loses the ports (or all of itself) where it asked for an
/// identity; a refusal that spares identities spares nobody there.
fn bounded(part: &Part, plaintext: &Plaintext, action: Action) -> Vec<Part> {
    let ports: Option<Vec<Ports>> = plaintext.ports.as_ref().map(|list| {
        ports::canonical(&list.iter().map(|port| Ports { first: *port, last: *port }).collect::<Vec<_>>())
    });
    if action == Action::Allow {
        if part.peers.is_none() {
            return vec![part.clone()];
        }
        let rest = ports.map(|ports| Part { ports: Some(ports::complement(&ports)), ..Part::default() });
        return rest.and_then(|rest| part.and(&rest)).into_iter().collect();
    }
    if part.not_peers.is_empty() {
        return vec![part.clone()];
    }
    let sparing_nobody = Part { not_peers: Vec::new(), ..part.clone() };
    match ports {
        None => vec![sparing_nobody],
        Some(ports) => {
            let there = sparing_nobody.and(&Part { ports: Some(ports), ..Part::default() });
            std::iter::once(part.clone()).chain(there).collect()
        }
    }
}

fn finding(plaintext: &Plaintext, part: &Part, rule: &Rule, source: &Policy) -> Finding {
    let everywhere = plaintext.certain && holds_all(plaintext, source);
    let (what, exact) = match source.action {
        Action::Allow if part.peers.is_none() => ("whom this rule leaves out stays refused there", false),
        Action::Allow if everywhere => ("the rule lets nobody in by them, before and after", true),
        Action::Allow => ("such workloads are refused", false),
        _ if everywhere && part.peers.is_none() => ("the rule refuses everybody, before and after", true),
        _ => ("the rule refuses more than it did", false),
    };
    let switches = if plaintext.certain {
        "switches mutual TLS off, so no peer has an identity there"
    } else {
        "switches mutual TLS off if it is the older one, and then no peer has an identity there"
    };
    let message = format!("`{}` {switches}: {what}", plaintext.reference);
    let direction = if exact { Direction::None } else { Direction::Narrows };
    Finding::new(&IDENTITY_WITHOUT_MTLS, direction, message)
        .severity(if exact { Severity::Warning } else { Severity::Error })
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
        .related("switched off here", plaintext.at.span)
        .help("ask for addresses instead, or switch mutual TLS on")
}
