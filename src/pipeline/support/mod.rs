//! What each target supports, found by trying: each probe goes through all stages and the checker.
//!
//! A probe is a small policy in a small cluster (`cluster.yaml`); `forms` has one rule for each way
//! to ask for an attribute, `wholes` has policies as a whole. Its class, for one target:
//!
//! 1. `Broken`, where the checker shows a difference that no finding announced, or any difference
//!    without a finding that changes something.
//! 2. Where no finding narrows or widens: `Exact` if the checker says that it holds, `Assumed` if an
//!    info of `ASSUMPTIONS` is among the findings as well, `Unknown` if the checker cannot decide.
//! 3. `Option`, where one of the options that its codes name makes it exact: Dikastes runs (UM401), the
//!    namespaces of the mesh are known (UM403), the gateway has a successor (UM405).
//! 4. `Acceptance`, where nothing of it was carried and accepting one of its codes carries it; the codes of
//!    what still changes then stand apart.
//! 5. `Widened` or `Narrowed`, by the findings, where something of it is carried, and `Not` where nothing is.
//!
//! Infos about the policy that are no assumptions stand beside an exact cell: worth knowing.
//!
//! A rule is carried if what is written differs from what is written for the same policy without it, its
//! twin; comments and annotations apart. A policy as a whole is carried if anything is written for it.

mod class;
mod forms;
mod wholes;

use super::targets;
use crate::finding::Code;
use crate::ir::Attribute;
use crate::report::matrix::{Cell, Matrix, Row, Section};
use forms::Form;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use wholes::Whole;

/// The cluster that all probes join.
const CLUSTER: &str = include_str!("cluster.yaml");

/// One input, and all that a cell depends on but the target.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What its section is called.
    pub section: &'static str,
    /// The form, in words.
    pub form: &'static str,
    /// The action, or the kind of the policy.
    pub action: &'static str,
    /// The attribute that its rule asks for, where it is about one.
    pub attribute: Option<Attribute>,
    /// The whole input.
    pub input: String,
    /// The input without the rule that is probed; `None` for policies as a whole.
    pub twin: Option<String>,
    /// Whether the input says which namespaces are in the mesh.
    pub closed: bool,
}

/// All probes, in the order of the page.
#[must_use]
pub fn probes() -> Vec<Probe> {
    let mut all = Vec::new();
    let mut attribute = forms::next(None);
    while let Some(current) = attribute {
        for form in forms::of(&current) {
            all.extend(["ALLOW", "DENY"].map(|action| rule(&current, form, action)));
        }
        attribute = forms::next(Some(&current));
    }
    let sections = [
        ("Policies by action", wholes::POLICIES),
        ("Mutual TLS and tokens", wholes::AUTHENTICATION),
        ("What stands beside a policy", wholes::SURROUNDINGS),
    ];
    let wholes = sections.iter().flat_map(|(section, wholes)| wholes.iter().map(|one| whole(section, one)));
    all.extend(wholes);
    all
}

/// A form in a policy of an action.
fn rule(attribute: &Attribute, form: &Form, action: &'static str) -> Probe {
    let Form { name, rule, closed } = *form;
    let policy = format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: probe, namespace: shop}}\n\
         spec:\n  selector: {{matchLabels: {{app: orders}}}}\n  action: {action}\n"
    );
    Probe {
        section: forms::title(attribute),
        form: name,
        action,
        attribute: Some(attribute.clone()),
        input: format!("{CLUSTER}{policy}  rules: [{rule}]\n"),
        // A DENY policy without a rule is none: whatever is written for it carries the rule.
        twin: (action == "ALLOW").then(|| format!("{CLUSTER}{policy}")),
        closed,
    }
}

fn whole(section: &'static str, whole: &Whole) -> Probe {
    let Whole { name, action, documents, twin, closed } = *whole;
    Probe {
        section,
        form: name,
        action,
        attribute: None,
        input: format!("{CLUSTER}---\n{documents}"),
        twin: twin.map(|twin| format!("{CLUSTER}---\n{twin}")),
        closed,
    }
}

/// Tries all probes for all targets.
#[must_use]
pub fn matrix() -> Matrix {
    let columns = targets::all();
    let probes = probes();
    let rows: Vec<(&'static str, Row)> = probes
        .par_iter()
        .map(|probe| {
            let cells = columns.par_iter().map(|column| class::cell(probe, column.target)).collect();
            (probe.section, Row { form: probe.form, action: probe.action, cells })
        })
        .collect();
    let mut sections: Vec<Section> = Vec::new();
    for (title, row) in rows {
        match sections.last_mut() {
            Some(section) if section.title == title => section.rows.push(row),
            Some(_) | None => sections.push(Section { title, rows: vec![row] }),
        }
    }
    Matrix { columns, sections }
}
