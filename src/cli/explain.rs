//! `unmesh explain CODE`: the page of one code.

use super::args::ExplainArgs;
use super::status::{Failure, Status};
use super::streams;
use super::values::CodeArg;

/// Prints the page.
pub(super) fn run(args: &ExplainArgs) -> Result<Status, Failure> {
    let CodeArg(code) = args.code;
    streams::product(code.page).map(|()| Status::Clean)
}
