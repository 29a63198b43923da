//! One rule of a policy to Calico's rules.

use super::expression::ACCOUNT;
use super::members::{AccountSet, Members, NamespaceSet, any_member};
use super::mesh::{Mesh, Resolved};
use super::part::{Approximation, Part, Reading};
use super::{http_ports, losses, plaintext};
use crate::finding::Finding;
use crate::ir::{Action, Attribute, Bound, Clause, Conjunction, Policy, Protocols, Rule, Test};
use crate::object::calico::{
    Action as Verdict, Destination, Expression, Http, Peer, Ports, ProtocolMatch, Rule as CalicoRule, nets,
    ports, split, without_negations,
};
use crate::translate::ledger::Ledger;
use crate::yaml::fields::Leaf;
use ipnet::IpNet;

/// What writing a rule depends on.
#[derive(Clone, Copy)]
pub(super) struct Writing<'a> {
    pub mesh: Mesh<'a>,
    pub spared: &'a Spared,
    pub reading: Reading<'a>,
    /// `notNets` and `notPorts` may be used: nothing that evaluates these rules ignores them.
    pub negations: bool,
    /// A rule with `http` matches connections that are not HTTP too.
    pub http_matches_tcp: bool,
    /// Ports that rules with HTTP attributes name on the pods of this policy.
    pub http_named: &'a [u16],
    /// `None` where HTTP rules may be written; else why not.
    pub no_http: Option<&'a str>,
}

/// Whom STRICT spares: everybody with an identity. The same for each policy of a run.
pub(super) struct Spared {
    resolved: Resolved,
    peer: Peer,
}

impl Spared {
    pub(super) fn of(mesh: Mesh<'_>) -> Self {
        let resolved = mesh.with_identity();
        let peer = anybody_but(any_member(&resolved.members), resolved.outsiders);
        Self { resolved, peer }
    }
}

/// The rules that one source rule becomes.
#[derive(Default, Debug)]
pub(in crate::translate) struct Written {
    /// Rules that Felix alone decides.
    pub plain: Vec<CalicoRule>,
    /// Rules with `http`.
    pub http: Vec<CalicoRule>,
    /// The source rules that those come from.
    pub http_from: Vec<Leaf<()>>,
    pub findings: Vec<Finding>,
}

/// Writes one rule.
pub(super) fn write(rule: &Rule, source: &Policy, writing: Writing<'_>, ledger: &mut Ledger) -> Written {
    let mut written = Written::default();
    let Combined { parts, lost } = combine(rule, source, writing, &mut written.findings);
    let allows = source.action == Action::Allow;
    let mut peers = PeerFindings::new(rule, source, writing.reading);
    let split = |part: &Part| plaintext::split(part, rule, source, writing);
    let (parts, found): (Vec<_>, Vec<_>) = parts.iter().map(split).unzip();
    for finding in found.into_iter().flatten() {
        push_once(&mut written.findings, finding);
    }
    for part in parts.into_iter().flatten() {
        let Some(part) = http_ports::restrict(part, rule, source, writing, &mut written.findings) else {
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
    written.http_from.extend((!written.http.is_empty()).then(|| rule.at.clone()));
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
    // A rule for plain TCP has a twin for HTTP, of which the same is told.
    let twin = rule.on == Protocols::Tcp;
    let exact = http_ports::is_exact_on_tcp(rule, source, writing);
    let (operations, never) = by_ports(rule, source, writing, findings);
    if !never.is_empty() && operations.is_empty() {
        return Combined { parts: Vec::new(), lost: all_leaves(rule) };
    }
    let mut lost_leaves: Vec<Leaf<()>> = never.into_iter().flat_map(Conjunction::leaves).collect();
    let mut read = |conjunction: &Conjunction| {
        let Approximation { part, mut lost, empty } = Part::of(conjunction, writing.reading);
        lost.retain(|lost| !(twin || exact && lost.clause.attribute.is_http_only()));
        let (platform, has_http) = (writing.reading.platform, writing.no_http.is_none());
        findings.extend(lost.iter().flat_map(|lost| losses::clause(lost, source, platform, has_http)));
        lost_leaves.extend(lost.iter().flat_map(|lost| &lost.tests).map(|test| test.leaf.clone().map(drop)));
        if !twin && !exact {
            findings.extend(empty.iter().map(|test| losses::matches_nothing(test, source)));
            lost_leaves.extend(empty.iter().map(|test| test.leaf.clone().map(drop)));
            if part.is_none() {
                lost_leaves.extend(conjunction.leaves());
            }
        }
        part
    };
    let sources: Vec<_> = rule.sources.iter().map(&mut read).collect();
    let operations: Vec<_> = operations.into_iter().map(&mut read).collect();
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

/// The operations of a rule, and apart those that never held, since their ports carry plain TCP. If the
/// conditions name such ports, all are of the latter.
fn by_ports<'r>(
    rule: &'r Rule,
    source: &Policy,
    writing: Writing<'_>,
    findings: &mut Vec<Finding>,
) -> (Vec<&'r Conjunction>, Vec<&'r Conjunction>) {
    let mut never_held = |operation: Option<&Conjunction>| {
        let ports = http_ports::never_held(operation, rule, source, writing);
        ports.map(|ports| push_once(findings, losses::never_on_tcp(rule, source, &ports))).is_some()
    };
    if rule.operations.is_empty() {
        let never = never_held(None).then_some(&rule.conditions);
        return (Vec::new(), never.into_iter().collect());
    }
    let (never, rest) = rule.operations.iter().partition(|operation| never_held(Some(operation)));
    (rest, never)
}

/// All leaves of a rule, and the places that are leaves because nothing is in them.
fn all_leaves(rule: &Rule) -> Vec<Leaf<()>> {
    let places = std::iter::once(&rule.at).chain(rule.conjunctions().map(|conjunction| &conjunction.at));
    places.cloned().chain(rule.conjunctions().flat_map(Conjunction::leaves)).collect()
}

pub(super) fn push_once(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

/// Collects what is to be said of identities, once for each clause.
struct PeerFindings<'a> {
    clauses: Vec<&'a Clause>,
    source: &'a Policy,
    reading: Reading<'a>,
    findings: Vec<Finding>,
}

impl<'a> PeerFindings<'a> {
    fn new(rule: &'a Rule, source: &'a Policy, reading: Reading<'a>) -> Self {
        let clauses = rule.conjunctions().flat_map(|conjunction| &conjunction.clauses);
        let identity = |clause: &&Clause| clause.attribute == Attribute::Identity;
        Self { clauses: clauses.filter(identity).collect(), source, reading, findings: Vec::new() }
    }

    fn take(&mut self, resolved: &Resolved, bound: Bound, positive: bool) {
        let side = |clause: &&'a Clause| if positive { &clause.any_of } else { &clause.none_of };
        let tests: Vec<&Test> = self.clauses.iter().flat_map(side).collect();
        for caveat in &resolved.caveats {
            let about = tests.iter().filter(|test| caveat.is_about(test, self.reading));
            let count = if caveat.is_lost() { tests.len() } else { 1 };
            let mut about: Vec<&Test> = about.take(count).copied().collect();
            if about.is_empty() {
                about.extend(tests.first());
            }
            for test in about {
                push_once(&mut self.findings, caveat.finding(bound, test, self.source));
            }
        }
    }
}

/// The rules of one part: one for each group of peers, split so that each keeps Calico's limits.
fn rules_of(
    part: &Part,
    rule: &Rule,
    source: &Policy,
    writing: Writing<'_>,
    peers: &mut PeerFindings<'_>,
) -> Vec<CalicoRule> {
    let with_peer = |(peer, note): (Peer, Option<&str>)| {
        let comment = format!("{}{}", rule.at.field, note.unwrap_or_default());
        let whole = CalicoRule {
            comments: vec![comment],
            action: if source.action == Action::Allow { Verdict::Allow } else { Verdict::Deny },
            protocol: ProtocolMatch::Tcp,
            source: Peer {
                nets: masked(part.sources.any_of.as_deref()),
                not_nets: masked(Some(&part.sources.none_of)),
                ..peer
            },
            destination: destination(part),
            http: http(part),
        };
        if writing.negations { split(whole) } else { without_negations(whole) }
    };
    peers_of(part, source, writing, peers).into_iter().flat_map(with_peer).collect()
}

fn masked(list: Option<&[IpNet]>) -> Vec<IpNet> {
    nets::aggregate(list.unwrap_or_default())
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
    if source.action == Action::RequireIdentity {
        peers.take(&writing.spared.resolved, polarity.none_of, false);
        let note = " STRICT: no peer without a mesh identity";
        return vec![(writing.spared.peer.clone(), Some(note))];
    }
    let excluded = writing.mesh.resolve(&part.not_peers, polarity.none_of);
    peers.take(&excluded, polarity.none_of, false);
    let not = any_member(&excluded.members);
    let Some(patterns) = &part.peers else {
        return vec![(anybody_but(not, excluded.outsiders), None)];
    };
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

/// The pod's side: ports as a list or as what is left out, whichever is shorter.
fn destination(part: &Part) -> Destination {
    let named = part.ports.clone().unwrap_or_default();
    let others = if named.is_empty() { Vec::new() } else { ports::complement(&named) };
    let by_others = !part.is_http() && !others.is_empty() && others.len() < named.len();
    let (ports, not_ports) = if by_others { (Vec::new(), others) } else { (named, Vec::new()) };
    Destination {
        nets: masked(part.destinations.any_of.as_deref()),
        not_nets: masked(Some(&part.destinations.none_of)),
        ports,
        not_ports,
    }
}

/// Whether a rule has to stand in a global policy: it excludes peers without naming any.
pub(super) fn needs_global(rule: &CalicoRule) -> bool {
    rule.source.not_selector.is_some()
}

/// Takes ports out of a refusal; nothing where none are left.
pub(super) fn without_ports(mut rule: CalicoRule, open: &[Ports], negations: bool) -> Vec<CalicoRule> {
    if open.is_empty() {
        return vec![rule];
    }
    if rule.destination.ports.is_empty() {
        rule.destination.not_ports.extend(open);
        rule.destination.not_ports = ports::canonical(&rule.destination.not_ports);
    } else {
        rule.destination.ports = ports::subtract(&rule.destination.ports, open);
        if rule.destination.ports.is_empty() {
            return Vec::new();
        }
    }
    if negations { split(rule) } else { without_negations(rule) }
}
