//! A random world as a scene.

use crate::documents::{self, of_groups};
use crate::dressed;
use crate::http;
use crate::scene::{Ask, Class, Http, Pod, Scene};
use crate::worlds::known::is_known;
use crate::worlds::mesh;
use crate::worlds::random::Random;
use crate::worlds::requests::{Content, PORTS, Protocol, Request, Source, contents, sources};
use crate::worlds::spoken::may_speak_http;
use crate::worlds::world::{Action, Labels, Mode, PeerAuthentication, ROOT, Shown, World, has_all};
use crate::worlds::{generate, shrink, world, yaml};
use serde_json::Value;
use unmesh::config::{L7, Settings};

/// What is drawn before a world is given up: most draws fit.
const DRAWS: usize = 20;

/// Of four worlds three are any, without CUSTOM, whose authorizer nobody could ask; in the fourth what
/// policies say of HTTP has an exact form for Dikastes.
fn world(seed: u64) -> World {
    if seed % 4 == 3 {
        return http::world(seed);
    }
    // Calico 3.28 is asked about the same clusters.
    let mut world = generate::any(seed).without_tiers();
    world.authorization.retain(|policy| policy.action != Action::Custom);
    dressed::dress(&mut world, &mut Random::new(seed ^ 0xd2e55));
    world
}

/// A world, and what it says of tokens.
#[derive(Clone)]
struct Cluster {
    world: World,
    tokens: Vec<Value>,
}

impl Cluster {
    fn new(seed: u64) -> Self {
        let tokens = dressed::request_authentications(&mut Random::new(seed ^ 0x70_6b65));
        Self { world: world(seed), tokens }
    }

    /// Each with one thing less.
    fn smaller(&self) -> Vec<Self> {
        let of_world = |world| Self { world, tokens: self.tokens.clone() };
        let worlds = shrink::smaller(&self.world).into_iter().filter(|world| *world != self.world);
        let mut found: Vec<Self> = worlds.map(of_world).collect();
        for index in 0..self.tokens.len() {
            let mut less = self.clone();
            less.tokens.remove(index);
            found.push(less);
        }
        found
    }
}

/// The scene of a seed, with at most so many requests.
pub(crate) fn scene(seed: u64, requests: usize) -> Scene {
    scene_of(&Cluster::new(seed), format!("random-{seed:06}"), seed, requests)
}

/// The scenes of all clusters that are smaller by one thing than the one at a place, `SEED/INDEX/...`: that of
/// the seed, made smaller by these steps.
pub(crate) fn smaller_scenes(place: &str, requests: usize) -> Vec<Scene> {
    let mut steps = place.split('/').map(|step| step.parse::<usize>().expect("a number"));
    let seed = steps.next().and_then(|seed| u64::try_from(seed).ok()).expect("a seed");
    let cluster = steps.fold(Cluster::new(seed), |cluster, step| cluster.smaller().swap_remove(step));
    let scenes = cluster.smaller().into_iter().enumerate();
    scenes.map(|(index, smaller)| scene_of(&smaller, format!("smaller-{index:06}"), seed, requests)).collect()
}

fn scene_of(cluster: &Cluster, name: String, seed: u64, requests: usize) -> Scene {
    let Cluster { world, tokens } = cluster;
    let mut random = Random::new(seed ^ 0xe2e);
    let asks = asks(world, &mut random, requests);
    let l7 = if seed.is_multiple_of(2) { L7::Unstated } else { L7::None };
    let mut settings = Settings { l7, ..Settings::default() };
    if world.closed {
        let inside = world.namespaces.iter().filter(|namespace| namespace.injects);
        settings.mesh_namespaces = Some(inside.map(|namespace| namespace.name.clone()).collect());
    }
    let tokens: Vec<String> =
        tokens.iter().map(|tokens| format!("---\n{}", documents::yaml(tokens))).collect();
    let input = yaml::render(world) + &tokens.concat();
    let dated = yaml::render(&dated(world)) + &tokens.concat();
    Scene {
        name,
        istio: of_groups(&dated, &["security.istio.io/"]).join("---\n"),
        in_force: of_groups(&input, &["networking.k8s.io/", "projectcalico.org/"]),
        input: vec![("input.yaml".to_string(), input)],
        settings,
        namespaces: world
            .namespaces
            .iter()
            .map(|namespace| (namespace.name.clone(), labels(namespace)))
            .collect(),
        pods: world.pods.iter().map(|pod| self::pod(world, pod)).collect(),
        asks,
    }
}

/// The same with the ages of all policies, which only Istio knows.
fn dated(world: &World) -> World {
    let mut dated = world.clone();
    dated.peer_authentication.iter_mut().for_each(|policy| policy.dated = true);
    dated
}

fn labels(namespace: &world::Namespace) -> Labels {
    match namespace.shown {
        Shown::Enabled => world::labels(&[("istio-injection", "enabled")]),
        Shown::Ambient => world::labels(&[("istio.io/dataplane-mode", "ambient")]),
        Shown::Disabled => world::labels(&[("istio-injection", "disabled")]),
        Shown::Unlabelled | Shown::No => Labels::new(),
    }
}

fn pod(world: &World, pod: &world::Pod) -> Pod {
    let after = yaml::pod_labels(pod);
    let mut before = after.clone();
    if world.is_injected(pod) {
        // As the template of Istio's injector adds them.
        let name = pod.labels.get("app").unwrap_or(&pod.name).clone();
        before.extend([
            ("security.istio.io/tlsMode".to_string(), "istio".to_string()),
            ("service.istio.io/canonical-name".to_string(), name),
            ("service.istio.io/canonical-revision".to_string(), "latest".to_string()),
        ]);
    }
    Pod {
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
        account: pod.account.clone(),
        labels: [before, after],
        addresses: pod.addresses,
        sidecar: world.is_injected(pod),
        gateway: pod.gateway,
        ports: Vec::new(),
    }
}

/// Requests to pods that the input shows, between pods of which it tells what they are.
fn asks(world: &World, random: &mut Random, most: usize) -> Vec<Ask> {
    let (sources, contents) = (sources(world), contents(world));
    let shown = world.pods.iter().enumerate().filter(|(_, pod)| pod.shown && !pod.gateway);
    let asked: Vec<usize> = shown.map(|(index, _)| index).collect();
    let mut found: Vec<Ask> = Vec::new();
    if asked.is_empty() {
        return found;
    }
    let in_force = !world.network_policies.is_empty() || !world.calico_policies.is_empty();
    for _ in 0..most * DRAWS {
        if found.len() == most {
            break;
        }
        let (to, port) = (*random.pick(&asked), *random.pick(&PORTS));
        let (source, content) = (random.pick(&sources), random.pick(&contents));
        // Policies in force are taken to know whatever takes a gateway's place as they knew the gateway;
        // no Calico can be asked that.
        let of_gateway = source.pod.is_some_and(|pod| world.pods[pod].gateway);
        // The mesh lets through whatever meets no proxy: it is asked less.
        let less = random.chance(60);
        let mut ask = draw(world, source, to, port, content, random.chance(95));
        if let Some(http) = ask.as_mut().and_then(|ask| ask.http.as_mut()) {
            dressed::dress_request(http, random);
        }
        let ask = ask.filter(|ask| (ask.captured || !less) && !(of_gateway && in_force));
        found.extend(ask.filter(|ask| !found.contains(ask)));
    }
    found
}

/// A request, if the port takes it and the input says enough of the pods.
fn draw(world: &World, source: &Source, to: usize, port: u16, content: &Content, tcp: bool) -> Option<Ask> {
    let pod = &world.pods[to];
    let class = match mesh::class(world, pod, port) {
        mesh::Class::Http => Class::Http,
        mesh::Class::Tcp => Class::Tcp,
        mesh::Class::Sniffed | mesh::Class::Connection => Class::Sniffed,
    };
    let protocol = if tcp { Protocol::Tcp } else { Protocol::Udp };
    let request = Request { source, to, port, protocol, content };
    let http = content.http.is_some();
    let fits = match class {
        _ if !tcp => !http,
        Class::Http => http,
        Class::Tcp => !http,
        Class::Sniffed => !http || may_speak_http(world, pod, port),
    };
    if !fits || !is_known(world, &request) {
        return None;
    }
    let http = content.http.as_ref().map(|(method, path)| Http {
        method: method.clone(),
        path: path.clone(),
        host: content.host.clone(),
        headers: std::collections::BTreeMap::new(),
        forwarded: None,
        token: None,
    });
    Some(Ask {
        from: source.pod,
        source: source.address,
        to,
        port,
        tcp,
        captured: tcp && world.is_injected(pod) && !pod.excluded.contains(&port),
        class,
        http,
        sni: Some(content.sni.clone()),
        in_force: in_force(world, pod, port),
    })
}

/// The PeerAuthentication whose mode holds on a port, by the ages that only the cluster shows.
fn in_force(world: &World, pod: &world::Pod, port: u16) -> Option<String> {
    let oldest = |fits: &dyn Fn(&PeerAuthentication) -> bool| {
        let fitting = world.peer_authentication.iter().filter(|policy| fits(policy));
        fitting.min_by_key(|policy| policy.made)
    };
    let own = |policy: &PeerAuthentication| policy.namespace != ROOT && policy.namespace == pod.namespace;
    let of_workload = |policy: &PeerAuthentication| {
        own(policy) && !policy.selector.is_empty() && has_all(&pod.labels, &policy.selector)
    };
    let layers = [
        oldest(&of_workload),
        oldest(&|policy| own(policy) && policy.selector.is_empty()),
        oldest(&|policy| policy.namespace == ROOT && policy.selector.is_empty()),
    ];
    let says = |policy: &&PeerAuthentication| {
        let of_port = policy.ports.iter().any(|(own, mode)| *own == port && *mode != Mode::Unset);
        of_port || policy.mode.is_some_and(|mode| mode != Mode::Unset)
    };
    let speaks = layers.into_iter().flatten().find(says)?;
    Some(format!("PeerAuthentication/{}/{}", speaks.namespace, speaks.name))
}
