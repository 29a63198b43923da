//! All objects of a policy set, read one by one.

use super::entity::nets;
use super::problem::{Effect, Problem, problem, reader};
use super::{NetworkSet, Policy, Set, Tier, kubernetes, policy};
use crate::finding::ObjectRef;
use crate::source::Span;
use crate::yaml::fields::Field;
use crate::yaml::{Node, Value};
use std::collections::BTreeMap;

/// An object, as its envelope says what it is.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Kind, namespace and name.
    pub reference: &'a ObjectRef,
    /// `projectcalico.org/v3`.
    pub api_version: &'a str,
    /// `metadata.labels`.
    pub labels: &'a BTreeMap<String, String>,
    /// Where the name stands.
    pub span: Span,
    /// The whole object.
    pub root: &'a Node,
}

impl Document<'_> {
    fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Whether it is written as Calico stores it (`crd.projectcalico.org/v1`), past everything that its
    /// API does to an object.
    pub(super) fn is_stored_form(&self) -> bool {
        self.group() == "crd.projectcalico.org"
    }

    fn problem(&self, field: Option<String>, span: Span, message: String) -> Problem {
        let object = self.reference.clone();
        Problem { object, field, span: Some(span), message, help: None, effect: Effect::Unclear }
    }
}

impl Set {
    /// Reads the policies, tiers and network sets among some objects, and the labels of Namespaces;
    /// other objects are passed by. An object with a problem is not in the set.
    #[must_use]
    pub fn read<'a>(objects: impl IntoIterator<Item = Document<'a>>) -> (Self, Vec<Problem>) {
        let mut set = Self::default();
        let mut problems = Vec::new();
        for document in objects {
            set.add(&document, &mut problems);
        }
        (set, problems)
    }

    fn add(&mut self, document: &Document<'_>, problems: &mut Vec<Problem>) {
        let kind = document.reference.kind.as_str();
        match (document.group(), kind) {
            ("", "Namespace") => {
                self.namespaces.insert(document.reference.name.clone(), document.labels.clone());
            }
            ("networking.k8s.io" | "extensions", "NetworkPolicy") => {
                self.policies.extend(read(document, problems, kubernetes::policy).flatten());
            }
            ("projectcalico.org" | "crd.projectcalico.org", _) => self.add_calico(document, kind, problems),
            _ => {}
        }
    }

    fn add_calico(&mut self, document: &Document<'_>, kind: &str, problems: &mut Vec<Problem>) {
        match kind {
            "NetworkPolicy" | "GlobalNetworkPolicy" => {
                self.policies.extend(read(document, problems, policy::policy).flatten());
            }
            "Tier" => self.tiers.extend(read(document, problems, tier).flatten()),
            "NetworkSet" | "GlobalNetworkSet" => {
                self.network_sets.extend(read(document, problems, network_set).flatten());
            }
            "StagedNetworkPolicy" | "StagedGlobalNetworkPolicy" | "StagedKubernetesNetworkPolicy" => {
                self.staged += 1;
            }
            _ => {}
        }
    }
}

/// The fields that every object may have.
const ROOT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// Reads the `spec` of an object; an absent one is empty. `None` where anything is amiss.
fn read<T>(
    document: &Document<'_>,
    problems: &mut Vec<Problem>,
    of: impl FnOnce(&Document<'_>, &Field<'_>) -> T,
) -> Option<T> {
    let before = problems.len();
    for entry in document.root.entries().iter().filter(|entry| !ROOT.contains(&entry.key.as_str())) {
        let message = format!("`{}` has no field `{}`", document.reference.kind, entry.key);
        problems.push(document.problem(Some(entry.key.clone()), entry.key_span, message));
    }
    let empty = Node { span: document.span, value: Value::Mapping(Vec::new()) };
    let spec = document.root.entry("spec");
    let (node, span) = spec.map_or((&empty, document.span), |entry| (&entry.value, entry.key_span));
    let reader = reader(document.reference);
    let value = of(document, &reader.field("spec", node, span));
    problems.extend(reader.into_findings().into_iter().map(|finding| problem(document.reference, finding)));
    (problems.len() == before).then_some(value)
}

fn tier(document: &Document<'_>, spec: &Field<'_>) -> Option<Tier> {
    let mut fields = spec.fields()?;
    let order = fields.take("order").and_then(|field| field.number()).map(|order| order.value);
    let actions = [("Deny", false), ("Pass", true)];
    let passes = fields.take("defaultAction").and_then(|field| field.one_of(&actions));
    fields.finish();
    let passes = passes.is_some_and(|action| action.value);
    Some(Tier { name: document.reference.name.clone(), order, passes, span: document.span })
}

fn network_set(document: &Document<'_>, spec: &Field<'_>) -> Option<NetworkSet> {
    let mut fields = spec.fields()?;
    let nets = nets(&mut fields, "nets");
    fields.finish();
    Some(NetworkSet { reference: document.reference.clone(), labels: document.labels.clone(), nets })
}

impl Set {
    /// The policies that act on ingress.
    pub fn on_ingress(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter().filter(|policy| policy.on_ingress)
    }
}
