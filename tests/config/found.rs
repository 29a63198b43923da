//! Where the file is looked for, and which files it takes out.

use super::{Place, header, unreadable};

/// The line that says which file is used.
fn used(stderr: &str) -> Option<&str> {
    stderr.lines().find_map(|line| line.strip_prefix("info: the configuration is "))
}

#[test]
fn the_nearest_file_upwards_counts() {
    let place = Place::new(&[
        ("unmesh.toml", "fail-on = \"never\"\n"),
        ("a/unmesh.toml", "fail-on = \"error\"\n"),
        ("a/b/x.yaml", &header("x")),
        ("c/y.yaml", &header("y")),
    ]);
    for (row, below, args, file, status) in [
        ("nothing named", "a/b", &["lint", "."][..], Some("../unmesh.toml"), 1),
        ("here", "a", &["lint", "."], Some("unmesh.toml"), 1),
        ("a directory", "", &["lint", "a/b"], Some("a/unmesh.toml"), 1),
        ("a file", "", &["lint", "a/b/x.yaml"], Some("a/unmesh.toml"), 1),
        ("from elsewhere", "c", &["lint", "../a/b/x.yaml"], Some("../a/unmesh.toml"), 1),
        ("what two share", "", &["lint", "a/b", "c"], Some("unmesh.toml"), 0),
        ("a file in no directory with one", "", &["lint", "c/y.yaml"], Some("unmesh.toml"), 0),
        ("named", "", &["lint", "c", "--config", "a/unmesh.toml"], Some("a/unmesh.toml"), 1),
        ("none", "", &["lint", "c", "--no-config"], None, 1),
        ("quiet", "", &["lint", "c", "-q"], None, 0),
    ] {
        let end = place.run_in(below, args, None);
        assert_eq!((used(&end.stderr), end.status), (file, status), "{row}: {}", end.stderr);
    }
    let piped = place.run_in("a", &["lint", "-"], Some(&header("z")));
    assert_eq!((used(&piped.stderr), piped.status), (Some("unmesh.toml"), 1));
}

#[test]
fn nobody_above_the_repository_has_a_say() {
    let place = Place::new(&[("unmesh.toml", "fail-on = \"never\"\n"), ("own/a/x.yaml", &header("x"))]);
    assert_eq!(place.run(&["lint", "own/a"]).status, 0);
    place.write("own/.git", "gitdir: elsewhere\n");
    let end = place.run(&["lint", "own/a"]);
    assert_eq!((used(&end.stderr), end.status), (None, 1), "{}", end.stderr);
    place.write("own/unmesh.toml", "fail-on = \"never\"\n");
    let end = place.run(&["lint", "own/a"]);
    assert_eq!((used(&end.stderr), end.status), (Some("own/unmesh.toml"), 0), "{}", end.stderr);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_looked_into_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(&[("unmesh.toml", ""), ("a/b/x.yaml", "")]);
    let directory = place.path().join("a");
    let mode = |mode| std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o600);
    // Whoever may do everything is refused nothing.
    let refused = std::fs::metadata(place.path().join("a/b")).is_err();
    let end = place.run(&["lint", "a"]);
    mode(0o700);
    if refused {
        assert!(end.stderr.contains("was not looked for in `a` nor above it"), "{}", end.stderr);
    }
}

/// The names of files that were left out.
fn skipped(place: &Place, args: &[&str]) -> Vec<String> {
    let run = place.json(args);
    let all = run["summary"]["skipped"].as_array().unwrap().clone();
    let out = all.iter().filter(|one| one["why"] == "excluded by unmesh.toml");
    out.map(|one| one["file"].as_str().unwrap().to_string()).collect()
}

#[test]
fn excluded_files_are_not_read_and_counted() {
    let text = header("x");
    let place = Place::new(&[
        ("unmesh.toml", "exclude = [\"legacy/**\", \"*.gen.yaml\"]\n"),
        ("a/x.yaml", &text),
        ("a/x.gen.yaml", "not: [yaml"),
        ("legacy/deep/x.yaml", "not: [yaml"),
        ("a/legacy/x.yaml", ""),
    ]);
    assert_eq!(skipped(&place, &["lint", "."]), ["a/x.gen.yaml", "legacy/deep/x.yaml"]);
    let end = place.run(&["lint", "."]);
    assert!(end.stderr.contains("\nskipped 2: excluded by unmesh.toml\n"), "{}", end.stderr);
    for (row, args, out) in [
        ("a file that is named", &["lint", "a/x.gen.yaml"][..], &[][..]),
        ("the directory that is named", &["lint", "legacy"], &[]),
        ("a directory in it", &["lint", "legacy/deep"], &[]),
        ("a directory with one", &["lint", "a"], &["a/x.gen.yaml"]),
        (
            "forced",
            &["lint", "a/x.gen.yaml", "legacy", "a/x.yaml", "--force-exclude"],
            &["a/x.gen.yaml", "legacy/deep/x.yaml"],
        ),
    ] {
        assert_eq!(skipped(&place, args), out, "{row}");
    }
    // A hook that names nothing but what is excluded has nothing to do.
    let end = place.run(&["lint", "legacy/deep/x.yaml", "--force-exclude"]);
    assert_eq!(end.status, 0, "{}", end.stderr);
    assert!(
        end.stderr.contains("read 0 files, 0 documents: nothing to do\nskipped 1: excluded"),
        "{}",
        end.stderr
    );
}

#[test]
fn a_directory_of_which_all_is_excluded_is_said() {
    let place =
        Place::new(&[("unmesh.toml", "exclude = [\"*.yaml\"]\n"), ("a/x.yaml", ""), ("a/y.yaml", "")]);
    let end = place.run(&["lint", "a"]);
    assert_eq!(end.status, 2);
    assert!(end.stderr.contains("all 2 manifests in `a`: excluded by unmesh.toml"), "{}", end.stderr);
}

#[test]
fn what_stands_in_for_the_mesh_is_compared_whole() {
    let policy = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {selector: all(), types: [Ingress]}\n";
    let place = Place::new(&[
        ("unmesh.toml", "exclude = [\"out\"]\n"),
        ("a/x.yaml", &header("x")),
        ("out/x.yaml", policy),
    ]);
    let run = place.json(&["verify", ".", "--against", "out"]);
    assert_eq!(run["summary"]["resources"]["AuthorizationPolicy"], 1);
    assert_eq!(run["summary"]["files"], 2, "{}", run["summary"]);
}

#[test]
fn a_baseline_is_named_from_the_directory_of_the_file() {
    let unread = unreadable("a");
    let unused = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: b}\nspec: {rules: [{to: [{operation: {methods: [get]}}]}]}\n";
    let place = Place::new(&[("unmesh.toml", "baseline = \"known.json\"\n"), ("deep/down/a.yaml", unused)]);
    let missing = place.run_in("deep", &["lint", "down"], None);
    assert_eq!(missing.status, 2, "{missing:?}");
    assert!(missing.stderr.contains("cannot read the baseline `../known.json`"), "{}", missing.stderr);
    let before = place.run_in("deep", &["lint", "--no-config", "down"], None);
    assert_eq!(before.status, 1, "{}", before.stderr);
    let written = place.run_in("deep", &["lint", "--update-baseline", "down"], None);
    assert_eq!(written.status, 0, "{}", written.stderr);
    assert!(place.read("known.json").contains("\"version\": 1"));
    let known = place.run_in("deep", &["lint", "down"], None);
    assert_eq!(known.status, 0, "{}", known.stderr);
    // What is new is shown.
    place.write("deep/down/b.yaml", unread);
    assert_eq!(place.run_in("deep", &["lint", "down"], None).status, 1);
}
