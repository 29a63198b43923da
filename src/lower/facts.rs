//! Facts about the mesh: which namespaces and workloads are in it, and what their ports carry.

use crate::config::{Identity, SYSTEM_NAMESPACES, Settings};
use crate::ir::identity::{looks_like_identity, project};
use crate::ir::{
    self, Action, Attribute, Bound, ByNamespace, Clause, Facts, Glob, Member, Namespaces, Plaintext, Policy,
    PortClass, Scope, ServiceFacts, Test, Uncaptured,
};
use crate::manifest::{
    AppProtocol, CapturedPorts, Inside, Inventory, Membership, Outside, PortTarget, Proxy, Workload,
};
use std::collections::{BTreeMap, BTreeSet};

/// Istio's own ports, of which no fact tells: nothing listens there once the mesh is gone.
const OWN_PORTS: [u16; 3] = [15020, 15021, 15090];

/// Gathers the facts. `policies` are those lowered from the same input: a namespace that one of
/// them names is not proven to be outside the mesh.
pub(super) fn facts(
    policies: &[Policy],
    plaintext: Vec<Plaintext>,
    selectors: Vec<Scope>,
    inventory: &Inventory,
    settings: &Settings,
) -> Facts {
    let namespaces = namespaces(policies, inventory, settings);
    let workload = |workload| workload_facts(workload, &namespaces, inventory);
    let workloads: Vec<ir::Workload> = inventory.workloads.iter().map(workload).collect();
    let gateways = workloads.iter().filter(|workload| workload.proxy == ir::Proxy::Gateway);
    let waypoints = inventory.waypoints.shown.iter().map(|waypoint| waypoint.identity.clone());
    let gateways = gateways.map(|workload| workload.identity.clone()).chain(waypoints).collect();
    Facts {
        trust_domain: settings.trust_domain.clone(),
        root_namespace: settings.root_namespace.clone(),
        workloads: ByNamespace::new(workloads, |workload| &workload.identity.namespace),
        services: ByNamespace::new(services(inventory), |service| &service.namespace),
        plaintext,
        selectors: ByNamespace::new(selectors, |scope| scope.namespace.as_deref().unwrap_or_default()),
        named_identities: named_identities(policies, settings),
        mentioned_identities: whole(identities(policies), settings).collect(),
        foreign_identities: foreign_identities(policies, settings),
        gateways,
        namespaces,
    }
}

/// The two sets. A namespace is proven outside by the system list, as the control plane's, or by
/// its own object in the input, if nothing else speaks for the mesh.
fn namespaces(policies: &[Policy], inventory: &Inventory, settings: &Settings) -> Namespaces {
    let named = named_namespaces(policies, settings);
    let mut outside: BTreeSet<String> = SYSTEM_NAMESPACES.iter().map(ToString::to_string).collect();
    outside.extend(settings.system_namespaces.iter().cloned());
    outside.insert(settings.root_namespace.clone());
    let mut found = Namespaces { only: settings.mesh_namespaces.clone(), ..Namespaces::default() };
    let ambient = inventory.namespaces.keys().filter(|name| inventory.is_ambient(name, settings));
    found.ambient = ambient.cloned().collect();
    let workload_namespaces = inventory.workloads.iter().map(|workload| &workload.identity.namespace);
    let known: BTreeSet<&String> = inventory.namespaces.keys().chain(workload_namespaces).collect();
    for name in known {
        match inventory.membership(name, settings) {
            Membership::Proven(Inside::Listed | Inside::InjectionLabel | Inside::AmbientLabel) => {
                found.proven.insert(name.clone());
            }
            Membership::Proven(Inside::Workload(_)) => {
                found.proven_in_part.insert(name.clone(), accounts_with_proxy(name, inventory));
            }
            Membership::Outside(Outside::Unlabelled | Outside::NotListed) => {
                found.shown_without_mesh.insert(name.clone());
                if !named.contains(name) {
                    outside.insert(name.clone());
                }
            }
            Membership::Outside(Outside::System | Outside::ControlPlane) | Membership::Unknown => {}
        }
    }
    if let Some(only) = &settings.mesh_namespaces {
        found.proven.clone_from(only);
        outside.retain(|name| !only.contains(name));
    }
    found.outside = outside;
    found
}

/// The accounts whose templates prove a proxy of their own.
fn accounts_with_proxy(namespace: &str, inventory: &Inventory) -> BTreeSet<String> {
    let injected = inventory
        .workloads_of(namespace)
        .filter(|workload| !workload.gateway && matches!(workload.proxy, Proxy::Sidecar | Proxy::Ambient));
    injected.map(|workload| workload.identity.account.clone()).collect()
}

/// Namespaces that a positive test of some policy names.
fn named_namespaces(policies: &[Policy], settings: &Settings) -> BTreeSet<String> {
    let tests = policies.iter().flat_map(positive_identities);
    let projected = tests.filter_map(|test| project(&test.pattern, &settings.trust_domain, Bound::Over));
    projected.flatten().filter_map(|pair| pair.namespace.as_exact().map(str::to_string)).collect()
}

/// Identities that an enforced Allow policy names whole: each is a member by assumption.
fn named_identities(policies: &[Policy], settings: &Settings) -> Vec<Identity> {
    let allows =
        policies.iter().filter(|policy| policy.action == Action::Allow && policy.not_enforced.is_none());
    whole(allows.flat_map(positive_identities), settings).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The identities of which a test names namespace and account.
fn whole<'a>(tests: impl Iterator<Item = &'a Test>, settings: &Settings) -> impl Iterator<Item = Identity> {
    let projected = tests.filter_map(|test| project(&test.pattern, &settings.trust_domain, Bound::Under));
    projected.flatten().filter_map(|pair| {
        let namespace = pair.namespace.as_exact()?.to_string();
        Some(Identity { namespace, account: pair.account.as_exact()?.to_string() })
    })
}

/// What tests name that no identity of this mesh's trust domain matches.
fn foreign_identities(policies: &[Policy], settings: &Settings) -> BTreeSet<Glob> {
    let foreign = identities(policies).filter(|test| {
        let local = project(&test.pattern, &settings.trust_domain, Bound::Over);
        local.is_some_and(|pairs| pairs.is_empty()) && looks_like_identity(&test.pattern, Bound::Over)
    });
    foreign.filter_map(|test| test.pattern.as_glob(Bound::Over)).collect()
}

fn identity_clauses(policy: &Policy) -> impl Iterator<Item = &Clause> {
    let conjunctions = policy.rules.iter().flat_map(ir::Rule::conjunctions);
    let clauses = conjunctions.flat_map(|conjunction| &conjunction.clauses);
    clauses.filter(|clause| clause.attribute == Attribute::Identity)
}

fn positive_identities(policy: &Policy) -> impl Iterator<Item = &Test> {
    identity_clauses(policy).flat_map(|clause| &clause.any_of)
}

fn identities(policies: &[Policy]) -> impl Iterator<Item = &Test> {
    policies.iter().flat_map(identity_clauses).flat_map(Clause::tests)
}

fn workload_facts(workload: &Workload, namespaces: &Namespaces, inventory: &Inventory) -> ir::Workload {
    let protocols = inventory.protocols(workload);
    let own = workload.containers.iter().flat_map(|container| &container.ports);
    let mut known = protocols.declared();
    known.extend(own.filter(|port| port.protocol == "TCP").map(|port| port.port));
    known.retain(|port| !OWN_PORTS.contains(port));
    let class = |port: &u16| Some((*port, port_class(protocols.of(*port))?));
    ir::Workload {
        reference: workload.reference.clone(),
        span: workload.span,
        identity: workload.identity.clone(),
        labels: workload.labels.clone(),
        proxy: proxy(workload, namespaces),
        member: member(workload),
        ports: known.iter().filter_map(class).collect(),
        uncaptured: uncaptured(&workload.captured),
    }
}

/// UDP and SCTP ports never meet the proxy.
fn port_class(protocol: AppProtocol) -> Option<PortClass> {
    match protocol {
        AppProtocol::Http => Some(PortClass::Http),
        AppProtocol::Tcp => Some(PortClass::Tcp),
        AppProtocol::Unknown => Some(PortClass::Unknown),
        AppProtocol::NotTcp => None,
    }
}

/// A workload counts as un-injected where the input proves it. A namespace that only lacks the label
/// and is not proven outside may be labelled elsewhere.
fn proxy(workload: &Workload, namespaces: &Namespaces) -> ir::Proxy {
    let namespace = &workload.identity.namespace;
    match workload.proxy {
        _ if workload.gateway => ir::Proxy::Gateway,
        Proxy::Unlabelled if namespaces.is_outside(namespace) => ir::Proxy::None,
        Proxy::Sidecar | Proxy::Unknown | Proxy::Unlabelled => ir::Proxy::Sidecar,
        Proxy::Ambient => ir::Proxy::Ambient,
        Proxy::None => ir::Proxy::None,
    }
}

/// What the template and its namespace's object say, without the benefit of the doubt.
fn member(workload: &Workload) -> Member {
    match workload.proxy {
        _ if workload.gateway => Member::Proven,
        Proxy::Sidecar | Proxy::Ambient => Member::Proven,
        Proxy::Unknown => Member::Possible,
        Proxy::Unlabelled => Member::Unlabelled,
        Proxy::None => Member::No,
    }
}

fn uncaptured(captured: &CapturedPorts) -> Uncaptured {
    let sorted = |ports: &[u16]| {
        let kept = ports.iter().filter(|port| !OWN_PORTS.contains(port));
        kept.copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    match captured {
        CapturedPorts::AllBut(ports) => Uncaptured::Ports(sorted(ports)),
        CapturedPorts::Only(ports) => Uncaptured::AllBut(sorted(ports)),
    }
}

/// Services with a selector, their TCP ports by the pods' number.
fn services(inventory: &Inventory) -> Vec<ServiceFacts> {
    let with_pods = inventory.services.iter().filter(|service| !service.selector.is_empty());
    let facts = with_pods.map(|service| {
        let mut ports: BTreeMap<u16, PortClass> = BTreeMap::new();
        for port in &service.ports {
            let PortTarget::Number(number) = port.target else { continue };
            let Some(class) = port_class(port.declared()) else { continue };
            let known = ports.entry(number).or_insert(class);
            if *known != class {
                *known = PortClass::Unknown;
            }
        }
        ServiceFacts {
            reference: service.reference.clone(),
            namespace: service.reference.namespace.clone().unwrap_or_default(),
            selector: service.selector.clone(),
            ports,
        }
    });
    facts.collect()
}
