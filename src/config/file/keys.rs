//! All keys of the configuration, with what people have to know of each: one list for messages,
//! for the file that `unmesh init` writes, and for the documentation.

/// A key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its table; empty for the top.
    pub table: &'static str,
    /// Its name in there; empty for a table whose keys are the user's own.
    pub name: &'static str,
    /// The option that says the same; empty where there is none.
    pub flag: &'static str,
    /// What holds where nobody says anything, or an example, as TOML.
    pub default: &'static str,
    /// What it says, in one line.
    pub about: &'static str,
}

/// Every key, in the order in which files are written.
pub const ALL: &[Key] = &[
    key(
        "",
        "target",
        "--target",
        "\"calico@3.28\"",
        "kubernetes, or calico@3.26 to calico@3.32; a patch version may follow",
    ),
    key("", "layout", "--layout", "\"portable\"", "portable or tiers; unstated, tiers from calico@3.29 on"),
    key(
        "",
        "staged",
        "--staged",
        "false",
        "staged policies (from calico@3.30): Calico shows what they would decide, and enforces nothing",
    ),
    key(
        "",
        "l7",
        "--l7",
        "\"none\"",
        "whether Dikastes runs in every pod (dikastes) or in none (none); unstated, rules act on labelled pods",
    ),
    key(
        "",
        "fail-on",
        "--fail-on",
        "\"error\"",
        "exit with 1 from this severity on: error, warning, info or never",
    ),
    key(
        "",
        "baseline",
        "--baseline",
        "\"known-findings.json\"",
        "a file with findings that were there before, which are not shown; `unmesh lint --update-baseline` writes it",
    ),
    key(
        "",
        "exclude",
        "",
        "[]",
        "files that are not read where they are met while walking, as in a .gitignore",
    ),
    key(
        "mesh",
        "root-namespace",
        "--root-namespace",
        "\"istio-system\"",
        "Istio's root namespace; unstated, what a MeshConfig of the input says",
    ),
    key(
        "mesh",
        "trust-domain",
        "--trust-domain",
        "\"cluster.local\"",
        "the mesh's own trust domain; unstated, what a MeshConfig of the input says",
    ),
    key(
        "mesh",
        "namespaces",
        "--mesh-namespaces",
        "[]",
        "exactly these namespaces are in the mesh, whatever labels say",
    ),
    key(
        "mesh",
        "system-namespaces",
        "--system-namespaces",
        "[]",
        "these are never in the mesh, beside those of Kubernetes and Calico",
    ),
    key(
        "mesh",
        "default-namespace",
        "--default-namespace",
        "\"default\"",
        "for objects that name no namespace",
    ),
    key(
        "mesh.identities",
        "",
        "--map-identity",
        "",
        "where the left account is allowed, the right one is as well (a gateway's successor)",
    ),
    key(
        "severity",
        "",
        "--severity",
        "",
        "the severity of codes and families: error, warning, info or off; what widens is never hidden",
    ),
    key("accept", "code", "--accept", "", "what is accepted; it becomes a warning"),
    key("accept", "object", "--accept", "", "for this object alone: KIND/NAMESPACE/NAME"),
    key("accept", "paths", "", "", "in these files alone"),
    key("accept", "reason", "", "", "why; it is shown with the finding"),
    key("override", "paths", "", "", "the files"),
    key("override", "severity", "", "", "the severity of codes and families there"),
];

const fn key(
    table: &'static str,
    name: &'static str,
    flag: &'static str,
    default: &'static str,
    about: &'static str,
) -> Key {
    Key { table, name, flag, default, about }
}

/// The names in a table.
pub(super) fn names(table: &str) -> Vec<&'static str> {
    let own = ALL.iter().filter(|key| key.table == table && !key.name.is_empty()).map(|key| key.name);
    let below = |other: &'static str| match table {
        "" => Some(other.split('.').next().unwrap_or(other)).filter(|name| !name.is_empty()),
        _ => other.strip_prefix(table)?.strip_prefix('.'),
    };
    let mut names: Vec<&str> = own.chain(ALL.iter().filter_map(|key| below(key.table))).collect();
    names.dedup();
    names
}

/// Where a key stands that somebody wrote into another table, or under the name of its option.
pub(super) fn elsewhere(table: &str, wrong: &str) -> Option<String> {
    let wrong = wrong.replace('_', "-").to_lowercase();
    let option = ALL.iter().find(|key| !key.flag.is_empty() && key.flag.trim_start_matches('-') == wrong);
    let name = || ALL.iter().find(|key| key.table != table && key.name == wrong);
    let key = option
        .filter(|key| !["accept", "severity"].contains(&wrong.as_str()) && key.table != table)
        .or_else(name)?;
    Some(match (key.table, key.name) {
        ("", name) => format!("`{name}` stands at the top of the file, above the first table"),
        (table @ ("accept" | "override"), name) => format!("`{name}` stands in a table [[{table}]]"),
        (table, "") => format!("write it as a table [{table}]"),
        (table, name) => format!("write it as `{name}` in the table [{table}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_table() {
        assert_eq!(
            names(""),
            [
                "target", "layout", "staged", "l7", "fail-on", "baseline", "exclude", "mesh", "severity",
                "accept", "override"
            ]
        );
        assert_eq!(names("accept"), ["code", "object", "paths", "reason"]);
        assert!(names("mesh").contains(&"identities"));
    }

    #[test]
    fn a_key_in_the_wrong_place_is_shown_the_right_one() {
        for (table, wrong, word) in [
            ("", "root-namespace", "`root-namespace` in the table [mesh]"),
            ("", "mesh-namespaces", "`namespaces` in the table [mesh]"),
            ("", "map-identity", "a table [mesh.identities]"),
            ("", "mesh_namespaces", "`namespaces` in the table [mesh]"),
            ("mesh", "target", "at the top of the file"),
            ("mesh", "fail_on", "at the top of the file"),
            ("", "reason", "a table [[accept]]"),
        ] {
            let found = elsewhere(table, wrong).unwrap_or_default();
            assert!(found.contains(word), "{table} {wrong}: {found}");
        }
        assert_eq!(elsewhere("", "targett"), None);
    }
}
