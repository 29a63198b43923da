//! `unmesh rules`: all codes.

use super::args::RulesArgs;
use super::status::{Failure, Status};
use super::streams;
use crate::finding::codes;
use crate::report::json;
use std::fmt::Write;

/// Prints a line for each code, or a JSON array.
pub(super) fn run(args: &RulesArgs) -> Result<Status, Failure> {
    let text = if args.format == "json" { json::rules(codes::all()) } else { table() };
    streams::product(&text).map(|()| Status::Clean)
}

fn table() -> String {
    let width = codes::all().map(|code| code.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for code in codes::all() {
        let held = if code.blocks { " (nothing is written until it is accepted)" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}  {:width$}  {}{held}", code.id, code.name, code.summary);
    }
    out
}
