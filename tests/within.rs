//! `lint --within`: all is read, and the findings of the files named are shown. In `testdata/within`,
//! `routes.yaml` names a Gateway of `gateways.yaml`, and `legacy.yaml` has an error of its own.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod quiet;

use quiet::{Findings, directory, findings};
use std::fs;
use std::path::{Path, PathBuf};

fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/within")
}

/// A copy of the directory, to add files to.
fn copy() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(testdata()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    directory
}

fn lint(directory: &Path, args: &[&str]) -> Findings {
    findings(directory, &["lint"].iter().chain(args).copied().collect::<Vec<_>>())
}

/// The files in which findings are shown, each once.
fn files(ran: &Findings) -> Vec<String> {
    let mut files: Vec<String> = ran
        .of(&[])
        .iter()
        .filter_map(|short| Some(short.split_once(' ')?.1.rsplit_once(':')?.0.to_string()))
        .collect();
    files.dedup();
    files
}

#[test]
fn what_a_file_refers_to_is_found_in_others() {
    let alone = lint(&testdata(), &["routes.yaml"]);
    assert_eq!(alone.of(&["UM152"]), ["UM152 routes.yaml:19"], "it does not see the Gateway");
    let whole = lint(&testdata(), &["."]);
    assert_eq!(files(&whole), ["gateways.yaml", "legacy.yaml", "routes.yaml"]);
    let within = lint(&testdata(), &["--within", ".", "routes.yaml"]);
    assert_eq!((within.of(&["UM152"]), files(&within)), (Vec::new(), vec!["routes.yaml".to_string()]));
    assert_eq!(within.count("files"), 3, "all are read, and none twice");
    let (all, shown) = (whole.of(&[]).len() as u64, within.of(&[]).len() as u64);
    assert_eq!(within.count("hidden"), all - shown);
    assert!(within.stderr.contains(&format!("; {} in other files\n", all - shown)), "{}", within.stderr);
}

#[test]
fn the_status_is_that_of_the_files_named() {
    for (paths, status) in
        [(&["gateways.yaml"][..], 0), (&["legacy.yaml"], 1), (&["gateways.yaml", "legacy.yaml"], 1), (&[], 1)]
    {
        let args: Vec<&str> = ["--within", "."].iter().chain(paths).copied().collect();
        assert_eq!(lint(&testdata(), &args).status, status, "{paths:?}");
    }
    assert_eq!(lint(&testdata(), &["--within", ".", "gateways.yaml", "--fail-on", "warning"]).status, 1);
}

#[test]
fn a_file_is_the_same_however_it_is_named() {
    let directory = copy();
    fs::create_dir(directory.path().join("deep")).unwrap();
    fs::write(directory.path().join("deep/ä b.yaml"), fs::read(testdata().join("legacy.yaml")).unwrap())
        .unwrap();
    fs::remove_file(directory.path().join("legacy.yaml")).unwrap();
    let absolute = directory.path().canonicalize().unwrap().join("deep/ä b.yaml");
    let absolute = absolute.to_str().unwrap();
    for paths in [
        &["deep/ä b.yaml"][..],
        &["./deep/ä b.yaml"],
        &["deep/../deep/ä b.yaml", "deep/ä b.yaml"],
        &[absolute],
        &["deep"],
        &["deep/"],
    ] {
        let args: Vec<&str> = ["--within", "."].iter().chain(paths).copied().collect();
        let ran = lint(directory.path(), &args);
        assert_eq!(
            (files(&ran), ran.count("files"), ran.status),
            (vec!["deep/ä b.yaml".to_string()], 3, 1),
            "{paths:?}"
        );
    }
    // Read once as well if the directories overlap.
    let ran = lint(directory.path(), &["--within", ".", "--within", "deep", "deep/ä b.yaml"]);
    assert_eq!((ran.count("files"), ran.status), (3, 1));
}

#[cfg(unix)]
#[test]
fn a_link_is_the_file_that_it_leads_to() {
    let directory = copy();
    fs::create_dir(directory.path().join("links")).unwrap();
    std::os::unix::fs::symlink("../legacy.yaml", directory.path().join("links/old.yaml")).unwrap();
    let ran = lint(directory.path(), &["--within", ".", "links/old.yaml"]);
    assert_eq!((files(&ran), ran.count("files"), ran.status), (vec!["legacy.yaml".to_string()], 3, 1));
    let ran = lint(directory.path(), &["--within", "gateways.yaml", "links"]);
    assert_eq!(
        (files(&ran), ran.count("files")),
        (vec!["links/old.yaml".to_string()], 2),
        "read where it stands"
    );
}

#[test]
fn a_file_outside_is_read_as_well() {
    let (inside, outside) =
        (copy(), directory(&[("other.yaml", &fs::read_to_string(testdata().join("routes.yaml")).unwrap())]));
    fs::remove_file(inside.path().join("routes.yaml")).unwrap();
    let path = outside.path().join("other.yaml");
    let ran = lint(inside.path(), &["--within", ".", path.to_str().unwrap()]);
    assert_eq!((ran.of(&["UM152"]), ran.count("files")), (Vec::new(), 3));
    assert_eq!(ran.of(&["UM323"]).len(), 1, "{}", ran.stderr);
    assert!(files(&ran).iter().all(|file| file.ends_with("other.yaml")));
    // One that git ignores is read, since it is named.
    let ignored = copy();
    fs::write(ignored.path().join(".gitignore"), "legacy.yaml\n").unwrap();
    assert_eq!(lint(ignored.path(), &["--within", ".", "gateways.yaml"]).count("files"), 2);
    let named = lint(ignored.path(), &["--within", ".", "legacy.yaml"]);
    assert_eq!((files(&named), named.count("files"), named.status), (vec!["legacy.yaml".to_string()], 3, 1));
}

#[test]
fn what_is_gone_or_no_manifest_is_passed_over_with_a_word() {
    let directory = copy();
    fs::write(directory.path().join("README.md"), "# not: [a manifest\n").unwrap();
    let ran = lint(directory.path(), &["--within", ".", "gone.yaml", "README.md", "gateways.yaml"]);
    assert_eq!((ran.status, ran.count("files")), (0, 3), "{}", ran.stderr);
    let skipped = ran.json["summary"]["skipped"].to_string();
    for word in [
        r#""file":"gone.yaml","#,
        "there is no such file",
        r#""file":"README.md","#,
        "its name ends in none of",
    ] {
        assert!(skipped.contains(word), "{word}: {skipped}");
    }
    // Nothing that is there is named: nothing to show, and no error.
    let ran = lint(directory.path(), &["--within", ".", "gone.yaml"]);
    assert_eq!((ran.status, ran.of(&[]).len()), (0, 0));
}

#[test]
fn a_directory_that_is_not_there_ends_the_run() {
    let ran = quiet::run(&testdata(), &["lint", "--within", "gone", "routes.yaml"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("cannot read `gone`: there is no such file"), "{}", ran.stderr);
}

#[test]
fn findings_that_speak_of_a_named_file_or_of_none_are_shown() {
    let service = |port: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec: {{selector: {{app: web}}, ports: [{{name: http, port: {port}}}]}}\n"
        )
    };
    let directory = directory(&[
        ("a.yaml", &service("80")),
        ("b.yaml", &service("81")),
        ("c.yaml", &service("80").replace("web", "c")),
    ]);
    for (path, shown) in [("a.yaml", 1), ("b.yaml", 1), ("c.yaml", 0)] {
        let ran = lint(directory.path(), &["--within", ".", path]);
        assert_eq!(
            (ran.of(&["UM012"]).len(), ran.status),
            (shown, i32::try_from(shown).unwrap()),
            "{path}: {}",
            ran.stderr
        );
    }
    // What could not be read may be what everything hangs on.
    fs::write(directory.path().join("d.yaml"), b"\xff\xfe").unwrap();
    let ran = lint(directory.path(), &["--within", ".", "c.yaml"]);
    assert_eq!((ran.of(&["UM002"]).len(), ran.status), (1, 1));
}

#[test]
fn what_keeps_output_back_elsewhere_is_not_told_here() {
    let directory = copy();
    let broken = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: web, namespace: shop}\nspec: {rulez: []}\n";
    fs::write(directory.path().join("broken.yaml"), broken).unwrap();
    let ran = lint(directory.path(), &["--within", ".", "gateways.yaml"]);
    assert_eq!(ran.status, 0);
    assert!(!ran.stderr.contains("rulez") && !ran.stderr.contains("no policy is written"), "{}", ran.stderr);
    let ran = lint(directory.path(), &["--within", ".", "broken.yaml"]);
    assert_eq!((ran.of(&["UM010"]).len(), ran.status), (1, 1));
}
