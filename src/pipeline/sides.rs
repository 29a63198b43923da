//! Both sides of a check: the policies in force while the mesh stands, and those afterwards.
//!
//! What was written counts as its text says it: the text is a file like any other from here on, so
//! that rules in it can be shown.

use super::{Analysis, front};
use crate::config::{Calico, Settings, Target};
use crate::finding::codes::verification::REFUSED_BY_CALICO;
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::manifest::{Manifest, Object};
use crate::object::calico::v3::{Document, Effect, Problem, Set};
use crate::source::{SourceFile, Sources};
use crate::verify::answer::Unknown;
use crate::yaml::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

/// What is compared, apart from the mesh itself.
#[derive(Debug)]
pub struct Sides {
    /// The network policies in force while the mesh stands.
    pub before: Set,
    /// Those afterwards.
    pub after: Set,
    /// Policies in force that could not be read whole, and why.
    pub undecided: BTreeMap<ObjectRef, String>,
    /// What else cannot be compared.
    pub unknown: Vec<Unknown>,
    /// What is wrong with the policies of either side.
    pub findings: Vec<Finding>,
    /// What stands in place of the mesh.
    pub replacement: Replacement,
}

/// What stands in place of the mesh.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Replacement {
    /// What this run would write.
    Written {
        /// How many objects.
        objects: usize,
        /// Whether they are staged, and count as they will once they are enforced.
        staged: bool,
    },
    /// What a directory holds.
    Directory {
        /// How many policies, tiers and network sets.
        objects: usize,
        /// What else stands there, by kind: it decides nothing.
        others: BTreeMap<String, usize>,
    },
}

impl fmt::Display for Replacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many =
            |n: usize| if n == 1 { "1 policy object".to_string() } else { format!("{n} policy objects") };
        match self {
            Self::Written { objects, staged } => {
                let once = if *staged { ", as they will decide once they are enforced" } else { "" };
                write!(f, "{} that this run would write{once}", many(*objects))
            }
            Self::Directory { objects, others } => {
                write!(f, "{} of the directory", many(*objects))?;
                let others: Vec<String> = others.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
                if others.is_empty() {
                    return Ok(());
                }
                write!(f, " (what else it holds decides nothing: {})", others.join(", "))
            }
        }
    }
}

/// The sides of a check. With `against`, what a directory holds stands in place of what was written.
#[must_use]
pub fn sides(analysis: &mut Analysis, against: Option<Sources>, settings: &Settings) -> Sides {
    let mut findings = Vec::new();
    let (new, replacement) = match against {
        None => {
            let objects: Vec<Object> = written(analysis, settings).into_iter().map(enforced).collect();
            let replacement = Replacement::Written { objects: objects.len(), staged: is_staged(settings) };
            (objects, replacement)
        }
        Some(directory) => in_directory(analysis, directory, settings, &mut findings),
    };
    let input = &analysis.manifest.objects;
    let (before, problems) = Set::read(input.iter().map(document));
    let mut undecided = BTreeMap::new();
    for problem in problems {
        match problem.effect {
            Effect::Missing => findings.push(refused(problem, settings.target, Severity::Warning)),
            Effect::Unclear => drop(undecided.insert(problem.object.clone(), problem.message)),
        }
    }
    // What stands there afterwards is what the directory says, whatever the input says of it.
    let replaced: BTreeSet<&ObjectRef> = new.iter().map(|object| &object.reference).collect();
    let kept = input.iter().filter(|object| !replaced.contains(&object.reference));
    let (after, problems) = Set::read(kept.chain(&new).map(document));
    let mut unknown: Vec<Unknown> = match settings.target {
        Target::Calico(_) => Vec::new(),
        Target::Kubernetes => input.iter().chain(&new).filter_map(foreign).collect(),
    };
    for problem in problems.into_iter().filter(|problem| replaced.contains(&problem.object)) {
        if problem.effect == Effect::Unclear {
            unknown.push(unclear(&problem));
        }
        findings.push(refused(problem, settings.target, Severity::Error));
    }
    Sides { before, after, undecided, unknown, findings, replacement }
}

/// An object as the reader of policy sets takes it.
fn document(object: &Object) -> Document<'_> {
    Document {
        reference: &object.reference,
        api_version: &object.api_version,
        labels: &object.labels,
        span: object.name_span,
        root: &object.root,
    }
}

/// The finding for a policy that counts as missing, or of which nobody can tell.
fn refused(problem: Problem, target: Target, severity: Severity) -> Finding {
    let Problem { object, field, span, message, help, effect } = problem;
    let consequence = match (target, effect) {
        (Target::Calico(_), Effect::Missing) => "Calico refuses it and acts as if it were not there",
        (Target::Calico(_), Effect::Unclear) => "what Calico makes of it is not known",
        (Target::Kubernetes, Effect::Missing) => "the cluster refuses it, and it counts as not there",
        (Target::Kubernetes, Effect::Unclear) => "what the cluster makes of it is not known",
    };
    let message = format!("{message}: {consequence}");
    let mut finding = Finding::new(&REFUSED_BY_CALICO, Direction::None, message).severity(severity);
    finding.object = Some(object);
    (finding.field, finding.span, finding.help) = (field, span, help);
    finding
}

/// A policy of which nobody can tell what it decides, for whichever workload.
fn unclear(problem: &Problem) -> Unknown {
    Unknown {
        workload: "every workload".to_string(),
        port: "all".to_string(),
        why: format!("`{}` cannot be read whole: {}", problem.object, problem.message),
        cap: false,
    }
}

/// A policy of Cilium's: where Kubernetes' own are the target, it may well act, and nothing here reads it.
fn foreign(object: &Object) -> Option<Unknown> {
    if !is_cilium_policy(object) {
        return None;
    }
    let kind = object.reference.kind.as_str();
    let workload = match &object.reference.namespace {
        Some(namespace) if kind == "CiliumNetworkPolicy" => format!("every workload of `{namespace}`"),
        Some(_) | None => "every workload".to_string(),
    };
    Some(Unknown {
        workload,
        port: "all".to_string(),
        why: format!("`{}` may select it: `{kind}` is no kind that the checker reads", object.reference),
        cap: false,
    })
}

/// The objects to write, read from their text.
fn written(analysis: &mut Analysis, settings: &Settings) -> Vec<Object> {
    let mut files = Vec::new();
    for written in &analysis.written {
        let name = format!("written: {}", written.reference);
        let file = SourceFile::new(name, None, PathBuf::new(), written.text.as_str());
        files.push(analysis.sources.add(file));
    }
    // The back end has read each text back before: there is nothing to find in it.
    let Manifest { objects, own, .. } = front::objects(&analysis.sources, &files, settings, &mut Vec::new());
    objects.into_iter().chain(own).collect()
}

/// Whether this run writes staged policies.
pub(super) fn is_staged(settings: &Settings) -> bool {
    matches!(settings.target, Target::Calico(Calico { staged: true, .. }))
}

/// A staged policy as the one that it will be once it is enforced: of the kind without `Staged`, and
/// without the action.
fn enforced(mut object: Object) -> Object {
    let Some(kind) = object.reference.kind.strip_prefix("Staged") else { return object };
    object.reference.kind = kind.to_string();
    if let Value::Mapping(fields) = &mut object.root.value {
        let spec = fields.iter_mut().filter(|entry| entry.key == "spec");
        for entry in spec {
            if let Value::Mapping(fields) = &mut entry.value.value {
                fields.retain(|entry| entry.key != "stagedAction");
            }
        }
    }
    object
}

/// The objects of a directory, of which our own count like any others.
fn in_directory(
    analysis: &mut Analysis,
    directory: Sources,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> (Vec<Object>, Replacement) {
    findings.extend(directory.findings);
    analysis.skips.extend(directory.skipped);
    analysis.files += directory.map.files().len();
    let mut files = Vec::new();
    for file in directory.map.files() {
        files.push(analysis.sources.add(file.clone()));
    }
    let Manifest { objects, contested, own, skipped, documents } =
        front::objects(&analysis.sources, &files, settings, findings);
    analysis.manifest.documents += documents;
    let passed_over = skipped.into_iter().filter(|skipped| skipped.why != OWN);
    analysis.manifest.skipped.extend(passed_over);
    let mut others = BTreeMap::new();
    let (policies, rest): (Vec<Object>, Vec<Object>) = objects
        .into_iter()
        .chain(contested)
        .chain(own)
        .partition(|object| is_policy(object, settings.target));
    for object in rest {
        *others.entry(object.reference.kind).or_insert(0) += 1;
    }
    let count = policies.len();
    (policies, Replacement::Directory { objects: count, others })
}

/// Why the envelope passes over what unmesh wrote: here it counts.
const OWN: &str = "written by unmesh";

fn is_cilium_policy(object: &Object) -> bool {
    let kinds = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"];
    object.group() == "cilium.io" && kinds.contains(&object.reference.kind.as_str())
}

/// Whether an object is part of a network policy set. Staged policies decide nothing.
fn is_policy(object: &Object, target: Target) -> bool {
    let kinds = ["NetworkPolicy", "GlobalNetworkPolicy", "Tier", "NetworkSet", "GlobalNetworkSet"];
    match object.group() {
        "projectcalico.org" | "crd.projectcalico.org" => kinds.contains(&object.reference.kind.as_str()),
        "networking.k8s.io" => object.reference.kind == "NetworkPolicy",
        "cilium.io" => target == Target::Kubernetes && is_cilium_policy(object),
        _ => false,
    }
}
