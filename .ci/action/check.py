"""action.yml and its scripts, run as they stand against a GitHub of our own (see github.py).

usage: check.py PROGRAM SCRATCH
"""

import json
import sys
from pathlib import Path

import yaml
from github import Api, Run, pull_request

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
MARKER = "<!-- unmesh: unmesh -->\n"

POLICY = (ROOT / "testdata/readme/orders.yaml").read_text()
CLUSTER = (ROOT / "testdata/readme/cluster.yaml").read_text()
CLEAN = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: quiet\n"

failures = []


def expect(name, what, got, wanted):
    if got != wanted:
        failures.append(f"{name}: {what}: {got!r}, wanted {wanted!r}")


def holds(name, what, is_so, shown=""):
    if not is_so:
        failures.append(f"{name}: {what}\n{shown}")


def main():
    program, scratch = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    scratch.mkdir(parents=True, exist_ok=True)

    count = 0

    def run(files=None, api=None, event=None, inputs=None, **more):
        nonlocal count
        count += 1
        work = scratch / f"run-{count}"
        checkout = work / "checkout"
        checkout.mkdir(parents=True)
        for name, text in (files or {"orders.yaml": POLICY, "cluster.yaml": CLUSTER}).items():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            (checkout / name).write_text(text)
        api = api or Api()
        inputs = {"binary": str(program), **(inputs or {})}
        event = pull_request() if event is None else event
        return Run(ACTION, ROOT, work, inputs, event, api.url, **more), api

    clean = {"quiet.yaml": CLEAN}

    # First comment: written once, with the marker that it is found by; the job fails with unmesh.
    first, api = run()
    name = "first comment"
    expect(name, "failed", first.failed, True)
    expect(name, "status", first.outputs["status"], "1")
    expect(name, "errors", first.outputs["errors"], "1")
    expect(name, "comments", len(api.comments), 1)
    report = Path(first.outputs["markdown"]).read_text()
    if api.comments:
        expect(name, "comment", api.comments[0]["body"], MARKER + report)
    expect(name, "summary", first.summary, report)
    expect(name, "uploads", [uses for uses, _ in first.uses], ["github/codeql-action/upload-sarif@v4"])
    if first.uses:
        expect(name, "upload", first.uses[0][1], {"sarif_file": first.outputs["sarif"], "category": "unmesh"})
    expect(name, "SARIF", json.loads(Path(first.outputs["sarif"]).read_text())["version"], "2.1.0")
    holds(name, "the token is in the log", "ghs_token" not in first.log, first.log)

    # Update: the same comment, no second one.
    again, _ = run(api=api)
    expect("update", "comments", len(api.comments), 1)
    expect("update", "asked", [method for method, _ in api.asked], ["GET", "POST", "GET", "PATCH"])
    expect("update", "failed", again.failed, True)

    # Clean afterwards: the comment says so; clean from the start: no comment.
    mended, _ = run(files=clean, api=api)
    expect("mended", "failed", mended.failed, False)
    expect("mended", "status", mended.outputs["status"], "0")
    expect("mended", "comment", api.comments[0]["body"], MARKER + Path(mended.outputs["markdown"]).read_text())
    holds("mended", "the comment is the old one", api.comments[0]["body"] != MARKER + report)
    quiet, api = run(files=clean)
    expect("clean", "failed", quiet.failed, False)
    expect("clean", "asked", [method for method, _ in api.asked], ["GET"])

    # Over a hundred comments before ours, a copy of the marker by a person, one of another category.
    api = Api()
    for number in range(120):
        api.add(f"comment {number}", "User")
    api.add(MARKER + "copied by a person", "User")
    api.add("<!-- unmesh: other -->\nof another job")
    ours = api.add(MARKER + "old")
    for number in range(60):
        api.add(f"later {number}", "User")
    run(api=api)
    expect("pages", "asked", [path.split("?")[-1] for method, path in api.asked if method == "GET"],
           ["per_page=100&page=1", "per_page=100&page=2"])
    expect("pages", "changed", [c["id"] for c in api.comments if c["body"] == MARKER + report], [ours["id"]])
    exactly = Api()
    for number in range(100):
        exactly.add(f"comment {number}", "User")
    run(api=exactly)
    expect("a full page", "comments", len(exactly.comments), 101)

    # A fork's token may not write: a warning, and the status is unmesh's.
    for status in (403, 404, 500):
        for files, failed in ((None, True), (clean, False)):
            api = Api(refuse={"POST": status, "PATCH": status})
            if files:
                api.add(MARKER + "old")
            fork, _ = run(files=files, api=api)
            name = f"refused with {status}"
            expect(name, "failed", fork.failed, failed)
            holds(name, "no warning", "::warning title=unmesh::GitHub" in fork.log, fork.log)
    unread, _ = run(files=clean, api=Api(refuse={"GET": 403}))
    expect("comments that cannot be read", "failed", unread.failed, False)
    holds("comments that cannot be read", "no warning", "::warning title=unmesh::GitHub" in unread.log)
    wrong, api = run(inputs={"token": "wrong"})
    holds("wrong token", "no warning", "status 401" in wrong.log, wrong.log)

    # A push has no pull request; comment and upload can be turned off; the upload may be refused.
    push, api = run(event={"after": "abc"})
    expect("push", "asked", api.asked, [])
    expect("push", "failed", push.failed, True)
    off, api = run(inputs={"comment": "false", "sarif": "false"})
    expect("off", "asked", api.asked, [])
    expect("off", "uploads", off.uses, [])
    refused, api = run(files=clean, upload="failure")
    expect("upload refused", "failed", refused.failed, False)
    holds("upload refused", "no warning", "::warning title=unmesh::code scanning" in refused.log)

    # Inputs are arguments and nothing else.
    hostile = {
        "a b.yaml": CLEAN, "$(touch owned).yaml": CLEAN, "-q.yaml": CLEAN, "`touch owned`.yaml": CLEAN,
    }
    paths, _ = run(files=hostile, inputs={"paths": "\n".join(hostile) + "\n"})
    expect("paths", "status", paths.outputs["status"], "0")
    files = json.loads(Path(paths.outputs["json"]).read_text())["summary"]["files"]
    expect("paths", "files", files, len(hostile))
    holds("paths", "a shell read them", not list(scratch.glob("run-*/checkout/owned")))
    accepted = "--accept 'header-match@AuthorizationPolicy/shop/orders'"
    args, _ = run(inputs={"args": accepted, "target": "calico@3.30", "fail-on": "error"})
    expect("args", "status", args.outputs["status"], "0")
    expect("args", "target", json.loads(Path(args.outputs["json"]).read_text())["target"], "calico@3.30")
    args, api = run(inputs={"args": "$(touch owned) ; touch owned"})
    expect("args of a shell", "failed", args.failed, True)
    holds("args of a shell", "a shell read them", not list(scratch.glob("run-*/checkout/owned")))
    warned, api = run(inputs={"fail-on": "never"})
    expect("fail-on never", "failed", warned.failed, False)
    expect("fail-on never", "comments", len(api.comments), 1)

    # unmesh cannot run: no comment, no upload, and a failure that is not hidden.
    for inputs in ({"paths": "nowhere"}, {"target": "calico@3.1"}, {"args": "'"}, {"binary": "nowhere"}, {"binary": "", "version": "--pre"}):
        broken, api = run(inputs=inputs)
        name = f"cannot run with {inputs}"
        expect(name, "failed", broken.failed, True)
        expect(name, "asked", api.asked, [])
        expect(name, "uploads", broken.uses, [])
        holds(name, "no word", "::error title=unmesh::" in broken.log, broken.log)

    if failures:
        print("\n".join(failures))
        sys.exit(1)
    print(f"action: {count} runs of its steps, against a GitHub of our own")


main()
