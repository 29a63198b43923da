//! The class of one probe for one target: what the module's page says, step by step.

use super::{Cell, Code, Probe};
use crate::config::{Identity, L7, Settings, Target};
use crate::finding::codes::{meaning, platform};
use crate::finding::{Acceptance, Direction, Finding, ObjectRef, Rules};
use crate::pipeline::compare::ASSUMPTIONS;
use crate::pipeline::{Check, analyse, check, targets};
use crate::report::matrix::Class;
use crate::source::{SourceFile, Sources};
use crate::verify::answer::{Difference, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The class of a probe for a target, with the codes that say why.
pub(super) fn cell(probe: &Probe, target: Target) -> Cell {
    let settings = settings(probe, target);
    let plain = Ran::of(probe, &settings, &Rules::default());
    let cell = |class, codes| Cell { class, codes, then: Vec::new() };
    if plain.is_broken() {
        return cell(Class::Broken, plain.codes());
    }
    if plain.changes.is_empty() {
        return match plain.verdict {
            Some(Verdict::Holds) if plain.assumes.is_empty() => cell(Class::Exact, plain.notes),
            Some(Verdict::Holds) => cell(Class::Assumed, plain.assumes),
            Some(Verdict::Unknown | Verdict::HoldsAsAnnounced | Verdict::Fails) | None => {
                cell(Class::Unknown, plain.assumes)
            }
        };
    }
    if options(&plain, target, &settings).iter().any(|settings| is_exact(probe, settings)) {
        return cell(Class::Option, plain.codes());
    }
    if plain.carried {
        return cell(if plain.widens { Class::Widened } else { Class::Narrowed }, plain.codes());
    }
    let mut accepted =
        plain.changes.values().filter_map(|code| Some((*code, accepted(probe, &settings, code)?)));
    match accepted.next() {
        Some((code, then)) => Cell { class: Class::Acceptance, codes: vec![code.id], then },
        None => cell(Class::Not, plain.codes()),
    }
}

fn settings(probe: &Probe, target: Target) -> Settings {
    let closed = probe.closed.then(|| ["shop", "web"].map(str::to_string).into());
    Settings { target, mesh_namespaces: closed, ..Settings::default() }
}

/// The settings with each option that the codes of a run name.
fn options(plain: &Ran, target: Target, settings: &Settings) -> Vec<Settings> {
    let mut all = Vec::new();
    let says = |code: &Code| plain.changes.contains_key(code.id);
    if says(&platform::L7_GUARD_LABEL) && targets::dikastes_works(target) {
        all.push(Settings { l7: L7::Dikastes, ..settings.clone() });
    }
    if says(&platform::UNKNOWN_NAMESPACES) {
        let shown = ["shop", "web"].map(str::to_string).into();
        all.push(Settings { mesh_namespaces: Some(shown), ..settings.clone() });
    }
    if says(&platform::GATEWAY_IDENTITY) {
        let identity = |namespace: &str, account: &str| Identity {
            namespace: namespace.to_string(),
            account: account.to_string(),
        };
        let old = identity("istio-system", "istio-ingressgateway-service-account");
        let map_identity = vec![(old, identity("web", "frontend"))];
        all.push(Settings { map_identity, ..settings.clone() });
    }
    all
}

fn is_exact(probe: &Probe, settings: &Settings) -> bool {
    let ran = Ran::of(probe, settings, &Rules::default());
    ran.changes.is_empty() && ran.verdict == Some(Verdict::Holds)
}

/// Where accepting a code makes the back end write what it left out, the other codes of what changes.
fn accepted(probe: &Probe, settings: &Settings, code: &'static Code) -> Option<Vec<&'static str>> {
    let accepted = vec![Acceptance::of(code)];
    let ran = Ran::of(probe, settings, &Rules { accepted, ..Rules::default() });
    let then = || ran.changes.keys().copied().filter(|id| *id != code.id).collect();
    (ran.carried && !ran.is_broken()).then(then)
}

/// Codes of what is so today, whatever the target: no cell is about them.
static TODAY: [&Code; 4] = [
    &meaning::PLAINTEXT_PASSES,
    &platform::MESH_LABEL,
    &platform::UNCAPTURED_INBOUND,
    &platform::WORKLOAD_OUTSIDE,
];

/// Rules under which encryption that ends is no difference: the page is about who may send a request.
fn deciding(rules: &Rules) -> Rules {
    let ends = Acceptance::of(&platform::ENCRYPTION_ENDS);
    let accepted = rules.accepted.iter().cloned().chain([ends]).collect();
    Rules { accepted, ..rules.clone() }
}

/// What came out of one run.
struct Ran {
    /// The codes of findings that narrow or widen, but for what is told of the target and no object.
    changes: BTreeMap<&'static str, &'static Code>,
    /// Whether one of them widens.
    widens: bool,
    /// The ids of codes that say what is taken for granted.
    assumes: Vec<&'static str>,
    /// The ids of further codes about the policy that change nothing.
    notes: Vec<&'static str>,
    /// Whether anything of what is probed is written.
    carried: bool,
    /// `None` where findings hold all output back.
    verdict: Option<Verdict>,
    /// Whether some difference is in no finding.
    unannounced: bool,
}

impl Ran {
    fn of(probe: &Probe, settings: &Settings, rules: &Rules) -> Self {
        let rules = &deciding(rules);
        let mut analysis = analyse(sources(&probe.input), settings, rules);
        let held = analysis.said.blocks(rules, &analysis.sources);
        let own = written(&analysis.written);
        let without = match &probe.twin {
            Some(twin) => written(&analyse(sources(twin), settings, rules).written),
            None => Vec::new(),
        };
        let check = check(&mut analysis, None, settings, rules);
        let said = &analysis.said;
        let all = || said.input.iter().chain(&said.meaning).chain(&said.translation);
        let changing = || {
            let changes = |one: &&Finding| matches!(one.direction, Direction::Narrows | Direction::Widens);
            all().filter(changes).filter(|one| one.object.is_some())
        };
        let is_assumption = |code: &Code| ASSUMPTIONS.iter().any(|other| other.id == code.id);
        // What is said of the probe's cluster is not about the policy.
        let is_policy = |object: &ObjectRef| object.kind != "Deployment";
        let silent = || {
            all().filter(|one| {
                matches!(one.direction, Direction::None | Direction::Drops)
                    && one.object.as_ref().is_some_and(is_policy)
            })
        };
        let of = |wanted: &dyn Fn(&Code) -> bool| -> Vec<&'static str> {
            let ids = silent().map(|one| one.code).filter(|code| wanted(code)).map(|code| code.id);
            ids.collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self {
            changes: changing().map(|finding| (finding.code.id, finding.code)).collect(),
            widens: changing().any(|finding| finding.direction == Direction::Widens),
            assumes: of(&is_assumption),
            notes: of(&|code| !is_assumption(code) && !TODAY.iter().any(|other| other.id == code.id)),
            carried: !held && own != without,
            unannounced: !check.findings.is_empty(),
            verdict: verdict(&check),
        }
    }

    fn codes(&self) -> Vec<&'static str> {
        self.changes.keys().copied().collect()
    }

    /// Whether the run contradicts itself.
    fn is_broken(&self) -> bool {
        let differs = matches!(self.verdict, Some(Verdict::HoldsAsAnnounced | Verdict::Fails));
        self.unannounced || (self.changes.is_empty() && differs)
    }
}

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    let name = "probe.yaml".to_string();
    sources.map.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text));
    sources
}

/// The verdict as far as the probe is concerned: what is told of the target, and of no object, holds for
/// every run.
fn verdict(check: &Check) -> Option<Verdict> {
    let answer = check.answer.as_ref()?;
    let of_target = |difference: &Difference| {
        let announced = difference.announced_by.and_then(|place| check.announcements.get(place));
        announced.is_some_and(|announcement| announcement.finding.object.is_none())
    };
    let is_alike = answer.differences.iter().all(of_target);
    Some(match answer.verdict {
        Verdict::HoldsAsAnnounced if is_alike => Verdict::Holds,
        Verdict::HoldsAsAnnounced | Verdict::Holds | Verdict::Unknown | Verdict::Fails => {
            answer.verdict.clone()
        }
    })
}

/// The texts of objects without their comments.
fn written(objects: &[crate::report::product::Written]) -> Vec<String> {
    let bare = |text: &str| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        lines.collect::<Vec<_>>().join("\n")
    };
    objects.iter().map(|object| bare(&object.text)).collect()
}
