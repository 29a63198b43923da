//! The workloads to ask about.

use super::World;
use super::choosers::{Chooser, Tests, choosers};
use super::combinations::{combinations, named, of_namespace};
use super::endpoints::{any, shown};
use super::identities::Identities;
use super::namespaces::Namespaces;
use super::ports::{Mentioned, Pod, names_of};
use super::unseen::Unseen;
use crate::manifest::{AppProtocol, Proxy, Workload};
use crate::verify::answer::{Assumption, Unknown};
use crate::verify::peer::Endpoint;
use crate::verify::subject::{Chain, Enforcer, Subject};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The workloads to ask about, what is assumed of them, and those that cannot be asked about.
#[must_use]
pub fn subjects(world: &World<'_>) -> (Vec<Subject>, Vec<Assumption>, Vec<Unknown>) {
    let identities = Identities::of(world);
    let namespaces = Namespaces::of(world, &identities);
    let choosers = choosers(world, &namespaces);
    let mut all = Subjects {
        world,
        namespaces: &namespaces,
        found: Vec::new(),
        passed_by: Vec::new(),
        assumed: BTreeSet::from([assumption(
            "nothing listens on the ports 15020, 15021 and 15090 once the proxies are gone",
            "look for containers that declare them: `kubectl get pods -A -o yaml`",
        )]),
        unknown: Vec::new(),
    };
    let mut reaching: BTreeMap<&str, Vec<&Chooser<'_>>> = BTreeMap::new();
    for workload in &world.inventory.workloads {
        let namespace = workload.identity.namespace.as_str();
        let reaching = reaching.entry(namespace).or_insert_with(|| {
            let at = any(world, namespace, "");
            choosers.iter().filter(|chooser| chooser.reaches(&at)).collect()
        });
        all.workload(workload, reaching);
    }
    let unseen = Unseen { world, identities: &identities, namespaces: &namespaces, choosers: &choosers };
    unseen.add_to(&mut all);
    (all.found, all.assumed.into_iter().collect(), all.unknown)
}

/// Something that the model takes for granted.
pub(super) fn assumption(text: impl Into<String>, check: impl Into<String>) -> Assumption {
    Assumption { text: text.into(), check: check.into() }
}

/// On other ports requests are asked about as bytes alone.
pub(super) fn http_is_declared() -> Assumption {
    assumption(
        "HTTP is spoken on ports of templates, Services and rules with HTTP fields alone",
        "give the Services of all workloads to unmesh",
    )
}

/// What was found so far.
pub(super) struct Subjects<'w> {
    world: &'w World<'w>,
    namespaces: &'w Namespaces,
    pub(super) found: Vec<Subject>,
    /// Workloads of the input that are not asked about: what they are before and afterwards.
    pub(super) passed_by: Vec<(Endpoint, Endpoint)>,
    pub(super) assumed: BTreeSet<Assumption>,
    pub(super) unknown: Vec<Unknown>,
}

impl Subjects<'_> {
    /// Says that something cannot be asked about.
    pub(super) fn give_up(&mut self, workload: String, why: &str, cap: bool) {
        self.unknown.push(Unknown { workload, port: "all".to_string(), why: why.to_string(), cap });
    }

    fn workload(&mut self, workload: &Workload, reaching: &[&Chooser<'_>]) {
        let name = workload.reference.to_string();
        let sidecar = self.namespaces.has_sidecar(workload);
        let (before, after) = shown(self.world, workload, sidecar);
        if workload.gateway || workload.host_network {
            self.passed_by.push((before.clone(), after.clone()));
        }
        if workload.gateway {
            self.assumed.insert(assumption(
                format!("the gateway `{name}` polices itself until it goes with the mesh"),
                "put policy on whatever takes its place",
            ));
            return;
        }
        if workload.host_network {
            self.assumed.insert(assumption(
                format!("the pods of `{name}` are in their nodes' network, where no policy of pods acts"),
                "protect them by policy on hosts",
            ));
            return;
        }
        match workload.proxy {
            Proxy::Ambient => self.assumed.extend(of_ambient_mode()),
            Proxy::Unknown | Proxy::Unlabelled if sidecar => {
                self.assumed.insert(assumption(
                    format!("the pods of `{name}` have a sidecar, though the input does not show it"),
                    format!(
                        "look for the container `istio-proxy` in its pods, or give the Namespace `{}` to unmesh",
                        workload.identity.namespace
                    ),
                ));
            }
            Proxy::Sidecar | Proxy::None | Proxy::Unknown | Proxy::Unlabelled => {}
        }
        for (name, before, after) in self.variants(&name, &before, &after, reaching) {
            let mut http = reaching.iter().filter(|chooser| chooser.asks_http());
            if sidecar && http.any(|chooser| chooser.selects(&before, &after) != Some(false)) {
                self.assumed.insert(http_is_declared());
            }
            let subject = self.subject(workload, name, before, after, reaching);
            self.found.push(subject);
        }
    }

    /// The workload under each combination of labels of its Namespace that policies tell apart, where
    /// the input does not show it.
    fn variants(
        &mut self,
        name: &str,
        before: &Endpoint,
        after: &Endpoint,
        reaching: &[&Chooser<'_>],
    ) -> Vec<(String, Endpoint, Endpoint)> {
        let mut tests = Tests::new();
        if after.namespace_labels.is_none() {
            let at = Endpoint { open: true, ..after.clone() };
            for chooser in reaching {
                chooser.namespace_tests(&at, &mut tests);
            }
        }
        let Some(combinations) = combinations(&tests) else {
            self.give_up(name.to_string(), "policies select by too many labels of its Namespace", true);
            return Vec::new();
        };
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for combination in &combinations {
            let labels = of_namespace(combination);
            let [before, after] = [before, after].map(|endpoint| Endpoint {
                namespace_labels: labels.clone().or_else(|| endpoint.namespace_labels.clone()),
                ..endpoint.clone()
            });
            let selected: Vec<_> = reaching.iter().map(|chooser| chooser.selects(&before, &after)).collect();
            if seen.insert(selected) {
                found.push((named(name, combination), before, after));
            }
        }
        found
    }

    fn subject(
        &self,
        workload: &Workload,
        name: String,
        before: Endpoint,
        after: Endpoint,
        reaching: &[&Chooser<'_>],
    ) -> Subject {
        let enforcer = self.namespaces.enforcer(workload);
        let mut mentioned = Mentioned::default();
        mentioned.workload(workload, self.world.inventory);
        let policies = reaching.iter().filter(|chooser| chooser.is_policy());
        for chooser in policies.filter(|chooser| chooser.selects(&before, &after) != Some(false)) {
            mentioned.chooser(chooser);
        }
        let protocols = self.world.inventory.protocols(workload);
        let ports = mentioned.of(&Pod {
            captured: enforcer.is_there().then_some(&workload.captured),
            names: &|number, protocol| Some(names_of(workload, number, protocol)),
            chains: &|number| by(enforcer, || chains(protocols.of(number))),
        });
        let workload = Some(workload.reference.clone());
        Subject { name, workload, before, after, enforcer, ports }
    }
}

/// What is taken for granted of pods in ambient mode.
pub(super) fn of_ambient_mode() -> [Assumption; 3] {
    [
        assumption(
            "clients with a proxy reach pods in ambient mode by HBONE and by themselves, not through a waypoint: ztunnel knows each by its own identity",
            "look for waypoints: `kubectl get gateways -A`, and for sidecars without HBONE (`ISTIO_META_ENABLE_HBONE`)",
        ),
        assumption(
            "nothing listens on the port 15008 of pods in ambient mode once ztunnel is gone",
            "delete the policy that lets it pass as long as ztunnel is there",
        ),
        assumption(
            "network policies that are in force do to HBONE what they do to the port that it is for",
            "let in the ports of applications wherever one lets in 15008",
        ),
    ]
}

/// By which chains connections to a TCP port go: ztunnel has none, whatever is declared.
pub(super) fn by(enforcer: Enforcer, declared: impl Fn() -> Vec<Chain>) -> Vec<Chain> {
    match enforcer {
        Enforcer::Ztunnel => vec![Chain::Ztunnel],
        Enforcer::Sidecar | Enforcer::Nobody => declared(),
    }
}

/// By which chains connections to a TCP port go.
pub(super) fn chains(protocol: AppProtocol) -> Vec<Chain> {
    match protocol {
        AppProtocol::Http => vec![Chain::Http],
        AppProtocol::Tcp | AppProtocol::NotTcp => vec![Chain::Tcp],
        AppProtocol::Unknown => vec![Chain::Http, Chain::Tcp],
    }
}

#[cfg(test)]
mod tests;
