//! Generated input: a cluster of any size.

use std::fmt::Write;
use std::path::Path;

/// Documents that one application gives, those of its namespace left aside.
pub(crate) const DOCUMENTS: usize = 8;
/// Applications that share a namespace.
const SHARE: usize = 20;

/// One application of a cluster, as its own files would have it: a workload with its Service and
/// account, the policies on it, and its routes; with the first one of a namespace, the namespace,
/// which requires mutual TLS. Each number gives other objects.
pub(crate) fn application(number: usize) -> String {
    let (namespace, name) = (format!("team-{}", number / SHARE), format!("app-{number}"));
    let caller = format!("app-{}", number.saturating_sub(1));
    let mut text = if number.is_multiple_of(SHARE) { self::namespace(&namespace) } else { String::new() };
    let mut document = |version: &str, kind: &str, name: &str, rest: &str| {
        let written = write!(
            text,
            "---\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\n{rest}"
        );
        written.expect("a String takes all");
    };
    document("v1", "ServiceAccount", &name, "");
    document(
        "v1",
        "Service",
        &name,
        &format!(
            "spec:\n  selector:\n    app: {name}\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8080\n"
        ),
    );
    document(
        "apps/v1",
        "Deployment",
        &name,
        &format!(
            "  labels:\n    app: {name}\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: {name}\n  \
             template:\n    metadata:\n      labels:\n        app: {name}\n    \
             spec:\n      serviceAccountName: {name}\n      containers:\n      - name: main\n        \
             image: registry.example/{name}:1.0\n        ports:\n        - containerPort: 8080\n        env:\n{}",
            environment(number)
        ),
    );
    document(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        &name,
        &format!(
            "spec:\n  selector:\n    matchLabels:\n      app: {name}\n  rules:\n  - from:\n    - source:\n        \
             principals:\n        - cluster.local/ns/{namespace}/sa/{caller}\n    to:\n    - operation:\n        \
             methods: [GET, POST]\n        paths: [\"/api/*\", /healthz]\n"
        ),
    );
    document(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        &format!("{name}-admin"),
        &format!(
            "spec:\n  selector:\n    matchLabels:\n      app: {name}\n  action: DENY\n  rules:\n  - from:\n    \
             - source:\n        notNamespaces: [{namespace}]\n    to:\n    - operation:\n        ports: [\"9090\"]\n"
        ),
    );
    document(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        &name,
        &format!("spec:\n  scaleTargetRef:\n    kind: Deployment\n    name: {name}\n  maxReplicas: 8\n"),
    );
    document(
        "networking.istio.io/v1",
        "VirtualService",
        &name,
        &format!(
            "spec:\n  hosts: [{name}]\n  http:\n  - match:\n    - uri:\n        prefix: /api\n    timeout: 5s\n    \
             route:\n    - destination:\n        host: {name}\n        port:\n          number: 80\n"
        ),
    );
    document(
        "v1",
        "ConfigMap",
        &name,
        "data:\n  settings.yaml: |\n    level: info\n    greeting: \"hello, world\"\n",
    );
    text
}

/// A namespace of the mesh.
fn namespace(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n  labels:\n    istio-injection: enabled\n\
         ---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  \
         namespace: {name}\nspec:\n  mtls:\n    mode: STRICT\n"
    )
}

/// What makes a Deployment as long as real ones are.
fn environment(number: usize) -> String {
    let setting = |key| format!("        - name: SETTING_{key}\n          value: \"value-{number}-{key}\"\n");
    (0..30).map(setting).collect()
}

/// Writes `files` files of `each` applications.
pub(crate) fn tree(dir: &Path, files: usize, each: usize) {
    for file in 0..files {
        let text: String = (file * each..(file + 1) * each).map(application).collect();
        std::fs::write(dir.join(format!("{file:05}.yaml")), text).expect("the file is written");
    }
}
