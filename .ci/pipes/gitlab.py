"""The jobs of docs/ci/gitlab.md: their lines in one shell, as GitLab's runner puts them together.

usage: gitlab.py WHEELS SCRATCH      SCRATCH/bin holds unmesh and helm; WHEELS a wheel, or nothing
"""

import os
import pathlib
import shutil
import subprocess
import sys

import yaml
from pages import ROOT, blocks


def main():
    wheels, scratch = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    unmesh = scratch / "bin/unmesh"
    if subprocess.run([unmesh, "lint", "--format", "gitlab", "-"], input=b"# nothing\n", capture_output=True).returncode:
        print("this build has no report for GitLab: its jobs are not run")
        return
    count = 0
    for page, mark, text in blocks("yaml"):
        if page != "gitlab.md":
            continue
        (job,) = yaml.safe_load(text).values()
        lines = job.get("before_script", []) + job["script"]
        if any("pip install" in line for line in lines) and not list(wheels.glob("*.whl")):
            print("no wheel here: a job of GitLab's page is not run")
            continue
        count += 1
        folder = scratch / f"gitlab-{count}"
        folder.mkdir()
        shutil.copytree(ROOT / "testdata/readme", folder / "manifests")
        shutil.copytree(ROOT / "testdata/pipes/chart", folder / "chart")
        environment = {
            "PATH": f"{scratch / 'bin'}:{os.environ['PATH']}", "HOME": str(folder),
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), **job.get("variables", {}),
        }
        script = "set -eo pipefail\n" + "\n".join(lines)
        ended = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        if ended.returncode != int(mark.rsplit(" ", 1)[1]):
            sys.exit(f"docs/ci/{page}: status {ended.returncode}\n{text}{ended.stdout}")
        for kind, file in job["artifacts"]["reports"].items():
            if not (folder / file).is_file():
                sys.exit(f"docs/ci/{page}: no {file} for {kind}\n{ended.stdout}")
        if "infos" not in ended.stdout:
            sys.exit(f"docs/ci/{page}: the log has no findings\n{ended.stdout}")
    print(f"gitlab: {count} jobs")


main()
