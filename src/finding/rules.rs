//! What the user said of codes: acceptances with their scope, and severities.
//!
//! Plain data with the one answer that the sink, the back ends and the checker ask for. It must not
//! know where the user said it, but for the place in a file that a finding may point at.

use super::{Code, Finding, ObjectRef, Severity};
use crate::source::{Globs, SourceFile, SourceMap, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// An accepted code, and where: everywhere, for one object, in some files, or for the object there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acceptance {
    /// What is accepted.
    pub code: &'static Code,
    /// `KIND/NS/NAME` (or `KIND/NAME`); `None` for every object, and for what is about none.
    pub object: Option<ObjectRef>,
    /// The files; `None` for all, and for what stands in none.
    pub paths: Option<Globs>,
    /// Why; the command line has none.
    pub reason: Option<String>,
    /// The bytes of the configuration that say so; `None` for the command line's.
    pub at: Option<Range<usize>>,
}

/// Severities for some files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Override {
    /// The files.
    pub paths: Globs,
    /// Severity by code id; `None` is off.
    pub severity: BTreeMap<&'static str, Option<Severity>>,
}

/// The file that rules come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleFile {
    /// Its name for people.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
    /// How much of what it is about the run reads: what accepts nothing there is dead.
    pub whole: Whole,
}

/// How much of what a configuration is about a run reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whole {
    /// All of it, by its files.
    Yes,
    /// All that there is as far as anybody can tell, but not by the names of its files.
    WithoutPaths,
    /// A part.
    No,
}

/// What the user said of codes.
#[derive(Clone, Default, Debug)]
pub struct Rules {
    /// Accepted codes; those of the configuration first, whose reasons are shown.
    pub accepted: Vec<Acceptance>,
    /// Severity by code id; `None` is off.
    pub severity: BTreeMap<&'static str, Option<Severity>>,
    /// Severities for some files, which count before those for all; the last one counts first.
    pub overrides: Vec<Override>,
    /// The configuration, where there is one.
    pub file: Option<RuleFile>,
}

impl Acceptance {
    /// Accepts a code everywhere.
    #[must_use]
    pub fn of(code: &'static Code) -> Self {
        Self { code, object: None, paths: None, reason: None, at: None }
    }

    /// Whether it covers a code on an object in a file.
    fn covers(&self, code: &Code, object: Option<&ObjectRef>, file: Option<&SourceFile>) -> bool {
        let Self { code: accepted, object: wanted, paths, reason: _, at: _ } = self;
        accepted.id == code.id
            && wanted.as_ref().is_none_or(|wanted| Some(wanted) == object)
            && paths.as_ref().is_none_or(|paths| holds(paths, file))
    }

    /// Whether it covers a finding.
    pub(super) fn covers_finding(&self, finding: &Finding, sources: &SourceMap) -> bool {
        self.covers(finding.code, finding.object.as_ref(), file_of(finding, sources))
    }

    /// Where it stands, if a file has it and is among the sources.
    pub(super) fn place(&self, sources: &SourceMap) -> Option<Span> {
        let at = self.at.as_ref()?;
        Some(Span::new(sources.configuration()?, at.start, at.end))
    }

    /// Where it holds, for people; empty for everywhere.
    #[must_use]
    pub fn scope(&self) -> String {
        let object = self.object.as_ref().map(|object| format!(" for `{object}`"));
        let paths = self.paths.as_ref().map(|paths| format!(" in `{}`", paths.patterns().join("`, `")));
        object.into_iter().chain(paths).collect()
    }
}

impl Rules {
    /// The acceptance that covers a code on an object that stands in a file, if any. Back ends ask
    /// before they write.
    #[must_use]
    pub fn accepts(
        &self,
        code: &Code,
        object: Option<&ObjectRef>,
        file: Option<&SourceFile>,
    ) -> Option<&Acceptance> {
        self.accepted.iter().find(|acceptance| acceptance.covers(code, object, file))
    }

    /// The acceptance that covers a finding, if any.
    #[must_use]
    pub fn accepts_finding(&self, finding: &Finding, sources: &SourceMap) -> Option<&Acceptance> {
        self.accepts(finding.code, finding.object.as_ref(), file_of(finding, sources))
    }

    /// The severity that the user set for a code in a file, if any; the inner `None` is off.
    pub(super) fn severity_of(&self, finding: &Finding, sources: &SourceMap) -> Option<&Option<Severity>> {
        let file = file_of(finding, sources);
        let here = self.overrides.iter().rev().filter(|set| holds(&set.paths, file));
        let mut here = here.filter_map(|set| set.severity.get(finding.code.id));
        here.next().or_else(|| self.severity.get(finding.code.id))
    }

    /// Adds the text of the configuration to files that were read, for findings about it.
    pub fn enter(&self, sources: &mut SourceMap) {
        if let (Some(RuleFile { name, text, whole: _ }), None) = (&self.file, sources.configuration()) {
            let relative = std::path::PathBuf::from(name);
            sources.add_configuration(SourceFile::new(name.clone(), None, relative, text.clone()));
        }
    }
}

fn holds(paths: &Globs, file: Option<&SourceFile>) -> bool {
    file.and_then(|file| file.place.as_deref()).is_some_and(|place| paths.matches(place))
}

fn file_of<'s>(finding: &Finding, sources: &'s SourceMap) -> Option<&'s SourceFile> {
    finding.span.map(|span| sources.file(span.file))
}
