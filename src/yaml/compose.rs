//! Pieces to a tree: aliases and merge keys expanded, keys as text, duplicates noted.
//!
//! It does what go-yaml v2 does, since that is what Kubernetes reads: a merge key takes effect where
//! it stands (it overwrites keys before it), and of two equal keys the later one counts.

use super::Limits;
use super::event::{Kind, Piece};
use super::message::Trouble;
use super::node::{Duplicate, Entry, Node, Scalar, Style, Value};
use super::scalar::key_text;
use super::tag;
use crate::source::{FileId, Span};
use std::collections::BTreeMap;

/// A document's tree.
pub(super) struct Composed {
    pub(super) root: Node,
    pub(super) duplicates: Vec<Duplicate>,
}

/// Builds the tree of one document.
///
/// # Errors
/// The document is no YAML that Kubernetes reads, or passes a bound.
pub(super) fn compose(
    file: FileId,
    source: &str,
    pieces: &[Piece],
    limits: Limits,
) -> Result<Composed, Trouble> {
    let mut composer = Composer {
        file,
        source,
        pieces,
        limits,
        open: Vec::new(),
        path: Vec::new(),
        outermost: None,
        added: 0,
        duplicates: Vec::new(),
    };
    let Composing { node, .. } = composer.node(0)?;
    Ok(Composed { root: node, duplicates: composer.duplicates })
}

/// A node, the bytes that stand for it here (of an alias: the alias's), and the next piece.
struct Composing {
    node: Node,
    start: usize,
    end: usize,
    next: usize,
}

#[derive(Clone, Copy)]
enum Step {
    /// By the piece of the key.
    Key(usize),
    Item(usize),
}

struct Composer<'p> {
    file: FileId,
    /// The file's text.
    source: &'p str,
    pieces: &'p [Piece],
    limits: Limits,
    /// The collections that are being built, by their first piece.
    open: Vec<usize>,
    path: Vec<Step>,
    /// The bytes of the alias that the user wrote, of several within each other the outermost.
    outermost: Option<(usize, usize)>,
    /// What aliases added so far.
    added: usize,
    duplicates: Vec<Duplicate>,
}

impl<'p> Composer<'p> {
    fn piece(&self, at: usize) -> Result<&'p Piece, Trouble> {
        self.pieces.get(at).ok_or_else(|| Trouble::mistake(0, 0, "the document ends too early"))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn node(&mut self, at: usize) -> Result<Composing, Trouble> {
        let piece = self.piece(at)?;
        match &piece.kind {
            Kind::Alias(target) => self.alias(piece, at, *target),
            Kind::Scalar(..) => {
                let (start, end) = (piece.start(), piece.end());
                let scalar = self.scalar(piece)?;
                self.count(scalar.text.len())?;
                let node = Node { span: self.span(start, end), value: Value::Scalar(scalar) };
                Ok(Composing { node, start, end, next: at + 1 })
            }
            Kind::Sequence { flow } => self.collection(at, piece, *flow, Self::sequence),
            Kind::Mapping { flow } => self.collection(at, piece, *flow, Self::mapping),
            Kind::End => Err(Trouble::mistake(piece.start(), piece.end(), "a value is missing")),
        }
    }

    /// Counts what is added by aliases: nodes, and long text as several.
    fn count(&mut self, text: usize) -> Result<(), Trouble> {
        let Some((start, end)) = self.outermost else { return Ok(()) };
        self.added = self.added.saturating_add(1 + text / 100);
        if self.added <= self.limits.expansion {
            return Ok(());
        }
        Err(Trouble::limit(
            start,
            end,
            format!("aliases make this document grow by more than {} values", self.limits.expansion),
        )
        .help("write out what is needed instead of nesting aliases"))
    }

    fn alias(&mut self, piece: &Piece, at: usize, target: usize) -> Result<Composing, Trouble> {
        if self.open.contains(&target) {
            let message = "the alias stands inside of what it names";
            return Err(Trouble::mistake(piece.start(), piece.end(), message));
        }
        let outer = self.outermost;
        self.outermost = outer.or(Some((piece.start(), piece.end())));
        let composing = self.node(target)?;
        self.outermost = outer;
        Ok(Composing { node: composing.node, start: piece.start(), end: piece.end(), next: at + 1 })
    }

    /// A list or mapping: bounds, and the bytes from first to last.
    fn collection(
        &mut self,
        at: usize,
        piece: &Piece,
        flow: bool,
        children: fn(&mut Self, usize) -> Result<Built, Trouble>,
    ) -> Result<Composing, Trouble> {
        self.count(0)?;
        if self.open.len() >= self.limits.depth {
            let message = format!("more than {} lists and mappings within each other", self.limits.depth);
            return Err(Trouble::limit(piece.start(), piece.start() + usize::from(flow), message)
                .help("no Kubernetes object needs this; look for a bracket or an indentation that repeats"));
        }
        self.open.push(at);
        let built = children(self, at + 1)?;
        self.open.pop();
        let (start, end) = if flow {
            (piece.start(), self.piece(built.end)?.end())
        } else {
            built.extent.unwrap_or((piece.start(), piece.start()))
        };
        let node = Node { span: self.span(start, end), value: built.value };
        Ok(Composing { node, start, end, next: built.end + 1 })
    }

    fn sequence(&mut self, mut at: usize) -> Result<Built, Trouble> {
        let mut items = Vec::new();
        let mut extent = None;
        while !matches!(self.piece(at)?.kind, Kind::End) {
            self.path.push(Step::Item(items.len()));
            let item = self.node(at)?;
            self.path.pop();
            widen(&mut extent, item.start, item.end);
            items.push(item.node);
            at = item.next;
        }
        Ok(Built { value: Value::Sequence(items), extent, end: at })
    }

    fn mapping(&mut self, mut at: usize) -> Result<Built, Trouble> {
        let mut entries = Entries::default();
        let mut extent = None;
        while !matches!(self.piece(at)?.kind, Kind::End) {
            let key = self.piece(at)?;
            widen(&mut extent, key.start(), key.end());
            let (end, next) = if self.is_merge(key) {
                self.merge(&mut entries, key, at + 1)?
            } else {
                let (text, after) = self.key(at)?;
                self.path.push(Step::Key(at));
                let value = self.node(after)?;
                self.path.pop();
                let entry =
                    Entry { key: text, key_span: self.span(key.start(), key.end()), value: value.node };
                self.put(&mut entries, entry, key, true);
                (value.end, value.next)
            };
            widen(&mut extent, key.start(), end);
            at = next;
        }
        Ok(Built { value: Value::Mapping(entries.list), extent, end: at })
    }

    /// The text of a key: Kubernetes has JSON objects, whose keys are strings.
    fn key(&mut self, at: usize) -> Result<(String, usize), Trouble> {
        let piece = self.piece(at)?;
        let key = match piece.kind {
            Kind::Alias(target) => self.piece(target)?,
            Kind::Scalar(..) | Kind::Sequence { .. } | Kind::Mapping { .. } | Kind::End => piece,
        };
        if !matches!(key.kind, Kind::Scalar(..)) {
            let end = if key.end() > key.start() { key.end() } else { key.start() + 1 };
            return Err(Trouble::mistake(key.start(), end, "a list or mapping stands where a key belongs")
                .help("keys are text; quote it if it is meant as text"));
        }
        let scalar = self.scalar(key)?;
        self.count(scalar.text.len())?;
        let text = key_text(&scalar).ok_or_else(|| {
            Trouble::mistake(
                key.start(),
                key.end(),
                "this cannot be a key: Kubernetes refuses null and huge numbers",
            )
            .help("quote it")
        })?;
        Ok((text, at + 1))
    }

    /// Takes over the entries of what `<<` names; gives the end and the next piece.
    fn merge(&mut self, entries: &mut Entries, key: &Piece, at: usize) -> Result<(usize, usize), Trouble> {
        let value = self.piece(at)?;
        let list = matches!(value.kind, Kind::Sequence { .. });
        let composing = self.node(at)?;
        let wrong = || {
            Trouble::mistake(key.start(), key.end(), "`<<` takes a mapping, or a list of mappings")
                .help("give it an alias of a mapping: `<<: *name`")
        };
        let mut sources = match composing.node.value {
            Value::Sequence(items) if list => items,
            Value::Mapping(_) => vec![composing.node],
            Value::Sequence(_) | Value::Scalar(_) => return Err(wrong()),
        };
        // The first in a list is the strongest, so it comes last.
        sources.reverse();
        for source in sources {
            let Value::Mapping(merged) = source.value else { return Err(wrong()) };
            for entry in merged {
                self.put(entries, entry, key, false);
            }
        }
        Ok((composing.end, composing.next))
    }

    /// Adds an entry; `at` is the key that brings it here, which is `<<` for what is merged.
    fn put(&mut self, entries: &mut Entries, entry: Entry, at: &Piece, explicit: bool) {
        let key = entry.key.clone();
        if let Some(first) = entries.put(entry, explicit) {
            let path = self.path_of(&key);
            self.duplicates.push(Duplicate { key, span: self.span(at.start(), at.end()), first, path });
        }
    }

    fn scalar(&self, piece: &Piece) -> Result<Scalar, Trouble> {
        let trouble = |message: String| Trouble::mistake(piece.start(), piece.end(), message);
        let scalar = piece.scalar(self.source).ok_or_else(|| trouble("a scalar belongs here".to_string()))?;
        tag::apply(scalar.text.to_string(), scalar.style, scalar.tag).map_err(trouble)
    }

    /// `<<` without quotes, or tagged as a merge key.
    fn is_merge(&self, piece: &Piece) -> bool {
        piece.scalar(self.source).is_some_and(|scalar| {
            scalar.text == "<<"
                && match scalar.tag {
                    Some(tag) => tag.ends_with(",2002:merge"),
                    None => scalar.style == Style::Plain,
                }
        })
    }

    /// The path of a key in the mapping that is being built.
    fn path_of(&self, key: &str) -> String {
        let mut path = String::new();
        let mut name = |name: &str| {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        };
        for step in &self.path {
            match step {
                Step::Key(at) => {
                    let scalar = self.piece(*at).and_then(|piece| self.scalar(piece)).ok();
                    name(&scalar.as_ref().and_then(key_text).unwrap_or_default());
                }
                Step::Item(index) => name(&format!("[{index}]")),
            }
        }
        name(key);
        path.replace(".[", "[")
    }
}

struct Built {
    value: Value,
    extent: Option<(usize, usize)>,
    /// The piece that ends the collection.
    end: usize,
}

/// The entries of one mapping while it is built.
#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    /// Whether each was written in this mapping itself, and not merged into it.
    explicit: Vec<bool>,
    /// Places by key, once the list is long.
    index: BTreeMap<String, usize>,
}

impl Entries {
    /// Below this, looking through the list is quicker than an index.
    const SHORT: usize = 16;

    fn find(&mut self, key: &str) -> Option<usize> {
        if self.list.len() <= Self::SHORT {
            return self.list.iter().position(|entry| entry.key == key);
        }
        if self.index.is_empty() {
            self.index = self.list.iter().map(|entry| entry.key.clone()).zip(0..).collect();
        }
        self.index.get(key).copied()
    }

    /// Adds an entry or replaces the one of its key; gives the place of a key that was written here
    /// before and is lost.
    fn put(&mut self, entry: Entry, explicit: bool) -> Option<Span> {
        let place = self.find(&entry.key);
        let old = place.and_then(|place| self.list.get_mut(place).zip(self.explicit.get_mut(place)));
        if let Some((old, old_explicit)) = old {
            let lost = old_explicit.then_some(old.key_span);
            *old = entry;
            *old_explicit = explicit;
            return lost;
        }
        if !self.index.is_empty() {
            self.index.insert(entry.key.clone(), self.list.len());
        }
        self.list.push(entry);
        self.explicit.push(explicit);
        None
    }
}

fn widen(extent: &mut Option<(usize, usize)>, start: usize, end: usize) {
    let (first, last) = extent.unwrap_or((start, end));
    *extent = Some((first.min(start), last.max(end)));
}
