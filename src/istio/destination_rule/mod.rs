//! `DestinationRule` (`networking.istio.io/v1`, `v1beta1`, `v1alpha3`; one schema for all three).
//!
//! Every field of the API (istio/api, `destination_rule.proto`, to 1.31) is read, and what Istio's own
//! validation refuses (`ValidateDestinationRule`, and the rules of the CRD) is said while it is read.
//! This module must not know what becomes of a setting.

pub mod connection_pool;
pub(in crate::istio) mod hosts;
pub mod load_balancer;
pub mod locality;
pub mod outlier_detection;
pub mod tls;
pub mod traffic_policy;
pub(in crate::istio) mod values;

pub use self::connection_pool::ConnectionPool;
pub use self::load_balancer::LoadBalancer;
pub use self::outlier_detection::OutlierDetection;
pub use self::tls::ClientTls;
pub use self::traffic_policy::{Settings, TrafficPolicy};
use self::values::missing;
use super::Meta;
use super::attachment;
use super::checks::Checks;
use super::common::{self, List, at};
use crate::yaml::fields::{Field, Leaf};
use std::collections::{BTreeMap, BTreeSet};

/// A DestinationRule, as far as it could be read.
#[derive(Clone, Debug)]
pub struct DestinationRule {
    /// Name and place.
    pub meta: Meta,
    /// `host`: a short name belongs to the rule's own namespace; `*` may stand for its beginning.
    pub host: Option<Leaf<String>>,
    /// `trafficPolicy`.
    pub policy: Option<TrafficPolicy>,
    /// `subsets`.
    pub subsets: List<Subset>,
    /// `exportTo`: namespaces whose proxies use it; empty is all.
    pub export_to: Vec<Leaf<String>>,
    /// `workloadSelector`: which clients of the rule's own namespace use it.
    pub selector: Option<ClientSelector>,
}

/// One of `subsets`.
#[derive(Clone, Debug)]
pub struct Subset {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`, by which routes call it.
    pub name: Option<Leaf<String>>,
    /// `labels` of its pods; without any, all pods of the host.
    pub labels: BTreeMap<String, Leaf<String>>,
    /// `trafficPolicy`: each part of it stands for the same part of the rule's own.
    pub policy: Option<TrafficPolicy>,
}

/// `workloadSelector`.
#[derive(Clone, Debug)]
pub struct ClientSelector {
    /// The field's key.
    pub at: Leaf<()>,
    /// `matchLabels`; none selects every pod of the namespace.
    pub labels: BTreeMap<String, Leaf<String>>,
}

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> DestinationRule {
    let mut rule = DestinationRule {
        meta,
        host: None,
        policy: None,
        subsets: List::default(),
        export_to: Vec::new(),
        selector: None,
    };
    let whole = Leaf { value: (), span: rule.meta.name_span, field: "spec".to_string() };
    let Some(mut fields) = spec.and_then(Field::fields) else {
        if spec.is_none() {
            missing(&whole, "a DestinationRule without a `spec`", "host", checks);
        }
        return rule;
    };
    let host = fields.take("host");
    if host.is_none() {
        missing(&whole, "a DestinationRule", "host", checks);
    }
    rule.host = common::string(host);
    rule.policy = fields.take("trafficPolicy").and_then(|field| traffic_policy::read(&field, checks));
    rule.subsets = common::list(fields.take("subsets"), |field| subset(field, checks));
    rule.export_to = common::strings(fields.take("exportTo"));
    rule.selector = fields.take("workloadSelector").map(|field| ClientSelector {
        at: at(&field),
        labels: attachment::read_labels(&field, "matchLabels", checks),
    });
    fields.finish();
    check(&rule, checks);
    rule
}

fn subset(field: &Field<'_>, checks: &Checks<'_>) -> Option<Subset> {
    let mut fields = field.fields()?;
    let name = fields.take("name");
    if name.is_none() {
        missing(&at(field), "a subset", "name", checks);
    }
    let name = common::string(name);
    let labels = common::string_map(fields.take("labels"));
    let policy = fields.take("trafficPolicy").and_then(|field| traffic_policy::read(&field, checks));
    fields.finish();
    Some(Subset { at: at(field), name, labels, policy })
}

/// What Istio refuses in the rule as a whole.
fn check(rule: &DestinationRule, checks: &Checks<'_>) {
    let DestinationRule { meta, host, policy: _, subsets, export_to, selector } = rule;
    if let Some(host) = host.as_ref().filter(|host| !hosts::is_wildcard_domain(&host.value)) {
        let message = format!("Istio refuses `{}`: it is no name of a host", host.value);
        checks.refuse(host, message, "write a DNS name, such as `reviews` or `*.example.com`");
    }
    let mut names = BTreeSet::new();
    for one in &subsets.items {
        let Some(name) = &one.name else { continue };
        if !hosts::is_label(&name.value) {
            let message = format!("Istio refuses `{}`: it is no name of a subset", name.value);
            checks.refuse(name, message, "use letters, digits and inner `-`, at most 63 of them");
        } else if !names.insert(name.value.as_str()) {
            let message = format!("Istio refuses this rule: the subset `{}` stands twice in it", name.value);
            checks.refuse(name, message, "give each subset a name of its own");
        }
        for (key, value) in &one.labels {
            if !hosts::is_label_key(key) || !hosts::is_label_value(&value.value) {
                let message = format!("Istio refuses `{key}={}`: no pod can have such a label", value.value);
                checks.refuse(value, message, "write a label that pods of the host have");
            }
        }
    }
    check_config_maps(rule, checks);
    check_export_to(export_to, meta.reference.namespace.as_deref().unwrap_or(""), selector.as_ref(), checks);
}

/// A ConfigMap of certificates belongs to the rule's own namespace (`ValidateTLS`).
fn check_config_maps(rule: &DestinationRule, checks: &Checks<'_>) {
    let Some(own) = rule.meta.reference.namespace.as_deref() else { return };
    let subsets = rule.subsets.items.iter().filter_map(|subset| subset.policy.as_ref());
    let policies = rule.policy.iter().chain(subsets);
    let settings = policies.flat_map(|policy| {
        std::iter::once(&policy.settings).chain(policy.ports.items.iter().map(|one| &one.settings))
    });
    for name in settings.filter_map(|settings| settings.tls.as_ref()?.credential.as_ref()) {
        let Some(place) = name.value.strip_prefix(tls::CONFIG_MAP) else { continue };
        let parts: Vec<&str> = place.split('/').collect();
        if !matches!(parts.as_slice(), [namespace, name, ..] if *namespace == own && !name.is_empty()) {
            let message =
                format!("Istio refuses `{}`: it is no ConfigMap of the rule's own namespace", name.value);
            checks.refuse(name, message, format!("write `{}{own}/name`", tls::CONFIG_MAP));
        }
    }
}

/// `validateExportTo`.
fn check_export_to(
    names: &[Leaf<String>],
    own: &str,
    selector: Option<&ClientSelector>,
    checks: &Checks<'_>,
) {
    let mut seen = BTreeSet::new();
    for name in names {
        let key = if name.value == "." { own } else { name.value.as_str() };
        if !matches!(name.value.as_str(), "." | "*") && !hosts::is_label(&name.value) {
            let message = format!("Istio refuses `{}` in `exportTo`", name.value);
            checks.refuse(name, message, "write names of namespaces, `.` for the rule's own, or `*` alone");
        } else if !seen.insert(key) {
            let message = format!("Istio refuses `exportTo`: the namespace `{key}` stands twice in it");
            checks.refuse(name, message, "name each namespace once; `.` is the rule's own");
        } else if name.value == "*" && names.len() > 1 {
            let message = "Istio refuses `*` beside other names in `exportTo`";
            checks.refuse(name, message, "keep `*` alone, or the names without it");
        } else if selector.is_some() && key != own {
            let message = format!(
                "Istio refuses `{}` in `exportTo`: a rule with `workloadSelector` is for its own namespace alone",
                name.value
            );
            checks.refuse(name, message, "write `.`, or take `workloadSelector` out");
        }
    }
}
