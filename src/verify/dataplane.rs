//! Who decides beside the mesh, and in its place: the target's own interpreter.

use super::answer::Reading;
use super::peer::Side;
use super::program::Part;
use super::subject::{Chain, Subject};
use super::test::Tests;
use super::{calico, kubernetes};
use crate::config::Target;
use crate::object::calico::v3::Set;

/// The policies of one side, as the target reads them.
#[derive(Clone, Debug)]
pub enum Dataplane {
    /// Calico, which reads Kubernetes' policies too.
    Calico(calico::Cluster),
    /// Whoever enforces Kubernetes' own policies, and nothing else.
    Kubernetes(kubernetes::Cluster),
}

impl Dataplane {
    /// Compiles a set as the target reads it, knowing peers as on one side.
    #[must_use]
    pub fn new(set: &Set, side: Side, target: Target, tests: &mut Tests) -> Self {
        match target {
            Target::Calico(calico) => Self::Calico(calico::Cluster::new(set, side, calico.version, tests)),
            Target::Kubernetes => Self::Kubernetes(kubernetes::Cluster::new(set, side, tests)),
        }
    }

    /// Compiles what stands after the mesh: `in_force` was there before.
    #[must_use]
    pub fn afterwards(set: &Set, in_force: &Set, target: Target, tests: &mut Tests) -> Self {
        match target {
            Target::Calico(calico) => {
                Self::Calico(calico::Cluster::afterwards(set, in_force, calico.version, tests))
            }
            Target::Kubernetes => Self::Kubernetes(kubernetes::Cluster::afterwards(set, in_force, tests)),
        }
    }

    /// Who decides about connections to a subject, all of whom have to allow.
    #[must_use]
    pub fn parts(&self, subject: &Subject, chain: Chain, reading: Reading) -> Vec<Part<'_>> {
        match self {
            Self::Calico(cluster) => cluster.parts(subject, chain, reading),
            Self::Kubernetes(cluster) => vec![cluster.part(subject)],
        }
    }
}
