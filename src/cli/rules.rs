//! `unmesh rules`: all codes.

use super::args::RulesArgs;
use super::status::{Failure, Status};
use super::streams;
use crate::finding::codes;
use crate::report::rules;

/// Prints a line for each code, or a JSON array.
pub(super) fn run(args: &RulesArgs) -> Result<Status, Failure> {
    let json = args.format == "json";
    let text = if json { rules::render_json(codes::all()) } else { rules::render(codes::all()) };
    streams::product(&text).map(|()| Status::Clean)
}
