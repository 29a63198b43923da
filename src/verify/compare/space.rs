//! The space of requests to one port by one chain: a few classes of values in each dimension.

use super::classes::{Asked, Classes, Library};
use crate::manifest::Labels;
use crate::verify::formula::Answers;
use crate::verify::request::{Dimension, Request, Value};
use crate::verify::test::{Test, TestId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where the answer of a test comes from.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The same for the whole space.
    Fixed(Option<bool>),
    /// A table of a dimension, and for labels that a peer may have, a second one.
    Table(Row, Option<Row>),
}

/// A table of a dimension.
#[derive(Clone, Copy, Debug)]
struct Row {
    dimension: usize,
    table: usize,
}

/// All dimensions of one space.
#[derive(Debug)]
pub(super) struct Space {
    /// What is the same for all requests.
    fixed: Request,
    dimensions: Vec<(Dimension, Arc<Classes>)>,
    /// By test.
    places: Vec<Option<Place>>,
    /// Why some tests have no answer whatever the request.
    unknowable: BTreeMap<TestId, String>,
}

/// Why a test of the workload asked has no answer.
fn unknowable(test: &Test) -> String {
    match test {
        Test::NamedPort(name) => format!("no template in the input shows which port is called `{name}`"),
        Test::DestinationLabel { key, test: _ } => {
            format!("the label `{key}` is set after the template was written")
        }
        Test::Identity(_)
        | Test::NodeLocal
        | Test::PeerLabel { .. }
        | Test::Endpoint(_)
        | Test::Address { .. }
        | Test::Ports { .. }
        | Test::Protocol(_)
        | Test::Text { .. }
        | Test::Token(_)
        | Test::Authorizer(..) => "what decides is not known".to_string(),
    }
}

/// A dimension of which there are too many values to look at.
#[derive(Debug)]
pub(super) struct TooMany(pub(super) Dimension);

impl Space {
    /// The space that these tests tell apart; the port and the destination are given.
    pub(super) fn new(
        fixed: Request,
        asked: &BTreeSet<TestId>,
        library: &Library<'_>,
    ) -> Result<Self, TooMany> {
        let mut by_dimension: BTreeMap<Dimension, Vec<TestId>> = BTreeMap::new();
        for id in asked {
            let Some(test) = library.tests.get(*id) else { continue };
            for dimension in std::iter::once(test.dimension()).chain(test.open_label()) {
                by_dimension.entry(dimension).or_default().push(*id);
            }
        }
        let mut space =
            Self { fixed, dimensions: Vec::new(), places: Vec::new(), unknowable: BTreeMap::new() };
        let ends = [Dimension::SourceAddress, Dimension::DestinationAddress];
        let both = ends.iter().all(|end| by_dimension.contains_key(end));
        for (dimension, tests) in by_dimension {
            let family = both && ends.contains(&dimension);
            space.dimension(Asked { dimension, tests, family }, library)?;
        }
        Ok(space)
    }

    fn dimension(&mut self, asked: Asked, library: &Library<'_>) -> Result<(), TooMany> {
        let Asked { dimension, tests, family: _ } = asked.clone();
        if let Some(value) = self.fixed.values.get(&dimension).cloned() {
            for test in tests {
                let answer = library.tests.passes(test, &value);
                if answer.is_none() {
                    self.unknowable.extend(library.tests.get(test).map(|asked| (test, unknowable(asked))));
                }
                self.put(test, Place::Fixed(answer));
            }
            return Ok(());
        }
        let classes = library.classes(asked).ok_or_else(|| TooMany(dimension.clone()))?;
        for (table, test) in tests.into_iter().enumerate() {
            let row = Row { dimension: self.dimensions.len(), table };
            let place = match self.place(test) {
                // Peers come before labels.
                Some(Place::Table(first, None)) => Place::Table(*first, Some(row)),
                Some(_) | None => Place::Table(row, None),
            };
            self.put(test, place);
        }
        self.dimensions.push((dimension, classes));
        Ok(())
    }

    fn place(&self, test: TestId) -> Option<&Place> {
        self.places.get(test.0 as usize)?.as_ref()
    }

    fn put(&mut self, test: TestId, place: Place) {
        let index = test.0 as usize;
        if self.places.len() <= index {
            self.places.resize(index + 1, None);
        }
        if let Some(own) = self.places.get_mut(index) {
            *own = Some(place);
        }
    }

    fn answer(&self, row: Row, chosen: &[Option<usize>]) -> Option<bool> {
        let class = chosen.get(row.dimension).copied().flatten()?;
        let (_, classes) = self.dimensions.get(row.dimension)?;
        classes.tables.get(row.table)?.get(class).copied().flatten()
    }
}

/// A point, or a region of all points that agree on some dimensions.
#[derive(Clone, Debug)]
pub(super) struct Region<'s> {
    space: &'s Space,
    chosen: Vec<Option<usize>>,
}

impl<'s> Region<'s> {
    /// The whole space.
    pub(super) fn whole(space: &'s Space) -> Self {
        Self { space, chosen: vec![None; space.dimensions.len()] }
    }

    /// The dimension that a test still waits for.
    pub(super) fn waits_for(&self, test: TestId) -> Option<usize> {
        let open = |row: &Row| self.chosen.get(row.dimension).copied().flatten().is_none();
        match self.space.place(test)? {
            Place::Fixed(_) => None,
            Place::Table(row, _) if open(row) => Some(row.dimension),
            Place::Table(row, label) => {
                let waits = self.space.answer(*row, &self.chosen).is_none();
                label.as_ref().filter(|row| waits && open(row)).map(|row| row.dimension)
            }
        }
    }

    /// The parts of the region, one for each class of a dimension.
    pub(super) fn split(&self, dimension: usize) -> impl Iterator<Item = Self> + use<'_, 's> {
        let classes = self.space.dimensions.get(dimension).map_or(0, |(_, classes)| classes.values.len());
        (0..classes).filter_map(move |class| {
            let mut part = self.clone();
            *part.chosen.get_mut(dimension)? = Some(class);
            part.is_feasible().then_some(part)
        })
    }

    /// The plainest point of the region.
    pub(super) fn point(&self) -> Self {
        let chosen = self.chosen.iter().map(|class| class.or(Some(0))).collect();
        let mut point = Self { space: self.space, chosen };
        if !point.is_feasible() {
            point = self.with_family_of_the_other(point);
        }
        point
    }

    /// Both ends of a connection speak one version of IP: the end that is open follows the other.
    fn with_family_of_the_other(&self, point: Self) -> Self {
        let open = self.space.dimensions.iter().enumerate().filter(|(index, (dimension, _))| {
            matches!(dimension, Dimension::SourceAddress | Dimension::DestinationAddress)
                && self.chosen.get(*index).copied().flatten().is_none()
        });
        for (index, _) in open {
            let mut other = point.split(index).filter(Self::is_feasible);
            if let Some(found) = other.next() {
                return found;
            }
        }
        point
    }

    /// Choices that bound others which are still open: the version of IP, and labels that the peer
    /// never has all together.
    pub(super) fn bounds(&self) -> Vec<u32> {
        let family = |wanted: &Dimension| match self.value(wanted) {
            Some(Value::Address(address)) if address.is_ipv4() => 4,
            Some(Value::Address(_)) => 6,
            Some(_) | None => 0,
        };
        let mut bounds = vec![family(&Dimension::SourceAddress), family(&Dimension::DestinationAddress)];
        if !self.never().is_empty() {
            let classes = self.space.dimensions.iter().zip(&self.chosen);
            let about = classes
                .filter(|((dimension, _), _)| matches!(dimension, Dimension::Peer | Dimension::Label(_)));
            bounds.extend(
                about.map(|(_, class)| {
                    class.and_then(|class| u32::try_from(class + 1).ok()).unwrap_or_default()
                }),
            );
        }
        bounds
    }

    fn is_feasible(&self) -> bool {
        let family = |wanted: &Dimension| match self.value(wanted) {
            Some(Value::Address(address)) => Some(address.is_ipv4()),
            Some(_) | None => None,
        };
        let one_family = match (family(&Dimension::SourceAddress), family(&Dimension::DestinationAddress)) {
            (Some(source), Some(destination)) => source == destination,
            (_, _) => true,
        };
        one_family && !self.never().iter().any(|labels| self.has_all(labels))
    }

    /// Labels that the chosen peer never has all together.
    fn never(&self) -> &[Labels] {
        let peers = self.space.dimensions.iter().zip(&self.chosen);
        let mut peer = peers.filter(|((dimension, _), _)| *dimension == Dimension::Peer);
        let chosen = peer.find_map(|((_, classes), class)| classes.never.get((*class)?));
        chosen.map_or(&[], Vec::as_slice)
    }

    /// Whether the peer has all of these labels. Where nobody asks for one of them, it may lack it.
    fn has_all(&self, labels: &Labels) -> bool {
        labels.iter().all(|(key, value)| {
            let has = self.value(&Dimension::Label(key.clone()));
            has == Some(&Value::Text(Some(value.clone())))
        })
    }

    fn value(&self, wanted: &Dimension) -> Option<&Value> {
        let index = self.space.dimensions.iter().position(|(dimension, _)| dimension == wanted)?;
        let class = self.chosen.get(index).copied().flatten()?;
        self.space.dimensions.get(index)?.1.values.get(class)
    }

    /// How far its values are from the plainest.
    pub(super) fn rank(&self) -> usize {
        self.chosen.iter().flatten().sum()
    }

    /// The plainest request of the region: what matters to the decisions, and what a person has to
    /// say to send one. Whatever else it may carry changes nothing.
    pub(super) fn request(&self) -> Request {
        let point = self.point();
        let mut request = self.space.fixed.clone();
        for (index, (dimension, classes)) in self.space.dimensions.iter().enumerate() {
            let matters = self.chosen.get(index).copied().flatten().is_some();
            let class = point.chosen.get(index).copied().flatten();
            let value = class.and_then(|class| classes.values.get(class));
            if let Some(value) = value.filter(|_| matters || point.is_asked_of_people(dimension)) {
                request.values.insert(dimension.clone(), value.clone());
            }
        }
        request
    }

    /// Whether nobody could send a request without it.
    fn is_asked_of_people(&self, dimension: &Dimension) -> bool {
        let is_pod = || match self.value(&Dimension::Peer) {
            Some(Value::Peer(peer)) => peer.before.is_some() || peer.after.is_some(),
            Some(_) | None => true,
        };
        match dimension {
            Dimension::Peer | Dimension::Method | Dimension::Path => true,
            Dimension::SourceAddress => !is_pod(),
            Dimension::Destination
            | Dimension::Port
            | Dimension::Label(_)
            | Dimension::DestinationAddress
            | Dimension::RemoteAddress
            | Dimension::Sni
            | Dimension::Token
            | Dimension::PeerAuthentication
            | Dimension::Authorizer(_)
            | Dimension::Host
            | Dimension::Header(_)
            | Dimension::RequestPrincipal
            | Dimension::RequestAudience
            | Dimension::RequestPresenter
            | Dimension::RequestClaim(_)
            | Dimension::EnvoyFilter(_) => false,
        }
    }

    /// Why nobody can answer a test, where no choice of values would help.
    pub(super) fn unknowable(&self, test: TestId) -> Option<&str> {
        self.space.unknowable.get(&test).map(String::as_str)
    }
}

impl Answers for Region<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        match self.space.place(test)? {
            Place::Fixed(answer) => *answer,
            Place::Table(row, label) => self
                .space
                .answer(*row, &self.chosen)
                .or_else(|| label.as_ref().and_then(|label| self.space.answer(*label, &self.chosen))),
        }
    }
}

#[cfg(test)]
impl Space {
    /// A space of tables: for each dimension the answers of its classes to each test, in order.
    pub(super) fn of_tables(tables: &[Vec<Vec<Option<bool>>>]) -> Self {
        let mut space = Self {
            fixed: Request::default(),
            dimensions: Vec::new(),
            places: Vec::new(),
            unknowable: BTreeMap::new(),
        };
        let mut test = 0;
        for (dimension, of_tests) in tables.iter().enumerate() {
            for table in 0..of_tests.len() {
                space.put(TestId(test), Place::Table(Row { dimension, table }, None));
                test += 1;
            }
            let classes = of_tests.first().map_or(1, Vec::len);
            let name = Dimension::Header(format!("x-{dimension}"));
            let value = |class| Value::Text(Some(format!("{class}")));
            let values = (0..classes).map(value).collect();
            let classes = Classes { values, tables: of_tests.clone(), never: Vec::new() };
            space.dimensions.push((name, Arc::new(classes)));
        }
        space
    }
}
