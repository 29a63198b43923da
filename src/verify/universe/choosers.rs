//! What selects pods: policies on both sides, and Services, which declare protocols.

use super::calico::{namespace_label, open_tests};
use super::namespaces::Namespaces;
use super::{World, capture};
use crate::istio::authorization_policy::{Action, Key, Operation, Rule};
use crate::istio::peer_authentication::{Mode, PeerAuthentication};
use crate::istio::{Attachment, Meta, Resources};
use crate::manifest::{CapturedPorts, Inventory, Labels, Service, is_set_by_controllers, matches_labels};
use crate::object::calico::matching::{Known, Selector, Test as LabelTest, all};
use crate::object::calico::v3::Policy;
use crate::verify::peer::{Endpoint, NAMESPACE, ORCHESTRATOR, SERVICE_ACCOUNT, Side};
use crate::yaml::fields::Leaf;
use std::collections::{BTreeMap, BTreeSet};

/// Tests of a pod's own labels, by label.
pub(super) type Tests = BTreeMap<String, BTreeSet<LabelTest>>;

/// Something that selects pods.
#[derive(Debug)]
pub(super) enum Chooser<'a> {
    /// A policy of the mesh.
    Istio(IstioChooser<'a>),
    /// A policy of Calico, on one side.
    Calico(Side, &'a Policy),
    /// A Service, or what is one to Istio.
    Service(&'a Service),
}

/// A policy of the mesh.
#[derive(Debug)]
pub(super) struct IstioChooser<'a> {
    /// `None` for all namespaces.
    namespace: Option<&'a str>,
    labels: Labels,
    /// The ports that it names.
    pub(super) ports: Vec<u16>,
    /// Those that its rules with HTTP fields name; `None` where it has no such rule.
    pub(super) http_ports: Option<Vec<u16>>,
    /// Whether it may refuse anybody.
    pub(super) refuses: bool,
    /// Which ports reach the proxy of any template that it may select; `None` where there is no such
    /// template.
    pub(super) captured: Option<CapturedPorts>,
}

/// What stands before labels that a pod has from its Namespace.
pub(super) const OF_NAMESPACE: &str = "pcns.";

/// The label of pods that run Dikastes: which reading it is decides about it.
const GUARD: &str = "unmesh.dev/l7";

/// Everything that selects pods, policies first.
pub(super) fn choosers<'a>(world: &World<'a>, namespaces: &Namespaces) -> Vec<Chooser<'a>> {
    let before = world.before.policies.iter().map(|policy| Chooser::Calico(Side::Before, policy));
    let after = world.after.policies.iter().map(|policy| Chooser::Calico(Side::After, policy));
    let services = world.inventory.services.iter().chain(&world.inventory.service_entries);
    let services = services.filter(|service| !service.selector.is_empty()).map(Chooser::Service);
    istio(world, namespaces)
        .into_iter()
        .map(Chooser::Istio)
        .chain(before)
        .chain(after)
        .chain(services)
        .collect()
}

/// The ports that a policy names, and those that its rules with HTTP fields name.
type Named = (Vec<u16>, Option<Vec<u16>>);

fn istio<'a>(world: &World<'a>, namespaces: &Namespaces) -> Vec<IstioChooser<'a>> {
    let root = world.settings.root_namespace.as_str();
    let resources = world.resources;
    let mut found = Vec::new();
    let mut add = |attachment: &Attachment, meta: &'a Meta, (ports, http_ports): Named, refuses: bool| {
        let labels = match attachment {
            Attachment::Everything => Labels::new(),
            Attachment::Selector(labels) => {
                labels.iter().map(|(key, leaf)| (key.clone(), leaf.value.clone())).collect()
            }
            // Sidecars ignore such a policy.
            Attachment::TargetRefs(_) => return,
        };
        let namespace = meta.reference.namespace.as_deref().filter(|namespace| *namespace != root);
        found.push(IstioChooser { namespace, labels, ports, http_ports, refuses, captured: None });
    };
    for policy in &resources.authorization_policies {
        if policy.dry_run.is_none() && policy.action.value != Action::Audit {
            let rules = || policy.rules.iter().flatten();
            let http = || rules().filter(|rule| has_http_fields(rule));
            let http_ports = http().next().is_some().then(|| ports_of(http()));
            add(&policy.attachment, &policy.meta, (ports_of(rules()), http_ports), true);
        }
    }
    for policy in &resources.peer_authentications {
        let in_root = policy.meta.reference.namespace.as_deref() == Some(root);
        // A selector in the root namespace selects nothing.
        if !in_root || matches!(policy.attachment, Attachment::Everything) {
            let ports = policy.ports.iter().map(|(port, _)| port.value).collect();
            add(&policy.attachment, &policy.meta, (ports, None), may_be_strict(policy, resources, root));
        }
    }
    for policy in &resources.request_authentications {
        add(&policy.attachment, &policy.meta, (Vec::new(), None), false);
    }
    capture::note(world, namespaces, &mut found);
    found
}

/// Whether a PeerAuthentication may demand mutual TLS anywhere: by itself, or since it inherits from one
/// that does.
fn may_be_strict(policy: &PeerAuthentication, resources: &Resources, root: &str) -> bool {
    let above = resources.peer_authentications.iter().filter(|other| {
        let place = other.meta.reference.namespace.as_deref();
        let everything = matches!(other.attachment, Attachment::Everything);
        everything && (place == Some(root) || place == policy.meta.reference.namespace.as_deref())
    });
    let inherits = |mode: Option<&Leaf<Mode>>| mode.is_none_or(|mode| mode.value == Mode::Unset);
    is_strict(policy) || inherits(policy.mode.as_ref()) && above.into_iter().any(is_strict)
}

fn is_strict(policy: &PeerAuthentication) -> bool {
    let modes = policy.mode.iter().chain(policy.ports.iter().filter_map(|(_, mode)| mode.as_ref()));
    modes.into_iter().any(|mode| mode.value == Mode::Strict)
}

/// The ports that rules name.
fn ports_of<'r>(rules: impl Iterator<Item = &'r Rule>) -> Vec<u16> {
    let leaves = rules.flat_map(|rule| {
        let by_operation =
            rule.to.iter().flat_map(|operation| operation.ports.iter().chain(&operation.not_ports));
        let conditions = rule.when.iter().filter(|when| when.key.value == Key::DestinationPort);
        by_operation.chain(conditions.flat_map(|when| when.values.iter().chain(&when.not_values)))
    });
    leaves.filter_map(|leaf| leaf.value.parse().ok()).collect()
}

/// Whether a rule asks for something that only HTTP has.
fn has_http_fields(rule: &Rule) -> bool {
    let operations = rule.to.iter().flat_map(|operation| {
        let Operation {
            at: _,
            hosts,
            not_hosts,
            ports: _,
            not_ports: _,
            methods,
            not_methods,
            paths,
            not_paths,
        } = operation;
        [hosts, not_hosts, methods, not_methods, paths, not_paths]
    });
    let sources =
        rule.from.iter().flat_map(|source| [&source.request_principals, &source.not_request_principals]);
    let by_key = rule.when.iter().any(|when| match when.key.value {
        Key::RequestHeader(_)
        | Key::RequestPrincipal
        | Key::RequestAudiences
        | Key::RequestPresenter
        | Key::RequestClaim(_) => true,
        Key::SourceIp
        | Key::RemoteIp
        | Key::SourceNamespace
        | Key::SourceServiceAccount
        | Key::SourcePrincipal
        | Key::SourceTrustDomain
        | Key::DestinationIp
        | Key::DestinationPort
        | Key::ConnectionSni
        | Key::EnvoyFilter(_) => false,
    });
    by_key || operations.chain(sources).any(|list| !list.is_empty())
}

impl IstioChooser<'_> {
    /// Whether it selects a pod; `None` where that is not known.
    pub(super) fn selects(&self, pod: &Endpoint) -> Option<bool> {
        let here = self.namespace.is_none() || self.namespace == pod.namespace.as_deref();
        all(std::iter::once(Some(here)).chain(equal(&self.labels, pod)))
    }

    /// Its labels, if every workload of the input that it selects is a gateway, and there is one.
    pub(super) fn of_gateways(&self, inventory: &Inventory) -> Option<&Labels> {
        let mut selected = inventory.workloads.iter().filter(|workload| {
            let namespace = workload.identity.namespace.as_str();
            self.namespace.is_none_or(|own| own == namespace)
                && matches_labels(&self.labels, &workload.labels)
        });
        let first = selected.next().filter(|_| !self.labels.is_empty())?;
        (first.gateway && selected.all(|workload| workload.gateway)).then_some(&self.labels)
    }
}

impl Chooser<'_> {
    /// Whether it is a policy.
    pub(super) fn is_policy(&self) -> bool {
        match self {
            Self::Istio(_) | Self::Calico(..) => true,
            Self::Service(_) => false,
        }
    }

    /// Whether it has rules that only HTTP can match.
    pub(super) fn asks_http(&self) -> bool {
        match self {
            Self::Istio(policy) => policy.http_ports.is_some(),
            Self::Calico(..) | Self::Service(_) => false,
        }
    }

    /// Whether it may select pods of the namespace of `at`, which is any pod there.
    pub(super) fn reaches(&self, at: &Endpoint) -> bool {
        let own = at.namespace.as_deref();
        match self {
            Self::Istio(policy) => policy.namespace.is_none() || policy.namespace == own,
            Self::Calico(_, policy) => selects(policy, at) != Some(false),
            Self::Service(service) => service.reference.namespace.as_deref() == own,
        }
    }

    /// Whether it selects a pod; `None` where that is not known.
    pub(super) fn selects(&self, before: &Endpoint, after: &Endpoint) -> Option<bool> {
        match self {
            Self::Istio(policy) => policy.selects(before),
            Self::Calico(Side::Before, policy) => selects(policy, before),
            Self::Calico(Side::After, policy) => selects(policy, after),
            Self::Service(service) => {
                let here = service.reference.namespace == before.namespace;
                all(std::iter::once(Some(here)).chain(equal(&service.selector, before)))
            }
        }
    }

    /// What it asks of the labels of pods of the namespace of `at`; their service account counts as
    /// a label.
    pub(super) fn tests(&self, at: &Endpoint, into: &mut Tests) {
        let mut add = |key: &str, test: &LabelTest| {
            let key = if key == "pcsa.projectcalico.org/name" { SERVICE_ACCOUNT } else { key };
            if is_own(key) {
                into.entry(key.to_string()).or_default().insert(test.clone());
            }
        };
        match self {
            Self::Istio(policy) => {
                policy.labels.iter().for_each(|(key, value)| add(key, &LabelTest::Equals(value.clone())));
            }
            Self::Service(service) => {
                service.selector.iter().for_each(|(key, value)| add(key, &LabelTest::Equals(value.clone())));
            }
            Self::Calico(_, policy) => {
                open_tests(&policy.selector, &|key| calico_label(at, key), &mut add);
                if let Some(selector) = &policy.service_account_selector {
                    let mut add = |key: &str, test: &LabelTest| add(&format!("pcsa.{key}"), test);
                    open_tests(selector, &|_| Known::Unknown, &mut add);
                }
            }
        }
    }
}

impl Chooser<'_> {
    /// What it asks of labels of a Namespace that the input does not show, under their prefix.
    pub(super) fn namespace_tests(&self, at: &Endpoint, into: &mut Tests) {
        let Self::Calico(_, policy) = self else { return };
        let mut add = |key: &str, test: &LabelTest| {
            if key.starts_with(OF_NAMESPACE) {
                into.entry(key.to_string()).or_default().insert(test.clone());
            }
        };
        open_tests(&policy.selector, &|key| calico_label(at, key), &mut add);
        if let Some(selector) = &policy.namespace_selector {
            let mut add = |key: &str, test: &LabelTest| add(&format!("{OF_NAMESPACE}{key}"), test);
            open_tests(selector, &|key| namespace_label(at, key), &mut add);
        }
    }
}

/// The label of an open pod whose account is not known either. Every pod counts as one that may run
/// Dikastes.
fn calico_label<'e>(at: &'e Endpoint, key: &str) -> Known<'e> {
    match key {
        GUARD => Known::Value("dikastes"),
        SERVICE_ACCOUNT if at.open => Known::Unknown,
        _ if at.open && key.starts_with("pcsa.") => Known::Unknown,
        _ => at.label(key),
    }
}

fn selects(policy: &Policy, pod: &Endpoint) -> Option<bool> {
    let own = policy.reference.namespace.as_ref().is_none_or(|own| pod.namespace.as_ref() == Some(own));
    if !own {
        return Some(false);
    }
    let label = |key: &str| calico_label(pod, key);
    let inherited = |selector: &Option<Selector>, prefix: &str| match selector {
        None => Some(true),
        Some(selector) if prefix == "pcns." => selector.evaluate(&|key| namespace_label(pod, key)),
        Some(selector) => selector.evaluate(&|key| calico_label(pod, &format!("{prefix}{key}"))),
    };
    all([
        policy.selector.evaluate(&label),
        inherited(&policy.namespace_selector, "pcns."),
        inherited(&policy.service_account_selector, "pcsa."),
    ])
}

fn equal<'s>(labels: &'s Labels, pod: &'s Endpoint) -> impl Iterator<Item = Option<bool>> + 's {
    labels.iter().map(|(key, value)| LabelTest::Equals(value.clone()).passes(pod.label(key)))
}

/// Whether a label is one that a pod's template can have.
fn is_own(key: &str) -> bool {
    let calico =
        key == NAMESPACE || key == ORCHESTRATOR || key.starts_with("pcns.") || key.starts_with("pcsa.");
    !calico && key != GUARD && !is_set_by_controllers(key)
}
