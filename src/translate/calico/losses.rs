//! What findings of the translation say. Logic holds no prose; it stands here.

use super::http;
use super::part::{Lost, Reason};

use crate::finding::codes::{platform, policy, target};
use crate::finding::{Code, Direction, Finding, Severity};
use crate::ir::{Action, Attribute, Bound, Glob, Policy, Rule, Test};
use crate::manifest::InForce;
use crate::object::calico::Ports;
use std::collections::{BTreeMap, BTreeSet};

/// What to do where nothing reads methods and paths.
const WITHOUT_HTTP: &str = "check methods and paths in the application, and allow the peers without them";

/// The tests of a clause that the target cannot say, one by one; `has_http` where it can be told methods and
/// paths.
pub(super) fn clause(lost: &Lost<'_>, source: &Policy, platform: &str, has_http: bool) -> Vec<Finding> {
    lost.tests.iter().map(|test| of_test(lost, test, source, platform, has_http)).collect()
}

fn of_test(lost: &Lost<'_>, test: &Test, source: &Policy, platform: &str, has_http: bool) -> Finding {
    let allows = source.action == Action::Allow;
    let what = what(&lost.clause.attribute, test);
    let negative = lost.clause.none_of.iter().any(|other| std::ptr::eq(other, test));
    let (code, direction) = code(lost, allows);
    let message = match (lost.reason, allows) {
        (Reason::NormalisedAccepted, _) => format!(
            "{what} is compared after normalising: `/`, `//`, `;x` and escapes that the mesh refused get through too"
        ),
        (Reason::MidSegment, _) => {
            format!(
                "{what} ends inside a segment: Calico matches whole segments there, and the rest is refused"
            )
        }
        (Reason::Malformed, _) => format!(
            "{what} is compared after normalising: paths with broken or doubled escapes cannot be normalised, and are refused"
        ),
        (Reason::Normalised, _) => format!(
            "{what} would be compared after normalising and let more through than the mesh did, so it is left out"
        ),
        (Reason::Unescaped, _) => format!(
            "Istio before 1.28.7 and 1.29.3 takes more for {what}: whatever looks like `{}` is refused too",
            test.pattern.as_glob(Bound::Over).unwrap_or_else(Glob::any)
        ),
        (Reason::Refusal, _) => {
            format!(
                "{platform} cannot refuse by {what}: this rule refuses all requests of the same peers to the same ports now"
            )
        }
        (Reason::Negated, _) => format!("all but {what} cannot be said: what the rule allowed is refused"),
        (Reason::Attribute | Reason::Pattern, true) if negative => {
            format!("all but {what} cannot be said: what the rule allowed is refused")
        }
        (Reason::Attribute | Reason::Pattern, true) => {
            format!("{platform} cannot match {what}: what the rule allowed by it is refused")
        }
        (Reason::Attribute | Reason::Pattern, false) => {
            format!("{platform} cannot match {what}: the rule refuses more than it did")
        }
    };
    let finding = Finding::new(code, direction, message).help(help(lost, has_http));
    // Hardly any client sends such paths, and hardly any application answers them.
    let finding =
        if lost.reason == Reason::Malformed { finding.severity(Severity::Warning) } else { finding };
    at(finding, source, test)
}

pub(super) fn at(finding: Finding, source: &Policy, test: &Test) -> Finding {
    finding.at(test.leaf.span).field(test.leaf.field.clone()).on(&source.origin.reference)
}

fn what(attribute: &Attribute, test: &Test) -> String {
    let value = &test.leaf.value;
    match attribute {
        Attribute::Identity => format!("the identity `{value}`"),
        Attribute::SourceIp | Attribute::DestinationIp => format!("the address `{value}`"),
        Attribute::RemoteIp => format!("the client address `{value}` behind proxies"),
        Attribute::DestinationPort => format!("the port `{value}`"),
        Attribute::Sni => format!("the server name `{value}`"),
        Attribute::RequestPrincipal => format!("the request principal `{value}`"),
        Attribute::RequestAudience => format!("the token audience `{value}`"),
        Attribute::RequestPresenter => format!("the token presenter `{value}`"),
        Attribute::RequestClaim(claim) => format!("`{value}` in the claim `{}`", claim.join(".")),
        Attribute::Header(name) => format!("`{value}` in the header `{name}`"),
        Attribute::Host => format!("the host `{value}`"),
        Attribute::Method => format!("the method `{value}`"),
        Attribute::Path => format!("the path `{value}`"),
        Attribute::EnvoyFilter(name) => format!("`{value}` in the filter metadata `{name}`"),
    }
}

fn code(lost: &Lost<'_>, allows: bool) -> (&'static Code, Direction) {
    match lost.reason {
        Reason::Normalised | Reason::Malformed => (&policy::PATH_NORMALISED, Direction::Narrows),
        Reason::NormalisedAccepted => (&policy::PATH_NORMALISED, Direction::Widens),
        Reason::MidSegment => (&policy::PATH_PATTERN, Direction::Narrows),
        Reason::Negated => (&policy::NEGATED_HTTP_MATCH, Direction::Narrows),
        Reason::Refusal => (&policy::HTTP_DENY, Direction::Narrows),
        Reason::Unescaped => (&policy::IDENTITY_PATTERN, Direction::Narrows),
        Reason::Attribute | Reason::Pattern => {
            (attribute_code(&lost.clause.attribute, allows), Direction::Narrows)
        }
    }
}

fn attribute_code(attribute: &Attribute, allows: bool) -> &'static Code {
    match attribute {
        Attribute::Identity | Attribute::SourceIp | Attribute::DestinationIp | Attribute::DestinationPort => {
            &policy::IDENTITY_PATTERN
        }
        Attribute::RemoteIp => &policy::REMOTE_IP_MATCH,
        Attribute::Sni => &policy::SNI_MATCH,
        Attribute::EnvoyFilter(_) => &policy::ENVOY_FILTER_MATCH,
        _ if !allows => &policy::HTTP_DENY,
        Attribute::RequestPrincipal
        | Attribute::RequestAudience
        | Attribute::RequestPresenter
        | Attribute::RequestClaim(_) => &policy::TOKEN_MATCH,
        Attribute::Header(_) => &policy::HEADER_MATCH,
        Attribute::Host => &policy::HOST_MATCH,
        Attribute::Method => &policy::METHOD_PATTERN,
        Attribute::Path => &policy::PATH_PATTERN,
    }
}

fn help(lost: &Lost<'_>, has_http: bool) -> String {
    let text = match lost.reason {
        Reason::Refusal if !has_http => {
            "check it in the application; or allow the peers that are meant instead"
        }
        Reason::Normalised => "if that is no danger for this application: --accept path-normalised",
        Reason::Malformed => "see that no client sends such paths",
        Reason::NormalisedAccepted => "see that the application treats these forms alike",
        Reason::MidSegment => "name the segments that are meant, each with its own prefix",
        Reason::Refusal => "allow what is meant instead, by method and path; or check it in the application",
        Reason::Unescaped => "if no other identity looks like that: --accept identity-pattern",
        Reason::Negated if !has_http => WITHOUT_HTTP,
        Reason::Negated => "name the methods or paths that are meant",
        Reason::Attribute | Reason::Pattern => match lost.clause.attribute {
            Attribute::Host | Attribute::Sni => "route by host at the ingress, and allow the ingress here",
            Attribute::Header(_) => "check the header in the application",
            Attribute::RequestPrincipal
            | Attribute::RequestAudience
            | Attribute::RequestPresenter
            | Attribute::RequestClaim(_) => "check tokens in the application, or at a gateway that does",
            Attribute::RemoteIp => {
                "filter client addresses at the ingress or load balancer, and allow the ingress here"
            }
            Attribute::Method | Attribute::Path if !has_http => WITHOUT_HTTP,
            Attribute::Method => "name each method that is meant, in capital letters",
            Attribute::Path => "name exact paths and prefixes",
            Attribute::EnvoyFilter(_) => "find out what sets this metadata, and do it in the application",
            Attribute::Identity => "name the identities that are meant",
            Attribute::SourceIp | Attribute::DestinationIp => {
                "write an address or a block such as 10.0.0.0/8"
            }
            Attribute::DestinationPort => "write a number from 1 to 65535",
        },
    };
    text.to_string()
}

/// An HTTP rule whose ports nothing declares to carry HTTP.
pub(super) fn no_http_port(rule: &Rule, source: &Policy) -> Finding {
    let message = "no Service in the input declares a port that carries HTTP on all pods of this policy, and the rule holds on HTTP ports alone: it is left out";
    Finding::new(&policy::NO_HTTP_PORT, Direction::Narrows, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
        .help("add the Service that names the port `http`, or sets `appProtocol: http`")
}

/// An HTTP rule without methods and paths, on ports that pods not shown may use for anything.
pub(super) fn http_unproven(rule: &Rule, source: &Policy) -> Finding {
    let message = "the rule holds on HTTP ports alone, and it reaches pods that the input does not show, whose same ports may carry something else: it is left out";
    Finding::new(&policy::NO_HTTP_PORT, Direction::Narrows, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
        .help("add the Services and workloads of all these namespaces, and name them: --mesh-namespaces A,B,...")
}

/// An HTTP rule that is written for some of its ports: `elsewhere` is where it held too, by the
/// names of workloads or Services.
pub(super) fn fewer_ports(
    rule: &Rule,
    source: &Policy,
    written: &[Ports],
    elsewhere: &BTreeMap<String, BTreeSet<u16>>,
) -> Finding {
    let ticked = |ports: &BTreeSet<u16>| {
        let ports: Vec<String> = ports.iter().map(|port| format!("`{port}`")).collect();
        ports.join(", ")
    };
    let places: Vec<String> =
        elsewhere.iter().map(|(name, ports)| format!("{} of `{name}`", ticked(ports))).collect();
    let written: BTreeSet<u16> = written.iter().flat_map(|range| range.first..=range.last).collect();
    let message = format!(
        "only {} surely carries HTTP on all pods of this policy: HTTP on {} is refused",
        ticked(&written),
        places.join("; on ")
    );
    Finding::new(&policy::NO_HTTP_PORT, Direction::Narrows, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
        .help("declare each of these ports in a Service, as `http` or `tcp`; give workloads with different HTTP ports policies of their own")
}

/// HTTP ports taken from Services, since no workload is in the input.
pub(super) fn assumed_ports(rule: &Rule, source: &Policy, services: &str) -> Finding {
    let message =
        format!("no workload of this policy is in the input: its HTTP ports are taken from {services}");
    Finding::new(&platform::ASSUMED_PORTS, Direction::None, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
}

/// HTTP rules under the guard label.
pub(super) fn guarded(rule: &Rule, source: &Policy) -> Finding {
    let message = "Calico alone ignores methods and paths, so this rule acts only on pods labelled `unmesh.dev/l7: dikastes`; all others refuse";
    Finding::new(&platform::L7_GUARD_LABEL, Direction::Narrows, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
        .help(any_path(rule, "label the templates of pods that run Dikastes; where all do: --l7 dikastes; where none do: --l7 none"))
}

/// HTTP rules where another policy in force has to be asked too.
pub(super) fn http_beside(rule: &Rule, source: &Policy, others: &[&InForce]) -> Finding {
    let names: Vec<String> = others.iter().map(|other| format!("`{}`", other.reference)).collect();
    let message = format!(
        "`http` needs Allow, after which Calico asks nobody else, and {} may select the same pods: there, what this rule allowed by method or path is refused",
        names.join(", ")
    );
    let finding = Finding::new(&target::HTTP_BESIDE_POLICY, Direction::Narrows, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
        .help("write what both allow into one policy by hand, and take the other away");
    others.iter().fold(finding, |finding, other| finding.related("the other policy", other.span))
}

/// HTTP rules that nothing enforces.
pub(super) fn not_enforced(rule: &Rule, source: &Policy, why: &str) -> Finding {
    let message = format!("{why}: what this rule allowed by method or path is refused");
    Finding::new(&platform::L7_NOT_ENFORCED, Direction::Narrows, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
        .help(any_path(rule, WITHOUT_HTTP))
}

/// What to do about a rule that asks for HTTP, where any path will do.
fn any_path(rule: &Rule, otherwise: &'static str) -> &'static str {
    if http::asks_for_any_path(rule) {
        "the path `*` leaves out nothing but CONNECT: if that is not meant, write `methods: [\"*\"]` in its place"
    } else {
        otherwise
    }
}

/// A rule that matches nothing in this mesh, before and after.
pub(super) fn unreachable(rule: &Rule, source: &Policy) -> Finding {
    let message = "no request of this mesh matches this rule, before and after";
    Finding::new(&policy::UNREACHABLE_RULE, Direction::None, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
}

/// A value that matches nothing in this mesh.
pub(super) fn matches_nothing(test: &Test, source: &Policy) -> Finding {
    let message = format!("`{}` matches nothing in this mesh, before and after", test.leaf.value);
    at(Finding::new(&policy::UNREACHABLE_RULE, Direction::None, message), source, test)
}

/// Ports of a rule that holds on HTTP ports alone, all of which carry plain TCP.
pub(super) fn never_on_tcp(rule: &Rule, source: &Policy, ports: &[u16]) -> Finding {
    let named: Vec<String> = ports.iter().map(|port| format!("`{port}`")).collect();
    let message = format!(
        "{} carries plain TCP, where a rule with HTTP attributes never held: refused before and after",
        named.join(", ")
    );
    Finding::new(&policy::UNREACHABLE_RULE, Direction::None, message)
        .at(rule.at.span)
        .field(rule.at.field.clone())
        .on(&source.origin.reference)
}

/// What a policy as a whole becomes, where it writes nothing or something else.
pub(in crate::translate) fn whole(
    code: &'static Code,
    direction: Direction,
    source: &Policy,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Finding {
    let mut finding = Finding::new(code, direction, message)
        .at(source.origin.span)
        .field("spec")
        .on(&source.origin.reference);
    finding.help = Some(help.into()).filter(|help: &String| !help.is_empty());
    finding
}
