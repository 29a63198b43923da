"""The workflows of docs/ci/github.md, run from the first line to the last by `act` with our action; and
the action in the corners that only a real runner shows.

usage: workflows.py ACT PROGRAM WHEELS SCRATCH      WHEELS is a folder with a wheel, or empty
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from github import TOKEN, Api, pull_request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci/pipes"))
from pages import blocks, version  # noqa: E402

# In the place of GitHub's own action, which is not to be had here: it says what it was given.
UPLOAD = """name: upload
inputs:
  sarif_file: {required: true}
  category: {required: false}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        FILE: ${{ inputs.sarif_file }}
        CATEGORY: ${{ inputs.category }}
      run: |
        echo "uploaded $(jq -r .version "$FILE") as $CATEGORY"
        exit UPLOADS
"""


class Runner:
    def __init__(self, act, scratch, path, wheels):
        self.act, self.scratch, self.count, self.path, self.wheels = act, scratch, 0, path, wheels

    def run(self, workflow, files, api, upload=0):
        """The workflow in a checkout of its own: whether it succeeded, and its log."""
        self.count += 1
        work = self.scratch / f"workflow-{self.count}"
        checkout, codeql = work / "checkout", work / "codeql"
        (checkout / ".github/workflows").mkdir(parents=True)
        (checkout / ".github/workflows/page.yml").write_text(workflow)
        for name, source in files.items():
            if source.is_dir():
                shutil.copytree(source, checkout / name)
            else:
                shutil.copy(source, checkout / name)
        action = work / "action"
        action.mkdir()
        for name in ("action.yml", "Cargo.toml"):
            shutil.copy(ROOT / name, action)
        shutil.copytree(ROOT / "action", action / "action")
        (codeql / "upload-sarif").mkdir(parents=True)
        (codeql / "upload-sarif/action.yml").write_text(UPLOAD.replace("UPLOADS", str(upload)))
        event = work / "event.json"
        event.write_text(json.dumps(pull_request()))
        git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@localhost", "-C", str(checkout)]
        subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", "all"], check=True)
        environment = {
            "GITHUB_API_URL": api.url, "GITHUB_REPOSITORY": "shop/manifests",
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels),
        }
        command = [
            self.act, "pull_request", "--eventpath", event, "--platform", "ubuntu-latest=-self-hosted",
            "--local-repository", f"unmesh/unmesh@v{version()}={action}",
            "--local-repository", f"github/codeql-action@v4={codeql}",
            "--secret", f"GITHUB_TOKEN={TOKEN}", "--action-cache-path", work / "cache",
        ]
        for name, value in environment.items():
            command += ["--env", f"{name}={value}"]
        inherited = {"PATH": self.path, "HOME": str(work), "XDG_CACHE_HOME": str(work / "cache"), "ACT_DISABLE_VERSION_CHECK": "1"}
        ended = subprocess.run(
            list(map(str, command)), cwd=checkout, env=inherited, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180,
        )
        return ended.returncode, ended.stdout


def main():
    act, program, wheels, scratch = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]).resolve(), pathlib.Path(sys.argv[4])
    bin = scratch / "bin"
    bin.mkdir(parents=True)
    helm = shutil.which("helm", path=os.environ.get("UNMESH_HELM_FOLDER", ""))
    if helm:
        (bin / "helm").symlink_to(helm)
    runner = Runner(act, scratch, f"{bin}:{os.environ['PATH']}", wheels)
    has_wheel = any(wheels.glob("*.whl"))
    files = {"manifests": ROOT / "testdata/readme", "chart": ROOT / "testdata/pipes/chart"}
    pages = [(mark, text) for page, mark, text in blocks("yaml") if page == "github.md"]
    wrong = []

    def check(name, is_so, log):
        if not is_so:
            wrong.append(f"{name}\n{log}")

    def local(text):
        """Without a wheel, the program that is there."""
        if has_wheel:
            return text
        return re.sub(r"(        with:\n)(?=          paths)", rf"\1          binary: {program}\n", text)

    for mark, text in pages:
        name = re.search(r"^name: (.*)$", text, re.M)[1]
        if "bin/pip" in text and not has_wheel:
            print(f"no wheel here: the workflow `{name}` is not run")
            continue
        if "helm" in text and not helm:
            print(f"no helm here: the workflow `{name}` is not run")
            continue
        api = Api()
        status, log = runner.run(local(text), files, api)
        check(f"{name} ended with {status}", status == int(mark.rsplit(" ", 1)[1]), log)
        if "uses: unmesh/unmesh" in text and status:
            check(f"{name} wrote {len(api.comments)} comments", len(api.comments) == 1, log)
            check(f"{name} uploaded nothing", "uploaded 2.1.0 as unmesh" in log, log)
        check(f"{name} shows the token", TOKEN not in log, log)

    # Code scanning that refuses, and a comment that may not be written, fail nothing.
    quiet = next(local(text) for mark, text in pages if "paths: manifests/" in text)
    quiet = quiet.replace("target: calico@3.30", "fail-on: never")
    api = Api(refuse={"POST": 403})
    status, log = runner.run(quiet, files, api, upload=1)
    check("refused uploads and comments fail the job", status == 0, log)
    check("a refused upload is not told", "code scanning did not take the findings" in log, log)
    check("a refused comment is not told", "GitHub does not let this run write a comment" in log, log)
    if wrong:
        print("\n".join(wrong))
        sys.exit(1)
    print(f"action: {runner.count} workflows, by a local runner")


main()
