//! What the checker answers.

use super::program::Decision;
use super::request::Request;
use super::subject::Chain;
use crate::finding::{Direction, Finding};

/// The answer as a whole, and for each workload and port.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// Both sides decide every request of the model alike.
    Holds,
    /// They do, but for differences that findings announce, each of which narrows or is accepted.
    HoldsAsAnnounced,
    /// Nothing is known to fail, and something could not be decided.
    Unknown,
    /// Some difference is not announced, or widens and is not accepted.
    Fails,
}

/// A finding of the translation that says of something that it changes.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The finding.
    pub finding: Finding,
    /// Whether the user accepted it.
    pub accepted: bool,
}

/// Which of two ways to run the target a verdict is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reading {
    /// Only Calico's dataplane decides: no pod has the label of pods that run Dikastes.
    Dataplane,
    /// Dikastes decides too, in every pod with a sidecar.
    Dikastes,
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The verdict for the whole: the worst of all.
    pub verdict: Verdict,
    /// The readings that were compared.
    pub readings: Vec<Reading>,
    /// Differences: one for each announcement (or none), direction, workload, and pair of deciding
    /// rules, with the shortest request; in the order of announcements, unannounced ones first.
    pub differences: Vec<Difference>,
    /// The verdicts, in the order of subjects and ports.
    pub verdicts: Vec<PortVerdict>,
    /// What could not be decided.
    pub unknown: Vec<Unknown>,
    /// Places in the announcements of those for which no difference was found: with a change of
    /// direction `narrows` or `widens` that nobody can observe.
    pub silent: Vec<usize>,
    /// Places in the announcements of what no request to a workload's port can show, such as what a
    /// gateway refused or a route left out.
    pub elsewhere: Vec<usize>,
    /// What the model takes for granted, numbered from 1 in this order.
    pub assumptions: Vec<Assumption>,
    /// What was compared.
    pub covered: Covered,
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The place of the announcement; `None` is a bug in unmesh, or a change by hand.
    pub announced_by: Option<usize>,
    /// `Widens` or `Narrows`.
    pub direction: Direction,
    /// Whether an acceptance covers it.
    pub accepted: bool,
    /// The subject's name.
    pub workload: String,
    /// In which reading.
    pub reading: Reading,
    /// By which chain.
    pub chain: Chain,
    /// The shortest request.
    pub request: Request,
    /// What was decided.
    pub before: Decision,
    /// What is decided now.
    pub after: Decision,
    /// How many further workloads and ports differ in the same way.
    pub more: usize,
}

/// The verdict for one port of one subject.
#[derive(Clone, Debug)]
pub struct PortVerdict {
    /// The subject's name.
    pub workload: String,
    /// `8080/TCP`, or `other/TCP` for ports that nobody mentions.
    pub port: String,
    /// The verdict: the worst over chains and readings.
    pub verdict: Verdict,
}

/// What could not be decided.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Unknown {
    /// The subject's name.
    pub workload: String,
    /// The port, as in [`PortVerdict`].
    pub port: String,
    /// Why.
    pub why: String,
    /// Whether it is for want of time or memory, not of knowledge.
    pub cap: bool,
}

/// Something that the model takes for granted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Assumption {
    /// What is assumed.
    pub text: String,
    /// What to look at to be sure.
    pub check: String,
}

/// What was compared.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Covered {
    /// Workloads of the input.
    pub workloads: usize,
    /// Kinds of pods that the input does not show.
    pub unseen: usize,
    /// Classes that no policy tells apart.
    pub classes: usize,
    /// Ports of all subjects.
    pub ports: usize,
    /// Regions of requests that were compared: each holds requests that nothing tells apart.
    pub regions: u64,
    /// Dimensions whose values the input closes, in words.
    pub closed: Vec<String>,
    /// Dimensions that are compared as though anything might be there, in words.
    pub assumed: Vec<String>,
}
