//! The configuration of a run: found, read, and put beneath what the command line says.
//!
//! What a file says fills in options that were not given, so that commands see options alone. What
//! has no option is in [`Given`].

mod find;

use super::args::RunArgs;
use super::status::Failure;
use super::streams;
use super::values::{IdentityMap, SeverityArg, TargetArg};
use crate::config::file::{At, File, Mesh};
use crate::config::{L7, Layout, Target};
use crate::finding::{Override, RuleFile, Whole};
use crate::object::calico::versions::nearest;
use crate::pipeline::targets;
use crate::report::configuration as report;
use crate::report::escape;
use crate::report::human::{Detail, Look};
use crate::source::{Globs, Scope, SourceFile};
use clap::Args;
use find::Found;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Options about the configuration.
#[derive(Args, Debug)]
pub(super) struct ConfigurationArgs {
    /// Read the configuration from FILE [default: unmesh.toml, the nearest one upwards from what is
    /// read, within the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,

    /// Read no configuration
    #[arg(long, help_heading = "Configuration")]
    pub(super) no_config: bool,

    /// Leave out what the configuration excludes even where it is named (for hooks, which name files)
    #[arg(long, help_heading = "Configuration")]
    force_exclude: bool,

    /// No staged policies, whatever the configuration says
    #[arg(long, conflicts_with = "staged", help_heading = "Configuration")]
    no_staged: bool,
}

/// What a configuration says beside options.
#[derive(Default, Debug)]
pub(super) struct Given {
    /// The file, where there is one.
    pub(super) file: Option<GivenFile>,
    /// Options that stood on the command line, before the file filled in others.
    pub(super) said: BTreeSet<&'static str>,
    /// Which files are read.
    pub(super) scope: Scope,
    /// Severities for some files, but for codes whose severity stands on the command line.
    pub(super) overrides: Vec<Override>,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct GivenFile {
    /// With its name for people.
    pub(super) source: SourceFile,
    /// What it says.
    pub(super) file: File,
    /// How much of what it is about the run reads.
    pub(super) whole: Whole,
}

impl GivenFile {
    /// `unmesh.toml:3`.
    pub(super) fn place(&self, at: &Range<usize>) -> (String, usize) {
        let offset = u32::try_from(at.start).unwrap_or(u32::MAX);
        (self.source.name.clone(), self.source.position(offset).line)
    }
}

impl Given {
    /// How an option is called that a failure is about: by its place in the file, if it is from there.
    pub(super) fn name<T>(&self, flag: &str, from: fn(&File) -> Option<&At<T>>) -> String {
        let of_file = self.file.as_ref().filter(|_| !self.said.iter().any(|said| flag.starts_with(said)));
        match of_file.and_then(|given| Some(given.place(&from(&given.file)?.at))) {
            Some((name, line)) => {
                let key = flag.trim_start_matches('-').split(' ').next().unwrap_or(flag);
                format!("`{key}` of {name}:{line}")
            }
            None => format!("`{flag}`"),
        }
    }

    /// The file, as findings about it need it.
    pub(super) fn rule_file(&self) -> Option<RuleFile> {
        self.file.as_ref().map(|given| RuleFile {
            name: given.source.name.clone(),
            text: given.source.text.clone(),
            whole: given.whole,
        })
    }
}

/// Finds the configuration and puts what it says beneath the options.
///
/// # Errors
/// It cannot be read, or something in it is wrong.
pub(super) fn apply(args: &mut RunArgs) -> Result<(), Failure> {
    args.given.said = said(args);
    let say = |text: String| {
        if !args.look.quiet {
            streams::say(&escape::text(&format!("{text}\n")), args.look.color);
        }
    };
    let found = match &args.configuration.config {
        Some(path) => Some(find::named(path)?),
        None if args.configuration.no_config => None,
        None => {
            let (found, stopped) = find::nearest(&args.paths)?;
            if let Some(text) = stopped {
                say(format!("warning: {text}"));
            }
            found
        }
    };
    let Some(Found { name, base, text }) = found else { return Ok(()) };
    let empty = if text.trim().is_empty() { ", which is empty" } else { "" };
    say(format!("info: the configuration is {name}{empty}"));
    let source = SourceFile::new(name, None, PathBuf::new(), text);
    let mut file = read(&source, args)?;
    for key in moot(&mut file, args) {
        let (name, target) = (&source.name, target(args).to_string());
        say(format!("info: `{key}` of {name} does not go with {target}, and is left out"));
    }
    let whole = reach(&base, args);
    let exclude: Vec<&str> = file.exclude.iter().map(|one| one.value.as_str()).collect();
    args.given.scope = Scope {
        // Each pattern was read before.
        exclude: Globs::new(&exclude).unwrap_or_default(),
        base: Some(base),
        why: format!("excluded by {}", source.name),
        force: args.configuration.force_exclude,
    };
    let directory = Path::new(&source.name).parent().map(Path::to_path_buf).unwrap_or_default();
    fill(args, &file, &directory);
    args.given.file = Some(GivenFile { source, file, whole });
    Ok(())
}

/// Reads the file; shows all that is wrong with it.
fn read(source: &SourceFile, args: &RunArgs) -> Result<File, Failure> {
    File::read(&source.text).map_err(|problems| {
        let detail = if args.look.quiet { Detail::Quiet } else { Detail::Normal };
        let look = streams::look(Look::plain(detail, true), args.look.color);
        streams::say(&report::problems(source, &problems, look), args.look.color);
        let count = crate::report::summary::count(problems.len(), "mistake");
        Failure::new(format!("the configuration `{}` has {count}; nothing was read", source.name))
            .help("mend it, or use --no-config; `unmesh init --stdout` shows how one looks")
    })
}

/// The options on the command line that a file could have set.
fn said(args: &RunArgs) -> BTreeSet<&'static str> {
    let no_staged = args.configuration.no_staged;
    let rows = [
        ("--target", args.target.is_some()),
        ("--layout", args.layout.is_some()),
        ("--staged", args.staged),
        ("--no-staged", no_staged),
        ("--l7", args.l7.is_some()),
        ("--fail-on", args.fail_on.is_some()),
        ("--baseline", args.baseline.baseline.is_some()),
        ("--root-namespace", args.root_namespace.is_some()),
        ("--trust-domain", args.trust_domain.is_some()),
        ("--mesh-namespaces", args.mesh_namespaces.is_some()),
        ("--system-namespaces", !args.system_namespaces.is_empty()),
        ("--map-identity", !args.map_identity.is_empty()),
        ("--default-namespace", args.default_namespace.is_some()),
        ("--accept", !args.accept.is_empty()),
        ("--severity", !args.severity.is_empty()),
    ];
    rows.into_iter().filter(|(_, said)| *said).map(|(flag, _)| flag).collect()
}

fn target(args: &RunArgs) -> Target {
    args.target.map(|TargetArg(target)| target).unwrap_or_default()
}

/// Takes out of the file what is about another target than the one that the command line names. What
/// would be enforced instead of staged is no such thing: that fails.
fn moot(file: &mut File, args: &RunArgs) -> Vec<&'static str> {
    let mut out = Vec::new();
    if args.target.is_none() {
        return out;
    }
    let target = target(args);
    let fits = |layout: Layout| match target {
        Target::Calico(calico) => layout == Layout::Portable || nearest(calico.version).tiers,
        Target::Kubernetes => false,
    };
    if args.layout.is_none() && file.layout.take_if(|layout| !fits(layout.value)).is_some() {
        out.push("layout");
    }
    let idle = |l7: &mut At<L7>| l7.value == L7::Dikastes && !targets::dikastes_works(target);
    if args.l7.is_none() && file.l7.take_if(idle).is_some() {
        out.push("l7");
    }
    out
}

/// How much of what the file is about the run reads: all below its directory, or what is piped in.
fn reach(base: &Path, args: &RunArgs) -> Whole {
    let nothing = args.paths.is_empty();
    let mut directories = args.paths.iter().filter_map(|path| path.canonicalize().ok());
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let reads_here = nothing && !super::inputs::is_fed();
    if directories.any(|path| base.starts_with(path))
        || (reads_here && here.is_some_and(|here| base.starts_with(here)))
    {
        return Whole::Yes;
    }
    let piped = args.paths.iter().any(|path| path == Path::new("-")) || (nothing && !reads_here);
    if piped || args.configuration.config.is_some() { Whole::WithoutPaths } else { Whole::No }
}

/// Puts the file's values where the command line has none, and before those of lists.
fn fill(args: &mut RunArgs, file: &File, directory: &Path) {
    let File { target, layout, staged, l7, fail_on, baseline, exclude: _, mesh, severity, accept, overrides } =
        file;
    let Mesh { root_namespace, trust_domain, namespaces, system_namespaces, default_namespace, identities } =
        mesh;
    args.target = args.target.or(value(target.as_ref()).map(TargetArg));
    args.layout = args.layout.or(value(layout.as_ref()));
    args.staged |= !args.configuration.no_staged && value(staged.as_ref()).unwrap_or(false);
    args.l7 = args.l7.or(value(l7.as_ref()));
    args.fail_on = args.fail_on.or(value(fail_on.as_ref()));
    if let (None, Some(baseline)) = (&args.baseline.baseline, baseline) {
        args.baseline.baseline = Some(directory.join(&baseline.value));
    }
    fill_one(&mut args.root_namespace, root_namespace.as_ref());
    fill_one(&mut args.trust_domain, trust_domain.as_ref());
    fill_one(&mut args.mesh_namespaces, namespaces.as_ref());
    fill_one(&mut args.default_namespace, default_namespace.as_ref());
    let system = system_namespaces.iter().flat_map(|names| names.value.iter().cloned());
    args.system_namespaces.splice(0..0, system);
    let maps = identities.iter().map(|one| IdentityMap(one.value.0.clone(), one.value.1.clone()));
    args.map_identity.splice(0..0, maps);
    args.accept.splice(0..0, accept.iter().cloned());
    let stronger: BTreeSet<&str> =
        args.severity.iter().flat_map(|arg| &arg.codes).map(|code| code.id).collect();
    args.given.overrides = overrides.iter().map(|one| without(&one.value, &stronger)).collect();
    let severities =
        severity.iter().map(|one| SeverityArg { codes: one.value.0.clone(), severity: one.value.1 });
    args.severity.splice(0..0, severities);
}

fn value<T: Copy>(value: Option<&At<T>>) -> Option<T> {
    value.map(|value| value.value)
}

fn fill_one<T: Clone>(option: &mut Option<T>, value: Option<&At<T>>) {
    if let (None, Some(value)) = (&option, value) {
        *option = Some(value.value.clone());
    }
}

/// Severities for some files, but for codes that the command line is about.
fn without(set: &Override, codes: &BTreeSet<&str>) -> Override {
    let mut set = set.clone();
    set.severity.retain(|code, _| !codes.contains(code));
    set
}
