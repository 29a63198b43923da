//! `unmesh completions SHELL`: a script that completes commands, options and their values.
//!
//! The scripts are clap's own, which hold the possible values of an option and ask for files
//! elsewhere. Parsing takes more than can be listed (`UM202@KIND/NS/NAME`, `calico@3.30.2`), so the
//! lists are given to a copy of the command line that nothing is parsed with.

use super::args::{Cli, CompletionsArgs};
use super::status::{Failure, Status};
use super::streams;
use super::values::formats;
use crate::config::Version;
use crate::finding::codes;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::Shell;
use std::collections::BTreeSet;

/// What follows clap's script for bash.
const GLUE: &str = include_str!("completions/glue.bash");

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs) -> Result<Status, Failure> {
    let mut command = listed(Cli::command());
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "unmesh", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    match args.shell {
        Shell::Bash => script.push_str(GLUE),
        Shell::Fish => script.push_str(&words_for_fish(&command)),
        _ => {}
    }
    streams::product(&script).map(|()| Status::Clean)
}

/// What can stand after a command by itself (`explain UM202`): clap's script for fish leaves it out.
fn words_for_fish(command: &Command) -> String {
    let line = |sub: &Command| {
        let words = sub.get_positionals().flat_map(Arg::get_possible_values);
        let words: Vec<String> = words.map(|word| word.get_name().to_string()).collect();
        let (name, words) = (sub.get_name(), words.join(" "));
        format!("complete -c unmesh -n \"__fish_unmesh_using_subcommand {name}\" -f -a \"{words}\"\n")
    };
    let has_words = |sub: &&Command| sub.get_positionals().any(|arg| !arg.get_possible_values().is_empty());
    command.get_subcommands().filter(has_words).map(line).collect()
}

/// The command line with what each option can be completed to.
fn listed(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_string()).collect();
    let command = command.mut_args(with_values);
    names.iter().fold(command, |command, name| command.mut_subcommand(name, listed))
}

fn with_values(arg: Arg) -> Arg {
    let id = arg.get_id().as_str();
    if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() {
        arg
    } else if ["output", "against"].contains(&id) {
        arg.value_hint(ValueHint::DirPath)
    } else if let Some(listed) = values(id) {
        arg.value_parser(PossibleValuesParser::new(listed))
    } else if arg.get_value_hint() == ValueHint::Unknown {
        // No file belongs here.
        arg.value_hint(ValueHint::Other)
    } else {
        arg
    }
}

/// The values that are worth a list, by the option's name in [`super::args`].
fn values(option: &str) -> Option<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    let codes = || codes::all().flat_map(|code| [code.id.to_string(), code.name.to_string()]);
    match option {
        "code" | "accept" => Some(codes().collect()),
        "severity" => Some(families().iter().flat_map(|family| severities(family)).collect()),
        "target" => Some(targets()),
        "format" => Some(words(&formats())),
        "layout" => Some(words(&["portable", "tiers"])),
        "l7" => Some(words(&["dikastes", "none"])),
        "fail_on" => Some(words(&["error", "warning", "info", "never"])),
        "color" => Some(words(&["auto", "always", "never"])),
        _ => None,
    }
}

/// Each family with each severity. Single codes would be some six hundred words.
fn severities(family: &str) -> [String; 4] {
    ["error", "warning", "info", "off"].map(|severity| format!("{family}={severity}"))
}

/// `UM2xx` for each family that has codes.
fn families() -> BTreeSet<String> {
    codes::all().filter_map(|code| code.id.get(..3)).map(|start| format!("{start}xx")).collect()
}

fn targets() -> Vec<String> {
    let (oldest, newest) = (Version::OLDEST, Version::NEWEST);
    let calico = (oldest.minor..=newest.minor).map(|minor| format!("calico@{}.{minor}", oldest.major));
    calico.chain(["kubernetes".to_string()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_what_the_command_line_takes() {
        let offered: [(&str, &[&str]); 8] = [
            ("accept", &["UM202", "header-match"]),
            ("severity", &["UM0xx=off", "UM6xx=error"]),
            ("target", &["calico@3.26", "calico@3.32", "kubernetes"]),
            ("format", &["human", "json"]),
            ("layout", &["tiers"]),
            ("l7", &["none"]),
            ("fail_on", &["never"]),
            ("color", &["auto"]),
        ];
        for (option, some) in offered {
            let all = values(option).unwrap();
            for value in some {
                assert!(all.iter().any(|one| one == value), "--{option} is not offered {value}");
            }
            for value in all {
                let line = ["unmesh", "lint", &format!("--{}", option.replace('_', "-")), &value];
                let parsed = Cli::command().try_get_matches_from(line);
                assert!(parsed.is_ok(), "--{option} {value} is offered and refused");
            }
        }
        for code in values("code").unwrap() {
            assert!(Cli::command().try_get_matches_from(["unmesh", "explain", &code]).is_ok(), "{code}");
        }
    }

    #[test]
    fn each_format_that_is_taken_is_offered() {
        for name in ["human", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"] {
            let line = ["unmesh", "lint", "--format", name];
            let is_taken = Cli::command().try_get_matches_from(line).is_ok();
            assert_eq!(values("format").unwrap().iter().any(|one| one == name), is_taken, "{name}");
        }
    }

    #[test]
    fn lists_change_nothing_but_the_script() {
        let mut command = listed(Cli::command());
        command.build();
        let lint = command.find_subcommand("lint").unwrap();
        let hint = |id: &str| {
            lint.get_arguments().find(|arg| arg.get_id() == id).map(clap::Arg::get_value_hint).unwrap()
        };
        assert_eq!(hint("paths"), ValueHint::AnyPath);
        assert_eq!(hint("root_namespace"), ValueHint::Other);
        let translate = command.find_subcommand("translate").unwrap();
        let output = translate.get_arguments().find(|arg| arg.get_id() == "output").unwrap();
        assert_eq!(output.get_value_hint(), ValueHint::DirPath);
    }
}
