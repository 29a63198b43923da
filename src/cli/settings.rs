//! Options to what the stages take: settings, rules, formats.

use super::args::RunArgs;
use super::status::{Failure, Status};
use super::values::{Format, FormatArg, IdentityMap, TargetArg};
use crate::config::{Asked, L7, Layout, Settings, Target};
use crate::finding::{Report, Rules};
use crate::object::calico::versions::{capabilities, default_layout, nearest};
use std::path::PathBuf;

/// The settings of a run.
///
/// # Errors
/// Dikastes is asked for where it refuses everything, or reads nothing; a layout, or staged policies, of a
/// target that has none.
pub(super) fn settings(args: &RunArgs) -> Result<Settings, Failure> {
    let split = |names: &[String]| -> std::collections::BTreeSet<String> {
        names.iter().map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect()
    };
    let unstated = Settings::default();
    let settings = Settings {
        target: target(args)?,
        l7: args.l7.unwrap_or(L7::Unstated),
        asked: Asked {
            root_namespace: args.root_namespace.is_some(),
            trust_domain: args.trust_domain.is_some(),
        },
        root_namespace: args.root_namespace.clone().unwrap_or(unstated.root_namespace),
        trust_domain: args.trust_domain.clone().unwrap_or(unstated.trust_domain),
        trust_domain_aliases: unstated.trust_domain_aliases,
        path_normalization: unstated.path_normalization,
        mesh_namespaces: args.mesh_namespaces.as_deref().map(split),
        system_namespaces: split(&args.system_namespaces),
        map_identity: args
            .map_identity
            .iter()
            .map(|IdentityMap(old, new)| (old.clone(), new.clone()))
            .collect(),
        default_namespace: args.default_namespace.clone().unwrap_or(unstated.default_namespace),
    };
    let why_not = match settings.target {
        Target::Calico(calico) => {
            let broken =
                capabilities(calico.version).is_some_and(|capabilities| !capabilities.dikastes_works);
            broken.then_some("where Dikastes refuses everything")
        }
        Target::Kubernetes => Some("whose NetworkPolicies Dikastes does not read"),
    };
    match why_not.filter(|_| settings.l7 == L7::Dikastes) {
        Some(why) => Err(Failure::new(format!(
            "{} does not go with {}, {why}; leave it out, or use --l7 none",
            args.given.name("--l7 dikastes", |file| file.l7.as_ref()),
            settings.target
        ))),
        None => Ok(settings),
    }
}

/// The target, with the layout that was asked for or that its version has by default.
fn target(args: &RunArgs) -> Result<Target, Failure> {
    let target = args.target.map(|TargetArg(target)| target).unwrap_or_default();
    let Target::Calico(calico) = target else {
        let layout = args.given.name("--layout", |file| file.layout.as_ref());
        let staged = args.given.name("--staged", |file| file.staged.as_ref());
        let asked = [(args.layout.is_some(), layout), (args.staged, staged)];
        return match asked.iter().find(|(asked, _)| *asked) {
            Some((_, option)) => Err(Failure::new(format!("{option} is for Calico alone, not for {target}"))),
            None => Ok(target),
        };
    };
    let can = nearest(calico.version);
    let layout = args.layout.unwrap_or_else(|| default_layout(calico.version));
    if layout == Layout::Tiers && !can.tiers {
        return Err(Failure::new(format!(
            "{} does not go with {target}: Calico has tiers from 3.29 on; leave it out, or use --layout portable",
            args.given.name("--layout tiers", |file| file.layout.as_ref())
        )));
    }
    if args.staged && !can.staged {
        return Err(Failure::new(format!(
            "{} does not go with {target}: Calico has staged policies from 3.30 on; leave it out",
            args.given.name("--staged", |file| file.staged.as_ref())
        )));
    }
    Ok(Target::Calico(crate::config::Calico { layout, staged: args.staged, ..calico }))
}

/// What the user said of codes. Of several severities for one code the last counts: those of the
/// configuration come first.
pub(super) fn rules(args: &RunArgs) -> Rules {
    let severity = args.severity.iter().flat_map(|arg| arg.codes.iter().map(|code| (code.id, arg.severity)));
    Rules {
        accepted: args.accept.clone(),
        severity: severity.collect(),
        overrides: args.given.overrides.clone(),
        file: args.given.rule_file(),
    }
}

/// The status that findings alone give.
pub(super) fn status(args: &RunArgs, report: &Report) -> Status {
    if args.fail_on.unwrap_or_default().fails(report.gravest()) { Status::Findings } else { Status::Clean }
}

/// Where findings go.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Formats {
    /// For people, on standard error.
    pub(super) stderr: bool,
    /// For machines, on standard output.
    pub(super) stdout: bool,
    /// To files.
    pub(super) files: Vec<(Format, PathBuf)>,
}

/// Sorts the formats out; `product` says that standard output is taken.
///
/// # Errors
/// Two things would share standard output, or a file.
pub(super) fn formats(args: &[FormatArg], product: bool) -> Result<Formats, Failure> {
    let mut formats = Formats { stderr: false, stdout: false, files: Vec::new() };
    let mut human = false;
    for FormatArg { format, file } in args {
        human |= *format == Format::Human;
        match (format, file) {
            (_, Some(path)) if formats.files.iter().any(|(_, other)| other == path) => {
                return Err(Failure::new(format!("two formats name the file `{}`", path.display())));
            }
            (_, Some(path)) => formats.files.push((*format, path.clone())),
            (Format::Human, None) => formats.stderr = true,
            (Format::Json, None) if product => {
                return Err(Failure::new(
                    "`--format json` needs a file here: standard output is for the policies",
                )
                .help("write `--format json=FILE`"));
            }
            (Format::Json, None) if formats.stdout => {
                return Err(Failure::new("standard output takes one format")
                    .help("give the other one a file: `--format json=FILE`"));
            }
            (Format::Json, None) => formats.stdout = true,
        }
    }
    formats.stderr |= !human && !formats.stdout;
    Ok(formats)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(args: &[&str], product: bool) -> Result<(bool, bool, usize), String> {
        let args: Vec<FormatArg> = args.iter().map(|arg| arg.parse().unwrap()).collect();
        formats(&args, product)
            .map(|formats| (formats.stderr, formats.stdout, formats.files.len()))
            .map_err(|failure| failure.message)
    }

    #[test]
    fn findings_go_to_people_unless_a_machine_has_standard_output() {
        for (args, expected) in [
            (vec![], (true, false, 0)),
            (vec!["human"], (true, false, 0)),
            (vec!["json"], (false, true, 0)),
            (vec!["json", "human"], (true, true, 0)),
            (vec!["json=a.json"], (true, false, 1)),
            (vec!["human=a.txt"], (false, false, 1)),
            (vec!["json", "json=a.json"], (false, true, 1)),
        ] {
            assert_eq!(sorted(&args, false), Ok(expected), "{args:?}");
        }
    }

    #[test]
    fn nothing_shares_standard_output_or_a_file() {
        assert!(sorted(&["json"], true).unwrap_err().contains("needs a file"));
        assert!(sorted(&["json", "json"], false).unwrap_err().contains("one format"));
        assert!(sorted(&["json=x", "human=x"], false).unwrap_err().contains("`x`"));
        assert_eq!(sorted(&["json=x"], true), Ok((true, false, 1)));
    }
}
