//! The mesh as findings announce it: what becomes of a policy in the translation.
//!
//! A finding names a field and a direction; that field then matches nothing or everything, whichever
//! way the direction goes. The mesh so changed lies beyond every translation that the finding allows.

use super::Mesh;
use crate::config::PathMatching;
use crate::finding::{Direction, ObjectRef};
use crate::ir::Pattern;
use crate::object::calico::Path;
use crate::verify::formula::Formula;
use crate::verify::peer::Endpoint;
use crate::verify::request::Dimension;
use crate::verify::test::{Matcher, Test, TestId, Tests};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a finding says that the translation makes of a policy: the announced meaning.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The policy; `None` for what is told of all of them.
    pub object: Option<ObjectRef>,
    /// What becomes of it.
    pub becomes: Becomes,
    /// `Narrows` or `Widens`.
    pub direction: Direction,
}

/// What becomes of a policy.
#[derive(Clone, Debug)]
pub enum Becomes {
    /// The fields at or below this path are bounded: from below where an ALLOW narrows or a refusal
    /// widens, from above where an ALLOW widens or a refusal narrows.
    Without(String),
    /// The paths at or below this path are compared as Calico's newest versions do.
    Normalised(String),
    /// It is not there.
    Gone,
    /// It is there in these namespaces alone.
    GoneBut(BTreeSet<String>),
    /// Told of all policies: pods that one of them selects get nothing of protocols beside TCP, UDP and SCTP.
    OtherProtocols,
    /// It selects every pod of its namespace (all pods for the root namespace), and an ALLOW lets
    /// nobody in.
    Everywhere,
    /// It acts on ports outside capture too, of pods with a sidecar.
    UncapturedPorts,
    /// It acts on pods of this namespace without a sidecar too.
    BarePods(String),
    /// It acts on pods without a sidecar, wherever it selects them. Other policies need not select the same
    /// ones, so that an ALLOW lets nobody in there.
    OutsideMesh,
    /// It and this other one act beside each other, though one takes the other's place.
    Tied(ObjectRef),
    /// Its external authorizer refuses whatever it is asked.
    AlwaysRefuses,
    /// To pods in ambient mode it is something else, bounded by the direction.
    OtherInAmbient,
}

impl Mesh {
    /// The same mesh as findings announce it.
    #[must_use]
    pub fn announced(&self, losses: &[Loss], tests: &mut Tests) -> Self {
        let mut mesh = self.clone();
        for loss in losses {
            mesh.other_protocols |= matches!(loss.becomes, Becomes::OtherProtocols);
            for policy in mesh.authorization.iter_mut().filter(|policy| loss.is_about(&policy.reference)) {
                Arc::make_mut(policy).lose(loss, tests);
            }
            for policy in mesh.peers.policies.iter_mut().filter(|policy| loss.is_about(&policy.reference)) {
                Arc::make_mut(policy).lose(loss);
            }
            for policy in mesh.tokens.iter_mut().filter(|policy| loss.is_about(&policy.reference)) {
                Arc::make_mut(policy).lose(loss);
            }
        }
        mesh
    }
}

impl Loss {
    fn is_about(&self, policy: &ObjectRef) -> bool {
        self.object.as_ref() == Some(policy)
            || matches!(&self.becomes, Becomes::Tied(other) if other == policy)
    }
}

/// How connections to a port meet the workload's proxy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meets {
    /// They reach it.
    Proxy,
    /// There is one, and the port stays outside its capture.
    UncapturedPort,
    /// There is none.
    BarePod,
}

/// Where a policy is not there, by what is announced.
#[derive(Clone, Default, Debug)]
pub(super) enum Absence {
    /// It is there.
    #[default]
    Nowhere,
    /// Everywhere but in these namespaces.
    Outside(BTreeSet<String>),
    Everywhere,
}

impl Absence {
    /// Whether it is not there for a workload.
    pub(super) fn is_from(&self, workload: &Endpoint) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Outside(names) => workload.namespace.as_ref().is_none_or(|name| !names.contains(name)),
            Self::Everywhere => true,
        }
    }

    /// It is not there outside these namespaces, either.
    pub(super) fn add_outside(&mut self, names: &BTreeSet<String>) {
        match self {
            Self::Nowhere => *self = Self::Outside(names.clone()),
            Self::Outside(kept) => kept.retain(|name| names.contains(name)),
            Self::Everywhere => {}
        }
    }
}

/// Where a policy acts beyond the proxies, by what is announced.
#[derive(Clone, Default, Debug)]
pub(super) struct Beyond {
    ports: bool,
    /// On bare pods of these namespaces.
    bare: BTreeSet<String>,
    outside: bool,
}

impl Beyond {
    /// Whether a policy acts on a workload, whose connections meet the proxy like this.
    pub(super) fn acts(&self, meets: Meets, workload: &Endpoint) -> bool {
        match meets {
            Meets::Proxy => true,
            Meets::UncapturedPort => self.ports,
            Meets::BarePod => {
                self.outside || workload.namespace.as_ref().is_some_and(|name| self.bare.contains(name))
            }
        }
    }

    /// Whether its rules let anybody in.
    pub(super) fn lets_in(&self, meets: Meets) -> bool {
        meets != Meets::BarePod || !self.outside
    }

    /// What a loss adds.
    pub(super) fn add(&mut self, becomes: &Becomes) {
        match becomes {
            Becomes::UncapturedPorts => self.ports = true,
            Becomes::BarePods(namespace) => drop(self.bare.insert(namespace.clone())),
            Becomes::OutsideMesh => self.outside = true,
            Becomes::Without(_)
            | Becomes::Normalised(_)
            | Becomes::Gone
            | Becomes::GoneBut(_)
            | Becomes::OtherProtocols
            | Becomes::Everywhere
            | Becomes::Tied(_)
            | Becomes::AlwaysRefuses
            | Becomes::OtherInAmbient => {}
        }
    }
}

/// Whether the loss of one path takes a field with it.
pub(super) fn covers(lost: &str, field: &str) -> bool {
    field.strip_prefix(lost).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The condition with the paths at or below one place compared as Calico does from 3.31.6 on.
pub(super) fn normalised(formula: &Formula, lost: &str, tests: &mut Tests) -> Formula {
    rewrite(formula, lost, false, tests)
}

fn rewrite(formula: &Formula, lost: &str, inside: bool, tests: &mut Tests) -> Formula {
    let mut below = |parts: &[Formula]| parts.iter().map(|part| rewrite(part, lost, inside, tests)).collect();
    match formula {
        Formula::Test(test) if inside => Formula::Test(compared_by_calico(*test, tests)),
        Formula::Always | Formula::Never | Formula::Unknown(_) | Formula::Test(_) => formula.clone(),
        Formula::Not(inner) => rewrite(inner, lost, inside, tests).not(),
        Formula::All(parts) => Formula::All(below(parts)),
        Formula::Any(parts) => Formula::Any(below(parts)),
        Formula::Field(field) => {
            let inside = inside || covers(lost, &field.path);
            Formula::field(field.path.clone(), field.span, rewrite(&field.inner, lost, inside, tests))
        }
    }
}

/// The test of a path as the rule that is written for it asks it. What no rule can say stays as it is:
/// other findings speak of that.
fn compared_by_calico(test: TestId, tests: &mut Tests) -> TestId {
    let Some(Test::Text { of: Dimension::Path, matcher: Matcher::Pattern(pattern) }) = tests.get(test) else {
        return test;
    };
    let path = match pattern {
        Pattern::Exact(path) => Path::Exact(path.clone()),
        Pattern::Prefix(path) => Path::Prefix(path.clone()),
        Pattern::Present => Path::Prefix("/".to_string()),
        Pattern::Suffix(_)
        | Pattern::Template(_)
        | Pattern::Glob(_)
        | Pattern::Loose { .. }
        | Pattern::Cidr(_)
        | Pattern::Port(_)
        | Pattern::Opaque(_) => return test,
    };
    let matcher = Matcher::Calico(path, PathMatching::Normalised);
    tests.id(Test::Text { of: Dimension::Path, matcher })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(tests: &mut Tests, matcher: Matcher) -> Formula {
        Formula::Test(tests.id(Test::Text { of: Dimension::Path, matcher }))
    }

    #[test]
    fn one_path_takes_what_is_below_it_and_nothing_beside_it() {
        let rows = [
            ("spec.rules[0]", "spec.rules[0]", true),
            ("spec.rules[0]", "spec.rules[0].to[0].operation", true),
            ("spec.rules", "spec.rules[0]", true),
            ("spec.rules[1]", "spec.rules[10]", false),
            ("spec.rules[0].to[0]", "spec.rules[0]", false),
            ("spec.mtls", "spec.mtlsMode", false),
        ];
        for (lost, field, expected) in rows {
            assert_eq!(covers(lost, field), expected, "{field} without {lost}");
        }
    }

    #[test]
    fn paths_below_the_field_are_compared_as_calico_does() {
        let mut tests = Tests::default();
        let plain = |pattern: Pattern| Matcher::Pattern(pattern);
        let calico = |path: Path| Matcher::Calico(path, PathMatching::Normalised);
        let rows = [
            (plain(Pattern::Exact("/a".into())), calico(Path::Exact("/a".into()))),
            (plain(Pattern::Prefix("/a/".into())), calico(Path::Prefix("/a/".into()))),
            (plain(Pattern::Present), calico(Path::Prefix("/".into()))),
            (plain(Pattern::Suffix("a".into())), plain(Pattern::Suffix("a".into()))),
        ];
        for (before, after) in rows {
            let field = |formula, place: &str| Formula::field(format!("spec.rules[{place}]"), None, formula);
            let before = path(&mut tests, before);
            let after = path(&mut tests, after);
            let rule = Formula::All(vec![
                field(Formula::Any(vec![before.clone()]).not(), "0"),
                field(before.clone(), "1"),
            ]);
            let expected =
                Formula::All(vec![field(Formula::Any(vec![after]).not(), "0"), field(before, "1")]);
            assert_eq!(normalised(&rule, "spec.rules[0]", &mut tests), expected);
        }
    }
}
