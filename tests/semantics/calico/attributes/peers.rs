//! Who is meant: selectors, namespaces, service accounts.

use super::In::{Gnp, Np};
use super::{Row, check};

const OPERATORS_OF_SELECTORS: &[Row] = &[
    ("equals", "T§3 grammar", Gnp, r#"source: {selector: "app == 'web'"}"#, &["web", "twin"], &["cart"]),
    ("differs", "T§3 grammar", Gnp, r#"source: {selector: "app != 'web'"}"#, &["cart"], &["web"]),
    (
        "differs, and the label is absent",
        "T§3: `!=` also matches when the label is absent",
        Gnp,
        r#"source: {selector: "release != 'v1'"}"#,
        &["api"],
        &["outside"],
    ),
    ("in", "T§3 grammar", Gnp, r#"source: {selector: "app in {'web', 'api'}"}"#, &["api"], &["cart"]),
    ("in nothing", "T§3: `in {}` parses", Gnp, r#"source: {selector: "app in {}"}"#, &[], &["web"]),
    ("not in", "T§3 grammar", Gnp, r#"source: {selector: "app not in {'web'}"}"#, &["api"], &["web"]),
    (
        "not in, and the label is absent",
        "T§3: so does `not in`",
        Gnp,
        r#"source: {selector: "release notin {'v1',}"}"#,
        &["api"],
        &["node"],
    ),
    ("has", "T§3 grammar", Gnp, "source: {selector: has(release)}", &["web"], &["api"]),
    ("has not", "T§3 grammar", Gnp, r#"source: {selector: "!has(release)"}"#, &["api"], &["web", "outside"]),
    ("contains", "T§3 grammar", Gnp, r#"source: {selector: "release contains '12'"}"#, &["web"], &["api"]),
    (
        "starts with",
        "T§3 grammar",
        Gnp,
        r#"source: {selector: "release starts with 'v12'"}"#,
        &["web"],
        &["twin"],
    ),
    (
        "ends with",
        "T§3 grammar",
        Gnp,
        r#"source: {selector: "release ends with 'beta'"}"#,
        &["cart"],
        &["api"],
    ),
    (
        "or binds weaker than and",
        "T§3: `&&` binds tighter",
        Gnp,
        r#"source: {selector: "app == 'api' || app == 'web' && has(release)"}"#,
        &["api", "web"],
        &["twin"],
    ),
    (
        "parentheses",
        "T§3 grammar",
        Gnp,
        r#"source: {selector: "(app == 'api' || app == 'web') && has(release)"}"#,
        &["web"],
        &["api"],
    ),
    (
        "a negated comparison of an absent label",
        "T§3: same for `!(k == 'v')`",
        Gnp,
        r#"source: {selector: "!(release == 'v12-beta')"}"#,
        &["api"],
        &["web"],
    ),
];

#[test]
fn operators_of_selectors() {
    check(OPERATORS_OF_SELECTORS, "");
}

const SELECTORS_AND_NAMESPACES: &[Row] = &[
    (
        "everybody",
        "T§3: to allow anyone leave the source empty",
        Np,
        "source: {}",
        &["cart", "outside", "node"],
        &[],
    ),
    (
        "all() of a global policy",
        "T§3: any positive selector matches endpoints alone",
        Gnp,
        "source: {selector: all()}",
        &["cart"],
        &["outside", "node"],
    ),
    (
        "the empty selector is none",
        "updateprocessors/rules.go: `endpointSelector != \"\"`",
        Gnp,
        r#"source: {selector: ""}"#,
        &["outside"],
        &[],
    ),
    (
        "the own namespace alone",
        "T§3: NP without namespaceSelector; traps 10b",
        Np,
        "source: {selector: \"app == 'web'\"}",
        &["web"],
        &["twin"],
    ),
    (
        "another namespace by label, in vain",
        "traps 10b",
        Np,
        "source: {selector: \"projectcalico.org/namespace == 'pay'\"}",
        &[],
        &["cart", "web"],
    ),
    (
        "another namespace by label, and all()",
        "traps 10: every positive cross-namespace expression carries `namespaceSelector: all()`",
        Np,
        r#"source: {selector: "projectcalico.org/namespace == 'pay'", namespaceSelector: all()}"#,
        &["cart"],
        &["web"],
    ),
    (
        "namespaces by name",
        "T§3: keys are prefixed pcns.",
        Np,
        r#"source: {namespaceSelector: "projectcalico.org/name == 'pay'"}"#,
        &["cart"],
        &["web", "outside"],
    ),
    (
        "namespaces by Kubernetes' name",
        "T§3: the K8s label",
        Gnp,
        r#"source: {namespaceSelector: "kubernetes.io/metadata.name == 'pay'"}"#,
        &["twin"],
        &["api"],
    ),
    (
        "namespaces by label",
        "T§3: pcns.<k8s label>",
        Np,
        r#"source: {namespaceSelector: "team == 'blue'"}"#,
        &["cart"],
        &["web"],
    ),
    (
        "namespaces and pods",
        "T§3: AND with namespaceSelector",
        Np,
        r#"source: {namespaceSelector: "team == 'blue'", selector: "app == 'web'"}"#,
        &["twin"],
        &["cart", "web"],
    ),
    (
        "namespaceSelector all()",
        "T§3: `has(projectcalico.org/namespace)`",
        Gnp,
        "source: {namespaceSelector: all()}",
        &["cart", "web"],
        &["outside", "node"],
    ),
    (
        "namespaceSelector all(), negated",
        "updateprocessors/rules.go: all() is replaced wherever it stands",
        Gnp,
        "source: {namespaceSelector: \"!all()\"}",
        &[],
        &["cart", "outside"],
    ),
    (
        "a label of the namespace within a selector",
        "T§3: labels are inherited from profiles",
        Gnp,
        r#"source: {selector: "pcns.env == 'prod'"}"#,
        &["cart"],
        &["web"],
    ),
];

#[test]
fn selectors_and_namespaces() {
    check(SELECTORS_AND_NAMESPACES, "");
}

const NEGATED_SELECTORS: &[Row] = &[
    (
        "of a namespaced policy",
        "T§3 notSelector trap; traps 10a: never outsiders",
        Np,
        r#"source: {notSelector: "app == 'web'"}"#,
        &["api"],
        &["web", "cart", "outside"],
    ),
    (
        "of a namespaced policy, with all namespaces",
        "traps 10a: `namespaceSelector: all()` does not repair it",
        Np,
        r#"source: {notSelector: "app == 'web'", namespaceSelector: all()}"#,
        &["cart"],
        &["twin", "outside"],
    ),
    (
        "of a global policy",
        "T§3: GNP matches everything that is not X",
        Gnp,
        r#"source: {notSelector: "projectcalico.org/namespace == 'pay'"}"#,
        &["web", "outside", "node", "outside6"],
        &["cart"],
    ),
    (
        "of a global policy, with namespaces",
        "updateprocessors/rules.go: namespaceSelector makes it positive",
        Gnp,
        r#"source: {notSelector: "app == 'web'", namespaceSelector: "team == 'blue'"}"#,
        &["cart"],
        &["twin", "web", "outside"],
    ),
    (
        "beside a positive one",
        "T§3 EntityRule conversion",
        Gnp,
        r#"source: {selector: has(release), notSelector: "app == 'web'"}"#,
        &["cart"],
        &["web", "api"],
    ),
    (
        "all() leaves those that are no endpoints",
        "T§3: pods in the node's network are no endpoints",
        Gnp,
        "source: {notSelector: all()}",
        &["outside", "node"],
        &["web"],
    ),
];

#[test]
fn negated_selectors() {
    check(NEGATED_SELECTORS, "");
}

const SERVICE_ACCOUNTS: &[Row] = &[
    (
        "names in the own namespace",
        "T§3: in NP without namespaceSelector the own namespace",
        Np,
        "source: {serviceAccounts: {names: [web]}}",
        &["web"],
        &["twin", "outside"],
    ),
    (
        "names in every namespace",
        "T§3: names do not carry a namespace",
        Gnp,
        "source: {serviceAccounts: {names: [web, cart]}}",
        &["web", "twin", "cart"],
        &["api"],
    ),
    (
        "names in a namespace",
        "T§3: one rule per (ns, names)",
        Gnp,
        r#"source: {serviceAccounts: {names: [web]}, namespaceSelector: "projectcalico.org/name == 'pay'"}"#,
        &["twin"],
        &["web", "cart"],
    ),
    (
        "names and a selector of accounts",
        "T§3: names AND selector are ANDed; pcsa. prefix",
        Gnp,
        r#"source: {serviceAccounts: {names: [web, api], selector: "projectcalico.org/name == 'api'"}}"#,
        &["api"],
        &["web"],
    ),
    (
        "a selector of accounts",
        "T§3: pcsa.projectcalico.org/name",
        Np,
        r#"source: {serviceAccounts: {selector: "projectcalico.org/name == 'web'"}}"#,
        &["web"],
        &["api", "twin"],
    ),
    (
        "names and pods",
        "T§3: AND with selector",
        Gnp,
        r"source: {serviceAccounts: {names: [web]}, selector: has(release)}",
        &["web"],
        &["twin"],
    ),
    (
        "an account that nobody has",
        "T§3: hostNetwork pods match no service account ever",
        Gnp,
        "source: {serviceAccounts: {names: [node]}}",
        &[],
        &["node", "web"],
    ),
    (
        "no names",
        "updateprocessors/rules.go: an empty match is none",
        Np,
        "source: {serviceAccounts: {names: []}}",
        &["outside"],
        &[],
    ),
];

#[test]
fn service_accounts() {
    check(SERVICE_ACCOUNTS, "");
}
