//! The source interpreter: what the workload's proxy decides, by the typed Istio resources.
//!
//! It follows the configuration that istiod generates for Envoy, filter by filter, and for ztunnel, and names
//! the function of Istio at each rule. It knows nothing of targets, nor of how policies are lowered.

mod announced;
mod authorization;
mod claim;
mod escaping;
mod identity;
mod mutual_tls;
mod rule;
mod scope;
mod tokens;
mod value;
mod ztunnel;

pub(super) use identity::localised;

pub use announced::{Becomes, Loss};
pub use escaping::releases_differ;

use self::announced::Meets;
use self::authorization::{Case, Context, Does, Policy};
use self::claim::SplitClaims;
use self::mutual_tls::{PeerPolicies, Place};
use self::scope::Selected;
use self::tokens::TokenPolicy;
use super::program::{By, Decision, Engine, Part, Tier, What};
use super::request::Protocol;
use super::subject::{Chain, Enforcer, Subject, SubjectPort};
use super::test::Tests;
use crate::config::Settings;
use crate::istio::Resources;
use std::sync::Arc;

/// All policies of the mesh, compiled.
#[derive(Clone, Debug)]
pub struct Mesh {
    authorization: Vec<Arc<Policy>>,
    peers: PeerPolicies,
    tokens: Vec<Arc<TokenPolicy>>,
    /// Announced: pods that policies select get nothing of protocols beside TCP, UDP and SCTP.
    other_protocols: bool,
}

impl Mesh {
    /// Compiles the resources.
    #[must_use]
    pub fn new(resources: &Resources, settings: &Settings, tests: &mut Tests) -> Self {
        let peers = PeerPolicies::new(resources, settings, tests);
        let context = Context {
            settings,
            disables: peers.disables(),
            unsure: mutual_tls::UNSURE,
            split: SplitClaims::of(resources),
        };
        let policies = resources.authorization_policies.iter();
        let authorization =
            policies.filter_map(|policy| Policy::new(policy, &context, tests).map(Arc::new)).collect();
        let policies = resources.request_authentications.iter();
        let tokens =
            policies.filter_map(|policy| TokenPolicy::new(policy, settings, tests).map(Arc::new)).collect();
        Self { authorization, peers, tokens, other_protocols: false }
    }

    /// What decides about connections to one port by one chain.
    ///
    /// The order is that of the filters (`pilot/pkg/networking/core/listener_builder.go`): the handshake,
    /// CUSTOM, tokens, DENY, ALLOW. ztunnel knows DENY and ALLOW, and mutual TLS as a DENY (its
    /// `src/state.rs`, `assert_rbac`). What does not reach the proxy is decided by nobody.
    #[must_use]
    pub fn part(&self, subject: &Subject, port: &SubjectPort, chain: Chain) -> Part<'_> {
        let tcp = port.port.protocol == Protocol::Tcp;
        let meets = match (subject.enforcer.is_there(), port.captured) {
            (true, true) => Meets::Proxy,
            (true, false) => Meets::UncapturedPort,
            (false, _) => Meets::BarePod,
        };
        let by_ztunnel = subject.enforcer == Enforcer::Ztunnel;
        let chain = if by_ztunnel { Chain::Ztunnel } else { chain };
        let captured = tcp && meets == Meets::Proxy;
        let what = if captured { What::NoPolicy } else { What::NotCaptured };
        let otherwise = Decision { allowed: true, by: By::nobody(what) };
        let mut tiers = Vec::new();
        if tcp {
            // Also where only an announcement makes a policy act: as it would behind a proxy.
            let at = Place { workload: &subject.before, port: port.port.number, by_ztunnel };
            let case = Case { chain, identities: self.peers.identities(at) };
            tiers.push(tier("mutual TLS", self.peers.steps(at, meets)));
            if !by_ztunnel {
                tiers.push(self.refusals("CUSTOM", Does::Custom, subject, meets, case));
            }
            if captured && chain == Chain::Http {
                let steps = self.tokens.iter().filter_map(|policy| policy.step(&subject.before));
                tiers.push(tier("tokens", steps.collect()));
            }
            tiers.push(self.refusals("DENY", Does::Deny, subject, meets, case));
            tiers.push(self.allowed(subject, meets, case));
        }
        let nameless = !matches!(port.port.protocol, Protocol::Tcp | Protocol::Udp | Protocol::Sctp);
        if self.other_protocols && nameless && self.select(subject) {
            let refused = Decision { allowed: false, by: By::nobody(What::Isolated) };
            tiers.push(Tier { end: Some(refused), ..tier("other protocols", Vec::new()) });
        }
        tiers.retain(|tier| !tier.steps.is_empty() || tier.end.is_some());
        Part { engine: Engine::Mesh, tiers, otherwise }
    }

    /// Whether any policy may select a workload, with a proxy or without.
    fn select(&self, subject: &Subject) -> bool {
        let workload = &subject.before;
        let mut policies = self.authorization.iter();
        policies.any(|policy| policy.selects(subject, Meets::Proxy) != Selected::No)
            || self.peers.select(workload)
    }

    /// The policies of one action that select a workload, or may.
    fn selecting<'m, 's>(
        &'m self,
        does: Does,
        subject: &'s Subject,
        meets: Meets,
    ) -> impl Iterator<Item = (&'m Policy, Selected)> + use<'m, 's> {
        let of_action = self.authorization.iter().filter(move |policy| policy.does == does);
        of_action
            .filter(|policy| subject.enforcer != Enforcer::Ztunnel || policy.is_for_ztunnel())
            .map(move |policy| (policy.as_ref(), policy.selects(subject, meets)))
            .filter(|(_, selected)| *selected != Selected::No)
    }

    fn refusals(&self, name: &str, does: Does, subject: &Subject, meets: Meets, case: Case) -> Tier<'_> {
        let mut steps = Vec::new();
        for (policy, selected) in self.selecting(does, subject, meets) {
            steps.extend(policy.steps(case, selected, meets));
        }
        tier(name, steps)
    }

    /// ALLOW policies, and the refusal of what none of them lets in (`pilot/pkg/security/authz/builder/builder.go`,
    /// `build`: a policy whose rules are all left out still counts).
    fn allowed(&self, subject: &Subject, meets: Meets, case: Case) -> Tier<'_> {
        let (mut steps, mut unsure, mut objects) = (Vec::new(), Vec::new(), Vec::new());
        for (policy, selected) in self.selecting(Does::Allow, subject, meets) {
            steps.extend(policy.steps(case, selected, meets));
            match selected {
                Selected::Yes => objects.push(policy.reference.clone()),
                Selected::Perhaps => unsure.extend(policy.default_deny(case)),
                Selected::No => {}
            }
        }
        let by = By { what: What::NoAllowMatched, objects, field: None, span: None };
        let mut tier = tier("ALLOW", steps);
        if by.objects.is_empty() {
            tier.steps.extend(unsure);
        } else {
            tier.end = Some(Decision { allowed: false, by });
        }
        tier
    }
}

fn tier<'m>(name: &str, steps: Vec<super::program::Step<'m>>) -> Tier<'m> {
    Tier { name: name.to_string(), steps, end: None }
}
