//! What the parser says, in words for people, with the bytes to underline.

use granit_parser::{ErrorKind, ScanError};

/// Why a document cannot be read.
#[derive(Debug)]
pub(super) struct Trouble {
    /// First byte of what is wrong.
    pub(super) start: usize,
    /// One past its last byte.
    pub(super) end: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
    /// Whether it is a bound of ours, and no mistake in the YAML.
    pub(super) limit: bool,
}

impl Trouble {
    /// A mistake in the YAML.
    pub(super) fn mistake(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self { start, end, message: message.into(), help: None, limit: false }
    }

    /// A bound that was passed.
    pub(super) fn limit(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self { start, end, message: message.into(), help: None, limit: true }
    }

    /// Says what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A parser's error at a byte of the file.
pub(super) fn of_scan_error(error: &ScanError, text: &str, at: usize) -> Trouble {
    let (start, end) = word_at(text, at);
    let word = text.get(start..end).unwrap_or("");
    let trouble = |message: &str| Trouble::mistake(start, end, message);
    let bracket = |message: &str| Trouble::mistake(start, end.min(start + 1), message);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => Trouble::limit(start, end, "the document is nested too deeply")
            .help("no Kubernetes object needs this; look for a bracket or an indentation that repeats"),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            let (start, end) = tab_before(text, at).unwrap_or((start, end));
            Trouble::mistake(start, end, "a tab stands where YAML wants spaces").help("indent with spaces")
        }
        ErrorKind::UnknownAnchor | ErrorKind::MissingAnchorOrAliasName if word.starts_with('*') => {
            trouble(&format!("`{word}` is an alias, and nothing in this document has that anchor"))
                .help(format!("if it is text, quote it: \"{word}\""))
        }
        ErrorKind::MappingValueNotAllowed => {
            trouble("a second `:` stands here, or the line is indented differently from those above")
                .help("quote a value that contains `: `, or line the keys up")
        }
        ErrorKind::InvalidColonPlacement => trouble("a `:` stands where none belongs")
            .help("look for a bracket or brace before it that is not closed"),
        ErrorKind::UnexpectedCharacter { character } => {
            trouble(&format!("`{}` cannot begin a value", character.escape_default()))
                .help(format!("quote it: \"{word}\""))
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            trouble("a quote is opened here and never closed")
        }
        ErrorKind::UnclosedFlowCollection { open } => bracket(&format!("a `{open}` is never closed")),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            bracket(&format!("a `{open}` is closed by `{close}`"))
        }
        ErrorKind::MisplacedFlowCollectionEnd => bracket("this closes nothing"),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            trouble("the file ends before a bracket or brace is closed")
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnexpectedEofBlockMapping => trouble("the file ends in the middle of a value"),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => trouble("a key without `:`")
            .help("write `key: value`, or indent the line as part of the value above"),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            trouble("this line fits none of the mappings above it").help("line it up with the keys above")
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            trouble("a list goes on here without `- `").help("indent the list, or begin the line with `- `")
        }
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            trouble("a list item stands where none belongs")
                .help("put the list on its own lines below the key, or between `[` and `]`")
        }
        ErrorKind::ExpectedFlowMappingSeparator => trouble("a `,` or `}` is missing before this"),
        ErrorKind::ExpectedFlowSequenceSeparator => trouble("a `,` or `]` is missing before this"),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            trouble("text follows a closing quote").help("quote the whole value")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            trouble("an unknown escape in double quotes").help("use single quotes, or double the backslash")
        }
        ErrorKind::ExpectedDocumentStart => trouble("the document has ended before this")
            .help("put `---` on a line of its own between documents"),
        ErrorKind::UndeclaredTagHandle => trouble("a tag with a handle that is not declared"),
        ErrorKind::BomInsideDocument => trouble("a byte order mark stands inside a document"),
        ErrorKind::UnsupportedYamlMajorVersion => trouble("a version of YAML that nobody reads"),
        _ => trouble(&error.kind().to_string()),
    }
}

/// Longer ones are cut where they are underlined.
const LONGEST_WORD: usize = 60;

/// The run of visible characters at a byte; behind the last one, the last one.
fn word_at(text: &str, at: usize) -> (usize, usize) {
    let at = floor(text, at.min(text.len()));
    let rest = text.get(at..).unwrap_or("");
    let word = rest.chars().take(LONGEST_WORD).take_while(|character| !character.is_whitespace());
    let length: usize = word.map(char::len_utf8).sum();
    if length > 0 {
        return (at, at + length);
    }
    let before = text.get(..at).unwrap_or("").trim_end();
    let last = before.chars().next_back().map_or(0, char::len_utf8);
    (before.len() - last, before.len())
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The first run of tabs on the line of a byte.
fn tab_before(text: &str, at: usize) -> Option<(usize, usize)> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.split('\n').next()?;
    let tab = start + line.find('\t')?;
    let tabs = text.get(tab..)?.bytes().take_while(|byte| *byte == b'\t').count();
    Some((tab, tab + tabs))
}
