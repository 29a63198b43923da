"""Runs the program over test data (and a corpus) and validates what it prints.

usage: check.py PROGRAM DIRECTORY; the SARIF files stay in DIRECTORY for other readers.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import xmlschema

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FORMATS = ["json", "sarif", "github", "gitlab", "junit", "markdown"]
# What GitHub takes: 10 MB when zipped, 25,000 results, 65,536 characters of a comment.
MOST_RESULTS, LONGEST_COMMENT = 25_000, 65_536

HOSTILE = '\x1b[2J\n::error::x </testcase>]]>&#10; | `a` ${{ x }} %0A \u202e @everyone #1 [x](https://evil.example) <img> \\'


def validator(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return cls(schema, format_checker=cls.FORMAT_CHECKER)


OURS = {path.stem: validator(path) for path in sorted((ROOT / "docs/schemas").glob("*.json"))}
SARIF = validator(HERE / "schemas/sarif-2.1.0.json")
GITLAB = validator(HERE / "schemas/gitlab-code-quality.json")
JUNIT = xmlschema.XMLSchema(str(HERE / "schemas/junit-10.xsd"))
problems, counts = [], {}


def valid(validator, name, value, where):
    counts[name] = counts.get(name, 0) + 1
    for error in list(validator.iter_errors(value))[:3]:
        problems.append(f"{where}: {name}: {error.json_path}: {error.message[:300]}")


def run(program, args, directory):
    done = subprocess.run([program, *args], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    return done.returncode, done.stdout, done.stderr.decode()


def every_format(program, command, directory, out, name):
    with tempfile.TemporaryDirectory() as scratch:
        options = [f"--format={format}={scratch}/{format}" for format in FORMATS]
        status, _, stderr = run(program, [*command, *options], directory)
        where = f"{name}: {' '.join(command)}"
        if not Path(scratch, "sarif").exists():
            # No manifest there, or none that a command takes.
            if status != 2:
                problems.append(f"{where}: status {status} and no file: {stderr[-300:]}")
            return
        read = {format: Path(scratch, format).read_text(encoding="utf-8") for format in FORMATS}
    schema = {"lint": "lint", "translate": "lint", "diff": "lint"}.get(command[0], command[0])
    valid(OURS[schema], schema, json.loads(read["json"]), where)
    sarif = json.loads(read["sarif"])
    valid(SARIF, "sarif", sarif, where)
    valid(GITLAB, "gitlab", json.loads(read["gitlab"]), where)
    counts["junit"] = counts.get("junit", 0) + 1
    problems.extend(f"{where}: junit: {str(error.reason)[:300]}" for error in list(JUNIT.iter_errors(read["junit"]))[:3])
    results = sarif["runs"][0]["results"]
    if len(results) > MOST_RESULTS or len(read["markdown"]) > LONGEST_COMMENT:
        problems.append(f"{where}: {len(results)} results, {len(read['markdown'])} characters of Markdown")
    if status and not any(result["level"] != "note" for result in results):
        problems.append(f"{where}: status {status}, and SARIF shows nothing grave")
    hashes = [(r["ruleId"], json.dumps(r["locations"][0]["physicalLocation"]["artifactLocation"]),
               r["partialFingerprints"]["primaryLocationLineHash"]) for r in results]
    own = [r["partialFingerprints"]["unmesh/v1"] for r in results]
    if len(set(hashes)) < len(results) or len(set(own)) < len(results):
        problems.append(f"{where}: two results have one fingerprint")
    number = counts["sarif"]
    Path(out, f"{number:03}-{name.replace('/', '-')}.sarif").write_text(read["sarif"], encoding="utf-8")


def one(program, command, directory, schema, where):
    status, stdout, stderr = run(program, command, directory)
    if status == 2:
        problems.append(f"{where}: {stderr}")
    else:
        valid(OURS[schema], schema, json.loads(stdout), where)


def hostile(directory):
    """One policy that names the hostile text wherever it may, in a file of such a name."""
    name = json.dumps(HOSTILE)
    policy = {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
              "metadata": {"name": HOSTILE, "namespace": "shop"}, "spec": {HOSTILE: 1, "rules": [{"when": [{"key": HOSTILE}]}]}}
    fine = f"""apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: web, namespace: shop}}
spec:
  rules: [{{when: [{{key: "request.headers[x]", values: [{name}]}}]}}]
"""
    Path(directory, HOSTILE.replace("/", "_") + ".yaml").write_text(json.dumps(policy), encoding="utf-8")
    Path(directory, "fine #1.yaml").write_text(fine, encoding="utf-8")


def main():
    program, out = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(out)
    inputs = [(path.relative_to(ROOT), path) for path in sorted((ROOT / "testdata").iterdir()) if path.is_dir()]
    for name, path in inputs:
        for command in (["lint", "."], ["lint", ".", "--target", "kubernetes"], ["translate", "."]):
            every_format(program, command, path, out, str(name))
    for name in ("readme", "verify/exact", "verify/token", "verify/unreadable", "verify/administrator", "verify/networks"):
        path = ROOT / "testdata" / name
        every_format(program, ["verify", "."], path, out, name)
        one(program, ["lint", "--compare", "--format=json", "."], path, "lint-compare", name)
    for cases in sorted((ROOT / "testdata/verify").glob("*/cases.json")):
        for case in json.loads(cases.read_text(encoding="utf-8")):
            one(program, ["why", ".", *case["args"].split(" "), "--format=json"], cases.parent, "why", case["row"])
    one(program, ["rules", "--format", "json"], ROOT, "rules", "rules")
    with tempfile.TemporaryDirectory() as directory:
        hostile(directory)
        for command in (["lint", "."], ["verify", "."]):
            every_format(program, command, directory, out, "hostile")
    corpus = os.environ.get("UNMESH_CORPUS")
    for path in sorted(Path(corpus).iterdir()) if corpus else []:
        if path.is_dir():
            every_format(program, ["lint", "."], path, out, f"corpus-{path.name}")
    print(", ".join(f"{n} {name}" for name, n in sorted(counts.items())))
    if problems:
        print("\n".join(problems[:40]), f"\n{len(problems)} problems")
        sys.exit(1)


main()
