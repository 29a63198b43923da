//! The checker's driver: a run and its two sides to an answer.

use super::sides::{Sides, is_staged, sides};
use super::{Analysis, Replacement};
use crate::config::Settings;
use crate::finding::codes::verification::UNANNOUNCED_DIFFERENCE;
use crate::finding::{Direction, Finding, Rules, Sink};
use crate::progress::Progress;
use crate::source::Sources;
use crate::verify::answer::{Announcement, Answer};
use crate::verify::why::{Explanation, Question, Refusal};
use crate::verify::{self, Input, Single};

/// What came out of a check.
#[derive(Debug)]
pub struct Check {
    /// What stands in place of the mesh.
    pub replacement: Replacement,
    /// What findings say of differences, accepted or not.
    pub announcements: Vec<Announcement>,
    /// The answer; `None` where findings hold everything back: nothing would be written, or what the
    /// mesh refuses is not known.
    pub answer: Option<Answer>,
    /// Findings of the check itself: policies that Calico refuses, unannounced differences.
    pub findings: Vec<Finding>,
}

/// Compares what the mesh decides with what the policies decide that were written, or that a
/// directory holds (`against`).
#[must_use]
pub fn check(analysis: &mut Analysis, against: Option<Sources>, settings: &Settings, rules: &Rules) -> Check {
    check_watched(analysis, against, settings, rules, &Progress::default())
}

/// The same, for who wants to know how far it is.
#[must_use]
pub fn check_watched(
    analysis: &mut Analysis,
    against: Option<Sources>,
    settings: &Settings,
    rules: &Rules,
    progress: &Progress,
) -> Check {
    let settings = &analysis.inventory.mesh.applied(settings);
    let blocked = blocked(analysis, against.is_some(), rules);
    let sides = sides(analysis, against, settings);
    let announcements = announcements(analysis, &sides, rules);
    let input = input(analysis, &sides, &announcements, settings);
    let answer = (!blocked).then(|| verify::verify(&input, progress));
    let Sides { before: _, after: _, undecided: _, unknown: _, mut findings, replacement } = sides;
    findings.extend(answer.iter().flat_map(|answer| unannounced(answer, &replacement)));
    Check { replacement, announcements, answer, findings }
}

/// Decides one request on both sides; with it, findings about the policies compared.
///
/// # Errors
/// The question names what the input does not hold, or what the checker has no model of.
pub fn explain(
    analysis: &mut Analysis,
    against: Option<Sources>,
    settings: &Settings,
    rules: &Rules,
    question: &Question,
) -> (Result<Explanation, Refusal>, Vec<Finding>) {
    let settings = &analysis.inventory.mesh.applied(settings);
    let blocked = blocked(analysis, against.is_some(), rules);
    let sides = sides(analysis, against, settings);
    let mut explained = verify::why::explain(&input(analysis, &sides, &[], settings), question);
    if let (true, Ok(explained)) = (blocked, &mut explained) {
        let held = "findings hold all output back: this is what would be decided once they are accepted";
        explained.notes.push(held.to_string());
    }
    let written = matches!(sides.replacement, Replacement::Written { .. });
    if let (true, true, Ok(explained)) = (is_staged(settings), written, &mut explained) {
        let staged = "the policies are staged: this is what they will decide once they are enforced";
        explained.notes.push(staged.to_string());
    }
    (explained, sides.findings)
}

/// Both sides of what was written, to be asked about single requests.
#[must_use]
pub fn single(analysis: &mut Analysis, settings: &Settings, rules: &Rules) -> Single {
    let settings = &analysis.inventory.mesh.applied(settings);
    let sides = sides(analysis, None, settings);
    let announcements = announcements(analysis, &sides, rules);
    Single::new(&input(analysis, &sides, &announcements, settings))
}

fn input<'a>(
    analysis: &'a Analysis,
    sides: &'a Sides,
    announcements: &'a [Announcement],
    settings: &'a Settings,
) -> Input<'a> {
    Input {
        resources: &analysis.resources,
        inventory: &analysis.inventory,
        settings,
        before: &sides.before,
        after: &sides.after,
        announcements,
        undecided: &sides.undecided,
        unknown: &sides.unknown,
    }
}

/// Whether findings hold the answer back. What the translation refuses to write does not matter
/// where a directory holds the policies; what could not be understood of the mesh always does.
fn blocked(analysis: &Analysis, against: bool, rules: &Rules) -> bool {
    if !against {
        return analysis.said.blocks(rules, &analysis.sources);
    }
    let mut sink = Sink::default();
    sink.extend(analysis.said.input.iter().cloned());
    sink.blocks(rules, &analysis.sources)
}

/// The findings that say of something that it changes.
fn announcements(analysis: &Analysis, sides: &Sides, rules: &Rules) -> Vec<Announcement> {
    let said = &analysis.said;
    // What an earlier run left behind stands in the directory, if anywhere, and is compared there.
    let stale = match &sides.replacement {
        Replacement::Written { .. } => said.stale.as_slice(),
        Replacement::Directory { .. } => &[],
    };
    let all = said.input.iter().chain(&said.meaning).chain(&said.translation).chain(stale);
    let changes = all.filter(|finding| matches!(finding.direction, Direction::Widens | Direction::Narrows));
    let announcement = |finding: &Finding| Announcement {
        accepted: rules.accepts_finding(finding, &analysis.sources).is_some(),
        finding: finding.clone(),
    };
    changes.map(announcement).collect()
}

/// One finding for each difference that no finding announced, at the rule that decides now.
fn unannounced<'a>(answer: &'a Answer, replacement: &'a Replacement) -> impl Iterator<Item = Finding> + 'a {
    let differences = answer.differences.iter().filter(|difference| difference.announced_by.is_none());
    differences.map(move |difference| {
        let was = if difference.before.allowed { "allowed" } else { "refused" };
        let is = if difference.after.allowed { "allowed" } else { "refused" };
        let message = format!(
            "the mesh {was} a request to `{}` that the new policies have {is}, and no finding says so",
            difference.workload
        );
        let help = match replacement {
            Replacement::Written { .. } => "please report this: it is a bug in unmesh",
            Replacement::Directory { .. } => {
                "see who changed the directory since unmesh wrote it, and write it again"
            }
        };
        let by =
            if difference.after.by.span.is_some() { &difference.after.by } else { &difference.before.by };
        let mut finding = Finding::new(&UNANNOUNCED_DIFFERENCE, difference.direction, message).help(help);
        finding.span = by.span;
        finding.field.clone_from(&by.field);
        finding.object = by.objects.first().cloned();
        finding
    })
}
