//! Where a MeshConfig stands: a ConfigMap of istiod's, an IstioOperator, an Istio of the sail operator.

use super::config::{self, child, key, text};
use super::{Installation, Mesh, Outbound};
use crate::finding::codes::input;
use crate::finding::codes::platform::MESH_SETTINGS_UNCLEAR;
use crate::finding::{Direction, Finding, Severity};
use crate::manifest::Object;
use crate::source::SourceMap;
use crate::yaml::fields::{Field, Problems, Reader};
use crate::yaml::{Duplicate, Node, Value, parse_within};

/// What cannot be read may set what policies mean.
const PROBLEMS: Problems = Problems {
    unknown: &input::UNKNOWN_FIELD,
    wrong_type: &input::WRONG_TYPE,
    wrong_value: &input::WRONG_VALUE,
    unquoted: &input::UNQUOTED_SCALAR,
    direction: Direction::Widens,
};

/// The keys of a ConfigMap of istiod's that hold YAML.
const TEXTS: [&str; 2] = ["mesh", "meshNetworks"];

/// Settings without which nobody knows what policies mean.
const DECIDING: [&str; 3] = ["rootNamespace", "trustDomain", "trustDomainAliases"];

/// What an IstioOperator's `spec` has, in any release.
const OPERATOR: [&str; 14] = [
    "addonComponents",
    "compatibilityVersion",
    "components",
    "defaultRevision",
    "hub",
    "installPackagePath",
    "meshConfig",
    "namespace",
    "profile",
    "resourceSuffix",
    "revision",
    "tag",
    "unvalidatedValues",
    "values",
];

/// Puts the tree of a MeshConfig in place of its text, in a ConfigMap that holds one; what is wrong with
/// that text is told.
pub(in crate::manifest) fn open(object: &mut Object, sources: &SourceMap, findings: &mut Vec<Finding>) {
    if !is_config_map(object) {
        return;
    }
    let Value::Mapping(entries) = &mut object.root.value else { return };
    let Some(data) = entries.iter_mut().find(|entry| entry.key == "data") else { return };
    let Value::Mapping(data) = &mut data.value.value else { return };
    for entry in data.iter_mut().filter(|entry| TEXTS.contains(&entry.key.as_str())) {
        let Some(parsed) = parse_within(&entry.value, sources) else { continue };
        let field = format!("data.{}", entry.key);
        let is_mesh = entry.key == "mesh";
        let tell = |finding: Finding| {
            let unreadable = is_mesh && finding.code.id == input::UNREADABLE_YAML.id;
            let code = if unreadable { &MESH_SETTINGS_UNCLEAR } else { finding.code };
            let finding =
                Finding { code, severity: Severity::Error, direction: Direction::Widens, ..finding };
            finding.on(&object.reference).field(field.clone())
        };
        findings.extend(parsed.findings.into_iter().map(tell));
        if let Some(document) = parsed.documents.into_iter().next() {
            let twice = document.duplicates.iter().map(|duplicate| twice(duplicate, &field));
            findings.extend(twice.map(|finding| finding.on(&object.reference)));
            entry.value = document.root;
        }
    }
}

/// A key that stands twice: istiod takes the last one (`sigs.k8s.io/yaml`).
fn twice(duplicate: &Duplicate, field: &str) -> Finding {
    let message = format!("`{}` stands twice here, and only the last one counts", duplicate.key);
    let (code, direction) = if DECIDING.contains(&duplicate.key.as_str()) {
        (&MESH_SETTINGS_UNCLEAR, Direction::Widens)
    } else {
        (&input::DUPLICATE_KEY, Direction::None)
    };
    Finding::new(code, direction, message)
        .severity(Severity::Error)
        .at(duplicate.span)
        .field(format!("{field}.{}", duplicate.path))
        .help("delete one of the two, or join them")
        .related(format!("`{}` stands here first", duplicate.key), duplicate.first)
}

fn is_config_map(object: &Object) -> bool {
    let name = object.reference.name.as_str();
    object.group().is_empty()
        && object.reference.kind == "ConfigMap"
        && (name == "istio" || name.starts_with("istio-"))
}

/// Reads every MeshConfig of the input.
pub(in crate::manifest) fn read<'o>(
    objects: impl Iterator<Item = &'o Object>,
    findings: &mut Vec<Finding>,
) -> Mesh {
    let mut mesh = Mesh::default();
    for object in objects {
        match (object.group(), object.reference.kind.as_str()) {
            ("", "ConfigMap") if is_config_map(object) => mesh.config_map(object, findings),
            ("install.istio.io", "IstioOperator") => {
                mesh.installation(object, findings);
                findings.extend(unknown(object));
            }
            ("sailoperator.io", "Istio") => mesh.installation(object, findings),
            ("maistra.io", "ServiceMeshControlPlane") => findings.push(maistra(object)),
            _ => {}
        }
    }
    let all = mesh.configs.iter().filter_map(|config| config.outbound.as_ref());
    let refuses = all.clone().find(|mode| mode.value == Outbound::RegistryOnly);
    mesh.outbound = refuses.or(all.clone().next()).cloned();
    mesh
}

impl Mesh {
    fn config_map(&mut self, object: &Object, findings: &mut Vec<Finding>) {
        let Some(data) = object.root.get("data") else { return };
        self.networks(object, data);
        let Some(entry) = data.entry("mesh").filter(|entry| !entry.value.is_null()) else { return };
        let node = config::normal(&entry.value);
        let reader = Reader::new(&object.reference, PROBLEMS);
        let field = reader.field("data.mesh", &node, entry.key_span);
        let config = config::read(&field, &object.reference, true);
        self.configs.push(config);
        findings.extend(told(reader));
    }

    /// `meshNetworks` with a network in it.
    fn networks(&mut self, object: &Object, data: &Node) {
        let networks = data.get("meshNetworks").and_then(|networks| networks.get("networks"));
        let first = networks.and_then(|networks| networks.entries().first());
        if let Some(entry) = first.filter(|_| self.several_clusters.is_none()) {
            let field = format!("data.meshNetworks.networks.{}", entry.key);
            let at = crate::yaml::fields::Leaf { value: (), span: entry.key_span, field };
            self.several_clusters = Some((object.reference.clone(), at));
        }
    }

    fn installation(&mut self, object: &Object, findings: &mut Vec<Finding>) {
        let Some(entry) = object.root.entry("spec") else { return };
        let reader = Reader::new(&object.reference, PROBLEMS);
        let spec = reader.field("spec", &entry.value, entry.key_span);
        let values = child(&spec, "values");
        let global = values.as_ref().and_then(|values| child(values, "global"));
        let of_global = |name: &str| global.as_ref().and_then(|global| child(global, name));
        // The chart takes the root namespace from here; the sail operator fills it in by `spec.namespace`, an
        // IstioOperator does not (`operator/pkg/render/manifest.go`).
        let by_spec = child(&spec, "namespace").filter(|_| object.group() == "sailoperator.io");
        let namespace = of_global("istioNamespace").or(by_spec);
        let namespace = namespace.as_ref().and_then(text);
        let holders =
            [child(&spec, "meshConfig"), values.as_ref().and_then(|values| child(values, "meshConfig"))];
        let mut found = Vec::new();
        for field in holders.into_iter().flatten() {
            let node = config::normal(field.node);
            let reader = Reader::new(&object.reference, PROBLEMS);
            let field = reader.field(&field.path, &node, field.key_span);
            found.push(config::read(&field, &object.reference, false));
            findings.extend(told(reader));
        }
        if found.is_empty() && namespace.is_some() {
            let empty = Node { span: entry.value.span, value: Value::Mapping(Vec::new()) };
            let field = reader.field("spec", &empty, object.name_span);
            found.push(config::read(&field, &object.reference, false));
        }
        let mut layers = found.iter_mut();
        if let Some(upper) = layers.next() {
            layers.for_each(|lower| lower.yield_to(upper));
        }
        // A MeshConfig that names one comes before the installation's own namespace.
        if found.iter().all(|config| config.root_namespace.is_none())
            && let Some(config) = found.first_mut()
        {
            config.root_namespace = namespace;
        }
        self.configs.append(&mut found);
        let cluster = of_global("multiCluster").and_then(|field| child(&field, "clusterName"));
        // The name that a cluster has by default says nothing.
        let cluster = cluster.filter(|field| text(field).is_some_and(|name| name.value != "Kubernetes"));
        let several = of_global("network").filter(|field| text(field).is_some()).or(cluster);
        if let (None, Some(field)) = (&self.several_clusters, several) {
            self.several_clusters = Some((object.reference.clone(), key(&field)));
        }
        self.installations.push(Installation {
            reference: object.reference.clone(),
            span: object.name_span,
            profile: child(&spec, "profile").as_ref().and_then(text),
            gateways: gateways(&spec),
        });
    }
}

/// What could not be read; without one of these settings nobody knows what policies mean.
fn told(reader: Reader<'_>) -> Vec<Finding> {
    let mut findings = reader.into_findings();
    for finding in &mut findings {
        let field = finding.field.as_deref().unwrap_or_default();
        let field = field.rsplit_once('[').map_or(field, |(list, _)| list);
        if field.rsplit_once('.').is_some_and(|(_, name)| DECIDING.contains(&name)) {
            finding.code = &MESH_SETTINGS_UNCLEAR;
        }
    }
    findings
}

/// The gateways that `spec.components` switches on.
fn gateways(spec: &Field<'_>) -> Vec<String> {
    let Some(components) = child(spec, "components") else { return Vec::new() };
    let mut names = Vec::new();
    for list in ["ingressGateways", "egressGateways"] {
        let items = components.node.get(list).map(Node::items).unwrap_or_default();
        for item in items {
            let off = item
                .get("enabled")
                .is_some_and(|node| matches!(&node.value, Value::Scalar(scalar) if scalar.text == "false"));
            let name = item.get("name").and_then(Node::as_str);
            names.extend(name.filter(|_| !off).map(str::to_string));
        }
    }
    names
}

fn unknown(object: &Object) -> Vec<Finding> {
    let entries = object.root.get("spec").map(Node::entries).unwrap_or_default();
    let unknown = entries.iter().filter(|entry| !OPERATOR.contains(&entry.key.as_str()));
    let tell = |entry: &crate::yaml::Entry| {
        let message = format!("`spec` has no field `{}`", entry.key);
        let mut finding =
            Finding::new(&input::UNKNOWN_FIELD, Direction::Widens, message).severity(Severity::Error);
        finding.help =
            crate::finding::nearest(&entry.key, OPERATOR).map(|near| format!("did you mean `{near}`?"));
        finding.on(&object.reference).at(entry.key_span).field(format!("spec.{}", entry.key))
    };
    unknown.map(tell).collect()
}

/// OpenShift's Service Mesh 2 has settings of its own, which become a MeshConfig in its operator.
fn maistra(object: &Object) -> Finding {
    let message = "unmesh does not read ServiceMeshControlPlane (maistra.io): it may set the root namespace, the trust domain and what of the namespaces is in the mesh";
    Finding::new(&input::UNSUPPORTED_KIND, Direction::Widens, message)
        .severity(Severity::Warning)
        .at(object.name_span)
        .on(&object.reference)
        .field("metadata.name")
        .help("give what its operator made of it: the ConfigMap `istio-NAME` in its namespace; or --root-namespace, --trust-domain and --mesh-namespaces")
}
