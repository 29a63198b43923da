//! What Calico decides, naively, for the objects as they stand in their text.
//!
//! Felix ignores `http`; Dikastes reads it, and up to 3.29 ignores `notNets` and `notPorts`. Up to 3.28 it
//! also refuses what no policy on a pod lets in where all of them are on egress. Where Dikastes runs, both
//! have to allow.

use crate::worlds::mesh::{Class, class};
use crate::worlds::requests::{Protocol, Request};
use crate::worlds::selector::Selector;
use crate::worlds::world::{LabelTest, Labels, NetworkPolicy, Peer, World};
use crate::worlds::yaml::{self, pod_labels};
use ipnet::IpNet;
use serde_json::Value;
use std::net::IpAddr;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Action {
    Allow,
    Deny,
    Pass,
    Log,
}

/// One side of a rule. Every selector has to match, and the same pod or network set.
#[derive(Clone, Default, Debug)]
struct Side {
    selectors: Vec<Selector>,
    not_selector: Option<Selector>,
    nets: Vec<IpNet>,
    not_nets: Vec<IpNet>,
    ports: Vec<(u16, u16)>,
    not_ports: Vec<(u16, u16)>,
}

/// Methods, and paths with whether they are exact.
type Http = (Vec<String>, Vec<(bool, String)>);

#[derive(Clone, Debug)]
struct Rule {
    action: Action,
    protocol: Option<Protocol>,
    not_protocol: Option<Protocol>,
    source: Side,
    destination: Side,
    http: Option<Http>,
}

#[derive(Clone, Debug)]
pub(crate) struct Policy {
    tier: String,
    order: f64,
    /// What decides among equal orders: to 3.31, and from 3.32.
    ties: [String; 2],
    subject: Vec<Selector>,
    /// Else it is on egress alone, and has no rules here.
    on_ingress: bool,
    /// Whether it stands in place of the mesh; else it was in force beside it.
    ours: bool,
    rules: Vec<Rule>,
}

/// Who reads the objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reader {
    Felix,
    /// To 3.29: no `notNets`, no `notPorts`, paths byte by byte, HTTP rules for HTTP alone.
    OldDikastes,
    /// From 3.32.
    NewDikastes,
}

/// A tier: its order (none is last), whether its end passes on, and its policies in their order.
struct Tier {
    name: String,
    order: f64,
    passes: bool,
    policies: Vec<Policy>,
}

/// All tiers in their order, and the world's names for addresses.
pub(crate) struct Dataplane<'a> {
    world: &'a World,
    tiers: Vec<Tier>,
    /// Dikastes asks for a policy on the pod, not for one on ingress.
    ends_on_egress: bool,
    /// Whether what takes a gateway's place is a stranger to policies in place of the mesh.
    gateways_are_gone: bool,
    /// Pods' labels as Calico knows them.
    labels: Vec<Labels>,
    /// Labels of each network set, with its nets.
    sets: Vec<(Labels, Vec<IpNet>)>,
}

const NAMESPACE: &str = "projectcalico.org/namespace";

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_string)).collect()
}

fn nets(value: &Value) -> Vec<IpNet> {
    strings(value).iter().map(|text| text.parse().unwrap()).collect()
}

fn ports(value: &Value) -> Vec<(u16, u16)> {
    let range = |text: &String| {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        (first.parse().unwrap(), last.parse().unwrap())
    };
    strings(value).iter().map(range).collect()
}

fn namespace_selector(text: &str) -> Selector {
    match text.trim() {
        "all()" => Selector::Has(NAMESPACE.to_string()),
        "global()" => Selector::Not(Box::new(Selector::Has(NAMESPACE.to_string()))),
        text => Selector::parse(text).prefixed("pcns."),
    }
}

/// An `EntityRule`, as `updateprocessors/rules.go` converts it.
fn side(value: &Value, own_namespace: Option<&str>) -> Side {
    let text = |key: &str| value[key].as_str().filter(|text| !text.is_empty());
    let accounts = strings(&value["serviceAccounts"]["names"]);
    let mut selectors: Vec<Selector> = text("selector").map(Selector::parse).into_iter().collect();
    if !accounts.is_empty() {
        selectors.push(Selector::In("projectcalico.org/serviceaccount".to_string(), accounts));
    }
    let not_selector = text("notSelector").map(Selector::parse);
    match (text("namespaceSelector"), own_namespace) {
        (Some(text), _) => selectors.push(namespace_selector(text)),
        (None, Some(own)) if !selectors.is_empty() || not_selector.is_some() => {
            selectors.push(Selector::Equals(NAMESPACE.to_string(), own.to_string()));
        }
        (None, _) => {}
    }
    Side {
        selectors,
        not_selector,
        nets: nets(&value["nets"]),
        not_nets: nets(&value["notNets"]),
        ports: ports(&value["ports"]),
        not_ports: ports(&value["notPorts"]),
    }
}

fn protocol(value: &Value) -> Option<Protocol> {
    match value.as_str() {
        Some("TCP") => Some(Protocol::Tcp),
        Some("UDP") => Some(Protocol::Udp),
        Some(other) => panic!("no protocol {other}"),
        None => None,
    }
}

fn rule(value: &Value, own_namespace: Option<&str>) -> Rule {
    let path = |path: &Value| match path["exact"].as_str() {
        Some(text) => (true, text.to_string()),
        None => (false, path["prefix"].as_str().unwrap().to_string()),
    };
    let paths = |http: &Value| http["paths"].as_array().map(|paths| paths.iter().map(path).collect());
    Rule {
        action: match value["action"].as_str() {
            Some("Allow") => Action::Allow,
            Some("Deny") => Action::Deny,
            Some("Pass") => Action::Pass,
            Some("Log") => Action::Log,
            other => panic!("no action {other:?}"),
        },
        protocol: protocol(&value["protocol"]),
        not_protocol: protocol(&value["notProtocol"]),
        source: side(&value["source"], own_namespace),
        destination: side(&value["destination"], own_namespace),
        http: value.get("http").map(|http| (strings(&http["methods"]), paths(http).unwrap_or_default())),
    }
}

/// `calc/policy_sorter.go`: the whole key with the tier's name in it, or name and namespace.
fn ties(namespace: Option<&str>, prefix: &str, name: &str) -> [String; 2] {
    let old = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    [format!("{old}{prefix}{name}"), format!("{name}/{}", namespace.unwrap_or(""))]
}

impl Policy {
    /// The policies among some documents.
    pub(crate) fn all(documents: &[Value]) -> Vec<Self> {
        let policies = documents.iter().filter(|document| document["kind"] != "Tier").map(Self::read);
        policies.map(|policy| Self { ours: true, ..policy }).collect()
    }

    /// The policies in force in a world.
    pub(crate) fn in_force(world: &World) -> Vec<Self> {
        let calico = world.calico_policies.iter().map(|policy| Self::read(&yaml::calico_policy(policy)));
        world.network_policies.iter().map(Self::kubernetes).chain(calico).collect()
    }

    /// A policy as its document says it.
    pub(crate) fn read(document: &Value) -> Self {
        let (metadata, spec) = (&document["metadata"], &document["spec"]);
        let namespace = metadata["namespace"].as_str();
        assert_eq!(spec["types"], serde_json::json!(["Ingress"]), "{document}");
        let mut subject = vec![Selector::parse(spec["selector"].as_str().unwrap_or(""))];
        subject.extend(namespace.map(|own| Selector::Equals(NAMESPACE.to_string(), own.to_string())));
        let rules = spec["ingress"].as_array().cloned().unwrap_or_default();
        let tier = spec["tier"].as_str().unwrap_or("default").to_string();
        let name = metadata["name"].as_str().unwrap();
        let prefix = if name.starts_with(&format!("{tier}.")) { String::new() } else { format!("{tier}.") };
        Self {
            tier,
            order: spec["order"].as_f64().unwrap_or(f64::INFINITY),
            ties: ties(namespace, &prefix, name),
            subject,
            on_ingress: true,
            ours: false,
            rules: rules.iter().map(|value| rule(value, namespace)).collect(),
        }
    }

    /// A Kubernetes NetworkPolicy as Calico converts it.
    pub(crate) fn kubernetes(policy: &NetworkPolicy) -> Self {
        let on_ingress = policy.types.is_empty() || policy.types.iter().any(|word| word == "Ingress");
        let own = || Selector::Equals(NAMESPACE.to_string(), policy.namespace.clone());
        let mut rules = Vec::new();
        if let Some((peers, ports)) = policy.ingress.as_ref().filter(|_| on_ingress) {
            let ports: Vec<(u16, u16)> = ports.iter().map(|port| (*port, *port)).collect();
            let of_side = |source: Side| Rule {
                action: Action::Allow,
                protocol: (!ports.is_empty()).then_some(Protocol::Tcp),
                not_protocol: None,
                source,
                destination: Side { ports: ports.clone(), ..Side::default() },
                http: None,
            };
            let peer = |peer: &Peer| match peer {
                Peer::Pods(tests) => {
                    Side { selectors: vec![pods(), label_tests(tests), own()], ..Side::default() }
                }
                Peer::Namespace(name) => {
                    let named = Selector::Equals("pcns.projectcalico.org/name".to_string(), name.clone());
                    Side { selectors: vec![pods(), named], ..Side::default() }
                }
                Peer::Block(net) => Side { nets: vec![net.parse().unwrap()], ..Side::default() },
            };
            if peers.is_empty() {
                rules.push(of_side(Side::default()));
            }
            rules.extend(peers.iter().map(|one| of_side(peer(one))));
        }
        let subject = vec![pods(), label_tests(&policy.pods), own()];
        let ties = ties(Some(&policy.namespace), "knp.default.", &policy.name);
        Self { tier: "default".to_string(), order: 1000.0, ties, subject, on_ingress, ours: false, rules }
    }

    fn selects(&self, labels: &Labels) -> bool {
        self.subject.iter().all(|selector| selector.matches(labels))
    }
}

fn pods() -> Selector {
    Selector::Equals("projectcalico.org/orchestrator".to_string(), "k8s".to_string())
}

fn label_tests(tests: &[LabelTest]) -> Selector {
    let not = |selector| Selector::Not(Box::new(selector));
    let one = |test: &LabelTest| match test.clone() {
        LabelTest::In(key, values) => Selector::In(key, values),
        LabelTest::NotIn(key, values) => not(Selector::In(key, values)),
        LabelTest::Exists(key) => Selector::Has(key),
        LabelTest::DoesNotExist(key) => not(Selector::Has(key)),
    };
    Selector::And(tests.iter().map(one).collect())
}

impl<'a> Dataplane<'a> {
    /// The policies in force, and `ours` with its tiers. `guard` puts the label of pods that run Dikastes on
    /// those that have a sidecar.
    pub(crate) fn new(world: &'a World, ours: &[Value], target: &str, guard: bool) -> Self {
        let mut policies = Policy::in_force(world);
        policies.extend(Policy::all(ours));
        let tie = usize::from(target == "calico@3.32");
        let by_tie = |one: &Policy, other: &Policy| one.ties[tie].cmp(&other.ties[tie]);
        policies.sort_by(|one, other| one.order.total_cmp(&other.order).then(by_tie(one, other)));
        let tiers = tiers(world, ours, policies);
        let labels = world.pods.iter().map(|pod| {
            let mut labels = pod_labels(pod);
            let mut put = |key: &str, value: &str| drop(labels.insert(key.to_string(), value.to_string()));
            put(NAMESPACE, &pod.namespace);
            put("projectcalico.org/serviceaccount", &pod.account);
            put("projectcalico.org/orchestrator", "k8s");
            put("pcns.projectcalico.org/name", &pod.namespace);
            put("pcns.kubernetes.io/metadata.name", &pod.namespace);
            put("pcsa.projectcalico.org/name", &pod.account);
            if guard && world.is_injected(pod) && !world.is_ambient(pod) {
                put("unmesh.dev/l7", "dikastes");
            }
            labels
        });
        let labels = labels.collect();
        let sets = world.network_sets.iter().map(|set| {
            let mut labels = set.labels.clone();
            if let Some(namespace) = &set.namespace {
                for key in [NAMESPACE, "pcns.projectcalico.org/name", "pcns.kubernetes.io/metadata.name"] {
                    labels.insert(key.to_string(), namespace.clone());
                }
            }
            (labels, set.nets.iter().map(|net| net.parse().unwrap()).collect())
        });
        let sets = sets.collect();
        let ends_on_egress = ["calico@3.26", "calico@3.28"].contains(&target);
        Self { world, tiers, ends_on_egress, gateways_are_gone: false, labels, sets }
    }

    /// The same once the mesh's gateways are gone: policies that were in force know what takes their place
    /// as they knew them, and no other does.
    pub(crate) fn after_gateways(self) -> Self {
        Self { gateways_are_gone: true, ..self }
    }

    /// Who stands behind an address to a policy: a pod, and each network set that holds it.
    fn behind(&self, request: &Request<'_>, policy: &Policy) -> Vec<&Labels> {
        let address = request.source.address;
        let is_gone = |pod: usize| policy.ours && self.gateways_are_gone && self.world.pods[pod].gateway;
        let pod = request.source.pod.filter(|pod| !is_gone(*pod)).map(|index| &self.labels[index]);
        let sets = self.sets.iter().filter(|(_, nets)| nets.iter().any(|net| net.contains(&address)));
        pod.into_iter().chain(sets.map(|(labels, _)| labels)).collect()
    }

    /// Whether a request gets through, by one reader of the objects.
    pub(crate) fn allows(&self, request: &Request<'_>, reader: Reader) -> bool {
        let by_egress = self.ends_on_egress && reader == Reader::OldDikastes;
        for tier in &self.tiers {
            let on_pod = tier.policies.iter().filter(|policy| policy.selects(&self.labels[request.to]));
            let on_pod: Vec<&Policy> = on_pod.filter(|policy| policy.on_ingress || by_egress).collect();
            let rules = on_pod.iter().flat_map(|policy| policy.rules.iter().map(move |rule| (*policy, rule)));
            let mut deciding = rules.filter(|(_, rule)| rule.action != Action::Log);
            let matches = |(policy, rule): &(&Policy, &Rule)| {
                self.rule(rule, request, &self.behind(request, policy), reader)
            };
            match deciding.find(matches).map(|(_, rule)| rule.action) {
                Some(Action::Allow) => return true,
                Some(Action::Deny) => return false,
                // The end of the tier, if a policy of it is on the pod.
                Some(Action::Log) | None if !on_pod.is_empty() && !tier.passes => return false,
                Some(Action::Pass | Action::Log) | None => {}
            }
        }
        // The namespace's profile.
        true
    }

    /// The lists of TCP or UDP ports in policies on a pod.
    pub(crate) fn port_lists(&self, to: usize, protocol: Protocol) -> Vec<Vec<(u16, u16)>> {
        let policies = self.tiers.iter().flat_map(|tier| &tier.policies);
        let on_pod = policies.filter(|policy| policy.selects(&self.labels[to]));
        let rules = on_pod.flat_map(|policy| &policy.rules);
        let rules = rules.filter(|rule| rule.protocol.is_none_or(|own| own == protocol));
        rules.flat_map(|rule| [&rule.destination.ports, &rule.destination.not_ports]).cloned().collect()
    }

    fn rule(&self, rule: &Rule, request: &Request<'_>, behind: &[&Labels], reader: Reader) -> bool {
        let protocol = rule.protocol.is_none_or(|wanted| wanted == request.protocol)
            && rule.not_protocol.is_none_or(|other| other != request.protocol);
        let positive = rule.source.selectors.is_empty()
            || behind.iter().any(|labels| rule.source.selectors.iter().all(|one| one.matches(labels)));
        let negative = rule.source.not_selector.as_ref();
        let excluded = negative.is_some_and(|not| behind.iter().any(|labels| not.matches(labels)));
        assert!(rule.destination.selectors.is_empty() && rule.destination.not_selector.is_none());
        // On ports declared TCP Dikastes is asked about connections, whatever they carry.
        let tcp = class(self.world, &self.world.pods[request.to], request.port) == Class::Tcp;
        let seen = request.content.http.as_ref().filter(|_| !tcp);
        protocol
            && positive
            && !excluded
            && addresses(&rule.source, request.source.address, reader)
            && addresses(&rule.destination, request.destination(self.world), reader)
            && on_port(&rule.destination, request.port, reader)
            && rule.http.as_ref().is_none_or(|http| http_matches(http, seen, reader))
    }
}

/// The tiers of a world and of what was written, by order and name (`felix/calc/policy_sorter.go`,
/// `TierLess`).
fn tiers(world: &World, ours: &[Value], policies: Vec<Policy>) -> Vec<Tier> {
    let tier = |document: &Value| Tier {
        name: document["metadata"]["name"].as_str().unwrap().to_string(),
        order: document["spec"]["order"].as_f64().unwrap_or(f64::INFINITY),
        passes: document["spec"]["defaultAction"] == "Pass",
        policies: Vec::new(),
    };
    let default = Tier { name: "default".into(), order: 1_000_000.0, passes: false, policies: Vec::new() };
    let mut tiers: Vec<Tier> = world.tiers.iter().map(|one| tier(&yaml::tier(one))).collect();
    tiers.extend(ours.iter().filter(|document| document["kind"] == "Tier").map(tier));
    tiers.push(default);
    tiers.sort_by(|one, other| one.order.total_cmp(&other.order).then_with(|| one.name.cmp(&other.name)));
    for policy in policies {
        let tier = tiers.iter_mut().find(|tier| tier.name == policy.tier);
        tier.unwrap_or_else(|| panic!("no tier {}", policy.tier)).policies.push(policy);
    }
    tiers
}

/// Felix drops a rule for the family that all CIDRs of one of its lists are not of.
fn addresses(side: &Side, address: IpAddr, reader: Reader) -> bool {
    let of_family = |net: &&IpNet| net.addr().is_ipv4() == address.is_ipv4();
    let within = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
    let positive = side.nets.is_empty() || within(&side.nets);
    let dropped = !side.not_nets.is_empty() && !side.not_nets.iter().any(|net| of_family(&net));
    match reader {
        Reader::Felix => positive && !dropped && !within(&side.not_nets),
        Reader::OldDikastes => positive,
        Reader::NewDikastes => positive && !within(&side.not_nets),
    }
}

fn on_port(side: &Side, port: u16, reader: Reader) -> bool {
    let within = |ranges: &[(u16, u16)]| ranges.iter().any(|(first, last)| (*first..=*last).contains(&port));
    let positive = side.ports.is_empty() || within(&side.ports);
    positive && (reader == Reader::OldDikastes || !within(&side.not_ports))
}

fn http_matches(http: &Http, seen: Option<&(String, String)>, reader: Reader) -> bool {
    let (methods, paths) = http;
    // An empty list asks nothing, of bytes neither.
    let asks = !methods.is_empty() || !paths.is_empty();
    let Some((method, path)) = seen else { return reader != Reader::OldDikastes || !asks };
    let clean = |text: &str| {
        let text = text.trim_end_matches('/');
        if text.is_empty() { "/".to_string() } else { text.to_string() }
    };
    let matches_path = |(exact, wanted): &(bool, String)| match (reader, exact) {
        (Reader::Felix, _) => true,
        (Reader::OldDikastes, true) => path == wanted,
        (Reader::OldDikastes, false) => path.starts_with(wanted.as_str()),
        (Reader::NewDikastes, true) => clean(path) == clean(wanted),
        (Reader::NewDikastes, false) => {
            let (path, wanted) = (clean(path), clean(wanted));
            wanted == "/" || path == wanted || path.starts_with(&format!("{wanted}/"))
        }
    };
    if reader == Reader::Felix {
        return true;
    }
    (methods.is_empty() || methods.iter().any(|wanted| wanted == method || wanted == "*"))
        && (paths.is_empty() || paths.iter().any(matches_path))
}
