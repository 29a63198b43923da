//! Calico's `NetworkPolicy` and `GlobalNetworkPolicy`. Staged policies are other kinds, and not in force.

use super::{Actions, InForce, Subject, TierOrders};
use crate::finding::Finding;
use crate::manifest::Object;
use crate::manifest::text::{text, with_spec};
use crate::object::calico::selector::parse;
use crate::yaml::fields::{Field, Fields};

/// A selector's text, if Calico can read it.
type Selector = Result<String, ()>;

/// What a policy's `spec` says.
struct Spec {
    /// It polices pods.
    on_pods: bool,
    on_ingress: bool,
    tier: Option<String>,
    order: Option<f64>,
    selectors: [Option<Selector>; 3],
    actions: Actions,
}

/// A policy whose `spec` cannot be read counts as one on every pod of its scope.
const UNREADABLE: Spec = Spec {
    on_pods: true,
    on_ingress: true,
    tier: None,
    order: None,
    selectors: [None, None, None],
    actions: Actions { allow: true, pass: true },
};

pub(super) fn read(object: &Object, tiers: &TierOrders, findings: &mut Vec<Finding>) -> Option<InForce> {
    let spec = with_spec(object, findings, spec).unwrap_or(UNREADABLE);
    let tier = spec.tier.unwrap_or_else(|| tier_of_name(&object.reference.name).to_string());
    // A policy with one that Calico cannot read is dropped (`libcalico-go/lib/validator/v3/validator.go`).
    let [selector, namespace_selector, service_account_selector] = spec.selectors.map(Option::transpose);
    let (selector, namespace_selector) = (selector.ok()?, namespace_selector.ok()?);
    let service_account_selector = service_account_selector.ok()?;
    let namespace = object.reference.namespace.clone();
    let subject = Subject::Calico {
        namespace_selector: namespace_selector.filter(|_| namespace.is_none()),
        namespace,
        selector: selector.unwrap_or_default(),
        service_account_selector,
    };
    let stage = tiers.stage(&tier, spec.order);
    let policy = || InForce {
        tier: Some(tier),
        on_ingress: spec.on_ingress,
        ..InForce::new(object, subject, stage, spec.actions)
    };
    spec.on_pods.then(policy)
}

/// The tier that a name is prefixed with, as before 3.32; `default` for a name without a prefix.
fn tier_of_name(name: &str) -> &str {
    name.split_once('.').map_or("default", |(tier, _)| tier)
}

fn spec(field: &Field<'_>) -> Option<Spec> {
    let mut fields = field.fields()?;
    let types = fields.take("types").and_then(|field| field.list());
    let types = types.map(|items| items.iter().filter_map(text).map(|leaf| leaf.value).collect::<Vec<_>>());
    let ingress = fields.take("ingress");
    let egress = fields.take("egress").and_then(|field| field.list()).is_some_and(|rules| !rules.is_empty());
    let on_ingress = match &types {
        Some(types) if !types.is_empty() => types.iter().any(|word| word == "Ingress"),
        // An empty `ingress` counts as Ingress to 3.32's own CRDs, not before: so it does here.
        Some(_) | None => ingress.is_some() || !egress,
    };
    let on_pods = !is_true(&mut fields, "doNotTrack") && !is_true(&mut fields, "preDNAT");
    let selectors = ["selector", "namespaceSelector", "serviceAccountSelector"]
        .map(|name| fields.take(name).and_then(|field| selector(&field)));
    let tier = fields.take("tier").and_then(|field| word(&field)).filter(|tier| !tier.is_empty());
    let order = fields.take("order").and_then(|field| field.number()).map(|order| order.value);
    Some(Spec { on_pods, on_ingress, tier, order, selectors, actions: actions(ingress.as_ref()) })
}

fn word(field: &Field<'_>) -> Option<String> {
    text(field).map(|leaf| leaf.value.trim().to_string())
}

/// A selector, said where Calico cannot read it.
fn selector(field: &Field<'_>) -> Option<Selector> {
    let text = word(field)?;
    let parsed = parse(&text);
    if let Err(why) = &parsed {
        let message = format!(
            "this is no selector ({why}): Calico acts as if the policy were not there, and so does unmesh"
        );
        field.wrong_value(message, Some("mend it, and look at what is written then".to_string()));
    }
    Some(parsed.map(|_| text).map_err(drop))
}

/// Policies with `doNotTrack` or `preDNAT` are for host endpoints alone.
fn is_true(fields: &mut Fields<'_>, name: &'static str) -> bool {
    fields.take(name).and_then(|field| field.boolean()).is_some_and(|leaf| leaf.value)
}

fn actions(ingress: Option<&Field<'_>>) -> Actions {
    let mut found = Actions { allow: false, pass: false };
    let Some(ingress) = ingress else { return found };
    let Some(rules) = ingress.list() else { return UNREADABLE.actions };
    for rule in rules {
        let action = rule.fields().and_then(|mut fields| fields.take("action"));
        match action.and_then(|field| text(&field)).map(|leaf| leaf.value.to_lowercase()).as_deref() {
            Some("deny" | "log") => {}
            Some("pass" | "next-tier") => found.pass = true,
            Some("allow") => found.allow = true,
            Some(_) | None => return UNREADABLE.actions,
        }
    }
    found
}
