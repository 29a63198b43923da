//! Policies as a whole, and what stands around them: one small input for each.
//!
//! Each joins the cluster beside this file. What becomes of it is not known here.

/// An input about a policy as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    /// In words.
    pub(super) name: &'static str,
    /// The action, or kind, of the policy.
    pub(super) action: &'static str,
    /// The documents.
    pub(super) documents: &'static str,
    /// The same without the rule that is probed; `None` where the policy is probed as a whole, so that
    /// anything written for it carries it.
    pub(super) twin: Option<&'static str>,
    /// Whether the input says which namespaces are in the mesh.
    pub(super) closed: bool,
}

const fn whole(name: &'static str, action: &'static str, documents: &'static str) -> Whole {
    Whole { name, action, documents, twin: None, closed: true }
}

/// The documents of an AuthorizationPolicy on `orders` from its spec's further lines.
macro_rules! policy {
    ($spec:literal) => {
        concat!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n",
            "metadata: {name: probe, namespace: shop}\nspec:\n",
            "  selector: {matchLabels: {app: orders}}\n",
            $spec
        )
    };
}

/// The documents of a PeerAuthentication: namespace and spec.
macro_rules! peer {
    ($namespace:literal, $spec:literal) => {
        concat!(
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: probe, namespace: ",
            $namespace,
            "}\nspec:\n",
            $spec
        )
    };
}

/// A NetworkPolicy of Kubernetes on `orders` that lets all of a namespace in.
macro_rules! beside {
    () => {
        concat!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n",
            "metadata: {name: beside, namespace: shop}\nspec:\n  podSelector: {matchLabels: {app: orders}}\n",
            "  policyTypes: [Ingress]\n  ingress:\n",
            "  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}]\n"
        )
    };
}

/// A workload beside `orders` that keeps a port from its proxy.
macro_rules! excluded {
    () => {
        concat!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: stock, namespace: shop}\nspec:\n",
            "  selector: {matchLabels: {app: stock}}\n  template:\n    metadata:\n      labels: {app: stock}\n",
            "      annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '9090'}\n    spec:\n",
            "      containers: [{name: stock, image: 'registry.example/stock:1'}]\n"
        )
    };
}

/// A workload whose one port is declared to carry TCP.
macro_rules! raw {
    () => {
        concat!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: queue, namespace: shop}\nspec:\n",
            "  selector: {app: queue}\n  ports: [{name: tcp, port: 9000}]\n",
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: queue, namespace: shop}\nspec:\n",
            "  selector: {matchLabels: {app: queue}}\n  template:\n    metadata: {labels: {app: queue}}\n",
            "    spec: {containers: [{name: queue, image: 'registry.example/queue:1'}]}\n"
        )
    };
}

/// A policy on that workload: action, and further lines of its spec.
macro_rules! raw_policy {
    ($action:literal, $spec:literal) => {
        concat!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n",
            "metadata: {name: probe, namespace: shop}\nspec:\n",
            "  selector: {matchLabels: {app: queue}}\n  action: ",
            $action,
            "\n",
            $spec
        )
    };
}

/// Policies by what they do.
pub(super) const POLICIES: &[Whole] = &[
    whole("no rule: refuses all", "ALLOW", policy!("  action: ALLOW\n")),
    whole("a rule that matches everything", "ALLOW", policy!("  action: ALLOW\n  rules: [{}]\n")),
    whole("a rule that matches everything", "DENY", policy!("  action: DENY\n  rules: [{}]\n")),
    whole(
        "an external authorizer for a port",
        "CUSTOM",
        policy!(
            "  action: CUSTOM\n  provider: {name: opa}\n  rules: [{to: [{operation: {ports: ['8080']}}]}]\n"
        ),
    ),
    whole("a rule that matches everything", "AUDIT", policy!("  action: AUDIT\n  rules: [{}]\n")),
    whole(
        "a dry run",
        "DENY",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: probe\n  namespace: shop\n  annotations: {istio.io/dry-run: 'true'}\nspec:\n  selector: {matchLabels: {app: orders}}\n  action: DENY\n  rules: [{}]\n",
    ),
    whole(
        "in the root namespace, for the whole mesh",
        "ALLOW",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: istio-system}\nspec:\n  rules: [{from: [{source: {namespaces: [web]}}]}]\n",
    ),
    whole(
        "in the root namespace, for the whole mesh",
        "DENY",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: istio-system}\nspec:\n  action: DENY\n  rules: [{from: [{source: {namespaces: [web]}}]}]\n",
    ),
    whole(
        "on a gateway",
        "ALLOW",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: istio-system}\nspec:\n  selector: {matchLabels: {istio: ingressgateway}}\n  rules: [{from: [{source: {ipBlocks: [203.0.113.0/24]}}]}]\n",
    ),
    Whole {
        closed: false,
        ..whole(
            "on workloads in ambient mode",
            "DENY",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: calm, labels: {istio.io/dataplane-mode: ambient}}\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: calm}\nspec:\n  action: DENY\n  rules: [{from: [{source: {namespaces: [web]}}]}]\n",
        )
    },
];

/// Mutual TLS and tokens.
pub(super) const AUTHENTICATION: &[Whole] = &[
    whole("STRICT for the mesh", "PeerAuthentication", peer!("istio-system", "  mtls: {mode: STRICT}\n")),
    whole("STRICT for a namespace", "PeerAuthentication", peer!("shop", "  mtls: {mode: STRICT}\n")),
    whole(
        "STRICT for a workload",
        "PeerAuthentication",
        peer!("shop", "  selector: {matchLabels: {app: orders}}\n  mtls: {mode: STRICT}\n"),
    ),
    whole(
        "STRICT on one port",
        "PeerAuthentication",
        peer!("shop", "  selector: {matchLabels: {app: orders}}\n  portLevelMtls: {8080: {mode: STRICT}}\n"),
    ),
    whole(
        "STRICT for the mesh, PERMISSIVE for a workload",
        "PeerAuthentication",
        concat!(
            peer!("istio-system", "  mtls: {mode: STRICT}\n"),
            "---\n",
            peer!("shop", "  selector: {matchLabels: {app: orders}}\n  mtls: {mode: PERMISSIVE}\n")
        ),
    ),
    whole(
        "STRICT but for one port",
        "PeerAuthentication",
        peer!(
            "shop",
            "  selector: {matchLabels: {app: orders}}\n  mtls: {mode: STRICT}\n  portLevelMtls: {9090: {mode: PERMISSIVE}}\n"
        ),
    ),
    whole("PERMISSIVE", "PeerAuthentication", peer!("shop", "  mtls: {mode: PERMISSIVE}\n")),
    whole("DISABLE", "PeerAuthentication", peer!("shop", "  mtls: {mode: DISABLE}\n")),
    whole(
        "DISABLE, under an ALLOW by identity",
        "ALLOW",
        concat!(
            policy!("  rules: [{from: [{source: {namespaces: [web]}}]}]\n"),
            "---\n",
            peer!("shop", "  mtls: {mode: DISABLE}\n")
        ),
    ),
    whole(
        "tokens of one issuer",
        "RequestAuthentication",
        "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: probe, namespace: shop}\nspec:\n  selector: {matchLabels: {app: orders}}\n  jwtRules: [{issuer: issuer.example, jwksUri: 'https://issuer.example/keys'}]\n",
    ),
];

/// What stands beside a policy.
pub(super) const SURROUNDINGS: &[Whole] = &[
    Whole {
        twin: Some(concat!(policy!("  action: ALLOW\n"), beside!())),
        ..whole(
            "an ALLOW by identity, beside a NetworkPolicy",
            "ALLOW",
            concat!(
                policy!("  rules: [{from: [{source: {principals: [cluster.local/ns/web/sa/frontend]}}]}]\n"),
                beside!()
            ),
        )
    },
    whole(
        "an ALLOW that refuses all, beside a NetworkPolicy",
        "ALLOW",
        concat!(policy!("  action: ALLOW\n"), beside!()),
    ),
    whole(
        "a DENY by identity, beside a NetworkPolicy",
        "DENY",
        concat!(
            policy!(
                "  action: DENY\n  rules: [{from: [{source: {principals: [cluster.local/ns/web/sa/frontend]}}]}]\n"
            ),
            beside!()
        ),
    ),
    whole(
        "STRICT, beside a NetworkPolicy",
        "PeerAuthentication",
        concat!(peer!("shop", "  mtls: {mode: STRICT}\n"), beside!()),
    ),
    Whole {
        twin: Some(concat!(policy!("  action: ALLOW\n"), beside!())),
        ..whole(
            "an ALLOW by path, beside a NetworkPolicy",
            "ALLOW",
            concat!(policy!("  rules: [{to: [{operation: {paths: [/orders]}}]}]\n"), beside!()),
        )
    },
    whole(
        "a port outside the mesh on all pods of the policy",
        "DENY",
        concat!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: shop}\nspec:\n  selector: {matchLabels: {app: stock}}\n  action: DENY\n  rules: [{from: [{source: {namespaces: [web]}}]}]\n",
            excluded!()
        ),
    ),
    whole(
        "a port outside the mesh on some pods of the policy",
        "DENY",
        concat!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: shop}\nspec:\n  action: DENY\n  rules: [{from: [{source: {namespaces: [web]}}]}]\n",
            excluded!()
        ),
    ),
    Whole {
        twin: Some(concat!(raw_policy!("ALLOW", ""), raw!())),
        ..whole(
            "a path, on a port that carries TCP",
            "ALLOW",
            concat!(
                raw_policy!("ALLOW", "  rules: [{to: [{operation: {paths: [/orders], ports: ['9000']}}]}]\n"),
                raw!()
            ),
        )
    },
    whole(
        "a path, on a port that carries TCP",
        "DENY",
        concat!(
            raw_policy!("DENY", "  rules: [{to: [{operation: {paths: [/orders], ports: ['9000']}}]}]\n"),
            raw!()
        ),
    ),
    Whole {
        twin: Some(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: web}\nspec:\n  selector: {matchLabels: {app: frontend}}\n",
        ),
        ..whole(
            "a path, where no Service says that a port carries HTTP",
            "ALLOW",
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: probe, namespace: web}\nspec:\n  selector: {matchLabels: {app: frontend}}\n  rules: [{to: [{operation: {paths: [/orders]}}]}]\n",
        )
    },
];
