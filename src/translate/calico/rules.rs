//! One rule of a policy to Calico's rules.

use super::expression::ACCOUNT;
use super::part::{Approximation, Nets, Part, Reading};
use super::peer::{AccountSet, Members, Mesh, NamespaceSet, Resolved, any_member};
use super::{losses, plaintext};
use crate::finding::Finding;
use crate::ir::{Action, Attribute, Bound, Clause, Conjunction, Policy, Protocols, Rule};
use crate::object::calico::nets::Family;
use crate::object::calico::{
    Action as Verdict, Destination, Expression, Http, Peer, Ports, ProtocolMatch, Rule as CalicoRule, nets,
    ports,
};
use crate::translate::ledger::Ledger;
use crate::yaml::fields::Leaf;
use ipnet::IpNet;
use std::collections::BTreeSet;

/// What writing a rule depends on.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub mesh: Mesh<'a>,
    pub reading: Reading<'a>,
    /// `notNets` and `notPorts` may be used: nothing that evaluates these rules ignores them.
    pub negations: bool,
    /// `None` where HTTP rules may be written; else why not.
    pub no_http: Option<&'a str>,
}

/// The rules that one source rule becomes.
#[derive(Default, Debug)]
pub(super) struct Written {
    /// Rules that Felix alone decides.
    pub plain: Vec<CalicoRule>,
    /// Rules with `http`.
    pub http: Vec<CalicoRule>,
    pub findings: Vec<Finding>,
}

/// Writes one rule.
pub(super) fn write(rule: &Rule, source: &Policy, writing: Writing<'_>, ledger: &mut Ledger) -> Written {
    let mut written = Written::default();
    let Combined { parts, lost } = combine(rule, source, writing, &mut written.findings);
    let allows = source.action == Action::Allow;
    let mut peers = PeerFindings::new(rule, source);
    let split = |part: &Part| plaintext::split(part, rule, source, writing);
    let (parts, found): (Vec<_>, Vec<_>) = parts.iter().map(split).unzip();
    for finding in found.into_iter().flatten() {
        push_once(&mut written.findings, finding);
    }
    for part in parts.into_iter().flatten() {
        let Some(part) = restrict_to_http(part, rule, source, writing, &mut written.findings) else {
            continue;
        };
        if let Some(why) = writing.no_http.filter(|_| part.is_http()) {
            push_once(&mut written.findings, losses::not_enforced(rule, source, why));
            continue;
        }
        let rules = rules_of(&part, rule, source, writing, &mut peers);
        if part.is_http() && allows { written.http.extend(rules) } else { written.plain.extend(rules) }
    }
    written.findings.extend(peers.findings);
    let nothing = written.plain.is_empty() && written.http.is_empty();
    if nothing && written.findings.is_empty() && rule.on != Protocols::Tcp {
        written.findings.push(losses::unreachable(rule, source));
    }
    if nothing {
        ledger.lose(&all_leaves(rule));
    } else {
        let kept = all_leaves(rule).into_iter().filter(|leaf| !lost.contains(leaf));
        ledger.carry(&kept.collect::<Vec<_>>());
        ledger.lose(&lost);
    }
    written.plain = unique(written.plain);
    written.http = unique(written.http);
    written
}

fn unique<T: PartialEq>(items: Vec<T>) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

/// A rule's parts, and which of its leaves are lost on the way.
struct Combined {
    parts: Vec<Part>,
    lost: Vec<Leaf<()>>,
}

/// Every source with every operation and all conditions. What is lost on the way is told once,
/// where it stands.
fn combine(rule: &Rule, source: &Policy, writing: Writing<'_>, findings: &mut Vec<Finding>) -> Combined {
    let silent = rule.on == Protocols::Tcp || is_exact_on_tcp(rule, source, writing);
    let mut lost_leaves = Vec::new();
    let mut read = |conjunction: &Conjunction| {
        let Approximation { part, lost, empty } = Part::of(conjunction, writing.reading);
        if !silent {
            findings.extend(lost.iter().filter_map(|lost| losses::clause(lost, source)));
            findings.extend(empty.iter().map(|test| losses::matches_nothing(test, source)));
            let tests = lost.iter().flat_map(|lost| &lost.tests).chain(&empty);
            lost_leaves.extend(tests.map(|test| test.leaf.clone().map(drop)));
            if part.is_none() {
                lost_leaves.extend(conjunction.leaves());
            }
        }
        part
    };
    let sources: Vec<_> = rule.sources.iter().map(&mut read).collect();
    let operations: Vec<_> = rule.operations.iter().map(&mut read).collect();
    let conditions = read(&rule.conditions);
    let or_everything = |parts: Vec<Option<Part>>| {
        if parts.is_empty() { vec![Part::default()] } else { parts.into_iter().flatten().collect() }
    };
    let sources: Vec<Part> = or_everything(sources);
    let operations: Vec<Part> = or_everything(operations);
    let pairs = sources.iter().flat_map(|source| operations.iter().map(move |operation| (source, operation)));
    let meet = |(source, operation): (&Part, &Part)| source.and(operation)?.and(conditions.as_ref()?);
    Combined { parts: pairs.filter_map(meet).collect(), lost: lost_leaves }
}

/// All leaves of a rule, and the places that are leaves because nothing is in them.
fn all_leaves(rule: &Rule) -> Vec<Leaf<()>> {
    let places = std::iter::once(&rule.at).chain(rule.conjunctions().map(|conjunction| &conjunction.at));
    places.cloned().chain(rule.conjunctions().flat_map(Conjunction::leaves)).collect()
}

/// A refusal by HTTP attributes, all of whose ports carry plain TCP: Istio drops the attributes
/// there itself, so nothing is lost.
fn is_exact_on_tcp(rule: &Rule, source: &Policy, writing: Writing<'_>) -> bool {
    let ports = rule.operations.iter().map(|operation| Part::of(operation, writing.reading).part);
    let ports: Vec<Vec<Ports>> =
        ports.map(|part| part.and_then(|part| part.ports).unwrap_or_default()).collect();
    let listed = !ports.is_empty() && ports.iter().all(|ports| !ports.is_empty() && is_short(ports));
    let every = ports.iter().flatten().flat_map(|range| range.first..=range.last);
    source.action != Action::Allow && listed && writing.mesh.facts.all_tcp(&source.scope, every)
}

fn is_short(ports: &[Ports]) -> bool {
    ports.iter().map(|range| usize::from(range.last - range.first) + 1).sum::<usize>() <= 100
}

/// An Allow rule that holds on HTTP ports only names them.
fn restrict_to_http(
    mut part: Part,
    rule: &Rule,
    source: &Policy,
    writing: Writing<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Part> {
    if source.action != Action::Allow || rule.on != Protocols::Http {
        return Some(part);
    }
    let (http, services) = writing.mesh.facts.http_ports(&source.scope);
    let http: Vec<Ports> = http.into_iter().map(|port| Ports { first: port, last: port }).collect();
    let meet = match &part.ports {
        None => ports::canonical(&http),
        Some(own) => ports::subtract(own, &ports::complement(&http)),
    };
    if meet.is_empty() {
        push_once(findings, losses::no_http_port(rule, source));
        return None;
    }
    if !services.is_empty() {
        let names: BTreeSet<String> = services.iter().map(|service| service.reference.to_string()).collect();
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        push_once(findings, losses::assumed_ports(rule, source, &names.join(", ")));
    }
    part.ports = Some(meet);
    Some(part)
}

fn push_once(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

/// Collects what is to be said of identities, once for each clause.
struct PeerFindings<'a> {
    clauses: Vec<&'a Clause>,
    source: &'a Policy,
    findings: Vec<Finding>,
}

impl<'a> PeerFindings<'a> {
    fn new(rule: &'a Rule, source: &'a Policy) -> Self {
        let clauses = rule.conjunctions().flat_map(|conjunction| &conjunction.clauses);
        let identity = |clause: &&Clause| clause.attribute == Attribute::Identity;
        Self { clauses: clauses.filter(identity).collect(), source, findings: Vec::new() }
    }

    fn take(&mut self, resolved: &Resolved, bound: Bound, positive: bool) {
        let side = |clause: &&&Clause| !(if positive { &clause.any_of } else { &clause.none_of }).is_empty();
        for caveat in &resolved.caveats {
            let clause = self.clauses.iter().find(side).copied();
            let finding = clause.and_then(|clause| losses::caveat(caveat, bound, clause, self.source));
            if let Some(finding) = finding {
                push_once(&mut self.findings, finding);
            }
        }
    }
}

/// The rules of one part: one for each group of peers and each family of addresses.
fn rules_of(
    part: &Part,
    rule: &Rule,
    source: &Policy,
    writing: Writing<'_>,
    peers: &mut PeerFindings<'_>,
) -> Vec<CalicoRule> {
    let mut rules = Vec::new();
    for (peer, note) in peers_of(part, source, writing, peers) {
        for (source_nets, destination_nets) in families(part, writing.negations) {
            let mut comment = rule.at.field.clone();
            if let Some(note) = note {
                comment = format!("{comment}, {note}");
            }
            rules.push(CalicoRule {
                comments: vec![comment],
                action: if source.action == Action::Allow { Verdict::Allow } else { Verdict::Deny },
                protocol: ProtocolMatch::Tcp,
                source: Peer { nets: source_nets.0, not_nets: source_nets.1, ..peer.clone() },
                destination: destination(part, destination_nets, writing.negations),
                http: http(part),
            });
        }
    }
    rules
}

fn http(part: &Part) -> Option<Http> {
    part.is_http().then(|| Http {
        methods: part.methods.clone().unwrap_or_default(),
        paths: part.paths.clone().unwrap_or_default(),
    })
}

/// The peers of a part, each with a note for its comment.
fn peers_of(
    part: &Part,
    source: &Policy,
    writing: Writing<'_>,
    peers: &mut PeerFindings<'_>,
) -> Vec<(Peer, Option<&'static str>)> {
    let polarity = writing.reading.polarity;
    let excluded = if source.action == Action::RequireIdentity {
        writing.mesh.with_identity()
    } else {
        writing.mesh.resolve(&part.not_peers, polarity.none_of)
    };
    peers.take(&excluded, polarity.none_of, false);
    let not = any_member(&excluded.members);
    let Some(patterns) = &part.peers else { return vec![(anybody_but(not, excluded.outsiders), None)] };
    let included = writing.mesh.resolve(patterns, polarity.any_of);
    peers.take(&included, polarity.any_of, true);
    let mut found: Vec<_> =
        included.members.iter().map(|members| (peer(members, &not), members.note)).collect();
    if included.outsiders {
        let outsiders = Expression::or([Expression::Has(ACCOUNT.to_string()), not]);
        found.push((Peer { not_selector: Some(outsiders.to_string()), ..Peer::default() }, None));
    }
    found
}

/// Everybody but these. In a namespaced policy Calico would add the own namespace to such a rule,
/// so whoever writes it makes the policy global.
fn anybody_but(not: Expression, outsiders_too: bool) -> Peer {
    if outsiders_too {
        let pods = Expression::and([Expression::Has(ACCOUNT.to_string()), not.not()]);
        let namespace_selector = Some("all()".to_string());
        return Peer { selector: Some(pods.to_string()), namespace_selector, ..Peer::default() };
    }
    let not_selector = (not != Expression::Nothing).then(|| not.to_string());
    Peer { not_selector, ..Peer::default() }
}

/// One group of members as a rule's source.
fn peer(members: &Members, not: &Expression) -> Peer {
    let except = members.except.iter().cloned().chain([not.clone().not()]);
    let (NamespaceSet::Names(names), AccountSet::Any | AccountSet::Names(_)) =
        (&members.namespaces, &members.accounts)
    else {
        let has = Expression::Has(ACCOUNT.to_string());
        let selector = Expression::and([has, members.expression(), not.clone().not()]);
        return Peer {
            namespace_selector: Some("all()".to_string()),
            selector: Some(selector.to_string()),
            ..Peer::default()
        };
    };
    let namespaces = Expression::any_value("projectcalico.org/name", names.iter().cloned());
    let (service_accounts, has) = match &members.accounts {
        AccountSet::Names(accounts) => (accounts.clone(), Expression::All),
        AccountSet::Any | AccountSet::Where(_) => (Vec::new(), Expression::Has(ACCOUNT.to_string())),
    };
    let selector = Expression::and(std::iter::once(has).chain(except));
    Peer {
        namespace_selector: Some(namespaces.to_string()),
        service_accounts,
        selector: (selector != Expression::All).then(|| selector.to_string()),
        ..Peer::default()
    }
}

/// `nets` and `notNets` of one side.
type NetPair = (Vec<IpNet>, Vec<IpNet>);

/// The address tests of both sides, one pair for each family that can match. A rule that excludes
/// addresses of one family gets a twin for the other, since Felix drops a rule whose `notNets` are
/// all of the other family (`felix/rules/policy.go`).
fn families(part: &Part, negations: bool) -> Vec<(NetPair, NetPair)> {
    let is_open = |nets: &Nets| nets.any_of.is_none() && nets.none_of.is_empty();
    if is_open(&part.sources) && is_open(&part.destinations) {
        return vec![Default::default()];
    }
    let mut found = Vec::new();
    for family in [Family::V4, Family::V6] {
        let sources = of_family(&part.sources, family, negations);
        let destinations = of_family(&part.destinations, family, negations);
        let (Some(sources), Some(destinations)) = (sources, destinations) else { continue };
        // One side says the family; an open one stays empty.
        let sources = if is_open(&part.sources) { Default::default() } else { sources };
        let destinations = if is_open(&part.destinations) { Default::default() } else { destinations };
        found.push((sources, destinations));
    }
    found
}

/// One side within a family; `None` where no address of it can match.
fn of_family(test: &Nets, family: Family, negations: bool) -> Option<NetPair> {
    let included = match &test.any_of {
        Some(list) => family.only(list),
        None => vec![family.whole()],
    };
    let excluded = family.only(&test.none_of);
    let left = nets::subtract(&included, &excluded);
    if left.is_empty() {
        return None;
    }
    if excluded.is_empty() {
        return Some((nets::aggregate(&included), Vec::new()));
    }
    if !negations {
        return Some((left, Vec::new()));
    }
    // The family is named even where all of it is meant: Dikastes takes an address of the other
    // family for one outside `notNets` (`app-policy/checker/match.go`), where Felix drops the rule.
    Some((nets::aggregate(&included), nets::aggregate(&excluded)))
}

fn destination(part: &Part, nets: NetPair, negations: bool) -> Destination {
    let (ports, not_ports) = match &part.ports {
        None => (Vec::new(), Vec::new()),
        Some(list) => {
            let others = ports::complement(list);
            if negations && !part.is_http() && others.len() < list.len() {
                (Vec::new(), others)
            } else {
                (list.clone(), Vec::new())
            }
        }
    };
    Destination { nets: nets.0, not_nets: nets.1, ports, not_ports }
}

/// Whether a rule has to stand in a global policy: it excludes peers without naming any.
pub(super) fn needs_global(rule: &CalicoRule) -> bool {
    rule.source.not_selector.is_some()
}

/// Takes ports out of a refusal; `None` where none are left.
pub(super) fn without_ports(mut rule: CalicoRule, open: &[Ports], negations: bool) -> Option<CalicoRule> {
    if open.is_empty() {
        return Some(rule);
    }
    let named = if rule.destination.ports.is_empty() {
        ports::complement(&rule.destination.not_ports)
    } else {
        rule.destination.ports.clone()
    };
    let left = ports::subtract(&named, open);
    if left.is_empty() {
        return None;
    }
    let others = ports::complement(&left);
    (rule.destination.ports, rule.destination.not_ports) =
        if negations && others.len() < left.len() { (Vec::new(), others) } else { (left, Vec::new()) };
    Some(rule)
}
