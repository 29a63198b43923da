//! What is announced is so: without the clause that a finding names, the difference is gone.

use crate::arguments::Run;
use crate::clause::{Gone, without};
use std::fs;
use std::path::{Path, PathBuf};
use unmesh::finding::Finding;
use unmesh::pipeline::{self, Analysis, Sides};
use unmesh::source::{SourceFile, Sources};
use unmesh::verify::answer::{Answer, Difference, Reading};
use unmesh::verify::dataplane::Dataplane;
use unmesh::verify::formula::Answers;
use unmesh::verify::istio::Mesh;
use unmesh::verify::peer::Side;
use unmesh::verify::program::{Part, Program};
use unmesh::verify::request::{Dimension, Request, Value};
use unmesh::verify::subject::{Subject, SubjectPort};
use unmesh::verify::test::{TestId, Tests};
use unmesh::verify::universe;

/// So many clauses may have to go until a request is decided alike: a request that several rules
/// let in stays in until all are lost.
const MOST: usize = 8;

/// One run over a text.
struct Ran {
    analysis: Analysis,
    sides: Sides,
    findings: Vec<Finding>,
    answer: Option<Answer>,
    subjects: Vec<Subject>,
}

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    let name = "input.yaml";
    sources.map.add(SourceFile::new(name.to_string(), None, PathBuf::from(name), text));
    sources
}

fn ran(text: &str, run: &Run) -> Ran {
    let Run { settings, rules } = run;
    let mut analysis = pipeline::analyse(sources(text), settings, rules);
    let check = pipeline::check(&mut analysis, None, settings, rules);
    let findings = check.announcements.into_iter().map(|announcement| announcement.finding).collect();
    let mut analysis = pipeline::analyse(sources(text), settings, rules);
    let sides = pipeline::sides(&mut analysis, None, settings);
    let world = universe::World {
        resources: &analysis.resources,
        inventory: &analysis.inventory,
        settings,
        before: &sides.before,
        after: &sides.after,
    };
    let (subjects, _, _) = universe::subjects(&world);
    Ran { findings, answer: check.answer, subjects, analysis, sides }
}

struct Asked<'a> {
    tests: &'a Tests,
    request: Request,
}

impl Answers for Asked<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        self.tests.asks(test, &self.request)
    }
}

/// A difference with the workload that it is about.
struct About<'a> {
    difference: &'a Difference,
    subject: &'a Subject,
    port: &'a SubjectPort,
}

impl<'a> About<'a> {
    fn new(difference: &'a Difference, subjects: &'a [Subject]) -> Self {
        let subject = subjects.iter().find(|subject| subject.name == difference.workload).unwrap();
        let wanted = difference.request.values.get(&Dimension::Port);
        let port = subject.ports.iter().find(|port| wanted == Some(&Value::Port(port.port.clone())));
        Self { difference, subject, port: port.expect("a port of the workload") }
    }

    /// What both sides of another run say of the same request.
    fn decide(&self, ran: &Ran, run: &Run) -> [Option<bool>; 2] {
        let target = run.settings.target;
        let mut tests = Tests::default();
        let mesh = Mesh::new(&ran.analysis.resources, &run.settings, &mut tests);
        let before = Dataplane::new(&ran.sides.before, Side::Before, target, &mut tests);
        let after = Dataplane::new(&ran.sides.after, Side::After, target, &mut tests);
        let chain = self.difference.chain;
        let mut parts = vec![mesh.part(self.subject, self.port, chain)];
        parts.extend(before.parts(self.subject, chain, Reading::Dataplane));
        let decide = |parts: Vec<Part<'_>>| {
            let asked = Asked { tests: &tests, request: self.difference.request.clone() };
            // The witness leaves open what did not matter.
            Program { parts }.outcomes(&asked).only()
        };
        [decide(parts), decide(after.parts(self.subject, chain, self.difference.reading))]
    }

    /// The finding that announces the same of another run.
    fn announced(&self, ran: &Ran) -> Option<Finding> {
        let wanted = self.difference;
        let mut differences = ran.answer.iter().flat_map(|answer| &answer.differences);
        let same = differences.find(|other| {
            other.workload == wanted.workload
                && other.direction == wanted.direction
                && other.reading == wanted.reading
                && other.chain == wanted.chain
                && other.announced_by.is_some()
        });
        same.and_then(|same| same.announced_by).map(|place| ran.findings[place].clone())
    }
}

/// What the announced differences of some topics came to.
#[derive(Default)]
struct Tally {
    /// Gone without one clause of a rule, or of a selector.
    by_a_clause: usize,
    /// Gone without several.
    by_several: usize,
    /// Gone without a whole policy: the finding is about all of it.
    by_a_policy: usize,
    faults: Vec<String>,
}

/// Takes all announced differences of a topic.
fn topic(path: &Path, tally: &mut Tally) {
    let args = fs::read_to_string(path.join("args")).unwrap_or_default();
    let input = fs::read_to_string(path.join("input.yaml")).unwrap();
    let run = Run::parse(&args);
    let first = ran(&input, &run);
    let Some(answer) = &first.answer else { return };
    let announced = answer.differences.iter().filter(|difference| difference.announced_by.is_some());
    for difference in announced {
        let about = About::new(difference, &first.subjects);
        let finding = &first.findings[difference.announced_by.unwrap()];
        match goes(&input, &run, &about, finding) {
            Ok(gone) if gone.contains(&Gone::Policy) => tally.by_a_policy += 1,
            Ok(gone) if gone.len() == 1 => tally.by_a_clause += 1,
            Ok(_) => tally.by_several += 1,
            Err(fault) => tally.faults.push(format!("{}: {fault}", path.display())),
        }
    }
}

/// Takes out the clause of the finding, and of those that announce what is left.
fn goes(input: &str, run: &Run, about: &About<'_>, finding: &Finding) -> Result<Vec<Gone>, String> {
    let mut text = input.to_string();
    let mut finding = finding.clone();
    let (mut gone, mut what) = (Vec::new(), Vec::new());
    for _ in 0..MOST {
        let object = finding.object.as_ref().ok_or("a finding without an object announces it")?;
        let field = finding.field.as_deref();
        gone.push(format!("{} {object} {}", finding.code.id, field.unwrap_or("")));
        let removed = without(&text, object, field).ok_or_else(|| format!("{object} is not in the input"))?;
        what.push(removed.what);
        text = removed.text;
        let mut new = ran(&text, run);
        let mut decided = about.decide(&new, run);
        if decided[0].is_none() {
            // What is left of the policy competes with another one, and nobody knows which is older.
            let removed =
                without(&text, object, None).ok_or_else(|| format!("{object} is not in the input"))?;
            what.push(removed.what);
            text = removed.text;
            new = ran(&text, run);
            decided = about.decide(&new, run);
        }
        if decided[0].is_some() && decided[0] == decided[1] {
            return Ok(what);
        }
        let Some(next) = about.announced(&new) else {
            return Err(format!(
                "without {gone:?} it is still decided {decided:?}: {:#?}\n{text}",
                about.difference
            ));
        };
        finding = next;
    }
    Err(format!("without {gone:?} it is still decided otherwise"))
}

#[test]
fn without_the_clause_the_difference_is_gone() {
    let mut tally = Tally::default();
    for folder in ["examples", "translate"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
        let mut topics: Vec<PathBuf> =
            fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        topics.sort();
        topics.iter().filter(|path| path.is_dir()).for_each(|path| topic(path, &mut tally));
    }
    let Tally { by_a_clause, by_several, by_a_policy, faults } = tally;
    println!(
        "announced differences: {by_a_clause} gone without a clause, {by_several} without several, {by_a_policy} without a policy"
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(by_a_clause > by_several, "clauses alone take few differences away");
}
