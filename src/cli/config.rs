//! `unmesh config`: the settings in force, and where each comes from.

use super::args::{ConfigArgs, RunArgs};
use super::configuration::GivenFile;
use super::inputs::{inputs, read};
use super::settings::settings;
use super::status::{Failure, Status};
use super::streams;
use super::values::{Format, FormatArg, IdentityMap, SeverityArg};
use crate::config::file::{At, File};
use crate::config::{L7, Settings, Target, values};
use crate::finding::{Acceptance, Code, Override, Severity};
use crate::manifest::mesh::Mesh;
use crate::pipeline;
use crate::report::settings::{
    Accepted, InForce, Level, Mapped, Origin, Overridden, Setting, Value, render, render_json,
};
use crate::source::{SourceMap, Sources, display_path};
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// Shows them. The input is read for what a MeshConfig says; there need not be any.
pub(super) fn run(args: &ConfigArgs) -> Result<Status, Failure> {
    let args = &args.run;
    let json = is_json(&args.format)?;
    let settings = settings(args)?;
    let sources = match read(&inputs(&args.paths), args) {
        Ok(sources) => sources,
        Err(_) if args.paths.is_empty() => Sources::default(),
        Err(failure) => return Err(failure),
    };
    let front = pipeline::read(sources, &settings);
    let shown = in_force(args, &settings, &front.inventory.mesh, &front.sources);
    let text = if json { render_json(&shown) } else { render(&shown) };
    streams::product(&text).map(|()| Status::Clean)
}

/// Whether JSON is asked for; the product is one text on standard output.
fn is_json(formats: &[FormatArg]) -> Result<bool, Failure> {
    match formats {
        [] | [FormatArg { format: Format::Human, file: None }] => Ok(false),
        [FormatArg { format: Format::Json, file: None }] => Ok(true),
        _ => Err(Failure::new("`unmesh config` writes `human` or `json`, to standard output")),
    }
}

/// Who says something.
struct Says<'a> {
    args: &'a RunArgs,
    file: Option<&'a GivenFile>,
}

impl Says<'_> {
    /// The option, the line of the file, or nobody.
    fn origin<T>(&self, flag: &'static str, from: fn(&File) -> Option<&At<T>>) -> Origin {
        if self.args.given.said.contains(flag) {
            return Origin::Flag(flag);
        }
        self.line(from).unwrap_or(Origin::Default)
    }

    fn line<T>(&self, from: fn(&File) -> Option<&At<T>>) -> Option<Origin> {
        let given = self.file?;
        Some(given_at(given, &from(&given.file)?.at))
    }

    /// The same for a list that options add to.
    fn origins<T>(&self, flag: &'static str, from: fn(&File) -> Option<&At<T>>) -> Vec<Origin> {
        let flag = self.args.given.said.contains(flag).then_some(Origin::Flag(flag));
        let all: Vec<Origin> = self.line(from).into_iter().chain(flag).collect();
        if all.is_empty() { vec![Origin::Default] } else { all }
    }

    /// A setting that a MeshConfig may have said as well.
    fn or_input(origin: Origin, stated: Option<Leaf<String>>, sources: &SourceMap) -> Origin {
        match (origin, stated) {
            (Origin::Default, Some(leaf)) => {
                let file = sources.file(leaf.span.file);
                Origin::Input(file.name.clone(), file.position(leaf.span.start).line)
            }
            (origin, _) => origin,
        }
    }
}

fn given_at(given: &GivenFile, at: &std::ops::Range<usize>) -> Origin {
    let (name, line) = given.place(at);
    Origin::File(name, line)
}

fn in_force(args: &RunArgs, settings: &Settings, mesh: &Mesh, sources: &SourceMap) -> InForce {
    let says = Says { args, file: args.given.file.as_ref() };
    let of_mesh = mesh.applied(settings);
    InForce {
        file: says.file.map(|given| given.source.name.clone()),
        settings: [top(&says, settings), of_the_mesh(&says, &of_mesh, mesh, sources)].concat(),
        identities: identities(&says),
        severity: levels(&says),
        accept: accepted(&says),
        overrides: overridden(&says),
    }
}

fn one(key: &'static str, value: Value, origin: Origin) -> Setting {
    Setting { key, value, origins: vec![origin] }
}

/// What stands above the first table.
fn top(says: &Says<'_>, settings: &Settings) -> Vec<Setting> {
    let (layout, staged) = match settings.target {
        Target::Calico(calico) => (Value::Text(calico.layout.to_string()), calico.staged),
        Target::Kubernetes => (Value::Unset("Kubernetes has none"), false),
    };
    let l7 = match settings.l7 {
        L7::Unstated => Value::Unset("L7 rules act on pods with the label unmesh.dev/l7=dikastes"),
        L7::Dikastes => Value::Text("dikastes".to_string()),
        L7::None => Value::Text("none".to_string()),
    };
    let staged_by = if says.args.given.said.contains("--no-staged") {
        Origin::Flag("--no-staged")
    } else {
        says.origin("--staged", |file| file.staged.as_ref())
    };
    let fail_on = says.args.fail_on.unwrap_or_default().word().to_string();
    let baseline = says.args.baseline.baseline.as_deref();
    let baseline = baseline.map(|path| Value::Text(display_path(path)));
    let exclude = says.args.given.scope.exclude.patterns().to_vec();
    vec![
        one(
            "target",
            Value::Text(settings.target.to_string()),
            says.origin("--target", |file| file.target.as_ref()),
        ),
        one("layout", layout, says.origin("--layout", |file| file.layout.as_ref())),
        one("staged", Value::Flag(staged), staged_by),
        one("l7", l7, says.origin("--l7", |file| file.l7.as_ref())),
        one("fail-on", Value::Text(fail_on), says.origin("--fail-on", |file| file.fail_on.as_ref())),
        one(
            "baseline",
            baseline.unwrap_or(Value::Unset("there is none")),
            says.origin("--baseline", |file| file.baseline.as_ref()),
        ),
        one(
            "exclude",
            Value::List(exclude),
            says.line(|file| file.exclude.first()).unwrap_or(Origin::Default),
        ),
    ]
}

/// What stands in `[mesh]`.
fn of_the_mesh(says: &Says<'_>, settings: &Settings, mesh: &Mesh, sources: &SourceMap) -> Vec<Setting> {
    let root = says.origin("--root-namespace", |file| file.mesh.root_namespace.as_ref());
    let domain = says.origin("--trust-domain", |file| file.mesh.trust_domain.as_ref());
    let namespaces = match &settings.mesh_namespaces {
        Some(names) => Value::List(names.iter().cloned().collect()),
        None => Value::Unset("those whose labels and workloads say so"),
    };
    let system = Value::List(settings.system_namespaces.iter().cloned().collect());
    let default = Value::Text(settings.default_namespace.clone());
    vec![
        one(
            "mesh.root-namespace",
            Value::Text(settings.root_namespace.clone()),
            Says::or_input(root, mesh.stated_root_namespace(), sources),
        ),
        one(
            "mesh.trust-domain",
            Value::Text(settings.trust_domain.clone()),
            Says::or_input(domain, mesh.stated_trust_domain(), sources),
        ),
        one(
            "mesh.namespaces",
            namespaces,
            says.origin("--mesh-namespaces", |file| file.mesh.namespaces.as_ref()),
        ),
        Setting {
            key: "mesh.system-namespaces",
            value: system,
            origins: says.origins("--system-namespaces", |file| file.mesh.system_namespaces.as_ref()),
        },
        one(
            "mesh.default-namespace",
            default,
            says.origin("--default-namespace", |file| file.mesh.default_namespace.as_ref()),
        ),
    ]
}

fn identities(says: &Says<'_>) -> Vec<Mapped> {
    let of_file = says
        .file
        .into_iter()
        .flat_map(|given| given.file.mesh.identities.iter().map(|one| given_at(given, &one.at)));
    let origins = of_file.chain(std::iter::repeat(Origin::Flag("--map-identity")));
    let mut all: Vec<Mapped> = Vec::new();
    for (IdentityMap(old, new), origin) in says.args.map_identity.iter().zip(origins) {
        let (old, new) = (old.to_string(), new.to_string());
        if !all.iter().any(|other| other.old == old && other.new == new) {
            all.push(Mapped { old, new, origin });
        }
    }
    all
}

/// Severities in the order of effect, without those that a later one replaces in full.
fn levels(says: &Says<'_>) -> Vec<Level> {
    let of_file = says
        .file
        .into_iter()
        .flat_map(|given| given.file.severity.iter().map(|one| given_at(given, &one.at)));
    let origins = of_file.chain(std::iter::repeat(Origin::Flag("--severity")));
    let all: Vec<(&SeverityArg, Origin)> = says.args.severity.iter().zip(origins).collect();
    let replaced = |index: usize, codes: &[&Code]| {
        let later = all.iter().skip(index + 1);
        later.clone().any(|(other, _)| codes.iter().all(|code| other.codes.contains(code)))
    };
    let shown = all.iter().enumerate().filter(|(index, (arg, _))| !replaced(*index, &arg.codes));
    let level = |(_, (arg, origin)): (usize, &(&SeverityArg, Origin))| Level {
        codes: name_of(&arg.codes),
        severity: word(arg.severity),
        origin: origin.clone(),
    };
    shown.map(level).collect()
}

/// A code's id, or the family that the codes are.
fn name_of(codes: &[&'static Code]) -> String {
    match codes {
        [code] => code.id.to_string(),
        codes => codes.first().map_or_else(String::new, |code| family(code)),
    }
}

/// `UM3xx`.
fn family(code: &Code) -> String {
    format!("{}xx", code.id.chars().take(3).collect::<String>())
}

fn word(severity: Option<Severity>) -> &'static str {
    let mut words = values::SEVERITIES.iter();
    words.find(|(_, other)| *other == severity).map_or("off", |(word, _)| word)
}

fn accepted(says: &Says<'_>) -> Vec<Accepted> {
    let mut all: Vec<Accepted> = Vec::new();
    for Acceptance { code, object, paths, reason, at } in &says.args.accept {
        let origin = match (says.file, at) {
            (Some(given), Some(at)) => given_at(given, at),
            (_, _) => Origin::Flag("--accept"),
        };
        let paths = paths.as_ref().map(|paths| paths.patterns().to_vec());
        let same =
            |other: &Accepted| other.code == code.id && other.object == *object && other.paths == paths;
        if !all.iter().any(same) {
            let (object, reason) = (object.clone(), reason.clone());
            all.push(Accepted { code: code.id, name: code.name, object, paths, reason, origin });
        }
    }
    all
}

fn overridden(says: &Says<'_>) -> Vec<Overridden> {
    let Some(given) = says.file else { return Vec::new() };
    let shown = given.file.overrides.iter().zip(&says.args.given.overrides);
    let one = |(stated, Override { paths, severity }): (&At<Override>, &Override)| Overridden {
        paths: paths.patterns().to_vec(),
        severity: levels_of(severity, &given_at(given, &stated.at)),
    };
    shown.map(one).filter(|one| !one.severity.is_empty()).collect()
}

/// Severities by code, whole families under their name.
fn levels_of(severity: &BTreeMap<&'static str, Option<Severity>>, origin: &Origin) -> Vec<Level> {
    let mut out: Vec<Level> = Vec::new();
    for (id, to) in severity {
        let Ok(code) = values::code(id) else { continue };
        let whole = values::codes(&family(code))
            .is_ok_and(|all| all.iter().all(|other| severity.get(other.id) == Some(to)));
        let codes = if whole { family(code) } else { (*id).to_string() };
        let level = Level { codes, severity: word(*to), origin: origin.clone() };
        if !out.contains(&level) {
            out.push(level);
        }
    }
    out
}
