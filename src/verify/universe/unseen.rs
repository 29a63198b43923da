//! Pods that the input does not show, as policies tell them apart.
//!
//! A policy that selects no workload of the input in a namespace it reaches would go unasked; so
//! there is a pod for each combination of labels by which such policies select.

use super::automata::constraint::Name;
use super::choosers::{Chooser, OF_NAMESPACE, Tests};
use super::combinations::{Combination, combinations, is_bare, named, of_namespace};
use super::endpoints::{
    CANONICAL_NAME, CANONICAL_REVISION, any, gateways_apart, inject, known_by_labels, labels_of_gateways,
    labels_with_proxy, labels_without_proxy, set_apart, without_injected,
};
use super::identities::Identities;
use super::namespaces::{Namespaces, Place};
use super::ports::{Mentioned, Pod};
use super::subjects::{Subjects, assumption, by, chains, http_is_declared, of_ambient_mode};
use super::values::label_texts;
use super::{ANYONE, World, capture};
use crate::manifest::{AppProtocol, CapturedPorts, Labels, PortTarget, ServicePort, matches_labels};
use crate::object::calico::matching::{Known, Test as LabelTest};
use crate::verify::peer::{Endpoint, SERVICE_ACCOUNT, TLS_MODE};
use crate::verify::request::Protocol;
use crate::verify::subject::{Chain, Enforcer, Subject};
use std::collections::{BTreeSet, HashSet};

/// Labels of the injector whose values its configuration decides.
const REVISION: &str = "istio.io/rev";
const NETWORK: &str = "topology.istio.io/network";

/// Labels that only gateways and waypoints have.
const GATEWAYS: [&str; 3] =
    ["gateway.networking.k8s.io/gateway-name", "gateway.istio.io/managed", "istio.io/gateway-name"];
/// Labels that Istio's charts give their gateways.
const OF_CHARTS: [(&str, &[&str]); 2] = [
    ("istio", &["ingressgateway", "egressgateway", "eastwestgateway"]),
    ("app", &["istio-ingressgateway", "istio-egressgateway", "istio-eastwestgateway"]),
];

/// What unseen pods are made of.
pub(super) struct Unseen<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) identities: &'w Identities,
    pub(super) namespaces: &'w Namespaces,
    pub(super) choosers: &'w [Chooser<'w>],
}

impl Unseen<'_> {
    /// Adds the pods of all namespaces.
    pub(super) fn add_to(&self, all: &mut Subjects<'_>) {
        for (name, place) in &self.namespaces.known {
            self.namespace(name, *place, &format!("pods of {name}"), all);
        }
        for name in self.made_up() {
            let place = self.namespaces.place(self.world, self.identities, &name);
            let called = if name == self.namespaces.elsewhere() {
                "pods of a namespace that the input does not show".to_string()
            } else {
                format!("pods of {name}, a namespace that the input does not show")
            };
            self.namespace(&name, place, &called, all);
        }
    }

    /// Namespaces that policies tell from each other, and from those known, by name.
    fn made_up(&self) -> Vec<String> {
        let tests: Vec<&LabelTest> = self.namespaces.subject_tests.iter().collect();
        let class = |name: &str| tests.iter().map(|test| test.passes(Known::Value(name))).collect::<Vec<_>>();
        let mut classes: HashSet<Vec<Option<bool>>> =
            self.namespaces.known.keys().map(|name| class(name)).collect();
        let elsewhere = self.namespaces.elsewhere();
        classes.insert(class(&elsewhere));
        let more = label_texts(&tests, Name::NAMESPACE, &elsewhere).unwrap_or_default();
        let more = more.into_iter().filter(|name| classes.insert(class(name))).collect::<Vec<_>>();
        [elsewhere].into_iter().chain(more).collect()
    }

    fn namespace(&self, name: &str, place: Place, called: &str, all: &mut Subjects<'_>) {
        let at = any(self.world, name, ANYONE);
        let reaching: Vec<&Chooser<'_>> =
            self.choosers.iter().filter(|chooser| chooser.reaches(&at)).collect();
        if !reaching.iter().any(|chooser| chooser.is_policy()) {
            return;
        }
        // Where others have a sidecar, pods without one do not stand for them.
        let asked = all.found.iter().filter(|subject| subject.enforcer.is_there() || place == Place::Outside);
        let asked = asked.map(|subject| (&subject.before, &subject.after));
        let shown = asked.chain(all.passed_by.iter().map(|(before, after)| (before, after)));
        let shown: Vec<(&Endpoint, &Endpoint)> =
            shown.filter(|(before, _)| before.namespace.as_deref() == Some(name)).collect();
        let lonely = reaching.iter().filter(|chooser| {
            !shown.iter().any(|(before, after)| chooser.selects(before, after) == Some(true))
        });
        let mut tests = Tests::new();
        lonely.for_each(|chooser| chooser.tests(&at, &mut tests));
        let plain = shown.is_empty();
        if tests.is_empty() && !plain {
            return;
        }
        for chooser in &reaching {
            chooser.namespace_tests(&at, &mut tests);
        }
        let Some(combinations) = combinations(&tests) else {
            all.give_up(called.to_string(), "policies select by too many combinations of labels", true);
            return;
        };
        let subjects = self.pods(name, place, called, &reaching, &combinations, plain);
        if place == Place::Outside {
            let known = self.never(name, Enforcer::Nobody);
            all.assumed.extend((!known.is_empty()).then(|| known_by_labels(name)));
        } else {
            let (bare, gateways) =
                (labels_without_proxy(self.world, name), labels_of_gateways(self.world, name));
            all.assumed.extend((!bare.is_empty()).then(|| set_apart(name)));
            all.assumed.extend((!gateways.is_empty()).then(|| gateways_apart(name)));
        }
        self.assume(name, place, &subjects, all);
        all.found.extend(subjects);
    }

    fn assume(&self, name: &str, place: Place, subjects: &[Subject], all: &mut Subjects<'_>) {
        let any = !subjects.is_empty();
        if any && place == Place::Ambient {
            all.assumed.extend(of_ambient_mode());
            all.assumed.insert(assumption(
                format!("pods of `{name}` that the input does not show are in ambient mode"),
                format!("look for the label `istio.io/dataplane-mode` on its pods: `kubectl -n {name} get pods --show-labels`"),
            ));
        } else if any && place != Place::Outside && self.namespaces.known.contains_key(name) {
            all.assumed.insert(assumption(
                format!("pods of `{name}` that the input does not show have a sidecar"),
                format!("look for the container `istio-proxy` in its pods: `kubectl -n {name} get pods`"),
            ));
        }
        if any {
            all.assumed.extend((place != Place::Ambient).then(http_is_declared));
            if subjects.iter().any(has_ports_beside_the_proxy) {
                all.assumed.insert(assumption(
                    "pods that the input does not show leave out of the proxy the ports that all templates leave out which the same policy selects",
                    "look for `excludeInboundPorts` and `includeInboundPorts` in the annotations of other pods",
                ));
            }
            all.assumed.insert(assumption(
                "pods that the input does not show listen as the Services say that may select them",
                "give the manifests of all workloads to unmesh",
            ));
        }
    }

    /// A pod for each combination that some selector tells from those before it.
    fn pods(
        &self,
        namespace: &str,
        place: Place,
        called: &str,
        reaching: &[&Chooser<'_>],
        combinations: &[Combination],
        plain: bool,
    ) -> Vec<Subject> {
        let enforcer = place.enforcer();
        let never = self.never(namespace, enforcer);
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for combination in combinations {
            let Some((before, after)) = self.endpoints(namespace, combination, enforcer == Enforcer::Sidecar)
            else {
                continue;
            };
            if never.iter().any(|labels| matches_labels(labels, &after.labels)) {
                continue;
            }
            let selected: Vec<_> = reaching.iter().map(|chooser| chooser.selects(&before, &after)).collect();
            if !seen.insert(selected) || is_bare(combination) && !plain {
                continue;
            }
            let policies = reaching.iter().filter(|chooser| {
                chooser.selects(&before, &after) != Some(false)
                    && (chooser.is_policy() || enforcer.is_there())
            });
            let mut mentioned = Mentioned::default();
            policies.for_each(|chooser| mentioned.chooser(chooser));
            let captured = capture::of_unseen(&before, reaching);
            let (CapturedPorts::AllBut(listed) | CapturedPorts::Only(listed)) = &captured;
            for port in listed {
                mentioned.point(Protocol::Tcp, *port);
            }
            let ports = mentioned.of(&Pod {
                captured: enforcer.is_there().then_some(&captured),
                names: &|_, _| None,
                chains: &|number| by(enforcer, || declared(reaching, combination, number)),
            });
            let name = named(called, combination);
            found.push(Subject { name, workload: None, before, after, enforcer, ports });
        }
        found
    }

    /// Labels that pods which the input does not show never have all together: those of templates of another
    /// kind.
    fn never(&self, namespace: &str, enforcer: Enforcer) -> Vec<Labels> {
        let with = |other| labels_with_proxy(self.world, self.namespaces, namespace, other);
        let mut never = match enforcer {
            Enforcer::Sidecar => with(Enforcer::Ztunnel),
            Enforcer::Ztunnel => with(Enforcer::Sidecar),
            Enforcer::Nobody => return [with(Enforcer::Sidecar), with(Enforcer::Ztunnel)].concat(),
        };
        never.extend(labels_without_proxy(self.world, namespace));
        never.extend(labels_of_gateways(self.world, namespace));
        never
    }

    /// Whether labels are those of gateways: by their names, or because policies that select by them
    /// select gateways alone.
    fn is_gateway(&self, labels: &Labels) -> bool {
        let by_chart = OF_CHARTS
            .iter()
            .any(|(key, values)| labels.get(*key).is_some_and(|value| values.contains(&value.as_str())));
        let mut selectors = self.choosers.iter().filter_map(|chooser| match chooser {
            Chooser::Istio(policy) => policy.of_gateways(self.world.inventory),
            Chooser::Calico(..) | Chooser::Service(_) => None,
        });
        by_chart
            || GATEWAYS.iter().any(|key| labels.contains_key(*key))
            || selectors.any(|selector| matches_labels(selector, labels))
    }

    /// The pod with a combination of labels; `None` where there can be none, or where it is a gateway.
    fn endpoints(
        &self,
        namespace: &str,
        combination: &Combination,
        sidecar: bool,
    ) -> Option<(Endpoint, Endpoint)> {
        let account = combination.get(SERVICE_ACCOUNT).cloned().flatten();
        let given =
            combination.iter().filter(|(key, _)| *key != SERVICE_ACCOUNT && !key.starts_with(OF_NAMESPACE));
        let labels: Labels = given.filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
        if self.is_gateway(&labels) {
            return None;
        }
        let mut plain = any(self.world, namespace, account.as_deref().unwrap_or(ANYONE));
        plain.namespace_labels = of_namespace(combination).or(plain.namespace_labels);
        let after = Endpoint { labels: without_injected(&labels), open: false, ..plain };
        let mut before = Endpoint { labels: labels.clone(), ..after.clone() };
        if !sidecar {
            return (before.labels == after.labels).then_some((before, after));
        }
        let mut injected = after.labels.clone();
        inject(&mut injected, ANYONE);
        // What the injector takes from other labels follows from them; a name of the workload is free.
        let follows = |key: &str, from: [&str; 2]| {
            let given = from.iter().any(|from| injected.get(*from).is_some_and(|value| !value.is_empty()));
            let wanted = combination.get(key).cloned().flatten();
            wanted.is_none() || !given && key == CANONICAL_NAME || wanted.as_ref() == injected.get(key)
        };
        let possible = follows(CANONICAL_NAME, ["app.kubernetes.io/name", "app"])
            && follows(CANONICAL_REVISION, ["app.kubernetes.io/version", "version"])
            && follows(TLS_MODE, ["", ""]);
        injected.extend(labels);
        for key in [REVISION, NETWORK] {
            if combination.contains_key(key) {
                injected.entry(key.to_string()).or_insert_with(|| "default".to_string());
            }
        }
        before.labels = injected;
        possible.then_some((before, after))
    }
}

/// Whether some of its ports never reach its proxy.
fn has_ports_beside_the_proxy(subject: &Subject) -> bool {
    let mut ports = subject.ports.iter();
    subject.enforcer.is_there() && ports.any(|port| port.port.protocol == Protocol::Tcp && !port.captured)
}

/// By which chains connections to a port go: as the Services that may select the pod declare it, if
/// they agree.
fn declared(reaching: &[&Chooser<'_>], combination: &Combination, number: u16) -> Vec<Chain> {
    let contradicts = |(key, value): (&String, &String)| {
        combination.get(key).is_some_and(|given| given.as_ref() != Some(value))
    };
    let mut protocols = BTreeSet::new();
    for chooser in reaching {
        let Chooser::Service(service) = chooser else { continue };
        if service.selector.iter().any(contradicts) {
            continue;
        }
        let here = service.ports.iter().filter(|port| port.target == PortTarget::Number(number));
        protocols.extend(here.map(ServicePort::declared).filter(|protocol| *protocol != AppProtocol::NotTcp));
    }
    match protocols.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => chains(*only),
        _ => chains(AppProtocol::Unknown),
    }
}
