//! What a rule matches before and after, decided by a reading of its own.

use super::super::{Action, Path, Policy, ProtocolMatch, limits};
use super::*;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().expect(text)).collect()
}

fn tcp() -> Rule {
    Rule { comments: vec!["spec.rules[0]".into()], ..Rule::all(Action::Allow, ProtocolMatch::Tcp) }
}

fn between(source_nets: &[&str], source_not_nets: &[&str], pod_nets: &[&str], pod_not_nets: &[&str]) -> Rule {
    Rule {
        source: Peer { nets: nets(source_nets), not_nets: nets(source_not_nets), ..Peer::default() },
        destination: Destination {
            nets: nets(pod_nets),
            not_nets: nets(pod_not_nets),
            ..Destination::default()
        },
        ..tcp()
    }
}

type Texts = &'static [&'static str];
/// `source.nets`, `source.notNets`, `destination.nets`, `destination.notNets`.
type Sides = [Texts; 4];

#[test]
fn families_are_parted_by_what_they_mean() {
    let rows: &[(&str, Sides, &[Sides])] = &[
        ("no addresses", [&[], &[], &[], &[]], &[[&[], &[], &[], &[]]]),
        ("one family", [&["10.0.0.0/8"], &[], &[], &[]], &[[&["10.0.0.0/8"], &[], &[], &[]]]),
        (
            "nets of both",
            [&["fd00::/8", "10.0.0.0/8"], &[], &[], &[]],
            &[[&["10.0.0.0/8"], &[], &[], &[]], [&["fd00::/8"], &[], &[], &[]]],
        ),
        (
            "notNets of the other family say nothing",
            [&["10.0.0.0/8"], &["fd00::/8"], &[], &[]],
            &[[&["10.0.0.0/8"], &[], &[], &[]]],
        ),
        (
            "notNets of one family leave the other one whole",
            [&[], &["10.0.0.0/8"], &[], &[]],
            &[[&["0.0.0.0/0"], &["10.0.0.0/8"], &[], &[]], [&["::/0"], &[], &[], &[]]],
        ),
        ("a whole family refused", [&[], &["0.0.0.0/0"], &[], &[]], &[[&["::/0"], &[], &[], &[]]]),
        ("both families refused", [&[], &["::/0", "0.0.0.0/1", "128.0.0.0/1"], &[], &[]], &[]),
        ("families that cannot meet", [&["10.0.0.0/8"], &[], &["fd00::/8"], &[]], &[]),
        (
            "families that meet in one",
            [&["10.0.0.0/8", "fd00::/8"], &[], &["fd01::/16"], &["192.168.0.0/16"]],
            &[[&["fd00::/8"], &[], &["fd01::/16"], &[]]],
        ),
        (
            "the pod's notNets alone",
            [&[], &[], &[], &["fd00::/8"]],
            &[[&["0.0.0.0/0"], &[], &[], &[]], [&["::/0"], &[], &[], &["fd00::/8"]]],
        ),
        ("nothing left", [&["10.0.0.0/9"], &["10.0.0.0/8"], &[], &[]], &[]),
        (
            "masks and doubles",
            [&["10.1.2.3/8", "10.0.0.0/8"], &[], &[], &[]],
            &[[&["10.0.0.0/8"], &[], &[], &[]]],
        ),
    ];
    for (row, [a, b, c, d], expected) in rows {
        let expected: Vec<Rule> = expected.iter().map(|[a, b, c, d]| between(a, b, c, d)).collect();
        assert_eq!(split(between(a, b, c, d)), expected, "{row}");
    }
}

#[test]
fn long_lists_are_cut_and_comments_stay() {
    let http = |methods: usize, paths: usize| Http {
        methods: (0..methods).map(|n| format!("M{n}")).collect(),
        paths: (0..paths).map(|n| Path::Exact(format!("/{n}"))).collect(),
    };
    let counts = |methods, paths| -> Vec<(usize, usize)> {
        let rules = split(Rule { http: Some(http(methods, paths)), ..tcp() });
        assert!(rules.iter().all(|rule| rule.comments == ["spec.rules[0]"]));
        rules.iter().filter_map(|rule| rule.http.as_ref()).map(|h| (h.methods.len(), h.paths.len())).collect()
    };
    assert_eq!(counts(20, 20), [(20, 20)]);
    assert_eq!(counts(21, 0), [(20, 0), (1, 0)]);
    assert_eq!(counts(0, 0), [(0, 0)]);
    assert_eq!(counts(21, 41), [(20, 20), (20, 20), (20, 1), (1, 20), (1, 20), (1, 1)]);
}

#[test]
fn joining_comes_before_cutting() {
    let mut rule = tcp();
    rule.source.nets = hosts(512, 1);
    rule.destination.ports = (100..200).map(Ports::one).collect();
    let rules = split(rule);
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].source.nets, nets(&["10.0.0.0/23"]));
    assert_eq!(rules[0].destination.ports, [Ports { first: 100, last: 199 }]);
}

#[test]
fn refused_ports_that_leave_none_are_no_rule_and_not_every_port() {
    let mut rule = tcp();
    rule.destination.not_ports = vec![Ports { first: 1, last: u16::MAX }];
    assert_eq!(split(rule.clone()), []);
    assert_eq!(without_negations(rule.clone()), []);
    rule.destination = Destination { ports: vec![Ports { first: 9, last: 8 }; 60], ..Destination::default() };
    assert_eq!(split(rule), []);
}

#[test]
fn a_part_that_is_refused_whole_is_left_out() {
    let mut rule = tcp();
    rule.destination.ports = (1..=75).map(|n| Ports::one(n * 2)).collect();
    rule.destination.not_ports = vec![Ports { first: 1, last: 101 }];
    let rules = split(rule);
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].destination.ports, (51..=75).map(|n| Ports::one(n * 2)).collect::<Vec<_>>());
    let mut rule = tcp();
    rule.source.nets = hosts(300, 2);
    rule.source.not_nets = nets(&["10.0.0.0/23"]);
    let rules = split(rule);
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].source.nets, hosts(300, 2)[256..]);
}

/// Addresses from 10.0.0.0 on, with gaps of `step`.
fn hosts(count: u32, step: u32) -> Vec<IpNet> {
    (0..count).map(|n| IpNet::from(IpAddr::from(Ipv4Addr::from(0x0a00_0000 + n * step)))).collect()
}

fn hosts6(count: u128, step: u128) -> Vec<IpNet> {
    (0..count).map(|n| IpNet::from(IpAddr::from(Ipv6Addr::from((0xfd << 120) + n * step)))).collect()
}

/// One request.
#[derive(Clone, Debug)]
struct Request {
    from: IpAddr,
    to: IpAddr,
    port: u16,
    method: usize,
    path: usize,
}

/// Whether a rule matches: each list by itself, the addresses without regard to families.
fn matches(rule: &Rule, request: &Request) -> bool {
    let on_side = |nets: &[IpNet], not_nets: &[IpNet], address: &IpAddr| {
        (nets.is_empty() || nets.iter().any(|net| net.contains(address)))
            && !not_nets.iter().any(|net| net.contains(address))
    };
    let Destination { nets, not_nets, ports, not_ports } = &rule.destination;
    let holds = |list: &[Ports]| list.iter().any(|r| r.first <= request.port && request.port <= r.last);
    let http = rule.http.as_ref().is_none_or(|http| {
        let path = Path::Exact(format!("/{}", request.path));
        (http.methods.is_empty() || http.methods.contains(&format!("M{}", request.method)))
            && (http.paths.is_empty() || http.paths.contains(&path))
    });
    on_side(&rule.source.nets, &rule.source.not_nets, &request.from)
        && on_side(nets, not_nets, &request.to)
        && (ports.is_empty() || holds(ports))
        && !holds(not_ports)
        && http
}

/// The same as Felix does: a rule with CIDRs is one of their family only.
fn matches_in_felix(rule: &Rule, request: &Request) -> bool {
    let own = IpNet::from(request.from);
    family(rule).is_none_or(|family| family == Family::of(&own)) && matches(rule, request)
}

fn some_nets() -> impl Strategy<Value = Vec<IpNet>> {
    let few = proptest::sample::subsequence(
        vec![
            "10.0.0.0/8",
            "10.0.0.0/30",
            "10.0.1.0/24",
            "0.0.0.0/0",
            "0.0.0.0/1",
            "fd00::/8",
            "fd00::/126",
            "::/0",
        ],
        0..4,
    );
    let many = (
        prop_oneof![Just(0_u32), 250..600_u32],
        1..3_u32,
        prop_oneof![Just(0_u128), 250..600_u128],
        1..3_u128,
    )
        .prop_map(|(count, step, count6, step6)| [hosts(count, step), hosts6(count6, step6)].concat());
    prop_oneof![3 => Just(Vec::new()), 4 => few.prop_map(|texts| nets(&texts)), 1 => many]
}

fn some_ports() -> impl Strategy<Value = Vec<Ports>> {
    let range = (1..300_u16, 0..6_u16).prop_map(|(first, more)| Ports { first, last: first + more });
    let many = (1..3_u16).prop_map(|step| (1..130).map(|n| Ports::one(n * step)).collect());
    let all = Just(vec![Ports { first: 1, last: u16::MAX }]);
    prop_oneof![4 => proptest::collection::vec(range, 0..4), 1 => many, 1 => all]
}

fn some_rule() -> impl Strategy<Value = Rule> {
    let http = (0..45_usize, 0..45_usize).prop_map(|(methods, paths)| Http {
        methods: (0..methods).map(|n| format!("M{}", n % 30)).collect(),
        paths: (0..paths).map(|n| Path::Exact(format!("/{}", n % 30))).collect(),
    });
    let addresses = (some_nets(), some_nets(), some_nets(), some_nets());
    (addresses, some_ports(), some_ports(), proptest::option::of(http)).prop_map(
        |((source_nets, source_not_nets, nets, not_nets), ports, not_ports, http)| Rule {
            source: Peer { nets: source_nets, not_nets: source_not_nets, ..Peer::default() },
            destination: Destination { nets, not_nets, ports, not_ports },
            http,
            ..tcp()
        },
    )
}

fn some_request() -> impl Strategy<Value = Request> {
    let offset = || prop_oneof![0..10_u32, 0..1300_u32, Just(u32::MAX / 2)];
    let pair = (offset(), offset(), any::<bool>()).prop_map(|(from, to, is_v6)| {
        let address = |offset: u32| -> IpAddr {
            if is_v6 {
                Ipv6Addr::from((0xfd << 120) + u128::from(offset)).into()
            } else {
                Ipv4Addr::from(0x0a00_0000 + offset).into()
            }
        };
        (address(from), address(to))
    });
    (pair, 1..320_u16, 0..32_usize, 0..32_usize).prop_map(|((from, to), port, method, path)| Request {
        from,
        to,
        port,
        method,
        path,
    })
}

fn policy(ingress: Vec<Rule>) -> Policy {
    Policy {
        name: "a".into(),
        namespace: None,
        source: String::new(),
        target: String::new(),
        staged: false,
        tier: None,
        order: 1,
        selector: String::new(),
        selector_comment: None,
        ingress,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn parts_match_what_the_rule_matches(
        rule in some_rule(),
        requests in proptest::collection::vec(some_request(), 60),
    ) {
        for parts in [split(rule.clone()), without_negations(rule.clone())] {
            for request in &requests {
                let expected = matches(&rule, request);
                let found = parts.iter().any(|part| matches(part, request));
                prop_assert_eq!(found, expected, "{:?}\n{:?}\n{:?}", request, rule, parts);
                let in_felix = parts.iter().any(|part| matches_in_felix(part, request));
                prop_assert_eq!(in_felix, expected, "in Felix: {:?}", request);
            }
            let version = crate::config::Version::NEWEST;
            for part in &parts {
                let policy = policy(vec![part.clone()]);
                prop_assert_eq!(limits::violations(&policy, version), Vec::<String>::new());
                prop_assert_eq!(limits::soft_violations(&policy), Vec::<String>::new());
                prop_assert_eq!(split(part.clone()), std::slice::from_ref(part));
            }
        }
    }

    #[test]
    fn no_negation_is_left(rule in some_rule()) {
        for part in without_negations(rule) {
            prop_assert!(part.source.not_nets.is_empty());
            prop_assert!(part.destination.not_nets.is_empty() && part.destination.not_ports.is_empty());
        }
    }
}
