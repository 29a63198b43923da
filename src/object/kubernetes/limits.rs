//! Rules of the API server that a writer has to keep (`pkg/apis/networking/validation/validation.go`
//! and `apimachinery/pkg/apis/meta/v1/validation`). Those that the types cannot break are not here.

use super::{Namespaces, Peer, Policy, PortMatch, Rule, Selector, Test};
use crate::names::{LABEL_LENGTH, SUBDOMAIN_LENGTH, is_label, is_subdomain};
use crate::object::calico::nets::{is_mapped, mask};
use crate::object::calico::{SOURCE_ANNOTATION, TARGET_ANNOTATION};
use ipnet::IpNet;

/// Bytes that all annotations of an object may hold, keys and values.
const ANNOTATIONS: usize = 256 * 1024;

/// Which rules a policy breaks, each with its field; none in a right program.
#[must_use]
pub fn violations(policy: &Policy) -> Vec<String> {
    let Policy { name, namespace, source, target, pods, comments: _, ingress } = policy;
    let mut found = Vec::new();
    if !is_subdomain(name) {
        found.push(format!("`metadata.name`: `{name}` is no name of an object"));
    }
    if !is_label(namespace) {
        found.push(format!("`metadata.namespace`: `{namespace}` is no name of a namespace"));
    }
    let annotations = [SOURCE_ANNOTATION, TARGET_ANNOTATION, source, target];
    if annotations.iter().map(|text| text.len()).sum::<usize>() > ANNOTATIONS {
        found.push(format!("`metadata.annotations`: they hold more than {ANNOTATIONS} bytes"));
    }
    selector(&mut found, "spec.podSelector", pods);
    for (index, item) in ingress.iter().enumerate() {
        rule(&mut found, &format!("spec.ingress[{index}]"), item);
    }
    found
}

fn rule(found: &mut Vec<String>, at: &str, rule: &Rule) {
    let Rule { comments: _, peers, ports } = rule;
    for (index, one) in peers.iter().enumerate() {
        peer(found, &format!("{at}.from[{index}]"), one);
    }
    let PortMatch::Tcp(list) = ports else { return };
    if list.is_empty() {
        found.push(format!("`{at}.ports`: no port would be every port"));
    }
    for ports in list.iter().filter(|ports| ports.first == 0 || ports.last < ports.first) {
        found.push(format!("`{at}.ports`: `{ports}` is no range of ports"));
    }
}

fn peer(found: &mut Vec<String>, at: &str, peer: &Peer) {
    match peer {
        Peer::Pods { namespaces, pods } => {
            let (Namespaces::In(names) | Namespaces::NotIn(names)) = namespaces;
            for name in names.iter().filter(|name| !is_label(name)) {
                found.push(format!("`{at}.namespaceSelector`: `{name}` is no name of a namespace"));
            }
            if matches!(namespaces, Namespaces::In(names) if names.is_empty()) {
                found.push(format!("`{at}.namespaceSelector`: it selects nothing"));
            }
            selector(found, &format!("{at}.podSelector"), pods);
        }
        Peer::Block { cidr, except } => {
            for net in std::iter::once(cidr).chain(except).filter(|net| !is_written(net)) {
                found.push(format!("`{at}.ipBlock`: `{net}` is no CIDR"));
            }
            for net in except.iter().filter(|net| !cidr.contains(*net) || *net == cidr) {
                found.push(format!("`{at}.ipBlock.except`: `{net}` is not inside `{cidr}`"));
            }
        }
    }
}

fn is_written(net: &IpNet) -> bool {
    mask(*net) == *net && !is_mapped(net)
}

fn selector(found: &mut Vec<String>, at: &str, selector: &Selector) {
    for (key, test) in selector.tests() {
        if !is_key(key) {
            found.push(format!("`{at}`: `{key}` is no key of a label"));
        }
        let (Test::In(values) | Test::NotIn(values) | Test::Other(values)) = test else { continue };
        for value in values.iter().filter(|value| !is_value(value)) {
            found.push(format!("`{at}`: `{value}` is no value of a label"));
        }
        let needs_values = matches!(test, Test::In(_) | Test::NotIn(_));
        if needs_values && values.is_empty() {
            found.push(format!("`{at}`: `{key}` is compared with nothing"));
        }
    }
}

/// Whether some label can have this key: a subdomain and a slash, or nothing, before a name.
#[must_use]
pub fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => {
            domain.len() <= SUBDOMAIN_LENGTH && is_subdomain(domain) && is_qualified(name)
        }
        None => is_qualified(key),
    }
}

/// Whether some label can have this value.
#[must_use]
pub fn is_value(value: &str) -> bool {
    value.is_empty() || is_qualified(value)
}

/// Letters, digits and inner hyphens, underscores and points.
fn is_qualified(text: &str) -> bool {
    let outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut bytes = text.bytes();
    text.len() <= LABEL_LENGTH
        && bytes.all(inner)
        && outer(text.bytes().next())
        && outer(text.bytes().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::calico::Ports;
    use std::collections::BTreeSet;

    fn with(ingress: Rule) -> Policy {
        Policy {
            name: "n".into(),
            namespace: "a".into(),
            source: "f#AuthorizationPolicy/a/n".into(),
            target: "kubernetes".into(),
            pods: Selector::default(),
            comments: Vec::new(),
            ingress: vec![ingress],
        }
    }

    fn from(peer: Peer) -> Policy {
        with(Rule { comments: Vec::new(), peers: vec![peer], ports: PortMatch::AllTcp })
    }

    fn labelled(key: &str, value: &str) -> Policy {
        let mut policy = with(Rule { comments: Vec::new(), peers: Vec::new(), ports: PortMatch::AllTcp });
        assert!(policy.pods.narrow(key, &Test::equals(value)));
        policy
    }

    fn block(cidr: &str, except: &[&str]) -> Policy {
        let net = |text: &str| text.parse::<IpNet>().expect(text);
        from(Peer::Block { cidr: net(cidr), except: except.iter().map(|text| net(text)).collect() })
    }

    fn ports(first: u16, last: u16) -> Policy {
        let ports = PortMatch::Tcp(vec![Ports { first, last }]);
        with(Rule { comments: Vec::new(), peers: Vec::new(), ports })
    }

    #[test]
    fn what_the_api_server_refuses_is_known() {
        let long = "x".repeat(64);
        let rows = [
            ("a key with a space", labelled("a b", "c"), false),
            ("a key with a domain", labelled("example.io/a", "c"), true),
            ("a key with two slashes", labelled("example.io/a/b", "c"), false),
            ("an empty value", labelled("a", ""), true),
            ("a long value", labelled("a", &long), false),
            ("a value that ends in a hyphen", labelled("a", "c-"), false),
            ("an exception inside", block("10.0.0.0/8", &["10.1.0.0/16"]), true),
            ("an exception outside", block("10.0.0.0/8", &["11.0.0.0/16"]), false),
            ("an exception of all", block("10.0.0.0/8", &["10.0.0.0/8"]), false),
            ("an exception of the other family", block("10.0.0.0/8", &["fd00::/8"]), false),
            ("a CIDR that is not masked", block("10.0.0.1/8", &[]), false),
            ("a range", ports(80, 90), true),
            ("a range that runs backwards", ports(90, 80), false),
            ("port 0", ports(0, 0), false),
            (
                "a namespace that is no label",
                from(Peer::Pods {
                    namespaces: Namespaces::In(BTreeSet::from(["A".to_string()])),
                    pods: Selector::default(),
                }),
                false,
            ),
            (
                "no namespace at all",
                from(Peer::Pods { namespaces: Namespaces::In(BTreeSet::new()), pods: Selector::default() }),
                false,
            ),
        ];
        for (name, policy, expected) in rows {
            let found = violations(&policy);
            assert_eq!(found.is_empty(), expected, "{name}: {found:?}");
        }
    }
}
