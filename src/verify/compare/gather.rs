//! What pieces of work found, to one answer in the order of subjects.

use super::attribute::{Attributed, Meshes};
use super::work::{Piece, Result};
use crate::finding::Direction;
use crate::verify::answer::{
    Announcement, Answer, Covered, Difference, PortVerdict, Reading, Unknown, Verdict,
};
use crate::verify::program::By;
use crate::verify::request::Protocol;
use crate::verify::subject::{Subject, SubjectPort};
use std::collections::{BTreeMap, BTreeSet};

/// What makes two differences one for people.
type Group = (Option<usize>, bool, Reading, By, By);

/// Differences of one group: the plainest, and where they are.
struct Same {
    rank: usize,
    plainest: Difference,
    places: BTreeSet<(String, String)>,
}

/// Results as they come in, in the order of subjects.
pub(super) struct Gathered<'a> {
    announcements: &'a [Announcement],
    readings: Vec<Reading>,
    covered: Covered,
    verdicts: Vec<PortVerdict>,
    unknown: BTreeSet<Unknown>,
    differences: BTreeMap<Group, Same>,
    shown: BTreeSet<usize>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(
        announcements: &'a [Announcement],
        subjects: &[Subject],
        readings: Vec<Reading>,
    ) -> Self {
        let shown = subjects.iter().filter(|subject| subject.workload.is_some()).count();
        let covered = Covered {
            workloads: shown,
            unseen: subjects.len() - shown,
            ports: subjects.iter().map(|subject| subject.ports.len()).sum(),
            ..Covered::default()
        };
        Self {
            announcements,
            readings,
            covered,
            verdicts: Vec::new(),
            unknown: BTreeSet::new(),
            differences: BTreeMap::new(),
            shown: BTreeSet::new(),
        }
    }

    pub(super) fn take(&mut self, piece: Piece<'_>, result: Result) {
        let (workload, port) = (piece.subject.name.clone(), port_name(piece.port));
        self.covered.regions += result.regions;
        let mut verdict = Verdict::Holds;
        if result.capped || !result.unknown.is_empty() {
            verdict = Verdict::Unknown;
        }
        for why in result.unknown {
            let unknown = Unknown { workload: workload.clone(), port: port.clone(), why, cap: result.capped };
            self.unknown.insert(unknown);
        }
        for difference in result.differences {
            verdict = verdict.max(self.judge(&difference));
            self.difference(difference, piece, &workload, &port);
        }
        match self.verdicts.last_mut().filter(|last| last.workload == workload && last.port == port) {
            Some(last) => last.verdict = last.verdict.clone().max(verdict),
            None => self.verdicts.push(PortVerdict { workload, port, verdict }),
        }
    }

    fn accepted(&self, difference: &Attributed) -> bool {
        let announcement = difference.announced_by.and_then(|place| self.announcements.get(place));
        announcement.is_some_and(|announcement| announcement.accepted)
    }

    fn judge(&self, difference: &Attributed) -> Verdict {
        let harmless = difference.direction == Direction::Narrows || self.accepted(difference);
        if difference.announced_by.is_some() && harmless { Verdict::HoldsAsAnnounced } else { Verdict::Fails }
    }

    fn difference(&mut self, difference: Attributed, piece: Piece<'_>, workload: &str, port: &str) {
        let accepted = self.accepted(&difference);
        let Attributed { announced_by, involved, direction, rank, request, before, after } = difference;
        self.shown.extend(involved);
        let group = (announced_by, after.allowed, piece.reading, before.by.clone(), after.by.clone());
        let shown = Difference {
            announced_by,
            direction,
            accepted,
            workload: workload.to_string(),
            reading: piece.reading,
            chain: piece.chain,
            request,
            before,
            after,
            more: 0,
        };
        let place = (workload.to_string(), port.to_string());
        let same = self.differences.entry(group).or_insert_with(|| Same {
            rank,
            plainest: shown.clone(),
            places: BTreeSet::new(),
        });
        same.places.insert(place);
        if rank < same.rank {
            (same.rank, same.plainest) = (rank, shown);
        }
    }

    pub(super) fn answer(self, unknown: Vec<Unknown>, meshes: &Meshes) -> Answer {
        let differences = self.differences.into_values();
        let differences =
            differences.map(|same| Difference { more: same.places.len().saturating_sub(1), ..same.plainest });
        let undecided: BTreeSet<&str> = unknown.iter().map(|unknown| unknown.workload.as_str()).collect();
        let mut verdicts = self.verdicts;
        for port in verdicts.iter_mut().filter(|port| undecided.contains(port.workload.as_str())) {
            port.verdict = port.verdict.clone().max(Verdict::Unknown);
        }
        let mut all = self.unknown;
        all.extend(unknown);
        let of_ports = verdicts.iter().map(|port| port.verdict.clone()).max().unwrap_or(Verdict::Holds);
        let left = if all.is_empty() { Verdict::Holds } else { Verdict::Unknown };
        let open = |(place, announcement): (usize, &Announcement)| {
            let elsewhere = meshes.elsewhere.contains(&place);
            elsewhere && !announcement.accepted && announcement.finding.direction == Direction::Widens
        };
        let widens = self.announcements.iter().enumerate().any(open);
        let elsewhere = if widens { Verdict::Fails } else { Verdict::Holds };
        Answer {
            verdict: of_ports.max(left).max(elsewhere),
            readings: self.readings,
            differences: differences.collect(),
            verdicts,
            unknown: all.into_iter().collect(),
            silent: meshes.observable().filter(|place| !self.shown.contains(place)).collect(),
            elsewhere: meshes.elsewhere.iter().copied().collect(),
            assumptions: Vec::new(),
            covered: self.covered,
        }
    }
}

/// `8080/TCP`, or `other/TCP` for a port that stands for all that nobody mentions.
fn port_name(port: &SubjectPort) -> String {
    let protocol = match port.port.protocol {
        Protocol::Tcp => "TCP".to_string(),
        Protocol::Udp => "UDP".to_string(),
        Protocol::Sctp => "SCTP".to_string(),
        Protocol::Icmp => "ICMP".to_string(),
        Protocol::IcmpV6 => "ICMPv6".to_string(),
        Protocol::UdpLite => "UDPLite".to_string(),
        Protocol::Number(number) => number.to_string(),
    };
    match (port.stands_for_others, port.port.number) {
        (true, _) => format!("other/{protocol}"),
        (false, 0) => protocol,
        (false, number) => format!("{number}/{protocol}"),
    }
}
