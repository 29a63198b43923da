//! Objects to text: the layout that people review.
//!
//! Keys in one order, lists unindented as kubectl prints them, fields that say nothing left out,
//! each selector on one line, comments where the objects carry them. The same objects give the
//! same bytes.

use super::{
    API_VERSION, Action, Destination, Http, Path, Peer, Policy, Ports, ProtocolMatch, Rule,
    SOURCE_ANNOTATION, TARGET_ANNOTATION, Tier,
};
use crate::object::lines::Lines;
use crate::object::scalar::scalar;
use ipnet::IpNet;

/// `spec.stagedAction`: the policy is what it would be set to.
pub(super) const STAGED_ACTION: &str = "Set";

/// The YAML of the policies, one document each, parted by `---`.
#[must_use]
pub fn write(policies: &[Policy]) -> String {
    let documents: Vec<String> = policies.iter().map(write_one).collect();
    documents.join("---\n")
}

/// The YAML of one policy, without separators.
#[must_use]
pub fn write_one(policy: &Policy) -> String {
    let Policy { name, namespace, source, target, staged, tier, order, selector, selector_comment, ingress } =
        policy;
    let mut out = Lines::default();
    out.entry(0, "apiVersion", API_VERSION);
    out.entry(0, "kind", policy.kind());
    out.key(0, "metadata");
    out.entry(1, "name", &scalar(name));
    if let Some(namespace) = namespace {
        out.entry(1, "namespace", &scalar(namespace));
    }
    out.key(1, "annotations");
    out.entry(2, SOURCE_ANNOTATION, &scalar(source));
    out.entry(2, TARGET_ANNOTATION, &scalar(target));
    out.key(0, "spec");
    if *staged {
        out.entry(1, "stagedAction", STAGED_ACTION);
    }
    if let Some(tier) = tier {
        out.entry(1, "tier", tier.text());
    }
    out.entry(1, "order", &order.to_string());
    if let Some(text) = selector_comment {
        out.comment(1, text);
    }
    out.entry(1, "selector", &scalar(selector));
    out.list(1, "types", ["Ingress".to_string()]);
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

/// The YAML of a tier, without separators.
#[must_use]
pub fn write_tier(tier: &Tier) -> String {
    let Tier { name, target, order } = tier;
    let mut out = Lines::default();
    out.entry(0, "apiVersion", API_VERSION);
    out.entry(0, "kind", "Tier");
    out.key(0, "metadata");
    out.entry(1, "name", name.text());
    out.key(1, "annotations");
    out.entry(2, TARGET_ANNOTATION, &scalar(target));
    out.key(0, "spec");
    out.entry(1, "order", &order.to_string());
    out.entry(1, "defaultAction", name.default_action());
    out.into_text()
}

/// One item of `spec.ingress`, with the comments above it.
fn rule(out: &mut Lines, rule: &Rule) {
    let Rule { comments, action, protocol, source, destination, http } = rule;
    for text in comments {
        out.comment(1, text);
    }
    out.entry(1, "- action", action_name(*action));
    match protocol {
        ProtocolMatch::Any => {}
        ProtocolMatch::Tcp => out.entry(2, "protocol", "TCP"),
        ProtocolMatch::NotTcp => out.entry(2, "notProtocol", "TCP"),
    }
    peer(out, source);
    pod_side(out, destination);
    if let Some(http) = http {
        http_match(out, http);
    }
}

/// `action`.
fn action_name(action: Action) -> &'static str {
    match action {
        Action::Allow => "Allow",
        Action::Deny => "Deny",
        Action::Pass => "Pass",
        Action::Log => "Log",
    }
}

/// `source`, left out where it says nothing.
fn peer(out: &mut Lines, peer: &Peer) {
    if *peer == Peer::default() {
        return;
    }
    let Peer { namespace_selector, service_accounts, selector, not_selector, nets, not_nets } = peer;
    out.key(2, "source");
    out.optional(3, "namespaceSelector", namespace_selector.as_deref());
    if !service_accounts.is_empty() {
        out.key(3, "serviceAccounts");
        out.list(4, "names", service_accounts.iter().map(|name| scalar(name)));
    }
    out.optional(3, "selector", selector.as_deref());
    out.optional(3, "notSelector", not_selector.as_deref());
    out.list(3, "nets", cidrs(nets));
    out.list(3, "notNets", cidrs(not_nets));
}

/// `destination`, left out where it says nothing.
fn pod_side(out: &mut Lines, destination: &Destination) {
    if *destination == Destination::default() {
        return;
    }
    let Destination { nets, not_nets, ports, not_ports } = destination;
    out.key(2, "destination");
    out.list(3, "nets", cidrs(nets));
    out.list(3, "notNets", cidrs(not_nets));
    out.list(3, "ports", ports.iter().copied().map(port));
    out.list(3, "notPorts", not_ports.iter().copied().map(port));
}

/// CIDRs as scalars.
fn cidrs(nets: &[IpNet]) -> impl Iterator<Item = String> {
    nets.iter().map(|net| scalar(&net.to_string()))
}

/// A port as a number, a range as the string that Calico wants.
fn port(ports: Ports) -> String {
    if ports.first == ports.last { ports.first.to_string() } else { scalar(&ports.to_string()) }
}

/// `http`.
fn http_match(out: &mut Lines, http: &Http) {
    let Http { methods, paths } = http;
    if methods.is_empty() && paths.is_empty() {
        out.entry(2, "http", "{}");
        return;
    }
    out.key(2, "http");
    out.list(3, "methods", methods.iter().map(|method| scalar(method)));
    out.list(
        3,
        "paths",
        paths.iter().map(|path| match path {
            Path::Exact(text) => format!("exact: {}", scalar(text)),
            Path::Prefix(text) => format!("prefix: {}", scalar(text)),
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::super::TierName;
    use super::*;

    fn policy() -> Policy {
        Policy {
            name: "unmesh-310-orders".into(),
            namespace: Some("shop".into()),
            source: "mesh.yaml#AuthorizationPolicy/shop/orders".into(),
            target: "calico@3.28".into(),
            staged: false,
            tier: None,
            order: 310,
            selector: "app == 'orders'".into(),
            selector_comment: Some("only pods\nthat run Dikastes".into()),
            ingress: vec![Rule {
                comments: vec!["spec.rules[0]".into(), String::new()],
                action: Action::Allow,
                protocol: ProtocolMatch::Tcp,
                source: Peer {
                    namespace_selector: Some("projectcalico.org/name == 'web'".into()),
                    service_accounts: vec!["front".into(), "0755".into()],
                    selector: Some("all()".into()),
                    not_selector: Some("!all()".into()),
                    nets: vec!["10.0.0.0/8".parse().unwrap()],
                    not_nets: vec!["10.1.0.0/16".parse().unwrap()],
                },
                destination: Destination {
                    nets: vec!["::/0".parse().unwrap()],
                    not_nets: vec!["fd00::/8".parse().unwrap()],
                    ports: vec![Ports::one(8080), Ports { first: 9000, last: 9100 }],
                    not_ports: vec![Ports { first: 1, last: 30 }],
                },
                http: Some(Http {
                    methods: vec!["GET".into(), "*".into()],
                    paths: vec![Path::Exact("/".into()), Path::Prefix("/a:".into())],
                }),
            }],
        }
    }

    const EVERYTHING: &str = r#"apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: unmesh-310-orders
  namespace: shop
  annotations:
    unmesh.dev/source: mesh.yaml#AuthorizationPolicy/shop/orders
    unmesh.dev/target: calico@3.28
spec:
  order: 310
  # only pods\nthat run Dikastes
  selector: app == 'orders'
  types:
  - Ingress
  ingress:
  # spec.rules[0]
  #
  - action: Allow
    protocol: TCP
    source:
      namespaceSelector: projectcalico.org/name == 'web'
      serviceAccounts:
        names:
        - front
        - "0755"
      selector: all()
      notSelector: "!all()"
      nets:
      - 10.0.0.0/8
      notNets:
      - 10.1.0.0/16
    destination:
      nets:
      - "::/0"
      notNets:
      - fd00::/8
      ports:
      - 8080
      - 9000:9100
      notPorts:
      - "1:30"
    http:
      methods:
      - GET
      - "*"
      paths:
      - exact: /
      - prefix: "/a:"
"#;

    #[test]
    fn every_field_has_its_place() {
        assert_eq!(write_one(&policy()), EVERYTHING);
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        let mut bare = policy();
        bare.namespace = None;
        bare.selector_comment = None;
        bare.ingress = vec![Rule::all(Action::Deny, ProtocolMatch::NotTcp)];
        let text = write_one(&bare);
        assert!(text.starts_with("apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\n"), "{text}");
        assert!(text.ends_with("  ingress:\n  - action: Deny\n    notProtocol: TCP\n"), "{text}");
        assert!(!text.contains("namespace:") && !text.contains('['), "{text}");

        bare.ingress = Vec::new();
        assert!(write_one(&bare).ends_with("  ingress: []\n"));
    }

    #[test]
    fn tiers_and_staged_policies_say_what_they_are() {
        let mut staged = policy();
        (staged.staged, staged.tier) = (true, Some(TierName::Allow));
        staged.ingress =
            vec![Rule::all(Action::Pass, ProtocolMatch::NotTcp), Rule::all(Action::Log, ProtocolMatch::Tcp)];
        let text = write_one(&staged);
        assert!(text.contains("kind: StagedNetworkPolicy\n"), "{text}");
        assert!(text.contains("spec:\n  stagedAction: Set\n  tier: unmesh-allow\n  order: 310\n"), "{text}");
        assert!(
            text.contains("- action: Pass\n    notProtocol: TCP\n  - action: Log\n    protocol: TCP\n"),
            "{text}"
        );
        staged.namespace = None;
        assert!(write_one(&staged).contains("kind: StagedGlobalNetworkPolicy\n"));

        let tier = Tier { name: TierName::Deny, target: "calico@3.29".into(), order: -10 };
        let expected = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata:\n  name: unmesh-deny\n  annotations:\n    unmesh.dev/target: calico@3.29\nspec:\n  order: -10\n  defaultAction: Pass\n";
        assert_eq!(write_tier(&tier), expected);
    }

    #[test]
    fn documents_are_parted() {
        assert_eq!(write(&[]), "");
        let twice = write(&[policy(), policy()]);
        assert_eq!(twice, format!("{EVERYTHING}---\n{EVERYTHING}"));
    }
}
