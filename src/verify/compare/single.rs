//! One concrete request, as the comparison sees it: what each side decides, and what the findings
//! together announce.

use super::Input;
use super::work::{Compiled, Piece};
use crate::verify::answer::Reading;
use crate::verify::formula::Answers;
use crate::verify::program::Program;
use crate::verify::request::{Dimension, Request, Value};
use crate::verify::subject::{Chain, Subject, SubjectPort};
use crate::verify::test::{TestId, Tests};

/// Both sides and the announced meaning, compiled once and asked often.
pub struct Single {
    compiled: Compiled,
}

/// What is made of one request. `None` where the request leaves open what decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decided {
    /// The mesh, and the policies in force beside it.
    pub before: Option<bool>,
    /// What stands in its place.
    pub after: Option<bool>,
    /// As `before`, with the mesh as the findings that narrow announce it.
    pub narrowed: Option<bool>,
    /// As `before`, with the mesh as the findings that widen announce it.
    pub widened: Option<bool>,
}

impl Decided {
    /// Whether findings announce that a request gets through now, or that it does not any more: the
    /// mesh as they bound it in that direction decides so. `None` where that is open.
    #[must_use]
    pub fn announces(&self, allowed: bool) -> Option<bool> {
        let announced = if allowed { self.widened } else { self.narrowed };
        announced.map(|announced| announced == allowed)
    }
}

impl Single {
    /// Compiles what is compared.
    #[must_use]
    pub fn new(input: &Input<'_>) -> Self {
        Self { compiled: Compiled::new(input) }
    }

    /// Decides a request to a port of a workload. Texts that the request does not give are absent
    /// from it; its other dimensions have to be given.
    #[must_use]
    pub fn decide(
        &self,
        subject: &Subject,
        port: &SubjectPort,
        chain: Chain,
        reading: Reading,
        request: &Request,
    ) -> Decided {
        let world = self.compiled.world();
        let sides = world.sides(Piece { subject, port, chain, reading });
        let asked = Asked { tests: world.tests, request };
        let decide = |program: &Program<'_>| program.outcomes(&asked).only();
        Decided {
            before: decide(&sides.before),
            after: decide(&sides.after),
            narrowed: decide(&sides.narrowed),
            widened: decide(&sides.widened),
        }
    }
}

/// The request under the tests.
struct Asked<'a> {
    tests: &'a Tests,
    request: &'a Request,
}

impl Answers for Asked<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        let dimension = self.tests.get(test)?.dimension();
        let given = self.request.values.contains_key(&dimension);
        if !given && is_text(&dimension) {
            return self.tests.passes(test, &Value::Text(None));
        }
        self.tests.asks(test, self.request)
    }
}

/// Whether a request may lack it. Labels are the peer's, and which policy is in force is no part of
/// a request at all.
fn is_text(dimension: &Dimension) -> bool {
    match dimension {
        Dimension::Sni
        | Dimension::Method
        | Dimension::Path
        | Dimension::Host
        | Dimension::Header(_)
        | Dimension::RequestPrincipal
        | Dimension::RequestAudience
        | Dimension::RequestPresenter
        | Dimension::RequestClaim(_)
        | Dimension::EnvoyFilter(_) => true,
        Dimension::Destination
        | Dimension::Port
        | Dimension::Peer
        | Dimension::Label(_)
        | Dimension::SourceAddress
        | Dimension::DestinationAddress
        | Dimension::RemoteAddress
        | Dimension::Token
        | Dimension::PeerAuthentication
        | Dimension::Authorizer(_) => false,
    }
}
