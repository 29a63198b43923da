//! Inputs in short, for rows of a table.

/// Objects in short: kind, namespace, name and `spec` of each line.
pub(super) fn yaml(objects: &str) -> String {
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
