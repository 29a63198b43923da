//! The configuration that `unmesh init` writes: every key with what it means, and what the input shows.
//!
//! A line that begins with `#` and no space is a setting that can be taken into use; `# ` is prose.

use super::escape;
use super::settings::{list, quoted};
use super::summary::count;
use crate::config::file::keys::{self, Key};
use crate::finding::Code;
use std::fmt::Write;

/// Objects that are named of one code.
const MOST_OBJECTS: usize = 5;
/// Columns of prose.
const WIDTH: usize = 98;

/// What an input shows that belongs in a configuration.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The target, where the input shows its version.
    pub target: Option<Hint>,
    /// What else shows which network is there.
    pub platform: Vec<String>,
    /// The root namespace, where a MeshConfig states it.
    pub root_namespace: Option<Stated>,
    /// The trust domain, where a MeshConfig states it.
    pub trust_domain: Option<Stated>,
    /// All namespaces.
    pub members: Vec<Member>,
    /// The accounts of gateways, as NAMESPACE/ACCOUNT.
    pub gateways: Vec<String>,
    /// What fails the run.
    pub accept: Vec<Accept>,
}

/// A value with what speaks for it.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The value.
    pub value: String,
    /// What shows it.
    pub why: String,
}

/// A value that a document states.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The value.
    pub value: String,
    /// `mesh.yaml:12`.
    pub place: String,
}

/// A namespace.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Whether it is in the mesh; `None` where the input does not show it.
    pub inside: Option<bool>,
    /// Why.
    pub why: String,
}

/// A code that fails the run.
#[derive(Clone, Debug)]
pub struct Accept {
    /// The code.
    pub code: &'static Code,
    /// Its findings.
    pub count: usize,
    /// Their directions.
    pub directions: Vec<&'static str>,
    /// Whether one is about no object.
    pub everywhere: bool,
    /// The objects, as KIND/NAMESPACE/NAME.
    pub objects: Vec<String>,
}

/// The text of the file. `stated` are settings of the command line, by key, as TOML: they are taken over.
#[must_use]
pub fn render(proposal: &Proposal, stated: &[(&str, String)]) -> String {
    let mut page = Page { out: String::new(), stated };
    page.prose("Configuration of unmesh; `unmesh config` shows what is in force. Options on the command line count before what stands here. Paths and patterns are relative to the directory of this file.");
    page.prose("A line with `#` and no space behind it is a setting that is not in use, with its default or an example.");
    page.top(proposal);
    page.mesh(proposal);
    page.findings(proposal);
    page.out
}

struct Page<'a> {
    out: String,
    stated: &'a [(&'a str, String)],
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn prose(&mut self, text: &str) {
        // Names of the input stand in comments, which a control character must not end.
        for line in escape::wrap(&escape::line(text), WIDTH).lines() {
            self.line(&format!("# {line}"));
        }
    }

    /// A key: what it means, and its value where somebody states it.
    fn key(&mut self, key: &Key, found: Option<(&str, String)>) {
        let name =
            if key.table.is_empty() { key.name.to_string() } else { format!("{}.{}", key.table, key.name) };
        self.line("");
        let flag = if key.flag.is_empty() { String::new() } else { format!(" ({})", key.flag) };
        self.prose(&format!("{}{flag}", key.about));
        let stated = self.stated.iter().find(|(stated, _)| *stated == name);
        match (stated, found) {
            (Some((_, value)), _) => self.line(&format!("{} = {value}", key.name)),
            (None, Some((why, value))) => {
                self.prose(why);
                self.line(&format!("{} = {value}", key.name));
            }
            (None, None) => self.line(&format!("#{} = {}", key.name, key.default)),
        }
    }

    fn top(&mut self, proposal: &Proposal) {
        for key in keys::ALL.iter().filter(|key| key.table.is_empty()) {
            let hint = proposal.target.as_ref().filter(|_| key.name == "target");
            let why = hint.map(|hint| format!("found: {}", hint.why));
            let found = hint.zip(why.as_deref()).map(|(hint, why)| (why, quoted(&hint.value)));
            self.key(key, found);
            if key.name == "target" && hint.is_none() && !proposal.platform.is_empty() {
                self.prose(&format!("seen: {}", proposal.platform.join(", ")));
            }
        }
    }

    fn mesh(&mut self, proposal: &Proposal) {
        self.line("\n[mesh]");
        for key in keys::ALL.iter().filter(|key| key.table == "mesh") {
            let stated = match key.name {
                "root-namespace" => proposal.root_namespace.as_ref(),
                "trust-domain" => proposal.trust_domain.as_ref(),
                _ => None,
            };
            let why = stated.map(|stated| format!("found: {}", stated.place));
            let found = stated.zip(why.as_deref()).map(|(stated, why)| (why, quoted(&stated.value)));
            if key.name == "namespaces" && !self.stated.iter().any(|(name, _)| *name == "mesh.namespaces") {
                self.members(key, &proposal.members);
            } else {
                self.key(key, found);
            }
        }
        self.line("\n[mesh.identities]");
        self.prose("Where the left account is allowed, the right one is as well: for the successor of a gateway, which has another account (--map-identity).");
        for old in &proposal.gateways {
            self.line(&format!("#{} = \"NAMESPACE/ACCOUNT\"", quoted(old)));
        }
        if proposal.gateways.is_empty() {
            self.line("#\"istio-system/istio-ingressgateway-service-account\" = \"NAMESPACE/ACCOUNT\"");
        }
    }

    fn members(&mut self, key: &Key, members: &[Member]) {
        self.line("");
        self.prose(&format!("{} ({})", key.about, key.flag));
        for Member { name, inside, why } in members {
            let inside = match inside {
                Some(true) => "in the mesh",
                Some(false) => "not in the mesh",
                None => "open",
            };
            self.prose(&format!("- {name}: {inside}; {why}"));
        }
        let proven = members.iter().filter(|member| member.inside == Some(true));
        let proven: Vec<String> = proven.map(|member| member.name.clone()).collect();
        let list = if proven.is_empty() { "[\"NAMESPACE\"]".to_string() } else { list(&proven) };
        self.line(&format!("#namespaces = {list}"));
    }

    fn findings(&mut self, proposal: &Proposal) {
        self.line("\n[severity]");
        self.prose("The severity of codes and families: error, warning, info or off (--severity). What widens is never hidden. `unmesh rules` lists all codes.");
        self.line("#UM3xx = \"info\"");
        self.line("");
        self.prose("The severity in some files, by patterns as in a .gitignore.");
        self.line("#[[override]]\n#paths = [\"legacy/**\"]\n#severity = { UM1xx = \"info\" }");
        self.line("");
        self.prose("Acceptances: what is accepted becomes a warning, and is written where it held something back (--accept). Each needs a reason; `object` and `paths` narrow it.");
        if proposal.accept.is_empty() {
            self.line("#[[accept]]\n#code = \"CODE\"\n#object = \"KIND/NAMESPACE/NAME\"\n#paths = [\"legacy/**\"]\n#reason = \"\"");
            return;
        }
        self.prose("These fail the run today. Read `unmesh explain CODE` before you accept one.");
        for accept in &proposal.accept {
            self.acceptance(accept);
        }
    }

    fn acceptance(&mut self, accept: &Accept) {
        let Accept { code, count: n, directions, everywhere, objects } = accept;
        let held = if code.blocks { "; nothing is written until it is accepted" } else { "" };
        self.line("");
        let findings = count(*n, "finding");
        self.prose(&format!(
            "{} {}: {}{held} ({findings}, {})",
            code.id,
            code.name,
            code.summary,
            directions.join(" and ")
        ));
        let single = match objects.as_slice() {
            [single] if !everywhere => Some(single),
            _ => None,
        };
        if single.is_none() {
            for object in objects.iter().take(MOST_OBJECTS) {
                self.prose(&format!("- {object}"));
            }
            if objects.len() > MOST_OBJECTS {
                self.prose(&format!("- and {} more", objects.len() - MOST_OBJECTS));
            }
        }
        let _ = writeln!(self.out, "#[[accept]]\n#code = {}", quoted(code.name));
        if let Some(object) = single {
            let _ = writeln!(self.out, "#object = {}", quoted(object));
        }
        self.line("#reason = \"\"");
    }
}
