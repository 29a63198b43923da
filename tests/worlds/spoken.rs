//! Where HTTP may be spoken though nobody declares it, as the checker assumes.

use super::world::{Action, Authorization, Pod, Rule, Service, World, has_all};

/// Whether HTTP may be spoken on a pod's port: the checker assumes it of the ports of its Services and of
/// those that rules with HTTP fields name on it, and of no others. What a Service or a policy says of other
/// pods says nothing of this one.
pub(crate) fn may_speak_http(world: &World, pod: &Pod, port: u16) -> bool {
    let is_http = |field: &str| !matches!(field, "ports" | "notPorts");
    let rules = on_pod(world, pod).flat_map(|policy| &policy.rules);
    let mut rules = rules.filter(|rule| rule.to.iter().flatten().any(|(field, _)| is_http(field)));
    services(world, pod).any(|service| service.port == port) || rules.any(|rule| named(rule).contains(&port))
}

/// The AuthorizationPolicies that act on a pod.
pub(crate) fn on_pod<'w>(world: &'w World, pod: &'w Pod) -> impl Iterator<Item = &'w Authorization> {
    let acting = world.authorization.iter();
    acting.filter(|policy| {
        !policy.dry_run
            && policy.action != Action::Audit
            && world.selects(&policy.namespace, &policy.selector, pod)
    })
}

/// The Services that select a pod.
pub(crate) fn services<'w>(world: &'w World, pod: &'w Pod) -> impl Iterator<Item = &'w Service> {
    let here = world.services.iter().filter(|service| service.namespace == pod.namespace);
    here.filter(|service| has_all(&pod.labels, &service.selector))
}

/// The ports that a rule names.
pub(crate) fn named(rule: &Rule) -> Vec<u16> {
    let fields = rule.to.iter().flatten().filter(|(field, _)| matches!(field.as_str(), "ports" | "notPorts"));
    let conditions = rule.when.iter().filter(|condition| condition.key == "destination.port");
    let conditions = conditions.flat_map(|condition| condition.values.iter().chain(&condition.not_values));
    fields.flat_map(|(_, values)| values).chain(conditions).map(|port| port.parse().unwrap()).collect()
}
