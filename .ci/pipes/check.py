"""Runs the shell blocks of docs/ci in a copy of testdata/pipes.

usage: check.py SCRATCH      SCRATCH/bin holds unmesh, helm, kustomize and kubectl
`<!-- run: status N[, words] -->` before a block: what it ends with, and what it has to say.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from pages import ROOT, blocks

failures = []


def run(text, folder, home, server):
    """The block in bash, which stops at nothing by itself: status and what it said."""
    kubeconfig = home / "kubeconfig"
    kubeconfig.write_text(
        f"""apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: here, user: nobody}}}}]
clusters: [{{name: here, cluster: {{server: '{server}'}}}}]
users: [{{name: nobody, user: {{}}}}]
"""
    )
    environment = {
        "PATH": f"{folder.parent / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "KUBECONFIG": str(kubeconfig),
    }
    ended = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", text], cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, timeout=60,
    )
    return ended.returncode, ended.stdout


def main():
    scratch = pathlib.Path(sys.argv[1])
    cluster = scratch / "cluster"
    shutil.copytree(ROOT / "testdata/readme", cluster)
    server = subprocess.Popen(
        [sys.executable, ROOT / ".ci/pipes/cluster.py", cluster], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    address = server.stdout.readline().strip()
    count = 0

    def check(name, text, status, words):
        nonlocal count
        count += 1
        folder = scratch / f"work-{count}"
        home = scratch / f"home-{count}"
        shutil.copytree(ROOT / "testdata/pipes", folder)
        home.mkdir()
        got, said = run(text, folder, home, address)
        if got != status or words not in said:
            failures.append(f"{name}: status {got}, wanted {status} and {words!r}\n{text}{said}")
        return said

    for page, mark, text in blocks("sh"):
        found = re.fullmatch(r"run: status (\d)(?:, (.*))?", mark)
        if not found:
            failures.append(f"{page}: a block does not say how it ends\n{text}")
            continue
        check(page, text, int(found[1]), found[2] or "")

    # What the page says of a cluster that does not show everything.
    get = next(text for _, _, text in blocks("sh") if "kubectl get" in text)
    everything = check("all kinds", get, 1, "1 AuthorizationPolicy")
    if "2 Namespace" not in everything or "1 Deployment" not in everything:
        failures.append(f"the cluster is not read as its files are\n{everything}")
    (cluster / "forbidden").mkdir()
    (cluster / "forbidden/networkpolicies").touch()
    check("one kind is forbidden", get + "echo", 0, "forbidden")
    check("one kind is forbidden", get.replace("| unmesh lint -", "| unmesh lint --fail-on never -"), 1, "1 AuthorizationPolicy")
    check("without pipefail", get.replace("set -o pipefail", "").replace("lint -", "lint --fail-on never -"), 0, "forbidden")
    server.stdin.close()
    server.wait(10)

    if failures:
        print("\n".join(failures))
        sys.exit(1)
    print(f"pipes: {count} runs with helm, kustomize and kubectl")


main()
