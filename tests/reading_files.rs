//! Reading files, directories and bytes, good and bad, and how each ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use unmesh::source::{Input, Sources};

fn read(paths: &[&Path]) -> Result<Sources, String> {
    let inputs: Vec<Input> = paths.iter().map(|path| Input::Path(path.to_path_buf())).collect();
    unmesh::source::read(&inputs).map_err(|error| error.message)
}

/// Makes files in a new directory.
fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    directory
}

fn relative(sources: &Sources) -> Vec<PathBuf> {
    sources.map.files().iter().map(|file| file.relative.clone()).collect()
}

#[test]
fn a_directory_gives_its_manifests_in_order() {
    let directory = directory(&[
        ("b.yaml", b"b: 1"),
        ("a/z.yml", b"z: 1"),
        ("a.json", b"{}"),
        ("A.YAML", b"a: 1"),
        ("notes.txt", b"no"),
        (".hidden.yaml", b"h: 1"),
        (".git/x.yaml", b"h: 1"),
        ("dir.yaml/inner.yaml", b"i: 1"),
        (".gitignore", b"ignored*\n"),
        ("ignored.yaml", b"i: 1"),
        ("ignored-dir/x.yaml", b"i: 1"),
    ]);
    let sources = read(&[directory.path()]).unwrap();
    let wanted = [".hidden.yaml", "A.YAML", "a.json", "a/z.yml", "b.yaml", "dir.yaml/inner.yaml"];
    assert_eq!(relative(&sources), wanted.map(PathBuf::from));
    assert!(sources.findings.is_empty() && sources.skipped.is_empty());
    assert!(sources.map.files()[1].name.ends_with("/A.YAML"));
}

#[test]
fn several_paths_are_told_apart_and_a_file_is_read_once() {
    let directory = directory(&[("one/a.yaml", b"a: 1"), ("two/a.yaml", b"b: 1"), ("odd.conf", b"c: 1")]);
    let at = |name: &str| directory.path().join(name);
    let (one, two, odd, file) = (at("one"), at("two/../two"), at("odd.conf"), at("one/a.yaml"));
    let sources = read(&[&one, &two, &odd, &file, &one]).unwrap();
    assert_eq!(relative(&sources), ["one/a.yaml", "two/a.yaml", "odd.conf"].map(PathBuf::from));
    let sources = read(&[&file]).unwrap();
    assert_eq!(relative(&sources), [PathBuf::from("a.yaml")]);
}

#[test]
fn a_path_that_the_user_named_has_to_be_there() {
    let directory = directory(&[("empty/notes.txt", b"")]);
    let missing = directory.path().join("missing.yaml");
    let message = read(&[&missing]).unwrap_err();
    assert!(message.contains("missing.yaml") && message.contains("no such file"), "{message}");
    let message = read(&[&directory.path().join("empty")]).unwrap_err();
    assert!(message.starts_with("no manifests in `"), "{message}");
}

#[test]
fn a_file_that_is_no_text_is_one_finding() {
    let rows: [(&str, &[u8], &str); 7] = [
        ("latin", b"a: 1\nb: caf\xe9 x\n", "byte 0xe9 at line 2, column 7"),
        ("after other text", "a: üü\u{feff}".as_bytes(), ""),
        ("cut", b"a: \xe2\x82", "begins at line 1, column 4 and is not whole"),
        ("zero", b"a: 1\n\x00", "a zero byte at line 2, column 1"),
        ("utf-16 with mark", b"\xff\xfea\x00:\x00", "UTF-16"),
        ("utf-16 without", b"a\x00:\x00 \x001\x00", "UTF-16"),
        ("gzip", b"\x1f\x8b\x08\x00\x00", "zero byte"),
    ];
    for (name, bytes, wanted) in rows {
        let directory = directory(&[("x.yaml", bytes), ("y.yaml", b"y: 1")]);
        let file = directory.path().join("x.yaml");
        for path in [directory.path(), &file] {
            let sources = read(&[path]).unwrap();
            let messages: Vec<&str> =
                sources.findings.iter().map(|finding| finding.message.as_str()).collect();
            if wanted.is_empty() {
                assert!(messages.is_empty(), "{name}");
                continue;
            }
            assert_eq!(messages.len(), 1, "{name}");
            assert!(messages[0].contains(wanted) && messages[0].contains("x.yaml"), "{name}: {messages:?}");
            assert_eq!(sources.findings[0].code.id, "UM002", "{name}");
            assert_eq!(sources.skipped.len(), 1, "{name}");
            assert_eq!(sources.map.files().len(), usize::from(path != file), "{name}");
        }
    }
}

#[test]
fn a_file_of_more_than_4_gib_is_refused_unread() {
    let directory = directory(&[("y.yaml", b"y: 1")]);
    let large = fs::File::create(directory.path().join("x.yaml")).unwrap();
    if large.set_len(5 << 30).is_err() {
        return; // A file system without sparse files.
    }
    let sources = read(&[directory.path()]).unwrap();
    assert!(sources.findings[0].message.contains("larger than 4 GiB"));
    assert_eq!(relative(&sources), [PathBuf::from("y.yaml")]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_files_and_end_nowhere_in_findings() {
    use std::os::unix::fs::symlink;
    let directory = directory(&[("real.txt", b"a: 1"), ("dir/b.yaml", b"b: 1")]);
    let at = |name: &str| directory.path().join(name);
    symlink(at("real.txt"), at("a.yaml")).unwrap();
    symlink(at("nowhere"), at("dangling.yaml")).unwrap();
    symlink(at("nowhere"), at("dangling.txt")).unwrap();
    symlink(directory.path(), at("dir/loop")).unwrap();
    symlink(at("self.yaml"), at("self.yaml")).unwrap();
    symlink(at("dir/b.yaml"), at("again.yaml")).unwrap();
    let sources = read(&[directory.path()]).unwrap();
    assert_eq!(relative(&sources), ["a.yaml", "again.yaml"].map(PathBuf::from));
    let named: Vec<bool> = sources.findings.iter().map(|finding| finding.code.id == "UM002").collect();
    assert_eq!(named, [true, true]);
    let skipped: Vec<&str> = sources.skipped.iter().filter_map(|skip| skip.name.rsplit('/').next()).collect();
    assert_eq!(skipped, ["dangling.yaml", "loop", "self.yaml"]);
}
