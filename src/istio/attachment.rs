//! `selector`, `targetRef` and `targetRefs`: which workloads a policy is for.

use super::checks::{Checks, key_of};
use super::{Attachment, TargetRef};
use crate::yaml::fields::{Field, Fields, Leaf};
use std::collections::BTreeMap;

/// The kinds that a policy can be attached to, by group (`allowedTargetRefs` of Istio's validation).
const TARGETS: [(&str, &str); 5] = [
    ("", "Service"),
    ("core", "Service"),
    ("networking.istio.io", "ServiceEntry"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
];

/// The longest value that a label can have.
const LONGEST_VALUE: usize = 63;

/// The most `targetRefs` that the API server takes.
const MOST_TARGETS: usize = 16;

/// Reads `selector`, `targetRef` and `targetRefs`. A selector without labels selects everything.
pub(super) fn read(spec: &mut Fields<'_>, checks: &Checks<'_>) -> Attachment {
    let target = spec.take("targetRef");
    read_beside(target.as_ref(), spec, checks)
}

/// Reads `selector` and `targetRefs`, for the kind that never had a `targetRef`.
pub(super) fn read_without_target_ref(spec: &mut Fields<'_>, checks: &Checks<'_>) -> Attachment {
    read_beside(None, spec, checks)
}

/// Reads `workloadSelector` and `targetRefs`. Istio does not look at the kinds of these (`validateEnvoyFilter`).
pub(super) fn read_workload_selector(spec: &mut Fields<'_>, checks: &Checks<'_>) -> Attachment {
    let selector = spec.take("workloadSelector");
    let targets = spec.take("targetRefs");
    refuse_several(&[selector.as_ref(), targets.as_ref()], checks);
    let items = targets.and_then(|field| field.list()).unwrap_or_default();
    let read: Vec<TargetRef> = items.iter().filter_map(target_of).collect();
    let labels = selector.map(|field| read_labels(&field, "labels", checks)).unwrap_or_default();
    attachment(read, labels)
}

fn read_beside(target: Option<&Field<'_>>, spec: &mut Fields<'_>, checks: &Checks<'_>) -> Attachment {
    let selector = spec.take("selector");
    let targets = spec.take("targetRefs");
    refuse_several(&[selector.as_ref(), target, targets.as_ref()], checks);
    let mut read: Vec<TargetRef> =
        target.into_iter().filter_map(|field| read_target(field, checks)).collect();
    if let Some(field) = &targets {
        let items = field.list().unwrap_or_default();
        if items.len() > MOST_TARGETS {
            checks.refuse(
                &key_of(field),
                format!("there are more than {MOST_TARGETS} `targetRefs`"),
                "split the policy",
            );
        }
        read.extend(items.iter().filter_map(|item| read_target(item, checks)));
    }
    let labels = selector.map(|field| read_labels(&field, "matchLabels", checks)).unwrap_or_default();
    attachment(read, labels)
}

fn attachment(targets: Vec<TargetRef>, labels: BTreeMap<String, Leaf<String>>) -> Attachment {
    match (targets.is_empty(), labels.is_empty()) {
        (false, _) => Attachment::TargetRefs(targets),
        (true, false) => Attachment::Selector(labels),
        (true, true) => Attachment::Everything,
    }
}

/// Reads `selector` alone, for the kind that has no `targetRefs`.
pub(super) fn read_selector(spec: &mut Fields<'_>, checks: &Checks<'_>) -> Attachment {
    let labels = spec.take("selector").map(|field| read_labels(&field, "matchLabels", checks));
    let labels = labels.unwrap_or_default();
    if labels.is_empty() { Attachment::Everything } else { Attachment::Selector(labels) }
}

fn refuse_several(fields: &[Option<&Field<'_>>], checks: &Checks<'_>) {
    let given: Vec<&Field<'_>> = fields.iter().copied().flatten().collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!(
            "`{}` and `{}` stand side by side, and Istio takes one of them",
            first.name(),
            second.name()
        );
        checks.refuse(&key_of(second), message, "keep the one that says which workloads are meant");
    }
}

/// Reads the labels of a selector, which stand in the field `under`.
pub(super) fn read_labels(
    selector: &Field<'_>,
    under: &'static str,
    checks: &Checks<'_>,
) -> BTreeMap<String, Leaf<String>> {
    let Some(mut fields) = selector.fields() else { return BTreeMap::new() };
    let mut labels = BTreeMap::new();
    if let Some(field) = fields.take(under) {
        for (key, value) in field.entries() {
            if let Some(value) = value.string() {
                check_label(&key, &value, checks);
                labels.insert(key.value, value);
            }
        }
    }
    fields.finish();
    labels
}

pub(super) fn check_label(key: &Leaf<String>, value: &Leaf<String>, checks: &Checks<'_>) {
    const HELP: &str =
        "a selector compares whole labels: name one, or leave the selector out to select all workloads";
    if key.value.is_empty() {
        checks.refuse(key, "a label in `matchLabels` has an empty name", HELP);
    }
    if key.value.contains('*') {
        checks.refuse(
            key,
            format!("the label name `{}` holds `*`, and selectors have no wildcards", key.value),
            HELP,
        );
    }
    if value.value.contains('*') {
        checks.refuse(
            value,
            format!("the label value `{}` holds `*`, and selectors have no wildcards", value.value),
            HELP,
        );
    }
    if value.value.len() > LONGEST_VALUE {
        let message =
            format!("the value of the label `{}` is longer than {LONGEST_VALUE} characters", key.value);
        checks.refuse(value, message, "no workload can have such a label: shorten it");
    }
}

fn read_target(field: &Field<'_>, checks: &Checks<'_>) -> Option<TargetRef> {
    let target = target_of(field)?;
    check_target(&target, &key_of(field), checks);
    Some(target)
}

fn target_of(field: &Field<'_>) -> Option<TargetRef> {
    let mut fields = field.fields()?;
    let mut take = |name| fields.take(name).and_then(|field| field.string());
    let target = TargetRef {
        group: take("group"),
        kind: take("kind"),
        name: take("name"),
        namespace: take("namespace"),
    };
    fields.finish();
    Some(target)
}

/// `validatePolicyTargetReference`. An absent field is underlined where the reference stands.
fn check_target(target: &TargetRef, at: &Leaf<()>, checks: &Checks<'_>) {
    let TargetRef { group, kind, name, namespace } = target;
    let text = |leaf: &Option<Leaf<String>>| leaf.as_ref().map_or(String::new(), |leaf| leaf.value.clone());
    if text(name).is_empty() {
        checks.refuse(
            &place(name.as_ref(), at),
            "a `targetRef` has no `name`",
            "name the object that the policy is for",
        );
    }
    if let Some(namespace) = namespace.as_ref().filter(|namespace| !namespace.value.is_empty()) {
        let message = "a `targetRef` names a `namespace`, and Istio takes objects of the policy's own alone";
        checks.refuse(namespace, message, "leave `namespace` out, and put the policy beside its object");
    }
    let (group_name, kind_name) = (text(group), text(kind));
    if kind_name.is_empty() {
        checks.refuse(&place(kind.as_ref(), at), "a `targetRef` has no `kind`", KINDS);
    } else if !TARGETS.contains(&(group_name.as_str(), kind_name.as_str())) {
        let message = match group_name.as_str() {
            "" => format!("no policy can be attached to a `{kind_name}` of the core group"),
            group => format!("no policy can be attached to a `{kind_name}` of `{group}`"),
        };
        checks.refuse(&place(kind.as_ref(), at), message, KINDS);
    }
}

const KINDS: &str = "it can be a Service, a ServiceEntry (networking.istio.io), or a Gateway or GatewayClass (gateway.networking.k8s.io)";

fn place(leaf: Option<&Leaf<String>>, otherwise: &Leaf<()>) -> Leaf<()> {
    leaf.map_or_else(|| otherwise.clone(), |leaf| leaf.clone().map(|_| ()))
}
