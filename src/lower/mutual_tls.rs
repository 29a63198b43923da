//! PeerAuthentication to refusals of peers without an identity, as istiod itself lowers it for
//! ztunnel (`pilot/pkg/serviceregistry/ambient/policies.go`).
//!
//! Mesh, namespace, workload, port: the most specific one that says a mode wins, within one scope
//! the oldest (`pilot/pkg/security/authn/policy_applier.go`, `ComposePeerAuthentication`). STRICT
//! becomes a policy; DISABLE becomes a fact, since peers have no identity there.

use super::ambient::{self, Reach};
use super::ambient_selector;
use super::authorization::{origin, places, scope};
use crate::config::Settings;
use crate::finding::codes::meaning::{PEER_AUTHENTICATION_TIE, ROOT_SELECTOR_IGNORED};
use crate::finding::codes::platform::ZTUNNEL_MUTUAL_TLS;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{
    Action, Attribute, Clause, Conjunction, Enforcer, Pattern, Plaintext, Policy, Protocols, Rule, Scope,
    Test,
};
use crate::istio::Attachment;
use crate::istio::peer_authentication::{Mode, PeerAuthentication};
use crate::manifest::Inventory;
use crate::yaml::fields::Leaf;

/// What PeerAuthentications come to.
pub(super) struct MutualTls {
    pub policies: Vec<Policy>,
    pub plaintext: Vec<Plaintext>,
}

/// One PeerAuthentication in its place.
struct Layer<'a> {
    policy: &'a PeerAuthentication,
    scope: Scope,
}

/// Lowers all of them together, since they override each other.
pub(super) fn lower(
    policies: &[PeerAuthentication],
    inventory: &Inventory,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> MutualTls {
    let layers: Vec<Layer<'_>> =
        policies.iter().filter_map(|policy| layer(policy, settings, findings)).collect();
    let layers = oldest(layers, findings);
    findings.extend(overlaps(&layers));
    let mut lowered = MutualTls { policies: Vec::new(), plaintext: Vec::new() };
    for layer in &layers {
        let except = overridden(layer, &layers);
        let scope = Scope { except, ..layer.scope.clone() };
        let reach = Reach::of(&layer.scope, inventory, settings);
        findings.extend(ambient_selector::without_labels(layer.policy, &reach));
        let own = require_identity(layer, &by_sidecar(layer, &layers), scope.clone());
        let ztunnel = require_identity(layer, &by_ztunnel(layer, &layers), scope.clone());
        let with_sidecars = reach.without_ambient(scope);
        let plaintext: Vec<Plaintext> =
            with_sidecars.iter().flat_map(|scope| plaintext(layer, &layers, scope)).collect();
        let parts = ambient::parts(own, ztunnel, &reach);
        let parts = if plaintext.is_empty() { parts } else { ambient::told_apart(parts, &reach) };
        if parts.iter().any(|part| part.enforcer == Enforcer::Ztunnel) {
            findings.push(otherwise_at_ztunnel(layer, &layers));
        }
        lowered.plaintext.extend(plaintext);
        lowered.policies.extend(parts);
    }
    lowered
}

/// A PeerAuthentication with a selector in the root namespace selects nothing: the code leaves it
/// out, although the API's description says otherwise (`policy_applier.go`).
fn layer<'a>(
    policy: &'a PeerAuthentication,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> Option<Layer<'a>> {
    let namespace = policy.meta.reference.namespace.clone().unwrap_or_default();
    let scope = scope(&namespace, &policy.attachment, settings);
    let selects = matches!(&policy.attachment, Attachment::Selector(labels) if !labels.is_empty());
    if scope.namespace.is_none() && selects {
        let message = format!(
            "`{}` has a selector and stands in the root namespace `{namespace}`: Istio ignores it",
            policy.meta.reference.name
        );
        let finding = Finding::new(&ROOT_SELECTOR_IGNORED, Direction::None, message)
            .severity(Severity::Warning)
            .at(policy.meta.name_span)
            .on(&policy.meta.reference)
            .field("spec")
            .help("put it into the namespace of the workloads that it means");
        findings.push(finding);
        return None;
    }
    Some(Layer { policy, scope })
}

/// Of several for one scope only the oldest acts. Where the files do not tell their age, all of
/// them stay: whichever acts, a refusal is kept.
fn oldest<'a>(layers: Vec<Layer<'a>>, findings: &mut Vec<Finding>) -> Vec<Layer<'a>> {
    let strict_somewhere = layers.iter().any(says_strict);
    let mut kept: Vec<Layer<'a>> = Vec::new();
    for layer in layers {
        let is_rival = |other: &Layer<'_>| same_scope(&other.scope, &layer.scope);
        if let Some(older) = kept.iter().find(|other| is_rival(other) && is_older(other, &layer)) {
            findings.push(tie(older, &layer, strict_somewhere));
            continue;
        }
        let rivals = kept.iter().filter(|other| is_rival(other));
        findings.extend(rivals.map(|other| tie(other, &layer, strict_somewhere)));
        kept.retain(|other| !is_rival(other) || !is_older(&layer, other));
        kept.push(layer);
    }
    kept
}

/// Whether the files say that one was created before another.
fn is_older(one: &Layer<'_>, other: &Layer<'_>) -> bool {
    let created = one.policy.meta.created.as_ref().zip(other.policy.meta.created.as_ref());
    created.is_some_and(|(own, others)| own < others)
}

/// Where the files tell which one acts, or both say the same, nothing changes; else one that does
/// not act may refuse.
fn tie(one: &Layer<'_>, other: &Layer<'_>, strict_somewhere: bool) -> Finding {
    let dated =
        matches!((&one.policy.meta.created, &other.policy.meta.created), (Some(a), Some(b)) if a != b);
    // One without a mode inherits, perhaps STRICT.
    let strict = |layer| says_strict(layer) || (strict_somewhere && own_mode(layer).is_none());
    let narrows = !dated && (strict(one) || strict(other)) && !says_the_same(one, other);
    let direction = if narrows { Direction::Narrows } else { Direction::None };
    let (first, second) = (&one.policy.meta, &other.policy.meta);
    let message = format!(
        "`{}` and `{}` are for the same workloads: only the older one acts",
        first.reference.name, second.reference.name
    );
    tied(one, other, direction, message)
        .help("keep one of them; without creation times in the files, STRICT of either is kept")
}

/// Those of one namespace that may select the same pods by different labels, where one of them demands
/// more than the other: there, too, only the older one acts.
fn overlaps(layers: &[Layer<'_>]) -> Vec<Finding> {
    let demands = |layer: &Layer<'_>| says_strict(layer) || modes(layer, layers).contains(&Mode::Strict);
    let differ = |one: &Layer<'_>, other: &Layer<'_>| {
        modes(one, layers) != modes(other, layers) || said_of_ports(one) != said_of_ports(other)
    };
    let mut findings = Vec::new();
    for (index, other) in layers.iter().enumerate().filter(|(_, layer)| rank(&layer.scope) == 2) {
        let before = layers.iter().take(index).filter(|one| rank(&one.scope) == 2);
        let meeting = before.filter(|one| {
            one.scope.may_meet(&other.scope)
                && !same_scope(&one.scope, &other.scope)
                && (demands(one) || demands(other))
                && differ(one, other)
        });
        findings.extend(meeting.map(|one| {
            let message = format!(
                "`{}` and `{}` select by different labels: on pods with both only the older one acts",
                one.policy.meta.reference.name, other.policy.meta.reference.name
            );
            tied(one, other, Direction::Narrows, message)
                .help("select each pod by one of them; STRICT of either is kept")
        }));
    }
    findings
}

fn tied(one: &Layer<'_>, other: &Layer<'_>, direction: Direction, message: String) -> Finding {
    let (first, second) = (&one.policy.meta, &other.policy.meta);
    Finding::new(&PEER_AUTHENTICATION_TIE, direction, message)
        .severity(direction.severity().max(Severity::Warning))
        .at(second.name_span)
        .on(&second.reference)
        .related("the other one", first.name_span)
}

fn says_strict(layer: &Layer<'_>) -> bool {
    let ports = layer.policy.ports.iter().filter_map(|(_, mode)| mode.as_ref());
    layer.policy.mode.iter().chain(ports).any(|mode| mode.value == Mode::Strict)
}

/// The same mode, for the workloads and for each port.
fn says_the_same(one: &Layer<'_>, other: &Layer<'_>) -> bool {
    let said = |layer: &Layer<'_>| (own_mode(layer).map(|mode| mode.value), said_of_ports(layer));
    said(one) == said(other)
}

fn said_of_ports(layer: &Layer<'_>) -> Vec<(u16, Mode)> {
    port_modes(layer).into_iter().map(|(port, mode)| (port.value, mode.value)).collect()
}

fn same_scope(left: &Scope, right: &Scope) -> bool {
    left.namespace == right.namespace && left.labels.len() == right.labels.len() && left.holds(right)
}

/// More specific layers that say something of their own take their scope away from this one.
fn overridden(layer: &Layer<'_>, layers: &[Layer<'_>]) -> Vec<Scope> {
    let narrower = layers.iter().filter(|other| {
        rank(&other.scope) > rank(&layer.scope) && layer.scope.may_meet(&other.scope) && says_something(other)
    });
    narrower.map(|other| other.scope.clone()).collect()
}

/// 0 mesh, 1 namespace, 2 workload.
fn rank(scope: &Scope) -> usize {
    usize::from(scope.namespace.is_some()) + usize::from(!scope.labels.is_empty())
}

fn says_something(layer: &Layer<'_>) -> bool {
    own_mode(layer).is_some() || !layer.policy.ports.is_empty()
}

/// The mode, if it is one: UNSET inherits as an absent mode does.
fn own_mode<'a>(layer: &Layer<'a>) -> Option<&'a Leaf<Mode>> {
    layer.policy.mode.as_ref().filter(|mode| mode.value != Mode::Unset)
}

/// The mode in force where the layer itself says none: that of the narrowest wider layer, at last
/// PERMISSIVE. Where two wider ones of one rank differ (their age unknown), any of them; if one of these
/// says none, whatever it inherits too.
fn modes<'a>(layer: &Layer<'a>, layers: &[Layer<'a>]) -> Vec<Mode> {
    if let Some(mode) = own_mode(layer) {
        return vec![mode.value];
    }
    let mut found = Vec::new();
    for rank_above in (0..rank(&layer.scope)).rev() {
        let wider =
            layers.iter().filter(|other| rank(&other.scope) == rank_above && other.scope.holds(&layer.scope));
        let said: Vec<Option<Mode>> = wider.map(|other| own_mode(other).map(|mode| mode.value)).collect();
        found.extend(said.iter().flatten());
        if !said.is_empty() && said.iter().all(Option::is_some) {
            return found;
        }
    }
    found.push(Mode::Permissive);
    found
}

/// The mode of a port that says one.
fn port_modes(layer: &Layer<'_>) -> Vec<(Leaf<u16>, Leaf<Mode>)> {
    let ports = layer.policy.ports.iter();
    let with_mode = ports.filter_map(|(port, mode)| Some((port.clone(), mode.clone()?)));
    with_mode.filter(|(_, mode)| mode.value != Mode::Unset).collect()
}

/// A port that says a mode.
type PortMode = (Leaf<u16>, Leaf<Mode>);

/// Where peers without an identity are refused: everywhere but on some ports, or on some ports.
#[derive(Default)]
struct Refused {
    strict: bool,
    spared: Vec<PortMode>,
    demanding: Vec<PortMode>,
}

/// By `ComposePeerAuthentication`.
fn by_sidecar(layer: &Layer<'_>, layers: &[Layer<'_>]) -> Refused {
    let strict = modes(layer, layers).contains(&Mode::Strict);
    let (demanding, spared) = port_modes(layer).into_iter().partition(|(_, mode)| mode.value == Mode::Strict);
    Refused { strict, spared, demanding }
}

/// By what istiod hands to ztunnel (`pilot/pkg/serviceregistry/ambient/authorization.go`,
/// `convertedSelectorPeerAuthentications` and `convertPeerAuthentication`), which differs in ports. Where the
/// files do not tell which others act, the refusal is kept.
fn by_ztunnel(layer: &Layer<'_>, layers: &[Layer<'_>]) -> Refused {
    let as_sidecar = by_sidecar(layer, layers);
    if rank(&layer.scope) < 2 {
        return Refused { strict: as_sidecar.strict, ..Refused::default() };
    }
    let above = |wanted: usize| {
        layers.iter().filter(move |other| rank(&other.scope) == wanted && other.scope.holds(&layer.scope))
    };
    let namespace_silent = above(1).all(|other| own_mode(other).is_none());
    let mesh_strict = above(0).next().is_some()
        && above(0).all(|other| own_mode(other).is_some_and(|mode| mode.value == Mode::Strict));
    let permissive = as_sidecar.spared.iter().any(|(_, mode)| mode.value == Mode::Permissive);
    let own = own_mode(layer).map(|mode| mode.value);
    // A STRICT port is taken for one that STRICT of the mesh covers, though the workload left that.
    let covered = matches!(own, Some(Mode::Permissive | Mode::Disable)) && namespace_silent && mesh_strict;
    // The policy that spares a port is not written, and STRICT is left out for it.
    let unwritten = permissive && namespace_silent && above(1).next().is_some();
    match own {
        None if as_sidecar.strict && unwritten => Refused::default(),
        // DISABLE spares a port beside PERMISSIVE alone.
        None if as_sidecar.strict && !permissive => Refused { spared: Vec::new(), ..as_sidecar },
        Some(_) if covered => Refused::default(),
        Some(_) | None => as_sidecar,
    }
}

/// What is told where ztunnel makes something else of the modes of ports.
fn otherwise_at_ztunnel(layer: &Layer<'_>, layers: &[Layer<'_>]) -> Finding {
    let meta = &layer.policy.meta;
    let ports = port_modes(layer);
    let of = |wanted: &[Mode]| ports.iter().find(|(_, mode)| wanted.contains(&mode.value));
    let inherits = own_mode(layer).is_none();
    let (found, what) = if !inherits {
        (
            of(&[Mode::Strict]),
            "is left out, since the mesh is STRICT and the namespace says nothing: peers without an identity get in",
        )
    } else if by_ztunnel(layer, layers).strict {
        (
            of(&[Mode::Disable]),
            "spares no port without PERMISSIVE on another: peers without an identity are refused",
        )
    } else {
        (
            of(&[Mode::Permissive]),
            "leaves STRICT out on all ports, since the PeerAuthentication of the namespace has no mode: peers without an identity get in",
        )
    };
    let (at, port) = found.map_or_else(
        || (Leaf { value: (), span: meta.name_span, field: "spec".to_string() }, String::new()),
        |(port, mode)| (mode.clone().map(drop), format!(" on port {}", port.value)),
    );
    let mode = found.map_or("this", |(_, mode)| match mode.value {
        Mode::Strict => "STRICT",
        Mode::Permissive => "PERMISSIVE",
        Mode::Disable => "DISABLE",
        Mode::Unset => "UNSET",
    });
    let message = format!("these pods are in ambient mode, where {mode}{port} {what}");
    Finding::new(&ZTUNNEL_MUTUAL_TLS, Direction::None, message)
        .severity(Severity::Warning)
        .at(at.span)
        .field(at.field)
        .on(&meta.reference)
        .help("give the workload a mode of its own, and the PeerAuthentication of the namespace one, too")
}

/// STRICT as a refusal. A layer that requires no identity anywhere becomes a policy without rules,
/// so that its leaves are accounted for.
fn require_identity(layer: &Layer<'_>, refused: &Refused, scope: Scope) -> Policy {
    let Refused { strict, spared, demanding } = refused;
    let port_test = |(port, _): &PortMode| Test {
        pattern: Pattern::Port(port.value),
        leaf: port.clone().map(|port| port.to_string()),
    };
    let port_clause = if *strict {
        clause(Attribute::DestinationPort, Vec::new(), spared.iter().map(port_test).collect())
    } else {
        clause(Attribute::DestinationPort, demanding.iter().map(port_test).collect(), Vec::new())
    };
    let rules =
        if *strict || !demanding.is_empty() { vec![rule(layer, demanding, port_clause)] } else { Vec::new() };
    Policy {
        origin: origin(&layer.policy.meta),
        scope,
        action: Action::RequireIdentity,
        not_enforced: None,
        enforcer: Enforcer::Sidecar,
        rules,
        own_leaves: own_leaves(layer),
        asks: None,
    }
}

fn own_leaves(layer: &Layer<'_>) -> Vec<Leaf<()>> {
    let mode = layer.policy.mode.iter().map(|mode| mode.clone().map(drop));
    let ports = layer.policy.ports.iter().flat_map(|(port, mode)| {
        [Some(port.clone().map(drop)), mode.clone().map(|mode| mode.map(drop))].into_iter().flatten()
    });
    let places = places(&layer.policy.meta, &layer.policy.attachment, true);
    let empty_mtls = Leaf { value: (), span: layer.policy.meta.name_span, field: "spec.mtls".to_string() };
    mode.chain(ports).chain(places).chain([empty_mtls]).collect()
}

/// A refusal of peers without any identity. Each place that says STRICT is one of its tests, so that
/// what is said of identities is said of each.
fn rule(layer: &Layer<'_>, strict_ports: &[PortMode], ports: Option<Clause>) -> Rule {
    let own = own_mode(layer);
    let strict = own.filter(|mode| mode.value == Mode::Strict).into_iter();
    let mut places: Vec<Leaf<()>> =
        strict.chain(strict_ports.iter().map(|(_, mode)| mode)).map(|mode| mode.clone().map(drop)).collect();
    // Where none says so it is inherited.
    let whole = || Leaf { value: (), span: layer.policy.meta.name_span, field: "spec".to_string() };
    if places.is_empty() {
        places.push(whole());
    }
    let at = own.map(|mode| mode.clone().map(drop));
    let at = at.or_else(|| places.first().cloned()).unwrap_or_else(whole);
    let test =
        |place: Leaf<()>| Test { pattern: Pattern::Present, leaf: place.map(|()| "STRICT".to_string()) };
    let nobody = clause(Attribute::Identity, Vec::new(), places.into_iter().map(test).collect());
    let conjunction = |clauses| Conjunction { at: at.clone(), clauses };
    Rule {
        at: at.clone(),
        on: Protocols::Any,
        sources: vec![conjunction(nobody.into_iter().collect())],
        operations: ports.map(|ports| conjunction(vec![ports])).into_iter().collect(),
        conditions: conjunction(Vec::new()),
    }
}

fn clause(attribute: Attribute, any_of: Vec<Test>, none_of: Vec<Test>) -> Option<Clause> {
    let tests = !any_of.is_empty() || !none_of.is_empty();
    tests.then_some(Clause { attribute, named_by: None, any_of, none_of })
}

/// Those of the same rank that may be in force in its place on some pods.
fn rivals<'l, 'a>(layer: &'l Layer<'a>, layers: &'l [Layer<'a>]) -> impl Iterator<Item = &'l Layer<'a>> {
    layers.iter().filter(move |other| {
        rank(&other.scope) == rank(&layer.scope)
            && other.policy.meta.reference != layer.policy.meta.reference
            && other.scope.may_meet(&layer.scope)
            && !is_older(layer, other)
    })
}

/// Where peers have no identity: DISABLE for the workload, or for some of its ports. One that says nothing
/// inherits it where another of its rank takes the wider one's place, and may not be in force.
fn plaintext(layer: &Layer<'_>, layers: &[Layer<'_>], scope: &Scope) -> Vec<Plaintext> {
    let is_off = |layer: &Layer<'_>| modes(layer, layers).iter().all(|mode| *mode == Mode::Disable);
    let certain_of = |ports_alone: bool| {
        let off = |layer: &Layer<'_>| ports_alone || is_off(layer);
        off(layer)
            && rivals(layer, layers).all(|other| off(other) && said_of_ports(layer) == said_of_ports(other))
    };
    let fact = |at: Leaf<()>, ports: Option<Vec<u16>>| Plaintext {
        reference: layer.policy.meta.reference.clone(),
        at,
        scope: scope.clone(),
        certain: certain_of(ports.is_some()),
        ports,
    };
    let whole = own_mode(layer).filter(|mode| mode.value == Mode::Disable);
    let replaces = says_something(layer) || rivals(layer, layers).any(says_something);
    let inherited = replaces && own_mode(layer).is_none() && modes(layer, layers).contains(&Mode::Disable);
    let all = match (whole, inherited) {
        (Some(mode), _) => Some(fact(mode.clone().map(drop), None)),
        (None, true) => {
            let at = Leaf { value: (), span: layer.policy.meta.name_span, field: "spec".to_string() };
            Some(fact(at, None))
        }
        (None, false) => None,
    };
    let ports = port_modes(layer).into_iter().filter(|(_, mode)| mode.value == Mode::Disable);
    let by_port = ports.map(|(port, mode)| fact(mode.map(drop), Some(vec![port.value])));
    all.into_iter().chain(by_port).collect()
}
