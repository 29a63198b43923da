//! The text of a configuration to what it says.

use super::table::{Entry, Problems, entries};
use super::{At, File, Mesh, Problem, keys};
use crate::config::{Identity, values};
use crate::finding::{Acceptance, Code, Override, Severity};
use crate::source::Globs;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::DeTable;

/// Reads a file. Where its syntax leaves in doubt what is meant, nothing more is looked at: it would be
/// wrong twice.
pub(super) fn read(text: &str) -> Result<File, Vec<Problem>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut problems = Problems::default();
    let mut doubtful = false;
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        doubtful |= error.message() != TWICE;
        let (message, help) = syntax(error.message(), text.get(at.clone()).unwrap_or(""));
        problems.push(at, message, help);
    }
    let file = if doubtful { File::default() } else { problems.file(&entries(root.get_ref())) };
    let mut found = problems.found;
    if found.is_empty() {
        return Ok(file);
    }
    found.sort_by_key(|problem| (problem.at.start, problem.at.end));
    Err(found)
}

/// What the parser says of a key that stands twice. The file is read on behind it.
const TWICE: &str = "duplicate key";

/// What the parser says, in our words where it is short.
fn syntax(message: &str, text: &str) -> (String, Option<String>) {
    if message == TWICE {
        let help = "a key stands once in its table, and a table once in the file";
        return (format!("`{text}` stands twice"), Some(help.to_string()));
    }
    let help = text.contains('/').then(|| "a key with `/` stands in quotes".to_string());
    (format!("this is no TOML: {message}"), help)
}

impl Problems {
    fn file(&mut self, root: &[Entry<'_>]) -> File {
        let mut file = File::default();
        for entry in root {
            match entry.key {
                "target" => file.target = self.value(entry, str::parse),
                "layout" => file.layout = self.value(entry, str::parse),
                "staged" => file.staged = self.boolean(entry),
                "l7" => file.l7 = self.value(entry, str::parse),
                "fail-on" => file.fail_on = self.value(entry, str::parse),
                "baseline" => file.baseline = self.value(entry, values::path),
                "exclude" => file.exclude = self.patterns(entry).map(|(items, _)| items).unwrap_or_default(),
                "mesh" => file.mesh = self.mesh(entry),
                "severity" => file.severity = self.severities(entry),
                "accept" => file.accept = self.acceptances(entry),
                "override" => file.overrides = self.overrides(entry),
                _ => self.stray("", entry),
            }
        }
        file
    }

    fn stray(&mut self, table: &str, entry: &Entry<'_>) {
        let elsewhere = keys::elsewhere(table, entry.key);
        self.unknown(entry, table, &keys::names(table), elsewhere.as_deref());
    }

    /// Patterns of paths.
    fn patterns(&mut self, entry: &Entry<'_>) -> Option<(Vec<At<String>>, Globs)> {
        let items = self.list(entry)?;
        let before = self.found.len();
        for item in &items {
            if let Err((_, why)) = Globs::new(&[item.value.as_str()]) {
                self.push(item.at.clone(), format!("`{}`: {why}", entry.key), None);
            }
        }
        let texts: Vec<&str> = items.iter().map(|item| item.value.as_str()).collect();
        match Globs::new(&texts) {
            Ok(globs) => Some((items, globs)),
            Err((_, why)) => {
                // Each can be read, and all of them are too much.
                if self.found.len() == before {
                    self.push(entry.value.span(), format!("`{}`: {why}", entry.key), None);
                }
                None
            }
        }
    }

    /// Patterns of which there has to be one.
    fn paths(&mut self, entry: &Entry<'_>) -> Option<Globs> {
        let (_, globs) = self.patterns(entry)?;
        if globs.is_empty() {
            let message = format!("`{}` is empty: it names no file", entry.key);
            self.push(entry.value.span(), message, Some("name files, or leave the key out".to_string()));
            return None;
        }
        Some(globs)
    }

    fn mesh(&mut self, entry: &Entry<'_>) -> Mesh {
        let mut mesh = Mesh::default();
        for entry in &self.table(entry, "[mesh]") {
            match entry.key {
                "root-namespace" => mesh.root_namespace = self.value(entry, values::namespace),
                "trust-domain" => mesh.trust_domain = self.value(entry, values::trust_domain),
                "namespaces" => mesh.namespaces = self.members(entry),
                "system-namespaces" => mesh.system_namespaces = self.namespaces(entry),
                "default-namespace" => mesh.default_namespace = self.value(entry, values::namespace),
                "identities" => mesh.identities = self.identities(entry),
                _ => self.stray("mesh", entry),
            }
        }
        mesh
    }

    fn namespaces(&mut self, entry: &Entry<'_>) -> Option<At<Vec<String>>> {
        let mut names = Vec::new();
        for item in self.list(entry)? {
            match values::namespace(&item.value) {
                Ok(name) => names.push(name),
                Err(why) => self.push(item.at, format!("`{}`: {why}", entry.key), None),
            }
        }
        Some(At { value: names, at: entry.value.span() })
    }

    fn members(&mut self, entry: &Entry<'_>) -> Option<At<Vec<String>>> {
        let names = self.namespaces(entry)?;
        if entry.value.get_ref().as_array().is_some_and(|items| items.is_empty()) {
            let message = "`namespaces` is empty: no namespace would be in the mesh".to_string();
            self.push(names.at, message, Some("name them, or leave the key out".to_string()));
            return None;
        }
        Some(names)
    }

    fn identities(&mut self, entry: &Entry<'_>) -> Vec<At<(Identity, Identity)>> {
        let mut found = Vec::new();
        for entry in &self.table(entry, "[mesh.identities]") {
            let old = values::identity(entry.key);
            if let Err(why) = &old {
                self.push(entry.key_at.clone(), format!("`mesh.identities`: {why}"), None);
            }
            let new = match entry.value.get_ref().as_array() {
                Some(_) => self.list(entry).unwrap_or_default(),
                None => self.value(entry, |text| Ok(text.to_string())).into_iter().collect(),
            };
            for new in new {
                match (&old, values::identity(&new.value)) {
                    (Ok(old), Ok(account)) => found.push(At { value: (old.clone(), account), at: new.at }),
                    (_, Err(why)) => self.push(new.at, format!("`mesh.identities`: {why}"), None),
                    (Err(_), Ok(_)) => {}
                }
            }
        }
        found
    }

    /// `[severity]`. A code counts before its family, wherever they stand.
    fn severities(&mut self, entry: &Entry<'_>) -> Vec<At<(Vec<&'static Code>, Option<Severity>)>> {
        let mut found: Vec<At<(Vec<&'static Code>, Option<Severity>)>> = Vec::new();
        for entry in &self.table(entry, "[severity]") {
            let codes = values::codes(entry.key);
            if let Err(why) = &codes {
                self.push(entry.key_at.clone(), format!("`{}`: {why}", entry.key), None);
            }
            let severity = self.value(entry, values::severity);
            let (Ok(codes), Some(severity)) = (codes, severity) else { continue };
            let same = |other: &At<(Vec<&'static Code>, _)>| {
                codes.len() == other.value.0.len() && codes.first() == other.value.0.first()
            };
            if found.iter().any(same) {
                let message = format!("`{}` stands twice, by its number and by its name", entry.key);
                self.push(entry.key_at.clone(), message, None);
            }
            found.push(At { value: (codes, severity.value), at: entry.key_at.start..severity.at.end });
        }
        found.sort_by_key(|one| std::cmp::Reverse(one.value.0.len() > 1));
        found
    }

    fn acceptances(&mut self, entry: &Entry<'_>) -> Vec<Acceptance> {
        let mut found: Vec<Acceptance> = Vec::new();
        for (at, table) in self.tables(entry) {
            let Some(acceptance) = self.acceptance(at, &table) else { continue };
            let Acceptance { code, object, paths, reason: _, at } = &acceptance;
            let same =
                |other: &&Acceptance| other.code == *code && other.object == *object && other.paths == *paths;
            if let (Some(_), Some(at)) = (found.iter().find(same), at) {
                let message = format!("`{}` is accepted{} already, above", code.name, acceptance.scope());
                self.push(at.clone(), message, Some("take one of them away".to_string()));
            }
            found.push(acceptance);
        }
        found
    }

    fn acceptance(&mut self, at: Range<usize>, table: &[Entry<'_>]) -> Option<Acceptance> {
        let (mut code, mut object, mut paths, mut reason) = (None, None, None, None);
        let before = self.found.len();
        for entry in table {
            match entry.key {
                "code" => code = self.value(entry, values::acceptable),
                "object" => object = self.value(entry, values::object),
                "paths" => paths = self.paths(entry),
                "reason" => reason = self.value(entry, given),
                _ => self.stray("accept", entry),
            }
        }
        let has = |key: &str| table.iter().any(|entry| entry.key == key);
        if !has("code") {
            self.push(at.clone(), "this accepts nothing: it has no `code`".to_string(), None);
        }
        if !has("reason") {
            let help = "write why: whoever reads it later has to know whether it still holds";
            self.push(at, "an acceptance without a `reason`".to_string(), Some(help.to_string()));
        }
        if self.found.len() > before {
            return None;
        }
        let code = code?;
        let object = object.map(|object| object.value);
        let reason = reason.map(|reason| reason.value);
        Some(Acceptance { code: code.value, object, paths, reason, at: Some(code.at) })
    }

    fn overrides(&mut self, entry: &Entry<'_>) -> Vec<At<Override>> {
        let mut found = Vec::new();
        for (at, table) in self.tables(entry) {
            let (mut paths, mut severity) = (None, BTreeMap::new());
            for entry in &table {
                match entry.key {
                    "paths" => paths = self.paths(entry),
                    "severity" => {
                        for At { value: (codes, to), at: _ } in self.severities(entry) {
                            severity.extend(codes.into_iter().map(|code| (code.id, to)));
                        }
                    }
                    "accept" => {
                        let help = "write a table [[accept]] with these `paths`".to_string();
                        let message = "an acceptance changes what is written, and has a reason".to_string();
                        self.push(entry.key_at.clone(), message, Some(help));
                    }
                    _ => self.stray("override", entry),
                }
            }
            for key in ["paths", "severity"] {
                if !table.iter().any(|entry| entry.key == key) {
                    self.push(at.clone(), format!("an override without `{key}` changes nothing"), None);
                }
            }
            if let Some(paths) = paths {
                found.push(At { value: Override { paths, severity }, at });
            }
        }
        found
    }
}

/// A reason, which somebody has to have written.
fn given(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("a reason is more than white space".to_string())
    } else {
        Ok(text.trim().to_string())
    }
}
