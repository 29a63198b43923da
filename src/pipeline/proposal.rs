//! What an input shows that belongs in a configuration: for `unmesh init`.

use super::Analysis;
use crate::config::{Settings, Target};
use crate::finding::{Finding, Report, Severity};
use crate::manifest::{Membership, Object, Outside};
use crate::report::init::{Accept, Hint, Member, Proposal, Stated};
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::fields::Leaf;
use std::collections::{BTreeMap, BTreeSet};

/// Gathers it; `report` is that of a run without acceptances.
#[must_use]
pub fn proposal(analysis: &Analysis, report: &Report, settings: &Settings) -> Proposal {
    let mesh = &analysis.inventory.mesh;
    let applied = mesh.applied(settings);
    let clear = !mesh.is_unclear();
    let stated = |leaf: Option<Leaf<String>>| {
        let leaf = leaf.filter(|_| clear)?;
        Some(Stated { place: place(analysis, leaf.span), value: leaf.value })
    };
    let (root, domain) = (mesh.stated_root_namespace(), mesh.stated_trust_domain());
    Proposal {
        target: target(analysis),
        platform: platform(analysis),
        root_namespace: stated(root).filter(|_| !settings.asked.root_namespace),
        trust_domain: stated(domain).filter(|_| !settings.asked.trust_domain),
        members: members(analysis, &applied),
        gateways: gateways(analysis),
        accept: acceptances(report),
    }
}

/// `mesh.yaml:12`.
fn place(analysis: &Analysis, span: Span) -> String {
    let file = analysis.sources.file(span.file);
    format!("{}:{}", file.name, file.position(span.start).line)
}

/// The version of Calico that the input runs: the tag of `calico/node`.
fn target(analysis: &Analysis) -> Option<Hint> {
    let sets = analysis.manifest.objects.iter().filter(|object| object.reference.kind == "DaemonSet");
    let mut found = sets.flat_map(|object| images(object).into_iter().map(move |image| (object, image)));
    found.find_map(|(object, (image, span))| {
        let (name, tag) = image.rsplit_once(':')?;
        let target: Target = format!("calico@{}", tag.split('-').next().unwrap_or(tag)).parse().ok()?;
        let node = name.rsplit('/').take(2).collect::<Vec<_>>();
        let of_calico = matches!(node.as_slice(), ["node", "calico"] | ["calico-node", _]);
        of_calico.then(|| Hint {
            value: target.to_string(),
            why: format!("the image of {} in {}", object.reference, place(analysis, span)),
        })
    })
}

fn images(object: &Object) -> Vec<(&str, Span)> {
    let pod = object.root.get("spec").and_then(|spec| spec.get("template")).and_then(|one| one.get("spec"));
    let containers = pod.and_then(|pod| pod.get("containers"));
    let all = containers.into_iter().flat_map(Node::items);
    all.filter_map(|container| container.get("image"))
        .filter_map(|node| Some((node.as_str()?, node.span)))
        .collect()
}

/// What else shows which network is there.
fn platform(analysis: &Analysis) -> Vec<String> {
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for object in &analysis.manifest.objects {
        let group = object.group();
        let named = ["crd.projectcalico.org", "projectcalico.org", "operator.tigera.io", "cilium.io"];
        if named.contains(&group) {
            *kinds.entry((group, object.reference.kind.as_str())).or_insert(0) += 1;
        }
        let definition = object.reference.kind == "CustomResourceDefinition";
        if let Some((_, group)) = object.reference.name.split_once('.').filter(|_| definition)
            && named.contains(&group)
        {
            *kinds.entry((group, "CustomResourceDefinition")).or_insert(0) += 1;
        }
    }
    kinds.into_iter().map(|((group, kind), n)| format!("{n} {kind} of {group}")).collect()
}

/// The namespaces that the input names, and which are in the mesh.
fn members(analysis: &Analysis, settings: &Settings) -> Vec<Member> {
    let inventory = &analysis.inventory;
    let of_objects = analysis.manifest.objects.iter().filter_map(|object| object.reference.namespace.clone());
    let names: BTreeSet<String> = of_objects.chain(inventory.namespaces.keys().cloned()).collect();
    let member = |name: String| {
        let (inside, why) = match inventory.membership(&name, settings) {
            Membership::Proven(inside) => (Some(true), inside.to_string()),
            Membership::Outside(outside @ (Outside::System | Outside::ControlPlane)) => {
                (Some(false), outside.to_string())
            }
            Membership::Outside(outside) => (Some(false), outside.to_string()),
            Membership::Unknown => (None, "the input does not show it".to_string()),
        };
        Member { name, inside, why }
    };
    names.into_iter().map(member).collect()
}

/// The accounts of gateways, which other pods take over.
fn gateways(analysis: &Analysis) -> Vec<String> {
    let gateways = analysis.inventory.workloads.iter().filter(|workload| workload.gateway);
    let accounts: BTreeSet<String> = gateways.map(|workload| workload.identity.to_string()).collect();
    accounts.into_iter().collect()
}

/// What fails the run, code by code.
fn acceptances(report: &Report) -> Vec<Accept> {
    let shown = report.findings.iter().map(|reported| &reported.finding);
    let failing = shown.filter(|finding| finding.severity == Severity::Error).chain(&report.blocking);
    let mut of_code: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in failing {
        let all = of_code.entry(finding.code.id).or_default();
        if !all.contains(&finding) {
            all.push(finding);
        }
    }
    let accept = |findings: Vec<&Finding>| {
        let code = findings.first()?.code;
        let objects: BTreeSet<String> =
            findings.iter().filter_map(|finding| finding.object.as_ref()).map(ToString::to_string).collect();
        let directions: BTreeSet<&str> = findings.iter().map(|finding| finding.direction.word()).collect();
        Some(Accept {
            code,
            count: findings.len(),
            directions: directions.into_iter().collect(),
            everywhere: findings.iter().any(|finding| finding.object.is_none()),
            objects: objects.into_iter().collect(),
        })
    };
    of_code.into_values().filter_map(accept).collect()
}
