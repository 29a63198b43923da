//! The promise for `--target kubernetes`: before, the mesh and the NetworkPolicies in force; after,
//! these and what was written. NetworkPolicy is decided naively, from the text alone.

use crate::check::{Breach, Failure, Outcome, assert_lasting, is_assumed, is_said, mesh_allows};
use crate::generate_labels;
use crate::number;
use crate::program::{self, Run};
use crate::worlds::known::{is_alike, is_known};
use crate::worlds::mesh::{self, Class};
use crate::worlds::requests::{PORTS, Protocol, Request, contents, sources};
use crate::worlds::world::{Labels, Pod, Shown, World};
use crate::worlds::{generate, generate_ambient, shrink, yaml};
use ipnet::IpNet;
use serde_json::Value;
use unmesh::config::{Settings, Target};
use unmesh::finding::{Acceptance, Rules, codes};

/// The text of one NetworkPolicy, as a value.
struct Policy(Value);

impl Policy {
    fn selects(&self, pod: &Pod) -> bool {
        self.0["metadata"]["namespace"] == pod.namespace.as_str()
            && acts_on_ingress(&self.0["spec"])
            && selector(&self.0["spec"]["podSelector"], &yaml::pod_labels(pod))
    }

    fn allows(&self, world: &World, request: &Request<'_>) -> bool {
        let own = self.0["metadata"]["namespace"].as_str().unwrap();
        let rules = self.0["spec"]["ingress"].as_array().cloned().unwrap_or_default();
        rules.iter().any(|rule| {
            let any = |key: &str, test: &dyn Fn(&Value) -> bool| match rule.get(key).and_then(Value::as_array)
            {
                None => true,
                Some(items) => items.is_empty() || items.iter().any(test),
            };
            any("from", &|item| peer(item, own, world, request)) && any("ports", &|item| port(item, request))
        })
    }
}

fn acts_on_ingress(spec: &Value) -> bool {
    spec["policyTypes"].as_array().is_none_or(|types| types.iter().any(|word| word == "Ingress"))
}

fn peer(item: &Value, own: &str, world: &World, request: &Request<'_>) -> bool {
    if let Some(block) = item.get("ipBlock") {
        let net = |text: &Value| text.as_str().unwrap().parse::<IpNet>().unwrap();
        let holds = |text: &Value| net(text).contains(&request.source.address);
        return holds(&block["cidr"])
            && !block["except"].as_array().is_some_and(|list| list.iter().any(holds));
    }
    let Some(pod) = request.source.pod.map(|index| &world.pods[index]) else { return false };
    let namespace = match item.get("namespaceSelector") {
        Some(found) => selector(found, &namespace_labels(world, &pod.namespace)),
        None => pod.namespace == own,
    };
    namespace && item.get("podSelector").is_none_or(|found| selector(found, &yaml::pod_labels(pod)))
}

fn namespace_labels(world: &World, name: &str) -> Labels {
    let mut labels = Labels::from([("kubernetes.io/metadata.name".to_string(), name.to_string())]);
    let label = match world.namespace(name).shown {
        Shown::Enabled => Some(("istio-injection", "enabled")),
        Shown::Ambient => Some(("istio.io/dataplane-mode", "ambient")),
        Shown::Disabled | Shown::Unlabelled | Shown::No => None,
    };
    labels.extend(label.map(|(key, value)| (key.to_string(), value.to_string())));
    labels
}

fn port(item: &Value, request: &Request<'_>) -> bool {
    let protocol = match item["protocol"].as_str() {
        None | Some("TCP") => Some(Protocol::Tcp),
        Some("UDP") => Some(Protocol::Udp),
        Some("SCTP") => None,
        Some(other) => panic!("no protocol {other}"),
    };
    let first = item.get("port").map(|port| port.as_u64().unwrap());
    let last = item.get("endPort").map(|port| port.as_u64().unwrap()).or(first);
    let wanted = u64::from(request.port);
    protocol == Some(request.protocol)
        && first.is_none_or(|first| first <= wanted)
        && last.is_none_or(|last| wanted <= last)
}

fn selector(value: &Value, labels: &Labels) -> bool {
    let equal = value["matchLabels"].as_object().is_none_or(|wanted| {
        wanted.iter().all(|(key, text)| labels.get(key).map(String::as_str) == text.as_str())
    });
    let expressions = value["matchExpressions"].as_array().cloned().unwrap_or_default();
    equal
        && expressions.iter().all(|expression| {
            let label = labels.get(expression["key"].as_str().unwrap());
            let listed = expression["values"].as_array().cloned().unwrap_or_default();
            let is_listed = label.is_some_and(|own| listed.iter().any(|value| value == own.as_str()));
            match expression["operator"].as_str().unwrap() {
                "In" => is_listed,
                "NotIn" => !is_listed,
                "Exists" => label.is_some(),
                "DoesNotExist" => label.is_none(),
                other => panic!("no operator {other}"),
            }
        })
}

/// The union: what any policy lets in on pods that some policy selects, everything on others.
fn allows(policies: &[Policy], world: &World, request: &Request<'_>) -> bool {
    let mut selecting = policies.iter().filter(|policy| policy.selects(&world.pods[request.to])).peekable();
    selecting.peek().is_none() || selecting.any(|policy| policy.allows(world, request))
}

/// What is accepted, so that there is something to look at.
fn rules() -> Rules {
    let accept = |code| Acceptance::of(code);
    let accepted = [&codes::platform::NAMESPACES_TO_COME, &codes::target::POLICIES_ADD_UP];
    Rules { accepted: accepted.map(accept).to_vec(), ..Rules::default() }
}

fn check(world: &World) -> Outcome {
    let mut settings = Settings { target: Target::Kubernetes, ..Settings::default() };
    if world.closed {
        let inside = world.namespaces.iter().filter(|namespace| namespace.injects);
        settings.mesh_namespaces = Some(inside.map(|namespace| namespace.name.clone()).collect());
    }
    let run = program::run_with(&yaml::render(world), &settings, &rules());
    assert_lasting(&run);
    let mut outcome = Outcome { blocked: run.is_blocked(), ..Outcome::default() };
    if outcome.blocked {
        return outcome;
    }
    let in_force = || world.network_policies.iter().map(|policy| Policy(yaml::network_policy(policy)));
    let before: Vec<Policy> = in_force().collect();
    let after: Vec<Policy> = in_force().chain(run.objects.iter().cloned().map(Policy)).collect();
    let (sources, contents) = (sources(world), contents(world));
    for (to, pod) in world.pods.iter().enumerate() {
        if is_to_come(world, pod) {
            continue;
        }
        for port in PORTS {
            let excluded = world.pods.iter().any(|pod| pod.excluded.contains(&port));
            if !pod.shown && (excluded || is_alike(world, pod)) {
                continue;
            }
            let class = mesh::class(world, pod, port);
            for source in &sources {
                for (index, content) in contents.iter().enumerate() {
                    let arrives = match class {
                        Class::Http => content.http.is_some(),
                        Class::Tcp => content.http.is_none(),
                        Class::Sniffed | Class::Connection => true,
                    };
                    for protocol in [Protocol::Tcp, Protocol::Udp] {
                        if !arrives || (protocol == Protocol::Udp && index > 0) {
                            continue;
                        }
                        let request = Request { source, to, port, protocol, content };
                        let was = allows(&before, world, &request) && mesh_allows(world, &request);
                        let is = allows(&after, world, &request);
                        outcome.requests += 1;
                        let breach = match (was, is) {
                            (true, true) | (false, false) => continue,
                            (false, true) if is_assumed(world, &run, &request) || adds_up(world, pod) => {
                                continue;
                            }
                            (false, true) if is_by_label(world, &run, &request) => continue,
                            (false, true) => Breach::Opened,
                            (true, false) => {
                                outcome.narrowed += 1;
                                let unknown = !is_known(world, &request) || is_tied(&run);
                                if unknown || is_said(&run, pod) || is_by_label(world, &run, &request) {
                                    continue;
                                }
                                Breach::Silent
                            }
                        };
                        if outcome.failure.as_ref().is_none_or(|failure| failure.breach > breach) {
                            let output = format!("{}\n{}", run.said(), run.text);
                            outcome.failure =
                                Some(Failure { breach, request: request.describe(world), output });
                        }
                    }
                }
            }
        }
    }
    outcome
}

/// A namespace that nothing of the input names may be made later: said by UM419, which is accepted here.
fn is_to_come(world: &World, pod: &Pod) -> bool {
    let policies = world.authorization.iter().map(|policy| &policy.namespace);
    let policies = policies.chain(world.peer_authentication.iter().map(|policy| &policy.namespace));
    let services = world.services.iter().map(|service| &service.namespace);
    let sets = world.network_sets.iter().filter_map(|set| set.namespace.as_ref());
    let pods = world.pods.iter().filter(|pod| pod.shown).map(|pod| &pod.namespace);
    let in_force = world.network_policies.iter().map(|policy| &policy.namespace);
    let mut named = policies.chain(services).chain(sets).chain(pods).chain(in_force);
    !world.closed
        && world.namespace(&pod.namespace).shown == Shown::No
        && !named.any(|name| *name == pod.namespace)
}

/// The source is a pod that the input does not show, in a namespace where an account is written as
/// labels: said by UM422.
fn is_by_label(world: &World, run: &Run, request: &Request<'_>) -> bool {
    let Some(pod) = request.source.pod.map(|index| &world.pods[index]) else { return false };
    let place = format!("`{}/", pod.namespace);
    !pod.shown && run.findings().any(|finding| finding.code.id == "UM422" && finding.message.contains(&place))
}

/// A NetworkPolicy in force selects the pod and lets something in: what it lets in gets in, said by UM510,
/// which is accepted here.
fn adds_up(world: &World, pod: &Pod) -> bool {
    let in_force = world.network_policies.iter().filter(|policy| policy.ingress.is_some());
    in_force.map(|policy| Policy(yaml::network_policy(policy))).any(|policy| policy.selects(pod))
}

/// Two objects of the mesh stand for the same pods, and the input does not say which is older: UM121.
fn is_tied(run: &Run) -> bool {
    run.findings().any(|finding| finding.code.id == "UM121")
}

fn world(seed: u64) -> World {
    let mut world = if seed.is_multiple_of(3) { generate::exact(seed) } else { generate::any(seed) };
    world.calico_policies.clear();
    if !seed.is_multiple_of(4) {
        world.network_policies.clear();
    }
    world
}

/// The same with selectors by labels of the mesh.
fn by_injector(seed: u64) -> World {
    let mut world = generate_labels::by_injector(seed).without_tiers();
    world.calico_policies.clear();
    if !seed.is_multiple_of(4) {
        world.network_policies.clear();
    }
    world
}

/// The same with namespaces in ambient mode.
fn in_ambient_mode(seed: u64) -> World {
    let make = if seed.is_multiple_of(3) { generate_ambient::exact } else { generate_ambient::any };
    let mut world = make(seed).without_tiers();
    world.calico_policies.clear();
    if !seed.is_multiple_of(4) {
        world.network_policies.clear();
    }
    world
}

fn try_worlds(world: fn(u64) -> World) {
    let (first, count) = (number("UNMESH_CLOSED_SEED", 0), number("UNMESH_CLOSED_WORLDS", 300));
    let (mut requests, mut narrowed, mut blocked) = (0, 0, 0);
    for seed in first..first + count {
        let outcome = check(&world(seed));
        if let Some(Failure { breach, .. }) = outcome.failure {
            let fails = |world: &World| check(world).failure.filter(|failure| failure.breach == breach);
            let small = shrink::shrink(world(seed), &|world| fails(world).is_some());
            let Failure { request, output, .. } = fails(&small).unwrap();
            let text = yaml::render(&small);
            panic!(
                "{breach:?}: seed {seed}, closed {}: {request}\n{:?}\n{text}\n{output}",
                small.closed, small.namespaces
            );
        }
        requests += outcome.requests;
        narrowed += outcome.narrowed;
        blocked += u64::from(outcome.blocked);
    }
    println!(
        "{count} worlds: {requests} requests, {narrowed} narrowed and said, {blocked} runs wrote nothing"
    );
    assert!(requests > 0 && (count < 20 || (narrowed > 0 && blocked * 2 < count)));
}

#[test]
fn network_policies_let_nothing_in_that_was_refused() {
    try_worlds(world);
}

#[test]
fn network_policies_let_nothing_in_that_ztunnel_refused() {
    try_worlds(in_ambient_mode);
}

#[test]
fn network_policies_by_labels_of_the_mesh_let_nothing_in_that_was_refused() {
    try_worlds(by_injector);
}
