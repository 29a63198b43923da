//! The page of what other tools say and unmesh says, both ways: `docs/peers.md`.

use crate::finding::codes;
use crate::finding::peers::{self, Answer, Message, Tool};
use crate::finding::{Code, Family};
use std::fmt::Write;

/// The page, as Markdown. Links are relative to `docs/`.
#[must_use]
pub fn render() -> String {
    let mut out = String::from(HEAD);
    for tool in Tool::ALL {
        theirs(&mut out, tool);
    }
    ours(&mut out);
    alone(&mut out);
    out
}

const HEAD: &str = "# Messages of istioctl and Kiali, and codes of unmesh

Written from the tables of the program by `SNAPSHOTS=overwrite cargo test --test peers`.

Each message of `istioctl analyze` and each validation of Kiali stands here, with the codes that say the
same in unmesh, or with the reason why none does. The same fault is not always said in the same case: both
tools look at a running cluster, where everything can be seen, and unmesh reads files. What may well stand
in a file that it was not given is a note (\"the input does not show\"), or nothing. Where a peer warns of
what does no harm, unmesh keeps silent; the page of the code says so.

";

fn theirs(out: &mut String, tool: Tool) {
    let title = match tool {
        Tool::Istioctl => "istioctl analyze (Istio 1.31)",
        Tool::Kiali => "Kiali (2.31)",
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "## {title}\n\n| theirs | name | ours |\n|---|---|---|");
    for Message { code, name, answer } in tool.messages() {
        let ours = match answer {
            Answer::Codes(codes) => codes.iter().map(|code| linked(code)).collect::<Vec<_>>().join(", "),
            Answer::None(reason, why) => format!("{}: {why}", reason.words()),
        };
        let _ = writeln!(out, "| {code} | {name} | {ours} |");
    }
    out.push('\n');
}

fn ours(out: &mut String) {
    out.push_str("## From unmesh to theirs\n\n| ours | istioctl | Kiali |\n|---|---|---|\n");
    for code in codes::all().filter(|code| peers::of(code).next().is_some()) {
        let [istioctl, kiali] = Tool::ALL.map(|tool| {
            let theirs = peers::of(code).filter(|(of, _)| *of == tool);
            theirs.map(|(_, message)| message.code).collect::<Vec<_>>().join(", ")
        });
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| {} | {istioctl} | {kiali} |", linked(code));
    }
    out.push('\n');
}

/// Lints of policies that neither tool has. What leaving the mesh loses is asked by nobody else.
fn alone(out: &mut String) {
    out.push_str("## Lints that neither has\n\n");
    let alone =
        codes::all().filter(|code| code.family() == Family::Meaning && peers::of(code).next().is_none());
    for code in alone {
        let _ = writeln!(out, "- {}: {}", linked(code), code.summary);
    }
    out.push_str(
        "\nThe families UM2xx to UM6xx, on what a target cannot say and on what goes with the mesh, have no \
         counterpart but where the tables name one.\n",
    );
}

fn linked(code: &Code) -> String {
    format!("[{}](codes/{}.md) {}", code.id, code.id, code.name)
}
