//! A cluster to be asked: pods, policies and requests, in the form that the engines take.
//!
//! Random worlds and folders of a corpus both become scenes. What a scene says of a pod is the truth of
//! that scene: the engines are told it, and the judge asks unmesh's checker about the same.

use crate::way::Way;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use unmesh::config::Settings;
use unmesh::manifest::Labels;

/// What the pod's proxy takes a port for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Http,
    Tcp,
    Sniffed,
}

/// A pod while the mesh stands, and afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) account: String,
    /// With the labels of Istio's injector, and without them.
    pub(crate) labels: [Labels; 2],
    pub(crate) addresses: [IpAddr; 2],
    pub(crate) sidecar: bool,
    /// It goes with the mesh.
    pub(crate) gateway: bool,
    /// Names of its container's ports.
    pub(crate) ports: Vec<(String, u16)>,
}

/// What a request carries above TCP, where it is HTTP.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) host: String,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// `X-Forwarded-For`: the proxy trusts the last address.
    pub(crate) forwarded: Option<String>,
    /// The claims of a bearer's token, which the run signs with a key that all issuers share.
    pub(crate) token: Option<Value>,
}

/// A request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ask {
    /// The pod that asks, by its place; `None` for an address that is no pod's.
    pub(crate) from: Option<usize>,
    pub(crate) source: IpAddr,
    /// The pod asked.
    pub(crate) to: usize,
    pub(crate) port: u16,
    pub(crate) tcp: bool,
    /// Whether it meets the pod's proxy.
    pub(crate) captured: bool,
    pub(crate) class: Class,
    pub(crate) http: Option<Http>,
    /// The server name that the asking proxy sends under mutual TLS.
    pub(crate) sni: Option<String>,
    /// The PeerAuthentication whose mode holds there, where the input does not show it.
    pub(crate) in_force: Option<String>,
}

/// A cluster with its requests.
pub(crate) struct Scene {
    pub(crate) name: String,
    /// What unmesh reads: names and texts of files.
    pub(crate) input: Vec<(String, String)>,
    /// All but the target.
    pub(crate) settings: Settings,
    /// What Istio reads.
    pub(crate) istio: String,
    /// The network policies in force while the mesh stands, and network sets.
    pub(crate) in_force: Vec<String>,
    pub(crate) namespaces: BTreeMap<String, Labels>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) asks: Vec<Ask>,
}

impl Pod {
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The identity of its certificate.
    pub(crate) fn identity(&self, trust_domain: &str) -> Option<String> {
        let has_one = self.sidecar || self.gateway;
        has_one.then(|| format!("{trust_domain}/ns/{}/sa/{}", self.namespace, self.account))
    }

    fn endpoint(&self, side: usize) -> Value {
        let ports = self.ports.iter().map(|(name, number)| json!({ "name": name, "number": number }));
        json!({
            "namespace": self.namespace,
            "name": self.name,
            "account": self.account,
            "labels": self.labels[side],
            "addresses": self.addresses,
            "ports": ports.collect::<Vec<_>>(),
        })
    }
}

impl Scene {
    /// The address that a request goes to: of the family of its source.
    pub(crate) fn destination(&self, ask: &Ask) -> IpAddr {
        let own = self.pods[ask.to].addresses;
        if own[0].is_ipv4() == ask.source.is_ipv4() { own[0] } else { own[1] }
    }

    /// Who asks, as a proxy would be told by the certificate.
    pub(crate) fn identity(&self, ask: &Ask) -> Option<String> {
        self.pods[ask.from?].identity(&self.settings.trust_domain)
    }

    /// The request as the engines are asked; the answers repeat it.
    pub(crate) fn ask(&self, ask: &Ask) -> Value {
        let http = ask.http.as_ref();
        json!({
            "pod": ask.to,
            "source": ask.source,
            "destination": self.destination(ask),
            "port": ask.port,
            "protocol": if ask.tcp { 6 } else { 17 },
            "captured": ask.captured,
            "class": match ask.class {
                Class::Http => "http",
                Class::Tcp => "tcp",
                Class::Sniffed => "sniffed",
            },
            "peer": self.identity(ask),
            "sni": ask.sni,
            "http": http.map(|http| json!({
                "method": http.method, "path": http.path, "host": http.host, "headers": http.headers,
                "forwarded": http.forwarded, "token": http.token,
            })),
        })
    }

    /// A question to Calico's program about all requests: before, or afterwards as somebody reads the
    /// objects. Where Dikastes reads them, each request is asked of the dataplane and then of it.
    fn question(&self, way: Option<&Way>, objects: &[String]) -> Value {
        let there = self.pods.iter().filter(|pod| way.is_none() || !pod.gateway);
        let with_dikastes = way.is_some_and(|way| way.dikastes);
        let endpoints = there.map(|pod| {
            let mut endpoint = pod.endpoint(usize::from(way.is_some()));
            if with_dikastes && pod.sidecar {
                endpoint["labels"]["unmesh.dev/l7"] = json!("dikastes");
            }
            endpoint
        });
        let requests = self.asks.iter().flat_map(|ask| {
            let dataplane = self.request(ask);
            let second = with_dikastes.then(|| by_dikastes(&dataplane, ask));
            std::iter::once(dataplane).chain(second)
        });
        json!({
            "op": "decide",
            "name": format!("{}, {}", self.name, way.map_or("before", |way| way.name)),
            "objects": objects.join("\n---\n"),
            "endpoints": endpoints.collect::<Vec<_>>(),
            "namespaces": self.namespaces,
            "requests": requests.collect::<Vec<_>>(),
        })
    }

    fn request(&self, ask: &Ask) -> Value {
        json!({
            "source": ask.source,
            "destination": self.pods[ask.to].key(),
            "protocol": if ask.tcp { 6 } else { 17 },
            "port": ask.port,
            "reading": "dataplane",
        })
    }

    /// What `conformance/end-to-end` reads; `written` are the objects afterwards.
    pub(crate) fn to_json(&self, written: &[(&Way, Vec<String>)]) -> Value {
        let pods = self
            .pods
            .iter()
            .map(|pod| json!({ "namespace": pod.namespace, "name": pod.name, "labels": pod.labels[0] }));
        let after = written.iter().map(|(way, objects)| {
            let all: Vec<String> = self.in_force.iter().chain(objects).cloned().collect();
            (way.name.to_string(), self.question(Some(way), &all))
        });
        json!({
            "name": self.name,
            "istio": self.istio,
            "trust_domain": self.settings.trust_domain,
            "root_namespace": self.settings.root_namespace,
            "pods": pods.collect::<Vec<_>>(),
            "asks": self.asks.iter().map(|ask| self.ask(ask)).collect::<Vec<_>>(),
            "before": self.question(None, &self.in_force),
            "after": after.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// The same request as Dikastes sees it behind the proxy. What never meets it is asked of the
/// dataplane once more.
fn by_dikastes(dataplane: &Value, ask: &Ask) -> Value {
    let mut request = dataplane.clone();
    if ask.captured {
        request["reading"] = json!("dikastes");
        if let Some(http) = &ask.http {
            request["method"] = json!(http.method);
            request["path"] = json!(http.path);
        }
    }
    request
}
