//! Objects to text: keys in one order, fields that say nothing left out, comments where the objects
//! carry them. The same objects give the same bytes.

use super::{API_VERSION, KIND, NAMESPACE_NAME, Namespaces, Peer, Policy, PortMatch, Rule, Selector, Test};
use crate::object::calico::{Ports, SOURCE_ANNOTATION, TARGET_ANNOTATION};
use crate::object::lines::Lines;
use crate::object::scalar::scalar;
use std::collections::BTreeSet;

/// The YAML of one policy, without separators.
#[must_use]
pub fn write_one(policy: &Policy) -> String {
    let Policy { name, namespace, source, target, pods, comments, ingress } = policy;
    let mut out = Lines::default();
    out.entry(0, "apiVersion", API_VERSION);
    out.entry(0, "kind", KIND);
    out.key(0, "metadata");
    out.entry(1, "name", &scalar(name));
    out.entry(1, "namespace", &scalar(namespace));
    out.key(1, "annotations");
    out.entry(2, SOURCE_ANNOTATION, &scalar(source));
    out.entry(2, TARGET_ANNOTATION, &scalar(target));
    out.key(0, "spec");
    for text in comments {
        out.comment(1, text);
    }
    selector(&mut out, 1, "podSelector", pods);
    out.list(1, "policyTypes", ["Ingress".to_string()]);
    if ingress.is_empty() {
        out.entry(1, "ingress", "[]");
    } else {
        out.key(1, "ingress");
    }
    for item in ingress {
        rule(&mut out, item);
    }
    out.into_text()
}

/// One item of `spec.ingress`, with the comments above it.
fn rule(out: &mut Lines, rule: &Rule) {
    let Rule { comments, peers, ports } = rule;
    for text in comments {
        out.comment(1, text);
    }
    let ports = port_entries(ports);
    match (peers.is_empty(), ports.is_empty()) {
        (true, true) => out.item(1, "{}"),
        (true, false) => out.key(1, "- ports"),
        (false, _) => {
            out.key(1, "- from");
            for one in peers {
                peer(out, one);
            }
            if !ports.is_empty() {
                out.key(2, "ports");
            }
        }
    }
    for PortEntry { protocol, port } in ports {
        out.entry(2, "- protocol", protocol);
        if let Some(Ports { first, last }) = port {
            out.entry(3, "port", &first.to_string());
            if last != first {
                out.entry(3, "endPort", &last.to_string());
            }
        }
    }
}

/// One item of `ports`.
pub(super) struct PortEntry {
    /// `protocol`.
    pub(super) protocol: &'static str,
    /// `port` and `endPort`; every port where there is none.
    pub(super) port: Option<Ports>,
}

/// The items of `ports`.
pub(super) fn port_entries(ports: &PortMatch) -> Vec<PortEntry> {
    let all = |protocol| PortEntry { protocol, port: None };
    match ports {
        PortMatch::Everything => Vec::new(),
        PortMatch::AllTcp => vec![all("TCP")],
        PortMatch::NotTcp => vec![all("UDP"), all("SCTP")],
        PortMatch::Tcp(list) => {
            list.iter().map(|ports| PortEntry { protocol: "TCP", port: Some(*ports) }).collect()
        }
    }
}

/// One item of `from`.
fn peer(out: &mut Lines, peer: &Peer) {
    match peer {
        Peer::Pods { namespaces, pods } => {
            match namespaces {
                Namespaces::NotIn(names) if names.is_empty() => out.entry(2, "- namespaceSelector", "{}"),
                Namespaces::NotIn(names) => {
                    out.key(2, "- namespaceSelector");
                    tests(out, 4, [(NAMESPACE_NAME, &Test::NotIn(names.clone()))].into_iter());
                }
                Namespaces::In(names) => {
                    out.key(2, "- namespaceSelector");
                    tests(out, 4, [(NAMESPACE_NAME, &Test::In(names.clone()))].into_iter());
                }
            }
            if !pods.is_everything() {
                selector(out, 3, "podSelector", pods);
            }
        }
        Peer::Block { cidr, except } => {
            out.key(2, "- ipBlock");
            out.entry(4, "cidr", &scalar(&cidr.to_string()));
            out.list(4, "except", except.iter().map(|net| scalar(&net.to_string())));
        }
    }
}

/// A selector below its key.
fn selector(out: &mut Lines, depth: usize, key: &str, selector: &Selector) {
    if selector.is_everything() {
        out.entry(depth, key, "{}");
        return;
    }
    out.key(depth, key);
    tests(out, depth + 1, selector.tests().map(|(key, test)| (key.as_str(), test)));
}

/// `matchLabels` and `matchExpressions`.
fn tests<'a>(out: &mut Lines, depth: usize, tests: impl Iterator<Item = (&'a str, &'a Test)>) {
    let (mut labels, mut expressions) = (Vec::new(), Vec::new());
    for (key, test) in tests {
        match only_value(test) {
            Some(value) => labels.push((key, value)),
            None => expressions.extend(requirements(test).into_iter().map(|found| (key, found))),
        }
    }
    if !labels.is_empty() {
        out.key(depth, "matchLabels");
    }
    for (key, value) in labels {
        out.entry(depth + 1, &scalar(key), &scalar(value));
    }
    if !expressions.is_empty() {
        out.key(depth, "matchExpressions");
    }
    for (key, (operator, values)) in expressions {
        out.entry(depth, "- key", &scalar(key));
        out.entry(depth + 1, "operator", operator);
        out.list(depth + 1, "values", values.iter().map(|value| scalar(value)));
    }
}

/// The value of a test that `matchLabels` can say.
pub(super) fn only_value(test: &Test) -> Option<&String> {
    match test {
        Test::In(values) if values.len() == 1 => values.first(),
        Test::In(_) | Test::NotIn(_) | Test::Other(_) | Test::Absent => None,
    }
}

/// The items of `matchExpressions` that a test becomes: operator and values.
pub(super) fn requirements(test: &Test) -> Vec<(&'static str, BTreeSet<String>)> {
    let none = BTreeSet::new;
    match test {
        Test::In(values) => vec![("In", values.clone())],
        Test::NotIn(values) => vec![("NotIn", values.clone())],
        Test::Other(values) if values.is_empty() => vec![("Exists", none())],
        Test::Other(values) => vec![("Exists", none()), ("NotIn", values.clone())],
        Test::Absent => vec![("DoesNotExist", none())],
    }
}

#[cfg(test)]
mod tests {
    use super::super::{built, limits, read};
    use super::*;

    fn set(values: &[&str]) -> BTreeSet<String> {
        values.iter().map(ToString::to_string).collect()
    }

    fn selector(tests: &[(&str, Test)]) -> Selector {
        let mut found = Selector::default();
        for (key, test) in tests {
            assert!(found.narrow(key, test), "{key}");
        }
        found
    }

    fn policy() -> Policy {
        Policy {
            name: "unmesh-allow-orders".into(),
            namespace: "shop".into(),
            source: "mesh.yaml#AuthorizationPolicy/shop/orders".into(),
            target: "kubernetes".into(),
            pods: selector(&[
                ("app", Test::equals("orders")),
                ("on", Test::equals("on")),
                ("tier", Test::Other(set(&["a", "b"]))),
                ("zone", Test::Absent),
            ]),
            comments: vec!["the pods\nof it".into()],
            ingress: vec![
                Rule {
                    comments: vec!["spec.rules[0]".into()],
                    peers: vec![
                        Peer::Pods { namespaces: Namespaces::In(set(&["web"])), pods: Selector::default() },
                        Peer::Pods {
                            namespaces: Namespaces::NotIn(set(&["a", "b"])),
                            pods: selector(&[("app", Test::In(set(&["x", "y"])))]),
                        },
                        Peer::Pods {
                            namespaces: Namespaces::NotIn(set(&[])),
                            pods: selector(&[("app", Test::exists())]),
                        },
                        Peer::Block {
                            cidr: "10.0.0.0/8".parse().unwrap(),
                            except: vec!["10.1.0.0/16".parse().unwrap()],
                        },
                        Peer::Block { cidr: "::/0".parse().unwrap(), except: Vec::new() },
                    ],
                    ports: PortMatch::Tcp(vec![Ports::one(8080), Ports { first: 9000, last: 9100 }]),
                },
                Rule { comments: Vec::new(), peers: Vec::new(), ports: PortMatch::NotTcp },
            ],
        }
    }

    const EVERYTHING: &str = r#"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: unmesh-allow-orders
  namespace: shop
  annotations:
    unmesh.dev/source: mesh.yaml#AuthorizationPolicy/shop/orders
    unmesh.dev/target: kubernetes
spec:
  # the pods\nof it
  podSelector:
    matchLabels:
      app: orders
      "on": "on"
    matchExpressions:
    - key: tier
      operator: Exists
    - key: tier
      operator: NotIn
      values:
      - a
      - b
    - key: zone
      operator: DoesNotExist
  policyTypes:
  - Ingress
  ingress:
  # spec.rules[0]
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: web
    - namespaceSelector:
        matchExpressions:
        - key: kubernetes.io/metadata.name
          operator: NotIn
          values:
          - a
          - b
      podSelector:
        matchExpressions:
        - key: app
          operator: In
          values:
          - x
          - "y"
    - namespaceSelector: {}
      podSelector:
        matchExpressions:
        - key: app
          operator: Exists
    - ipBlock:
        cidr: 10.0.0.0/8
        except:
        - 10.1.0.0/16
    - ipBlock:
        cidr: "::/0"
    ports:
    - protocol: TCP
      port: 8080
    - protocol: TCP
      port: 9000
      endPort: 9100
  - ports:
    - protocol: UDP
    - protocol: SCTP
"#;

    #[test]
    fn every_field_has_its_place() {
        assert_eq!(write_one(&policy()), EVERYTHING);
        assert_eq!(limits::violations(&policy()), Vec::<String>::new());
    }

    #[test]
    fn what_is_written_reads_back_as_what_is_built() {
        assert_eq!(read(EVERYTHING).as_ref(), Ok(&built(&policy())));
        let mut bare = policy();
        bare.pods = Selector::default();
        bare.comments = Vec::new();
        bare.ingress = Vec::new();
        let text = write_one(&bare);
        assert!(
            text.ends_with("spec:\n  podSelector: {}\n  policyTypes:\n  - Ingress\n  ingress: []\n"),
            "{text}"
        );
        assert_eq!(read(&text), Ok(built(&bare)));
        bare.ingress = vec![Rule { comments: Vec::new(), peers: Vec::new(), ports: PortMatch::Everything }];
        let text = write_one(&bare);
        assert!(text.ends_with("  ingress:\n  - {}\n"), "{text}");
        assert_eq!(read(&text), Ok(built(&bare)));
    }
}
