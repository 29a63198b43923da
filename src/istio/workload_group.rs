//! `WorkloadGroup` (`networking.istio.io/v1`, `v1beta1`, `v1alpha3`): how machines outside the cluster join
//! the mesh.
//!
//! Every field of the API (istio/api, `workload_group.proto`, to 1.31) is read, and what Istio's own validation
//! refuses (`ValidateWorkloadGroup`, and the rules of the CRD) is said while it is read.

use super::Meta;
use super::checks::Checks;
use super::common::{self, List, at};
use super::destination_rule::values::{missing, unsigned};
use super::port;
use super::workload_entry::{self, Addresses, Machine};
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;

/// A WorkloadGroup, as far as it could be read.
#[derive(Clone, Debug)]
pub struct WorkloadGroup {
    /// Name and place.
    pub meta: Meta,
    /// `metadata`: what each machine's WorkloadEntry gets.
    pub metadata: Option<Metadata>,
    /// `template`: what the machines have in common.
    pub template: Option<Machine>,
    /// `probe`.
    pub probe: Option<Probe>,
}

/// `metadata`.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The field's key.
    pub at: Leaf<()>,
    /// `labels`.
    pub labels: BTreeMap<String, Leaf<String>>,
    /// `annotations`.
    pub annotations: BTreeMap<String, Leaf<String>>,
}

/// `probe`: the machine's agent asks the application whether it is ready.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The field's key.
    pub at: Leaf<()>,
    /// What is asked.
    pub asks: Option<Asks>,
    /// `initialDelaySeconds`.
    pub delay: Option<Leaf<i64>>,
    /// `timeoutSeconds`; 1 where absent or 0.
    pub timeout: Option<Leaf<i64>>,
    /// `periodSeconds`; 10 where absent or 0.
    pub period: Option<Leaf<i64>>,
    /// `successThreshold`; 1 where absent or 0.
    pub successes: Option<Leaf<i64>>,
    /// `failureThreshold`; 1 where absent or 0.
    pub failures: Option<Leaf<i64>>,
}

/// One way to ask.
#[derive(Clone, Debug)]
pub enum Asks {
    /// `httpGet`.
    Http(HttpGet),
    /// `tcpSocket`: host and port.
    Tcp(Option<Leaf<String>>, Option<Leaf<i64>>),
    /// `exec.command`.
    Command(List<Leaf<String>>),
    /// `grpc`: port and service.
    Grpc(Option<Leaf<i64>>, Option<Leaf<String>>),
}

/// `httpGet`.
#[derive(Clone, Debug)]
pub struct HttpGet {
    /// `path`.
    pub path: Option<Leaf<String>>,
    /// `port`.
    pub port: Option<Leaf<i64>>,
    /// `host`.
    pub host: Option<Leaf<String>>,
    /// `scheme`; HTTP where absent.
    pub scheme: Option<Leaf<String>>,
    /// `httpHeaders`.
    pub headers: Vec<Header>,
}

/// One of `httpHeaders`.
#[derive(Clone, Debug)]
pub struct Header {
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `value`.
    pub value: Option<Leaf<String>>,
}

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> WorkloadGroup {
    let whole = Leaf { value: (), span: meta.name_span, field: "spec".to_string() };
    let mut group = WorkloadGroup { meta, metadata: None, template: None, probe: None };
    let Some(mut fields) = spec.and_then(Field::fields) else {
        if spec.is_none() {
            missing(&whole, "a WorkloadGroup without a `spec`", "template", checks);
        }
        return group;
    };
    group.metadata = fields.take("metadata").and_then(|field| metadata(&field, checks));
    let template = fields.take("template");
    if template.is_none() {
        missing(&whole, "a WorkloadGroup", "template", checks);
    }
    group.template = template.and_then(|field| workload_entry::machine(&field));
    group.probe = fields.take("probe").and_then(|field| probe(&field, checks));
    fields.finish();
    if let Some(template) = &group.template {
        // Istio looks at none of its fields; each machine fills in what is missing.
        workload_entry::check(template, &template.at, Addresses::Unchecked, checks);
    }
    group
}

fn metadata(field: &Field<'_>, checks: &Checks<'_>) -> Option<Metadata> {
    let mut fields = field.fields()?;
    let metadata = Metadata {
        at: at(field),
        labels: common::string_map(fields.take("labels")),
        annotations: common::string_map(fields.take("annotations")),
    };
    fields.finish();
    workload_entry::check_labels(&metadata.labels, checks);
    Some(metadata)
}

fn probe(field: &Field<'_>, checks: &Checks<'_>) -> Option<Probe> {
    let mut fields = field.fields()?;
    let mut asked = Vec::new();
    if let Some(field) = fields.take("httpGet") {
        asked.extend(http_get(&field, checks).map(|one| (at(&field), Asks::Http(one))));
    }
    if let Some(field) = fields.take("tcpSocket") {
        asked.extend(tcp_socket(&field, checks).map(|one| (at(&field), one)));
    }
    if let Some(field) = fields.take("exec") {
        asked.extend(command(&field, checks).map(|one| (at(&field), one)));
    }
    if let Some(field) = fields.take("grpc") {
        asked.extend(grpc(&field, checks).map(|one| (at(&field), one)));
    }
    if let Some((second, _)) = asked.get(1) {
        checks.refuse(second, "Istio refuses a `probe` that asks in two ways", "keep one of them");
    }
    let mut count = |name| {
        let number = common::integer(fields.take(name))?;
        if number.value < 0 {
            let message = format!("Istio refuses {}: it cannot be less than 0", number.value);
            checks.refuse(&number, message, "write a positive number, or leave the field out");
        }
        Some(number)
    };
    let (delay, timeout, period) =
        (count("initialDelaySeconds"), count("timeoutSeconds"), count("periodSeconds"));
    let (successes, failures) = (count("successThreshold"), count("failureThreshold"));
    fields.finish();
    if asked.is_empty()
        && !field.node.entries().iter().any(|entry| is_way(&entry.key) && !entry.value.is_null())
    {
        let help = "add `httpGet`, `tcpSocket` or `exec`, or take the probe out";
        checks.refuse(&at(field), "Istio refuses a `probe` that asks nothing", help);
    }
    let asks = asked.into_iter().next().map(|(_, asks)| asks);
    Some(Probe { at: at(field), asks, delay, timeout, period, successes, failures })
}

fn is_way(name: &str) -> bool {
    matches!(name, "httpGet" | "tcpSocket" | "exec" | "grpc")
}

/// A port that is there, and one.
fn probed(place: &Leaf<()>, what: &str, field: Option<Field<'_>>, checks: &Checks<'_>) -> Option<Leaf<i64>> {
    if field.is_none() {
        missing(place, what, "port", checks);
    }
    let number = unsigned(field)?;
    port::check_number(&number, checks);
    Some(number)
}

fn http_get(field: &Field<'_>, checks: &Checks<'_>) -> Option<HttpGet> {
    let mut fields = field.fields()?;
    let headers = common::list(fields.take("httpHeaders"), |field| {
        let mut fields = field.fields()?;
        let header =
            Header { name: common::string(fields.take("name")), value: common::string(fields.take("value")) };
        fields.finish();
        check_header(&at(field), header.name.as_ref(), checks);
        Some(header)
    });
    let found = HttpGet {
        path: common::string(fields.take("path")),
        port: probed(&at(field), "`httpGet`", fields.take("port"), checks),
        host: common::string(fields.take("host")),
        scheme: common::string(fields.take("scheme")).filter(|scheme| !scheme.value.is_empty()),
        headers: headers.items,
    };
    fields.finish();
    if let Some(scheme) = found.scheme.as_ref().filter(|one| !matches!(one.value.as_str(), "HTTP" | "HTTPS"))
    {
        let message = format!("Istio refuses the scheme `{}`", scheme.value);
        checks.refuse(scheme, message, "write `HTTP` or `HTTPS`");
    }
    Some(found)
}

/// A name of a header as the CRD has it.
fn check_header(at: &Leaf<()>, name: Option<&Leaf<String>>, checks: &Checks<'_>) {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match name {
        None => missing(at, "a header", "name", checks),
        Some(name) if name.value.is_empty() || !name.value.bytes().all(inner) => {
            let message = format!("Istio refuses `{}`: it is no name of a header", name.value);
            checks.refuse(name, message, "use letters, digits, `-` and `_`");
        }
        Some(_) => {}
    }
}

fn tcp_socket(field: &Field<'_>, checks: &Checks<'_>) -> Option<Asks> {
    let mut fields = field.fields()?;
    let host = common::string(fields.take("host"));
    let port = probed(&at(field), "`tcpSocket`", fields.take("port"), checks);
    fields.finish();
    Some(Asks::Tcp(host, port))
}

fn command(field: &Field<'_>, checks: &Checks<'_>) -> Option<Asks> {
    let mut fields = field.fields()?;
    let command = common::list(fields.take("command"), Field::string);
    fields.finish();
    if command.items.is_empty() {
        missing(&at(field), "`exec`", "command", checks);
    }
    Some(Asks::Command(command))
}

fn grpc(field: &Field<'_>, checks: &Checks<'_>) -> Option<Asks> {
    let mut fields = field.fields()?;
    let service = common::string(fields.take("service"));
    let port = unsigned(fields.take("port"));
    fields.finish();
    // The API has it, and the validation (`validateReadinessProbe`, to 1.31) takes it for an unknown method.
    checks.refuse(
        &at(field),
        "Istio refuses a `grpc` probe, which its API has",
        "ask with `tcpSocket` or `exec`",
    );
    Some(Asks::Grpc(port, service))
}
