//! What asking Istio and Envoy themselves showed, in the same form.

use super::{ROW, Row};
use unmesh::config::L7;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "what older releases refused by a star behind a slash is refused, and told",
        objects: "
            Sidecar a web
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {principals: ['*/ns/a/sa/x/*']}}]}]}",
        told: &["UM216 p spec.rules[0].from[0].source.principals[0] narrows"],
        ..ROW
    },
    Row {
        name: "and what they let in by it is not let in",
        objects: "
            Sidecar a web
            AuthorizationPolicy a p {rules: [{from: [{source: {principals: ['*/ns/a/sa/x/*']}}]}]}",
        told: &["UM220 p spec.rules[0].from[0].source.principals[0] none"],
        ..ROW
    },
    Row {
        name: "a refusal of an account with a dot refuses what older releases took the dot for",
        objects: "
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {serviceAccounts: [a/x.y]}}]}]}",
        told: &["UM216 p spec.rules[0].from[0].source.serviceAccounts[0] narrows"],
        ..ROW
    },
    Row {
        name: "an exception of an account with a dot excepts the same",
        mesh_namespaces: &["a"],
        objects: "
            AuthorizationPolicy a p {rules: [{when: [{key: source.serviceAccount, notValues: [a/x.y]}]}]}",
        told: &["UM216 p spec.rules[0].when[0].notValues[0] narrows"],
        ..ROW
    },
    Row {
        name: "no identity ends in a slash and a star, of other trust domains neither",
        objects: "
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {principals: ['*/ns/a/sa/*']}}]}]}",
        told: &["UM220 p spec.rules[0].from[0].source.principals[0] none"],
        ..ROW
    },
    Row {
        name: "whoever begins CORS carries no token for a refusal",
        l7: L7::Dikastes,
        target: "calico@3.32",
        objects: "
            Service a web 80 http
            Sidecar a web
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}",
        told: &["UM211 p spec.rules[0].from[0].source.notRequestPrincipals[0] narrows"],
        ..ROW
    },
    Row {
        name: "a trust domain ends at a slash: the namespace `ns` is none that ends in `s`",
        objects: "
            Namespace enabled ns
            Sidecar ns web
            AuthorizationPolicy a p {rules: [{from: [{source: {trustDomains: ['*s']}}]}]}",
        told: &["UM216 p spec.rules[0].from[0].source.trustDomains[0] narrows"],
        ..ROW
    },
    Row {
        name: "an empty list is no list: the rule is for every peer",
        objects: "
            AuthorizationPolicy a p {action: DENY, rules: [{from: [], to: [{operation: {ports: ['80']}}]}]}",
        told: &["UM108 p spec.rules[0].from none"],
        ..ROW
    },
    Row {
        name: "an end, or a beginning, that the mesh's own trust domain has names no other one",
        objects: "
            Sidecar a web
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {trustDomains: ['*local', 'clus*']}}]}]}",
        told: &[],
        ..ROW
    },
    Row {
        name: "a beginning that the mesh's own trust domain has names no other one",
        objects: "
            Sidecar a web
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {principals: ['clus*']}}]}]}",
        told: &[],
        ..ROW
    },
];
