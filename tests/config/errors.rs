//! What is wrong with a file: each mistake with the text that it is about, and all of them at once.

use super::Place;
use unmesh::config::file::File;

/// Text, then what is underlined and a part of what is said, for each mistake.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

const ROWS: &[Row] = &[
    ("target = 3", &[("3", "`target` wants a string, and this is a number")]),
    ("target = [\"calico\"]", &[("[\"calico\"]", "`target` wants a string, and this is a list")]),
    ("[target]\nx = 1", &[("[target]", "`target` wants a string, and this is a table")]),
    ("target = \"calico@3.25\"", &[("\"calico@3.25\"", "Calico 3.25 is older")]),
    ("target = \"cilium\"", &[("\"cilium\"", "`cilium` is not built yet")]),
    ("layout = \"tier\"", &[("\"tier\"", "did you mean `tiers`?")]),
    ("staged = \"true\"", &[("\"true\"", "`staged` wants true or false, and this is a string")]),
    ("l7 = true", &[("true", "`l7` wants a string, and this is true")]),
    ("fail-on = \"warn\"", &[("\"warn\"", "`warn` is none of `error`, `warning`, `info`, `never`")]),
    ("fail_on = \"error\"", &[("fail_on", "there is no key `fail_on`")]),
    ("exclude = \"a\"", &[("\"a\"", "`exclude` wants a list of strings")]),
    ("exclude = [\"b\", \"!a\"]", &[("\"!a\"", "would take back other patterns")]),
    ("exclude = [\"../a\"]", &[("\"../a\"", "matches nothing")]),
    ("layot = \"tiers\"", &[("layot", "there is no key `layot`")]),
    ("root-namespace = \"a\"", &[("root-namespace", "there is no key `root-namespace`")]),
    ("mesh = 1", &[("1", "`mesh` wants a table, and this is a number")]),
    ("[mesh]\nroot-namespace = \"A\"", &[("\"A\"", "`A` can name no namespace")]),
    ("[mesh]\ntrust-domain = \"a b\"", &[("\"a b\"", "`a b` can name no trust domain")]),
    ("[mesh]\nnamespaces = []", &[("[]", "no namespace would be in the mesh")]),
    ("[mesh]\nnamespaces = [\"a\", \"B\"]", &[("\"B\"", "`B` can name no namespace")]),
    ("[mesh]\nnamspaces = [\"a\"]", &[("namspaces", "there is no key `namspaces` in `mesh`")]),
    ("[mesh.identities]\na = \"b/c\"", &[("a", "`a` is no `NAMESPACE/ACCOUNT`")]),
    ("[mesh.identities]\n\"a/b\" = [\"c/d\", \"c\"]", &[("\"c\"", "`c` is no `NAMESPACE/ACCOUNT`")]),
    ("[mesh.identities]\na/b = \"c/d\"", &[("/", "this is no TOML")]),
    ("[severity]\nUM3xx = \"of\"", &[("\"of\"", "did you mean `off`?")]),
    ("[severity]\nUM9xx = \"off\"", &[("UM9xx", "no such family")]),
    ("[severity]\nhost-mach = \"off\"", &[("host-mach", "did you mean `host-match`?")]),
    ("[severity]\nhost-match = \"off\"\nUM201 = \"info\"", &[("UM201", "by its number and by its name")]),
    ("accept = \"UM201\"", &[("\"UM201\"", "`accept` wants tables")]),
    ("[[accept]]\ncode = \"UM201\"", &[("[[accept]]", "an acceptance without a `reason`")]),
    ("[[accept]]\nreason = \"x\"", &[("[[accept]]", "this accepts nothing: it has no `code`")]),
    ("[[accept]]\ncode = \"UM201\"\nreason = \" \"", &[("\" \"", "more than white space")]),
    ("[[accept]]\ncode = \"UM2xx\"\nreason = \"x\"", &[("\"UM2xx\"", "a whole family cannot be accepted")]),
    (
        "[[accept]]\ncode = \"UM201\"\nobject = \"web\"\nreason = \"x\"",
        &[("\"web\"", "`web` is no `KIND/NAMESPACE/NAME`")],
    ),
    ("[[accept]]\ncode = \"UM201\"\npaths = []\nreason = \"x\"", &[("[]", "it names no file")]),
    (
        "[[accept]]\ncode = \"UM201\"\nreason = \"x\"\n[[accept]]\ncode = \"host-match\"\nreason = \"y\"",
        &[("\"host-match\"", "`host-match` is accepted already, above")],
    ),
    ("[[override]]\npaths = [\"a\"]", &[("[[override]]", "without `severity`")]),
    ("[[override]]\nseverity = { UM1xx = \"off\" }", &[("[[override]]", "without `paths`")]),
    (
        "[[override]]\npaths = [\"a\"]\nseverity = {}\naccept = [\"UM201\"]",
        &[("accept", "an acceptance changes what is written")],
    ),
    ("target = \"kubernetes\"\ntarget = \"calico\"", &[("target", "`target` stands twice")]),
    ("[mesh]\n[mesh]", &[("mesh", "`mesh` stands twice")]),
    ("target = calico", &[("calico", "this is no TOML")]),
    (
        "target = 1\nlayot = 1\n[mesh]\nfoo = 1\n[severity]\nUM3xx = 1\n[[accept]]\n",
        &[
            ("1", "`target` wants a string"),
            ("layot", "no key `layot`"),
            ("foo", "no key `foo` in `mesh`"),
            ("1", "`UM3xx` wants a string"),
            ("[[accept]]", "no `code`"),
            ("[[accept]]", "without a `reason`"),
        ],
    ),
    (
        "\u{feff}target = \"x\"\r\nlayout = \"y\"\r\n",
        &[("\"x\"", "`x` is no target"), ("\"y\"", "`y` is none of")],
    ),
];

#[test]
fn each_mistake_is_shown_where_it_stands_and_all_at_once() {
    for (text, expected) in ROWS {
        let problems = File::read(text).expect_err(text);
        let shown: Vec<(&str, &str)> =
            problems.iter().map(|one| (&text[one.at.clone()], one.message.as_str())).collect();
        assert_eq!(shown.len(), expected.len(), "{text}\n{shown:#?}");
        for ((underlined, message), (wanted, word)) in shown.iter().zip(*expected) {
            assert_eq!(underlined, wanted, "{text}");
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}

#[test]
fn help_names_the_right_key_or_place() {
    for (text, word) in [
        ("layot = \"tiers\"", "did you mean `layout`?"),
        ("fail_on = \"error\"", "did you mean `fail-on`?"),
        ("trust-domain = \"a\"", "`trust-domain` in the table [mesh]"),
        ("[mesh]\nlayout = \"tiers\"", "at the top of the file"),
        ("foo = 1", "it can be `target`, `layout`"),
        ("exclude = \"a\"", "write [\"a\"]"),
        ("[mesh.identities]\na/b = \"c/d\"", "stands in quotes"),
    ] {
        let problems = File::read(text).expect_err(text);
        let help = problems[0].help.clone().unwrap_or_default();
        assert!(help.contains(word), "{text}: {help}");
    }
}

/// The words after the name of an option, or of a key.
#[test]
fn a_value_is_refused_in_the_words_of_its_flag() {
    let place = Place::new(&[]);
    for (key, flag, value) in [
        ("target", "--target", "calico@3.25"),
        ("target", "--target", "cilium"),
        ("layout", "--layout", "tier"),
        ("l7", "--l7", "dikaste"),
        ("fail-on", "--fail-on", "warn"),
        ("mesh.root-namespace", "--root-namespace", "A"),
        ("mesh.trust-domain", "--trust-domain", "a b"),
        ("mesh.default-namespace", "--default-namespace", "-"),
    ] {
        place.write("unmesh.toml", format!("{key} = \"{value}\"\n"));
        let problems = File::read(&place.read("unmesh.toml")).expect_err(key);
        let (_, words) = problems[0].message.split_once(": ").unwrap();
        let by_flag = place.run(&["lint", "--no-config", &format!("{flag}={value}"), "-"]);
        assert_eq!(by_flag.status, 2, "{key}");
        assert!(by_flag.stderr.contains(words), "{words}\n{}", by_flag.stderr);
    }
}

#[test]
fn a_mistake_stops_the_run_with_an_excerpt() {
    let place =
        Place::new(&[("unmesh.toml", "target = \"calico@3.29\"\nlayot = \"tiers\"\n"), ("a.yaml", "")]);
    let end = place.run(&["lint", "."]);
    assert_eq!((end.status, end.stdout.as_str()), (2, ""));
    for word in
        ["[unmesh.toml:2:1]", "layot = \"tiers\"", "^^^^^", "did you mean `layout`?", "has 1 mistake;"]
    {
        assert!(end.stderr.contains(word), "{word}: {}", end.stderr);
    }
    place.write("other.toml", "target = \"\u{1b}[31mred\"\n[\"\\u001b[31m\"]\n");
    let hostile = place.run(&["lint", "--config", "other.toml", "."]);
    assert!(hostile.status == 2 && !hostile.stderr.contains('\u{1b}'), "{}", hostile.stderr);
    let quiet = place.run(&["lint", "-q", "."]);
    assert!(
        quiet.stderr.starts_with("unmesh.toml:2:1: error: there is no key `layot`\n"),
        "{}",
        quiet.stderr
    );
    assert_eq!(place.run(&["lint", "--no-config", "a.yaml"]).status, 0);
}

#[test]
fn a_file_that_is_no_text_or_no_file_stops_the_run() {
    let place = Place::new(&[("a.yaml", "")]);
    let mut long = b"# ".to_vec();
    long.resize((1 << 20) + 1, b'x');
    for (row, bytes, status, word) in [
        ("no UTF-8", b"target = \"\xff\"".to_vec(), 2, "is no UTF-8 text: byte 0xff at line 1, column 11"),
        ("UTF-16", b"\xff\xfet\0=\0".to_vec(), 2, "UTF-16"),
        ("a zero byte", b"target\0".to_vec(), 2, "binary file"),
        ("too long", long, 2, "larger than 1 MiB"),
        ("empty", Vec::new(), 0, "the configuration is unmesh.toml, which is empty"),
        ("white space", b" \r\n".to_vec(), 0, "which is empty"),
        (
            "a mark and CRLF",
            "\u{feff}fail-on = \"never\"\r\n".into(),
            0,
            "the configuration is unmesh.toml\n",
        ),
    ] {
        place.write("unmesh.toml", bytes);
        let end = place.run(&["lint", "a.yaml"]);
        assert_eq!(end.status, status, "{row}: {}", end.stderr);
        assert!(end.stderr.contains(word), "{row}: {}", end.stderr);
    }
    std::fs::remove_file(place.path().join("unmesh.toml")).unwrap();
    std::fs::create_dir(place.path().join("unmesh.toml")).unwrap();
    let end = place.run(&["lint", "a.yaml"]);
    assert_eq!(end.status, 2);
    assert!(
        end.stderr.contains("cannot read the configuration `unmesh.toml`: it is a directory"),
        "{}",
        end.stderr
    );
    let end = place.run(&["lint", "--config", "none.toml", "a.yaml"]);
    assert!(end.status == 2 && end.stderr.contains("`none.toml`"), "{}", end.stderr);
}
