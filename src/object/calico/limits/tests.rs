//! Each limit: what breaks it, and what just keeps it.

use super::*;

/// A policy that keeps every limit of every version.
fn kept() -> Policy {
    Policy {
        name: "unmesh-310-orders".into(),
        namespace: Some("shop".into()),
        source: "a.yaml#AuthorizationPolicy/shop/orders".into(),
        target: "calico@3.28".into(),
        staged: false,
        tier: None,
        order: 310,
        selector: "app == 'orders'".into(),
        selector_comment: None,
        ingress: vec![Rule {
            source: Peer {
                namespace_selector: Some("projectcalico.org/name == 'web'".into()),
                service_accounts: vec!["front".into()],
                selector: Some("all()".into()),
                not_selector: Some("has(x)".into()),
                nets: nets(&["10.0.0.0/8"]),
                not_nets: nets(&["10.1.0.0/16"]),
            },
            destination: Destination {
                nets: nets(&["192.168.0.0/16"]),
                not_nets: nets(&["192.168.1.0/24"]),
                ports: vec![Ports { first: 8000, last: 8080 }],
                not_ports: vec![Ports::one(8001)],
            },
            http: Some(Http { methods: strings(&["GET"]), paths: vec![Path::Prefix("/a".into())] }),
            ..Rule::all(Action::Allow, ProtocolMatch::Tcp)
        }],
    }
}

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().expect(text)).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("/M{n}")).collect()
}

fn version(text: &str) -> Version {
    text.parse().expect(text)
}

type Change = fn(&mut Policy);

fn source(policy: &mut Policy) -> &mut Peer {
    &mut policy.ingress[0].source
}

fn destination(policy: &mut Policy) -> &mut Destination {
    &mut policy.ingress[0].destination
}

fn http(policy: &mut Policy) -> &mut Http {
    policy.ingress[0].http.as_mut().expect("there is one")
}

/// A rule without anything that ties it to TCP or to a family.
fn bare(policy: &mut Policy) -> &mut Rule {
    policy.ingress[0] = Rule::all(Action::Allow, ProtocolMatch::Any);
    &mut policy.ingress[0]
}

/// The field that is named, what breaks the limit, what keeps it: in every version.
const ALWAYS: &[(&str, Change, Change)] = &[
    ("metadata.name", |p| p.name = "Orders".into(), |p| p.name = "0-orders".into()),
    ("metadata.name", |p| p.name = "orders-".into(), |p| p.name = "or-ders".into()),
    ("metadata.name", |p| p.name = "a".repeat(254), |p| p.name = "a".repeat(253)),
    ("metadata.name", |p| p.name = String::new(), |p| p.name = "a".into()),
    ("metadata.namespace", |p| p.namespace = Some("a.b".into()), |p| p.namespace = None),
    ("metadata.namespace", |p| p.namespace = Some("a".repeat(64)), |p| p.namespace = Some("a".repeat(63))),
    (
        "metadata.annotations",
        |p| p.source = "a".repeat(ANNOTATIONS - 17 - 17 - 11 + 1),
        |p| p.source = "a".repeat(ANNOTATIONS - 17 - 17 - 11),
    ),
    ("spec.selector", |p| p.selector = "app = 'a'".into(), |p| p.selector = "app == 'a'".into()),
    ("spec.selector", |p| p.selector = "app == 'a'\n".into(), |p| p.selector = "app == 'a'\t".into()),
    ("spec.selector", |p| p.selector = "ä == 'a'".into(), |p| p.selector = "a == 'ä'".into()),
    ("spec.selector", |p| p.selector = "global()".into(), |p| p.selector = String::new()),
    (
        "source.namespaceSelector",
        |p| source(p).namespace_selector = Some("global() || all()".into()),
        |p| source(p).namespace_selector = Some("global()".into()),
    ),
    (
        "source.namespaceSelector",
        |p| source(p).namespace_selector = Some(String::new()),
        |p| source(p).namespace_selector = None,
    ),
    (
        "source.selector",
        |p| source(p).selector = Some("has(a".into()),
        |p| source(p).selector = Some("has(a)".into()),
    ),
    ("source.notSelector", |p| source(p).not_selector = Some(" ".into()), |p| source(p).not_selector = None),
    (
        "serviceAccounts.names",
        |p| source(p).service_accounts = strings(&["a', 'b"]),
        |p| source(p).service_accounts = strings(&["a.b", "c"]),
    ),
    ("source.nets", |p| source(p).nets = nets(&["10.0.0.1/8"]), |p| source(p).nets = nets(&["10.0.0.1/32"])),
    (
        "source.notNets",
        |p| source(p).not_nets = nets(&["10.1.0.0/12"]),
        |p| source(p).not_nets = nets(&["10.16.0.0/12"]),
    ),
    (
        "destination.nets",
        |p| destination(p).nets = nets(&["1.2.3.4/31", "10.0.0.3/31"]),
        |p| destination(p).nets = nets(&["1.2.3.4/31", "10.0.0.2/31"]),
    ),
    (
        "source.nets",
        |p| bare(p).source.nets = nets(&["::ffff:10.0.0.0/104"]),
        |p| bare(p).source.nets = nets(&["::fffe:a00:0/104"]),
    ),
    (
        "spec.ingress[0]",
        |p| source(p).nets = nets(&["10.0.0.0/8", "fd00::/8"]),
        |p| source(p).nets = nets(&["10.0.0.0/8", "11.0.0.0/8"]),
    ),
    (
        "spec.ingress[0]",
        |p| destination(p).not_nets = nets(&["fd00::/8"]),
        |p| destination(p).not_nets = nets(&["10.0.0.0/8"]),
    ),
    (
        "destination.ports",
        |p| bare(p).destination.ports = vec![Ports::one(80)],
        |p| bare(p).destination.ports = vec![],
    ),
    (
        "destination.notPorts",
        |p| {
            bare(p).protocol = ProtocolMatch::NotTcp;
            destination(p).not_ports = vec![Ports::one(80)];
        },
        |p| {
            bare(p).protocol = ProtocolMatch::Tcp;
            destination(p).not_ports = vec![Ports::one(80)];
        },
    ),
    (
        "destination.ports",
        |p| destination(p).ports = vec![Ports { first: 9, last: 8 }],
        |p| destination(p).ports = vec![Ports { first: 9, last: 9 }],
    ),
    (
        "destination.notPorts",
        |p| destination(p).not_ports = vec![Ports { first: 0, last: 8 }],
        |p| destination(p).not_ports = vec![Ports { first: 1, last: 8 }],
    ),
    (
        "spec.ingress[0].http",
        |p| p.ingress[0].action = Action::Deny,
        |p| {
            p.ingress[0].action = Action::Deny;
            p.ingress[0].http = None;
        },
    ),
    (
        "spec.ingress[0].http",
        |p| bare(p).http = Some(Http::default()),
        |p| {
            bare(p).protocol = ProtocolMatch::Tcp;
            p.ingress[0].http = Some(Http::default());
        },
    ),
    (
        "http.methods",
        |p| http(p).methods = strings(&["GET", "GET"]),
        |p| http(p).methods = strings(&["GET", "get"]),
    ),
    (
        "http.paths[0]",
        |p| http(p).paths = vec![Path::Exact("a".into())],
        |p| {
            http(p).paths = vec![Path::Exact("/a".into())];
        },
    ),
    (
        "http.paths[1]",
        |p| http(p).paths.push(Path::Prefix("/a?b".into())),
        |p| {
            http(p).paths.push(Path::Prefix("/a%3Fb".into()));
        },
    ),
    (
        "http.paths[0]",
        |p| http(p).paths = vec![Path::Exact("/a b".into())],
        |p| {
            http(p).paths = vec![Path::Exact("/a+b".into())];
        },
    ),
    (
        "http.paths[0]",
        |p| http(p).paths = vec![Path::Exact("/#".into())],
        |p| {
            http(p).paths = vec![Path::Exact("/".into())];
        },
    ),
];

/// The field, a version that refuses the change, one that takes it, the change.
const BY_VERSION: &[(&str, &str, &str, Change)] = &[
    ("metadata.name", "3.28.5", "3.29.0", |p| p.name = "tier.orders".into()),
    ("source.notNets", "3.29.6", "3.29.5", |p| source(p).not_nets = nets(&["0.0.0.0/0"])),
    ("source.notNets", "3.30.3", "3.30.2", |p| bare(p).source.not_nets = nets(&["::/0"])),
    ("destination.notNets", "3.31.0", "3.28.0", |p| destination(p).not_nets = nets(&["0.0.0.0/0"])),
    ("http.methods", "3.32.0", "3.31.7", |p| http(p).methods = numbered(21)),
    ("http.paths", "3.32.0", "3.31.7", |p| {
        http(p).paths = numbered(21).into_iter().map(Path::Exact).collect();
    }),
    ("http.paths[0]", "3.32.0", "3.31.7", |p| {
        http(p).paths = vec![Path::Exact(format!("/{}", "é".repeat(1024)))];
    }),
    ("source.nets", "3.32.0", "3.31.7", |p| source(p).nets = nets(&["10.0.0.0/8", "10.0.0.0/8"])),
    ("serviceAccounts.names", "3.32.0", "3.31.7", |p| source(p).service_accounts = strings(&["a", "a"])),
];

/// The field, what the next release refuses, what it takes.
const SOFT: &[(&str, Change, Change)] = &[
    (
        "spec.selector",
        |p| p.selector = format!("app == '{}'", "a".repeat(1016)),
        |p| p.selector = format!("app == '{}'", "a".repeat(1015)),
    ),
    (
        "source.notSelector",
        |p| source(p).not_selector = Some(format!("a == '{}'", "é".repeat(1018))),
        |p| source(p).not_selector = Some(format!("a == '{}'", "é".repeat(1017))),
    ),
    (
        "spec.ingress",
        |p| p.ingress = vec![Rule::all(Action::Allow, ProtocolMatch::Any); 1025],
        |p| p.ingress = vec![Rule::all(Action::Allow, ProtocolMatch::Any); 1024],
    ),
    ("source.nets", |p| source(p).nets = hosts(257), |p| source(p).nets = hosts(256)),
    (
        "destination.notNets",
        |p| destination(p).not_nets = hosts(257),
        |p| destination(p).not_nets = hosts(256),
    ),
    (
        "destination.ports",
        |p| destination(p).ports = (1..=51).map(Ports::one).collect(),
        |p| destination(p).ports = (1..=50).map(Ports::one).collect(),
    ),
    (
        "destination.notPorts",
        |p| destination(p).not_ports = (1..=51).map(Ports::one).collect(),
        |p| destination(p).not_ports = (1..=50).map(Ports::one).collect(),
    ),
];

fn hosts(count: u16) -> Vec<IpNet> {
    (0..count).map(|n| format!("10.0.{}.{}/32", n / 256, n % 256).parse().expect("a CIDR")).collect()
}

/// What tiers and staged policies need: the change, whether the version takes it.
const TIERS: &[(&str, Change, &str, bool)] = &[
    ("metadata.name", |p| in_tier(p, "unmesh-deny.200-orders"), "3.29", true),
    ("metadata.name", |p| in_tier(p, "unmesh-allow.200-orders"), "3.29", false),
    ("metadata.name", |p| in_tier(p, "unmesh-deny"), "3.32", false),
    ("metadata.name", |p| in_tier(p, "unmesh-deny.a.b"), "3.31", false),
    ("spec.tier", |p| in_tier(p, "unmesh-deny.200-orders"), "3.28", false),
    ("kind", |p| p.staged = true, "3.30", true),
    ("kind", |p| p.staged = true, "3.29", false),
];

fn in_tier(policy: &mut Policy, name: &str) {
    policy.tier = Some(TierName::Deny);
    policy.name = name.to_string();
}

#[test]
fn tiers_and_staged_policies_need_their_versions_and_names() {
    for (field, change, of, taken) in TIERS {
        let found = violations(&changed(*change), version(of));
        assert_eq!(
            !found.iter().any(|text| text.contains(&format!("`{field}`"))),
            *taken,
            "{field} {of}: {found:?}"
        );
    }
    assert!(tier_violations(version("3.29")).is_empty());
    assert!(!tier_violations(version("3.28")).is_empty());
}

fn changed(change: Change) -> Policy {
    let mut policy = kept();
    change(&mut policy);
    policy
}

/// One violation, of this field.
fn assert_broken(found: &[String], field: &str, row: usize) {
    assert!(!found.is_empty(), "row {row}, {field}: nothing found");
    assert!(found.iter().all(|text| text.contains(&format!("{field}`:"))), "row {row}, {field}: {found:?}");
}

#[test]
fn each_limit_of_every_version() {
    for of in ["3.26.0", "3.28", "3.29.0", "3.30", "3.31", "3.32", "3.40"].map(version) {
        assert_eq!(violations(&kept(), of), Vec::<String>::new());
        for (row, (field, breaks, keeps)) in ALWAYS.iter().enumerate() {
            assert_broken(&violations(&changed(*breaks), of), field, row);
            assert_eq!(violations(&changed(*keeps), of), Vec::<String>::new(), "row {row}, {field}");
        }
    }
}

#[test]
fn each_limit_of_some_versions() {
    for (row, (field, refusing, taking, change)) in BY_VERSION.iter().enumerate() {
        assert_broken(&violations(&changed(*change), version(refusing)), field, row);
        assert_eq!(
            violations(&changed(*change), version(taking)),
            Vec::<String>::new(),
            "row {row}, {field}"
        );
    }
}

#[test]
fn each_limit_of_the_next_release() {
    assert_eq!(soft_violations(&kept()), Vec::<String>::new());
    for (row, (field, breaks, keeps)) in SOFT.iter().enumerate() {
        assert_broken(&soft_violations(&changed(*breaks)), field, row);
        assert_eq!(
            violations(&changed(*breaks), version("3.32")),
            Vec::<String>::new(),
            "row {row}, {field}"
        );
        assert_eq!(soft_violations(&changed(*keeps)), Vec::<String>::new(), "row {row}, {field}");
    }
}

#[test]
fn nothing_is_said_of_versions_that_are_not_written_for() {
    assert_eq!(violations(&kept(), version("3.25")), ["Calico 3.25 is older than what is supported"]);
}
