//! Kubernetes' own NetworkPolicy by its own rules. The facts are the words of its API
//! (`NetworkPolicySpec`, `NetworkPolicyIngressRule`, `NetworkPolicyPeer`, `NetworkPolicyPort`, `IPBlock`,
//! `LabelSelectorRequirement` in the API reference of `networking.k8s.io/v1` and `meta/v1`).

mod peers;
mod pods;
mod ports;

use crate::calico::world::{Case, knp};

/// Name, fact, spec, who gets through (by which field), who does not.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

/// Asks about one policy, which is on the pod.
fn check(rows: &[Row]) {
    for (name, fact, spec, allowed, denied) in rows {
        let text = knp("k", spec);
        for (question, field) in *allowed {
            let expected = format!("allow NetworkPolicy/shop/k {field}");
            let found = Case::of_kubernetes(&text).decide(question);
            assert_eq!(found, expected, "{name} ({fact}): {question}");
        }
        for question in *denied {
            let expected = "deny isolated by NetworkPolicy/shop/k";
            let found = Case::of_kubernetes(&text).decide(question);
            assert_eq!(found, expected, "{name} ({fact}): {question}");
        }
    }
}
