//! The support matrix: the page says what the program finds now, its probes are what they say, and
//! cells of each class are what the engines' own rules make them.
//!
//! `SNAPSHOTS=overwrite cargo test --test support_matrix` writes `docs/support-matrix.md` anew.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what cannot be read has failed"
)]

use std::collections::BTreeSet;
use std::mem::discriminant;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use unmesh::config::{Calico, Layout, Settings, Target};
use unmesh::pipeline::support::{self, probes};
use unmesh::report::matrix::{self, Cell, Class, Matrix, Row};
use unmesh::source::{SourceFile, Sources};
use unmesh::{lower, pipeline};

/// All cells, tried once.
fn tried() -> &'static Matrix {
    static MATRIX: OnceLock<Matrix> = OnceLock::new();
    MATRIX.get_or_init(support::matrix)
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/support-matrix.md")
}

#[test]
fn the_page_is_current() {
    snapbox::assert_data_eq!(matrix::render(tried()), snapbox::Data::read_from(&page(), None).raw());
}

#[test]
fn every_cell_was_decided_and_says_why() {
    let matrix = tried();
    let mut wrong = Vec::new();
    for section in &matrix.sections {
        for row in &section.rows {
            assert_eq!(row.cells.len(), matrix.columns.len(), "{}: {}", section.title, row.form);
            for (cell, column) in row.cells.iter().zip(&matrix.columns) {
                let undecided = matches!(cell.class, Class::Broken | Class::Unknown);
                if undecided || (cell.class != Class::Exact && cell.codes.is_empty()) {
                    wrong.push(format!(
                        "{}, {} in {}: {cell:?} for {column}",
                        section.title, row.form, row.action
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_probe_asks_for_the_attribute_that_it_stands_for() {
    let settings = Settings::default();
    for probe in probes() {
        let mut sources = Sources::default();
        sources.map.add(SourceFile::new(
            "probe.yaml".into(),
            None,
            "probe.yaml".into(),
            probe.input.as_str(),
        ));
        let front = pipeline::read(sources, &settings);
        assert!(
            front.findings.iter().all(|one| one.code.id > "UM100"),
            "{}: {:?}",
            probe.form,
            front.findings
        );
        let Some(attribute) = probe.attribute else { continue };
        let (model, _) = lower::lower(&front.resources, &front.inventory, &settings);
        let rules = model.policies.iter().flat_map(|policy| &policy.rules);
        let mut clauses = rules.flat_map(unmesh::ir::Rule::conjunctions).flat_map(|all| &all.clauses);
        assert!(
            clauses.any(|clause| discriminant(&clause.attribute) == discriminant(&attribute)),
            "{}: {} asks for something else",
            probe.section,
            probe.form
        );
    }
}

#[test]
fn rows_are_told_apart() {
    let mut seen = BTreeSet::new();
    for probe in probes() {
        assert!(seen.insert((probe.section, probe.form, probe.action)), "{}: {}", probe.section, probe.form);
    }
}

/// The cell of a row in the portable layout for a release that begins a column.
fn portable(section: &str, form: &str, action: &str, release: &str) -> &'static Cell {
    let version = release.parse().unwrap();
    let target = Target::Calico(Calico { version, layout: Layout::Portable, staged: false });
    let matrix = tried();
    let place = matrix.columns.iter().position(|column| column.target == target);
    let of_section = matrix.sections.iter().filter(|one| one.title == section);
    let is_meant = |row: &&Row| row.form == form && row.action == action;
    let row = of_section.flat_map(|section| &section.rows).find(is_meant);
    let row = row.unwrap_or_else(|| panic!("no row {section}, {form}, {action}"));
    &row.cells[place.unwrap_or_else(|| panic!("no column begins at {release}"))]
}

/// Section, form, action, release; the class and the codes; the fact.
type Expected =
    (&'static str, &'static str, &'static str, &'static str, Class, &'static [&'static str], &'static str);

#[rustfmt::skip]
const EXPECTED: &[Expected] = &[
    ("Identity of the peer", "one principal", "ALLOW", "3.26.0", Class::Exact, &[],
        "a service account in a namespace is a peer of Calico's own"),
    ("Identity of the peer", "one principal", "DENY", "3.32.0", Class::Exact, &[],
        "the same peer may be refused"),
    ("Identity of the peer", "all but one principal", "ALLOW", "3.26.0", Class::Exact, &[],
        "`notSelector` without selector also matches what has no identity, as Istio's negation does"),
    ("Identity of the peer", "any principal, where the input does not show the whole mesh", "ALLOW", "3.26.0", Class::Option, &["UM403"],
        "Calico has no mesh to ask: its namespaces have to be named"),
    ("Identity of the peer", "a principal of another trust domain", "ALLOW", "3.26.0", Class::Not, &["UM217"],
        "no pod of this cluster has an identity of another trust domain"),
    ("Identity of the peer", "a principal of another trust domain", "DENY", "3.26.0", Class::Narrowed, &["UM217"],
        "whoever is no pod of this cluster may have it, and a refusal may only grow"),
    ("Identity of the peer", "a gateway's principal", "ALLOW", "3.26.0", Class::Option, &["UM405"],
        "the gateway goes with the mesh, and only the user knows what follows it"),
    ("Identity of the peer", "namespaces by a star in the middle", "ALLOW", "3.26.0", Class::Exact, &[],
        "the mesh is shown whole, and the expression that Istio makes of it is projected on its namespaces"),
    ("Identity of the peer", "a namespace that the input does not show", "ALLOW", "3.26.0", Class::Assumed, &["UM404"],
        "named exactly, it is taken for a member"),
    ("Address of the peer", "a block of IPv6", "ALLOW", "3.26.0", Class::Exact, &[],
        "`nets` takes both families"),
    ("Address of the client behind proxies", "a block", "ALLOW", "3.32.0", Class::Not, &["UM205"],
        "Calico sees the connection's peer alone"),
    ("Address of the client behind proxies", "a block", "DENY", "3.32.0", Class::Narrowed, &["UM205"],
        "a refusal may only grow: all clients are refused"),
    ("Port", "all but one port", "ALLOW", "3.26.0", Class::Exact, &[],
        "the complement of a port is two ranges"),
    ("Server name of the TLS handshake", "one name", "ALLOW", "3.32.0", Class::Not, &["UM204"],
        "no rule of open-source Calico has a server name"),
    ("Method", "one method", "ALLOW", "3.29.0", Class::Option, &["UM401"],
        "Felix ignores `http`; with Dikastes in every pod methods are compared as Istio compares them"),
    ("Method", "one method", "ALLOW", "3.30.0", Class::Not, &["UM402"],
        "Dikastes to 3.31 has no check provider and refuses everything"),
    ("Method", "one method", "ALLOW", "3.31.6", Class::Not, &["UM402"],
        "the same: mended in 3.32.0"),
    ("Method", "one method", "ALLOW", "3.32.0", Class::Option, &["UM401"],
        "mended; methods are not normalised"),
    ("Method", "one method", "DENY", "3.29.0", Class::Narrowed, &["UM211"],
        "`http` stands in Allow rules alone: the port is refused"),
    ("Method", "methods by prefix", "ALLOW", "3.29.0", Class::Not, &["UM207"],
        "`http.methods` are plain words"),
    ("Path", "paths by prefix, whole segments", "ALLOW", "3.29.0", Class::Option, &["UM401"],
        "`prefix` is a plain prefix of bytes to 3.31.5, as in Istio"),
    ("Path", "paths by prefix, inside a segment", "ALLOW", "3.29.0", Class::Option, &["UM401"],
        "the same: it may end anywhere"),
    ("Path", "paths by prefix, inside a segment", "ALLOW", "3.32.0", Class::Acceptance, &["UM209"],
        "both sides are normalised, which lets more through; and a prefix ends at a slash"),
    ("Path", "one path", "ALLOW", "3.32.0", Class::Acceptance, &["UM209"],
        "`/orders` matches `/orders/` as well once normalised"),
    ("Path", "any path, from the slash on", "ALLOW", "3.32.0", Class::Narrowed, &["UM209", "UM401"],
        "`/*` means the same normalised, but for paths that cannot be"),
    ("Path", "paths by suffix", "ALLOW", "3.29.0", Class::Not, &["UM208"],
        "`http.paths` are exact or prefixes"),
    ("Path", "template of one segment", "ALLOW", "3.29.0", Class::Not, &["UM208"],
        "the same"),
    ("Path", "all but one path", "ALLOW", "3.29.0", Class::Not, &["UM210"],
        "`http` has no negation"),
    ("Host", "one host", "ALLOW", "3.29.0", Class::Not, &["UM201"],
        "`http` knows methods and paths alone"),
    ("Request header", "one value", "ALLOW", "3.29.0", Class::Not, &["UM202"],
        "the same"),
    ("Token: claim", "one value", "ALLOW", "3.29.0", Class::Not, &["UM203"],
        "nobody reads tokens after the mesh"),
    ("Policies by action", "no rule: refuses all", "ALLOW", "3.26.0", Class::Exact, &[],
        "a Deny of TCP"),
    ("Policies by action", "an external authorizer for a port", "CUSTOM", "3.26.0", Class::Narrowed, &["UM212"],
        "the authorizer might have refused, so what it covers is refused"),
    ("Policies by action", "a dry run", "DENY", "3.26.0", Class::Exact, &["UM214"],
        "it refused nobody, and nothing is written"),
    ("Policies by action", "on a gateway", "ALLOW", "3.26.0", Class::Not, &["UM406"],
        "the gateway goes, and its own proxy with it"),
    ("Policies by action", "on workloads in ambient mode", "DENY", "3.26.0", Class::Exact, &[],
        "ztunnel refuses by the namespace of an identity, as sidecars do"),
    ("Mutual TLS and tokens", "STRICT for the mesh", "PeerAuthentication", "3.26.0", Class::Exact, &[],
        "a refusal of peers that are no mesh members; the whole mesh is shown"),
    ("Mutual TLS and tokens", "tokens of one issuer", "RequestAuthentication", "3.26.0", Class::Not, &["UM218"],
        "nobody refuses a bad token afterwards"),
    ("What stands beside a policy", "a port outside the mesh on all pods of the policy", "DENY", "3.26.0", Class::Exact, &[],
        "the port is left out of the refusal"),
    ("What stands beside a policy", "a port outside the mesh on some pods of the policy", "DENY", "3.26.0", Class::Narrowed, &["UM415"],
        "one selector stands for both kinds of pods"),
    ("What stands beside a policy", "a path, where no Service says that a port carries HTTP", "ALLOW", "3.29.0", Class::Not, &["UM215"],
        "on a TCP port the rule never held"),
];

#[test]
fn cells_of_each_class_are_what_the_engines_make_them() {
    let mut wrong = Vec::new();
    for (section, form, action, release, class, codes, fact) in EXPECTED {
        let cell = portable(section, form, action, release);
        if (cell.class, cell.codes.as_slice()) != (*class, *codes) {
            wrong.push(format!("{section}, {form} in {action}, {release}: {cell:?}, but {fact}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
