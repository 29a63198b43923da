//! What is written, where, and what is not: `translate`, `-o`, `--check`, `diff`, on real files.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what cannot run has failed")]

use snapbox::cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const HEADER: &str = "# Written by unmesh from Istio policy. Do not edit.\n";

/// A policy that every target can say, in a namespace that the input shows.
const POLICY: &str = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels:
      app: web
  action: DENY
  rules:
  - to:
    - operation:
        ports: [\"80\"]
";

/// The same with a field that Istio does not have: it may have been a refusal.
fn unreadable() -> String {
    POLICY.replace("        ports:", "        prots:")
}

/// A directory with `k/web.yaml`.
fn tree(text: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("k")).unwrap();
    fs::write(dir.path().join("k/web.yaml"), text).unwrap();
    dir
}

/// Runs in `dir`: status, standard output, standard error.
fn unmesh(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_unmesh")).args(args).current_dir(dir);
    let output = command.stdin(POLICY).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn standard_output_has_the_header_and_the_policies_alone() {
    let dir = tree(POLICY);
    let (status, stdout, stderr) = unmesh(dir.path(), &["translate", "--target", "calico@3.28", "k"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.starts_with(HEADER) && stdout.matches(HEADER).count() == 1, "{stdout}");
    let documents: Vec<&str> = stdout.split("---\n").collect();
    assert!(
        documents.len() > 1 && documents.iter().all(|text| text.contains("projectcalico.org/v3")),
        "{stdout}"
    );
    let again = unmesh(dir.path(), &["translate", "--target", "calico@3.28", "k", "--jobs", "2"]);
    assert_eq!(again.1, stdout);
}

#[test]
fn a_policy_that_cannot_be_read_holds_everything_back() {
    let dir = tree(&format!("{POLICY}---\n{}", unreadable().replace("name: web", "name: bad")));
    for args in [
        &["translate", "k"][..],
        &["translate", "k", "-o", "out"],
        &["diff", "k"],
        &["translate", "k", "-o", "out", "--check"],
    ] {
        for setting in [&[][..], &["--severity", "UM010=off"], &["--fail-on", "never"]] {
            let all: Vec<&str> = args.iter().chain(setting).copied().collect();
            let (status, stdout, stderr) = unmesh(dir.path(), &all);
            assert_eq!((status, stdout.as_str()), (1, ""), "{all:?}: {stderr}");
            assert!(stderr.contains("nothing was written"), "{all:?}: {stderr}");
            assert!(!dir.path().join("out").exists(), "{all:?}");
        }
    }
    let accepted = ["translate", "k", "--accept", "policy-unreadable@AuthorizationPolicy/shop/bad"];
    let (status, stdout, stderr) = unmesh(dir.path(), &accepted);
    assert!(status == 0 && stdout.starts_with(HEADER), "{stderr}");
}

#[test]
fn output_goes_below_the_directory_by_the_names_of_the_input() {
    let dir = tree(POLICY);
    assert_eq!(unmesh(dir.path(), &["translate", "k", "-o", "out"]).0, 0);
    let written = fs::read_to_string(dir.path().join("out/web.yaml")).unwrap();
    assert!(written.starts_with(HEADER), "{written}");
    assert_eq!(unmesh(dir.path(), &["translate", "-", "-o", "piped"]).0, 0);
    assert!(dir.path().join("piped/stdin.yaml").exists());
    assert_eq!(unmesh(dir.path(), &["translate", "k", "-o", "out"]).1, "");
}

#[test]
fn check_writes_nothing_and_names_what_differs() {
    let dir = tree(POLICY);
    let check = ["translate", "k", "-o", "out", "--check"];
    let (status, stdout, stderr) = unmesh(dir.path(), &check);
    assert_eq!((status, stdout.as_str(), dir.path().join("out").exists()), (1, "", false));
    assert!(stderr.contains("`out/web.yaml` is missing\n"), "{stderr}");
    unmesh(dir.path(), &["translate", "k", "-o", "out"]);
    assert_eq!(unmesh(dir.path(), &check).0, 0);
    fs::write(dir.path().join("out/web.yaml"), HEADER).unwrap();
    let (status, _, stderr) = unmesh(dir.path(), &check);
    assert!(status == 1 && stderr.contains("`out/web.yaml` differs\n"), "{stderr}");
    fs::rename(dir.path().join("out/web.yaml"), dir.path().join("out/old.yaml")).unwrap();
    let (status, _, stderr) = unmesh(dir.path(), &check);
    assert!(status == 1 && stderr.contains("`out/old.yaml` is stale"), "{stderr}");
}

#[test]
fn what_is_in_the_way_is_status_2_and_stays() {
    let dir = tree(POLICY);
    fs::create_dir(dir.path().join("out")).unwrap();
    fs::write(dir.path().join("out/web.yaml"), "mine\n").unwrap();
    for args in [
        &["translate", "k", "-o", "out"][..],
        &["translate", "k", "-o", "out", "--check"],
        &["diff", "k", "-o", "out"],
        &["translate", "k", "-o", "k/web.yaml"],
    ] {
        let (status, stdout, stderr) = unmesh(dir.path(), args);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
    }
    assert_eq!(fs::read_to_string(dir.path().join("out/web.yaml")).unwrap(), "mine\n");
    assert_eq!(fs::read_to_string(dir.path().join("k/web.yaml")).unwrap(), POLICY);
}

#[cfg(target_os = "linux")]
#[test]
fn no_space_leaves_the_old_files() {
    let dir = tree(POLICY);
    for foreign in [false, true] {
        unmesh(dir.path(), &["translate", "k", "-o", "out"]);
        if foreign {
            fs::write(dir.path().join("out/mine"), "").unwrap();
        }
        let old = fs::read_to_string(dir.path().join("out/web.yaml")).unwrap();
        let script =
            "trap '' XFSZ; ulimit -f 0; exec \"$UNMESH\" translate k -o out --target calico@3.29 2>&1";
        let command = Command::new("sh").args(["-c", script]).env("UNMESH", env!("CARGO_BIN_EXE_unmesh"));
        let output = command.current_dir(dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(fs::read_to_string(dir.path().join("out/web.yaml")).unwrap(), old);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "something is left beside");
        assert_eq!(fs::read_dir(dir.path().join("out")).unwrap().count(), 1 + usize::from(foreign));
    }
}

#[test]
fn a_patch_names_files_from_here_and_only_below() {
    let dir = tree(POLICY);
    let (status, patch, stderr) = unmesh(dir.path(), &["diff", "k"]);
    assert!(status == 0 && patch.starts_with("--- a/k/web.yaml\n+++ b/k/web.yaml\n"), "{patch}{stderr}");
    let whole = dir.path().join("k");
    assert_eq!(unmesh(dir.path(), &["diff", whole.to_str().unwrap()]).1.lines().next(), patch.lines().next());
    let (status, _, stderr) = unmesh(&dir.path().join("k"), &["diff", "../k/../k"]);
    assert_eq!(status, 0, "{stderr}");
    fs::create_dir(dir.path().join("elsewhere")).unwrap();
    let (status, patch, stderr) = unmesh(&dir.path().join("elsewhere"), &["diff", "../k"]);
    assert_eq!((status, patch.as_str()), (2, ""));
    assert!(stderr.contains("is not below the current directory"), "{stderr}");
}
