//! Which announcement a difference belongs to.
//!
//! Together the announcements say whether a difference was announced at all; one by one they say by
//! whom: the first that alone makes the mesh decide as the new policies do, else the first that has
//! a part in it (a request that two rules let in stays in until both are lost).

use super::announce::{Announces, of};
use super::search::Found;
use super::space::Region;
use super::work::Piece;
use crate::finding::{Direction, ObjectRef};
use crate::istio::Resources;
use crate::verify::answer::Announcement;
use crate::verify::calico::Cluster;
use crate::verify::istio::{Loss, Mesh};
use crate::verify::program::{Action, By, Decision, Part, Program};
use crate::verify::request::Request;
use crate::verify::test::Tests;
use std::collections::BTreeSet;

/// The mesh as it is, as all findings announce it, and as each alone does.
pub(super) struct Meshes {
    pub(super) before: Mesh,
    pub(super) announced: Mesh,
    single: Vec<Single>,
    /// Places of announcements that no request can show.
    pub(super) elsewhere: BTreeSet<usize>,
}

/// What one announcement alone makes of the mesh.
struct Single {
    /// Its place among the announcements.
    place: usize,
    loss: Loss,
    mesh: Mesh,
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
        let all: Vec<Loss> = losses.iter().map(|(_, loss)| loss.clone()).collect();
        let announced = before.announced(&all, tests);
        let single = losses.into_iter().map(|(place, loss)| {
            let mesh = before.announced(std::slice::from_ref(&loss), tests);
            Single { place, loss, mesh }
        });
        Self { single: single.collect(), before, announced, elsewhere }
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
            let widened = self.announced.part(piece.subject, piece.port, piece.chain);
            let objects: BTreeSet<&ObjectRef> = objects(&real).chain(self::objects(&widened)).collect();
            let said = said(&real, &point);
            let relevant = self
                .single
                .iter()
                .filter(|single| single.loss.direction == direction && objects.contains(&single.loss.object));
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
