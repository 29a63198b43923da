//! Folders of a corpus as scenes: their workloads, the peers that their policies tell apart, and
//! requests with the values that their policies name.
//!
//! A corpus is other people's text. It stays where it is: nothing of it is kept here.

use crate::from_world::documents_of;
use crate::named::Named;
use crate::scene::{Ask, Class, Pod, Scene};
use crate::worlds::random::Random;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use unmesh::config::{L7, Settings, Target};
use unmesh::finding::Rules;
use unmesh::istio::peer_authentication::{Mode, PeerAuthentication};
use unmesh::istio::{Attachment, Resources};
use unmesh::manifest::{Inventory, Labels};
use unmesh::pipeline::{self, Analysis};
use unmesh::source::{Input, read};
use unmesh::verify::peer::{Endpoint, Peer, PeerKind};
use unmesh::verify::request::Protocol;
use unmesh::verify::subject::{Chain, Subject, SubjectPort};
use unmesh::verify::universe;

/// More pods than this are not made of one folder.
const MOST_PODS: usize = 60;
/// Of the plans for addresses the first is taken that no policy speaks of, else the first of all.
const PLANS: [(&str, &str); 3] =
    [("10.250.0", "fd00:e2e:1"), ("172.29.7", "fd00:e2e:2"), ("100.96.5", "fd00:e2e:3")];

/// Every folder with an AuthorizationPolicy: those that hold one themselves, without what is below them,
/// and the corpus' own folders as a whole.
pub(crate) fn folders(corpus: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let mut below = BTreeMap::new();
    for folder in entries(corpus).into_iter().filter(|path| path.is_dir()) {
        let before = below.len();
        gather(corpus, &folder, &mut below);
        if below.len() > before {
            below.insert(name(corpus, &folder) + " (all)", vec![folder]);
        }
    }
    below.into_iter().collect()
}

fn name(corpus: &Path, folder: &Path) -> String {
    folder.strip_prefix(corpus).unwrap().display().to_string().replace('/', "_")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn gather(corpus: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<PathBuf>>) {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    let is_manifest = |path: &PathBuf| {
        path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|own| end == *own))
    };
    let files: Vec<PathBuf> = files.into_iter().filter(is_manifest).collect();
    let holds = |path: &PathBuf| {
        std::fs::read_to_string(path).is_ok_and(|text| text.contains("kind: AuthorizationPolicy"))
    };
    if files.iter().any(holds) {
        found.insert(name(corpus, folder), files);
    }
    folders.iter().filter(|path| !path.is_symlink()).for_each(|folder| gather(corpus, folder, found));
}

/// The scene of a folder, with at most so many requests to each pod.
pub(crate) fn scene(name: &str, paths: &[PathBuf], seed: u64, requests: usize) -> Result<Scene, String> {
    let inputs: Vec<Input> = paths.iter().cloned().map(Input::Path).collect();
    let sources = read(&inputs).map_err(|error| error.message)?;
    let input: Vec<(String, String)> =
        sources.map.files().iter().map(|file| (file.name.clone(), file.text.to_string())).collect();
    let target = "calico@3.32".parse::<Target>().unwrap();
    let settings = Settings { target, l7: L7::Unstated, ..Settings::default() };
    let mut analysis = pipeline::analyse(sources, &settings, &Rules::default());
    if analysis.resources.authorization_policies.is_empty() {
        return Err("no AuthorizationPolicy in it can be read".to_string());
    }
    if !analysis.manifest.contested.is_empty() {
        return Err("it holds different documents of one object".to_string());
    }
    let objects = |groups: &[&str], kinds: &[&str]| {
        let wanted = analysis.manifest.objects.iter().filter(|object| {
            groups.contains(&object.group()) && kinds.contains(&object.reference.kind.as_str())
        });
        let mut all: Vec<String> = Vec::new();
        for object in wanted {
            let document = analysis.sources.text(object.placement.document_span);
            all.extend(documents_of(document, object)?);
        }
        Ok::<_, String>(all)
    };
    let istio = objects(
        &["security.istio.io"],
        &["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"],
    )?;
    let policies = ["NetworkPolicy", "GlobalNetworkPolicy", "NetworkSet", "GlobalNetworkSet", "Tier"];
    let in_force = objects(&["networking.k8s.io", "projectcalico.org"], &policies)?;
    let sides = pipeline::sides(&mut analysis, None, &settings);
    let world = universe::World {
        resources: &analysis.resources,
        inventory: &analysis.inventory,
        settings: &settings,
        before: &sides.before,
        after: &sides.after,
    };
    let (subjects, _, _) = universe::subjects(&world);
    let (peers, _) = universe::peers(&world);
    let named = Named::of(&analysis.resources);
    let mut cast = Cast::new(&named, &analysis);
    let mut random = Random::new(seed);
    let asked: Vec<(usize, Subject)> =
        subjects.into_iter().filter_map(|subject| Some((cast.subject(&subject)?, subject))).collect();
    peers.iter().for_each(|peer| cast.peer(peer));
    let mut asks = Vec::new();
    for (place, subject) in &asked {
        cast.asks(*place, subject, &mut random, requests, &mut asks);
    }
    if asks.is_empty() {
        return Err("it shows no pod that could be asked".to_string());
    }
    let Cast { pods, namespaces, .. } = cast;
    Ok(Scene {
        name: name.to_string(),
        input,
        istio: istio.join("---\n"),
        in_force,
        namespaces,
        pods,
        asks,
        settings,
    })
}

/// Who is there.
struct Cast<'a> {
    named: &'a Named,
    resources: &'a Resources,
    inventory: &'a Inventory,
    plan: (&'static str, &'static str),
    pods: Vec<Pod>,
    namespaces: BTreeMap<String, Labels>,
    /// Workloads of the input by the place of their pod.
    shown: BTreeMap<String, usize>,
    policed: bool,
}

impl<'a> Cast<'a> {
    fn new(named: &'a Named, analysis: &'a Analysis) -> Self {
        let free = |(v4, v6): &&(&str, &str)| {
            let [v4, v6] = addresses(v4, v6, 1);
            !named.blocks.iter().any(|block| block.contains(&v4) || block.contains(&v6))
        };
        Self {
            named,
            resources: &analysis.resources,
            inventory: &analysis.inventory,
            plan: *PLANS.iter().find(free).unwrap_or(&PLANS[0]),
            pods: Vec::new(),
            namespaces: BTreeMap::new(),
            shown: BTreeMap::new(),
            policed: !analysis.inventory.in_force.is_empty(),
        }
    }

    /// Adds a pod; `None` where there are too many, or its namespace has other labels already.
    fn add(
        &mut self,
        before: &Endpoint,
        after: Option<&Endpoint>,
        sidecar: bool,
        gateway: bool,
    ) -> Option<usize> {
        let (namespace, account) = (before.namespace.clone()?, before.account.clone()?);
        let labels = before.namespace_labels.clone().unwrap_or_default();
        let known = self.namespaces.entry(namespace.clone()).or_insert_with(|| labels.clone());
        if *known != labels || self.pods.len() == MOST_PODS {
            return None;
        }
        let number = self.pods.len() + 1;
        let mut own = before.labels.clone();
        if sidecar {
            own.entry("security.istio.io/tlsMode".to_string()).or_insert_with(|| "istio".to_string());
        }
        self.pods.push(Pod {
            namespace,
            name: format!("pod-{number}"),
            account,
            labels: [own, after.map(|after| after.labels.clone()).unwrap_or_default()],
            addresses: addresses(self.plan.0, self.plan.1, number),
            sidecar,
            gateway,
            ports: Vec::new(),
        });
        Some(number - 1)
    }

    fn subject(&mut self, subject: &Subject) -> Option<usize> {
        let place = self.add(&subject.before, Some(&subject.after), subject.sidecar, false)?;
        if let Some(reference) = &subject.workload {
            self.shown.insert(reference.to_string(), place);
            let own = self.inventory.workloads.iter().find(|workload| workload.reference == *reference)?;
            let ports = own.containers.iter().flat_map(|container| &container.ports);
            let named = ports.filter(|port| port.protocol == "TCP");
            self.pods[place].ports = named.filter_map(|port| Some((port.name.clone()?, port.port))).collect();
        }
        Some(place)
    }

    fn peer(&mut self, peer: &Peer) {
        let sidecar = peer.kind == PeerKind::MeshPod;
        let gateway = peer.kind == PeerKind::Gateway;
        let is_pod = sidecar || gateway || peer.kind == PeerKind::BarePod;
        let known = peer.workload.as_ref().and_then(|reference| self.shown.get(&reference.to_string()));
        if !is_pod || known.is_some_and(|place| self.pods[*place].sidecar == sidecar) {
            return;
        }
        if let Some(before) = &peer.before {
            self.add(before, peer.after.as_ref(), sidecar, gateway);
        }
    }

    fn asks(&self, to: usize, subject: &Subject, random: &mut Random, most: usize, found: &mut Vec<Ask>) {
        let ports: Vec<&SubjectPort> = subject
            .ports
            .iter()
            .filter(|port| {
                matches!(port.port.protocol, Protocol::Tcp | Protocol::Udp) && port.port.number > 0
            })
            .collect();
        if ports.is_empty() {
            return;
        }
        let outside: Vec<IpAddr> = self.named.outside.iter().copied().collect();
        let first = found.len();
        for _ in 0..most * 3 {
            if found.len() - first == most {
                break;
            }
            let port = *random.pick(&ports);
            let from = (random.below(self.pods.len() + outside.len().min(12)) < self.pods.len())
                .then(|| random.below(self.pods.len()));
            let source = match from {
                Some(pod) => self.pods[pod].addresses[usize::from(random.chance(15))],
                None => *random.pick(&outside),
            };
            let of_gateway = from.is_some_and(|pod| self.pods[pod].gateway);
            if of_gateway && self.policed || from == Some(to) && random.chance(80) {
                continue;
            }
            let tcp = port.port.protocol == Protocol::Tcp;
            let class = match port.chains.as_slice() {
                [Chain::Http] => Class::Http,
                [Chain::Tcp] => Class::Tcp,
                _ => Class::Sniffed,
            };
            let http = tcp && (class == Class::Http || class == Class::Sniffed && random.chance(70));
            let http = http.then(|| self.named.http(random));
            let ask = Ask {
                from,
                source,
                to,
                port: port.port.number,
                tcp,
                captured: port.captured && subject.sidecar,
                class,
                http,
                sni: self.named.sni(random),
                in_force: self.in_force(to, port.port.number),
            };
            if !found[first..].contains(&ask) {
                found.push(ask);
            }
        }
    }

    /// The PeerAuthentication whose mode holds on a port: Istio takes those that give no age to be as
    /// old as they stand in the text.
    fn in_force(&self, to: usize, port: u16) -> Option<String> {
        let pod = &self.pods[to];
        let mut all: Vec<&PeerAuthentication> = self.resources.peer_authentications.iter().collect();
        all.sort_by_key(|policy| (policy.meta.created.is_none(), policy.meta.created.clone()));
        let here =
            |policy: &&&PeerAuthentication| policy.meta.reference.namespace.as_ref() == Some(&pod.namespace);
        let root = |policy: &&&PeerAuthentication| {
            policy.meta.reference.namespace.as_deref() == Some("istio-system")
        };
        let everything = |policy: &&&PeerAuthentication| matches!(policy.attachment, Attachment::Everything);
        let selects = |policy: &&&PeerAuthentication| match &policy.attachment {
            Attachment::Selector(labels) => {
                labels.iter().all(|(key, value)| pod.labels[0].get(key) == Some(&value.value))
            }
            Attachment::Everything | Attachment::TargetRefs(_) => false,
        };
        let layers = [
            all.iter().find(|policy| here(policy) && !root(policy) && selects(policy)),
            all.iter().find(|policy| here(policy) && !root(policy) && everything(policy)),
            all.iter().find(|policy| root(policy) && everything(policy)),
        ];
        let set = |mode: &Mode| *mode != Mode::Unset;
        let says = |policy: &&&PeerAuthentication| {
            let own = policy.ports.iter().find(|(number, _)| number.value == port);
            let own = own.and_then(|(_, mode)| mode.as_ref()).filter(|mode| set(&mode.value));
            own.or(policy.mode.as_ref()).is_some_and(|mode| set(&mode.value))
        };
        let speaks = layers.into_iter().flatten().find(says)?;
        Some(speaks.meta.reference.to_string())
    }
}

fn addresses(v4: &str, v6: &str, number: usize) -> [IpAddr; 2] {
    [format!("{v4}.{number}").parse().unwrap(), format!("{v6}::{number:x}").parse().unwrap()]
}
