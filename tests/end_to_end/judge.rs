//! What the engines decided against what unmesh says of it.

use crate::carried;
use crate::scene::Scene;
use crate::translated::Translated;
use crate::way::{WAYS, Way};
use serde_json::Value;
use std::collections::BTreeMap;
use unmesh::verify::Decided;
use unmesh::verify::request::Token;

/// How many rows of a kind are printed.
const SHOWN: usize = 10;

/// The figures of one target.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Figures {
    pub(crate) scenes: usize,
    pub(crate) compared: usize,
    /// How many got through while the mesh stood, and how many do afterwards.
    pub(crate) allowed: [usize; 2],
    pub(crate) narrower: usize,
    pub(crate) wider: usize,
    pub(crate) unannounced: usize,
    /// Differences of which the checker cannot tell whether they were announced.
    pub(crate) undecided: usize,
    /// Requests that an interpreter decides otherwise than the engines: before, after.
    pub(crate) misread: [usize; 2],
    /// Requests that the checker leaves open, before or after.
    pub(crate) open: usize,
    /// Requests with a token that Istio's filters take for valid, and with one that they do not.
    pub(crate) tokens: [usize; 2],
    /// Requests of which a proxy tells another address than the connection's.
    pub(crate) forwarded: usize,
}

/// Everything that was judged.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) figures: BTreeMap<&'static str, Figures>,
    /// Scenes that were not written for a target, or that an engine refused, with the reason.
    pub(crate) left_out: BTreeMap<String, usize>,
    /// How many scenes a code had to be accepted for, by target.
    pub(crate) accepted: BTreeMap<(&'static str, &'static str), usize>,
    /// The requests that the checker leaves open.
    open: Vec<String>,
    /// What is wrong, with the size and the name of its scene.
    faults: Vec<(usize, String, String)>,
}

/// The verdicts of one request.
struct Verdicts {
    old: bool,
    new: bool,
    /// What decided, in the engines' words.
    words: String,
}

impl Judged {
    /// Judges one scene by its answers.
    pub(crate) fn take(&mut self, scene: &Scene, answers: &Value) {
        if let Some(error) = answers["error"].as_str() {
            *self.left_out.entry(format!("an engine refuses it: {error}")).or_default() += 1;
            return;
        }
        for way in &WAYS {
            match Translated::new(scene, way) {
                Ok(translated) => self.way(scene, way, &translated, answers),
                Err(why) => *self.left_out.entry(format!("{}: {why}", way.name)).or_default() += 1,
            }
        }
    }

    fn way(&mut self, scene: &Scene, way: &Way, translated: &Translated, answers: &Value) {
        for code in &translated.accepted {
            *self.accepted.entry((way.name, code)).or_default() += 1;
        }
        let figures = self.figures.entry(way.name).or_default();
        figures.scenes += 1;
        let asks = answers["asks"].as_array().expect("the answers to all requests");
        assert_eq!(asks.len(), scene.asks.len(), "{}", scene.name);
        for (ask, answer) in scene.asks.iter().zip(asks) {
            assert_eq!(scene.ask(ask), answer["ask"], "{}: other requests were asked", scene.name);
            let verdicts = verdicts(answer, way.name);
            let token = carried::token(answer["token"].as_str());
            let decided = translated.decide(scene, ask, answer["mode"].as_str(), token);
            figures.tokens[0] += usize::from(token == Token::Valid);
            figures.tokens[1] += usize::from(token == Token::Invalid);
            let told = carried::remote(ask.http.as_ref(), ask.source) != ask.source;
            figures.forwarded += usize::from(told && ask.captured);
            if decided.before.is_none() || decided.after.is_none() {
                self.open
                    .push(format!("left open: {}, {}: {}, {decided:?}", scene.name, way.name, answer["ask"]));
            }
            let wrong = figures.take(&verdicts, decided);
            if !wrong.is_empty() {
                let row = format!(
                    "{}, {}, {:?}: {}\n  {}\n  engines: allowed before: {}, after: {} {}\n  \
                     checker: {decided:?}\n",
                    scene.name,
                    way.name,
                    scene.settings.l7,
                    wrong.join("; "),
                    answer["ask"],
                    verdicts.old,
                    verdicts.new,
                    verdicts.words
                );
                let told = format!("{row}{}", manifests(scene, translated));
                self.faults.push((size(scene), scene.name.clone(), told));
            }
        }
    }

    /// The figures as they are printed, and the first rows of what is wrong.
    pub(crate) fn told(&mut self) -> String {
        self.faults.sort();
        let mut lines: Vec<String> =
            self.faults.iter().take(SHOWN).map(|(_, _, told)| told.clone()).collect();
        lines.extend(self.open.iter().take(SHOWN).cloned());
        lines.extend(self.left_out.iter().map(|(why, count)| format!("left out, {count}: {why}")));
        for ((target, code), count) in &self.accepted {
            lines.push(format!("{target}: {code} accepted in {count} scenes"));
        }
        for (target, figures) in &self.figures {
            lines.push(figures.told(target));
        }
        lines.join("\n")
    }

    /// The names of scenes with faults, one on a line, the smallest first.
    pub(crate) fn faulty_scenes(&self) -> String {
        let mut names: Vec<&str> = self.faults.iter().map(|(_, name, _)| name.as_str()).collect();
        names.dedup();
        names.join("\n")
    }

    pub(crate) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }
}

impl Figures {
    /// Counts a request, and says what is wrong with it.
    fn take(&mut self, verdicts: &Verdicts, decided: Decided) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        self.compared += 1;
        let sides = [
            (verdicts.old, decided.before, "the interpreter decides otherwise what was"),
            (verdicts.new, decided.after, "the interpreter decides otherwise what is"),
        ];
        for (side, (real, own, what)) in sides.into_iter().enumerate() {
            self.allowed[side] += usize::from(real);
            match own {
                None => self.open += 1,
                Some(own) if own != real => {
                    self.misread[side] += 1;
                    wrong.push(what);
                }
                Some(_) => {}
            }
        }
        if verdicts.old == verdicts.new {
            return wrong;
        }
        match decided.announces(verdicts.new) {
            Some(true) if verdicts.new => self.wider += 1,
            Some(true) => self.narrower += 1,
            Some(false) => {
                self.unannounced += 1;
                wrong.push("a difference that no finding announces");
            }
            None => {
                self.undecided += 1;
                wrong.push("a difference of which the checker cannot tell");
            }
        }
        wrong
    }

    fn told(&self, target: &str) -> String {
        let Self { scenes, compared, allowed, narrower, wider, unannounced, undecided, misread, .. } = self;
        let Self { open, tokens: [valid, invalid], forwarded, .. } = self;
        let share = |count: usize| count * 100 / compared.max(&1);
        format!(
            "{target}: {compared} requests in {scenes} scenes, {} % allowed before, {} % after; \
             {} and {} read otherwise by an interpreter, {open} left open\n\
             {target}: {valid} with a valid token, {invalid} with another, {forwarded} with another address\n\
             {target}: {narrower} differences announced as narrower, {wider} as wider, \
             {undecided} undecided, {unannounced} unannounced",
            share(allowed[0]),
            share(allowed[1]),
            misread[0],
            misread[1],
        )
    }
}

fn verdicts(answer: &Value, target: &str) -> Verdicts {
    let allowed = |value: &Value| value.as_bool().expect("a verdict");
    let (mesh, before) = (allowed(&answer["mesh"]), allowed(&answer["before"]["allowed"]));
    let after = &answer["after"][target];
    let words = format!(
        "(mesh {mesh}, mTLS {}, policies in force {before} by {}, afterwards by {})",
        answer["mode"], answer["before"]["by"], after["by"]
    );
    Verdicts { old: mesh && before, new: allowed(&after["allowed"]), words }
}

fn size(scene: &Scene) -> usize {
    scene.input.iter().map(|(_, text)| text.len()).sum()
}

fn manifests(scene: &Scene, translated: &Translated) -> String {
    let input: Vec<&str> = scene.input.iter().map(|(_, text)| text.as_str()).collect();
    format!("--- input\n{}--- written\n{}", input.join("---\n"), translated.written.join("---\n"))
}
