//! What `-o` leaves behind, in good ends and in bad ones. Links and modes are Unix's.

#![cfg(unix)]

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};
use tempfile::TempDir;

fn planned(path: &str, body: &str) -> Planned {
    Planned { path: path.into(), text: product::file([body]) }
}

fn run(dir: &Path, plan: &[Planned]) -> Result<(), String> {
    Present::scan(dir).and_then(|present| write(dir, plan, &present)).map_err(|failure| failure.message)
}

/// Every file below a directory with its text, and every empty directory.
fn tree(dir: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(next) = open.pop() {
        let entries: Vec<_> = fs::read_dir(&next).unwrap().map(|entry| entry.unwrap().path()).collect();
        if entries.is_empty() && next != dir {
            found.insert(format!("{}/", display_path(next.strip_prefix(dir).unwrap())), String::new());
        }
        for path in entries {
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap_or_default();
                found.insert(display_path(path.strip_prefix(dir).unwrap()), text);
            }
        }
    }
    found
}

fn names(dir: &Path) -> Vec<String> {
    tree(dir).into_keys().collect()
}

#[test]
fn output_stays_below_the_directory() {
    for (relative, expected) in [
        ("a.yaml", Some("a.yaml")),
        ("k/b.yml", Some("k/b.yml")),
        ("k/c.json", Some("k/c.yaml")),
        ("..a/b..yaml", Some("..a/b..yaml")),
        ("../a.yaml", None),
        ("k/../../a.yaml", None),
        ("/etc/a.yaml", None),
        ("", None),
    ] {
        let path = output_path(Path::new(relative)).ok();
        assert_eq!(path.as_deref(), expected.map(Path::new), "{relative}");
    }
}

#[test]
fn a_new_directory_holds_the_plan_and_nothing_else() {
    let base = TempDir::new().unwrap();
    let dir = base.path().join("deep/out");
    run(&dir, &[planned("a.yaml", "a: 1\n"), planned("k/b.yaml", "b: 1\n")]).unwrap();
    assert_eq!(names(base.path()), ["deep/out/a.yaml", "deep/out/k/b.yaml"]);
    assert_eq!(tree(&dir)["a.yaml"], format!("{HEADER}\na: 1\n"));
}

#[test]
fn a_directory_of_ours_follows_the_plan_and_keeps_its_mode() {
    let base = TempDir::new().unwrap();
    let dir = base.path().join("out");
    run(&dir, &[planned("a.yaml", "a: 1\n"), planned("k/b.yaml", "b: 1\n")]).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o750)).unwrap();
    run(&dir, &[planned("a.yaml", "a: 2\n")]).unwrap();
    assert_eq!(names(base.path()), ["out/a.yaml"]);
    assert_eq!(tree(&dir)["a.yaml"], format!("{HEADER}\na: 2\n"));
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o750);
    run(&dir, &[]).unwrap();
    assert_eq!(names(&dir), Vec::<String>::new());
}

#[test]
fn files_of_others_stay_and_only_ours_follow_the_plan() {
    let base = TempDir::new().unwrap();
    let dir = base.path();
    fs::write(dir.join("README.md"), "mine\n").unwrap();
    fs::create_dir(dir.join("k")).unwrap();
    fs::write(dir.join("k/own.yaml"), "a: 1\n").unwrap();
    run(dir, &[planned("a.yaml", "a: 1\n"), planned("k/b.yaml", "b: 1\n"), planned("z/c.yaml", "c: 1\n")])
        .unwrap();
    run(dir, &[planned("a.yaml", "a: 2\n"), planned("n/e.yaml", "e: 1\n")]).unwrap();
    assert_eq!(names(dir), ["README.md", "a.yaml", "k/own.yaml", "n/e.yaml"]);
    assert_eq!(tree(dir)["a.yaml"], format!("{HEADER}\na: 2\n"));
}

#[test]
fn what_is_in_the_way_is_refused_and_nothing_changes() {
    let outside = TempDir::new().unwrap();
    for (row, path) in [
        ("a file", "mine.yaml"),
        ("a directory", "k"),
        ("a file above", "mine.yaml/x.yaml"),
        ("a link above", "link/x.yaml"),
    ] {
        let base = TempDir::new().unwrap();
        let dir = base.path();
        fs::write(dir.join("mine.yaml"), "a: 1\n").unwrap();
        fs::create_dir(dir.join("k")).unwrap();
        symlink(outside.path(), dir.join("link")).unwrap();
        let before = tree(dir);
        let failed = run(dir, &[planned("a.yaml", "a: 1\n"), planned(path, "b: 1\n")]).unwrap_err();
        assert!(failed.contains("is in the way: unmesh did not write it"), "{row}: {failed}");
        assert_eq!(tree(dir), before, "{row}");
        assert_eq!(names(outside.path()), Vec::<String>::new(), "{row}");
    }
}

#[test]
fn a_directory_that_is_none_is_refused() {
    let base = TempDir::new().unwrap();
    let file = base.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(run(&file, &[planned("a.yaml", "a: 1\n")]).unwrap_err().contains("is not a directory"));
    assert!(run(&file.join("out"), &[planned("a.yaml", "a: 1\n")]).is_err());
    assert_eq!(names(base.path()), ["file"]);
}

#[test]
fn a_failure_on_the_way_leaves_the_old_files_and_no_rest() {
    // A name too long for a file system fails after others were written.
    let long = format!("{}.yaml", "x".repeat(300));
    let plan = [planned("a.yaml", "a: 2\n"), planned("new/b.yaml", "b: 1\n"), planned(&long, "c: 1\n")];
    for foreign in [false, true] {
        let base = TempDir::new().unwrap();
        let dir = base.path().join("out");
        run(&dir, &[planned("a.yaml", "a: 1\n"), planned("old.yaml", "o: 1\n")]).unwrap();
        if foreign {
            fs::write(dir.join("mine.txt"), "mine\n").unwrap();
        }
        let before = tree(base.path());
        assert!(run(&dir, &plan).unwrap_err().contains("file name too long"));
        assert_eq!(tree(base.path()), before, "foreign: {foreign}");
    }
}

#[test]
fn what_a_killed_run_left_does_not_stay() {
    let base = TempDir::new().unwrap();
    let dir = base.path().join("out");
    run(&dir, &[planned("a.yaml", "a: 1\n")]).unwrap();
    fs::create_dir(base.path().join(".out.unmesh-new")).unwrap();
    fs::write(base.path().join(".out.unmesh-new/a.yaml"), product::file(["a: 9\n"])).unwrap();
    fs::write(dir.join(".a.yaml.unmesh-new"), product::file(["a: 9\n"])).unwrap();
    run(&dir, &[planned("a.yaml", "a: 2\n")]).unwrap();
    assert_eq!(names(base.path()), ["out/a.yaml"]);
}

#[test]
fn an_up_to_date_directory_is_not_touched() {
    let base = TempDir::new().unwrap();
    let dir = base.path().join("out");
    let plan = [planned("a.yaml", "a: 1\n")];
    run(&dir, &plan).unwrap();
    let before = fs::metadata(dir.join("a.yaml")).unwrap().modified().unwrap();
    run(&dir, &plan).unwrap();
    assert_eq!(fs::metadata(dir.join("a.yaml")).unwrap().modified().unwrap(), before);
}

#[test]
fn check_names_what_differs_is_missing_or_stale() {
    let base = TempDir::new().unwrap();
    let dir = base.path().join("out");
    run(&dir, &[planned("a.yaml", "a: 1\n"), planned("b.yaml", "b: 1\n"), planned("same.yaml", "s: 1\n")])
        .unwrap();
    fs::write(dir.join("mine.yaml"), "a: 1\n").unwrap();
    let plan = [planned("c.yaml", "c: 1\n"), planned("b.yaml", "b: 2\n"), planned("same.yaml", "s: 1\n")];
    let lines = differences(Path::new(&dir), &plan, &Present::scan(&dir).unwrap());
    let lines: Vec<&str> = lines.iter().map(|line| line.rsplit_once('/').unwrap().1).collect();
    assert_eq!(
        lines,
        ["a.yaml` is stale: nothing of the input yields it", "b.yaml` differs", "c.yaml` is missing"]
    );
}
