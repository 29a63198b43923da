//! A world as the YAML that the program reads.

use crate::worlds::world::{
    Action, Authorization, CalicoPolicy, Declared, Fields, LabelTest, Mode, Namespace, NetworkPolicy,
    NetworkSet, Peer, PeerAuthentication, Pod, Rule, Service, Shown, Tier, Wish, World,
};
use serde_json::{Map, Value, json};

/// All that the input shows.
pub(crate) fn render(world: &World) -> String {
    let shown = world.pods.iter().filter(|pod| pod.shown);
    let documents = (world.namespaces.iter().filter_map(namespace))
        .chain(shown.map(workload))
        .chain(world.services.iter().map(service))
        .chain(world.network_sets.iter().map(network_set))
        .chain(world.authorization.iter().map(authorization))
        .chain(world.peer_authentication.iter().map(peer_authentication))
        .chain(world.network_policies.iter().map(network_policy))
        .chain(world.tiers.iter().filter(|tier| tier.shown).map(tier))
        .chain(world.calico_policies.iter().map(calico_policy));
    let texts: Vec<String> = documents.map(|document| serde_yaml::to_string(&document).unwrap()).collect();
    texts.join("---\n")
}

fn object(api: &str, kind: &str, namespace: Option<&str>, name: &str, spec: &Value) -> Value {
    let mut metadata = json!({ "name": name });
    if let Some(namespace) = namespace {
        metadata["namespace"] = json!(namespace);
    }
    json!({ "apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec })
}

fn namespace(namespace: &Namespace) -> Option<Value> {
    let labels = match namespace.shown {
        Shown::Enabled => json!({ "istio-injection": "enabled" }),
        Shown::Ambient => json!({ "istio.io/dataplane-mode": "ambient" }),
        Shown::Disabled => json!({ "istio-injection": "disabled" }),
        Shown::Unlabelled => json!({}),
        Shown::No => return None,
    };
    let metadata = json!({ "name": namespace.name, "labels": labels });
    Some(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata }))
}

/// A Deployment, or a Pod of its own where there is no label to select it by.
fn workload(pod: &Pod) -> Value {
    let mut annotations = Map::new();
    if pod.gateway {
        annotations.insert("inject.istio.io/templates".to_string(), json!("gateway"));
    }
    if !pod.excluded.is_empty() {
        let ports: Vec<String> = pod.excluded.iter().map(ToString::to_string).collect();
        let key = "traffic.sidecar.istio.io/excludeInboundPorts";
        annotations.insert(key.to_string(), json!(ports.join(",")));
    }
    let runs =
        json!({ "serviceAccountName": pod.account, "containers": [{ "name": "app", "image": "app" }] });
    if pod.labels.is_empty() {
        let mut alone = object("v1", "Pod", Some(&pod.namespace), &pod.name, &runs);
        alone["metadata"]["labels"] = json!(pod_labels(pod));
        alone["metadata"]["annotations"] = json!(annotations);
        return alone;
    }
    let spec = json!({
        "selector": { "matchLabels": pod.labels },
        "template": {
            "metadata": { "labels": pod_labels(pod), "annotations": annotations },
            "spec": runs,
        },
    });
    object("apps/v1", "Deployment", Some(&pod.namespace), &pod.name, &spec)
}

/// A pod's labels with the one that speaks to the injector.
pub(crate) fn pod_labels(pod: &Pod) -> crate::worlds::world::Labels {
    let mut labels = pod.labels.clone();
    let wish = match pod.wish {
        _ if pod.gateway => "true",
        Wish::In => "true",
        Wish::Out => "false",
        Wish::Unsaid => return labels,
    };
    labels.insert("sidecar.istio.io/inject".to_string(), wish.to_string());
    labels
}

fn service(service: &Service) -> Value {
    let mut port = json!({ "port": service.port, "targetPort": service.port });
    port["name"] = json!(match service.declared {
        Declared::Http => "http",
        Declared::Tcp => "tcp",
        Declared::Nothing => "main",
    });
    let spec = json!({ "selector": service.selector, "ports": [port] });
    object("v1", "Service", Some(&service.namespace), &service.name, &spec)
}

fn network_set(set: &NetworkSet) -> Value {
    let kind = if set.namespace.is_some() { "NetworkSet" } else { "GlobalNetworkSet" };
    let spec = json!({ "nets": set.nets });
    let mut object = object("projectcalico.org/v3", kind, set.namespace.as_deref(), &set.name, &spec);
    object["metadata"]["labels"] = json!(set.labels);
    object
}

fn with_selector(mut spec: Map<String, Value>, selector: &crate::worlds::world::Labels) -> Value {
    if !selector.is_empty() {
        spec.insert("selector".to_string(), json!({ "matchLabels": selector }));
    }
    Value::Object(spec)
}

fn authorization(policy: &Authorization) -> Value {
    let mut spec = Map::new();
    let action = match policy.action {
        Action::Allow => "ALLOW",
        Action::Deny => "DENY",
        Action::Custom => "CUSTOM",
        Action::Audit => "AUDIT",
    };
    spec.insert("action".to_string(), json!(action));
    if policy.action == Action::Custom {
        spec.insert("provider".to_string(), json!({ "name": "ext-authz" }));
    }
    if !policy.rules.is_empty() {
        spec.insert("rules".to_string(), policy.rules.iter().map(rule).collect());
    }
    let spec = with_selector(spec, &policy.selector);
    let api = "security.istio.io/v1";
    let mut object = object(api, "AuthorizationPolicy", Some(&policy.namespace), &policy.name, &spec);
    if policy.dry_run {
        object["metadata"]["annotations"] = json!({ "istio.io/dry-run": "true" });
    }
    object
}

fn rule(rule: &Rule) -> Value {
    let mut found = Map::new();
    let wrap = |word: &str, all: &[Fields]| -> Value {
        all.iter().map(|fields| json!({ word: fields })).collect::<Vec<_>>().into()
    };
    if !rule.from.is_empty() {
        found.insert("from".to_string(), wrap("source", &rule.from));
    }
    if !rule.to.is_empty() {
        found.insert("to".to_string(), wrap("operation", &rule.to));
    }
    let when = rule.when.iter().map(|condition| {
        let mut found = json!({ "key": condition.key });
        for (key, values) in [("values", &condition.values), ("notValues", &condition.not_values)] {
            if !values.is_empty() {
                found[key] = json!(values);
            }
        }
        found
    });
    let when: Vec<Value> = when.collect();
    if !when.is_empty() {
        found.insert("when".to_string(), when.into());
    }
    Value::Object(found)
}

fn mode(mode: Mode) -> Value {
    let word = match mode {
        Mode::Unset => "UNSET",
        Mode::Permissive => "PERMISSIVE",
        Mode::Strict => "STRICT",
        Mode::Disable => "DISABLE",
    };
    json!({ "mode": word })
}

fn peer_authentication(policy: &PeerAuthentication) -> Value {
    let mut spec = Map::new();
    if let Some(own) = policy.mode {
        spec.insert("mtls".to_string(), mode(own));
    }
    let ports: Map<String, Value> =
        policy.ports.iter().map(|(port, own)| (port.to_string(), mode(*own))).collect();
    if !ports.is_empty() {
        spec.insert("portLevelMtls".to_string(), ports.into());
    }
    let spec = with_selector(spec, &policy.selector);
    let api = "security.istio.io/v1";
    let mut object = object(api, "PeerAuthentication", Some(&policy.namespace), &policy.name, &spec);
    if policy.dated {
        let time = format!("2024-01-{:02}T00:00:00Z", policy.made + 1);
        object["metadata"]["creationTimestamp"] = json!(time);
    }
    object
}

fn label_tests(tests: &[LabelTest]) -> Value {
    let one = |test: &LabelTest| match test {
        LabelTest::In(key, values) => json!({ "key": key, "operator": "In", "values": values }),
        LabelTest::NotIn(key, values) => json!({ "key": key, "operator": "NotIn", "values": values }),
        LabelTest::Exists(key) => json!({ "key": key, "operator": "Exists" }),
        LabelTest::DoesNotExist(key) => json!({ "key": key, "operator": "DoesNotExist" }),
    };
    if tests.is_empty() {
        return json!({});
    }
    json!({ "matchExpressions": tests.iter().map(one).collect::<Vec<_>>() })
}

pub(crate) fn network_policy(policy: &NetworkPolicy) -> Value {
    let mut spec = json!({ "podSelector": label_tests(&policy.pods) });
    if !policy.types.is_empty() {
        spec["policyTypes"] = json!(policy.types);
    }
    if let Some((peers, ports)) = &policy.ingress {
        let peer = |peer: &Peer| match peer {
            Peer::Pods(tests) => json!({ "podSelector": label_tests(tests) }),
            Peer::Namespace(name) => {
                json!({ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": name } } })
            }
            Peer::Block(net) => json!({ "ipBlock": { "cidr": net } }),
        };
        let mut rule = Map::new();
        if !peers.is_empty() {
            rule.insert("from".to_string(), peers.iter().map(peer).collect());
        }
        if !ports.is_empty() {
            let ports = ports.iter().map(|port| json!({ "port": port, "protocol": "TCP" }));
            rule.insert("ports".to_string(), ports.collect());
        }
        spec["ingress"] = json!([rule]);
    }
    object("networking.k8s.io/v1", "NetworkPolicy", Some(&policy.namespace), &policy.name, &spec)
}

/// The tier as its document, which the evaluator reads as well.
pub(crate) fn tier(tier: &Tier) -> Value {
    let mut spec = json!({ "defaultAction": if tier.passes { "Pass" } else { "Deny" } });
    if let Some(order) = tier.order {
        spec["order"] = json!(order);
    }
    object("projectcalico.org/v3", "Tier", None, &tier.name, &spec)
}

/// The policy as its document, which the evaluator reads as well.
pub(crate) fn calico_policy(policy: &CalicoPolicy) -> Value {
    let kind = if policy.namespace.is_some() { "NetworkPolicy" } else { "GlobalNetworkPolicy" };
    let rule = |(action, selector, net): &(String, Option<String>, Option<String>)| {
        let mut source = Map::new();
        if let Some(selector) = selector {
            source.insert("selector".to_string(), json!(selector));
        }
        if let Some(net) = net {
            source.insert("nets".to_string(), json!([net]));
        }
        let mut rule = json!({ "action": action });
        if !source.is_empty() {
            rule["source"] = Value::Object(source);
        }
        rule
    };
    let rules: Vec<Value> = policy.rules.iter().map(rule).collect();
    let mut spec = json!({ "selector": policy.selector, "types": ["Ingress"], "ingress": rules });
    if let Some(order) = policy.order {
        spec["order"] = json!(order);
    }
    if let Some(tier) = &policy.tier {
        spec["tier"] = json!(tier);
    }
    object("projectcalico.org/v3", kind, policy.namespace.as_deref(), &policy.name, &spec)
}
