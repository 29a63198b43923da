//! What a DestinationRule does here, and what becomes of it when the mesh goes.
//!
//! One finding for each feature, on the rule, on a subset, on a port. A rule for a host that the input
//! does not show is no problem of its own: inputs are rarely whole. These rules look at types and
//! inventory alone; they must not know how a finding is shown.

mod balancing;
mod encryption;
mod nearness;
pub(in crate::lint) mod pool;
mod resilience;
mod scope;
mod transport;

use super::Context;
use super::words::{full_host, is_service_name, labels};
use crate::finding::{Code, Direction, Finding};
use crate::istio::DestinationRule;
use crate::istio::destination_rule::{Settings, Subset, TrafficPolicy};
use crate::yaml::fields::Leaf;

/// A DestinationRule among the other objects of the input.
#[derive(Clone, Copy)]
struct Scene<'a> {
    context: &'a Context<'a>,
    rule: &'a DestinationRule,
}

/// Settings with what they are for.
#[derive(Clone, Copy)]
struct Part<'a> {
    scene: Scene<'a>,
    subset: Option<&'a Subset>,
    port: Option<&'a Leaf<i64>>,
    settings: &'a Settings,
    /// Whether failing pods are taken out for these requests, by these settings or those that they add to.
    ejects: bool,
}

/// One finding for each feature in use.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let rules = &context.resources.destination_rules;
    rules.iter().flat_map(|rule| check_one(Scene { context, rule })).collect()
}

fn check_one(scene: Scene<'_>) -> Vec<Finding> {
    let DestinationRule { meta: _, host: _, policy, subsets, export_to: _, selector: _ } = scene.rule;
    let mut findings = scope::check(scene);
    let whole = policy.as_ref();
    findings.extend(whole.into_iter().flat_map(|policy| check_policy(scene, None, policy)));
    for subset in &subsets.items {
        findings.push(scope::subset(scene, subset));
        let own = subset.policy.as_ref();
        findings.extend(own.into_iter().flat_map(|policy| check_policy(scene, Some(subset), policy)));
    }
    findings
}

fn check_policy<'a>(scene: Scene<'a>, subset: Option<&'a Subset>, policy: &'a TrafficPolicy) -> Vec<Finding> {
    let TrafficPolicy { at: _, settings, ports, tunnel, proxy_protocol, retry_budget } = policy;
    let outer = scene.rule.policy.as_ref().filter(|_| subset.is_some());
    let ejects = outer.is_some_and(|outer| outer.settings.outlier_detection.is_some())
        || settings.outlier_detection.is_some();
    let part = Part { scene, subset, port: None, settings, ejects };
    let mut findings = check_part(part);
    findings.extend(tunnel.as_ref().map(|found| transport::tunnel(part, found)));
    findings.extend(proxy_protocol.as_ref().map(|found| transport::proxy_protocol(part, found)));
    findings.extend(retry_budget.as_ref().map(|found| resilience::retry_budget(part, found)));
    for one in &ports.items {
        // For its port, such an entry stands for everything that could stand in it (MergeTrafficPolicy).
        let ejects = one.settings.outlier_detection.is_some();
        let part = Part { scene, subset, port: one.port.as_ref(), settings: &one.settings, ejects };
        findings.extend(scope::stands_alone(part, settings, outer.map(|outer| &outer.settings)));
        findings.extend(check_part(part));
    }
    findings
}

fn check_part(part: Part<'_>) -> Vec<Finding> {
    let Settings { load_balancer, connection_pool, outlier_detection, tls } = part.settings;
    let mut findings = Vec::new();
    findings.extend(tls.iter().flat_map(|found| encryption::check(part, found)));
    findings.extend(load_balancer.iter().flat_map(|found| balancing::check(part, found)));
    findings.extend(connection_pool.as_ref().map(|found| pool::check(part, found)));
    findings.extend(outlier_detection.as_ref().map(|found| resilience::outlier_detection(part, found)));
    findings
}

impl Scene<'_> {
    fn namespace(&self) -> &str {
        self.rule.meta.reference.namespace.as_deref().unwrap_or("")
    }

    /// The host, a short name completed; empty where the rule has none.
    fn host(&self) -> String {
        let host = self.rule.host.as_ref().filter(|host| !host.value.is_empty());
        host.map_or_else(String::new, |host| full_host(&host.value, self.namespace()))
    }

    /// The host for a sentence.
    fn host_in_words(&self) -> String {
        match self.host().as_str() {
            "" => "a host that is missing".to_string(),
            "*" => "any host".to_string(),
            host if host.starts_with('*') => format!("any host of `{host}`"),
            host => format!("`{host}`"),
        }
    }

    /// What answers for the host: pods, or servers outside the cluster.
    fn answering(&self) -> &'static str {
        let host = self.host();
        if host.starts_with('*') || is_service_name(&host) { "pod" } else { "server" }
    }

    /// A finding on this rule.
    fn finding<T>(
        &self,
        code: &'static Code,
        direction: Direction,
        leaf: &Leaf<T>,
        message: impl Into<String>,
    ) -> Finding {
        let reference = &self.rule.meta.reference;
        Finding::new(code, direction, message).at(leaf.span).on(reference).field(leaf.field.clone())
    }
}

impl Part<'_> {
    /// What the settings are for: `` subset `v1` (`version=v1`) of `a.shop.svc` on port 80 ``.
    fn target(&self) -> String {
        let host = self.scene.host_in_words();
        let of = self.subset.map_or_else(|| host.clone(), |subset| subset_in_words(subset, &host));
        match self.port {
            Some(port) => format!("{of} on port {}", port.value),
            None => of,
        }
    }

    /// `requests to ...`.
    fn requests(&self) -> String {
        format!("requests to {}", self.target())
    }

    /// A finding that underlines one place and stands for another.
    fn finding<T, U>(
        &self,
        code: &'static Code,
        direction: Direction,
        (underlined, whole): (&Leaf<T>, &Leaf<U>),
        message: impl Into<String>,
    ) -> Finding {
        let leaf = Leaf { value: (), span: underlined.span, field: whole.field.clone() };
        self.scene.finding(code, direction, &leaf, message)
    }
}

/// `` subset `v1` (`version=v1`) of `a.shop.svc` ``.
fn subset_in_words(subset: &Subset, host: &str) -> String {
    let name = subset.name.as_ref().map_or("", |name| name.value.as_str());
    let pods = labels(&subset.labels);
    let pods = if pods.is_empty() { pods } else { format!(" (`{pods}`)") };
    format!("subset `{name}`{pods} of {host}")
}
