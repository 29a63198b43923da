//! All stages in their order: from text to findings and to the objects to write.
//!
//! The only place that calls the stages: the command line, the checker's driver and the tests take
//! what comes out. Nothing here prints, opens files, or knows the command line's syntax.

mod check;
mod comments;
mod compare;
mod front;
mod proposal;
mod sides;
pub mod support;
pub mod targets;

pub use check::{Check, check, check_watched, explain, single};
pub use compare::{Compared, compare};
pub use front::{Front, read};
pub use proposal::proposal;
pub use sides::{Replacement, Sides, sides};

use crate::config::Settings;
use crate::finding::suppression::Suppressions;
use crate::finding::{Finding, Hiding, Report, Rules, Sink};
use crate::ir::Model;
use crate::istio::Resources;
use crate::manifest::{Inventory, Manifest};
use crate::report::product::Written;
use crate::source::{Skip, SourceMap, Sources};
use crate::translate::{Context, Translation, stale};
use crate::{lint, lower, translate};

/// Everything that a run can show or write.
#[derive(Debug)]
pub struct Analysis {
    /// The files read.
    pub sources: SourceMap,
    /// How many files were read: what is made on the way joins `sources` later.
    pub files: usize,
    /// Files met that were not read.
    pub skips: Vec<Skip>,
    /// The objects read.
    pub manifest: Manifest,
    /// What they show of the cluster.
    pub inventory: Inventory,
    /// The Istio resources.
    pub resources: Resources,
    /// What comments in the input suppress.
    pub suppressions: Suppressions,
    /// What each stage said.
    pub said: Said,
    /// The objects to write, in the order of application.
    pub written: Vec<Written>,
}

/// What the stages said, before anybody accepts or hides anything.
#[derive(Clone, Default, Debug)]
pub struct Said {
    /// Of the input: reading, envelopes, inventory, Istio's resources.
    pub input: Vec<Finding>,
    /// Of lowering, and of the lints: what leaving the mesh loses, whatever is written.
    pub meaning: Vec<Finding>,
    /// Of the translation: what the objects do not say. Differences are announced here.
    pub translation: Vec<Finding>,
    /// Of objects of an earlier run.
    pub stale: Vec<Finding>,
}

/// Runs all stages over what was read from files.
#[must_use]
pub fn analyse(sources: Sources, settings: &Settings, rules: &Rules) -> Analysis {
    let front = read(sources, settings);
    let settings = front.inventory.mesh.applied(settings);
    let (model, findings) = lower::lower(&front.resources, &front.inventory, &settings);
    front.translate(&model, findings, &settings, rules)
}

impl Front {
    /// The stages behind lowering, whose findings are `lowered`. Tests hand in other models.
    #[must_use]
    pub fn translate(
        self,
        model: &Model,
        lowered: Vec<Finding>,
        settings: &Settings,
        rules: &Rules,
    ) -> Analysis {
        let Self { mut sources, skips, manifest, inventory, resources, findings: input } = self;
        let settings = &inventory.mesh.applied(settings);
        let mut meaning = lowered;
        meaning.extend(lint::run(&lint::Context {
            manifest: &manifest,
            inventory: &inventory,
            resources: &resources,
            model,
            settings,
        }));
        let context =
            Context { sources: &sources, manifest: &manifest, inventory: &inventory, settings, rules };
        let Translation { objects, findings: translation } = translate::translate(model, &context);
        let written: Vec<Written> = objects.iter().filter_map(Written::new).collect();
        let mut said = Said { input, meaning, translation, stale: Vec::new() };
        if !said.blocks(rules, &sources) {
            // What was held back is not stale.
            let kept: Vec<_> = written.iter().map(|written| &written.reference).collect();
            said.stale = stale::check(&manifest.objects, &manifest.own, &kept);
        }
        let files = sources.files().len();
        let suppressions = comments::suppressions(&sources);
        rules.enter(&mut sources);
        Analysis { sources, files, skips, manifest, inventory, resources, suppressions, said, written }
    }
}

impl Analysis {
    /// All findings, with `more` that a command has to add, as the user's rules want them.
    #[must_use]
    pub fn report(&self, rules: &Rules, more: impl IntoIterator<Item = Finding>) -> Report {
        self.report_hiding(rules, more, Hiding::default())
    }

    /// The same without what is to be hidden; the comments of the input always count.
    #[must_use]
    pub fn report_hiding(
        &self,
        rules: &Rules,
        more: impl IntoIterator<Item = Finding>,
        hiding: Hiding<'_>,
    ) -> Report {
        let mut sink = self.said.sink();
        sink.extend(more);
        self.finish(sink, rules, hiding)
    }

    /// Ends a sink of findings of this run; comments of the input are heeded.
    #[must_use]
    pub fn finish(&self, sink: Sink, rules: &Rules, hiding: Hiding<'_>) -> Report {
        let hiding = Hiding { comments: Some(&self.suppressions), ..hiding };
        sink.finish_hiding(rules, &self.sources, &hiding)
    }
}

impl Said {
    /// Whether anything keeps all output back.
    #[must_use]
    pub fn blocks(&self, rules: &Rules, sources: &SourceMap) -> bool {
        self.sink().blocks(rules, sources)
    }

    fn sink(&self) -> Sink {
        let Self { input, meaning, translation, stale } = self;
        let mut sink = Sink::default();
        for findings in [input, meaning, translation, stale] {
            sink.extend(findings.iter().cloned());
        }
        sink
    }
}
