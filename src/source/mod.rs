//! Where text comes from: files, standard input, their bytes and positions.
//!
//! Everything after this stage speaks of places in the input as a [`Span`]. This module is the
//! only one that turns bytes into lines and columns; it must not know what the text means.

mod globs;
mod read;
mod text;
mod walk;

pub use globs::Globs;
pub use read::{Input, ReadError, Scope, Skip, Sources, read, read_within, settings_text};
pub use walk::is_manifest;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One file (or standard input) of this run, by its place in the [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

impl FileId {
    /// The place of the file in [`SourceMap::files`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file {}", self.0)
    }
}

/// A range of bytes in one file; `end` is exclusive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file`; offsets past 4 GiB are cut there (larger files are refused on reading).
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The smallest span that holds both; `other` must be of the same file, else `self` stays.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes, for slicing the file's text.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and the place where it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A place as people count it: from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One file of the input, whole and in memory.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The name for people and for output: the path as given or walked, with `/`; `stdin.yaml`
    /// never appears here, standard input is `<stdin>`.
    pub name: String,
    /// Where it is on disk; `None` for standard input.
    pub path: Option<PathBuf>,
    /// The path below the PATH argument by which it was found (`stdin.yaml` for standard input):
    /// where its output goes under `-o`.
    pub relative: PathBuf,
    /// The path from the directory of the configuration, which patterns there are about; `None`
    /// where the file is not below it, and without a configuration.
    pub place: Option<PathBuf>,
    /// The text. Bytes that are no UTF-8 were refused before.
    pub text: Arc<str>,
    /// Byte offset of each line's first byte.
    lines: Vec<u32>,
}

impl SourceFile {
    /// A file with its line index.
    pub fn new(name: String, path: Option<PathBuf>, relative: PathBuf, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = newlines.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
        let lines = std::iter::once(0).chain(starts).collect();
        Self { name, path, relative, place: None, text, lines }
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.line_start(line);
        let end = (offset as usize).min(self.text.len());
        let before = self.text.get(start..end).unwrap_or("");
        Position { line, column: before.chars().count() + 1 }
    }

    /// Byte offset of the first byte of a line (from 1); past the last line, the length of the text.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        let start = line.checked_sub(1).and_then(|index| self.lines.get(index));
        start.map_or(self.text.len(), |start| *start as usize)
    }

    /// How many lines the text has; a text that ends in a newline has an empty last one.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }
}

/// All files of a run, in the order in which output names them.
#[derive(Default, Debug)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    /// The one that holds no input, and that findings may be about all the same.
    configuration: Option<FileId>,
}

impl SourceMap {
    /// Adds a file and gives its id.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(file);
        id
    }

    /// Adds the file of the configuration, once the input is read.
    pub fn add_configuration(&mut self, file: SourceFile) {
        self.configuration = Some(self.add(file));
    }

    /// The file of the configuration.
    #[must_use]
    pub fn configuration(&self) -> Option<FileId> {
        self.configuration
    }

    /// All files.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// The file of an id that this map gave.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "only `add` makes a FileId, and files are never removed")]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// The text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.range()).unwrap_or("")
    }
}

/// A path as output names it: `/` between parts on every system, no leading `./`.
#[must_use]
pub fn display_path(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let joined = parts.join("/").replace("//", "/");
    let trimmed = joined.strip_prefix("./").unwrap_or(&joined);
    trimmed.to_string()
}
