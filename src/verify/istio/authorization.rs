//! An AuthorizationPolicy, compiled: its rules as conditions for each chain.
//!
//! AUDIT and dry runs decide nothing and are left out here: a dry run writes shadow rules alone, so an
//! ALLOW on trial does not count as one (`pilot/pkg/security/authz/builder/builder.go`, `build`).

use super::announced::{Absence, Becomes, Beyond, Loss, Meets, covers, normalised};
use super::claim::SplitClaims;
use super::rule::{Compiler, Identities};
use super::scope::{Scope, Selected};
use crate::config::Settings;
use crate::finding::{Direction, ObjectRef};
use crate::istio::AuthorizationPolicy;
use crate::istio::authorization_policy::{Action, Rule};
use crate::verify::formula::{Bound, Formula};
use crate::verify::program::{self, By, Step, What};
use crate::verify::request::Answer;
use crate::verify::subject::{Chain, Subject};
use crate::verify::test::{Test, Tests};
use std::collections::BTreeMap;

/// What an enforced policy does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Does {
    Allow,
    Deny,
    /// Refuses where its external authorizer does. What kind of provider it is stands in the
    /// MeshConfig: one for HTTP is ignored on the TCP chain (`builder.go`, `buildTCP`), and here it may
    /// refuse on both. Several providers on one workload are refusals whatever they say, unless istiod
    /// has a flag (`builder.go`, `buildHTTP`); here each is asked.
    Custom,
}

/// For which proxy a condition is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Case {
    pub(super) chain: Chain,
    pub(super) identities: Seen,
}

/// As [`Identities`], without the reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Seen {
    Proven,
    Nobody,
    Perhaps,
}

/// A condition where the policy surely selects a workload, and where it may.
#[derive(Clone, Debug)]
struct Guarded {
    sure: Formula,
    /// Only for policies with a selector.
    perhaps: Option<Formula>,
}

#[derive(Clone, Debug)]
struct Compiled {
    by: By,
    /// Whether the identities of a case matter: else only those of the first kind are there.
    by_identity: bool,
    /// A chain on which Istio leaves the rule out has none.
    cases: BTreeMap<Case, Guarded>,
}

/// An enforced policy.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) reference: ObjectRef,
    pub(super) does: Does,
    scope: Scope,
    bare_selector: bool,
    rules: Vec<Compiled>,
    /// Of an ALLOW that may select a workload: it does, and none of its rules matches.
    unmatched: BTreeMap<Case, Formula>,
    /// Where the provider is named.
    provider: Option<String>,
    absence: Absence,
    everywhere: bool,
    beyond: Beyond,
}

/// What all policies of a mesh are compiled with.
pub(super) struct Context<'a> {
    pub(super) settings: &'a Settings,
    /// Whether any PeerAuthentication turns mutual TLS off.
    pub(super) disables: bool,
    /// Why nobody can tell whether it does for a workload.
    pub(super) unsure: &'a str,
    /// Claims that are split at spaces.
    pub(super) split: SplitClaims,
}

impl Context<'_> {
    fn cases(&self) -> Vec<(Case, Identities)> {
        let mut identities = vec![(Seen::Proven, Identities::Proven)];
        if self.disables {
            identities.push((Seen::Nobody, Identities::Nobody));
            identities.push((Seen::Perhaps, Identities::Perhaps(self.unsure.to_string())));
        }
        let of_chain = |chain| identities.iter().map(move |(seen, kind)| (chain, *seen, kind.clone()));
        // ztunnel proves identities in every mode.
        let ztunnel = (Chain::Ztunnel, Seen::Proven, Identities::Proven);
        [Chain::Http, Chain::Tcp]
            .into_iter()
            .flat_map(of_chain)
            .chain([ztunnel])
            .map(|(chain, identities, kind)| (Case { chain, identities }, kind))
            .collect()
    }
}

impl Policy {
    /// Compiles a policy; `None` where it decides nothing.
    pub(super) fn new(
        policy: &AuthorizationPolicy,
        context: &Context<'_>,
        tests: &mut Tests,
    ) -> Option<Self> {
        let AuthorizationPolicy {
            meta,
            attachment,
            bare_selector,
            action,
            provider,
            rules,
            dry_run,
            empty: _,
        } = policy;
        let does = match action.value {
            Action::Allow => Does::Allow,
            Action::Deny => Does::Deny,
            Action::Custom => Does::Custom,
            Action::Audit => return None,
        };
        if dry_run.as_ref().is_some_and(|on| on.value) {
            return None;
        }
        let mut compiled = Self {
            reference: meta.reference.clone(),
            does,
            scope: Scope::new(meta, attachment, context.settings),
            bare_selector: bare_selector.is_some(),
            rules: Vec::new(),
            unmatched: BTreeMap::new(),
            provider: provider.as_ref().map(|name| name.field.clone()),
            absence: Absence::default(),
            everywhere: false,
            beyond: Beyond::default(),
        };
        let asked = provider.as_ref().map(|name| {
            let refuses = Test::Authorizer(name.value.clone(), Answer::Refuses);
            Formula::field(name.field.clone(), Some(name.span), Formula::Test(tests.id(refuses)))
        });
        let rules = rules.iter().flatten();
        compiled.rules = rules.map(|rule| compiled.rule(rule, asked.as_ref(), context, tests)).collect();
        if does == Does::Allow && compiled.scope.has_selector() {
            compiled.unmatched =
                context.cases().into_iter().map(|(case, _)| (case, compiled.unmatched(case))).collect();
        }
        Some(compiled)
    }

    /// Compiles a rule for each proxy that it may run in.
    fn rule(
        &self,
        rule: &Rule,
        asked: Option<&Formula>,
        context: &Context<'_>,
        tests: &mut Tests,
    ) -> Compiled {
        let by = By {
            what: if self.does == Does::Custom { What::Authorizer } else { What::Rule },
            objects: vec![self.reference.clone()],
            field: Some(rule.at.field.clone()),
            span: Some(rule.at.span),
        };
        let mut compiled = Compiled { by, by_identity: false, cases: BTreeMap::new() };
        for (case, identities) in context.cases() {
            if case.identities != Seen::Proven && !compiled.by_identity {
                continue;
            }
            let mut compiler = Compiler {
                tests,
                settings: context.settings,
                namespace: self.reference.namespace.as_deref().unwrap_or_default(),
                allows: self.does == Does::Allow,
                chain: case.chain,
                identities,
                split: &context.split,
                by_identity: false,
            };
            let condition = compiler.rule(rule);
            compiled.by_identity |= compiler.by_identity;
            if let Some(condition) = condition {
                compiled.cases.insert(case, self.guarded(condition, asked.cloned()));
            }
        }
        compiled
    }

    fn unsure(&self) -> Formula {
        Formula::Unknown(format!(
            "whether `{}` selects these pods: the input does not show all their labels",
            self.reference
        ))
    }

    fn guarded(&self, condition: Formula, asked: Option<Formula>) -> Guarded {
        let sure = match asked {
            Some(asked) => Formula::All(vec![condition, asked]),
            None => condition,
        };
        let perhaps = self.scope.has_selector().then(|| Formula::All(vec![self.unsure(), sure.clone()]));
        Guarded { sure, perhaps }
    }

    fn unmatched(&self, case: Case) -> Formula {
        let rules = self.rules.iter().filter_map(|rule| rule.of(case)).map(|guarded| guarded.sure.clone());
        Formula::All(vec![self.unsure(), Formula::Any(rules.collect()).not()])
    }

    /// Whether istiod lists it for any workload in ambient mode: not where its selector has no labels
    /// (`pilot/pkg/serviceregistry/ambient/workloads.go`, `buildWorkloadPolicies`).
    pub(super) fn is_for_ztunnel(&self) -> bool {
        !self.bare_selector
    }

    /// Whether the policy decides about a workload, by how connections meet the proxy. For one in ambient mode
    /// that has no label at all, istiod lists it whatever its selector asks for (`FilterSelects`).
    pub(super) fn selects(&self, subject: &Subject, meets: Meets) -> Selected {
        let workload = &subject.before;
        if self.absence.is_from(workload) || !self.beyond.acts(meets, workload) {
            Selected::No
        } else if self.everywhere && self.scope.reaches(workload) {
            Selected::Yes
        } else if subject.has_no_labels_in_ambient() {
            self.scope.selects_without_labels(workload)
        } else {
            self.scope.selects(workload)
        }
    }

    /// Its rules, on one chain; an ALLOW written for pods that it is not known to select lets nobody in.
    pub(super) fn steps(&self, case: Case, selected: Selected, meets: Meets) -> Vec<Step<'_>> {
        if self.does == Does::Allow && (self.everywhere || !self.beyond.lets_in(meets)) {
            return Vec::new();
        }
        let action = match self.does {
            Does::Allow => program::Action::Allow,
            Does::Deny | Does::Custom => program::Action::Deny,
        };
        let steps = self.rules.iter().filter_map(|rule| {
            let guarded = rule.of(case)?;
            let when = match selected {
                Selected::Yes => &guarded.sure,
                Selected::Perhaps => guarded.perhaps.as_ref()?,
                Selected::No => return None,
            };
            Some(Step { when, action, by: rule.by.clone() })
        });
        steps.collect()
    }

    /// Where the policy may select a workload: it does, and refuses what none of its rules lets in.
    pub(super) fn default_deny(&self, case: Case) -> Option<Step<'_>> {
        let by =
            By { what: What::NoAllowMatched, objects: vec![self.reference.clone()], field: None, span: None };
        let when = self.unmatched.get(&case)?;
        Some(Step { when, action: program::Action::Deny, by })
    }

    /// What a finding says that becomes of it.
    pub(super) fn lose(&mut self, loss: &Loss, tests: &mut Tests) {
        match &loss.becomes {
            Becomes::Without(path) => {
                let Some(bound) = self.bound(loss.direction) else { return };
                self.bounded(bound, &|field| covers(path, field));
            }
            Becomes::Normalised(path) => {
                let mut change = |formula: &Formula| normalised(formula, path, tests);
                self.rules.iter_mut().flat_map(Compiled::formulas).for_each(|one| *one = change(one));
                self.unmatched.values_mut().for_each(|one| *one = change(one));
            }
            Becomes::Gone => self.absence = Absence::Everywhere,
            Becomes::GoneBut(names) => self.absence.add_outside(names),
            Becomes::Everywhere => self.everywhere = true,
            Becomes::UncapturedPorts | Becomes::BarePods(_) | Becomes::OutsideMesh => {
                self.beyond.add(&loss.becomes);
            }
            Becomes::Tied(_) | Becomes::OtherProtocols => {}
            Becomes::OtherInAmbient => self.other_in_ambient(loss.direction),
            Becomes::AlwaysRefuses => {
                if let Some(provider) = self.provider.clone() {
                    self.bounded(Bound::Over, &|field| field == provider);
                }
            }
        }
    }

    /// An ALLOW that narrows matches less, a refusal that narrows matches more.
    fn bound(&self, direction: Direction) -> Option<Bound> {
        match (self.does, direction) {
            (Does::Allow, Direction::Narrows) | (Does::Deny | Does::Custom, Direction::Widens) => {
                Some(Bound::Under)
            }
            (Does::Allow, Direction::Widens) | (Does::Deny | Does::Custom, Direction::Narrows) => {
                Some(Bound::Over)
            }
            (_, Direction::Drops | Direction::None) => None,
        }
    }

    /// To ztunnel each rule, one that it leaves out too, matches nothing or everything.
    fn other_in_ambient(&mut self, direction: Direction) {
        let case = Case { chain: Chain::Ztunnel, identities: Seen::Proven };
        let (matches, refuses) = match self.bound(direction) {
            Some(Bound::Under) => (Formula::Never, Formula::Always),
            Some(Bound::Over) => (Formula::Always, Formula::Never),
            None => return,
        };
        let guarded = self.guarded(matches, None);
        let unmatched = Formula::All(vec![self.unsure(), refuses]);
        if self.does == Does::Custom {
            // ztunnel asks no authorizer; a refusal it is to every proxy.
            self.does = Does::Deny;
        }
        for rule in &mut self.rules {
            rule.cases.insert(case, guarded.clone());
        }
        if let Some(formula) = self.unmatched.get_mut(&case) {
            *formula = unmatched;
        }
    }

    fn bounded(&mut self, bound: Bound, lost: &impl Fn(&str) -> bool) {
        let opposite = match bound {
            Bound::Under => Bound::Over,
            Bound::Over => Bound::Under,
        };
        for formula in self.rules.iter_mut().flat_map(Compiled::formulas) {
            *formula = formula.bounded(bound, lost);
        }
        // Here the rules stand below a negation.
        for formula in self.unmatched.values_mut() {
            *formula = formula.bounded(opposite, lost);
        }
    }
}

impl Compiled {
    fn of(&self, case: Case) -> Option<&Guarded> {
        let identities = if self.by_identity { case.identities } else { Seen::Proven };
        self.cases.get(&Case { identities, ..case })
    }

    fn formulas(&mut self) -> impl Iterator<Item = &mut Formula> {
        self.cases.values_mut().flat_map(|guarded| {
            let Guarded { sure, perhaps } = guarded;
            std::iter::once(sure).chain(perhaps)
        })
    }
}
