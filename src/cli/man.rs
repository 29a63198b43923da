//! `unmesh man`: the manual pages, made of the same command line as `--help`.

use super::args::{Cli, ManArgs};
use super::status::{Failure, Status};
use super::streams;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Prints the main page, or writes the page of each command below the directory.
pub(super) fn run(args: &ManArgs) -> Result<Status, Failure> {
    let mut command = Cli::command();
    command.build();
    match &args.output {
        None => streams::product(&page(&command)?.text)?,
        Some(dir) => write(dir, &command)?,
    }
    Ok(Status::Clean)
}

/// A page and the name of its file.
struct Page {
    name: String,
    text: String,
}

/// The page of a command. It carries the version and no date: the same program writes the same page.
fn page(command: &Command) -> Result<Page, Failure> {
    let version = concat!("unmesh ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(version).manual("unmesh manual");
    let mut text = Vec::new();
    man.render(&mut text).map_err(|error| Failure::new(format!("cannot make the page: {error}")))?;
    Ok(Page { name: man.get_filename(), text: String::from_utf8_lossy(&text).into_owned() })
}

/// All pages are made before the first is written, and each takes its place whole.
fn write(dir: &Path, command: &Command) -> Result<(), Failure> {
    let commands = std::iter::once(command).chain(command.get_subcommands());
    let pages = commands.map(page).collect::<Result<Vec<Page>, Failure>>()?;
    let refused = |path: &Path, error: &std::io::Error| {
        Failure::new(format!("cannot write `{}`: {}", path.display(), streams::reason(error)))
    };
    fs::create_dir_all(dir).map_err(|error| refused(dir, &error))?;
    for Page { name, text } in pages {
        let (place, temporary) = (dir.join(&name), dir.join(format!(".{name}.unmesh-new")));
        let written = fs::File::create(&temporary)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&temporary, &place));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(refused(&place, &error));
        }
    }
    Ok(())
}
