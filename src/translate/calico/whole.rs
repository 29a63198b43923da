//! Policies that become nothing or something else, and what is told of a policy as a whole.

use super::Context;
use super::losses::whole;
use super::mesh_label;
use super::standing::{Orders, is_in_ours};
use super::subject::Subject;
use crate::config::{Layout, Target};
use crate::finding::codes::{platform, policy as codes, target};
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, AttachedTo, Enforcer, Facts, Model, NotEnforced, Policy, Proxy, Scope, Workload};
use crate::manifest::InForce;
use crate::object::calico::TierName;
use crate::source::Span;
use crate::yaml::fields::Leaf;

/// What is written for a policy.
pub(super) enum Instead {
    /// Nothing.
    Nothing,
    /// Lines in the nodes' logs.
    Audit,
    /// Its translation.
    Translation,
}

/// Whether a policy is translated at all.
pub(super) fn instead(
    policy: &Policy,
    model: &Model,
    context: &Context<'_>,
    findings: &mut Vec<Finding>,
) -> Instead {
    if let Some(reason) = &policy.not_enforced {
        findings.extend(not_enforced(policy, reason));
        return Instead::Nothing;
    }
    if let Some(finding) = only_gateways(policy, &model.facts) {
        findings.extend(finding);
        return Instead::Nothing;
    }
    findings.extend(ambient(policy));
    match policy.action {
        Action::Audit if in_tiers(context) => Instead::Audit,
        Action::Audit => {
            let message = "AUDIT only logs, and flow logs are not part of a policy: nothing is written";
            let help = match context.settings.target {
                Target::Calico(_) => {
                    "watch the flow logs of these pods instead; Calico in tiers, from 3.29, can log"
                }
                Target::Kubernetes => {
                    "watch these pods with what the network plugin or the application logs instead"
                }
            };
            findings.push(whole(&codes::AUDIT_ACTION, Direction::None, policy, message, help));
            Instead::Nothing
        }
        Action::Custom => custom(policy, context, findings),
        Action::RequireIdentity if policy.rules.is_empty() => {
            let message = "this lets peers without an identity in, as every pod does without a mesh: nothing is written";
            findings.push(whole(&platform::NOTHING_TO_REFUSE, Direction::None, policy, message, ""));
            findings.extend(exception_by_mesh_label(policy, model));
            Instead::Nothing
        }
        Action::Allow | Action::Deny | Action::RequireIdentity => Instead::Translation,
    }
}

/// An external authorizer might have refused all that it was asked about.
fn custom(policy: &Policy, context: &Context<'_>, findings: &mut Vec<Finding>) -> Instead {
    if context.accepts(&codes::CUSTOM_ACTION, &policy.origin) {
        let asked = policy.asks.as_ref().map(|asked| format!(" {asked}")).unwrap_or_default();
        let message =
            format!("nobody asks the external authorizer{asked} any more: what it refused gets through");
        findings.push(whole(
            &codes::CUSTOM_ACTION,
            Direction::Widens,
            policy,
            message,
            "ask it from the application",
        ));
        return Instead::Nothing;
    }
    let platform = context.settings.target.platform();
    let message = match &policy.asks {
        None => format!(
            "{platform} cannot ask an external authorizer: all that this policy asks it about is refused"
        ),
        Some(asked) => {
            format!(
                "{platform} cannot ask the external authorizer {asked}: all that this policy asks it about is refused"
            )
        }
    };
    let help = "ask it from the application or a gateway, then: --accept custom-action (nothing is written for this policy)";
    findings.push(whole(&codes::CUSTOM_ACTION, Direction::Narrows, policy, message, help));
    Instead::Translation
}

fn not_enforced(policy: &Policy, reason: &NotEnforced) -> Vec<Finding> {
    match reason {
        NotEnforced::DryRun(at) => {
            let message = "this is a dry run, which refuses nothing: nothing is written";
            let help = "remove the annotation to enforce it";
            vec![located(whole(&codes::DRY_RUN, Direction::None, policy, message, help), at)]
        }
        NotEnforced::UnknownToZtunnel(at) => {
            let action = match policy.action {
                Action::Custom => "CUSTOM, so nobody asks the external authorizer and all gets through",
                Action::Allow | Action::Deny | Action::RequireIdentity | Action::Audit => "AUDIT",
            };
            let message = format!(
                "these pods are in ambient mode, where ztunnel knows no {action}: nothing is written"
            );
            let help = "attach it to a waypoint by `targetRefs` to have it enforced in the mesh; afterwards ask from the application";
            let finding = whole(&platform::ZTUNNEL_ACTION, Direction::None, policy, message, help);
            vec![located(finding.severity(Severity::Warning), at)]
        }
        NotEnforced::SelectsNobody(at) => {
            let message = "these pods are in ambient mode, where a selector without labels selects nobody: nothing is written";
            let help = "leave the selector out to select all workloads of the namespace";
            let finding = whole(&platform::ZTUNNEL_ACTION, Direction::None, policy, message, help);
            vec![located(finding.severity(Severity::Warning), at)]
        }
        NotEnforced::Attached(at, to) => attached(policy, at, to),
    }
}

fn attached(policy: &Policy, at: &Leaf<()>, to: &AttachedTo) -> Vec<Finding> {
    const WAYPOINT: &str = "give the pods behind it a policy with a `selector`, as far as it asks for identities, addresses and ports; policies without `targetRefs` never acted at the waypoint";
    let gone = |what: &str, help: &str| {
        let message =
            format!("this acts on {what}, which goes with the mesh, and what it refused there gets through");
        located(whole(&platform::GATEWAY_POLICY, Direction::Widens, policy, message, help), at)
    };
    match to {
        AttachedTo::Gateway => vec![gone(
            "a gateway or waypoint",
            "do the same at what takes its place: the policies of the new gateway, or of the pods behind it",
        )],
        AttachedTo::Waypoint(waypoint) => vec![gone(waypoint, WAYPOINT)],
        AttachedTo::NoWaypoint { service, proven } => {
            let (shows, then) = if *proven {
                ("the input shows that", "nobody enforces this policy, and nothing is lost with the mesh")
            } else {
                ("as far as the input shows,", "without one nobody enforces this policy")
            };
            let message = format!("{shows} Service `{service}` has no waypoint: {then}");
            let help = "look for `istio.io/use-waypoint` on the Service and its Namespace: `kubectl get gateways -A`";
            let absent = whole(&platform::WAYPOINT_ABSENT, Direction::None, policy, message, help);
            let absent = located(absent.severity(Severity::Warning), at);
            let lost = (!proven).then(|| gone(&format!("the waypoint of Service `{service}`"), WAYPOINT));
            lost.into_iter().chain([absent]).collect()
        }
    }
}

fn located(finding: Finding, at: &Leaf<()>) -> Finding {
    finding.at(at.span).field(at.field.clone())
}

/// Labels that Istio's charts give their gateways.
const GATEWAY_LABELS: [(&str, &[&str]); 2] = [
    ("istio", &["ingressgateway", "egressgateway", "eastwestgateway"]),
    ("app", &["istio-ingressgateway", "istio-egressgateway", "istio-eastwestgateway"]),
];

/// Findings for a policy that selects gateways alone: by templates in the input, or else by the
/// labels that gateways have.
fn only_gateways(policy: &Policy, facts: &Facts) -> Option<Vec<Finding>> {
    let selected = facts.workloads.within(policy.scope.namespace.as_deref());
    let selected =
        selected.filter(|workload| policy.scope.selects(&workload.identity.namespace, &workload.labels));
    let proxies: Vec<Proxy> = selected.map(|workload| workload.proxy).collect();
    let by_template = !proxies.is_empty() && proxies.iter().all(|proxy| *proxy == Proxy::Gateway);
    let by_label = policy.scope.labels.iter().any(|(key, value)| {
        GATEWAY_LABELS.iter().any(|(label, values)| label == key && values.contains(&value.value.as_str()))
    });
    if policy.scope.labels.is_empty() || !(by_template || (proxies.is_empty() && by_label)) {
        return None;
    }
    let mut findings = vec![gateways_alone(policy)];
    if !by_template {
        let message = "its selector has a label of Istio's gateways, so these pods are taken for gateways";
        findings.push(whole(
            &platform::ASSUMED_GATEWAY,
            Direction::None,
            policy,
            message,
            "add their template to be sure",
        ));
    }
    Some(findings)
}

fn gateways_alone(policy: &Policy) -> Finding {
    if policy.action == Action::RequireIdentity {
        let message = "PeerAuthentication never acted on gateways: nothing is written";
        return whole(&platform::NOTHING_TO_REFUSE, Direction::None, policy, message, "");
    }
    let message = "this acts on a gateway, which goes with the mesh, and what it refused there gets through";
    let help =
        "do the same at what takes the gateway's place: the ingress controller's policies, or Gateway API";
    whole(&platform::GATEWAY_POLICY, Direction::Widens, policy, message, help)
}

/// One policy that means one thing to sidecars and another to ztunnel, where nothing tells its pods apart.
fn ambient(policy: &Policy) -> Option<Finding> {
    let reached = match &policy.enforcer {
        Enforcer::Sidecar | Enforcer::Ztunnel => return None,
        Enforcer::Mixed(reached) => reached,
    };
    let message = format!(
        "this reaches `{reached}`, which is in ambient mode, and pods with sidecars beside it: ztunnel makes something else of it than they do"
    );
    let help = "select each kind of pods by a policy of its own; to write it as for sidecars: --accept ambient-workload";
    Some(whole(&platform::AMBIENT_WORKLOAD, Direction::Widens, policy, message, help))
}

/// A policy whose pods were all found to have no proxy.
pub(super) fn never_policed(policy: &Policy) -> Finding {
    let message =
        "the input shows that the pods of this policy have no proxy: it never acted, and nothing is written";
    whole(
        &platform::NEVER_POLICED,
        Direction::None,
        policy,
        message,
        "write a network policy for them if they need one",
    )
}

/// A policy of a namespace outside the mesh.
fn outside(policy: &Policy, facts: &Facts) -> Option<Finding> {
    let name = policy.scope.namespace.as_ref().filter(|name| facts.namespaces.is_outside(name))?;
    let message = format!(
        "namespace `{name}` is not in the mesh, so this policy never acted on pods there without a proxy of their own: it does now"
    );
    let help = if facts.namespaces.only.is_some() {
        format!("take the policy away, or add `{name}` to --mesh-namespaces")
    } else {
        "take the policy away".to_string()
    };
    Some(whole(&platform::NAMESPACE_WITHOUT_MESH, Direction::Narrows, policy, message, help))
}

/// What is told of a policy's subject.
pub(super) fn subject(policy: &Policy, facts: &Facts, subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = outside(policy, facts).into_iter().collect();
    for pod in &subject.inseparable {
        let message = format!(
            "`{}` has no proxy and was never policed, and no label tells it from pods that were: it is policed now",
            pod.reference
        );
        let finding = whole(
            &platform::INSEPARABLE_POD,
            Direction::Narrows,
            policy,
            message,
            "give it a label of its own",
        );
        findings.push(finding.related("this pod", pod.span));
    }
    let means =
        "no label that stays says the same: this policy refuses for more pods now, and allows for fewer";
    findings.extend(mesh_labels(policy, &subject.mesh_labels, means));
    findings
}

/// The labels of a selector that go with the mesh, and what that means.
fn mesh_labels(policy: &Policy, gone: &[String], means: &str) -> Vec<Finding> {
    let leaves = gone.iter().filter_map(|label| Some((label, policy.scope.labels.get(label)?)));
    let finding = |(label, leaf): (&String, &Leaf<String>)| {
        let message = format!("`{label}: {}` goes with the mesh, and {means}", leaf.value);
        let help = "select by a label of the pods' own";
        let finding = whole(&platform::INJECTOR_LABEL, Direction::Narrows, policy, message, help);
        finding.at(leaf.span).field(leaf.field.clone())
    };
    leaves.map(finding).collect()
}

/// An exception from a wider STRICT that no selector can keep.
fn exception_by_mesh_label(policy: &Policy, model: &Model) -> Vec<Finding> {
    let own =
        |scope: &Scope| scope.namespace == policy.scope.namespace && scope.labels == policy.scope.labels;
    let mut wider = model.policies.iter().filter(|other| other.action == Action::RequireIdentity);
    if !wider.any(|other| !other.rules.is_empty() && other.scope.except.iter().any(own)) {
        return Vec::new();
    }
    let gone = mesh_label::by_labels(&policy.scope, &model.facts).gone;
    mesh_labels(policy, &gone, "this exception cannot be kept: STRICT holds for these pods too")
}

pub(super) fn asked_first(policy: &Policy, subject: &Subject<'_>, layout: Layout) -> Vec<Finding> {
    let finding = |first: &&InForce| {
        let own = layout == Layout::Tiers && is_in_ours(first);
        let message = match layout {
            Layout::Tiers if own => format!(
                "`{}` stands in a tier of unmesh's, where its rules would mix with this policy's",
                first.reference
            ),
            Layout::Tiers => format!(
                "`{}` lets traffic through in a tier that may be asked before unmesh's, on the same pods",
                first.reference
            ),
            Layout::Portable => format!(
                "`{}` lets traffic through before this policy's objects are asked, on the same pods",
                first.reference
            ),
        };
        let help = match layout {
            Layout::Tiers if own => "move it to a tier of its own",
            Layout::Tiers => {
                "add the Tier, with an order, to the input, so that unmesh's can stand before it; or write Pass in place of Allow"
            }
            Layout::Portable => {
                "in the default tier: give it an order above 520, or no rule but Deny; in an earlier tier: Pass in place of Allow; or use --layout tiers, from Calico 3.29"
            }
        };
        related(whole(&target::IN_FORCE_FIRST, Direction::Widens, policy, message, help), first.span)
    };
    subject.in_force.first.iter().map(finding).collect()
}

fn in_tiers(context: &Context<'_>) -> bool {
    match context.settings.target {
        Target::Calico(calico) => calico.layout == Layout::Tiers,
        Target::Kubernetes => false,
    }
}

/// Another tier, before which unmesh's stand at other orders than elsewhere.
pub(super) fn lowered(tier: &str, orders: Orders) -> Finding {
    let message = format!(
        "the tier `{tier}` is an early one: unmesh's stand before it, `{}` at order {} and `{}` at {}",
        TierName::Deny.text(),
        orders.of(TierName::Deny),
        TierName::Allow.text(),
        orders.of(TierName::Allow)
    );
    Finding::new(&target::EARLY_TIER, Direction::None, message)
        .help("translate everything that goes into this cluster with the Tier in the input")
}

/// What becomes of an ALLOW policy on pods that policies in force select too.
pub(super) enum InForceToo {
    /// Nothing is lost: what no ALLOW policy lets in is refused.
    Exact,
    /// These rules would need `http`, which only lets through; else nothing is lost.
    WithoutHttp(Vec<Leaf<()>>),
    /// All TCP is refused there.
    Refused(Because),
}

/// Why all TCP is refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Because {
    /// It takes too many rules or objects to say more.
    TooMuch,
    /// The other policies are asked in a later tier, or their selectors cannot be read.
    NotBeside,
}

/// What is told of an ALLOW policy where policies in force select its pods too.
pub(super) fn in_force(policy: &Policy, subject: &Subject<'_>, becomes: &InForceToo) -> Vec<Finding> {
    let names: Vec<String> =
        subject.in_force.policies.iter().map(|other| format!("`{}`", other.reference)).collect();
    let plural = if names.len() == 1 { "s" } else { "" };
    let select = format!("{} select{plural} the same pods", names.join(", "));
    let tell = |direction, message: String, help: &str| {
        let finding = whole(&target::POLICY_IN_FORCE, direction, policy, message, help);
        subject.in_force.policies.iter().map(|other| other.span).fold(finding, related)
    };
    if subject.in_force.refuses_all() {
        let message = format!("{select} and let{plural} nothing in: TCP is refused there, before and after");
        return vec![tell(Direction::None, message, "")];
    }
    let by_hand = "write what both allow into one policy by hand, and take the other away";
    match becomes {
        InForceToo::Exact => {
            let message = format!(
                "{select}, and both have to allow: there, what no ALLOW policy lets in is refused, and the rest is left to {}",
                if names.len() == 1 { "it" } else { "them" }
            );
            vec![tell(Direction::None, message, "")]
        }
        InForceToo::WithoutHttp(rules) => {
            let message = format!(
                "{select}, and both have to allow: an `http` rule lets through without asking the other, so what this rule lets in by method or path is refused there"
            );
            let finding = |rule: &Leaf<()>| {
                tell(Direction::Narrows, message.clone(), by_hand).at(rule.span).field(rule.field.clone())
            };
            rules.iter().map(finding).collect()
        }
        InForceToo::Refused(because) => {
            let why = match because {
                Because::TooMuch => "which would take too many rules",
                Because::NotBeside => "which one tier cannot say",
            };
            let message = format!("{select}, and all have to allow, {why}: TCP is refused there");
            vec![tell(Direction::Narrows, message, by_hand)]
        }
    }
}

/// What is told of a policy whose pods Dikastes refuses all TCP, since policies on egress alone select
/// them. That is so before and after, but for pods that have no sidecar now. An ALLOW policy without
/// rules lets nobody in anywhere.
pub(super) fn shut_by_dikastes(
    policy: &Policy,
    subject: &Subject<'_>,
    facts: &Facts,
    target: &Target,
) -> Option<Finding> {
    let others = &subject.shut.policies;
    let lets_in = policy.action != Action::Allow || !policy.rules.is_empty();
    if others.is_empty() || !lets_in {
        return None;
    }
    let names: Vec<String> = others.iter().map(|other| format!("`{}`", other.reference)).collect();
    let (select, act) = if names.len() == 1 { ("selects", "acts") } else { ("select", "act") };
    let pods = if subject.shut.labelled { "those that are labelled for it" } else { "them" };
    let before = facts.policed(&policy.scope).all(|workload| workload.proxy == Proxy::Sidecar);
    let direction = if before || subject.shut.labelled { Direction::None } else { Direction::Narrows };
    let becomes = match direction {
        Direction::None => "it stays refused",
        Direction::Narrows | Direction::Widens | Direction::Drops => {
            "it is refused, to pods without a sidecar too, which it never saw"
        }
    };
    let message = format!(
        "{} {select} the same pods and {act} on egress alone, for which Dikastes of {target} refuses all TCP to {pods}: {becomes}",
        names.join(", ")
    );
    let help =
        "add `Ingress` to its types, with what it is to let in; or run no Dikastes there, and say --l7 none";
    let finding = whole(&target::POLICY_IN_FORCE, direction, policy, message, help);
    let finding = finding.severity(direction.severity().max(Severity::Warning));
    Some(others.iter().map(|other| other.span).fold(finding, related))
}

fn related(finding: Finding, span: Span) -> Finding {
    finding.related("the other policy", span)
}

/// A workload whose excluded ports are policed, since others of the policy have none.
pub(super) fn uncaptured(policy: &Policy, workload: &Workload) -> Finding {
    let message = format!(
        "`{}` keeps ports from its proxy and other workloads of this policy do not: these ports are policed now",
        workload.reference
    );
    let help = "select the workloads by policies of their own";
    related_to(whole(&platform::UNCAPTURED_PORTS, Direction::Narrows, policy, message, help), workload.span)
}

/// A policy that polices ports which another one on the same pods leaves alone.
pub(super) fn captured_beside(policy: &Policy, workload: &Workload) -> Finding {
    let message = format!(
        "pods of this policy that the input does not show may keep ports from their proxies, as `{}` does: these ports are policed now",
        workload.reference
    );
    let help = "add the templates of all pods that this policy selects";
    related_to(whole(&platform::UNCAPTURED_PORTS, Direction::Narrows, policy, message, help), workload.span)
}

fn related_to(finding: Finding, span: Span) -> Finding {
    finding.related("this workload", span)
}
