//! The words of alarms, as the program says them: what is told of whom, what to do, and in whose words.
#![expect(clippy::expect_used, reason = "helpers of tests: what cannot run has failed")]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Two namespaces of the mesh, and a workload with ports for HTTP and for plain TCP.
const MESH: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 8080}, {name: tcp-db, port: 5432}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web, ports: [{containerPort: 8080}, {containerPort: 5432}]}]
---
";

/// What comes out of a run: the exit status, and all that it says, on one line.
fn run(args: &str, policies: &str) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_unmesh"))
        .args(args.split_whitespace())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(format!("{MESH}{policies}").as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("text").replace(['|', '\n'], " ");
    (output.status.code(), said.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An AuthorizationPolicy of the workload.
fn policy(spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
    )
}

struct Row {
    fact: &'static str,
    args: &'static str,
    spec: &'static str,
    says: &'static [&'static str],
    never: &'static [&'static str],
}

#[test]
fn alarms_say_what_is_so_and_what_to_do() {
    let rows = [
        Row {
            fact: "an account in a pattern is refused in the gateways' namespace, and nobody else there",
            args: "lint --target calico@3.32",
            spec: "{action: DENY, rules: [{from: [{source: {principals: ['*/sa/x']}}]}]}",
            says: &["UM405", "pods there with an account that is meant, gateways or not, are refused"],
            never: &["all pods there"],
        },
        Row {
            fact: "every account in a pattern means all pods of the gateways' namespace",
            args: "lint --target calico@3.32",
            spec: "{action: DENY, rules: [{from: [{source: {principals: ['*']}}]}]}",
            says: &["UM405", "all pods there are refused"],
            never: &["an account that is meant"],
        },
        Row {
            fact: "any path is all but CONNECT, for Calico",
            args: "lint --target calico@3.28",
            spec: "{rules: [{to: [{operation: {paths: ['*']}}]}]}",
            says: &[
                "UM401",
                "the path `*` leaves out nothing but CONNECT",
                "write `methods: [\"*\"]` in its place",
            ],
            never: &["label the templates"],
        },
        Row {
            fact: "any path is all but CONNECT, for Kubernetes",
            args: "lint --target kubernetes",
            spec: "{rules: [{to: [{operation: {paths: ['*']}}]}]}",
            says: &["UM402", "the path `*` leaves out nothing but CONNECT"],
            never: &["Calico", "Dikastes", "check methods and paths"],
        },
        Row {
            fact: "some paths are not any path",
            args: "lint --target calico@3.28",
            spec: "{rules: [{to: [{operation: {paths: ['*']}}, {operation: {paths: [/a]}}]}]}",
            says: &["UM401", "label the templates"],
            never: &["CONNECT"],
        },
        Row {
            fact: "Kubernetes takes no paths, however they are named",
            args: "lint --target kubernetes",
            spec: "{rules: [{to: [{operation: {paths: ['*.html'], ports: ['8080']}}]}]}",
            says: &["UM208", "help: check methods and paths in the application"],
            never: &["Calico", "Dikastes", "name exact paths"],
        },
        Row {
            fact: "Kubernetes takes no methods, however they are named",
            args: "lint --target kubernetes",
            spec: "{rules: [{to: [{operation: {methods: ['G*'], notPaths: [/a]}}]}]}",
            says: &["UM207", "UM210", "help: check methods and paths in the application"],
            never: &["Calico", "Dikastes", "name each method", "name the methods"],
        },
        Row {
            fact: "Kubernetes has no method and path to allow in place of a refusal",
            args: "lint --target kubernetes",
            spec: "{action: DENY, rules: [{to: [{operation: {paths: [/a], ports: ['8080']}}]}]}",
            says: &["UM211", "allow the peers that are meant instead"],
            never: &["Calico", "Dikastes", "by method and path"],
        },
        Row {
            fact: "Calico has",
            args: "lint --target calico@3.28",
            spec: "{action: DENY, rules: [{to: [{operation: {paths: [/a], ports: ['8080']}}]}]}",
            says: &["UM211", "by method and path"],
            never: &["the peers that are meant"],
        },
        Row {
            fact: "what logs is none of Calico's where the target is Kubernetes",
            args: "lint --target kubernetes",
            spec: "{action: AUDIT, rules: [{}]}",
            says: &["UM213"],
            never: &["Calico"],
        },
    ];
    let mut wrong = Vec::new();
    for Row { fact, args, spec, says, never } in rows {
        let (_, said) = run(args, &policy(spec));
        let missing =
            says.iter().filter(|words| !said.contains(*words)).map(|words| format!("not said: {words}"));
        let surplus =
            never.iter().filter(|words| said.contains(*words)).map(|words| format!("said: {words}"));
        wrong.extend(missing.chain(surplus).map(|fault| format!("{fact}: {fault}\n{said}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn protocols_beside_tcp_are_told_once_with_what_accepts_them() {
    let policies = format!(
        "{}---\n{}",
        policy("{rules: [{from: [{source: {namespaces: [shop]}}]}]}"),
        policy("{selector: {matchLabels: {app: web}}, rules: [{}]}").replace("name: p", "name: q")
    );
    let (status, said) = run("lint --target kubernetes", &policies);
    assert_eq!((status, said.matches("UM420").count()), (Some(1), 1), "{said}");
    let accepting = "--accept other-protocols";
    assert!(said.contains(accepting), "{said}");
    let (status, said) = run(&format!("lint --target kubernetes {accepting}"), &policies);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("UM420 other-protocols (narrows, accepted)"), "{said}");
}

#[test]
fn strict_that_another_policy_goes_before_does_not_fall_back_to_a_wider_one() {
    let policies = "
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: wide, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: narrow, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: first, namespace: shop}
spec:
  order: 100
  selector: app == 'web'
  types: [Ingress]
  ingress: [{action: Allow}]
";
    let args =
        "verify --target calico@3.28 --mesh-namespaces shop --accept in-force-first --accept encryption-ends";
    let (_, said) = run(args, policies);
    assert!(said.contains("UM502 in-force-first (widens, accepted)"), "{said}");
    assert!(!said.contains("UM601") && !said.contains("fails"), "{said}");
}
