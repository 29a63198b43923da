//! Policies to steps: what each rule asks of a request, as Felix reads it and as Dikastes does.

use super::condition::{Context, Reads};
use super::order::Placed;
use super::selector;
use crate::finding::ObjectRef;
use crate::ir::Pattern;
use crate::object::calico::Http;
use crate::object::calico::matching::Selector;
use crate::object::calico::v3::{self, Rule, Set};
use crate::object::calico::versions::Capabilities;
use crate::source::Span;
use crate::verify::formula::{Formula, any, every};
use crate::verify::peer::Side;
use crate::verify::program::{Action, By, What};
use crate::verify::request::Dimension;
use crate::verify::test::{Matcher, Test, Tests};

/// Before how many rules of a doubtful policy each is told apart from those before it: each condition
/// holds all of theirs. Behind that more stays open than has to.
const TOLD_APART: usize = 16;

/// A policy, ready to be asked about pods.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) reference: ObjectRef,
    pub(super) span: Span,
    /// Which pods it is on.
    pub(super) subject: Selector,
    /// Whether it is in force for sure.
    pub(super) is_certain: bool,
    pub(super) on_ingress: bool,
    pub(super) felix: Steps,
    pub(super) dikastes_http: Steps,
    pub(super) dikastes_tcp: Steps,
}

/// The rules of a policy as somebody reads them.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    pub(super) rules: Vec<RuleStep>,
    /// On pods that the policy may be on: when it is, and no rule of it matches. The doubt is one and the
    /// same in all of this, so that a rule that matches keeps the end of the tier away.
    pub(super) unsure_end: Formula,
}

/// A rule as one engine reads it.
#[derive(Clone, Debug)]
pub(super) struct RuleStep {
    /// When it matches, on pods that the policy is on.
    pub(super) sure: Formula,
    /// When it matches, on pods that the policy may be on.
    pub(super) unsure: Formula,
    pub(super) action: Action,
    pub(super) by: By,
}

/// Compiles policies of a set.
pub(super) struct Compiler<'c> {
    pub(super) set: &'c Set,
    /// As what the policy at hand knows peers.
    pub(super) peers: Side,
    pub(super) can: Capabilities,
    pub(super) tests: &'c mut Tests,
}

impl Compiler<'_> {
    /// Compiles a policy.
    pub(super) fn policy(&mut self, placed: &Placed<'_>) -> Policy {
        let Placed { policy, doubt } = placed;
        let why = doubt.clone().unwrap_or_else(|| {
            format!(
                "whether `{}` is on these pods depends on labels that the input does not show",
                policy.reference
            )
        });
        // The condition that nobody can tell, for pods that it may be on.
        let unknown = Formula::Unknown(why);
        let mut compiled = Policy {
            reference: policy.reference.clone(),
            span: policy.span,
            subject: selector::subject(policy),
            is_certain: doubt.is_none(),
            on_ingress: policy.on_ingress,
            felix: Steps::none(&unknown),
            dikastes_http: Steps::none(&unknown),
            dikastes_tcp: Steps::none(&unknown),
        };
        let rules = if policy.on_ingress { policy.ingress.as_slice() } else { &[] };
        for rule in rules {
            let Some(action) = action(rule.action) else { continue };
            let step = |when, action| step(policy, rule, &unknown, when, action);
            compiled.felix.rules.push(step(self.felix(policy, rule), action));
            compiled.dikastes_http.rules.push(step(self.dikastes_http(policy, rule), action));
            let read = self.dikastes_tcp(policy, rule, action);
            compiled.dikastes_tcp.rules.extend(read.map(|(when, action)| step(when, action)));
        }
        for steps in [&mut compiled.felix, &mut compiled.dikastes_http, &mut compiled.dikastes_tcp] {
            steps.keep_the_rest_away();
        }
        compiled
    }

    /// The dataplane, which does not read `http`.
    fn felix(&mut self, policy: &v3::Policy, rule: &Rule) -> Formula {
        let reads = Reads { negations: true, families: true, named_ports: true, icmp: true };
        self.layer4(Context { policy, rule, reads })
    }

    /// What Dikastes reads of a rule beside `http`.
    fn dikastes(&mut self, policy: &v3::Policy, rule: &Rule) -> Formula {
        let reads = Reads {
            negations: self.can.dikastes_reads_negations,
            families: self.can.dikastes_reads_ip_version,
            named_ports: self.can.dikastes_reads_named_ports,
            icmp: false,
        };
        self.layer4(Context { policy, rule, reads })
    }

    /// Dikastes on a request.
    fn dikastes_http(&mut self, policy: &v3::Policy, rule: &Rule) -> Formula {
        let mut all = vec![self.dikastes(policy, rule)];
        if let Some(http) = &rule.http {
            all.extend(self.methods(rule, http));
            all.extend(self.paths(rule, http));
        }
        every(all)
    }

    /// Dikastes on a connection that is not HTTP. From 3.30 what is not there matches. To 3.29 no method
    /// is a method of no name, which only `*` matches; and a missing path is invalid data, for which
    /// the connection is refused by the first rule that gets so far.
    fn dikastes_tcp(
        &mut self,
        policy: &v3::Policy,
        rule: &Rule,
        action: Action,
    ) -> Option<(Formula, Action)> {
        let layer4 = self.dikastes(policy, rule);
        let Some(Http { methods, paths }) = rule.http.as_ref().filter(|_| !self.can.http_matches_raw_tcp)
        else {
            return Some((layer4, action));
        };
        let any_method = methods.is_empty() || methods.iter().any(|method| method == "*");
        match (any_method, paths.is_empty()) {
            (false, _) => None,
            (true, true) => Some((layer4, action)),
            (true, false) => Some((layer4, Action::Deny)),
        }
    }

    /// `http.methods`: as written, `*` is any.
    fn methods(&mut self, rule: &Rule, http: &Http) -> Option<Formula> {
        if http.methods.is_empty() || http.methods.iter().any(|method| method == "*") {
            return None;
        }
        let methods = http.methods.iter().map(|method| {
            let matcher = Matcher::Pattern(Pattern::Exact(method.clone()));
            self.test(Test::Text { of: Dimension::Method, matcher })
        });
        let methods = any(methods.collect());
        Some(Formula::field(format!("{}.http.methods", rule.field), Some(rule.span), methods))
    }

    /// `http.paths`.
    fn paths(&mut self, rule: &Rule, http: &Http) -> Option<Formula> {
        if http.paths.is_empty() {
            return None;
        }
        let matching = self.can.path_matching;
        let paths = http.paths.iter().map(|path| {
            let matcher = Matcher::Calico(path.clone(), matching);
            self.test(Test::Text { of: Dimension::Path, matcher })
        });
        let paths = any(paths.collect());
        Some(Formula::field(format!("{}.http.paths", rule.field), Some(rule.span), paths))
    }
}

impl Steps {
    fn none(doubt: &Formula) -> Self {
        Self { rules: Vec::new(), unsure_end: doubt.clone() }
    }

    /// Where it is not known whether the policy is there, its first rule that matches still keeps the
    /// later ones and the end of the tier away.
    fn keep_the_rest_away(&mut self) {
        let mut before: Vec<Formula> = Vec::new();
        for step in &mut self.rules {
            if before.len() < TOLD_APART {
                step.unsure = none_of(&before, std::mem::replace(&mut step.unsure, Formula::Never));
            }
            before.push(step.sure.clone());
        }
        self.unsure_end = none_of(&before, std::mem::replace(&mut self.unsure_end, Formula::Never));
    }
}

/// A condition, where none of others holds.
fn none_of(others: &[Formula], condition: Formula) -> Formula {
    match any(others.to_vec()) {
        Formula::Never => condition,
        found => every(vec![condition, found.not()]),
    }
}

/// What a rule does; `None` for one that only logs.
fn action(action: v3::Action) -> Option<Action> {
    match action {
        v3::Action::Allow => Some(Action::Allow),
        v3::Action::Deny => Some(Action::Deny),
        v3::Action::Pass => Some(Action::Pass),
        v3::Action::Log => None,
    }
}

fn step(policy: &v3::Policy, rule: &Rule, doubt: &Formula, when: Formula, action: Action) -> RuleStep {
    let by = By {
        what: What::Rule,
        objects: vec![policy.reference.clone()],
        field: Some(rule.field.clone()),
        span: Some(rule.span),
    };
    let unsure = Formula::All(vec![when.clone(), doubt.clone()]);
    RuleStep { sure: when, unsure, action, by }
}
