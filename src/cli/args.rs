//! The command line as types. What each option means to the stages is in [`super::settings`].

use super::baseline::{BaselineArgs, UpdateArgs};
use super::configuration::{ConfigurationArgs, Given};
use super::question::{ClaimArg, ContentArg, HeaderArg, ToArg, WhoArg};
use super::values::{CodeArg, ColorArg, FormatArg, IdentityMap, SeverityArg, TargetArg};
use super::within::WithinArgs;
use crate::config::values::{self, FailOn};
use crate::config::{L7, Layout};
use crate::finding::Acceptance;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const AFTER: &str = "\
Exit status:
  0  nothing at or above --fail-on; with --check: up to date
  1  findings at or above --fail-on; with --check: files differ
  2  could not run: usage, configuration, a path that cannot be read, no input
  3  verify: nothing fails, but something is unknown

Calico 3.31.6 and later normalise paths on both sides of a match, so that most path rules widen a
little there. Who is fine with that says `--accept path-normalised`.";

const AFTER_VERIFY: &str = "\
Exit status:
  0  holds, or holds as announced: each difference is announced by a finding, and none widens
     unless it is accepted
  1  fails: a difference that no finding announced, or something that widens and is not accepted;
     with --exact: any difference; or findings about the input at or above --fail-on
  2  could not run: usage, configuration, a path that cannot be read, no input
  3  nothing fails, but something is unknown";

const AFTER_WHY: &str = "\
PEER is one of
  NS/WORKLOAD         a pod of a workload of the input
  NS/sa:NAME          a pod with this service account, whatever its labels
  NS/KEY=VALUE,...    a pod with these labels and no other
  ADDRESS             an IP address that is no pod's
  node-local          the pod's own node
  outside             some address outside the cluster

What is not given stays open; where the answer depends on it, the option is named.

Exit status:
  0  answered, and be it that the answer depends on what is not given
  2  could not run: usage, configuration, a path that cannot be read, no input, no such workload";

const AFTER_COMPLETIONS: &str = "\
Where shells look for it:
  bash        ~/.local/share/bash-completion/completions/unmesh
  zsh         _unmesh in a directory of $fpath
  fish        ~/.config/fish/completions/unmesh.fish
  powershell  in $PROFILE: unmesh completions powershell | Out-String | Invoke-Expression
  elvish      in rc.elv: eval (unmesh completions elvish | slurp)";

/// Reads Istio policy, says what leaving the mesh loses, and writes the network policy (Calico or Kubernetes) that keeps the rest.
#[derive(Parser, Debug)]
#[command(name = "unmesh", version, after_help = AFTER, disable_help_subcommand = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Say what leaving the mesh loses; write nothing
    Lint(LintArgs),
    /// Write the network policies: to standard output, to a directory, or as a patch
    Translate(TranslateArgs),
    /// Print a patch that adds the policies beside their sources (translate --diff)
    Diff(DiffArgs),
    /// Compare what the mesh decides with what the policies decide; show a request where they differ
    Verify(VerifyArgs),
    /// Say who decides one request, with the mesh and without it
    Why(Box<WhyArgs>),
    /// Show the settings in force, and where each comes from
    Config(ConfigArgs),
    /// Write a commented unmesh.toml from what the input shows
    Init(InitArgs),
    /// Print the page of a code
    Explain(ExplainArgs),
    /// List all codes
    Rules(RulesArgs),
    /// Print the script that completes commands, options and codes in a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands
    Man(ManArgs),
}

#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(super) struct LintArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,

    #[command(flatten)]
    pub(super) update: UpdateArgs,

    #[command(flatten)]
    pub(super) within: WithinArgs,

    /// Print a table instead: what each target and version keeps of the policies, by which codes, and
    /// which options help. Status 1 is for findings about the input alone
    #[arg(long, conflicts_with_all = ["target", "layout", "staged", "within", "update_baseline"], help_heading = "Comparison")]
    pub(super) compare: bool,
}

#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(super) struct TranslateArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,

    /// Write one file for each input file below DIR; only files that unmesh wrote are replaced or removed
    #[arg(short, long = "output", value_name = "DIR", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,

    /// Write nothing; name the files in DIR that differ
    #[arg(long, requires = "output", conflicts_with = "diff", help_heading = "Output")]
    pub(super) check: bool,

    /// Print a patch instead, for `git apply` or `patch -p1` in the current directory
    #[arg(long, help_heading = "Output")]
    pub(super) diff: bool,

    /// The patch also deletes source documents that are carried, or accepted, in full
    #[arg(long, requires = "diff", conflicts_with = "output", help_heading = "Output")]
    pub(super) remove_source: bool,
}

#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,

    /// Compare DIR with what would be written there
    #[arg(short, long = "output", value_name = "DIR", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,

    /// The patch also deletes source documents that are carried, or accepted, in full
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    pub(super) remove_source: bool,
}

#[derive(Args, Debug)]
#[command(after_help = AFTER_VERIFY)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,

    /// Compare with the network policies in DIR instead of those that translate would write
    #[arg(long, value_name = "DIR", help_heading = "Comparison")]
    pub(super) against: Option<PathBuf>,

    /// Exit with 1 for any difference, announced or not
    #[arg(long, help_heading = "Comparison")]
    pub(super) exact: bool,
}

#[derive(Args, Debug)]
#[command(after_help = AFTER_WHY)]
pub(super) struct WhyArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,

    /// Decide by the network policies in DIR instead of those that translate would write
    #[arg(long, value_name = "DIR", help_heading = "Comparison")]
    pub(super) against: Option<PathBuf>,

    /// Who asks: see PEER below
    #[arg(long, value_name = "PEER", help_heading = "Request")]
    pub(super) from: WhoArg,

    /// Who is asked; a pod that the input does not show is named as in PEER
    #[arg(long, value_name = "NS/WORKLOAD:PORT", help_heading = "Request")]
    pub(super) to: ToArg,

    /// The peer's address, where a policy asks for it (--from ADDRESS says both)
    #[arg(long, value_name = "ADDRESS", help_heading = "Request")]
    pub(super) address: Option<std::net::IpAddr>,

    /// http, tcp (bytes that are no HTTP), udp, sctp, icmp or a number [default: what the port is
    /// declared to be]
    #[arg(long, value_name = "NAME", help_heading = "Request")]
    pub(super) protocol: Option<ContentArg>,

    /// The method
    #[arg(long, value_name = "METHOD", help_heading = "Request")]
    pub(super) method: Option<String>,

    /// The path
    #[arg(long, value_name = "PATH", help_heading = "Request")]
    pub(super) path: Option<String>,

    /// The host (:authority), with a port where the client sends one
    #[arg(long, value_name = "HOST", help_heading = "Request")]
    pub(super) host: Option<String>,

    /// A header; NAME alone is a request without it; repeatable
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Request")]
    pub(super) header: Vec<HeaderArg>,

    /// A claim of a valid token, a[b] for one inside another; NAME alone is a token without it, none
    /// is a request without a token; repeatable
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Request")]
    pub(super) claim: Vec<ClaimArg>,

    /// The server name of the TLS handshake
    #[arg(long, value_name = "NAME", help_heading = "Request")]
    pub(super) sni: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Args, Debug)]
pub(super) struct InitArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,

    /// Replace an unmesh.toml that is there
    #[arg(long, help_heading = "Output")]
    pub(super) force: bool,

    /// Print it instead
    #[arg(long, conflicts_with = "force", help_heading = "Output")]
    pub(super) stdout: bool,
}

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A code (UM201) or its name
    pub(super) code: CodeArg,
}

#[derive(Args, Debug)]
pub(super) struct RulesArgs {
    /// text or json
    #[arg(long, value_name = "FMT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) format: String,
}

#[derive(Args, Debug)]
#[command(after_help = AFTER_COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// Write unmesh.1 and one page for each command into DIR
    #[arg(short, long = "output", value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
}

/// What every command that reads input has.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// Files, directories (walked as git sees them: .yaml .yml .json), or - for standard input.
    /// Without any: standard input where something is piped in, else the current directory
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// kubernetes, or calico@3.26 to calico@3.32, a patch version may follow [default: calico@3.28]
    #[arg(long, value_name = "TARGET")]
    pub(super) target: Option<TargetArg>,

    /// portable (one tier, for every version) or tiers (two of unmesh's own before every other, an AND
    /// with whatever else is in force) [default: tiers from calico@3.29, else portable]
    #[arg(long, value_name = "LAYOUT")]
    pub(super) layout: Option<Layout>,

    /// Staged policies (from calico@3.30): Calico shows what they would decide, and enforces nothing
    #[arg(long)]
    pub(super) staged: bool,

    /// Whether Dikastes runs in every pod (dikastes) or in none (none); unstated, L7 rules act on
    /// pods with the label unmesh.dev/l7=dikastes
    #[arg(long, value_name = "WHICH")]
    pub(super) l7: Option<L7>,

    /// Istio's root namespace; unstated, what a MeshConfig of the input says, else istio-system
    #[arg(long, value_name = "NS", value_parser = values::namespace, help_heading = "Mesh")]
    pub(super) root_namespace: Option<String>,

    /// The mesh's own trust domain, which principals under cluster.local and under one of its aliases
    /// mean as well; unstated, what a MeshConfig of the input says, else cluster.local
    #[arg(long, value_name = "DOMAIN", value_parser = values::trust_domain, help_heading = "Mesh")]
    pub(super) trust_domain: Option<String>,

    /// Exactly these namespaces are in the mesh, whatever labels say
    #[arg(long, value_name = "NS,...", value_delimiter = ',', value_parser = values::namespace, help_heading = "Mesh")]
    pub(super) mesh_namespaces: Option<Vec<String>>,

    /// These are never in the mesh, beside calico-apiserver, calico-system, kube-node-lease,
    /// kube-public, kube-system and tigera-operator
    #[arg(long, value_name = "NS,...", value_delimiter = ',', value_parser = values::namespace, help_heading = "Mesh")]
    pub(super) system_namespaces: Vec<String>,

    /// Where OLD is allowed, NEW is allowed as well (a gateway's successor)
    #[arg(long, value_name = "NS/ACCOUNT=NS/ACCOUNT", help_heading = "Mesh")]
    pub(super) map_identity: Vec<IdentityMap>,

    /// For objects that name no namespace [default: default]
    #[arg(long, value_name = "NS", value_parser = values::namespace, help_heading = "Mesh")]
    pub(super) default_namespace: Option<String>,

    /// Accept what a code says, everywhere or for one object; it becomes a warning
    #[arg(long, value_name = "CODE[@KIND/NS/NAME]", value_parser = super::values::acceptance, help_heading = "Findings")]
    pub(super) accept: Vec<Acceptance>,

    /// Set the severity of a code or family (UM3xx): error, warning, info or off; what widens is never hidden
    #[arg(long, value_name = "CODE=SEVERITY", help_heading = "Findings")]
    pub(super) severity: Vec<SeverityArg>,

    /// Exit with 1 from this severity on: error, warning, info or never [default: error]
    #[arg(long, value_name = "SEVERITY", help_heading = "Findings")]
    pub(super) fail_on: Option<FailOn>,

    #[command(flatten)]
    pub(super) baseline: BaselineArgs,

    /// human (standard error); json, sarif, github, gitlab, junit or markdown (standard output, which
    /// translate and diff need: there with =FILE alone); repeatable. Without one: human, which is left
    /// out while another one has standard output
    #[arg(long, value_name = "FMT[=FILE]", help_heading = "Findings")]
    pub(super) format: Vec<FormatArg>,

    #[command(flatten)]
    pub(super) look: LookArgs,

    /// Threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = super::values::jobs)]
    pub(super) jobs: Option<std::num::NonZeroUsize>,

    #[command(flatten)]
    pub(super) configuration: ConfigurationArgs,

    /// What the configuration says beside what it fills in above.
    #[arg(skip)]
    pub(super) given: Given,
}

/// How findings are shown.
#[derive(Args, Debug)]
pub(super) struct LookArgs {
    /// Colours: auto (on terminals, heeds NO_COLOR), always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Findings"
    )]
    pub(super) color: ColorArg,

    /// Errors and warnings only, one line each
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Findings")]
    pub(super) quiet: bool,

    /// Each finding by itself; of many of one code, most are one line with their places otherwise
    #[arg(long, help_heading = "Findings")]
    pub(super) all: bool,

    /// Excerpts for infos too (one line each otherwise), and every skipped document
    #[arg(short, long, help_heading = "Findings")]
    pub(super) verbose: bool,
}
