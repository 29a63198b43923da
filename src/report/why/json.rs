//! The answer of `unmesh why` for machines: one object with the request and both sides.

use super::View;
use super::clause::comparison;
use super::needs::{need, option};
use crate::report::decision::{JsonBy, JsonDecision, JsonPlace};
use crate::report::json::to_text;
use crate::report::request::JsonRequest;
use crate::source::SourceMap;
use crate::verify::program::{Action, Engine};
use crate::verify::trace::{Clause, ClauseKind, Need, PartTrace, Reach, StepTrace, TierTrace, Trace};
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct JsonAnswer<'a> {
    request: JsonRequest,
    before: JsonSide<'a>,
    after: JsonSide<'a>,
    notes: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonSide<'a> {
    allowed: Option<bool>,
    by: Option<JsonBy<'a>>,
    trace: Vec<JsonPart<'a>>,
    needs: Vec<JsonNeed>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonNeed {
    text: String,
    option: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonPart<'a> {
    engine: &'static str,
    allowed: Option<bool>,
    tiers: Vec<JsonTier<'a>>,
    otherwise: Option<JsonDecision<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonTier<'a> {
    name: &'a str,
    rules: Vec<JsonRule<'a>>,
    end: Option<JsonDecision<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonRule<'a> {
    by: JsonBy<'a>,
    action: &'static str,
    /// Whether it is asked: `yes`, `no`, `perhaps`.
    asked: &'static str,
    matches: Option<bool>,
    condition: JsonClause<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonClause<'a> {
    /// `field`, `all`, `any`, `not`, `always`, `never`, `unknown`, `comparison`.
    kind: &'static str,
    field: Option<&'a str>,
    text: Option<String>,
    matches: Option<bool>,
    #[serde(flatten)]
    place: JsonPlace<'a>,
    parts: Vec<JsonClause<'a>>,
}

/// The object, ending in a newline.
#[must_use]
pub fn render(view: View<'_>) -> String {
    let View { explained, sources, target: _ } = view;
    to_text(&JsonAnswer {
        request: JsonRequest::new(&explained.request, explained.chain, &explained.to),
        before: side(&explained.before, sources),
        after: side(&explained.after, sources),
        notes: &explained.notes,
    })
}

fn side<'a>(trace: &'a Trace, sources: &'a SourceMap) -> JsonSide<'a> {
    let Trace { allowed, by, needs, parts } = trace;
    let needs = needs.iter().map(|each| JsonNeed {
        text: need(each),
        option: match each {
            Need::Value(dimension) => option(dimension),
            Need::Content => Some("--protocol".to_string()),
            Need::Unknown(_) => None,
        },
    });
    JsonSide {
        allowed: *allowed,
        by: by.as_ref().map(|by| JsonBy::new(by, sources)),
        trace: parts.iter().map(|part| self::part(part, sources)).collect(),
        needs: needs.collect(),
    }
}

fn part<'a>(part: &'a PartTrace, sources: &'a SourceMap) -> JsonPart<'a> {
    let PartTrace { engine, allowed, tiers, otherwise } = part;
    JsonPart {
        engine: match engine {
            Engine::Mesh => "mesh",
            Engine::Felix => "felix",
            Engine::Dikastes => "dikastes",
            Engine::Kubernetes => "kubernetes",
        },
        allowed: *allowed,
        tiers: tiers.iter().map(|tier| self::tier(tier, sources)).collect(),
        otherwise: otherwise.as_ref().map(|decision| JsonDecision::new(decision, sources)),
    }
}

fn tier<'a>(tier: &'a TierTrace, sources: &'a SourceMap) -> JsonTier<'a> {
    let TierTrace { name, steps, end } = tier;
    JsonTier {
        name,
        rules: steps.iter().map(|step| rule(step, sources)).collect(),
        end: end.as_ref().map(|decision| JsonDecision::new(decision, sources)),
    }
}

fn rule<'a>(step: &'a StepTrace, sources: &'a SourceMap) -> JsonRule<'a> {
    let StepTrace { by, action, reach, holds, clause } = step;
    JsonRule {
        by: JsonBy::new(by, sources),
        action: match action {
            Action::Allow => "allow",
            Action::Deny => "deny",
            Action::Pass => "pass",
        },
        asked: match reach {
            Reach::Certain => "yes",
            Reach::Possible => "perhaps",
            Reach::Never => "no",
        },
        matches: *holds,
        condition: self::clause(clause, sources),
    }
}

fn clause<'a>(clause: &'a Clause, sources: &'a SourceMap) -> JsonClause<'a> {
    let Clause { kind, holds, parts } = clause;
    let (word, field, text, span) = match kind {
        ClauseKind::Field { path, span } => ("field", Some(path.as_str()), None, *span),
        ClauseKind::All => ("all", None, None, None),
        ClauseKind::Any => ("any", None, None, None),
        ClauseKind::Not => ("not", None, None, None),
        ClauseKind::Always => ("always", None, None, None),
        ClauseKind::Never => ("never", None, None, None),
        ClauseKind::Unknown(why) => ("unknown", None, Some(why.clone()), None),
        ClauseKind::Test { test, value } => {
            ("comparison", None, Some(comparison(test, value.as_ref())), None)
        }
    };
    JsonClause {
        kind: word,
        field,
        text,
        matches: *holds,
        place: JsonPlace::new(span, sources),
        parts: parts.iter().map(|part| self::clause(part, sources)).collect(),
    }
}
