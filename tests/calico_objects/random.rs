//! Policies: random ones, and one filled with a text.

use ipnet::IpNet;
use proptest::prelude::*;
use unmesh::object::calico::{
    Action, Destination, Http, Path, Peer, Policy, Ports, ProtocolMatch, Rule, TierName,
};

/// Strings that some reader of YAML takes for something else when they are not quoted right.
pub(crate) const AWKWARD: &[&str] = &[
    "",
    " ",
    "yes",
    "Yes",
    "YES",
    "no",
    "No",
    "on",
    "On",
    "off",
    "OFF",
    "y",
    "Y",
    "n",
    "N",
    "true",
    "True",
    "false",
    "null",
    "Null",
    "NULL",
    "nil",
    "~",
    "0",
    "-0",
    "+1",
    "1_000",
    "1__0",
    "0755",
    "0o17",
    "0x1f",
    "0b11",
    "0B1",
    "1e3",
    "1E+3",
    "1.5",
    ".5",
    "5.",
    "._",
    ".inf",
    "-.inf",
    "+.INF",
    ".nan",
    ".NaN",
    "inf",
    "1:30",
    "190:20:30",
    "2001-12-14",
    "2001-1-2",
    "2001-12-14T21:59:43Z",
    "2001-12-14 21:59:43",
    "<<",
    "=",
    "!",
    "!all()",
    "!!str x",
    "&",
    "&a",
    "*",
    "*a",
    "%",
    "%YAML 1.1",
    "@",
    "@a",
    "`",
    "`a`",
    "-",
    "--",
    "---",
    "--- a",
    "...",
    "- a",
    "-a",
    "?",
    "? a",
    "?a",
    ":",
    ": a",
    "a:",
    "a: b",
    "a:b",
    "::/0",
    ",",
    "a, b",
    "[",
    "[a]",
    "]",
    "{",
    "{a}",
    "}",
    "{}",
    "#",
    "#a",
    "a#b",
    "a #b",
    "a\t#b",
    "|",
    "|-",
    ">",
    ">+",
    "'",
    "'a'",
    "it's",
    "''",
    "\"",
    "\"a\"",
    "a\"b",
    "'\"",
    "\\",
    "\\n",
    "a\\",
    " a",
    "a ",
    "\ta",
    "a\t",
    "a\tb",
    "a  b",
    "\n",
    "a\n",
    "\na",
    "a\nb",
    "a\n\nb\n",
    "a\r\nb",
    "\r",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "\u{a0}",
    "\u{a0}a",
    "\u{feff}a",
    "\u{0}",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{9b}",
    "\u{fffe}",
    "\u{202e}cba",
    "\u{200b}",
    "é",
    "字",
    "ünïcödé: x",
    "😀",
    "👩‍👩‍👧",
    "\u{10ffff}",
    "app == 'web' && has(x)",
    "app in {'a', \"b\"}",
    "/a/{*}/b?c#d",
    "x\n- action: Allow",
    "a\n---\nb",
    "# c",
    "${HOME}",
    "{{ .Values.x }}",
    "%2e",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(AWKWARD).prop_map(str::to_string),
        2 => "[a-z][a-z0-9-]{0,12}",
        1 => any::<String>(),
        1 => "[ \t\n:#'\"\\\\a0&*!%@`?,\\[\\]{}|>=<~._+-]{0,12}",
    ]
}

fn net() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<u32>(), 0..=32_u8)
        .prop_map(|(at, prefix)| IpNet::new(std::net::Ipv4Addr::from(at).into(), prefix).unwrap().trunc());
    let v6 = (prop_oneof![any::<u128>(), 0..9_u128, Just(0xffff_0a00_0001)], 0..=128_u8)
        .prop_map(|(at, prefix)| IpNet::new(std::net::Ipv6Addr::from(at).into(), prefix).unwrap().trunc());
    prop_oneof![v4, v6]
}

fn few<T: std::fmt::Debug>(item: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    proptest::collection::vec(item, 0..4)
}

fn ports() -> impl Strategy<Value = Ports> {
    let any_range = (any::<u16>(), any::<u16>()).prop_map(|(a, b)| Ports { first: a.min(b), last: a.max(b) });
    let sexagesimal = (1..60_u16, 0..60_u16).prop_map(|(a, b)| Ports { first: a, last: b.max(a) });
    prop_oneof![any::<u16>().prop_map(Ports::one), any_range, sexagesimal]
}

fn peer() -> impl Strategy<Value = Peer> {
    let optional = || proptest::option::of(text());
    (optional(), few(text()), optional(), optional(), few(net()), few(net())).prop_map(
        |(namespace_selector, service_accounts, selector, not_selector, nets, not_nets)| Peer {
            namespace_selector,
            service_accounts,
            selector,
            not_selector,
            nets,
            not_nets,
        },
    )
}

fn destination() -> impl Strategy<Value = Destination> {
    (few(net()), few(net()), few(ports()), few(ports()))
        .prop_map(|(nets, not_nets, ports, not_ports)| Destination { nets, not_nets, ports, not_ports })
}

fn http() -> impl Strategy<Value = Http> {
    let path = prop_oneof![text().prop_map(Path::Exact), text().prop_map(Path::Prefix)];
    (few(text()), few(path)).prop_map(|(methods, paths)| Http { methods, paths })
}

fn rule() -> impl Strategy<Value = Rule> {
    let action = prop_oneof![Just(Action::Allow), Just(Action::Deny), Just(Action::Pass), Just(Action::Log)];
    let protocol =
        prop_oneof![Just(ProtocolMatch::Any), Just(ProtocolMatch::Tcp), Just(ProtocolMatch::NotTcp)];
    (few(text()), action, protocol, peer(), destination(), proptest::option::of(http())).prop_map(
        |(comments, action, protocol, source, destination, http)| Rule {
            comments,
            action,
            protocol,
            source,
            destination,
            http,
        },
    )
}

pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let named = (text(), proptest::option::of(text()), text(), text());
    let tier = prop_oneof![Just(None), Just(Some(TierName::Deny)), Just(Some(TierName::Allow))];
    let placed = (any::<bool>(), tier, any::<u16>());
    let ruled = (text(), proptest::option::of(text()), few(rule()));
    (named, placed, ruled).prop_map(
        |(
            (name, namespace, source, target),
            (staged, tier, order),
            (selector, selector_comment, ingress),
        )| Policy {
            name,
            namespace,
            source,
            target,
            staged,
            tier,
            order,
            selector,
            selector_comment,
            ingress,
        },
    )
}

/// A policy with one text in every place that takes a text.
pub(crate) fn filled(text: &str) -> Policy {
    let all = || vec![text.to_string(), text.to_string()];
    Policy {
        name: text.to_string(),
        namespace: Some(text.to_string()),
        source: text.to_string(),
        target: text.to_string(),
        staged: false,
        tier: None,
        order: 310,
        selector: text.to_string(),
        selector_comment: Some(text.to_string()),
        ingress: vec![Rule {
            comments: all(),
            source: Peer {
                namespace_selector: Some(text.to_string()),
                service_accounts: all(),
                selector: Some(text.to_string()),
                not_selector: Some(text.to_string()),
                ..Peer::default()
            },
            http: Some(Http {
                methods: all(),
                paths: vec![Path::Exact(text.to_string()), Path::Prefix(text.to_string())],
            }),
            ..Rule::all(Action::Allow, ProtocolMatch::Tcp)
        }],
    }
}
