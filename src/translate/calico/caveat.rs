//! What the bound of an identity rests on, and which words of a policy it comes from.

use super::part::{Reading, may_be_foreign};
use crate::config::Identity;
use crate::ir::identity::project;
use crate::ir::{Bound, Test};

/// What a bound of an identity rests on: told to the user.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Caveat {
    /// It reaches namespaces that the input does not show; they are left out.
    UnknownNamespaces,
    /// This namespace counts as a member because it is named.
    Assumed(String),
    /// The input shows this namespace without the mesh.
    WithoutMesh(String),
    /// This pod's template asks for no proxy, and its Namespace is shown without a label.
    Unlabelled { account: Identity, pod: String },
    /// A gateway's identity without a successor.
    Gateway(Identity),
    /// All of a namespace was named in which only gateways have an identity, and none is known.
    GatewayNamespace(String),
    /// Only gateways have an identity in this namespace, none is known, and so all its pods count.
    AllOfGatewayNamespace(String),
    /// The account belongs to an un-injected pod that no label tells from injected ones.
    Inseparable { account: Identity, pod: String },
    /// Identities of other trust domains match.
    Foreign,
}

impl Caveat {
    /// Whether it comes from this test.
    pub(super) fn is_about(&self, test: &Test, reading: Reading<'_>) -> bool {
        let pairs = project(&test.pattern, reading.trust_domain, Bound::Over).unwrap_or_default();
        let names = |name: &String| pairs.iter().any(|pair| pair.namespace.as_exact() == Some(name));
        let matches = |identity: &Identity| {
            pairs.iter().any(|pair| {
                pair.namespace.matches(&identity.namespace) && pair.account.matches(&identity.account)
            })
        };
        match self {
            Self::UnknownNamespaces => pairs.iter().any(|pair| pair.namespace.as_exact().is_none()),
            Self::Assumed(name) | Self::WithoutMesh(name) | Self::GatewayNamespace(name) => names(name),
            Self::AllOfGatewayNamespace(name) => pairs.iter().any(|pair| pair.namespace.matches(name)),
            Self::Gateway(identity)
            | Self::Inseparable { account: identity, pod: _ }
            | Self::Unlabelled { account: identity, pod: _ } => matches(identity),
            Self::Foreign => may_be_foreign(&test.pattern, &pairs, reading),
        }
    }

    /// Whether each such test means something else in the output, so that each is told.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::UnknownNamespaces
            | Self::WithoutMesh(_)
            | Self::GatewayNamespace(_)
            | Self::AllOfGatewayNamespace(_)
            | Self::Gateway(_)
            | Self::Inseparable { .. }
            | Self::Unlabelled { .. }
            | Self::Foreign => true,
            Self::Assumed(_) => false,
        }
    }
}
