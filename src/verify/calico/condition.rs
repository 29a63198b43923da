//! Conditions: what a rule asks of a connection, beside `http`.

use super::compile::Compiler;
use super::selector::{self, Part};
use crate::object::calico::Ports;
use crate::object::calico::matching::Selector;
use crate::object::calico::nets::Family;
use crate::object::calico::v3::{self, Entity, Kind, Port, Rule};
use crate::verify::formula::{Formula, any, every};
use crate::verify::request::{Dimension, Protocol};
use crate::verify::test::Test;
use ipnet::IpNet;

/// Which fields of a rule an engine reads, beside those that all read.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent gaps of one engine")]
pub(super) struct Reads {
    /// `notNets` and `notPorts`.
    pub(super) negations: bool,
    /// `ipVersion`, and that a rule with nets of one family alone is none for the other.
    pub(super) families: bool,
    /// Named ports.
    pub(super) named_ports: bool,
    /// Types of ICMP.
    pub(super) icmp: bool,
}

/// Which end of a connection an entity is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Source,
    Destination,
}

/// A rule within its policy.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    pub(super) policy: &'c v3::Policy,
    pub(super) rule: &'c Rule,
    pub(super) reads: Reads,
}

impl Compiler<'_> {
    /// Protocol, family, peers, addresses, ports.
    pub(super) fn layer4(&mut self, context: Context<'_>) -> Formula {
        let Rule {
            field: _,
            span: _,
            action: _,
            protocol,
            not_protocol,
            ip_version,
            icmp,
            source,
            destination,
            http: _,
        } = context.rule;
        let mut all = Vec::new();
        if let Some(protocol) = protocol {
            let is = self.protocol(protocol);
            all.push(context.field("protocol", is));
        }
        if let Some(protocol) = not_protocol {
            let is = self.protocol(protocol);
            all.push(context.field("notProtocol", is.not()));
        }
        let family = ip_version.and_then(family_of).or_else(|| protocol.as_deref().and_then(implied_family));
        if let Some(family) = family.filter(|_| context.reads.families) {
            let is = self.family(family);
            all.push(context.field("ipVersion", is));
        }
        if *icmp && context.reads.icmp {
            let why = format!(
                "`{}.icmp` asks for types of ICMP, which the model does not hold",
                context.rule.field
            );
            all.push(context.field("icmp", Formula::Unknown(why)));
        }
        self.entity(context, End::Source, source, &mut all);
        self.entity(context, End::Destination, destination, &mut all);
        every(all)
    }

    /// One end of the connection.
    fn entity(&mut self, context: Context<'_>, end: End, entity: &Entity, all: &mut Vec<Formula>) {
        let Entity {
            selector: _,
            namespace_selector: _,
            service_accounts: _,
            service_account_selector: _,
            not_selector,
            services,
            nets,
            not_nets,
            ports,
            not_ports,
        } = entity;
        let name = |field: &str| format!("{}.{field}", end.name());
        let parts = selector::peers(entity, context.policy.reference.namespace.as_deref());
        if !parts.is_empty() {
            all.push(self.selected(context, end, parts));
        }
        if let Some(selector) = not_selector {
            let selected = self.matches(end, Vec::new(), selector);
            all.push(context.field(&name("notSelector"), selected.not()));
        }
        if services.is_some() {
            let why = format!(
                "`{}.{}` stands for the addresses behind a Service, which the input does not show",
                context.rule.field,
                name("services")
            );
            all.push(context.field(&name("services"), Formula::Unknown(why)));
        }
        if !nets.is_empty() {
            let within = self.within(end, nets);
            all.push(context.field(&name("nets"), within));
        }
        if !not_nets.is_empty() && context.reads.negations {
            let outside = self.outside(end, not_nets, context.reads.families);
            all.push(context.field(&name("notNets"), outside));
        }
        if !ports.is_empty() {
            let among = self.ports(context, end, ports);
            all.push(context.field(&name("ports"), among));
        }
        if !not_ports.is_empty() && context.reads.negations {
            let among = self.ports(context, end, not_ports);
            all.push(context.field(&name("notPorts"), among.not()));
        }
    }

    /// What the positive selectors of an entity match, all at once.
    fn selected(&mut self, context: Context<'_>, end: End, parts: Vec<Part>) -> Formula {
        let mut labels = Vec::new();
        let mut selectors = Vec::new();
        for Part { field, selector } in parts {
            let inner = self.labels(end, &selector);
            labels.push(context.field(&format!("{}.{field}", end.name()), inner));
            selectors.push(selector);
        }
        self.matches(end, labels, &Selector::every(selectors))
    }

    /// Endpoints with these labels, and addresses of network sets that a selector matches. Without
    /// `labels` they are those of the selector.
    fn matches(&mut self, end: End, mut labels: Vec<Formula>, selector: &Selector) -> Formula {
        if labels.is_empty() {
            labels.push(self.labels(end, selector));
        }
        if end == End::Source {
            labels.insert(0, self.test(Test::Endpoint(self.peers)));
        }
        let mut found = vec![every(labels)];
        let set = self.set;
        for network_set in &set.network_sets {
            match selector::matches(selector, network_set, set) {
                Some(false) => {}
                Some(true) => found.push(self.within(end, &network_set.nets)),
                None => {
                    let why = format!(
                        "whether `{}` is selected depends on labels of its Namespace, which the input does not show",
                        network_set.reference
                    );
                    let within = self.within(end, &network_set.nets);
                    found.push(Formula::All(vec![within, Formula::Unknown(why)]));
                }
            }
        }
        any(found)
    }

    /// A selector over the labels of an end.
    fn labels(&mut self, end: End, selector: &Selector) -> Formula {
        match selector {
            Selector::All => Formula::Always,
            Selector::Global => self.labels(end, &selector::no_namespace()),
            Selector::Label { key, test } => {
                let (key, test) = (key.clone(), test.clone());
                self.test(match end {
                    End::Source => Test::PeerLabel { side: self.peers, key, test },
                    End::Destination => Test::DestinationLabel { key, test },
                })
            }
            Selector::Not(inner) => self.labels(end, inner).not(),
            Selector::And(parts) => every(parts.iter().map(|part| self.labels(end, part)).collect()),
            Selector::Or(parts) => any(parts.iter().map(|part| self.labels(end, part)).collect()),
        }
    }

    fn within(&mut self, end: End, nets: &[IpNet]) -> Formula {
        any(nets.iter().map(|net| self.test(Test::Address { of: end.address(), net: *net })).collect())
    }

    /// `notNets`. The dataplane renders a rule for each family, with the nets of that family; where they
    /// all are of the other one the rule is left out (`felix/rules/policy.go`, `filterNets`).
    fn outside(&mut self, end: End, nets: &[IpNet], reads_families: bool) -> Formula {
        let outside = self.within(end, nets).not();
        let of = |family: Family| nets.iter().any(|net| Family::of(net) == family);
        if !reads_families || Family::ALL.into_iter().all(of) {
            return outside;
        }
        let family = Family::ALL.into_iter().find(|family| of(*family));
        every(family.map(|family| self.family(family)).into_iter().chain([outside]).collect())
    }

    /// Whether the connection is of a family.
    fn family(&mut self, family: Family) -> Formula {
        self.test(Test::Address { of: Dimension::SourceAddress, net: family.whole() })
    }

    fn protocol(&mut self, text: &str) -> Formula {
        match Protocol::parse(text) {
            Some(protocol) => self.test(Test::Protocol(protocol)),
            None => Formula::Never,
        }
    }

    /// `ports` of the workload asked; the client's own port is nobody's to know.
    fn ports(&mut self, context: Context<'_>, end: End, ports: &[Port]) -> Formula {
        if end == End::Source {
            let why = format!(
                "`{}.source` asks for the client's own port, which the model does not hold",
                context.rule.field
            );
            return Formula::Unknown(why);
        }
        let port = |port: &Port| match port {
            Port::Range(Ports { first, last }) => self.test(Test::Ports { first: *first, last: *last }),
            Port::Named(name) if context.reads.named_ports => self.test(Test::NamedPort(name.clone())),
            Port::Named(_) => Formula::Never,
        };
        any(ports.iter().map(port).collect())
    }

    pub(super) fn test(&mut self, test: Test) -> Formula {
        Formula::Test(self.tests.id(test))
    }
}

impl Context<'_> {
    /// A condition with the field that it comes from. Of a policy that Calico converted this is the
    /// original's: its peer, or its ports.
    fn field(self, name: &str, inner: Formula) -> Formula {
        let field = &self.rule.field;
        let path = match self.policy.kind {
            Kind::Namespaced | Kind::Global => format!("{field}.{name}"),
            Kind::Kubernetes if name.starts_with(End::Source.name()) => field.clone(),
            Kind::Kubernetes => {
                let rule = field.split_once(".from").map_or(field.as_str(), |(rule, _)| rule);
                format!("{rule}.ports")
            }
        };
        Formula::field(path, Some(self.rule.span), inner)
    }
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }

    fn address(self) -> Dimension {
        match self {
            Self::Source => Dimension::SourceAddress,
            Self::Destination => Dimension::DestinationAddress,
        }
    }
}

fn family_of(version: u8) -> Option<Family> {
    match version {
        4 => Some(Family::V4),
        6 => Some(Family::V6),
        _ => None,
    }
}

/// A protocol that says its family by its name (`felix/calc/rule_convert.go`).
fn implied_family(protocol: &str) -> Option<Family> {
    match protocol {
        "ICMP" => Some(Family::V4),
        "ICMPv6" => Some(Family::V6),
        _ => None,
    }
}
