//! Kubernetes' own `NetworkPolicy`.

use super::{Actions, InForce, Stage, Subject};
use crate::finding::Finding;
use crate::manifest::text::{text, with_spec};
use crate::manifest::{LabelSelector, Object};
use crate::yaml::fields::Field;

/// The order at which Calico evaluates it, in the tier `default`.
const ORDER: f64 = 1000.0;

/// Without `policyTypes` it acts on ingress, whether or not it has ingress rules.
pub(super) fn read(object: &Object, findings: &mut Vec<Finding>) -> InForce {
    let read = with_spec(object, findings, |spec| {
        let mut fields = spec.fields()?;
        let types = fields.take("policyTypes").and_then(|field| field.list());
        let types =
            types.map(|items| items.iter().filter_map(text).map(|leaf| leaf.value).collect::<Vec<_>>());
        let acts = types.is_none_or(|types| types.is_empty() || types.iter().any(|word| word == "Ingress"));
        let pods = fields.take("podSelector").map(|field| LabelSelector::read(&field));
        let unread = pods == Some(None);
        let allows = |field: Field<'_>| field.list().is_none_or(|rules| !rules.is_empty());
        let allow = fields.take("ingress").is_some_and(allows);
        Some((acts, pods.flatten().unwrap_or_default(), allow || unread))
    });
    let (acts, pods, allow) = read.unwrap_or((true, LabelSelector::default(), true));
    let subject = Subject::Namespaced { namespace: object.namespace().to_string(), pods };
    let actions = Actions { allow, pass: false };
    let policy = InForce::new(object, subject, Stage::Default(Some(ORDER)), actions);
    InForce { on_ingress: acts, ..policy }
}
