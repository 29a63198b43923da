//! What users may know of from elsewhere and what is not built yet: a clear word, not "unknown".

use super::status::Failure;
use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Commands to come.
const COMMANDS: [&str; 2] = ["audit", "lsp"];

/// The word for a command that is planned and not built, or for an option of another command.
pub(super) fn failure(error: &Error) -> Option<Failure> {
    let (kind, known): (_, &[&str]) = match error.kind() {
        ErrorKind::InvalidSubcommand => (ContextKind::InvalidSubcommand, &COMMANDS),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, &[]),
        _ => return None,
    };
    let Some(ContextValue::String(word)) = error.get(kind) else { return None };
    let word = word.split('=').next().unwrap_or(word);
    if word == "--compare" {
        let message = "`--compare` goes with `unmesh lint` alone: it compares all targets and writes nothing";
        return Some(Failure::new(message).help("unmesh lint --compare PATH"));
    }
    if let "--within" | "--update-baseline" = word {
        let message = format!("`{word}` goes with `unmesh lint` alone");
        return Some(Failure::new(message).help("`unmesh lint --help` says what it does"));
    }
    known.contains(&word).then(|| {
        Failure::new(format!("`{word}` is not built yet")).help("`unmesh --help` shows what there is")
    })
}
