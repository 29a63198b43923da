//! Pod templates: where each kind has its template, and what a template says.

use super::service::port_number;
use super::text::{text, texts, with_field};
use super::workload::{Container, ContainerPort};
use super::{Labels, Object, text};
use crate::finding::Finding;
use crate::yaml::fields::{Field, Fields, Leaf};
use std::collections::BTreeMap;

/// What a template says, before anybody asks what the injector makes of it.
pub(super) struct Template {
    pub(super) labels: Labels,
    pub(super) annotations: BTreeMap<String, Leaf<String>>,
    pub(super) account: String,
    pub(super) host_network: bool,
    pub(super) containers: Vec<Container>,
    /// Names of init containers: a native sidecar is one.
    pub(super) init_containers: Vec<String>,
}

/// Where the template of a kind stands; `None` for kinds without pods.
#[must_use]
pub fn path_of(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    match (group, kind) {
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("", "ReplicationController")
        | ("batch", "Job")
        | ("argoproj.io", "Rollout")
        | ("apps.openshift.io", "DeploymentConfig") => Some(&["spec", "template"]),
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template"]),
        ("", "Pod") => Some(&[]),
        _ => None,
    }
}

/// Reads the template of an object of such a kind. A Rollout that borrows a Deployment's has none.
pub(super) fn read(object: &Object, path: &[&str], findings: &mut Vec<Finding>) -> Option<Template> {
    let mut node = &object.root;
    for key in path {
        node = node.get(key)?;
    }
    let part = |key: &str| node.entry(key).filter(|entry| !entry.value.is_null());
    let at = |key: &str| path.iter().copied().chain([key]).collect::<Vec<_>>().join(".");
    let metadata = part("metadata").and_then(|entry| {
        // The metadata of a Pod is the object's own, and was read with it.
        let mut unheard = Vec::new();
        let heard = if path.is_empty() { &mut unheard } else { &mut *findings };
        with_field(object, heard, &at("metadata"), &entry.value, entry.key_span, |metadata| {
            let mut fields = metadata.fields()?;
            let mut map = |name| fields.take(name).map(|field| texts(&field)).unwrap_or_default();
            Some((map("labels"), map("annotations")))
        })
    });
    let (labels, annotations) = metadata.unwrap_or_default();
    let spec = part("spec")?;
    let mut template = with_field(object, findings, &at("spec"), &spec.value, spec.key_span, pod_spec)?;
    template.labels = text::plain(&labels);
    template.annotations = annotations;
    Some(template)
}

fn pod_spec(field: &Field<'_>) -> Option<Template> {
    let mut fields = field.fields()?;
    let user = run_as_user(&mut fields);
    let mut word =
        |name| fields.take(name).and_then(|field| text(&field)).map(|leaf: Leaf<String>| leaf.value);
    let account = word("serviceAccountName").filter(|name| !name.is_empty());
    let account = account.or_else(|| word("serviceAccount")).filter(|name| !name.is_empty());
    let containers = fields.take("containers").and_then(|field| field.list()).unwrap_or_default();
    let inits = fields.take("initContainers").and_then(|field| field.list()).unwrap_or_default();
    Some(Template {
        labels: Labels::new(),
        annotations: BTreeMap::new(),
        account: account.unwrap_or_else(|| "default".to_string()),
        host_network: fields
            .take("hostNetwork")
            .and_then(|field| field.boolean())
            .is_some_and(|leaf| leaf.value),
        containers: containers.iter().filter_map(|field| container(field, user)).collect(),
        init_containers: inits
            .iter()
            .filter_map(|field| container(field, user))
            .map(|init| init.name)
            .collect(),
    })
}

fn run_as_user(fields: &mut Fields<'_>) -> Option<i64> {
    let mut context = fields.take("securityContext")?.fields()?;
    context.take("runAsUser")?.integer(0..=i64::MAX).map(|leaf| leaf.value)
}

fn container(field: &Field<'_>, pod_user: Option<i64>) -> Option<Container> {
    let mut fields = field.fields()?;
    let name = fields.take("name").and_then(|field| text(&field)).map(|leaf| leaf.value).unwrap_or_default();
    let ports = fields.take("ports").and_then(|field| field.list()).unwrap_or_default();
    let run_as_user = run_as_user(&mut fields).or(pod_user);
    Some(Container { name, ports: ports.iter().filter_map(container_port).collect(), run_as_user })
}

fn container_port(field: &Field<'_>) -> Option<ContainerPort> {
    let mut fields = field.fields()?;
    let mut word =
        |name| fields.take(name).and_then(|field| text(&field)).map(|leaf: Leaf<String>| leaf.value);
    let (name, protocol) = (word("name"), word("protocol"));
    let port = fields.take("containerPort").and_then(|field| port_number(&field))?;
    Some(ContainerPort { name, port, protocol: protocol.unwrap_or_else(|| "TCP".to_string()) })
}
