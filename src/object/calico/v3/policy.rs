//! `NetworkPolicy` and `GlobalNetworkPolicy` of Calico.

use super::entity::{Globals, Scope, selector};
use super::rule::rule;
use super::set::Document;
use super::{Kind, Policy, Rule, Selector};
use crate::yaml::fields::{Field, Fields};

/// Reads a policy. `None`, without a problem, is one that acts on hosts alone.
pub(super) fn policy(document: &Document<'_>, spec: &Field<'_>) -> Option<Policy> {
    let mut fields = spec.fields()?;
    let is_global = document.reference.kind == "GlobalNetworkPolicy";
    let tier = fields.take("tier").and_then(|field| field.string()).map(|leaf| leaf.value);
    let tier = tier.filter(|tier| !tier.is_empty()).unwrap_or_else(|| "default".to_string());
    let order = fields.take("order").and_then(|field| field.number()).map(|order| order.value);
    let selector = selector(&mut fields, "selector", Globals::Never);
    let namespace_selector =
        is_global.then(|| self::selector(&mut fields, "namespaceSelector", Globals::Never)).flatten();
    let service_account_selector = self::selector(&mut fields, "serviceAccountSelector", Globals::Never);
    let scope = Scope { egress: false, global: is_global };
    let ingress = rules(&mut fields, "ingress", scope);
    let egress = rules(&mut fields, "egress", Scope { egress: true, ..scope });
    let (on_ingress, on_egress) = types(&mut fields, &ingress, &egress, document.is_stored_form());
    let on_hosts = is_global && on_hosts(&mut fields);
    // Hints for the dataplane, which change no decision.
    let _hints = fields.take("performanceHints").map(|field| field.strings());
    fields.finish();
    let kind = if is_global { Kind::Global } else { Kind::Namespaced };
    (!on_hosts).then(|| Policy {
        reference: document.reference.clone(),
        kind,
        stored_name: stored_name(document, &tier),
        span: document.span,
        tier,
        order,
        selector: selector.unwrap_or(Selector::All),
        namespace_selector,
        service_account_selector,
        on_ingress,
        on_egress,
        ingress,
    })
}

fn rules(fields: &mut Fields<'_>, name: &'static str, scope: Scope) -> Vec<Rule> {
    let items = fields.take(name).and_then(|field| field.list()).unwrap_or_default();
    items.iter().filter_map(|item| rule(item, scope)).collect()
}

/// Whether a policy acts on ingress and on egress. Without `types` Calico's client fills them in by
/// the rules that are there, counted: none is Ingress. Who writes the stored form goes past the client,
/// and Felix takes no types for both (`felix/calc/policy_sorter.go`).
fn types(fields: &mut Fields<'_>, ingress: &[Rule], egress: &[Rule], is_stored_form: bool) -> (bool, bool) {
    let words = [("Ingress", true), ("Egress", false)];
    let items = fields.take("types").and_then(|field| field.list()).unwrap_or_default();
    let mut named: Vec<bool> = Vec::new();
    for item in &items {
        let Some(word) = item.one_of(&words) else { continue };
        if named.contains(&word.value) {
            item.wrong_value("a type stands twice in `types`", None);
        }
        named.push(word.value);
    }
    match (named.is_empty(), is_stored_form) {
        (false, _) => (named.contains(&true), named.contains(&false)),
        (true, true) => (true, true),
        (true, false) => (egress.is_empty() || !ingress.is_empty(), !egress.is_empty()),
    }
}

/// `doNotTrack` and `preDNAT` policies are for host endpoints; `applyOnForward` changes nothing for
/// pods.
fn on_hosts(fields: &mut Fields<'_>) -> bool {
    let mut is_true =
        |name| fields.take(name).and_then(|field| field.boolean()).is_some_and(|leaf| leaf.value);
    let [untracked, before_nat, _] = [is_true("doNotTrack"), is_true("preDNAT"), is_true("applyOnForward")];
    untracked || before_nat
}

/// The name under which versions to 3.31 store a policy: behind its tier
/// (`libcalico-go/lib/clientv3`, `libcalico-go/lib/names/policy.go`).
fn stored_name(document: &Document<'_>, tier: &str) -> String {
    let name = &document.reference.name;
    let has_tier = name.strip_prefix(tier).is_some_and(|rest| rest.starts_with('.'));
    if document.is_stored_form() || has_tier { name.clone() } else { format!("{tier}.{name}") }
}
