//! What `unmesh verify` adds to the machine format.

use super::View;
use crate::finding::Direction;
use crate::report::decision::JsonDecision;
use crate::report::request::JsonRequest;
use crate::source::SourceMap;
use crate::verify::answer::{
    Announcement, Answer, Assumption, Covered, Difference, PortVerdict, Reading, Unknown, Verdict,
};
use serde::Serialize;

/// The keys of `verify`, in the order of the contract.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct JsonAnswer<'a> {
    verdict: &'static str,
    differences: Vec<JsonDifference<'a>>,
    assumptions: Vec<JsonAssumption<'a>>,
    unknown: Vec<JsonUnknown<'a>>,
    covered: Option<JsonCovered<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonDifference<'a> {
    announced_by: Option<&'static str>,
    direction: Direction,
    workload: &'a str,
    request: JsonRequest,
    before: JsonDecision<'a>,
    after: JsonDecision<'a>,
    accepted: bool,
    reading: &'static str,
    more: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonAssumption<'a> {
    id: String,
    text: &'a str,
    check: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonUnknown<'a> {
    workload: &'a str,
    port: &'a str,
    why: &'a str,
    cap: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonCovered<'a> {
    readings: Vec<&'static str>,
    workloads: usize,
    unseen: usize,
    classes: usize,
    ports: usize,
    regions: u64,
    closed: &'a [String],
    assumed: &'a [String],
    /// Announcements for which no request shows a difference: codes with their objects.
    silent: Vec<JsonSilent<'a>>,
    verdicts: Vec<JsonVerdict<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonSilent<'a> {
    code: &'static str,
    object: Option<&'a crate::finding::ObjectRef>,
    field: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonVerdict<'a> {
    workload: &'a str,
    port: &'a str,
    verdict: &'static str,
}

/// What is added to the object of the run.
#[must_use]
pub fn extra(view: View<'_>) -> JsonAnswer<'_> {
    let View { answer, announcements, sources, replacement: _, target: _ } = view;
    let Some(answer) = answer else {
        return JsonAnswer {
            verdict: word(&Verdict::Fails),
            differences: Vec::new(),
            assumptions: Vec::new(),
            unknown: Vec::new(),
            covered: None,
        };
    };
    let Answer {
        verdict,
        readings: _,
        differences,
        verdicts: _,
        unknown,
        silent: _,
        elsewhere: _,
        assumptions,
        covered: _,
    } = answer;
    JsonAnswer {
        verdict: word(verdict),
        differences: differences.iter().map(|each| difference(each, announcements, sources)).collect(),
        assumptions: assumptions.iter().enumerate().map(assumption).collect(),
        unknown: unknown.iter().map(self::unknown).collect(),
        covered: Some(covered(answer, announcements)),
    }
}

/// The word for a verdict.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::HoldsAsAnnounced => "holds-as-announced",
        Verdict::Unknown => "unknown",
        Verdict::Fails => "fails",
    }
}

fn reading(reading: Reading) -> &'static str {
    match reading {
        Reading::Dataplane => "dataplane",
        Reading::Dikastes => "dikastes",
    }
}

fn difference<'a>(
    difference: &'a Difference,
    announcements: &[Announcement],
    sources: &'a SourceMap,
) -> JsonDifference<'a> {
    let Difference {
        announced_by,
        direction,
        accepted,
        workload,
        reading,
        chain,
        request,
        before,
        after,
        more,
    } = difference;
    let announced_by = announced_by.and_then(|place| announcements.get(place));
    JsonDifference {
        announced_by: announced_by.map(|said| said.finding.code.id),
        direction: *direction,
        workload,
        request: JsonRequest::new(request, *chain, workload),
        before: JsonDecision::new(before, sources),
        after: JsonDecision::new(after, sources),
        accepted: *accepted,
        reading: self::reading(*reading),
        more: *more,
    }
}

fn assumption((index, assumption): (usize, &Assumption)) -> JsonAssumption<'_> {
    let Assumption { text, check } = assumption;
    JsonAssumption { id: format!("A{}", index + 1), text, check }
}

fn unknown(unknown: &Unknown) -> JsonUnknown<'_> {
    let Unknown { workload, port, why, cap } = unknown;
    JsonUnknown { workload, port, why, cap: *cap }
}

fn covered<'a>(answer: &'a Answer, announcements: &'a [Announcement]) -> JsonCovered<'a> {
    let Covered { workloads, unseen, classes, ports, regions, closed, assumed } = &answer.covered;
    let silent = answer.silent.iter().filter_map(|place| announcements.get(*place));
    let silent = silent.map(|said| JsonSilent {
        code: said.finding.code.id,
        object: said.finding.object.as_ref(),
        field: said.finding.field.as_deref(),
    });
    let verdict = |port: &'a PortVerdict| JsonVerdict {
        workload: &port.workload,
        port: &port.port,
        verdict: word(&port.verdict),
    };
    JsonCovered {
        readings: answer.readings.iter().map(|each| reading(*each)).collect(),
        workloads: *workloads,
        unseen: *unseen,
        classes: *classes,
        ports: *ports,
        regions: *regions,
        closed,
        assumed,
        silent: silent.collect(),
        verdicts: answer.verdicts.iter().map(verdict).collect(),
    }
}
