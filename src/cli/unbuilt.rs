//! What users may know of from elsewhere and what is not built yet: a clear word, not "unknown".

use super::status::Failure;
use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Commands to come.
const COMMANDS: [&str; 4] = ["init", "config", "audit", "lsp"];
/// Options to come.
const OPTIONS: [&str; 2] = ["--config", "--baseline"];

/// The word for a command or option that is planned and not built.
pub(super) fn failure(error: &Error) -> Option<Failure> {
    let (kind, known): (_, &[&str]) = match error.kind() {
        ErrorKind::InvalidSubcommand => (ContextKind::InvalidSubcommand, &COMMANDS),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, &OPTIONS),
        _ => return None,
    };
    let Some(ContextValue::String(word)) = error.get(kind) else { return None };
    let word = word.split('=').next().unwrap_or(word);
    if word == "--compare" {
        let message = "`--compare` goes with `unmesh lint` alone: it compares all targets and writes nothing";
        return Some(Failure::new(message).help("unmesh lint --compare PATH"));
    }
    known.contains(&word).then(|| {
        Failure::new(format!("`{word}` is not built yet")).help("`unmesh --help` shows what there is")
    })
}
