//! Differences that random worlds showed and no finding told, each as the smallest input that shows it.
//!
//! Every row names the finding that tells it now: its code, the field that it underlines, and its
//! direction. Nothing else may differ untold.

mod engines;

use std::path::PathBuf;
use unmesh::config::{L7, Settings, Target};
use unmesh::finding::Rules;
use unmesh::pipeline;
use unmesh::source::{SourceFile, Sources};

struct Row {
    name: &'static str,
    target: &'static str,
    l7: L7,
    /// `--mesh-namespaces`; none where the flag is not given.
    mesh_namespaces: &'static [&'static str],
    /// One object in each line: kind, namespace, name, and what follows `metadata`.
    objects: &'static str,
    /// Code, object, field and direction.
    told: &'static [&'static str],
}

const ROW: Row =
    Row { name: "", target: "calico@3.28", l7: L7::None, mesh_namespaces: &[], objects: "", told: &[] };

const ROWS: &[Row] = &[
    Row {
        name: "a gateway is set apart by the labels of its template, also where the input shows no pod of them",
        objects: "
            Gateway a gate
            AuthorizationPolicy istio-system p {}",
        told: &[],
        ..ROW
    },
    Row {
        name: "no one word names the gateway whole: pods without a proxy may have its account",
        objects: "
            AuthorizationPolicy a p {rules: [{from: [{source: {namespaces: [istio-system], principals: ['*/sa/x']}}]}]}",
        told: &["UM405 p spec.rules[0].from[0].source.namespaces[0] narrows"],
        ..ROW
    },
    Row {
        name: "a gateway that another policy names goes from a DENY of its namespace",
        objects: "
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {namespaces: [istio-system]}}]}]}
            AuthorizationPolicy b q {action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/istio-system/sa/gateway]}}]}]}",
        told: &["UM405 p spec.rules[0].from[0].source.namespaces[0] widens"],
        ..ROW
    },
    Row {
        name: "a gateway that another policy names goes from an ALLOW of all but its account",
        objects: "
            AuthorizationPolicy a p {rules: [{from: [{source: {notPrincipals: ['*/sa/x']}}]}]}
            AuthorizationPolicy b q {action: DENY, rules: [{from: [{source: {serviceAccounts: [istio-system/x]}}]}]}",
        told: &["UM405 p spec.rules[0].from[0].source.notPrincipals[0] widens"],
        ..ROW
    },
    Row {
        name: "a DENY reaches the identity of another trust domain that another policy names",
        objects: "
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {namespaces: [a]}}]}]}
            AuthorizationPolicy b q {action: DENY, rules: [{from: [{source: {principals: [other.domain/ns/a/sa/x]}}]}]}",
        told: &["UM217 p spec.rules[0].from[0].source.namespaces[0] narrows"],
        ..ROW
    },
    Row {
        name: "an ALLOW of all but an account excepts that of another trust domain too",
        objects: "
            AuthorizationPolicy a p {rules: [{from: [{source: {notPrincipals: ['*/sa/x']}}]}]}
            AuthorizationPolicy b q {action: DENY, rules: [{from: [{source: {principals: [other.domain/ns/a/sa/x]}}]}]}",
        told: &["UM217 p spec.rules[0].from[0].source.notPrincipals[0] narrows"],
        ..ROW
    },
    Row {
        name: "a namespace that is not listed has no identity to be refused by",
        mesh_namespaces: &["a"],
        objects: "
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/out/sa/x]}}]}]}",
        told: &["UM409 p spec.rules[0].from[0].source.principals[0] none"],
        ..ROW
    },
    Row {
        name: "STRICT refuses what takes the place of a gateway",
        mesh_namespaces: &["a"],
        objects: "
            Gateway istio-system gateway
            PeerAuthentication a p {mtls: {mode: STRICT}}",
        told: &["UM405 p spec.mtls.mode narrows"],
        ..ROW
    },
    Row {
        name: "a policy of a namespace that is not listed never acted",
        mesh_namespaces: &["a"],
        objects: "AuthorizationPolicy out p {rules: [{to: [{operation: {ports: ['80']}}]}]}",
        told: &["UM409 p spec narrows"],
        ..ROW
    },
    Row {
        name: "beyond the proxies DISABLE takes the identities as before them",
        mesh_namespaces: &["a"],
        objects: "
            AuthorizationPolicy out p {rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x]}}]}]}
            PeerAuthentication istio-system q {mtls: {mode: DISABLE}}",
        told: &["UM409 p spec narrows"],
        ..ROW
    },
    Row {
        name: "in a namespace outside the mesh policies do not select alike",
        mesh_namespaces: &["a"],
        objects: "
            Bare out db
            AuthorizationPolicy out p {rules: [{}]}
            AuthorizationPolicy out q {selector: {matchLabels: {tier: p}}, rules: [{to: [{operation: {ports: ['80']}}]}]}",
        told: &["UM409 p spec narrows", "UM409 q spec narrows"],
        ..ROW
    },
    Row {
        name: "a policy beside one that allows all leaves the policy in force to decide",
        objects: "
            AuthorizationPolicy istio-system p {rules: [{}]}
            AuthorizationPolicy a q {rules: [{to: [{operation: {ports: ['80']}}]}]}
            NetworkPolicy a isolate {podSelector: {}, ingress: [{ports: [{port: 8080, protocol: TCP}]}]}",
        ..ROW
    },
    Row {
        name: "a policy that allows all, beside one on more pods, leaves the policy in force to decide",
        objects: "
            AuthorizationPolicy a p {selector: {matchLabels: {app: web}}, rules: [{}]}
            AuthorizationPolicy a q {rules: [{to: [{operation: {ports: ['80']}}]}]}
            NetworkPolicy a isolate {podSelector: {}, ingress: [{ports: [{port: 8080, protocol: TCP}]}]}",
        told: &["UM501 q spec none"],
        ..ROW
    },
    Row {
        name: "beside a policy in force what a rule lets in by method is refused",
        l7: L7::Dikastes,
        objects: "
            Sidecar a web
            Service a web 80 http
            AuthorizationPolicy a p {rules: [{to: [{operation: {ports: ['3306']}}]}, {to: [{operation: {methods: [GET]}}]}]}
            NetworkPolicy a isolate {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
        told: &["UM501 p spec.rules[1] narrows"],
        ..ROW
    },
    Row {
        name: "beside a policy in force what two policies let in is let in by either",
        objects: "
            Sidecar a web
            AuthorizationPolicy istio-system p {rules: [{to: [{operation: {ports: ['80']}}]}]}
            AuthorizationPolicy a q {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {namespaces: [a], ipBlocks: [10.0.0.0/8]}}]}]}
            NetworkPolicy a isolate {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
        told: &["UM501 p spec none", "UM501 q spec none"],
        ..ROW
    },
    Row {
        name: "a template that says nothing, where another one speaks for the mesh",
        objects: "
            Namespace - b
            Sidecar b web
            Plain b db
            AuthorizationPolicy a p {rules: [{from: [{source: {namespaces: [b]}}]}]}
            PeerAuthentication istio-system q {mtls: {mode: STRICT}}",
        told: &["UM409 p spec.rules[0].from[0].source.namespaces[0] narrows"],
        ..ROW
    },
    Row {
        name: "a template that says nothing, where a policy names its namespace",
        objects: "
            Namespace - b
            Plain b db
            AuthorizationPolicy istio-system p {action: DENY, rules: [{from: [{source: {namespaces: [b]}}]}]}",
        ..ROW
    },
    Row {
        name: "a dry run names a namespace too",
        objects: "
            Namespace - b
            DryRun a p {rules: [{from: [{source: {namespaces: [b]}}]}]}
            PeerAuthentication istio-system q {mtls: {mode: STRICT}}",
        ..ROW
    },
    Row {
        name: "an account of the control plane's namespace that its template shows without a proxy, allowed",
        objects: "
            Plain istio-system web
            AuthorizationPolicy istio-system p {rules: [{from: [{source: {serviceAccounts: [x]}}]}]}",
        told: &["UM409 p spec.rules[0].from[0].source.serviceAccounts[0] narrows"],
        ..ROW
    },
    Row {
        name: "an account of the control plane's namespace that its template shows without a proxy, refused",
        objects: "
            Plain istio-system web
            AuthorizationPolicy istio-system p {action: DENY, rules: [{from: [{source: {serviceAccounts: [x]}}]}]}",
        told: &["UM409 p spec.rules[0].from[0].source.serviceAccounts[0] none"],
        ..ROW
    },
    Row {
        name: "an account of the control plane's namespace that its template shows without a proxy, excepted",
        objects: "
            Gateway istio-system gateway
            Plain istio-system web
            AuthorizationPolicy istio-system p {rules: [{from: [{source: {serviceAccounts: [x]}}]}]}
            AuthorizationPolicy a q {rules: [{from: [{source: {notPrincipals: ['cluster.local/*']}}]}]}",
        ..ROW
    },
    Row {
        name: "a wildcard does not name an account of the control plane's namespace",
        mesh_namespaces: &["a"],
        objects: "
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {principals: ['*/sa/x']}}]}]}",
        told: &["UM405 p spec.rules[0].from[0].source.principals[0] narrows"],
        ..ROW
    },
    Row {
        name: "ports that a policy leaves alone by the templates of another one",
        objects: "
            Excluding a job
            PeerAuthentication a p {mtls: {mode: STRICT}}
            PeerAuthentication a q {selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}}",
        told: &["UM415 q spec narrows"],
        ..ROW
    },
    Row {
        name: "templates that a narrower PeerAuthentication takes over tell of ports too",
        objects: "
            Sidecar a web
            Namespace enabled b
            Excluding b web
            PeerAuthentication a p {mtls: {mode: STRICT}}
            PeerAuthentication istio-system q {mtls: {mode: STRICT}}",
        told: &["UM415 q spec narrows"],
        ..ROW
    },
    Row {
        name: "a rule for any HTTP, where the input says nothing of some pods",
        objects: "
            Service a web 7000 http
            AuthorizationPolicy a p {rules: [{to: [{operation: {methods: ['*']}}]}]}",
        told: &["UM215 p spec.rules[0] narrows"],
        ..ROW
    },
    Row {
        name: "a rule for any HTTP, where another policy selects pods that the input does not show",
        objects: "
            Sidecar a web
            Service a web 80 http
            AuthorizationPolicy a p {rules: [{to: [{operation: {methods: ['*']}}]}]}
            AuthorizationPolicy a q {action: DENY, selector: {matchLabels: {app: db}}, rules: [{to: [{operation: {ports: ['1']}}]}]}",
        told: &["UM215 p spec.rules[0] narrows"],
        ..ROW
    },
    Row {
        name: "Dikastes lets plain TCP through by a rule for HTTP from 3.30 on",
        target: "calico@3.32",
        l7: L7::Dikastes,
        objects: "
            Service a web 7000 http
            AuthorizationPolicy a p {rules: [{to: [{operation: {methods: [GET]}}]}]}",
        told: &["UM215 p spec.rules[0] narrows"],
        ..ROW
    },
    Row {
        name: "a port is plain TCP on the pods behind one Service alone",
        objects: "
            Service a web 3306 tcp
            AuthorizationPolicy a p {rules: [{to: [{operation: {hosts: ['*'], ports: ['3306']}}]}]}",
        told: &["UM215 p spec.rules[0] narrows"],
        ..ROW
    },
    Row {
        name: "HTTP is spoken on ports that another rule names",
        objects: "
            Service a web 7000 http
            AuthorizationPolicy a p {selector: {matchLabels: {app: web}}, rules: [{to: [{operation: {hosts: [x], ports: ['80']}}]}, {to: [{operation: {methods: ['*']}}]}]}",
        told: &["UM215 p spec.rules[1] narrows"],
        ..ROW
    },
    Row {
        name: "a server name is lost on plain TCP as well",
        objects: "
            Service a web 3306 tcp
            AuthorizationPolicy a p {action: DENY, selector: {matchLabels: {app: web}}, rules: [{to: [{operation: {ports: ['3306']}}], when: [{key: connection.sni, values: [x]}]}]}",
        told: &["UM204 p spec.rules[0].when[0].values[0] narrows"],
        ..ROW
    },
    Row {
        name: "either PeerAuthentication of a tie may be in force",
        mesh_namespaces: &["a"],
        objects: "
            PeerAuthentication a p {mtls: {mode: STRICT}}
            Dated-2 a q {mtls: {mode: UNSET}}",
        told: &["UM121 q - narrows"],
        ..ROW
    },
    Row {
        name: "of two PeerAuthentications by different labels the older acts on pods with both",
        mesh_namespaces: &["a"],
        objects: "
            Dated-2 a p {selector: {matchLabels: {app: web}}}
            Dated-3 a q {selector: {matchLabels: {tier: p}}, mtls: {mode: STRICT}}",
        told: &["UM121 q - narrows"],
        ..ROW
    },
    Row {
        name: "a PeerAuthentication without a mode that inherits none tells nothing of ports",
        objects: "
            Excluding a job
            PeerAuthentication a p {mtls: {mode: UNSET}}
            Dated-3 a q {selector: {matchLabels: {app: job}}, mtls: {mode: STRICT}}
            AuthorizationPolicy a r {action: DENY, selector: {matchLabels: {app: db}}, rules: [{}]}",
        ..ROW
    },
    Row {
        name: "Dikastes to 3.28 refuses what only policies on egress select, so nothing is let in there",
        l7: L7::Dikastes,
        mesh_namespaces: &["a"],
        objects: "
            Plain a web
            NetworkPolicy a out {podSelector: {}, policyTypes: [Egress]}
            AuthorizationPolicy a p {rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}
            AuthorizationPolicy a q {action: DENY, rules: [{from: [{source: {ipBlocks: [10.1.0.0/16]}}]}]}
            PeerAuthentication a r {mtls: {mode: STRICT}}",
        told: &["UM501 p spec none", "UM501 q spec none", "UM501 r spec none"],
        ..ROW
    },
    Row {
        name: "what a DENY policy leaves open there stays shut, and other protocols open",
        l7: L7::Dikastes,
        objects: "
            Excluding a web
            NetworkPolicy a out {podSelector: {}, policyTypes: [Egress]}
            AuthorizationPolicy a q {action: DENY, rules: [{from: [{source: {ipBlocks: [10.1.0.0/16]}}]}]}",
        told: &["UM501 q spec none"],
        ..ROW
    },
    Row {
        name: "where pods are labelled for Dikastes, those alone stay shut",
        l7: L7::Unstated,
        objects: "
            Service a web 80 http
            Plain a web
            Plain a db
            NetworkPolicy a out {podSelector: {}, policyTypes: [Egress]}
            AuthorizationPolicy a p {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}
            AuthorizationPolicy b q {rules: [{to: [{operation: {methods: [GET], ports: ['80']}}]}]}
            AuthorizationPolicy a r {action: DENY, rules: [{from: [{source: {ipBlocks: [10.1.0.0/16]}}]}]}",
        told: &["UM501 p spec none", "UM501 r spec none"],
        ..ROW
    },
    Row {
        name: "a workload inherits past a PeerAuthentication of its namespace that may not act",
        mesh_namespaces: &["a"],
        objects: "
            Plain a web
            PeerAuthentication istio-system p {mtls: {mode: STRICT}}
            PeerAuthentication a q {mtls: {mode: PERMISSIVE}}
            PeerAuthentication a r {mtls: {mode: UNSET}}
            PeerAuthentication a s {selector: {matchLabels: {app: web}}, portLevelMtls: {'80': {mode: DISABLE}}}",
        told: &["UM121 r - narrows"],
        ..ROW
    },
    Row {
        name: "of three PeerAuthentications each two may tie",
        mesh_namespaces: &["a"],
        objects: "
            Dated-3 a p {mtls: {mode: STRICT}}
            PeerAuthentication a q {mtls: {mode: STRICT}}
            Dated-2 a r {mtls: {mode: PERMISSIVE}}",
        told: &["UM121 r - narrows"],
        ..ROW
    },
    Row {
        name: "labels of a template without a proxy stand for no account of pods with one",
        target: "kubernetes",
        objects: "
            Bare a job
            AuthorizationPolicy a p {rules: [{from: [{source: {notPrincipals: [cluster.local/ns/a/sa/x]}}]}]}",
        told: &[],
        ..ROW
    },
    Row {
        name: "a gateway's labels stand for its account in a namespace where it alone is in the mesh",
        target: "kubernetes",
        objects: "
            Gateway istio-system gateway
            PeerAuthentication a p {mtls: {mode: STRICT}}",
        told: &["UM403 p spec.mtls.mode narrows"],
        ..ROW
    },
    Row {
        name: "labels of all templates stand for their accounts, and for no other",
        target: "kubernetes",
        objects: "
            Plain a web
            AuthorizationPolicy a p {action: DENY, rules: [{from: [{source: {principals: ['*/ns/a/sa/default']}}]}]}",
        told: &["UM227 p spec.rules[0].from[0].source.principals[0] narrows"],
        ..ROW
    },
];

/// Objects in short: kind, namespace, name and `spec` of each line.
fn yaml(objects: &str) -> String {
    let mut documents = vec![namespace("a", true)];
    for line in objects.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = line.splitn(4, ' ').collect();
        let (kind, place, name) = (parts[0], parts[1], parts[2]);
        let spec = parts.get(3).unwrap_or(&"");
        documents.push(object(kind, place, name, spec));
    }
    documents.join("\n---\n")
}

fn namespace(name: &str, labelled: bool) -> String {
    let labels = if labelled { "{istio-injection: enabled}" } else { "{}" };
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {labels}}}}}")
}

fn object(kind: &str, place: &str, name: &str, spec: &str) -> String {
    let istio = |kind: &str, more: &str| {
        format!(
            "{{apiVersion: security.istio.io/v1, kind: {kind}, \
             metadata: {{name: {name}, namespace: {place}{more}}}, spec: {spec}}}"
        )
    };
    let dated =
        |day| istio("PeerAuthentication", &format!(", creationTimestamp: '2024-01-0{day}T00:00:00Z'"));
    let template = |labels: &str, annotations: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, namespace: {place}}}, \
             spec: {{template: {{metadata: {{labels: {{app: {name}{labels}}}, annotations: {{{annotations}}}}}, \
             spec: {{serviceAccountName: x, containers: [{{name: app, image: app}}]}}}}}}}}"
        )
    };
    match kind {
        "Namespace" => namespace(name, place == "enabled"),
        "Plain" => template("", ""),
        "Bare" => template(", sidecar.istio.io/inject: 'false'", ""),
        "Sidecar" => template(", sidecar.istio.io/inject: 'true'", ""),
        "Excluding" => template("", "traffic.sidecar.istio.io/excludeInboundPorts: '80'"),
        "Gateway" => template(", sidecar.istio.io/inject: 'true'", "inject.istio.io/templates: gateway"),
        "Service" => {
            let (port, protocol) = spec.split_once(' ').unwrap();
            format!(
                "{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: {place}}}, \
                 spec: {{selector: {{app: {name}}}, ports: [{{name: {protocol}, port: {port}}}]}}}}"
            )
        }
        "NetworkPolicy" => format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, \
             metadata: {{name: {name}, namespace: {place}}}, spec: {spec}}}"
        ),
        "DryRun" => istio("AuthorizationPolicy", ", annotations: {istio.io/dry-run: 'true'}"),
        "Dated-2" => dated(2),
        "Dated-3" => dated(3),
        _ => istio(kind, ""),
    }
}

/// What is wrong with a row's answer.
fn wrong(row: &Row) -> Vec<String> {
    let mut settings =
        Settings { target: row.target.parse::<Target>().unwrap(), l7: row.l7, ..Settings::default() };
    if !row.mesh_namespaces.is_empty() {
        let listed = row.mesh_namespaces.iter().map(ToString::to_string);
        settings.mesh_namespaces = Some(listed.collect());
    }
    let mut sources = Sources::default();
    let text = yaml(row.objects);
    sources.map.add(SourceFile::new(
        "input.yaml".to_string(),
        None,
        PathBuf::from("input.yaml"),
        text.as_str(),
    ));
    let rules = Rules::default();
    let mut analysis = pipeline::analyse(sources, &settings, &rules);
    let findings = analysis.said.translation.iter().chain(&analysis.said.meaning).map(|finding| {
        let object = finding.object.as_ref().map_or("", |object| object.name.as_str());
        let field = finding.field.as_deref().unwrap_or("-");
        format!("{} {object} {field} {}", finding.code.id, finding.direction.word())
    });
    let findings: Vec<String> = findings.collect();
    let missing = row.told.iter().filter(|told| !findings.iter().any(|finding| finding == *told));
    let mut wrong: Vec<String> = missing.map(|told| format!("not told: {told}")).collect();
    let check = pipeline::check(&mut analysis, None, &settings, &rules);
    let Some(answer) = check.answer else { return vec!["nothing is written".to_string()] };
    for difference in answer.differences.iter().filter(|difference| difference.announced_by.is_none()) {
        wrong.push(format!("untold: {:?} at {}", difference.direction, difference.workload));
    }
    if !wrong.is_empty() {
        wrong.push(format!("told: {findings:#?}"));
    }
    wrong
}

#[test]
fn what_random_worlds_showed_untold_is_told() {
    let all = ROWS.iter().chain(engines::ROWS);
    let found = all.map(|row| (row.name, wrong(row))).filter(|(_, wrong)| !wrong.is_empty());
    let found: Vec<String> = found.map(|(name, wrong)| format!("{name}\n  {}", wrong.join("\n  "))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
