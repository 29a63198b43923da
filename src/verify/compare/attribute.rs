//! Which announcement a difference belongs to.
//!
//! Together the announcements say whether a difference was announced at all; one by one they say by
//! whom: the first that alone makes the mesh decide as the new policies do, else the first that has
//! a part in it (a request that two rules let in stays in until both are lost).

use super::announce::{Announces, of};
use super::search::Found;
use super::space::Region;
use super::work::Piece;
use crate::finding::codes::platform::L7_GUARD_LABEL;
use crate::finding::{Direction, Finding, ObjectRef};
use crate::istio::Resources;
use crate::verify::answer::{Announcement, Reading};
use crate::verify::calico::Cluster;
use crate::verify::istio::{Loss, Mesh};
use crate::verify::program::{Action, By, Decision, Part, Program};
use crate::verify::request::Request;
use crate::verify::test::Tests;
use std::collections::{BTreeMap, BTreeSet};

/// The mesh as it is, as all findings announce it, and as each alone does.
pub(super) struct Meshes {
    pub(super) before: Mesh,
    /// By reading: with the losses that narrow, and with those that widen.
    announced: BTreeMap<Reading, [Mesh; 2]>,
    single: Vec<Single>,
    /// Places of announcements that no request can show.
    pub(super) elsewhere: BTreeSet<usize>,
}

/// What one announcement alone makes of the mesh.
struct Single {
    /// Its place among the announcements.
    place: usize,
    loss: Loss,
    /// In which readings it holds.
    readings: Vec<Reading>,
    mesh: Mesh,
}

/// Whether a finding speaks of a reading: that nobody enforces HTTP rules is told of pods without
/// Dikastes alone.
fn holds_in(finding: &Finding, reading: Reading) -> bool {
    finding.code.id != L7_GUARD_LABEL.id || reading == Reading::Dataplane
}

/// A difference with its announcement.
#[derive(Clone, Debug)]
pub(super) struct Attributed {
    /// The announcement that it is shown under; `None` where none announced it.
    pub(super) announced_by: Option<usize>,
    /// All that have a part in it.
    pub(super) involved: Vec<usize>,
    pub(super) direction: Direction,
    /// How far the request is from the plainest.
    pub(super) rank: usize,
    pub(super) request: Request,
    pub(super) before: Decision,
    pub(super) after: Decision,
}

/// What a step says of a request.
type Said = (By, Action, Option<bool>);

impl Meshes {
    pub(super) fn new(
        before: Mesh,
        announcements: &[Announcement],
        resources: &Resources,
        tests: &mut Tests,
    ) -> Self {
        let mut losses = Vec::new();
        let mut elsewhere = BTreeSet::new();
        for (place, announcement) in announcements.iter().enumerate() {
            match of(&announcement.finding, resources) {
                Announces::Loss(loss) => losses.push((place, loss)),
                Announces::Elsewhere => drop(elsewhere.insert(place)),
                Announces::Nothing => {}
            }
        }
        let mut together = |reading, direction| {
            let losses = losses.iter().filter(|(place, loss)| {
                let finding = announcements.get(*place).map(|announcement| &announcement.finding);
                loss.direction == direction && finding.is_some_and(|finding| holds_in(finding, reading))
            });
            let losses: Vec<Loss> = losses.map(|(_, loss)| loss.clone()).collect();
            before.announced(&losses, tests)
        };
        let mut of_reading = |reading| {
            (reading, [together(reading, Direction::Narrows), together(reading, Direction::Widens)])
        };
        let announced = [Reading::Dataplane, Reading::Dikastes].map(&mut of_reading).into();
        let single = losses.into_iter().map(|(place, loss)| {
            let mesh = before.announced(std::slice::from_ref(&loss), tests);
            let readings = [Reading::Dataplane, Reading::Dikastes].into_iter().filter(|reading| {
                announcements.get(place).is_some_and(|said| holds_in(&said.finding, *reading))
            });
            Single { place, loss, readings: readings.collect(), mesh }
        });
        Self { single: single.collect(), before, announced, elsewhere }
    }

    /// The mesh as findings that go this way announce it.
    pub(super) fn announced(&self, reading: Reading, direction: Direction) -> &Mesh {
        let both = self.announced.get(&reading);
        let found = both.map(|[narrowed, widened]| match direction {
            Direction::Widens => widened,
            Direction::Narrows | Direction::Drops | Direction::None => narrowed,
        });
        found.unwrap_or(&self.before)
    }

    /// The places of announcements that a request can show.
    pub(super) fn observable(&self) -> impl Iterator<Item = usize> + '_ {
        self.single.iter().map(|single| single.place)
    }

    pub(super) fn attribute(&self, found: Found<'_>, piece: Piece<'_>, in_force: &Cluster) -> Attributed {
        let Found { region, point, before, after, announced } = found;
        let direction = if after.allowed { Direction::Widens } else { Direction::Narrows };
        let (mut sufficient, mut involved) = (Vec::new(), Vec::new());
        if announced {
            let real = self.before.part(piece.subject, piece.port, piece.chain);
            let announced = self.announced(piece.reading, direction);
            let announced = announced.part(piece.subject, piece.port, piece.chain);
            let objects: BTreeSet<&ObjectRef> = objects(&real).chain(self::objects(&announced)).collect();
            let said = said(&real, &point);
            let relevant = self.single.iter().filter(|single| {
                single.loss.direction == direction
                    && single.readings.contains(&piece.reading)
                    && objects.contains(&single.loss.object)
            });
            for single in relevant {
                let part = single.mesh.part(piece.subject, piece.port, piece.chain);
                let has_part = self::said(&part, &point) != said;
                let mut parts = vec![part];
                parts.extend(in_force.parts(piece.subject, piece.chain, piece.reading));
                let decision = Program { parts }.decide(&point);
                if decision.is_some_and(|decision| decision.allowed == after.allowed) {
                    sufficient.push(single.place);
                } else if has_part {
                    involved.push(single.place);
                }
            }
        }
        Attributed {
            announced_by: sufficient.first().or(involved.first()).copied(),
            involved: sufficient.into_iter().chain(involved).collect(),
            direction,
            rank: point.rank(),
            request: region.request(),
            before,
            after,
        }
    }
}

/// The policies that have a say in a part.
fn objects<'p>(part: &'p Part<'_>) -> impl Iterator<Item = &'p ObjectRef> {
    let steps = part.tiers.iter().flat_map(|tier| &tier.steps).map(|step| &step.by);
    let ends = part.tiers.iter().filter_map(|tier| tier.end.as_ref()).map(|decision| &decision.by);
    steps.chain(ends).flat_map(|by| &by.objects)
}

fn said(part: &Part<'_>, point: &Region<'_>) -> Vec<Said> {
    let steps = part.tiers.iter().flat_map(|tier| &tier.steps);
    steps.map(|step| (step.by.clone(), step.action, step.when.holds(point))).collect()
}
