//! NetworkPolicies to conditions: what each rule asks of a connection.

use super::read::{Allowed, NetworkPolicy, Peer, PortOf, is_calicos};
use crate::finding::ObjectRef;
use crate::object::calico::Ports;
use crate::object::calico::matching::{Selector, Test as LabelTest};
use crate::source::Span;
use crate::verify::formula::{Formula, any, every};
use crate::verify::peer::{NAMESPACE, ORCHESTRATOR, Side};
use crate::verify::program::{By, What};
use crate::verify::request::Dimension;
use crate::verify::test::{Test, Tests};
use ipnet::IpNet;

/// The label under which Calico knows the name of a namespace, beside Kubernetes' own.
const CALICOS_NAME: &str = "projectcalico.org/name";

/// A policy, ready to be asked about pods.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) reference: ObjectRef,
    pub(super) span: Span,
    /// Which pods of its namespace it is on.
    pub(super) pods: Selector,
    pub(super) rules: Vec<RuleStep>,
    /// On pods that the policy may be on: when it is, and allows nothing. The doubt is one and the same in
    /// all of this.
    pub(super) unsure_end: Formula,
}

/// A rule, with one of its peers and one protocol.
#[derive(Clone, Debug)]
pub(super) struct RuleStep {
    /// When it allows, on pods that the policy is on.
    pub(super) sure: Formula,
    /// When it allows, on pods that the policy may be on.
    pub(super) unsure: Formula,
    pub(super) by: By,
}

/// Compiles policies.
pub(super) struct Compiler<'c> {
    /// As what the policy at hand knows peers.
    pub(super) peers: Side,
    pub(super) tests: &'c mut Tests,
}

impl Compiler<'_> {
    /// Compiles a policy.
    pub(super) fn policy(&mut self, policy: &NetworkPolicy<'_>) -> Policy {
        let NetworkPolicy { reference, span, pods, rules } = policy;
        let doubt = Formula::Unknown(format!(
            "whether `{reference}` is on these pods depends on labels that the input does not show"
        ));
        let conditions: Vec<Formula> = rules.iter().map(|rule| self.rule(reference, rule)).collect();
        let step = |(rule, sure): (&Allowed<'_>, &Formula)| RuleStep {
            sure: sure.clone(),
            unsure: every(vec![sure.clone(), doubt.clone()]),
            by: By {
                what: What::Rule,
                objects: vec![(*reference).clone()],
                field: Some(rule.field.to_string()),
                span: Some(rule.span),
            },
        };
        Policy {
            reference: (*reference).clone(),
            span: *span,
            pods: pods.clone(),
            rules: rules.iter().zip(&conditions).map(step).collect(),
            unsure_end: every(vec![any(conditions).not(), doubt]),
        }
    }

    /// `from` and `ports`, both of which have to match.
    fn rule(&mut self, policy: &ObjectRef, rule: &Allowed<'_>) -> Formula {
        let Allowed { field, span, peer, protocol, ports } = rule;
        let mut all = Vec::new();
        match self.peer(policy, field, peer) {
            Formula::Always => {}
            peer => all.push(Formula::field(*field, Some(*span), peer)),
        }
        let ports = ports.iter().map(|port| self.port(port)).collect::<Vec<_>>();
        let mut of_port = Vec::new();
        of_port.extend(protocol.map(|protocol| self.test(Test::Protocol(protocol))));
        if !ports.is_empty() {
            of_port.push(any(ports));
        }
        if !of_port.is_empty() {
            let whole = field.split_once(".from").map_or(*field, |(whole, _)| whole);
            all.push(Formula::field(format!("{whole}.ports"), Some(*span), every(of_port)));
        }
        every(all)
    }

    fn peer(&mut self, policy: &ObjectRef, field: &str, peer: &Peer<'_>) -> Formula {
        match peer {
            Peer::Anybody => Formula::Always,
            Peer::Block { cidr, except } => every(vec![self.within(cidr), self.within(except).not()]),
            Peer::Pods { pods, namespaces } => {
                let marker = LabelTest::Equals("k8s".to_string());
                let is_pod = self.label(ORCHESTRATOR.to_string(), marker);
                let namespaces = if let Some(selector) = namespaces {
                    let named = |key: &str| (key != CALICOS_NAME).then(|| format!("pcns.{key}"));
                    self.labels(selector, &named)
                } else {
                    let own = policy.namespace.clone().unwrap_or_default();
                    self.label(NAMESPACE.to_string(), LabelTest::Equals(own))
                };
                let pods = self.labels(pods, &|key| (!is_calicos(key)).then(|| key.to_string()));
                every(vec![is_pod, namespaces, pods])
            }
            Peer::Other => Formula::Unknown(format!(
                "`{field}` of `{policy}` is nothing that a NetworkPolicy of Kubernetes can say"
            )),
        }
    }

    /// A selector over the labels of peers; `named` is under which name the checker knows a label, if under
    /// any.
    fn labels(&mut self, selector: &Selector, named: &dyn Fn(&str) -> Option<String>) -> Formula {
        match selector {
            Selector::All => Formula::Always,
            Selector::Global => Formula::Never,
            Selector::Label { key, test } => match named(key) {
                Some(key) => self.label(key, test.clone()),
                None => Formula::Unknown(format!(
                    "the label `{key}` is one that Calico adds, and the input does not show whether there is another of that name"
                )),
            },
            Selector::Not(inner) => self.labels(inner, named).not(),
            Selector::And(parts) => every(parts.iter().map(|part| self.labels(part, named)).collect()),
            Selector::Or(parts) => any(parts.iter().map(|part| self.labels(part, named)).collect()),
        }
    }

    fn label(&mut self, key: String, test: LabelTest) -> Formula {
        self.test(Test::PeerLabel { side: self.peers, key, test })
    }

    fn within(&mut self, nets: &[IpNet]) -> Formula {
        let of = Dimension::SourceAddress;
        any(nets.iter().map(|net| self.test(Test::Address { of: of.clone(), net: *net })).collect())
    }

    fn port(&mut self, port: &PortOf<'_>) -> Formula {
        self.test(match port {
            PortOf::Numbers(Ports { first, last }) => Test::Ports { first: *first, last: *last },
            PortOf::Name(name) => Test::NamedPort((*name).to_string()),
        })
    }

    fn test(&mut self, test: Test) -> Formula {
        Formula::Test(self.tests.id(test))
    }
}
