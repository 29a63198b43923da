//! Other tools' messages: each of theirs has an answer, and the page says what the tables say.
//!
//! `SNAPSHOTS=overwrite cargo test --test peers` writes `docs/peers.md` anew.

use std::collections::BTreeSet;
use std::path::Path;
use unmesh::finding::codes;
use unmesh::finding::peers::{self, Answer, Message, Reason, Tool};

/// Of `istioctl analyze`, what files can decide and what is about policy or traffic.
const ISTIOCTL: [&str; 41] = [
    "IST0002", "IST0101", "IST0102", "IST0106", "IST0109", "IST0110", "IST0111", "IST0112", "IST0116",
    "IST0118", "IST0123", "IST0125", "IST0127", "IST0128", "IST0129", "IST0130", "IST0131", "IST0132",
    "IST0133", "IST0134", "IST0138", "IST0140", "IST0144", "IST0145", "IST0148", "IST0149", "IST0150",
    "IST0151", "IST0152", "IST0153", "IST0154", "IST0155", "IST0161", "IST0162", "IST0165", "IST0166",
    "IST0167", "IST0173", "IST0174", "IST0175", "IST0177",
];

/// Of Kiali, what is about the policies and the traffic resources of Istio.
const KIALI: [&str; 48] = [
    "KIA0002", "KIA0003", "KIA0004", "KIA0005", "KIA0101", "KIA0102", "KIA0104", "KIA0105", "KIA0106",
    "KIA0107", "KIA0108", "KIA0109", "KIA0110", "KIA0201", "KIA0202", "KIA0203", "KIA0204", "KIA0205",
    "KIA0206", "KIA0207", "KIA0208", "KIA0209", "KIA0210", "KIA0211", "KIA0212", "KIA0301", "KIA0302",
    "KIA0401", "KIA0501", "KIA0505", "KIA0506", "KIA1004", "KIA1006", "KIA1007", "KIA1101", "KIA1102",
    "KIA1104", "KIA1105", "KIA1106", "KIA1107", "KIA1108", "KIA1109", "KIA1110", "KIA1113", "KIA1114",
    "KIA1115", "KIA1211", "KIA1212",
];

/// Why a message that files can decide may have no code of ours.
const REASONS: [Reason; 4] =
    [Reason::NeedsCluster, Reason::NeedsSecret, Reason::ControlPlane, Reason::WrongInPeer];

#[test]
fn each_message_that_files_can_decide_has_a_code_or_one_of_few_reasons() {
    for (tool, wanted, most) in [(Tool::Istioctl, &ISTIOCTL[..], 8), (Tool::Kiali, &KIALI[..], 10)] {
        let of = |code: &str| tool.messages().iter().find(|message| message.code == code);
        let missing: Vec<_> = wanted.iter().filter(|code| of(code).is_none()).collect();
        assert!(missing.is_empty(), "{}: no answer to {missing:?}", tool.word());
        let reasons: Vec<_> = wanted
            .iter()
            .filter_map(|code| match of(code)?.answer {
                Answer::Codes(_) => None,
                Answer::None(reason, _) => Some((*code, reason)),
            })
            .collect();
        assert!(reasons.len() <= most, "{}: {reasons:?}", tool.word());
        let odd: Vec<_> = reasons.iter().filter(|(_, reason)| !REASONS.contains(reason)).collect();
        assert!(odd.is_empty(), "{}: {odd:?}", tool.word());
    }
}

#[test]
fn the_tables_hold_all_messages_in_their_order_and_each_answer_says_something() {
    for (tool, messages) in [(Tool::Istioctl, 68), (Tool::Kiali, 72)] {
        let numbers: Vec<&str> = tool.messages().iter().map(|message| message.code).collect();
        assert_eq!(numbers.len(), messages, "{}", tool.word());
        assert!(numbers.windows(2).all(|two| two.first() < two.get(1)), "{numbers:?}");
        for Message { code, name, answer } in tool.messages() {
            assert!(!name.is_empty(), "{code}");
            match answer {
                Answer::Codes(codes) => {
                    let ids: BTreeSet<_> = codes.iter().map(|code| code.id).collect();
                    assert!(!codes.is_empty() && ids.len() == codes.len(), "{code}: {ids:?}");
                }
                Answer::None(_, why) => assert!(!why.is_empty(), "{code}"),
            }
        }
    }
}

/// What a reason says in backticks is a name of ours.
#[test]
fn reasons_name_codes_that_are_there() {
    let names: BTreeSet<&str> = codes::all().map(|code| code.name).collect();
    for message in Tool::ALL.into_iter().flat_map(Tool::messages) {
        if let Answer::None(_, why) = message.answer {
            let named = why.split('`').skip(1).step_by(2).filter(|name| name.contains('-'));
            for name in named {
                assert!(names.contains(name), "{}: `{name}`", message.code);
            }
        }
    }
}

#[test]
fn both_ways_are_one() {
    for code in codes::all() {
        for (tool, message) in peers::of(code) {
            let Answer::Codes(codes) = message.answer else { panic!("{}", message.code) };
            assert!(codes.contains(&code), "{} {}", tool.word(), message.code);
        }
    }
}

#[test]
fn the_page_is_current() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/peers.md");
    snapbox::assert_data_eq!(unmesh::report::peers::render(), snapbox::Data::read_from(&page, None).raw());
}
