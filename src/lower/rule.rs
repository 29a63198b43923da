//! One rule of an AuthorizationPolicy: its fields to clauses, and the protocols on which it holds.

use super::trust_domain::Domains;
use crate::ir::identity::project;
use crate::ir::{Attribute, Bound, Clause, Conjunction, Glob, Pattern, Protocols, Rule, Segment, Test};
use crate::istio::authorization_policy::{self as istio, Condition, Key, Operation, Source};
use crate::yaml::fields::Leaf;

/// What a rule's texts depend on.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The policy's namespace, for `serviceAccounts` without one.
    pub namespace: &'a str,
    /// The mesh's trust domains.
    pub domains: Domains<'a>,
    /// Whether the policy lets requests through; all other actions count as refusals.
    pub allows: bool,
}

/// The rule for each kind of filter chain: an Allow rule with an HTTP attribute anywhere is gone
/// on TCP, whole; any other rule loses the attribute there and matches more
/// (`pilot/pkg/security/authz/model/model.go`, `Generate` and `checkError`).
pub(super) fn lower(rule: &istio::Rule, context: Context<'_>) -> Vec<Rule> {
    let istio::Rule { at, from, to, when } = rule;
    let full = Rule {
        at: at.clone(),
        on: Protocols::Any,
        sources: from.iter().map(|source| lower_source(source, context)).collect(),
        operations: to.iter().map(lower_operation).collect(),
        conditions: Conjunction {
            at: at.clone(),
            clauses: when.iter().map(|condition| lower_condition(condition, context)).collect(),
        },
    };
    let http_only =
        |conjunction: &Conjunction| conjunction.clauses.iter().any(|clause| clause.attribute.is_http_only());
    if !full.conjunctions().any(http_only) {
        return vec![full];
    }
    let tcp = (!context.allows).then(|| without_http(&full));
    std::iter::once(Rule { on: Protocols::Http, ..full }).chain(tcp).collect()
}

fn without_http(rule: &Rule) -> Rule {
    let strip = |conjunction: &Conjunction| {
        let kept = conjunction.clauses.iter().filter(|clause| !clause.attribute.is_http_only());
        Conjunction { at: conjunction.at.clone(), clauses: kept.cloned().collect() }
    };
    Rule {
        at: rule.at.clone(),
        on: Protocols::Tcp,
        sources: rule.sources.iter().map(strip).collect(),
        operations: rule.operations.iter().map(strip).collect(),
        conditions: strip(&rule.conditions),
    }
}

fn lower_source(source: &Source, context: Context<'_>) -> Conjunction {
    let Source {
        at,
        principals,
        not_principals,
        request_principals,
        not_request_principals,
        namespaces,
        not_namespaces,
        service_accounts,
        not_service_accounts,
        trust_domains,
        not_trust_domains,
        ip_blocks,
        not_ip_blocks,
        remote_ip_blocks,
        not_remote_ip_blocks,
    } = source;
    let principal = |text: &str| expanded(text, context.domains);
    let account = |text: &str| vec![service_account(text, context.namespace)];
    let domain = |text: &str| vec![trust_domain_pattern(text, context.domains)];
    let clauses = [
        clause(Attribute::Identity, principals, not_principals, principal),
        clause(Attribute::RequestPrincipal, request_principals, not_request_principals, one(Pattern::affix)),
        clause(Attribute::Identity, namespaces, not_namespaces, one(namespace)),
        clause(Attribute::Identity, service_accounts, not_service_accounts, account),
        clause(Attribute::Identity, trust_domains, not_trust_domains, domain),
        clause(Attribute::SourceIp, ip_blocks, not_ip_blocks, one(cidr)),
        clause(Attribute::RemoteIp, remote_ip_blocks, not_remote_ip_blocks, one(cidr)),
    ];
    Conjunction { at: at.clone(), clauses: clauses.into_iter().flatten().collect() }
}

fn lower_operation(operation: &Operation) -> Conjunction {
    let Operation { at, hosts, not_hosts, ports, not_ports, methods, not_methods, paths, not_paths } =
        operation;
    let clauses = [
        clause(Attribute::Host, hosts, not_hosts, one(Pattern::affix)),
        clause(Attribute::Method, methods, not_methods, one(Pattern::affix)),
        clause(Attribute::Path, paths, not_paths, one(path)),
        clause(Attribute::DestinationPort, ports, not_ports, one(port)),
    ];
    Conjunction { at: at.clone(), clauses: clauses.into_iter().flatten().collect() }
}

fn lower_condition(condition: &Condition, context: Context<'_>) -> Clause {
    let Condition { at: _, key, values, not_values } = condition;
    let principal = |text: &str| expanded(text, context.domains);
    let account = |text: &str| vec![service_account(text, context.namespace)];
    let domain = |text: &str| vec![trust_domain_pattern(text, context.domains)];
    let (attribute, pattern): (Attribute, &Patterns<'_>) = match &key.value {
        Key::RequestHeader(name) => (Attribute::Header(name.clone()), &one(Pattern::affix)),
        Key::SourceIp => (Attribute::SourceIp, &one(cidr)),
        Key::RemoteIp => (Attribute::RemoteIp, &one(cidr)),
        Key::SourceNamespace => (Attribute::Identity, &one(namespace)),
        Key::SourceServiceAccount => (Attribute::Identity, &account),
        Key::SourcePrincipal => (Attribute::Identity, &principal),
        Key::SourceTrustDomain => (Attribute::Identity, &domain),
        Key::RequestPrincipal => (Attribute::RequestPrincipal, &one(Pattern::affix)),
        Key::RequestAudiences => (Attribute::RequestAudience, &one(Pattern::affix)),
        Key::RequestPresenter => (Attribute::RequestPresenter, &one(Pattern::affix)),
        Key::RequestClaim(claim) => (Attribute::RequestClaim(claim.clone()), &one(Pattern::affix)),
        Key::DestinationIp => (Attribute::DestinationIp, &one(cidr)),
        Key::DestinationPort => (Attribute::DestinationPort, &one(port)),
        Key::ConnectionSni => (Attribute::Sni, &one(Pattern::affix)),
        Key::EnvoyFilter(name) => (Attribute::EnvoyFilter(name.clone()), &one(Pattern::affix)),
    };
    let named_by = Some(key.clone().map(drop));
    Clause { attribute, named_by, any_of: tests(values, pattern), none_of: tests(not_values, pattern) }
}

pub(super) fn clause(
    attribute: Attribute,
    any_of: &[Leaf<String>],
    none_of: &[Leaf<String>],
    patterns: impl Fn(&str) -> Vec<Pattern>,
) -> Option<Clause> {
    let present = !any_of.is_empty() || !none_of.is_empty();
    present.then(|| Clause {
        attribute,
        named_by: None,
        any_of: tests(any_of, &patterns),
        none_of: tests(none_of, &patterns),
    })
}

/// What a value becomes.
pub(super) type Patterns<'p> = dyn Fn(&str) -> Vec<Pattern> + 'p;

/// Each value is one test, but for principals that Istio makes several of.
pub(super) fn tests(leaves: &[Leaf<String>], patterns: &Patterns<'_>) -> Vec<Test> {
    let mut found = Vec::new();
    for leaf in leaves {
        let test = |pattern| Test { pattern, leaf: leaf.clone() };
        found.extend(patterns(&leaf.value).into_iter().map(test));
    }
    found
}

pub(super) fn one(pattern: impl Fn(&str) -> Pattern) -> impl Fn(&str) -> Vec<Pattern> {
    move |text| vec![pattern(text)]
}

/// A principal as Istio expands it.
fn expanded(text: &str, domains: Domains<'_>) -> Vec<Pattern> {
    domains.replace(text).iter().map(|text| principal(text)).collect()
}

/// A principal. What follows a star in front is put into a regular expression, where older releases
/// escaped nothing; a star in it is a star now
/// (`pilot/pkg/security/authz/matcher/string.go`, `StringMatcherWithPrefix`).
fn principal(text: &str) -> Pattern {
    match text.strip_prefix('*') {
        None => Pattern::affix(text),
        Some("") => Pattern::Present,
        Some(suffix) => loose(suffix, Glob::ending(suffix), |suffix| match suffix.strip_suffix("/*") {
            // `/*` was a run of slashes there, and no identity ends in one.
            Some(text) if !text.contains('*') => Some(Glob::ending(text)),
            None if !suffix.contains('*') => Some(Glob::ending(suffix)),
            Some(_) | None => None,
        }),
    }
}

/// `.*/ns/NAMESPACE/.*` over the whole id, each star as `.*`
/// (`pilot/pkg/security/authz/model/generator.go`, `srcNamespaceGenerator`).
fn namespace(text: &str) -> Pattern {
    let glob = Glob::parse(&format!("*/ns/{text}/*"));
    loose(text, glob.clone(), |_| Some(glob))
}

/// `NAMESPACE/ACCOUNT`, or an account of the policy's namespace, in any trust domain
/// (`generator.go`, `serviceAccountRegex`).
fn service_account(text: &str, own_namespace: &str) -> Pattern {
    let (namespace, account) = text.split_once('/').unwrap_or((own_namespace, text));
    let glob = Glob::parse(&format!("*/ns/{namespace}/sa/{account}"));
    loose(text, glob.clone(), |_| Some(glob))
}

/// A trust domain, with a star at one end. No release put it into an expression as it stands. Its star
/// stops at a slash, which that of a glob does not: `*s` is not the domain of the namespace `ns`.
fn trust_domain_pattern(text: &str, domains: Domains<'_>) -> Pattern {
    let (text, local) = (domains.expand(text), domains.local);
    let pattern = Pattern::Glob(Glob::parse(&format!("{text}/ns/*")));
    let is_local = Glob::parse(text).matches(local);
    let crosses = || project(&pattern, local, Bound::Over).is_none_or(|pairs| !pairs.is_empty());
    if !is_local && crosses() { Pattern::Opaque(text.to_string()) } else { pattern }
}

/// What releases that escape a text match, and what older ones did: `dotted` gives that for a text whose
/// dots are letters. Where the text holds other characters of regular expressions nobody works it out.
fn loose(text: &str, now: Glob, dotted: impl FnOnce(&str) -> Option<Glob>) -> Pattern {
    if text.contains(|letter| "+?()[]{}|^$\\".contains(letter)) {
        return Pattern::Opaque(text.to_string());
    }
    let Some(before) = dotted(text) else { return Pattern::Opaque(text.to_string()) };
    let before = if text.contains('.') { Glob::parse(&before.to_string().replace('.', "*")) } else { before };
    if before == now { Pattern::Glob(now) } else { Pattern::Loose { now, before } }
}

/// An address or a block; host bits are cut off, as Envoy does.
pub(super) fn cidr(text: &str) -> Pattern {
    let net = text.parse::<ipnet::IpNet>().ok();
    let net = net.or_else(|| text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from));
    net.map_or_else(|| Pattern::Opaque(text.to_string()), |net| Pattern::Cidr(net.trunc()))
}

pub(super) fn port(text: &str) -> Pattern {
    text.parse().map_or_else(|_| Pattern::Opaque(text.to_string()), Pattern::Port)
}

/// A path: a template where a whole segment is `{*}` or `{**}`, else an affix.
fn path(text: &str) -> Pattern {
    if !text.contains("{*}") && !text.contains("{**}") {
        return Pattern::affix(text);
    }
    let segment = |segment: &str| match segment {
        "{*}" => Segment::One,
        "{**}" => Segment::Any,
        literal => Segment::Literal(literal.to_string()),
    };
    Pattern::Template(text.strip_prefix('/').unwrap_or(text).split('/').map(segment).collect())
}
