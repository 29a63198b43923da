//! The complement of random unions of rules, against a naive reading of Calico's rules, and worked ones.

use super::*;
use proptest::prelude::*;
use std::net::IpAddr;

fn rule(source: Peer, destination: Destination) -> Rule {
    Rule { source, destination, ..Rule::all(Action::Allow, ProtocolMatch::Tcp) }
}

fn pods(namespaces: &str, selector: &str) -> Peer {
    Peer {
        namespace_selector: Some(namespaces.to_string()),
        selector: Some(selector.to_string()),
        ..Peer::default()
    }
}

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().expect(text)).collect()
}

fn refused(rules: &[Rule], open: &[Ports], negations: bool) -> Option<Vec<Rule>> {
    let allowed = |(index, rule)| Allowed { rule, name: format!("rule {index}") };
    complement(&rules.iter().enumerate().map(allowed).collect::<Vec<_>>(), open, negations)
}

/// A rule in one line.
fn short(rule: &Rule) -> String {
    let Peer { namespace_selector, service_accounts, selector, not_selector, nets, not_nets } = &rule.source;
    assert!(service_accounts.is_empty() && rule.destination.nets.is_empty());
    let list =
        |name: &str, items: Vec<String>| (!items.is_empty()).then(|| format!("{name} {}", items.join(" ")));
    let texts = |nets: &[IpNet]| nets.iter().map(ToString::to_string).collect::<Vec<_>>();
    let ports = |ports: &[Ports]| ports.iter().map(ToString::to_string).collect::<Vec<_>>();
    let parts = [
        namespace_selector.as_ref().map(|text| format!("in {text}")),
        selector.clone(),
        not_selector.as_ref().map(|text| format!("not ({text})")),
        list("nets", texts(nets)),
        list("notNets", texts(not_nets)),
        list("ports", ports(&rule.destination.ports)),
        list("notPorts", ports(&rule.destination.not_ports)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn on(ports: &[(u16, u16)]) -> Destination {
    let ports = ports.iter().map(|(first, last)| Ports { first: *first, last: *last }).collect();
    Destination { ports, ..Destination::default() }
}

#[test]
fn what_is_left_is_said_in_the_fewest_rules() {
    let all_ports = Destination::default;
    let from = |texts: &[&str]| Peer { nets: nets(texts), ..Peer::default() };
    let a = || pods("projectcalico.org/name == 'a'", "has(projectcalico.org/serviceaccount)");
    let b = || pods("projectcalico.org/name == 'b'", "has(projectcalico.org/serviceaccount)");
    let but_b = Peer { not_selector: Some("app == 'b'".to_string()), ..Peer::default() };
    let a_from = Peer { nets: nets(&["10.0.0.0/8"]), ..a() };
    let ns_a = "projectcalico.org/namespace == 'a' && has(projectcalico.org/serviceaccount)";
    let rows: [(&str, Vec<Rule>, Vec<String>); 9] = [
        ("nothing is let in", vec![], vec![String::new()]),
        ("everything is", vec![rule(Peer::default(), all_ports())], vec![]),
        ("pods", vec![rule(a(), all_ports())], vec![format!("not ({ns_a})")]),
        (
            "pods of two namespaces share a list",
            vec![rule(a(), all_ports()), rule(b(), all_ports())],
            vec![
                "not (projectcalico.org/namespace in {'a', 'b'} && has(projectcalico.org/serviceaccount))"
                    .to_string(),
            ],
        ),
        (
            "pods or addresses, side by side",
            vec![rule(a(), all_ports()), rule(from(&["10.0.0.0/8"]), all_ports())],
            vec![
                format!("not ({ns_a}), nets 0.0.0.0/0, notNets 10.0.0.0/8"),
                format!("not ({ns_a}), nets ::/0"),
            ],
        ),
        (
            "pods with addresses: two rules",
            vec![rule(a_from, all_ports())],
            vec![
                format!("not ({ns_a})"),
                "nets 0.0.0.0/0, notNets 10.0.0.0/8".to_string(),
                "nets ::/0".to_string(),
            ],
        ),
        (
            "ports of two rules are cut into cells",
            vec![rule(a(), on(&[(80, 90)])), rule(b(), on(&[(90, 100)]))],
            vec![
                "notPorts 80:100".to_string(),
                format!("not ({ns_a}), ports 80:89"),
                "not (projectcalico.org/namespace in {'a', 'b'} && has(projectcalico.org/serviceaccount)), ports 90"
                    .to_string(),
                "not (projectcalico.org/namespace == 'b' && has(projectcalico.org/serviceaccount)), ports 91:100"
                    .to_string(),
            ],
        ),
        ("everybody but some pods", vec![rule(but_b, all_ports())], vec!["in all(), app == 'b'".to_string()]),
        (
            "both families whole are everything",
            vec![rule(from(&["0.0.0.0/0"]), all_ports()), rule(from(&["::/0"]), all_ports())],
            vec![],
        ),
    ];
    for (row, rules, expected) in rows {
        let found = refused(&rules, &[], true).expect(row);
        assert_eq!(found.iter().map(short).collect::<Vec<_>>(), expected, "{row}");
    }
}

#[test]
fn what_cannot_be_read_or_is_too_much_is_not_said() {
    let unreadable = rule(pods("all()", "app = 'a'"), Destination::default());
    assert_eq!(refused(&[unreadable], &[], true), None);
    // Each box is left by its labels or by its addresses: 2^8 choices, none of which holds another.
    let boxes = (0..8).map(|index| {
        let own =
            Peer { nets: nets(&[&format!("10.{index}.0.0/16")]), ..pods("all()", &format!("has(k{index})")) };
        rule(own, Destination::default())
    });
    assert_eq!(refused(&boxes.collect::<Vec<_>>(), &[], true), None);
}

#[test]
fn open_ports_stay_out() {
    let open = [Ports::one(9090)];
    let found = refused(&[], &open, true).unwrap();
    assert_eq!(found.iter().map(short).collect::<Vec<_>>(), ["notPorts 9090"]);
    let found = refused(&[], &open, false).unwrap();
    assert_eq!(found.iter().map(short).collect::<Vec<_>>(), ["ports 1:9089 9091:65535"]);
}

/// A peer: its labels, if it is a pod, and its address.
type Asking = (Option<[Option<&'static str>; 3]>, IpAddr);

/// Calico's reading of a rule, for endpoints whose labels are the namespace, the account and `app`.
fn matches(rule: &Rule, (pod, address): &Asking, to: IpAddr, port: u16) -> bool {
    let Peer { namespace_selector, service_accounts, selector, not_selector, nets, not_nets } = &rule.source;
    let keys = [NAMESPACE, ACCOUNT, "app"];
    let selects = |text: &str| {
        let Some(labels) = pod else { return false };
        selector_matches(&selector::parse(text).unwrap(), &|key| {
            keys.iter().zip(labels).find(|(own, _)| **own == key).and_then(|(_, value)| *value)
        })
    };
    let in_namespace = |text: &String| match text.as_str() {
        "all()" => pod.is_some(),
        other => selects(&other.replace("projectcalico.org/name", NAMESPACE)),
    };
    let account = pod.and_then(|labels| labels[1]);
    let holds = |nets: &[IpNet], address: &IpAddr| nets.iter().any(|net| net.contains(address));
    let listed = |nets: &[IpNet], not: &[IpNet], address: &IpAddr| {
        (nets.is_empty() || holds(nets, address)) && !holds(not, address)
    };
    let Destination { nets: to_nets, not_nets: not_to, ports, not_ports } = &rule.destination;
    // Felix drops a rule for the family that its CIDRs are not of.
    let families = [nets, not_nets, to_nets, not_to];
    let of_family =
        families.iter().all(|list| list.iter().all(|net| net.addr().is_ipv4() == address.is_ipv4()));
    of_family
        && namespace_selector.as_ref().is_none_or(in_namespace)
        && (service_accounts.is_empty()
            || account.is_some_and(|own| service_accounts.iter().any(|name| name == own)))
        && selector.as_ref().is_none_or(|text| selects(text))
        && !not_selector.as_ref().is_some_and(|text| selects(text))
        && listed(nets, not_nets, address)
        && listed(to_nets, not_to, &to)
        && (ports.is_empty() || ports::contains(ports, port))
        && !ports::contains(not_ports, port)
}

fn selector_matches<'a>(expression: &Expression, label: &impl Fn(&str) -> Option<&'a str>) -> bool {
    match expression {
        Expression::All => true,
        Expression::Has(key) => label(key).is_some(),
        Expression::Equals(key, value) => label(key) == Some(value),
        Expression::In(key, values) => label(key).is_some_and(|own| values.iter().any(|value| value == own)),
        Expression::Not(inner) => !selector_matches(inner, label),
        Expression::And(parts) => parts.iter().all(|part| selector_matches(part, label)),
        Expression::Or(parts) => parts.iter().any(|part| selector_matches(part, label)),
        other => panic!("{other}"),
    }
}

const NETS: [&str; 7] =
    ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "0.0.0.0/0", "::/0", "fd00::/16", "fd00::/64"];

fn some_nets() -> impl Strategy<Value = Vec<IpNet>> {
    proptest::collection::vec(proptest::sample::select(NETS.to_vec()), 0..3).prop_map(|texts| nets(&texts))
}

/// Peers in the forms that this back end writes.
fn some_peer() -> impl Strategy<Value = Peer> {
    let has = "has(projectcalico.org/serviceaccount)";
    let forms = prop_oneof![
        Just(Peer::default()),
        proptest::sample::select(vec!["a", "b"])
            .prop_map(move |name| pods(&format!("projectcalico.org/name == '{name}'"), has)),
        proptest::sample::select(vec!["x", "y"]).prop_map(|account| Peer {
            namespace_selector: Some("projectcalico.org/name in {'a', 'b'}".to_string()),
            service_accounts: vec![account.to_string()],
            ..Peer::default()
        }),
        Just(pods("all()", &format!("{has} && app != 'web'"))),
        proptest::sample::select(vec![
            has.to_string(),
            format!("{has} && projectcalico.org/namespace == 'a'"),
            format!("{has} || app == 'web'"),
        ])
        .prop_map(|not| Peer { not_selector: Some(not), ..Peer::default() }),
    ];
    (
        forms,
        prop_oneof![2 => Just(Vec::new()), 1 => some_nets()],
        prop_oneof![3 => Just(Vec::new()), 1 => some_nets()],
    )
        .prop_map(|(peer, nets, not_nets)| Peer { nets, not_nets, ..peer })
}

fn some_destination() -> impl Strategy<Value = Destination> {
    let range = proptest::sample::select(vec![(80, 80), (80, 90), (85, 100), (1, 79), (91, 65535)]);
    let ranges = || {
        proptest::collection::vec(range.clone(), 0..3).prop_map(|pairs| {
            pairs.into_iter().map(|(first, last)| Ports { first, last }).collect::<Vec<_>>()
        })
    };
    let to = prop_oneof![5 => Just(Vec::new()), 1 => some_nets()];
    (ranges(), ranges(), to).prop_map(|(ports, not_ports, nets)| {
        let not_ports = if ports.is_empty() { not_ports } else { Vec::new() };
        Destination { nets, not_nets: Vec::new(), ports, not_ports }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Every request is refused just if no rule lets it in, and the port is not open.
    #[test]
    fn the_complement_is_exact(
        given in proptest::collection::vec((some_peer(), some_destination()), 0..5),
        negations in any::<bool>(),
        open in proptest::sample::select(vec![0_u16, 80, 9999]),
    ) {
        let rules: Vec<Rule> =
            given.into_iter().flat_map(|(source, destination)| split(rule(source, destination))).collect();
        let open: Vec<Ports> = (open > 0).then(|| Ports::one(open)).into_iter().collect();
        let Some(found) = refused(&rules, &open, negations) else { return Ok(()) };
        prop_assert!(found.len() <= MOST_RULES);
        if !negations {
            let negates = |rule: &Rule| !rule.source.not_nets.is_empty() || !rule.destination.not_ports.is_empty();
            prop_assert!(!found.iter().any(negates));
        }
        let addresses = ["10.1.1.1", "10.1.2.1", "10.2.0.1", "192.0.2.1", "fd00::1", "fd00:1::1", "2001:db8::1"];
        let mut askers: Vec<Option<[Option<&str>; 3]>> = vec![None];
        for namespace in ["a", "b", "c"] {
            for account in ["x", "y"] {
                askers.extend([Some("web"), Some("db"), None].map(|app| Some([Some(namespace), Some(account), app])));
            }
        }
        for address in addresses {
            let address: IpAddr = address.parse().unwrap();
            let to: [IpAddr; 2] = if address.is_ipv4() {
                ["10.1.1.9".parse().unwrap(), "10.3.0.9".parse().unwrap()]
            } else {
                ["fd00::9".parse().unwrap(), "2001:db8::9".parse().unwrap()]
            };
            for pod in &askers {
                for port in [1, 79, 80, 81, 85, 90, 91, 100, 101, 9999, 65535] {
                    for to in to {
                        let asking = (*pod, address);
                        let let_in = rules.iter().any(|rule| matches(rule, &asking, to, port));
                        let is_refused = found.iter().any(|rule| matches(rule, &asking, to, port));
                        let expected = !let_in && !ports::contains(&open, port);
                        prop_assert_eq!(is_refused, expected, "{:?} to {} {}\n{:#?}", asking, to, port, found);
                    }
                }
            }
        }
    }
}
