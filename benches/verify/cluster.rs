//! A generated cluster: workloads, Services, policies, by seed.

use crate::random::Random;
use std::fmt::Write;

const NAMESPACES: usize = 20;
/// Applications of a namespace: what policies select.
const APPS: usize = 11;
/// What was generated.
pub(crate) struct Cluster {
    pub(crate) text: String,
    pub(crate) workloads: usize,
    pub(crate) policies: usize,
}

/// The YAML of a cluster: its workloads are spread over all applications, and for ten of them there
/// are three policies, of which every second one reads HTTP.
pub(crate) fn cluster(seed: u64, workloads: usize) -> Cluster {
    let policies = workloads * 3 / 10;
    let mut random = Random::new(seed);
    let mut text = String::new();
    for number in 0..NAMESPACES {
        namespace(&mut text, number);
    }
    for app in 0..NAMESPACES * APPS {
        service(&mut text, app);
    }
    for number in 0..workloads {
        workload(&mut text, number);
    }
    for number in 0..policies {
        policy(&mut text, number, &mut random);
    }
    for number in 0..NAMESPACES / 4 {
        network_policy(&mut text, number * 4);
    }
    Cluster { text, workloads, policies }
}

fn document(text: &mut String, version: &str, kind: &str, namespace: Option<usize>, name: &str, rest: &str) {
    let namespace = namespace.map(|number| format!("  namespace: team-{number}\n")).unwrap_or_default();
    write!(text, "---\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}{rest}")
        .expect("a String takes all");
}

/// Two of three are injected by label and demand mutual TLS; the rest takes plaintext too.
fn namespace(text: &mut String, number: usize) {
    let name = format!("team-{number}");
    document(text, "v1", "Namespace", None, &name, "  labels:\n    istio-injection: enabled\n");
    if !number.is_multiple_of(3) {
        let spec = "spec:\n  mtls:\n    mode: STRICT\n";
        document(text, "security.istio.io/v1", "PeerAuthentication", Some(number), "default", spec);
    }
    if number.is_multiple_of(5) {
        let spec = "spec:\n  selector:\n    matchLabels:\n      app: app-1\n  mtls:\n    mode: STRICT\n  \
                    portLevelMtls:\n    9090:\n      mode: PERMISSIVE\n";
        document(text, "security.istio.io/v1", "PeerAuthentication", Some(number), "scraped", spec);
    }
}

/// HTTP on 8080, bytes on 3306, and a third port that nobody declares on every fourth application.
fn service(text: &mut String, number: usize) {
    let (namespace, app) = (number / APPS, number % APPS);
    let third = if app.is_multiple_of(4) { "  - name: other\n    port: 9090\n" } else { "" };
    let spec = format!(
        "spec:\n  selector:\n    app: app-{app}\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8080\n  \
         - name: tcp-data\n    port: 3306\n{third}"
    );
    document(text, "v1", "Service", Some(namespace), &format!("app-{app}"), &spec);
}

/// Workloads of one application differ in labels that no policy asks for, and in some that one does.
fn workload(text: &mut String, number: usize) {
    let (namespace, variant) = (number % NAMESPACES, number / NAMESPACES);
    let (app, version) = (variant % APPS, variant / APPS);
    let tier = if version == 0 { "front" } else { "back" };
    let labels = format!("app: app-{app}, version: v{version}, tier: {tier}");
    let spec = format!(
        "spec:\n  selector:\n    matchLabels: {{app: app-{app}, version: v{version}}}\n  template:\n    \
         metadata:\n      labels: {{{labels}}}\n    spec:\n      serviceAccountName: app-{app}\n      \
         containers:\n      - name: main\n        image: registry.example/app-{app}:v{version}\n        ports:\n        \
         - containerPort: 8080\n        - containerPort: 3306\n"
    );
    document(text, "apps/v1", "Deployment", Some(namespace), &format!("app-{app}-v{version}"), &spec);
}

fn policy(text: &mut String, number: usize, random: &mut Random) {
    let (namespace, round) = (number % NAMESPACES, number / NAMESPACES);
    let l7 = number.is_multiple_of(2) == round.is_multiple_of(2);
    let deny = random.chance(25);
    let selector = match random.below(10) {
        0 if deny => String::new(),
        1 => "  selector:\n    matchLabels: {tier: back}\n".to_string(),
        _ => format!("  selector:\n    matchLabels: {{app: app-{}}}\n", random.below(APPS)),
    };
    let action = if deny { "DENY" } else { "ALLOW" };
    let rules: String = (0..=random.below(3)).map(|_| rule(namespace, l7, deny, random)).collect();
    let spec = format!("spec:\n{selector}  action: {action}\n  rules:\n{rules}");
    let name = format!("policy-{round}");
    document(text, "security.istio.io/v1", "AuthorizationPolicy", Some(namespace), &name, &spec);
}

fn rule(namespace: usize, l7: bool, deny: bool, random: &mut Random) -> String {
    let other = random.below(NAMESPACES);
    let (one, two) = (random.below(APPS), random.below(APPS));
    let from = match random.below(6) {
        0 | 1 => format!(
            "principals: [cluster.local/ns/team-{namespace}/sa/app-{one}, cluster.local/ns/team-{other}/sa/app-{two}]"
        ),
        2 => format!("namespaces: [team-{namespace}, team-{other}]"),
        3 if deny => format!("notNamespaces: [team-{namespace}, team-{other}]"),
        3 => "principals: ['*']".to_string(),
        4 => {
            format!("namespaces: [team-{other}], notPrincipals: [cluster.local/ns/team-{other}/sa/app-{one}]")
        }
        _ => format!("ipBlocks: [10.{other}.0.0/16], notIpBlocks: [10.{other}.7.0/24]"),
    };
    let to = if l7 {
        match random.below(4) {
            0 => format!("methods: [GET, HEAD], paths: [/api/{one}/*, /healthz]"),
            1 => format!("paths: [/v{one}/*, /v{two}], notPaths: [/v{one}/admin*]"),
            2 => "methods: [POST, PUT], hosts: ['*.example', 'shop.example:*']".to_string(),
            _ => format!("methods: [GET], ports: ['8080'], paths: ['/reports/{one}*', '*.json']"),
        }
    } else {
        random
            .pick(&["ports: ['8080']", "ports: ['3306']", "ports: ['8080', '9090']", "notPorts: ['3306']"])
            .to_string()
    };
    let when = match random.below(10) {
        0 if l7 => "    when:\n    - key: request.headers[x-team]\n      values: [blue, 'green-*']\n",
        1 if l7 => "    when:\n    - key: request.auth.claims[group]\n      values: [staff]\n",
        _ => "",
    };
    format!("  - from:\n    - source: {{{from}}}\n    to:\n    - operation: {{{to}}}\n{when}")
}

/// A network policy that stands beside the mesh, on one application.
fn network_policy(text: &mut String, namespace: usize) {
    let spec = "spec:\n  podSelector:\n    matchLabels:\n      app: app-2\n  policyTypes: [Ingress]\n  ingress:\n  \
                - from:\n    - namespaceSelector: {}\n    ports:\n    - port: 8080\n";
    document(text, "networking.k8s.io/v1", "NetworkPolicy", Some(namespace), "isolated", spec);
}
