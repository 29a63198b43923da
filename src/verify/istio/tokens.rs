//! RequestAuthentication: a token that is there has to be valid.
//!
//! All rules of all policies that select a workload make one filter, which lets requests without a
//! token pass and refuses those whose token fits none of them (`pilot/pkg/security/authn/policy_applier.go`,
//! `convertToEnvoyJwtConfig`). A token of no listed issuer counts as invalid. It is a filter of the HTTP
//! chain. Preflight requests of browsers pass it with any token.

use super::announced::{Becomes, Loss, covers};
use super::claim::preflight;
use super::scope::{Scope, Selected};
use crate::config::Settings;
use crate::finding::{Direction, ObjectRef};
use crate::istio::RequestAuthentication;
use crate::verify::formula::{Bound, Formula};
use crate::verify::peer::Endpoint;
use crate::verify::program::{Action, By, Step, What};
use crate::verify::request::Token;
use crate::verify::test::{Test, Tests};

/// A RequestAuthentication with rules.
#[derive(Clone, Debug)]
pub(super) struct TokenPolicy {
    pub(super) reference: ObjectRef,
    scope: Scope,
    by: By,
    /// When it refuses, if it selects a workload.
    sure: Formula,
    /// The same where it may.
    perhaps: Formula,
    /// Whether it acts: not once it is gone.
    acts: bool,
}

impl TokenPolicy {
    /// Compiles a policy; `None` where it has no rules, and so no filter.
    pub(super) fn new(
        policy: &RequestAuthentication,
        settings: &Settings,
        tests: &mut Tests,
    ) -> Option<Self> {
        let RequestAuthentication { meta, attachment, jwt_rules } = policy;
        let first = jwt_rules.first()?;
        let invalid = tests.id(Test::Token(Token::Invalid));
        let refused = Formula::All(vec![Formula::Test(invalid), preflight(tests).not()]);
        let rules = jwt_rules
            .iter()
            .map(|rule| Formula::field(rule.at.field.clone(), Some(rule.at.span), refused.clone()));
        let sure = Formula::Any(rules.collect());
        let why = format!(
            "whether `{}` selects these pods: the input does not show all their labels",
            meta.reference
        );
        Some(Self {
            reference: meta.reference.clone(),
            scope: Scope::new(meta, attachment, settings),
            by: By {
                what: What::BadToken,
                objects: vec![meta.reference.clone()],
                field: Some(first.at.field.clone()),
                span: Some(first.at.span),
            },
            perhaps: Formula::All(vec![Formula::Unknown(why), sure.clone()]),
            sure,
            acts: true,
        })
    }

    /// The refusal, where the policy selects a workload.
    pub(super) fn step(&self, workload: &Endpoint) -> Option<Step<'_>> {
        let when = match self.scope.selects(workload) {
            Selected::Yes => &self.sure,
            Selected::Perhaps => &self.perhaps,
            Selected::No => return None,
        };
        self.acts.then(|| Step { when, action: Action::Deny, by: self.by.clone() })
    }

    /// What a finding says that becomes of it. Nothing is written for this kind, so it only goes.
    pub(super) fn lose(&mut self, loss: &Loss) {
        let bound = match loss.direction {
            Direction::Widens => Bound::Under,
            Direction::Narrows => Bound::Over,
            Direction::Drops | Direction::None => return,
        };
        match &loss.becomes {
            Becomes::Without(path) => {
                self.sure = self.sure.bounded(bound, &|field| covers(path, field));
                self.perhaps = self.perhaps.bounded(bound, &|field| covers(path, field));
            }
            Becomes::Gone => self.acts = false,
            Becomes::Normalised(_)
            | Becomes::GoneBut(_)
            | Becomes::OtherProtocols
            | Becomes::Everywhere
            | Becomes::UncapturedPorts
            | Becomes::BarePods(_)
            | Becomes::OutsideMesh
            | Becomes::Tied(_)
            | Becomes::AlwaysRefuses
            | Becomes::OtherInAmbient => {}
        }
    }
}
