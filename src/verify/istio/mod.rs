//! The source interpreter: what the workload's proxy decides, by the typed Istio resources.

use super::program::{By, Decision, Engine, Part, What};
use super::subject::{Chain, Subject, SubjectPort};
use super::test::Tests;
use crate::config::Settings;
use crate::finding::{Direction, ObjectRef};
use crate::istio::Resources;

/// All policies of the mesh, compiled.
#[derive(Clone, Debug)]
pub struct Mesh {}

/// What a finding says that the translation makes of a policy: the announced meaning.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The policy.
    pub object: ObjectRef,
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
    /// It selects every pod of its namespace (all pods for the root namespace), and an ALLOW lets
    /// nobody in.
    Everywhere,
    /// It acts on pods without a sidecar and on ports outside capture too.
    Uncaptured,
    /// Its external authorizer refuses whatever it is asked.
    AlwaysRefuses,
}

impl Mesh {
    /// Compiles the resources.
    #[must_use]
    pub fn new(_resources: &Resources, _settings: &Settings, _tests: &mut Tests) -> Self {
        Self {}
    }

    /// The same mesh as findings announce it.
    #[must_use]
    pub fn announced(&self, _losses: &[Loss], _tests: &mut Tests) -> Self {
        self.clone()
    }

    /// What decides about connections to one port by one chain.
    #[must_use]
    pub fn part(&self, _subject: &Subject, _port: &SubjectPort, _chain: Chain) -> Part<'_> {
        Part {
            engine: Engine::Mesh,
            tiers: Vec::new(),
            otherwise: Decision { allowed: true, by: By::nobody(What::NoPolicy) },
        }
    }
}
