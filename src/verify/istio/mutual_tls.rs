//! PeerAuthentication: the mode of mutual TLS that is in force on a port.
//!
//! The narrowest scope that says something decides: port, workload, namespace, mesh; else the mode is
//! PERMISSIVE. Of two in one scope the older acts and the other not at all. In the root namespace only
//! policies without a selector act, on the whole mesh (`pilot/pkg/security/authn/policy_applier.go`,
//! `ComposePeerAuthentication`). STRICT has no chain for plaintext, so peers without an identity are
//! refused; under DISABLE nobody shows a certificate. In ambient mode identities are always proven, and ztunnel
//! gets STRICT as a refusal.

use super::announced::{Absence, Becomes, Beyond, Loss, Meets, covers};
use super::authorization::Seen;
use super::scope::{Scope, Selected};
use crate::config::Settings;
use crate::finding::{Direction, ObjectRef};
use crate::ir::Pattern;
use crate::istio::peer_authentication::{Mode, PeerAuthentication};
use crate::istio::{Attachment, Resources};
use crate::verify::formula::Formula;
use crate::verify::peer::Endpoint;
use crate::verify::program::{Action, By, Step, What};
use crate::verify::request::Dimension;
use crate::verify::test::{Matcher, Test, TestId, Tests};
use crate::yaml::fields::Leaf;
use std::sync::Arc;

/// Why nobody can tell the mode.
pub(super) const UNSURE: &str = "which PeerAuthentication is in force: the input does not show which of two is older, or not all labels of these pods";

/// All PeerAuthentications.
#[derive(Clone, Debug, Default)]
pub(super) struct PeerPolicies {
    pub(super) policies: Vec<Arc<PeerPolicy>>,
}

/// One that acts on sidecars.
#[derive(Clone, Debug)]
pub(super) struct PeerPolicy {
    pub(super) reference: ObjectRef,
    created: Option<String>,
    breadth: Breadth,
    scope: Scope,
    mode: Option<Level>,
    /// `portLevelMtls`; a port without a mode takes that of the workload.
    ports: Vec<(u16, Option<Level>)>,
    absence: Absence,
    everywhere: bool,
    beyond: Beyond,
    /// Another of its scope does not take its place.
    tied: bool,
    has_bare_selector: bool,
}

/// For how much a policy is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Breadth {
    Mesh,
    Namespace,
    Workload,
}

/// A mode with its place.
#[derive(Clone, Debug)]
struct Level {
    mode: Mode,
    by: By,
    /// A peer has an identity.
    proven: TestId,
    /// Its policy is the one in force, where that is not known.
    acts: TestId,
    refuses: Refuses,
    /// Where it refuses nobody, as is announced. There it acts all the same, in the place of others.
    silent: Absence,
    sure: Formula,
    perhaps: Formula,
}

/// Whom a level refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refuses {
    Nobody,
    WhoeverHasNoIdentity,
    /// A loss is announced that may refuse anybody.
    Everybody,
}

/// A mode that may be in force, with the level that says so; none is the mesh's default.
#[derive(Clone, Copy, Debug)]
struct Possible<'p>(Option<&'p Level>);

impl Possible<'_> {
    fn mode(self) -> Mode {
        self.0.map_or(Mode::Permissive, |level| level.mode)
    }

    fn refuses(self, workload: &Endpoint) -> Refuses {
        self.0.map_or(Refuses::Nobody, |level| level.refuses_on(workload))
    }
}

impl Level {
    /// `None` where the mode inherits.
    fn new(leaf: Option<&Leaf<Mode>>, reference: &ObjectRef, tests: &mut Tests) -> Option<Self> {
        let leaf = leaf.filter(|leaf| leaf.value != Mode::Unset)?;
        let by = By {
            what: What::MutualTls,
            objects: vec![reference.clone()],
            field: Some(leaf.field.clone()),
            span: Some(leaf.span),
        };
        let proven = tests.id(Test::Identity(Matcher::Pattern(Pattern::Present)));
        let acts = tests.id(Test::Text {
            of: Dimension::PeerAuthentication,
            matcher: Matcher::Pattern(Pattern::Exact(reference.to_string())),
        });
        let refuses = match leaf.value {
            Mode::Strict => Refuses::WhoeverHasNoIdentity,
            Mode::Permissive | Mode::Disable | Mode::Unset => Refuses::Nobody,
        };
        let never = Formula::Never;
        let mut level = Self {
            mode: leaf.value,
            by,
            proven,
            acts,
            refuses,
            silent: Absence::default(),
            sure: never.clone(),
            perhaps: never,
        };
        level.set(refuses);
        Some(level)
    }

    fn is_strict(&self) -> bool {
        self.mode == Mode::Strict
    }

    fn set(&mut self, refuses: Refuses) {
        let whom = match refuses {
            Refuses::Nobody => Formula::Never,
            Refuses::WhoeverHasNoIdentity => Formula::Test(self.proven).not(),
            Refuses::Everybody => Formula::Always,
        };
        let path = self.by.field.clone().unwrap_or_default();
        self.refuses = refuses;
        self.sure = Formula::field(path, self.by.span, whom);
        self.perhaps = Formula::All(vec![Formula::Test(self.acts), self.sure.clone()]);
    }

    fn refuses_on(&self, workload: &Endpoint) -> Refuses {
        if self.silent.is_from(workload) { Refuses::Nobody } else { self.refuses }
    }

    fn step(&self, sure: bool, workload: &Endpoint) -> Option<Step<'_>> {
        let when = if sure { &self.sure } else { &self.perhaps };
        let step = Step { when, action: Action::Deny, by: self.by.clone() };
        (self.refuses_on(workload) != Refuses::Nobody).then_some(step)
    }
}

impl PeerPolicy {
    fn new(policy: &PeerAuthentication, settings: &Settings, tests: &mut Tests) -> Option<Self> {
        let PeerAuthentication { meta, attachment, bare_selector, mode, ports } = policy;
        let scope = Scope::new(meta, attachment, settings);
        let breadth = match (attachment, scope.is_root()) {
            (Attachment::Everything, true) => Breadth::Mesh,
            (Attachment::Everything, false) => Breadth::Namespace,
            (Attachment::Selector(_), false) => Breadth::Workload,
            (Attachment::Selector(_), true) | (Attachment::TargetRefs(_), _) => return None,
        };
        let reference = meta.reference.clone();
        let ports =
            ports.iter().map(|(port, mode)| (port.value, Level::new(mode.as_ref(), &reference, tests)));
        Some(Self {
            created: meta.created.clone(),
            breadth,
            scope,
            ports: ports.collect(),
            mode: Level::new(mode.as_ref(), &reference, tests),
            reference,
            absence: Absence::default(),
            everywhere: false,
            beyond: Beyond::default(),
            tied: false,
            has_bare_selector: bare_selector.is_some(),
        })
    }

    /// Whether istiod looks at it for a workload in ambient mode: with a selector, even one without labels, only
    /// for those of its own namespace (`workloads.go`, `fetchPeerAuthentications`).
    fn is_listed_for(&self, workload: &Endpoint) -> bool {
        !self.has_bare_selector || workload.namespace == self.reference.namespace
    }

    /// What it says of a port, where it says anything.
    fn level(&self, port: u16) -> Option<&Level> {
        let own = self.ports.iter().find(|(number, _)| *number == port).and_then(|(_, level)| level.as_ref());
        own.or(self.mode.as_ref())
    }

    fn levels(&mut self) -> impl Iterator<Item = &mut Level> {
        self.mode.iter_mut().chain(self.ports.iter_mut().filter_map(|(_, level)| level.as_mut()))
    }

    /// Whether it acts instead of another of its scope. For sidecars Istio sorts by time, then by name
    /// (`pilot/pkg/model/push_context.go`, `sortConfigByCreationTime`); for ztunnel by time alone, and of two of
    /// one time any may come first (`pilot/pkg/serviceregistry/ambient/workloads.go`,
    /// `fetchPeerAuthentications`). A time that is not given is not known.
    fn is_older(&self, other: &Self, by_ztunnel: bool) -> bool {
        let (Some(own), Some(others)) = (utc(self.created.as_ref()), utc(other.created.as_ref())) else {
            return false;
        };
        own < others || !by_ztunnel && own == others && self.reference.name < other.reference.name
    }

    /// What a finding says that becomes of it.
    pub(super) fn lose(&mut self, loss: &Loss) {
        match &loss.becomes {
            Becomes::OtherInAmbient => {
                self.has_bare_selector = false;
                self.bound("spec", loss.direction);
            }
            Becomes::Without(path) => self.bound(path, loss.direction),
            Becomes::Gone => self.absence = Absence::Everywhere,
            Becomes::GoneBut(names) => self.levels().for_each(|level| level.silent.add_outside(names)),
            Becomes::Everywhere => self.everywhere = true,
            Becomes::UncapturedPorts | Becomes::BarePods(_) | Becomes::OutsideMesh => {
                self.beyond.add(&loss.becomes);
            }
            Becomes::Tied(_) => self.tied = true,
            Becomes::Normalised(_) | Becomes::OtherProtocols | Becomes::AlwaysRefuses => {}
        }
    }

    /// The modes at or below a path refuse nobody, or everybody.
    fn bound(&mut self, path: &str, direction: Direction) {
        let refuses = match direction {
            Direction::Narrows => Refuses::Everybody,
            Direction::Widens => Refuses::Nobody,
            Direction::Drops | Direction::None => return,
        };
        let lost = |level: &&mut Level| level.by.field.as_ref().is_some_and(|field| covers(path, field));
        self.levels().filter(lost).for_each(|level| {
            level.set(refuses);
            // Announced is that it acts as well as whichever else does.
            level.perhaps = level.sure.clone();
        });
    }
}

/// A port of a workload, and who enforces there.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) workload: &'p Endpoint,
    pub(super) port: u16,
    pub(super) by_ztunnel: bool,
}

/// Those that act on a workload in ambient mode, one of each breadth.
#[derive(Clone, Copy)]
struct Layers<'p> {
    mesh: Option<&'p PeerPolicy>,
    namespace: Option<&'p PeerPolicy>,
    own: Option<&'p PeerPolicy>,
}

impl<'p> Layers<'p> {
    /// The level that holds for a port; none where nothing is refused. Ports are those of the workload's
    /// policy, which istiod turns into a policy of its own (`authorization.go`, `convertPeerAuthentication`).
    fn at(self, port: u16) -> Option<&'p Level> {
        let of_mesh = self.mesh.and_then(|mesh| mesh.mode.as_ref());
        let of_namespace = self.namespace.and_then(|namespace| namespace.mode.as_ref());
        let inherited = of_namespace.or(of_mesh);
        let Some(policy) = self.own else { return inherited };
        let mut ports = policy.ports.iter();
        let of_port = ports.find(|(number, _)| *number == port).and_then(|(_, level)| level.as_ref());
        match (&policy.mode, inherited) {
            (Some(own), _) if own.is_strict() => of_port.filter(|level| !level.is_strict()).or(Some(own)),
            // A STRICT port is taken for one that STRICT of the mesh covers, though the workload left that.
            (Some(own), _) if of_namespace.is_none() && of_mesh.is_some_and(Level::is_strict) => Some(own),
            (Some(own), _) => of_port.filter(|level| level.is_strict()).or(Some(own)),
            (None, Some(above)) if above.is_strict() => self.spared(policy, of_port, above),
            (None, above) => of_port.filter(|level| level.is_strict()).or(above),
        }
    }

    /// A workload that inherits STRICT. It takes PERMISSIVE on some port to spare any, DISABLE too; and beside a
    /// policy of the namespace without a mode, the policy that spares it is not written at all, while STRICT
    /// is left out for it.
    fn spared(self, policy: &PeerPolicy, of_port: Option<&'p Level>, above: &'p Level) -> Option<&'p Level> {
        let mut levels = policy.ports.iter().filter_map(|(_, level)| level.as_ref());
        if !levels.any(|level| level.mode == Mode::Permissive) {
            return Some(above);
        }
        if self.namespace.is_some_and(|namespace| namespace.mode.is_none()) {
            return None;
        }
        of_port.filter(|level| !level.is_strict()).or(Some(above))
    }
}

/// A time as Kubernetes writes it, whose order is that of its text.
fn utc(time: Option<&String>) -> Option<&str> {
    time.map(String::as_str).filter(|time| time.len() == "2000-01-01T00:00:00Z".len() && time.ends_with('Z'))
}

impl PeerPolicies {
    pub(super) fn new(resources: &Resources, settings: &Settings, tests: &mut Tests) -> Self {
        let policies = resources.peer_authentications.iter();
        let compiled = policies.filter_map(|policy| PeerPolicy::new(policy, settings, tests).map(Arc::new));
        Self { policies: compiled.collect() }
    }

    /// Whether mutual TLS is off anywhere.
    pub(super) fn disables(&self) -> bool {
        let levels = self.policies.iter().flat_map(|policy| {
            policy.mode.iter().chain(policy.ports.iter().filter_map(|(_, level)| level.as_ref()))
        });
        levels.map(|level| level.mode).any(|mode| mode == Mode::Disable)
    }

    /// Whether peers prove their identity on a port of a workload. To ztunnel they do in every mode.
    pub(super) fn identities(&self, at: Place<'_>) -> Seen {
        if at.by_ztunnel {
            return Seen::Proven;
        }
        let possible = self.in_force(at);
        let off = possible.iter().filter(|possible| possible.mode() == Mode::Disable).count();
        match off {
            0 => Seen::Proven,
            all if all == possible.len() => Seen::Nobody,
            _ => Seen::Perhaps,
        }
    }

    /// Whether any of them may select a workload.
    pub(super) fn select(&self, workload: &Endpoint) -> bool {
        self.policies.iter().any(|policy| policy.scope.selects(workload) != Selected::No)
    }

    /// The refusals of peers without an identity.
    pub(super) fn steps(&self, at: Place<'_>, meets: Meets) -> Vec<Step<'_>> {
        let Place { workload, port, by_ztunnel: _ } = at;
        let mut steps = Vec::new();
        if meets == Meets::Proxy {
            let possible = self.in_force(at);
            let alike = possible.windows(2).all(|pair| {
                let [one, other] = pair else { return true };
                one.refuses(workload) == other.refuses(workload)
            });
            let shown = if alike { possible.get(..1).unwrap_or_default() } else { possible.as_slice() };
            steps.extend(shown.iter().filter_map(|possible| possible.0?.step(alike, workload)));
        }
        // What only an announcement makes act: beyond its selector, or beyond the proxy.
        for policy in self.policies.iter().filter(|policy| !policy.absence.is_from(workload)) {
            let selected = policy.scope.selects(workload);
            let beyond = policy.everywhere && policy.scope.reaches(workload) && selected != Selected::Yes;
            let acts = match meets {
                Meets::Proxy => beyond || policy.tied && selected != Selected::No,
                Meets::UncapturedPort | Meets::BarePod => {
                    policy.beyond.acts(meets, workload) && (beyond || selected != Selected::No)
                }
            };
            let sure = beyond || selected == Selected::Yes;
            let levels = match policy.level(port) {
                _ if !acts => Vec::new(),
                Some(level) => vec![level],
                // What it inherits it hands on.
                None => self.in_force(at).into_iter().filter_map(|possible| possible.0).collect(),
            };
            steps.extend(levels.into_iter().filter_map(|level| level.step(sure, workload)));
        }
        steps
    }

    /// The modes that may be in force: one, unless ages or labels are not known.
    fn in_force(&self, at: Place<'_>) -> Vec<Possible<'_>> {
        let Place { workload: _, port, by_ztunnel } = at;
        if by_ztunnel {
            return self.at_ztunnel(at);
        }
        let mut outer = vec![Possible(None)];
        for breadth in [Breadth::Mesh, Breadth::Namespace, Breadth::Workload] {
            let mut inner: Vec<Possible<'_>> = Vec::new();
            for winner in self.winners(breadth, at) {
                match winner.and_then(|policy| policy.level(port)) {
                    Some(level) => inner.push(Possible(Some(level))),
                    None => inner.extend(outer.iter().copied()),
                }
            }
            outer = inner;
        }
        outer
    }

    /// The same as ztunnel has them, which gets refusals (`pilot/pkg/serviceregistry/ambient/authorization.go`,
    /// `convertedSelectorPeerAuthentications`).
    fn at_ztunnel(&self, at: Place<'_>) -> Vec<Possible<'_>> {
        let winners = |breadth| self.winners(breadth, at);
        let (meshes, namespaces) = (winners(Breadth::Mesh), winners(Breadth::Namespace));
        let mut found = Vec::new();
        for own in winners(Breadth::Workload) {
            for namespace in &namespaces {
                let layers = meshes.iter().map(|mesh| Layers { mesh: *mesh, namespace: *namespace, own });
                found.extend(layers.map(|layers| Possible(layers.at(at.port))));
            }
        }
        found
    }

    /// Those of one scope that may act; `None` where perhaps none does.
    fn winners(&self, breadth: Breadth, at: Place<'_>) -> Vec<Option<&PeerPolicy>> {
        let Place { workload, port: _, by_ztunnel } = at;
        let selecting: Vec<(&PeerPolicy, bool)> = self
            .policies
            .iter()
            .filter(|policy| !policy.absence.is_from(workload) && policy.breadth == breadth)
            .filter(|policy| !by_ztunnel || policy.is_listed_for(workload))
            .map(|policy| (policy.as_ref(), policy.scope.selects(workload)))
            .filter(|(_, selected)| *selected != Selected::No)
            .map(|(policy, selected)| (policy, selected == Selected::Yes))
            .collect();
        let is_beaten = |policy: &PeerPolicy| {
            selecting.iter().any(|(other, sure)| *sure && other.is_older(policy, by_ztunnel))
        };
        let mut winners: Vec<Option<&PeerPolicy>> = selecting
            .iter()
            .filter(|(policy, _)| !is_beaten(policy))
            .map(|(policy, _)| Some(*policy))
            .collect();
        if !selecting.iter().any(|(_, sure)| *sure) {
            winners.push(None);
        }
        winners
    }
}
