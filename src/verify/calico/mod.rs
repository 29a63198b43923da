//! The target interpreter: what Felix and Dikastes decide, by policy objects as they stand in text.
//!
//! `order` says which policies are asked and in which order, `endpoint` which of them select a pod,
//! `compile` what each engine reads of their rules, `condition` and `selector` what those ask of a
//! connection. It must not know who wrote the objects, nor why.
//!
//! Beside what a request can show, this is taken for granted. Dikastes knows a peer by its
//! certificate as well as by its address; the two are taken to agree, so that it selects peers as
//! Felix does. It refuses whatever has a path that does not begin with `/`. Host endpoints are no peers
//! here: a node is an address.

mod compile;
mod condition;
mod endpoint;
mod order;
mod selector;

use super::answer::Reading;
use super::formula::Formula;
use super::peer::{Endpoint, Side};
use super::program::{Action, By, Decision, Engine, Part, Step, Tier, What};
use super::request::Protocol;
use super::subject::{Chain, Enforcer, Subject};
use super::test::{Test, Tests};
use crate::config::Version;
use crate::finding::ObjectRef;
use crate::object::calico::v3::{self, Set};
use crate::object::calico::versions::{Capabilities, nearest};
use compile::Policy;
use endpoint::Selects;
use order::TierOf;
use std::collections::BTreeSet;

/// A policy set on one side, compiled.
#[derive(Clone, Debug)]
pub struct Cluster {
    side: Side,
    can: Capabilities,
    tiers: Vec<CompiledTier>,
    node_local: Formula,
    no_tcp: Formula,
}

/// A tier with its policies, in the order in which they are asked.
#[derive(Clone, Debug)]
struct CompiledTier {
    name: String,
    /// What the end of the tier does; `None` where nobody can tell.
    passes: Option<bool>,
    policies: Vec<Policy>,
}

/// Who reads a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reader {
    Felix,
    Dikastes(Chain),
}

impl Cluster {
    /// Compiles a policy set.
    #[must_use]
    pub fn new(set: &Set, side: Side, version: Version, tests: &mut Tests) -> Self {
        Self::compiled(set, side, &BTreeSet::new(), version, nearest(version), tests)
    }

    /// Compiles a policy set as a part of a version reads it that can do something else than its
    /// release: Dikastes' evaluator in a release whose Dikastes does not ask it.
    #[must_use]
    pub fn read_by(set: &Set, side: Side, version: Version, can: Capabilities, tests: &mut Tests) -> Self {
        Self::compiled(set, side, &BTreeSet::new(), version, can, tests)
    }

    /// Compiles what stands after the mesh. Policies that were in force before know whatever takes a
    /// gateway's place as they knew the gateway: what becomes of them is no matter of the mesh.
    #[must_use]
    pub fn afterwards(set: &Set, in_force: &Set, version: Version, tests: &mut Tests) -> Self {
        let kept = in_force.policies.iter().map(|policy| policy.reference.clone()).collect();
        Self::compiled(set, Side::After, &kept, version, nearest(version), tests)
    }

    fn compiled(
        set: &Set,
        side: Side,
        kept: &BTreeSet<ObjectRef>,
        version: Version,
        can: Capabilities,
        tests: &mut Tests,
    ) -> Self {
        let tiers = order::tiers(set, can, version);
        let mut compiler = compile::Compiler { set, peers: side, can, tests };
        let mut compile = |placed: &order::Placed<'_>| {
            compiler.peers = if kept.contains(&placed.policy.reference) { Side::Before } else { side };
            compiler.policy(placed)
        };
        let tiers = tiers
            .into_iter()
            .map(|TierOf { name, passes, policies }| CompiledTier {
                name,
                passes,
                policies: policies.iter().map(&mut compile).collect(),
            })
            .collect();
        let node_local = Formula::Test(tests.id(Test::NodeLocal));
        let no_tcp = Formula::Test(tests.id(Test::Protocol(Protocol::Tcp))).not();
        Self { side, can, tiers, node_local, no_tcp }
    }

    /// Who decides about connections to a subject: Felix, and in the reading with Dikastes, on pods
    /// with a sidecar, Dikastes too. `chain` says whether Dikastes sees a request or a connection.
    ///
    /// Where it runs, it reads the policies that are in force before as well. Whoever asks about a port
    /// that never reaches the sidecar leaves its part out.
    #[must_use]
    pub fn parts(&self, subject: &Subject, chain: Chain, reading: Reading) -> Vec<Part<'_>> {
        let pod = Pod { endpoint: self.endpoint(subject), label: self.l7_label(subject, reading) };
        let mut parts = vec![self.felix(pod)];
        if reading == Reading::Dikastes && has_sidecar(subject) {
            parts.push(self.dikastes(pod, chain));
        }
        parts
    }

    fn endpoint<'s>(&self, subject: &'s Subject) -> &'s Endpoint {
        match self.side {
            Side::Before => &subject.before,
            Side::After => &subject.after,
        }
    }

    /// What a reading says of the label by which L7 rules find the pods that run Dikastes. While the mesh
    /// stands, a pod has the labels that it has.
    fn l7_label(&self, subject: &Subject, reading: Reading) -> L7Label {
        match (self.side, reading) {
            (Side::Before, Reading::Dataplane | Reading::Dikastes) => L7Label::AsShown,
            (Side::After, Reading::Dikastes) if has_sidecar(subject) => L7Label::Present,
            (Side::After, Reading::Dataplane | Reading::Dikastes) => L7Label::Absent,
        }
    }

    /// The dataplane: the pod's own node, then tier after tier, then the profile of the namespace, which
    /// allows (`felix/rules/static.go`, `felix/rules/endpoints.go`).
    fn felix(&self, pod: Pod<'_>) -> Part<'_> {
        let mut tiers = vec![allowed_first("node", &self.node_local, What::NodeLocal)];
        tiers.extend(self.tiers.iter().filter_map(|tier| tier.of(pod, Reader::Felix, true)));
        Part { engine: Engine::Felix, tiers, otherwise: decision(true, What::NoPolicy) }
    }

    /// Dikastes, which sees TCP alone (`app-policy/checker/check.go`). To 3.28 it reads the first tier,
    /// which is the only one, and refuses what no policy of it allows, though all of them may be on
    /// egress.
    fn dikastes(&self, pod: Pod<'_>, chain: Chain) -> Part<'_> {
        let mut tiers = vec![allowed_first("proxy", &self.no_tcp, What::NotCaptured)];
        if !self.can.dikastes_works {
            return Part { engine: Engine::Dikastes, tiers, otherwise: decision(false, What::Broken) };
        }
        let reader = Reader::Dikastes(chain);
        let by_ingress = !self.can.dikastes_ends_tiers_on_egress;
        tiers.extend(self.tiers.iter().filter_map(|tier| tier.of(pod, reader, by_ingress)));
        Part { engine: Engine::Dikastes, tiers, otherwise: decision(true, What::NoPolicy) }
    }
}

/// A pod, as a reading has it.
#[derive(Clone, Copy)]
struct Pod<'s> {
    endpoint: &'s Endpoint,
    label: L7Label,
}

/// What a reading says of the label of pods that run Dikastes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum L7Label {
    AsShown,
    Present,
    Absent,
}

impl CompiledTier {
    /// The tier as a pod meets it; `None` where no policy of it is on the pod. `ends_by_ingress` is
    /// whether policies on egress alone leave the tier without an end on ingress.
    fn of(&self, pod: Pod<'_>, reader: Reader, ends_by_ingress: bool) -> Option<Tier<'_>> {
        let mut steps = Vec::new();
        let mut certain = Vec::new();
        let mut doubtful = Vec::new();
        for policy in &self.policies {
            let selects = policy.selects(pod);
            if selects == Selects::No {
                continue;
            }
            if policy.on_ingress {
                steps.extend(policy.steps(reader).rules.iter().map(|step| step.when(selects)));
            }
            if policy.on_ingress || !ends_by_ingress {
                let list = if selects == Selects::Yes { &mut certain } else { &mut doubtful };
                list.push(policy);
            }
        }
        if certain.is_empty() && doubtful.is_empty() {
            return None;
        }
        let by = |policies: &[&Policy]| By {
            what: What::EndOfTier,
            objects: policies.iter().map(|policy| policy.reference.clone()).collect(),
            field: None,
            span: policies.first().map(|policy| policy.span),
        };
        let mut end = None;
        if self.passes == Some(false) && !certain.is_empty() {
            end = Some(Decision { allowed: false, by: by(&certain) });
        } else if self.passes != Some(true) {
            // The end of the tier is there if one of these is on the pod.
            let ends = doubtful.iter().map(|policy| (&policy.steps(reader).unsure_end, by(&[policy])));
            steps.extend(ends.map(|(when, by)| Step { when, action: Action::Deny, by }));
        }
        Some(Tier { name: self.name.clone(), steps, end })
    }
}

/// Whether a policy is on a pod; `None` where labels decide that the input does not show.
pub(super) fn selects(policy: &v3::Policy, pod: &Endpoint) -> Option<bool> {
    selector::subject(policy).evaluate(&|key| pod.label(key))
}

/// Dikastes is asked by sidecars alone.
fn has_sidecar(subject: &Subject) -> bool {
    match subject.enforcer {
        Enforcer::Sidecar => true,
        Enforcer::Ztunnel | Enforcer::Nobody => false,
    }
}

/// A tier of one step, which lets through.
fn allowed_first<'a>(name: &str, when: &'a Formula, what: What) -> Tier<'a> {
    let step = Step { when, action: Action::Allow, by: By::nobody(what) };
    Tier { name: name.to_string(), steps: vec![step], end: None }
}

fn decision(allowed: bool, what: What) -> Decision {
    Decision { allowed, by: By::nobody(what) }
}
