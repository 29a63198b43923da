//! Both generations of path comparison. What the newer one makes of a path was worked out with Go's
//! `net/url` and `path`, which Dikastes calls.

use super::*;

/// Name, rule, path, whether it matches to 3.31.5, and whether from 3.31.6.
type Row = (&'static str, Path, &'static str, bool, bool);

fn exact(text: &str) -> Path {
    Path::Exact(text.to_string())
}

fn prefix(text: &str) -> Path {
    Path::Prefix(text.to_string())
}

fn check(rows: &[Row]) {
    for (name, rule, path, old, new) in rows {
        assert_eq!(matches(rule, PathMatching::Raw, path), *old, "{name}, to 3.31.5");
        assert_eq!(matches(rule, PathMatching::Normalised, path), *new, "{name}, from 3.31.6");
    }
}

#[test]
fn exact_paths() {
    check(&[
        ("the same", exact("/foo"), "/foo", true, true),
        ("another", exact("/foo"), "/bar", false, false),
        ("longer", exact("/foo"), "/foobar", false, false),
        ("below", exact("/foo"), "/foo/bar", false, false),
        ("a query", exact("/foo"), "/foo?bar", true, true),
        ("a fragment", exact("/foo"), "/foo#bar", true, true),
        ("case", exact("/foo"), "/Foo", false, false),
        ("a trailing slash", exact("/foo"), "/foo/", false, true),
        ("a trailing slash in the rule", exact("/foo/"), "/foo", false, true),
        ("two slashes", exact("/foo"), "//foo", false, true),
        ("a parameter", exact("/foo"), "/foo;x", false, true),
        ("a parameter within", exact("/foo/bar"), "/foo;v=1/bar", false, true),
        ("an escaped letter", exact("/foo"), "/%66oo", false, true),
        ("an escape on both sides", exact("/%66oo"), "/%66oo", true, true),
        ("an escape in the rule", exact("/%66oo"), "/foo", false, true),
        ("an escaped parameter", exact("/foo"), "/foo%3bx", false, true),
        ("the root", exact("/"), "/", true, true),
        ("nothing but a parameter", exact("/"), "/;x", false, true),
        ("dot segments", exact("/foo"), "/a/../foo", false, true),
        ("dots above the root", exact("/foo"), "/../foo", false, true),
        ("one dot", exact("/foo/bar"), "/./foo//bar/", false, true),
        ("three dots are a name", exact("/foo"), "/foo/...", false, false),
        ("dots behind a parameter", exact("/bar"), "/foo/..;x/bar", false, true),
        ("a backslash", exact("/foo"), "/a\\..\\foo", false, true),
        ("an escaped slash", exact("/foo/bar"), "/foo%2fbar", false, true),
        ("an escaped backslash", exact("/foo/bar"), "/foo%5cbar", false, true),
        ("an escaped question mark is none", exact("/foo"), "/foo%3Fx", false, false),
        ("a plus is no space", exact("/a b"), "/a+b", false, false),
        ("a byte that is no text", exact("/%e4"), "/%E4", false, true),
    ]);
}

#[test]
fn prefixes() {
    check(&[
        ("the same", prefix("/foo"), "/foo", true, true),
        ("below", prefix("/foo"), "/foo/bar", true, true),
        ("within a segment", prefix("/pub"), "/public-leak", true, false),
        ("half a version", prefix("/api/v"), "/api/v1", true, false),
        ("a slash at its end, below", prefix("/foo/"), "/foo/bar", true, true),
        ("a slash at its end, without", prefix("/foo/"), "/foo", false, true),
        ("another", prefix("/foo"), "/fo", false, false),
        ("the root", prefix("/"), "/any/thing", true, true),
        ("out of it by dots", prefix("/foo"), "/foo/../bar", true, false),
        ("out of it by escaped dots", prefix("/foo"), "/foo/%2e%2e/bar", true, false),
        ("a query", prefix("/foo/bar"), "/foo?/bar", false, false),
    ]);
}

#[test]
fn what_cannot_be_cleaned_matches_nothing() {
    check(&[
        ("an escape of one digit", prefix("/"), "/foo%2", true, false),
        ("an escape of none", prefix("/"), "/foo%", true, false),
        ("an escape of no digits", prefix("/"), "/foo%zz", true, false),
        ("escaped twice, a slash", prefix("/"), "/foo%252fbar", true, false),
        ("escaped twice, a dot", prefix("/"), "/foo%252E", true, false),
        ("escaped twice, a backslash", prefix("/"), "/foo%255Cbar", true, false),
        ("escaped twice, a letter", prefix("/"), "/foo%2561", true, true),
        ("a zero", prefix("/"), "/fo%00o", true, false),
        ("no path", prefix("/"), "*", false, false),
        ("the rule, exact", exact("/foo%zz"), "/foo%zz", true, false),
        ("the rule, a prefix", prefix("/foo%zz"), "/foo%zz", true, false),
    ]);
}
