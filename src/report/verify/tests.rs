//! The answer for people, from answers made by hand.

use super::*;
use crate::finding::codes::policy::HEADER_MATCH;
use crate::verify::answer::{Assumption, Covered, PortVerdict, Unknown};
use crate::verify::program::{By, Decision, What};
use crate::verify::request::{Dimension, Request, Value};
use crate::verify::subject::Chain;
use std::collections::BTreeMap;

fn difference(announced_by: Option<usize>, direction: Direction, reading: Reading) -> Difference {
    let path = Value::Text(Some("/admin".to_string()));
    let widens = direction == Direction::Widens;
    let decision = |allowed| Decision { allowed, by: By::nobody(What::NoPolicy) };
    Difference {
        announced_by,
        direction,
        accepted: false,
        workload: "Deployment/shop/web".to_string(),
        reading,
        chain: Chain::Http,
        request: Request { values: BTreeMap::from([(Dimension::Path, path)]) },
        before: decision(!widens),
        after: decision(widens),
        more: 2,
    }
}

fn answer(verdict: Verdict, differences: Vec<Difference>) -> Answer {
    Answer {
        verdict,
        readings: vec![Reading::Dataplane, Reading::Dikastes],
        differences,
        verdicts: vec![PortVerdict {
            workload: "Deployment/shop/web".to_string(),
            port: "8080/TCP".to_string(),
            verdict: Verdict::Holds,
        }],
        unknown: Vec::new(),
        silent: Vec::new(),
        elsewhere: Vec::new(),
        assumptions: vec![Assumption { text: "it rains".to_string(), check: "the window".to_string() }],
        covered: Covered { workloads: 1, ports: 1, ..Covered::default() },
    }
}

fn shown(answer: Option<&Answer>, announced: &[Direction], detail: Detail) -> String {
    let said = |direction: &Direction| Announcement {
        finding: Finding::new(&HEADER_MATCH, *direction, "the header is lost"),
        accepted: false,
    };
    let announcements: Vec<Announcement> = announced.iter().map(said).collect();
    let view = View {
        answer,
        announcements: &announcements,
        sources: &SourceMap::default(),
        replacement: "2 policies",
        target: "calico@3.28",
    };
    render(view, Look::plain(detail, false))
}

#[test]
fn differences_stand_below_what_announced_them() {
    let unannounced = difference(None, Direction::Widens, Reading::Dataplane);
    let announced = difference(Some(0), Direction::Narrows, Reading::Dataplane);
    let answer = answer(Verdict::Fails, vec![unannounced, announced]);
    let text = shown(Some(&answer), &[Direction::Narrows], Detail::Normal);
    let expected = [
        "fails: 1 difference that no finding announced\n",
        "\nUM601 unannounced-difference: no finding announced this;",
        "\n+ widens: a request for /admin to shop/web\n",
        "  and 2 more workloads and ports\n",
        "\nUM202 header-match: the header is lost\n",
        "\n- narrows: a request for /admin to shop/web\n",
        "1 port of 1 workload: 1 holds\n",
        "  A1. it rains\n  to check: the window\n",
    ];
    let mut rest = text.as_str();
    for part in expected {
        let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("{part:?} is missing in {text}"));
        rest = after;
    }
    assert!(!text.contains("8080/TCP"), "a port that holds is counted only: {text}");
    assert!(shown(Some(&answer), &[Direction::Narrows], Detail::Verbose).contains("8080/TCP  holds\n"));
}

#[test]
fn a_reading_is_named_where_the_other_does_not_differ() {
    let by = |reading| difference(None, Direction::Widens, reading);
    let one = answer(Verdict::Fails, vec![by(Reading::Dikastes)]);
    let both = answer(Verdict::Fails, vec![by(Reading::Dataplane), by(Reading::Dikastes)]);
    let (one, both) = (shown(Some(&one), &[], Detail::Normal), shown(Some(&both), &[], Detail::Normal));
    let named = "\n  where Dikastes decides too";
    assert!(one.contains(named) && !both.contains(named), "{one}\n{both}");
    assert_eq!((one.matches("+ widens").count(), both.matches("+ widens").count()), (1, 1));
}

#[test]
fn the_first_line_says_why() {
    let mut silent = answer(Verdict::HoldsAsAnnounced, Vec::new());
    silent.silent = vec![0];
    let text = shown(Some(&silent), &[Direction::Narrows], Detail::Normal);
    assert!(text.contains("announced, and no request shows it:\n  UM202 header-match"), "{text}");

    let mut elsewhere = answer(Verdict::Fails, Vec::new());
    elsewhere.elsewhere = vec![0];
    let text = shown(Some(&elsewhere), &[Direction::Widens], Detail::Normal);
    assert!(text.starts_with("fails: 1 finding of what widens beyond the workloads' ports"), "{text}");

    let mut unknown = answer(Verdict::Unknown, Vec::new());
    let place = |workload: &str| Unknown {
        workload: workload.to_string(),
        port: "all".to_string(),
        why: "nobody knows".to_string(),
        cap: false,
    };
    unknown.unknown = ["a", "b", "c", "d"].map(place).to_vec();
    let text = shown(Some(&unknown), &[], Detail::Normal);
    assert!(text.starts_with("unknown: nothing is known to fail, and 4 questions"), "{text}");
    assert!(
        text.contains("  a (all ports), b (all ports), c (all ports) and 1 more: nobody knows\n"),
        "{text}"
    );

    assert!(shown(None, &[], Detail::Normal).starts_with("fails: findings that are not accepted"));
    let holds = answer(Verdict::Holds, Vec::new());
    assert_eq!(shown(Some(&holds), &[], Detail::Quiet).lines().count(), 2);
}
