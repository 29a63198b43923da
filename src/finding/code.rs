//! Codes: the stable names under which findings are accepted, configured and explained.

use super::{Direction, Severity, codes};

/// One code. All of them are in [`codes::all`]; each has a page in `docs/codes/`.
#[derive(PartialEq, Eq, Debug)]
pub struct Code {
    /// `UM` and three digits; never reused.
    pub id: &'static str,
    /// Kebab-case; reads well after "accept".
    pub name: &'static str,
    /// One line for `unmesh rules`.
    pub summary: &'static str,
    /// The most that its findings matter while nobody accepted or configured anything.
    pub severity: Severity,
    /// The directions that its findings can have, each once, from the worst. Never empty.
    pub directions: &'static [Direction],
    /// Nothing at all is written while a finding of this code is not accepted: what was read may
    /// hold a refusal that the output would lack.
    pub blocks: bool,
    /// The page as Markdown: meaning, why it matters, what to do, before and after.
    pub page: &'static str,
}

/// What the first digit of a code says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// UM0xx: YAML, schema, unknown or duplicate field, template syntax.
    Input,
    /// UM1xx: policy that does not mean what it seems to.
    Meaning,
    /// UM2xx: policy that the target cannot say, or says differently.
    Policy,
    /// UM3xx: traffic management, resilience, telemetry.
    Traffic,
    /// UM4xx: what the platform loses or needs.
    Platform,
    /// UM5xx: limits and traps of the target.
    Target,
    /// UM6xx: verification.
    Verification,
}

impl Family {
    /// The word for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Meaning => "meaning",
            Self::Policy => "policy",
            Self::Traffic => "traffic",
            Self::Platform => "platform",
            Self::Target => "target",
            Self::Verification => "verification",
        }
    }
}

impl Code {
    /// The family, by the first digit.
    #[must_use]
    pub fn family(&self) -> Family {
        match self.id.as_bytes().get(2) {
            Some(b'0') => Family::Input,
            Some(b'1') => Family::Meaning,
            Some(b'2') => Family::Policy,
            Some(b'3') => Family::Traffic,
            Some(b'4') => Family::Platform,
            Some(b'5') => Family::Target,
            Some(_) | None => Family::Verification,
        }
    }

    /// Where the page stands in the repository.
    #[must_use]
    pub fn url(&self) -> String {
        format!("docs/codes/{}.md", self.id)
    }
}

/// The code of this id (any case) or name.
#[must_use]
pub fn find(wanted: &str) -> Option<&'static Code> {
    codes::all().find(|code| code.id.eq_ignore_ascii_case(wanted) || code.name == wanted)
}

/// The id or name that looks most like `wanted`, for a message.
#[must_use]
pub fn nearest_name(wanted: &str) -> Option<&'static str> {
    let names: Vec<&'static str> = codes::all().flat_map(|code| [code.id, code.name]).collect();
    super::nearest(wanted, names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_and_names_are_unique_and_well_formed() {
        let mut seen = BTreeSet::new();
        for code in codes::all() {
            assert!(seen.insert(code.id), "{} stands twice", code.id);
            assert!(seen.insert(code.name), "{} stands twice", code.name);
            assert!(code.id.len() == 5 && code.id.starts_with("UM"), "{}", code.id);
            assert!(code.id.bytes().skip(2).all(|byte| byte.is_ascii_digit()), "{}", code.id);
            assert!(
                code.name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{}",
                code.name
            );
        }
    }

    #[test]
    fn a_page_begins_with_its_code_and_name_and_has_every_section() {
        for code in codes::all() {
            let title = format!("# {} {}\n", code.id, code.name);
            assert!(code.page.starts_with(&title), "docs/codes/{}.md does not begin with {title:?}", code.id);
            for section in ["## What it means", "## Why it matters", "## What to do", "## Before and after"] {
                assert!(code.page.contains(section), "docs/codes/{}.md lacks {section:?}", code.id);
            }
        }
    }

    #[test]
    fn codes_are_found_by_id_and_by_name() {
        for code in codes::all() {
            assert_eq!(find(&code.id.to_lowercase()), Some(code));
            assert_eq!(find(code.name), Some(code));
        }
        assert_eq!(find("UM999"), None);
    }
}
