//! `unmesh init`: what it writes can be read, changes nothing but what it states, and shows what it found.

use super::{Place, custom, header, unreadable};
use std::path::Path;
use unmesh::config::file::{File, keys};

/// The settings that are not in use, taken into use: lines with `#` and no space behind it.
fn all_in_use(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with([' ', '#']) => rest.to_string(),
        _ => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn folder(path: &str) -> Place {
    let place = Place::new(&[]);
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path);
    let mut files: Vec<_> = std::fs::read_dir(&from).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "yaml")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        place.write(name, std::fs::read(file).unwrap());
    }
    place
}

#[test]
fn what_it_writes_changes_nothing_but_what_it_states() {
    for (input, states) in [
        ("readme", &[][..]),
        ("mesh/operator", &["root-namespace", "trust-domain"]),
        ("mesh/disagree", &[]),
        ("mesh/unreadable", &["root-namespace", "trust-domain"]),
        ("codes/UM010", &[]),
        ("translate/custom", &[]),
        ("workloads/injection", &[]),
    ] {
        let place = folder(input);
        let before = place.json(&["lint", "."]);
        let end = place.run(&["init", "."]);
        assert_eq!(end.status, 0, "{input}: {}", end.stderr);
        assert!(end.stderr.ends_with("wrote unmesh.toml\nnext: unmesh lint .\n"), "{input}: {}", end.stderr);
        let text = place.read("unmesh.toml");
        let file = File::read(&text).unwrap_or_else(|problems| panic!("{input}: {problems:?}"));
        let used: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with(['#', '[']) && !line.is_empty())
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(used, states, "{input}");
        assert!(file.accept.is_empty() && file.target.is_none(), "{input}");
        let after = place.json(&["lint", "."]);
        if states.is_empty() {
            assert_eq!(after, before, "{input}");
        }
        let codes = |run: &serde_json::Value| -> Vec<String> {
            let shown = run["findings"].as_array().unwrap().iter();
            shown.filter(|one| one["severity"] != "info").map(|one| one["code"].to_string()).collect()
        };
        assert_eq!(codes(&after), codes(&before), "{input}");
    }
}

#[test]
fn every_key_stands_there_and_can_be_taken_into_use() {
    let place = Place::new(&[("a.yaml", &header("one")), ("b.yaml", &custom("two"))]);
    let text = place.run(&["init", "--stdout", "."]).stdout;
    assert!(!place.path().join("unmesh.toml").exists());
    let used =
        all_in_use(&text).replace("reason = \"\"", "reason = \"x\"").replace("NAMESPACE/ACCOUNT", "a/b");
    let used = used.replace("exclude = []", "exclude = [\"x\"]").replace("[\"NAMESPACE\"]", "[\"shop\"]");
    let file = File::read(&used).unwrap_or_else(|problems| panic!("{problems:?}\n{used}"));
    let File { target, layout, staged, l7, fail_on, baseline, exclude, mesh, severity, accept, overrides } =
        &file;
    assert!(target.is_some() && layout.is_some() && staged.is_some() && l7.is_some() && fail_on.is_some());
    assert!(baseline.is_some() && !exclude.is_empty() && !severity.is_empty() && !overrides.is_empty());
    assert!(mesh.root_namespace.is_some() && mesh.trust_domain.is_some() && mesh.namespaces.is_some());
    assert!(mesh.system_namespaces.is_some() && mesh.default_namespace.is_some());
    assert_eq!(mesh.identities.len(), 1);
    let accepted: Vec<&str> = accept.iter().map(|one| one.code.id).collect();
    assert_eq!(accepted, ["UM202", "UM212"]);
    assert!(accept.iter().all(|one| one.object.is_some()));
    for key in keys::ALL.iter().filter(|key| ["", "mesh"].contains(&key.table)) {
        assert!(text.contains(&format!("\n#{} = ", key.name)), "{}", key.name);
    }
    // Taken into use, the acceptances do what they say: nothing fails.
    let accepts: String = used[used.find("[[accept]]").unwrap()..].to_string();
    place.write("unmesh.toml", accepts);
    assert_eq!(place.run(&["lint", "."]).status, 0);
}

#[test]
fn what_the_input_shows_is_stated() {
    let node = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: calico-node, namespace: kube-system}\nspec:\n  selector: {matchLabels: {k8s-app: calico-node}}\n  template:\n    metadata: {labels: {k8s-app: calico-node}}\n    spec:\n      containers:\n      - {name: calico-node, image: \"docker.io/calico/node:v3.29.2\"}\n";
    let gateway = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ingress, namespace: istio-system}\nspec:\n  selector: {matchLabels: {istio: ingressgateway}}\n  template:\n    metadata: {labels: {istio: ingressgateway}, annotations: {inject.istio.io/templates: gateway}}\n    spec: {serviceAccountName: ingress, containers: [{name: istio-proxy, image: auto}]}\n";
    let installation = "apiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {variant: Calico}\n";
    let namespace =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
    let place = Place::new(&[("node.yaml", node), ("gateway.yaml", gateway), ("shop.yaml", namespace)]);
    let text = place.run(&["init", "--stdout", "."]).stdout;
    for line in [
        "target = \"calico@3.29.2\"",
        "# found: the image of DaemonSet/kube-system/calico-node in node.yaml:10",
        "#\"istio-system/ingress\" = \"NAMESPACE/ACCOUNT\"",
        "# - shop: in the mesh; its Namespace has an injection label",
        "# - kube-system: not in the mesh; it is a system namespace",
        "#namespaces = [\"shop\"]",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    let text = place.run(&["init", "--stdout", "--target", "kubernetes", "--fail-on", "warning", "."]).stdout;
    assert!(
        text.contains("\ntarget = \"kubernetes\"\n") && text.contains("\nfail-on = \"warning\"\n"),
        "{text}"
    );
    let place = Place::new(&[("tigera.yaml", installation)]);
    let text = place.run(&["init", "--stdout", "."]).stdout;
    assert!(text.contains("# seen: 1 Installation of operator.tigera.io\n"), "{text}");
}

#[test]
fn a_file_that_is_there_is_not_replaced_by_accident() {
    let place = Place::new(&[("a.yaml", &unreadable("one")), ("unmesh.toml", "# mine\n")]);
    let end = place.run(&["init", "."]);
    assert_eq!((end.status, place.read("unmesh.toml").as_str()), (2, "# mine\n"), "{}", end.stderr);
    assert!(end.stderr.contains("--force"), "{}", end.stderr);
    assert_eq!(place.run(&["init", "--stdout", "."]).status, 0);
    assert_eq!(place.read("unmesh.toml"), "# mine\n");
    assert_eq!(place.run(&["init", "--force", "."]).status, 0);
    assert!(place.read("unmesh.toml").contains("policy-unreadable"));
    let left: Vec<_> =
        std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    let end = place.run(&["init", "none"]);
    assert_eq!(end.status, 2, "nothing to read: {}", end.stderr);
}

/// Names of files stand in comments, which they cannot end.
#[cfg(unix)]
#[test]
fn names_of_the_input_cannot_leave_their_comment() {
    let mesh = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |-\n    trustDomain: prod\n";
    let name = "x\n[[accept]]\ncode = 'UM010'\nreason = 'x'\n#\u{7f}.yaml";
    let place = Place::new(&[(name, mesh), ("b.yaml", &unreadable("one"))]);
    let text = place.run(&["init", "--stdout", "."]).stdout;
    assert!(text.contains("found: x\\u{a}[[accept]]"), "{text}");
    let file = File::read(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    assert!(file.accept.is_empty());
    let shown = place.run(&["config", "."]).stdout;
    assert!(File::read(&shown).is_ok_and(|file| file.accept.is_empty()), "{shown}");
}
