//! The interpreter of Kubernetes' own NetworkPolicy, by the rules of its API alone: policies that select
//! a pod isolate it, and what any rule of theirs allows gets through.
//!
//! `read` says what a policy is, without what Calico adds when it converts one; `compile` what its rules
//! ask of a connection. It must not know who wrote the policies, nor who enforces them.
//!
//! The policies come from [`Set`], as all of the checker reads them: it is held against Calico's own
//! converter, and the universe takes its values there. What is Calico's alone in it (tier, order, stored
//! name) is not looked at. What the API leaves open is said in `verify::assume`: protocols beside TCP, UDP
//! and SCTP, pods' addresses in blocks.

mod compile;
mod read;

use super::formula::Formula;
use super::peer::{Endpoint, Side};
use super::program::{Action, By, Decision, Engine, Part, Step, Tier, What};
use super::subject::Subject;
use super::test::{Test, Tests};
use crate::finding::ObjectRef;
use crate::object::calico::matching::{Known, all};
use crate::object::calico::v3::Set;
use compile::{Compiler, Policy};
use read::NetworkPolicy;
use std::collections::BTreeSet;

/// The NetworkPolicies of one side, compiled. Policies of other kinds are not in it.
#[derive(Clone, Debug)]
pub struct Cluster {
    side: Side,
    policies: Vec<Policy>,
    node_local: Formula,
}

/// Whether a policy is on a pod.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Selects {
    Yes,
    No,
    /// Labels that the input does not show decide.
    Unknown,
}

impl Cluster {
    /// Compiles the policies of a set.
    #[must_use]
    pub fn new(set: &Set, side: Side, tests: &mut Tests) -> Self {
        Self::compiled(set, side, &BTreeSet::new(), tests)
    }

    /// Compiles what stands after the mesh. Policies that were in force before know whatever takes a
    /// gateway's place as they knew the gateway, as with Calico.
    #[must_use]
    pub fn afterwards(set: &Set, in_force: &Set, tests: &mut Tests) -> Self {
        let kept = in_force.policies.iter().map(|policy| policy.reference.clone()).collect();
        Self::compiled(set, Side::After, &kept, tests)
    }

    fn compiled(set: &Set, side: Side, kept: &BTreeSet<ObjectRef>, tests: &mut Tests) -> Self {
        let read = set.policies.iter().filter_map(NetworkPolicy::read);
        let mut policies: Vec<Policy> = read
            .map(|policy| {
                let peers = if kept.contains(policy.reference) { Side::Before } else { side };
                Compiler { peers, tests }.policy(&policy)
            })
            .collect();
        // The order says nothing: this one makes what is shown the same in every run.
        policies.sort_by(|one, other| one.reference.cmp(&other.reference));
        let node_local = Formula::Test(tests.id(Test::NodeLocal));
        Self { side, policies, node_local }
    }

    /// Who decides about connections to a subject: the pod's own node gets through, then the policies that
    /// select the pod have the word, if there are any.
    #[must_use]
    pub fn part(&self, subject: &Subject) -> Part<'_> {
        let pod = match self.side {
            Side::Before => &subject.before,
            Side::After => &subject.after,
        };
        let by = By::nobody(What::NodeLocal);
        let step = Step { when: &self.node_local, action: Action::Allow, by };
        let mut tiers = vec![Tier { name: "node".to_string(), steps: vec![step], end: None }];
        tiers.extend(self.policies_of(pod));
        let otherwise = Decision { allowed: true, by: By::nobody(What::NoPolicy) };
        Part { engine: Engine::Kubernetes, tiers, otherwise }
    }

    /// The policies on a pod; `None` where there is none.
    ///
    /// A policy that may be on it allows what it allows only if it is. It isolates only if it is, too:
    /// where no policy is on the pod for sure, what such a one does not allow is refused if it is there.
    fn policies_of(&self, pod: &Endpoint) -> Option<Tier<'_>> {
        let of = |wanted: Selects| self.policies.iter().filter(move |policy| policy.selects(pod) == wanted);
        let certain: Vec<&Policy> = of(Selects::Yes).collect();
        let doubtful: Vec<&Policy> = of(Selects::Unknown).collect();
        let first = certain.first().or(doubtful.first())?;
        let allow = |when, by: &By| Step { when, action: Action::Allow, by: by.clone() };
        let mut steps: Vec<Step<'_>> = Vec::new();
        for policy in &certain {
            steps.extend(policy.rules.iter().map(|rule| allow(&rule.sure, &rule.by)));
        }
        for policy in &doubtful {
            steps.extend(policy.rules.iter().map(|rule| allow(&rule.unsure, &rule.by)));
        }
        let isolated = |policies: &[&Policy], span| By {
            what: What::Isolated,
            objects: policies.iter().map(|policy| policy.reference.clone()).collect(),
            field: None,
            span: Some(span),
        };
        let mut end = None;
        if certain.is_empty() {
            steps.extend(doubtful.iter().map(|policy| Step {
                when: &policy.unsure_end,
                action: Action::Deny,
                by: isolated(&[policy], policy.span),
            }));
        } else {
            end = Some(Decision { allowed: false, by: isolated(&certain, first.span) });
        }
        Some(Tier { name: "network policies".to_string(), steps, end })
    }
}

impl Policy {
    /// Whether the policy is on a pod: one of its namespace, with the labels that it asks for.
    fn selects(&self, pod: &Endpoint) -> Selects {
        let label = |key: &str| if read::is_calicos(key) { Known::Unknown } else { pod.label(key) };
        let own = pod.namespace == self.reference.namespace;
        match all([Some(own), self.pods.evaluate(&label)]) {
            Some(false) => Selects::No,
            Some(true) => Selects::Yes,
            None => Selects::Unknown,
        }
    }
}
