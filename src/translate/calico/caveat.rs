//! What the bound of an identity rests on, which words of a policy it comes from, and what is told of it.

use super::losses::at;
use super::part::{Reading, may_be_foreign};
use crate::config::Identity;
use crate::finding::codes::{platform, policy};
use crate::finding::{Code, Direction, Finding};
use crate::ir::identity::project;
use crate::ir::{Action, Bound, Policy, Test};

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
    /// Only gateways have an identity in this namespace, none is known, and so all its pods count: all that
    /// have an account which is meant, if not `every` one is.
    AllOfGatewayNamespace { namespace: String, every: bool },
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
            Self::AllOfGatewayNamespace { namespace, every: _ } => {
                pairs.iter().any(|pair| pair.namespace.matches(namespace))
            }
            Self::Gateway(identity)
            | Self::Inseparable { account: identity, pod: _ }
            | Self::Unlabelled { account: identity, pod: _ } => matches(identity),
            Self::Foreign => may_be_foreign(&test.pattern, &pairs, Bound::Over, reading),
        }
    }

    /// Whether each such test means something else in the output, so that each is told.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::UnknownNamespaces
            | Self::WithoutMesh(_)
            | Self::GatewayNamespace(_)
            | Self::AllOfGatewayNamespace { .. }
            | Self::Gateway(_)
            | Self::Inseparable { .. }
            | Self::Unlabelled { .. }
            | Self::Foreign => true,
            Self::Assumed(_) => false,
        }
    }

    /// Whether it is told where everybody with an identity is meant, too. The rest is told where the identity
    /// is named; that it is assumed is told again, since the rule that names it may be lost.
    pub(super) fn is_told_of_everybody(&self) -> bool {
        match self {
            Self::Assumed(_) | Self::Unlabelled { .. } | Self::Gateway(_) | Self::Inseparable { .. } => true,
            Self::UnknownNamespaces
            | Self::WithoutMesh(_)
            | Self::GatewayNamespace(_)
            | Self::AllOfGatewayNamespace { .. }
            | Self::Foreign => false,
        }
    }

    /// What is told of it at a test; `bound` is the one that was asked for.
    pub(super) fn finding(&self, bound: Bound, test: &Test, source: &Policy) -> Finding {
        let Told { code, direction, message, help } = match self {
            Self::UnknownNamespaces => unknown_namespaces(test, bound),
            Self::Assumed(name) => assumed(name, source.action),
            Self::WithoutMesh(name) => without_mesh(name, bound),
            Self::Unlabelled { account: _, pod } => unlabelled(pod),
            Self::Gateway(identity) => gateway(identity, bound),
            Self::GatewayNamespace(name) => gateway_namespace(name),
            Self::AllOfGatewayNamespace { namespace, every } => all_of_gateway_namespace(namespace, *every),
            Self::Inseparable { account, pod } => inseparable(account, pod),
            Self::Foreign => foreign(test, bound),
        };
        at(Finding::new(code, direction, message).help(help), source, test)
    }
}

/// A finding without its place.
struct Told {
    code: &'static Code,
    direction: Direction,
    message: String,
    help: String,
}

/// A wildcard, and what it may reach besides what the input shows.
fn unknown_namespaces(test: &Test, bound: Bound) -> Told {
    let reaches = match test.leaf.value.as_str() {
        "*" | "STRICT" if bound == Bound::Under => {
            "this means the whole mesh, and the input does not show all of it".to_string()
        }
        text => format!("`{text}` also reaches namespaces that the input does not show"),
    };
    let message = match bound {
        Bound::Over => {
            format!("{reaches}: pods without a sidecar there, which it never matched, are refused too")
        }
        Bound::Under => format!("{reaches}: pods of namespaces that it does not show are refused"),
    };
    Told {
        code: &platform::UNKNOWN_NAMESPACES,
        direction: Direction::Narrows,
        message,
        help: "name them all: --mesh-namespaces A,B,... or add their Namespace documents".to_string(),
    }
}

fn assumed(name: &str, action: Action) -> Told {
    let why = if action == Action::RequireIdentity {
        "an ALLOW policy names an identity of it, which is taken for a mesh member here too"
    } else {
        "since it is named here, its pods are taken for mesh members"
    };
    Told {
        code: &platform::ASSUMED_MEMBER,
        direction: Direction::None,
        message: format!("the input does not show namespace `{name}` in the mesh; {why}"),
        help: format!(
            "add its labelled Namespace document and its workloads, or see that all pods of `{name}` have a sidecar"
        ),
    }
}

fn without_mesh(name: &str, bound: Bound) -> Told {
    let code = &platform::NAMESPACE_WITHOUT_MESH;
    match bound {
        Bound::Over => Told {
            code,
            direction: Direction::None,
            message: format!(
                "no pod of namespace `{name}` is in the mesh: this matches nobody there, before and after"
            ),
            help: format!("if `{name}` is in the mesh, use --mesh-namespaces"),
        },
        Bound::Under => Told {
            code,
            direction: Direction::Narrows,
            message: format!(
                "the input shows namespace `{name}` without the mesh: its pods had no identity, and stay refused"
            ),
            help: format!(
                "if `{name}` is in the mesh, label its Namespace document or use --mesh-namespaces"
            ),
        },
    }
}

fn unlabelled(pod: &str) -> Told {
    Told {
        code: &platform::NAMESPACE_WITHOUT_MESH,
        direction: Direction::Narrows,
        message: format!(
            "`{pod}` asks for no proxy, and its Namespace has no label: it is taken to have no identity, and is refused"
        ),
        help: "label its Namespace document, or the template, if the pods have a proxy".to_string(),
    }
}

fn gateway(identity: &Identity, bound: Bound) -> Told {
    let Identity { namespace, account } = identity;
    Told {
        code: &platform::GATEWAY_IDENTITY,
        direction: match bound {
            Bound::Over => Direction::Widens,
            Bound::Under => Direction::Narrows,
        },
        message: format!(
            "the gateway `{namespace}/{account}` goes with the mesh, and nothing takes its place in this rule"
        ),
        help: format!("say what takes its place: --map-identity {namespace}/{account}=NAMESPACE/ACCOUNT"),
    }
}

fn gateway_namespace(name: &str) -> Told {
    Told {
        code: &platform::GATEWAY_IDENTITY,
        direction: Direction::Narrows,
        message: format!(
            "in `{name}` only gateways have an identity, and the input shows none: nobody there is let in"
        ),
        help: format!("say what takes their place: --map-identity {name}/ACCOUNT=NAMESPACE/ACCOUNT"),
    }
}

fn all_of_gateway_namespace(name: &str, every: bool) -> Told {
    let refused =
        if every { "all pods there" } else { "pods there with an account that is meant, gateways or not," };
    Told {
        code: &platform::GATEWAY_IDENTITY,
        direction: Direction::Narrows,
        message: format!(
            "in `{name}` only gateways have an identity, and the input shows none: {refused} are refused"
        ),
        help: format!("add the templates of the gateways in `{name}`"),
    }
}

fn inseparable(account: &Identity, pod: &str) -> Told {
    let Identity { namespace, account } = account;
    Told {
        code: &platform::INSEPARABLE_POD,
        direction: Direction::Narrows,
        message: format!(
            "`{pod}` has no proxy and no label tells it from pods of `{namespace}/{account}` that have one: the account is refused"
        ),
        help: "give it a service account or a label of its own".to_string(),
    }
}

fn foreign(test: &Test, bound: Bound) -> Told {
    let text = test.leaf.value.as_str();
    let whose = match text.split_once("/ns/") {
        Some((domain, _)) if !domain.contains('*') => {
            format!(
                "`{text}` is an identity of the trust domain `{domain}`, which no pod of this cluster has"
            )
        }
        _ => format!("`{text}` reaches identities of other trust domains that policies of the input name"),
    };
    let refused = match bound {
        Bound::Under => "such peers are refused",
        Bound::Over => "all that is no pod of this cluster is refused",
    };
    Told {
        code: &policy::FOREIGN_TRUST_DOMAIN,
        direction: Direction::Narrows,
        message: format!("{whose}: {refused}"),
        help: "if it is this cluster's: --trust-domain NAME".to_string(),
    }
}
