//! What findings of this back end say. Logic holds no prose; it stands here.

use super::sources::Loss;
use crate::finding::codes::{platform, policy as codes, target};
use crate::finding::{Direction, Finding};
use crate::ir::{Action, Attribute, Clause, Policy, Rule};
use crate::manifest::InForce;
use crate::source::Span;
use crate::translate::calico::losses::whole;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// Something that a rule let in, and that no rule here can.
pub(super) fn of(loss: &Loss, comment: &str, policy: &Policy) -> Finding {
    let (code, message, help) = match loss {
        Loss::Outside => (
            &codes::SOURCES_OUTSIDE,
            "sources outside the cluster cannot be told from the pods that are refused here, so they are refused too"
                .to_string(),
            "let them in by address, in an ALLOW policy of their own on pods where no pod is refused",
        ),
        Loss::Mixed => (
            &codes::SOURCES_OUTSIDE,
            "NetworkPolicy cannot ask for a peer's address and for its pod in one rule: what needs both is refused"
                .to_string(),
            "ask for the one or the other",
        ),
        Loss::Account(account) => (
            &codes::ACCOUNT_WITHOUT_LABEL,
            format!("NetworkPolicy knows no service accounts, and no label tells the pods of `{account}`: they are refused"),
            "give the pods of the account a label of their own, and add all templates of the namespace",
        ),
        Loss::OtherAccounts(namespace) => (
            &codes::ACCOUNT_WITHOUT_LABEL,
            format!("pods of namespace `{namespace}` whose labels do not show another account are refused too"),
            "give the pods of each account a label of their own, and add all templates of the namespace",
        ),
        Loss::Names => (
            &codes::NAMES_BY_PATTERN,
            "NetworkPolicy compares names as a whole, and this takes a pattern: what gets in is written for the namespaces that the input shows, and others are refused"
                .to_string(),
            "name the namespaces, or give them all: --mesh-namespaces A,B,...",
        ),
        Loss::OwnAddress => (
            &codes::DESTINATION_ADDRESS,
            own_address(policy.action).to_string(),
            "select the pods by their labels",
        ),
        Loss::TooMany => (
            &target::TOO_MANY_CASES,
            "the policies on these pods overlap in more ways than can be written one by one: what is left out is refused"
                .to_string(),
            "select pods by one label, with the same selectors in all policies",
        ),
    };
    let finding = whole(code, Direction::Narrows, policy, message, help);
    located(finding, comment, &made_by(loss), policy)
}

/// What a refusal has to ask for that something is lost by it. Selectors are of several policies.
fn made_by(loss: &Loss) -> Vec<Attribute> {
    match loss {
        Loss::Outside | Loss::Account(_) | Loss::OtherAccounts(_) | Loss::Names => vec![Attribute::Identity],
        Loss::Mixed => vec![Attribute::Identity, Attribute::SourceIp],
        Loss::OwnAddress => vec![Attribute::DestinationIp],
        Loss::TooMany => Vec::new(),
    }
}

fn own_address(action: Action) -> &'static str {
    if action == Action::Allow {
        "NetworkPolicy cannot ask for the pod's own address: what the rule allowed is refused"
    } else {
        "NetworkPolicy cannot ask for the pod's own address: the rule refuses on all addresses"
    }
}

/// A refusal that asked for the pod's own address.
pub(super) fn refused_by_own_address(policy: &Policy) -> Finding {
    of(&Loss::OwnAddress, "", policy)
}

/// At the rule of an ALLOW policy that a comment names; at what makes the difference in a refusal, where
/// that is one word or one rule; else at the policy.
fn located(finding: Finding, comment: &str, by: &[Attribute], policy: &Policy) -> Finding {
    let word = comment.split([' ', ';']).next().unwrap_or_default();
    let place = match policy.action {
        Action::Allow => policy.rules.iter().map(|rule| &rule.at).find(|at| at.field == word).cloned(),
        Action::Deny | Action::Custom | Action::RequireIdentity | Action::Audit => cause(by, policy),
    };
    match place {
        Some(place) => finding.at(place.span).field(place.field),
        None => finding,
    }
}

/// The one word or rule of a refusal that asks for such an attribute. A word stands for its rule only if
/// nothing but ports is asked for beside it: without it, the rule refuses everybody on these.
fn cause(by: &[Attribute], policy: &Policy) -> Option<Leaf<()>> {
    let clauses = |rule: &Rule| -> Vec<Clause> {
        rule.conjunctions().flat_map(|conjunction| &conjunction.clauses).cloned().collect()
    };
    let asks = |clause: &Clause| by.contains(&clause.attribute);
    let mut rules = policy.rules.iter().filter(|rule| clauses(rule).iter().any(asks));
    let first = rules.next()?;
    if rules.any(|rule| rule.at != first.at) {
        return None;
    }
    let (asked, beside): (Vec<Clause>, Vec<Clause>) = clauses(first).into_iter().partition(asks);
    let mut words = asked.iter().flat_map(Clause::tests).map(|test| test.leaf.clone().map(drop));
    match (words.next(), words.next()) {
        (Some(word), None) if beside.iter().all(|clause| clause.attribute == Attribute::DestinationPort) => {
            Some(word)
        }
        // Mutual TLS has no rules in its text.
        _ => Some(first.at.clone()).filter(|_| policy.action != Action::RequireIdentity),
    }
}

/// Labels in place of an account.
pub(super) fn by_label(account: &str, labels: &BTreeSet<String>, comment: &str, policy: &Policy) -> Finding {
    let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
    let message = format!(
        "`{account}` is written as the pods labelled {}, by the templates of the input: no other pod of that namespace may carry these labels",
        labels.join(" or ")
    );
    let help = "see that the input shows all templates of that namespace";
    let finding = whole(&platform::ACCOUNT_BY_LABEL, Direction::None, policy, message, help);
    located(finding, comment, &[Attribute::Identity], policy)
}

/// A policy of the whole mesh, where the input does not say which namespaces those are.
pub(super) fn namespaces_to_come(policy: &Policy) -> Finding {
    let message = "this holds in every namespace, also in those to come, and a NetworkPolicy holds in its own: it is written for the namespaces that the input shows, and others stay open";
    let help = "name all namespaces of the mesh: --mesh-namespaces A,B,...; to write it for those shown: --accept namespaces-to-come";
    whole(&platform::NAMESPACES_TO_COME, Direction::Widens, policy, message, help)
}

/// A policy in force on the same pods.
pub(super) fn adds_up(policy: &Policy, other: &InForce) -> Finding {
    let message = format!(
        "`{}` may select the same pods, and NetworkPolicies add up: what it lets in gets in, though this policy refused it",
        other.reference
    );
    let help = "write what both allow into one policy by hand, and take the other away; then: --accept policies-add-up";
    related(whole(&target::POLICIES_ADD_UP, Direction::Widens, policy, message, help), other.span)
}

/// A policy of administrators that lets through before any NetworkPolicy is asked.
pub(super) fn asked_first(policy: &Policy, other: &InForce) -> Finding {
    let message = format!(
        "`{}` lets traffic through before NetworkPolicies are asked, on the same pods",
        other.reference
    );
    let help = "let it pass traffic on instead of allowing it";
    related(whole(&target::IN_FORCE_FIRST, Direction::Widens, policy, message, help), other.span)
}

fn related(finding: Finding, span: Span) -> Finding {
    finding.related("the other policy", span)
}

/// Told once in each run that writes a policy: what the mesh never policed and no rule can name.
pub(super) fn other_protocols() -> Finding {
    let message = "NetworkPolicy names TCP, UDP and SCTP alone: whether selected pods get ICMP and other protocols is up to the network plugin, and most refuse them";
    Finding::new(&platform::OTHER_PROTOCOLS, Direction::Narrows, message)
        .help("see that nothing pings these pods, then: --accept other-protocols")
}

/// Told once in each run that writes an `ipBlock`.
pub(super) fn addresses_of_pods() -> Finding {
    let message = "whether an `ipBlock` matches pods of the cluster, and which address it sees of others, is up to the network plugin";
    Finding::new(&platform::ADDRESSES_OF_PODS, Direction::None, message)
        .help("what unmesh takes for granted: unmesh explain UM421")
}

/// Told once in each run that writes a policy.
pub(super) fn node_local() -> Finding {
    let message = "sources on a pod's own node (kubelet, pods in the node's network) always reach it: network plugins do not police them";
    Finding::new(&platform::NODE_LOCAL, Direction::None, message)
        .help("what this exception covers: unmesh explain UM410")
}
