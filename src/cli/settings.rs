//! Options to what the stages take: settings, rules, formats.

use super::args::RunArgs;
use super::status::{Failure, Status};
use super::values::{Format, FormatArg, IdentityMap, TargetArg};
use crate::config::{Asked, L7, Layout, Settings, Target};
use crate::finding::{Finding, Report, Rules};
use crate::object::calico::versions::{capabilities, default_layout, nearest};
use crate::source::display_path;
use std::path::{Path, PathBuf};

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

/// Whether a finding alone fails the run.
pub(super) fn fails(args: &RunArgs, finding: &Finding) -> bool {
    args.fail_on.unwrap_or_default().fails(Some(finding.severity))
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
    pub(super) stdout: Option<Format>,
    /// To files.
    pub(super) files: Vec<(Format, PathBuf)>,
}

impl Formats {
    /// Refuses formats that are lists of findings where a command answers something else; Markdown can
    /// hold any text.
    ///
    /// # Errors
    /// One of them is asked for.
    pub(super) fn answers_alone(&self, why: &str, markdown: bool) -> Result<(), Failure> {
        let asked = self.stdout.iter().chain(self.files.iter().map(|(format, _)| format));
        let fits = |format: &Format| match format {
            Format::Human | Format::Json => true,
            Format::Markdown => markdown,
            Format::Sarif | Format::Github | Format::Gitlab | Format::Junit => false,
        };
        match asked.copied().find(|format| !fits(format)) {
            None => Ok(()),
            Some(format) => {
                let there = if markdown { "`human`, `json` or `markdown`" } else { "`human` or `json`" };
                let message = format!("{why}: there is no `{}` of it", format.word());
                Err(Failure::new(message).help(format!("take {there}")))
            }
        }
    }
}

/// Sorts the formats out; `product` says that standard output is taken.
///
/// # Errors
/// Two things would share standard output, or a file.
pub(super) fn formats(args: &[FormatArg], product: bool) -> Result<Formats, Failure> {
    let mut formats = Formats { stderr: false, stdout: None, files: Vec::new() };
    let mut human = false;
    for FormatArg { format, file } in args {
        human |= *format == Format::Human;
        match (format, file) {
            (_, Some(path)) if formats.files.iter().any(|(_, other)| is_same(other, path)) => {
                return Err(Failure::new(format!("two formats name the file `{}`", display_path(path))));
            }
            (_, Some(path)) => formats.files.push((*format, path.clone())),
            (Format::Human, None) => formats.stderr = true,
            (machine, None) if product => {
                let word = machine.word();
                let message =
                    format!("`--format {word}` needs a file here: standard output is for the policies");
                return Err(Failure::new(message).help(format!("write `--format {word}=FILE`")));
            }
            (machine, None) if formats.stdout.is_some() => {
                let help = format!("give the other one a file: `--format {}=FILE`", machine.word());
                return Err(Failure::new("standard output takes one format").help(help));
            }
            (machine, None) => formats.stdout = Some(*machine),
        }
    }
    formats.stderr |= !human && formats.stdout.is_none();
    Ok(formats)
}

/// Whether two names are one file's, as far as names show it. Devices may take several texts.
fn is_same(left: &Path, right: &Path) -> bool {
    display_path(left) == display_path(right) && !left.starts_with("/dev")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(args: &[&str], product: bool) -> Result<(bool, bool, usize), String> {
        let args: Vec<FormatArg> = args.iter().map(|arg| arg.parse().unwrap()).collect();
        formats(&args, product)
            .map(|formats| (formats.stderr, formats.stdout.is_some(), formats.files.len()))
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
            (vec!["github"], (false, true, 0)),
            (vec!["github", "human", "sarif=a.sarif", "junit=a.xml"], (true, true, 2)),
            (vec!["markdown=a.md", "gitlab=a.json"], (true, false, 2)),
        ] {
            assert_eq!(sorted(&args, false), Ok(expected), "{args:?}");
        }
    }

    #[test]
    fn nothing_shares_standard_output_or_a_file() {
        assert!(sorted(&["json"], true).unwrap_err().contains("needs a file"));
        assert!(sorted(&["sarif"], true).unwrap_err().contains("`--format sarif` needs a file"));
        assert!(sorted(&["json", "json"], false).unwrap_err().contains("one format"));
        assert!(sorted(&["json", "junit"], false).unwrap_err().contains("one format"));
        assert!(sorted(&["json=x", "human=x"], false).unwrap_err().contains("`x`"));
        assert!(sorted(&["json=x", "sarif=./x"], false).unwrap_err().contains("`x`"));
        assert_eq!(sorted(&["json=x"], true), Ok((true, false, 1)));
    }
}
