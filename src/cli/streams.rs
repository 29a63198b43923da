//! Standard output and standard error: the only place of the program that writes to them.

use super::status::Failure;
use super::values::ColorArg;
use crate::report::escape;
use crate::report::human::Look;
use anstream::{AutoStream, ColorChoice};
use std::io::{self, ErrorKind, IsTerminal, Write};
use terminal_size::Width;

/// Writes the product. A reader that went away (`| head`) is no failure: the run ends quietly.
///
/// # Errors
/// Standard output cannot take it (a full disk).
pub(super) fn product(text: &str) -> Result<(), Failure> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    // What could not be written stays in the buffer; dropping it would try once more.
    let _ = stdout.into_parts();
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {}", reason(&error))))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says something to people. Where standard error is closed, there is nobody to tell.
pub(super) fn say(text: &str, color: ColorArg) {
    let mut stderr = AutoStream::new(io::stderr().lock(), choice(color));
    let text = escape::without_commands(text);
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Says why a run cannot go on.
pub(super) fn failure(failure: &Failure) {
    let help = failure.help.iter().map(|help| format!("help: {help}\n"));
    let text = std::iter::once(format!("error: {}\n", failure.message)).chain(help).collect::<String>();
    say(&escape::text(&text), ColorArg::Never);
}

/// Whether text for standard error is to have colours.
fn has_colors(color: ColorArg) -> bool {
    match color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
    }
}

/// Whether the product may have colours.
fn product_has_colors(color: ColorArg) -> bool {
    match color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}

/// Whether people read standard error directly.
pub(super) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// How text for standard error is to look.
pub(super) fn look(plain: Look, color: ColorArg) -> Look {
    on(&io::stderr(), plain, has_colors(color))
}

/// How a product for people is to look.
pub(super) fn product_look(plain: Look, color: ColorArg) -> Look {
    on(&io::stdout(), plain, product_has_colors(color))
}

/// A terminal that does not say how wide it is has the width of a file.
fn on(stream: &impl IsTerminal, plain: Look, color: bool) -> Look {
    let look = Look { color, ..plain };
    if !stream.is_terminal() {
        return look;
    }
    let columns = terminal_size::terminal_size().map(|(Width(columns), _)| usize::from(columns));
    look.on_terminal(columns.filter(|columns| *columns > 0).unwrap_or(look.width))
}

/// Why the system refused, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn choice(color: ColorArg) -> ColorChoice {
    match color {
        ColorArg::Always => ColorChoice::Always,
        ColorArg::Never => ColorChoice::Never,
        ColorArg::Auto => ColorChoice::Auto,
    }
}
