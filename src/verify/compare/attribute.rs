//! Which announcement a difference belongs to.
//!
//! Together the announcements say whether a difference was announced at all; one by one they say by
//! whom: the first that alone makes the mesh decide as the new policies do, else the first that has
//! a part in it (a request that two rules let in stays in until both are lost, and a refusal of which
//! two clauses are lost reaches others only without both).

use super::announce::{Announces, of};
use super::search::{Found, Sides};
use super::space::Region;
use super::work::Piece;
use crate::finding::codes::platform::L7_GUARD_LABEL;
use crate::finding::{Direction, Finding, ObjectRef};
use crate::istio::Resources;
use crate::manifest::Inventory;
use crate::verify::answer::{Announcement, Reading};
use crate::verify::formula::Formula;
use crate::verify::istio::{Becomes, Loss, Mesh};
use crate::verify::program::{Action, By, Decision, Part, Program};
use crate::verify::request::Request;
use crate::verify::test::{TestId, Tests};
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

/// Whether a loss changes what gets through this way.
fn goes(loss: &Loss, direction: Direction) -> bool {
    loss.direction == direction || goes_both_ways(loss)
}

/// Normalising makes more paths alike, and no rule matches a path whose escapes cannot be read.
fn goes_both_ways(loss: &Loss) -> bool {
    matches!(loss.becomes, Becomes::Normalised(_))
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

/// What a part says of a request: steps by who speaks there, and who speaks at the end of tiers.
struct Said<'p> {
    steps: BTreeMap<(&'p By, Action), (Option<bool>, &'p Formula)>,
    ends: Vec<Option<&'p By>>,
}

impl Meshes {
    pub(super) fn new(
        before: Mesh,
        announcements: &[Announcement],
        resources: &Resources,
        inventory: &Inventory,
        tests: &mut Tests,
    ) -> Self {
        let mut losses = Vec::new();
        let mut elsewhere = BTreeSet::new();
        for (place, announcement) in announcements.iter().enumerate() {
            match of(&announcement.finding, resources, inventory) {
                Announces::Losses(all) => losses.extend(all.into_iter().map(|loss| (place, loss))),
                Announces::Elsewhere => drop(elsewhere.insert(place)),
                Announces::Nothing => {}
            }
        }
        let mut together = |reading, direction| {
            let losses = losses.iter().filter(|(place, loss)| {
                let finding = announcements.get(*place).map(|announcement| &announcement.finding);
                goes(loss, direction) && finding.is_some_and(|finding| holds_in(finding, reading))
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

    /// Tests of rules of which several announcements speak: which of them a difference belongs to may
    /// hang on answers that decide nothing.
    pub(super) fn told_apart(&self, program: &Program<'_>) -> BTreeSet<TestId> {
        let mut tests = BTreeSet::new();
        let steps = program.parts.iter().flat_map(|part| &part.tiers).flat_map(|tier| &tier.steps);
        for step in steps {
            let rule = step.by.field.as_deref().unwrap_or_default();
            let speaks = |single: &&Single| match &single.loss.becomes {
                Becomes::Without(path) | Becomes::Normalised(path) => {
                    single.loss.object.as_ref().is_some_and(|object| step.by.objects.contains(object))
                        && path.starts_with(rule)
                }
                Becomes::Gone
                | Becomes::GoneBut(_)
                | Becomes::OtherProtocols
                | Becomes::Everywhere
                | Becomes::UncapturedPorts
                | Becomes::BarePods(_)
                | Becomes::OutsideMesh
                | Becomes::Tied(_)
                | Becomes::AlwaysRefuses
                | Becomes::OtherInAmbient => false,
            };
            if self.single.iter().filter(speaks).nth(1).is_some() {
                step.when.tests(&mut tests);
            }
        }
        tests
    }

    /// Who may have announced differences of a piece.
    pub(super) fn candidates<'m>(&'m self, piece: Piece<'m>, in_force: &[Part<'m>]) -> Candidates<'m> {
        let part = |mesh: &'m Mesh| mesh.part(piece.subject, piece.port, piece.chain);
        let real = part(&self.before);
        let both = [Direction::Narrows, Direction::Widens];
        let announced = both.map(|direction| part(self.announced(piece.reading, direction)));
        let objects: BTreeSet<&ObjectRef> =
            std::iter::once(&real).chain(&announced).flat_map(objects).collect();
        let relevant = self.single.iter().filter(|single| {
            // An exception from STRICT says nothing itself, and what it is lost to does.
            let has_say = single
                .loss
                .object
                .as_ref()
                .is_none_or(|object| objects.contains(object) || object.kind == EXCEPTING);
            has_say && single.readings.contains(&piece.reading)
        });
        let candidates = relevant.map(|single| {
            let own = part(&single.mesh);
            let parts = std::iter::once(own).chain(in_force.iter().cloned()).collect();
            let direction = (!goes_both_ways(&single.loss)).then_some(single.loss.direction);
            Candidate { place: single.place, direction, program: Program { parts } }
        });
        let candidates = candidates.collect();
        let [narrowed, widened] = announced;
        Candidates { real, narrowed, widened, one_by_one: candidates }
    }
}

/// The kind whose objects except pods from others of the kind.
const EXCEPTING: &str = "PeerAuthentication";

/// What may have announced the differences of one piece.
pub(super) struct Candidates<'m> {
    real: Part<'m>,
    /// As all findings together announce it, by direction.
    narrowed: Part<'m>,
    widened: Part<'m>,
    one_by_one: Vec<Candidate<'m>>,
}

/// What one announcement alone makes of a piece.
struct Candidate<'m> {
    place: usize,
    /// `None` for both.
    direction: Option<Direction>,
    program: Program<'m>,
}

impl Candidate<'_> {
    fn goes(&self, direction: Direction) -> bool {
        self.direction.is_none_or(|own| own == direction)
    }
}

impl Candidates<'_> {
    /// Differences with their announcements, plainest first. Of those between the same two rules one
    /// is kept for each announcement that has a part in it.
    pub(super) fn attribute(&self, sides: &Sides<'_>, found: Vec<Found<'_>>) -> Vec<Attributed> {
        let mut known: BTreeMap<[Decision; 2], BTreeSet<usize>> = BTreeMap::new();
        let mut kept = Vec::new();
        for Found { region, allowed, announced } in found {
            let point = region.point();
            let decisions = sides.decisions(&point, allowed);
            let is_new = !known.contains_key(&decisions);
            let known = known.entry(decisions.clone()).or_default();
            let direction = if allowed { Direction::Widens } else { Direction::Narrows };
            let (sufficient, involved) = if announced {
                self.having_part(&point, direction, allowed, known)
            } else {
                (Vec::new(), Vec::new())
            };
            known.extend(sufficient.iter().chain(&involved));
            if sufficient.is_empty() && involved.is_empty() && !is_new && (announced || !known.insert(NOBODY))
            {
                continue;
            }
            if !announced {
                known.insert(NOBODY);
            }
            let [before, after] = decisions;
            kept.push(Attributed {
                announced_by: sufficient.first().or(involved.first()).copied(),
                involved: sufficient.into_iter().chain(involved).collect(),
                direction,
                rank: point.rank(),
                request: region.request(),
                before,
                after,
            });
        }
        kept
    }

    /// The announcements that alone make the mesh decide so, and those that only have a part in it;
    /// without those that are known already.
    fn having_part(
        &self,
        point: &Region<'_>,
        direction: Direction,
        allowed: bool,
        known: &BTreeSet<usize>,
    ) -> (Vec<usize>, Vec<usize>) {
        let (mut sufficient, mut involved) = (Vec::new(), Vec::new());
        let open = self
            .one_by_one
            .iter()
            .filter(|candidate| candidate.goes(direction) && !known.contains(&candidate.place));
        let together = if allowed { &self.widened } else { &self.narrowed };
        let (real, together) = (Said::of(&self.real, point), Said::of(together, point));
        for Candidate { place, direction: _, program } in open {
            let has_part = program
                .parts
                .first()
                .is_some_and(|part| real.differs_in(&Said::of(part, point), &together, point));
            if program.outcomes(point).only() == Some(allowed) {
                sufficient.push(*place);
            } else if has_part {
                involved.push(*place);
            }
        }
        (sufficient, involved)
    }
}

/// Stands for "no announcement" among places.
const NOBODY: usize = usize::MAX;

/// The policies that have a say in a part.
fn objects<'p>(part: &'p Part<'_>) -> impl Iterator<Item = &'p ObjectRef> + use<'p> {
    let steps = part.tiers.iter().flat_map(|tier| &tier.steps).map(|step| &step.by);
    let ends = part.tiers.iter().filter_map(|tier| tier.end.as_ref()).map(|decision| &decision.by);
    steps.chain(ends).flat_map(|by| &by.objects)
}

impl<'p> Said<'p> {
    fn of(part: &'p Part<'_>, point: &Region<'_>) -> Self {
        let steps = part.tiers.iter().flat_map(|tier| &tier.steps);
        let steps = steps.map(|step| ((&step.by, step.action), (step.when.holds(point), step.when)));
        let ends = part.tiers.iter().map(|tier| tier.end.as_ref().map(|decision| &decision.by));
        Self { steps: steps.collect(), ends: ends.collect() }
    }

    /// Whether both hold the step, and it says the same.
    fn says_as(&self, other: &Self, key: &(&'p By, Action)) -> bool {
        let answer = |said: &Self| said.steps.get(key).map(|(holds, _)| *holds);
        answer(self) == answer(other)
    }

    /// Whether one announcement, which makes `own` of this, has a part in what all of them make of
    /// it: something that they change is changed by it too, in itself or in a clause of it.
    fn differs_in(&self, own: &Self, together: &Self, point: &Region<'_>) -> bool {
        let mut changed =
            self.steps.keys().chain(together.steps.keys()).filter(|key| !self.says_as(together, key));
        let of_steps = changed.any(|key| match (self.steps.get(key), own.steps.get(key)) {
            (Some((_, was)), Some((_, is))) => was.differs_within(is, point),
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        });
        of_steps || self.ends != together.ends && self.ends != own.ends
    }
}
