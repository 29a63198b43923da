//! Administrators' policies (`policy.networking.k8s.io`): AdminNetworkPolicy and
//! BaselineAdminNetworkPolicy (v1alpha1), ClusterNetworkPolicy (v1alpha2).

use super::{Actions, InForce, Stage, Subject};
use crate::finding::Finding;
use crate::manifest::text::{text, with_spec};
use crate::manifest::{LabelSelector, Object};
use crate::yaml::fields::Field;

/// They do not isolate, so one without ingress rules does nothing to ingress.
pub(super) fn read(object: &Object, findings: &mut Vec<Finding>) -> Option<InForce> {
    let everything = || (LabelSelector::default(), LabelSelector::default());
    let unreadable = (everything(), Some(Actions { allow: true, pass: true }), None);
    let read = with_spec(object, findings, |spec| {
        let mut fields = spec.fields()?;
        let tier = fields.take("tier").and_then(|field| text(&field)).map(|leaf| leaf.value);
        let subject = fields.take("subject").and_then(|field| subject(&field)).unwrap_or_else(everything);
        let rules = fields.take("ingress").and_then(|field| field.list()).unwrap_or_default();
        Some((subject, (!rules.is_empty()).then(|| actions(&rules)), tier))
    });
    let ((namespaces, pods), actions, tier) = read.unwrap_or(unreadable);
    let baseline =
        object.reference.kind == "BaselineAdminNetworkPolicy" || tier.as_deref() == Some("Baseline");
    let stage = if baseline { Stage::AfterDefault } else { Stage::BeforeDefault };
    actions
        .map(|actions| InForce::new(object, Subject::ByNamespaceLabels { namespaces, pods }, stage, actions))
}

/// `namespaces`, or `pods` with two selectors.
fn subject(field: &Field<'_>) -> Option<(LabelSelector, LabelSelector)> {
    let mut fields = field.fields()?;
    if let Some(namespaces) = fields.take("namespaces") {
        return Some((LabelSelector::read(&namespaces)?, LabelSelector::default()));
    }
    let mut pods = fields.take("pods")?.fields()?;
    let mut selector =
        |name| pods.take(name).and_then(|field| LabelSelector::read(&field)).unwrap_or_default();
    Some((selector("namespaceSelector"), selector("podSelector")))
}

fn actions(rules: &[Field<'_>]) -> Actions {
    let mut found = Actions { allow: false, pass: false };
    for rule in rules {
        let action = rule.fields().and_then(|mut fields| fields.take("action"));
        match action.and_then(|field| text(&field)).map(|leaf| leaf.value).as_deref() {
            Some("Deny") => {}
            Some("Pass") => found.pass = true,
            Some("Allow" | "Accept") => found.allow = true,
            Some(_) | None => return Actions { allow: true, pass: true },
        }
    }
    found
}
