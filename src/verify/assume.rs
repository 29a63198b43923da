//! What the model takes for granted, whatever the input: each with what to look at to be sure.

use super::answer::Assumption;
use super::compare::{Input, has_http};
use super::istio::releases_differ;
use crate::config::{L7, PathNormalization, Target};
use crate::object::calico::v3::{Kind, Policy};

fn assumption(text: impl Into<String>, check: impl Into<String>) -> Assumption {
    Assumption { text: text.into(), check: check.into() }
}

/// The assumptions of every run, and those of this input's workloads and peers.
pub(super) fn all(input: &Input<'_>, of_input: Vec<Assumption>) -> Vec<Assumption> {
    let mut all = vec![
        assumption(
            "sources on a pod's own node (kubelet, pods in the node's network) always reach it, and are not compared",
            "what the mesh said of them: unmesh why --from node-local; see what else runs in the network of your nodes",
        ),
        assumption(
            "no policy acts in the cluster but those of the input: network policies, tiers and mesh policies",
            match input.settings.target {
                Target::Calico(_) => {
                    "kubectl get networkpolicies,globalnetworkpolicies,tiers,authorizationpolicies,peerauthentications -A"
                }
                Target::Kubernetes => {
                    "kubectl get networkpolicies,authorizationpolicies,peerauthentications -A, and whatever else your network plugin takes for policy"
                }
            },
        ),
        of_mesh(input),
        assumption(
            format!(
                "{} sees the address that the proxy saw: no NodePort, load balancer or other translation in between",
                platform(input)
            ),
            "see how traffic from outside enters; policies by address are safest at the ingress",
        ),
        assumption(
            "ports that are declared HTTP carry HTTP, and what the proxy refuses as malformed is not compared",
            "the proxy answered 400 to bytes that are no HTTP, and the application answers now",
        ),
        assumption(
            "any request may carry a token that is valid, its audience too, invalid or missing, whether or not the input shows its issuer",
            "the RequestAuthentications of the cluster are in the input",
        ),
    ];
    if input.settings.target == Target::Kubernetes {
        all.extend(of_kubernetes(input));
    }
    let paths = input.settings.path_normalization;
    if paths != PathNormalization::Base {
        all.push(assumption(
            format!(
                "paths reach policies on both sides as `{}` leaves them, and those that Istio's default would change are not compared",
                paths.word()
            ),
            "whatever stands in front of Dikastes afterwards: its settings for paths",
        ));
    }
    if releases_differ(input.resources) {
        all.push(assumption(
            "Istio takes the characters of an identity as they are: before 1.28.7 and 1.29.3 a dot in a namespace, a service account or behind `*` is any character there",
            "the release that the mesh runs: istioctl version",
        ));
    }
    if !input.resources.virtual_services.is_empty() {
        all.push(assumption(
            "routing is not compared: what VirtualServices refuse, rewrite or redirect is told by findings alone",
            "read the findings of the family UM3xx: unmesh lint",
        ));
    }
    if input.settings.target != Target::Kubernetes && input.settings.l7 != L7::None && has_http(input.after) {
        all.push(assumption(
            "where Dikastes runs it runs in a sidecar in front of the application, behind the same path normalisation as the mesh's",
            "the pods labelled `unmesh.dev/l7: dikastes`, or all of them with --l7 dikastes, have it",
        ));
    }
    all.extend(of_input);
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|assumption| seen.insert(assumption.clone()));
    all
}

/// What is taken for granted of the mesh as a whole. Where the input shows what istiod reads, its settings
/// are known; that there is one cluster no file can show.
fn of_mesh(input: &Input<'_>) -> Assumption {
    let settings = input.settings;
    let shown = input.inventory.mesh.configs.iter().find(|config| config.complete);
    let aliases: Vec<&str> = settings.trust_domain_aliases.iter().map(String::as_str).collect();
    let aliases = match aliases.as_slice() {
        [] => String::new(),
        names => format!(", and nobody outside of it shows an identity of `{}`", names.join("`, `")),
    };
    match shown {
        Some(config) => assumption(
            format!("the mesh of `{}` is one cluster{aliases}", config.reference),
            "whether other clusters share its root certificate: kubectl -n istio-system get secrets -l istio/multiCluster=true",
        ),
        None => assumption(
            format!(
                "the mesh is one cluster with the trust domain `{}` and the root namespace `{}`{aliases}, and Istio's other settings are its defaults",
                settings.trust_domain, settings.root_namespace
            ),
            "compare with the MeshConfig: kubectl -n istio-system get configmap istio -o yaml",
        ),
    }
}

/// Who enforces the policies, to people.
fn platform(input: &Input<'_>) -> &'static str {
    match input.settings.target {
        Target::Calico(_) => "Calico",
        Target::Kubernetes => "the network plugin",
    }
}

/// What the API of NetworkPolicy leaves to whoever enforces it.
fn of_kubernetes(input: &Input<'_>) -> Vec<Assumption> {
    let mut found = vec![
        assumption(
            "the network plugin enforces NetworkPolicy as the API documents it, `endPort` too, and never polices a pod's own node",
            "the plugin's own documentation, and a test from a pod that has to be refused",
        ),
        assumption(
            "protocols other than TCP, UDP and SCTP, which the API leaves to the network plugin, are refused on isolated pods, unless a rule without ports allows the peer: Calico does so",
            "what your plugin does with ICMP to pods that a NetworkPolicy selects",
        ),
    ];
    let policies = || input.before.policies.iter().chain(&input.after.policies);
    let of_kubernetes = |policy: &&Policy| policy.kind == Kind::Kubernetes;
    let mut rules = policies().filter(of_kubernetes).flat_map(|policy| &policy.ingress);
    if rules.any(|rule| !rule.source.nets.is_empty()) {
        found.push(assumption(
            "an `ipBlock` matches whoever has an address in it, pods too: Calico does so, and Cilium knows pods by their labels alone",
            "what your plugin makes of pods' addresses in `ipBlock`",
        ));
    }
    found
}
