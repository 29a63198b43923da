//! The documentation of the configuration: its examples are read, and no key is missing.

use unmesh::config::file::{File, keys};

fn page() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_example_is_a_configuration() {
    let page = page();
    let examples: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 3);
    for example in examples {
        let file = File::read(example).unwrap_or_else(|problems| panic!("{problems:?}\n{example}"));
        assert_ne!(file, File::default(), "{example}");
    }
}

#[test]
fn every_key_stands_there_with_its_option() {
    let page = page();
    for key in keys::ALL {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", key.name)));
        let table = page.contains(&format!("[{}]", key.table));
        assert!(key.name.is_empty() || ["override"].contains(&key.table) || row.is_some(), "{}", key.name);
        assert!(key.table.is_empty() || table, "{}", key.table);
        assert!(page.contains(key.flag), "{}", key.flag);
        let row = row.unwrap_or(&page);
        let default = key.default.trim_matches(['"', '[', ']']);
        assert!(key.name == "l7" || row.contains(default), "{}: {default}", key.name);
    }
}
