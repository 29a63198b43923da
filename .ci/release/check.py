"""Steps of release.yml that need nothing of GitHub, run as they stand in a copy of the checkout.

usage: check.py PROGRAM SCRATCH
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
JOBS = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
TARGETS = [row["target"] for row in JOBS["build"]["strategy"]["matrix"]["include"]]


def step(job, name):
    return next(step for step in JOBS[job]["steps"] if step.get("name") == name)


def run(job, name, checkout, **values):
    """The step in GitHub's shell; `values` are its `env`, whose expressions are not evaluated here."""
    one = step(job, name)
    if set(values) != set(one.get("env", {})):
        sys.exit(f"release.yml: {name} has env {sorted(one.get('env', {}))}")
    # Without `shell:` a step has no pipefail.
    options = ["-e", "-o", "pipefail"] if one.get("shell") == "bash" else ["-e"]
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(checkout), "GITHUB_OUTPUT": str(checkout / "output"), **values}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", *options, "-c", one["run"]],
        cwd=checkout, env=environment, text=True, capture_output=True,
    )


def expect(is_so, what):
    if not is_so:
        sys.exit(f"release: {what}")


def main():
    program, scratch = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    checkout = scratch / "checkout"
    (checkout / "bin").mkdir(parents=True)
    (checkout / "bin/python").symlink_to(shutil.which("python3"))
    for name in (".ci", "CHANGELOG.md", "Cargo.toml", "LICENSE", "README.md"):
        (checkout / name).symlink_to(ROOT / name)
    version = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]

    agree = "The tag, Cargo.toml and CHANGELOG.md agree"
    by_hand = run("version", agree, checkout, TAG="")
    expect(by_hand.returncode == 0, by_hand.stderr)
    expect((checkout / "output").read_text() == f"version={version}\n", "the version is not handed on")
    other = run("version", agree, checkout, TAG="v99.0.0")
    expect(other.returncode != 0 and "the tag is v99.0.0" in other.stderr, "a tag of another version passes")
    # Until the first release the changes are under Unreleased: a tag has to fail, and passes with a section.
    (checkout / "CHANGELOG.md").unlink()
    (checkout / "CHANGELOG.md").write_text(f"# Changelog\n\n## [Unreleased]\n\n- later\n")
    unsaid = run("version", agree, checkout, TAG=f"v{version}")
    expect(unsaid.returncode != 0 and "has no section" in unsaid.stderr, "a version without changes passes")
    (checkout / "CHANGELOG.md").write_text(
        f"# Changelog\n\n## [Unreleased]\n\n## [{version}] - 2030-01-01\n\n- this\n\n## [0.0.1]\n\n- older\n\n[{version}]: https://example.com\n"
    )
    said = run("version", agree, checkout, TAG=f"v{version}")
    expect(said.returncode == 0 and said.stdout.strip() == "- this", said.stdout + said.stderr)

    dist = checkout / "dist"
    for target in TARGETS:
        if target.endswith("-gnu"):
            continue
        windows = "windows" in target
        folder = checkout / "target" / target / "release"
        folder.mkdir(parents=True)
        (folder / ("unmesh.exe" if windows else "unmesh")).symlink_to(program)
        made = []
        # One of each kind twice.
        for _ in range(2 if windows or target == TARGETS[0] else 1):
            ran = run("build", "Archive", checkout, TARGET=target)
            expect(ran.returncode == 0, ran.stderr)
            made.append((checkout / ran.stdout.strip()).read_bytes())
        expect(made[0] == made[-1], "two archives of one program differ")
        path = checkout / ran.stdout.strip()
        top = f"unmesh-{version}-{target}"
        if windows:
            names = zipfile.ZipFile(path).namelist()
        else:
            with tarfile.open(path) as archive:
                names = archive.getnames()
                archive.extractall(scratch / "unpacked", filter="data")
            unpacked = subprocess.check_output([scratch / "unpacked" / top / "unmesh", "--version"], text=True)
            expect(unpacked == f"unmesh {version}\n", "the program of the archive does not run")
        wanted = {"LICENSE", "README.md", "CHANGELOG.md", "completions/_unmesh", "man/man1/unmesh-lint.1"}
        wanted.add("unmesh.exe" if windows else "unmesh")
        expect(wanted <= {name.removeprefix(f"{top}/") for name in names}, f"{path.name} lacks some of {wanted}")
        expect(all(name.startswith(f"{top}/") for name in names), f"{path.name} has files beside {top}")

    (dist / f"unmesh-{version}.tar.gz").write_bytes(b"the source distribution")
    (dist / f"unmesh-{version}-py3-none-any.whl").write_bytes(b"a wheel")
    sums = run("draft", "Checksums", checkout)
    expect(sums.returncode == 0, sums.stderr)
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=dist)
    expect(checked.returncode == 0, "the checksums are wrong")
    expect("SHA256SUMS" not in (dist / "SHA256SUMS").read_text(), "the checksums name themselves")
    dist.rename(checkout / "all")
    published = run("wheels", "Wheels and the source distribution alone", checkout, VERSION=version)
    expect(published.returncode == 0, published.stderr)
    expect(len(list(dist.iterdir())) == 2, f"published would be {list(dist.iterdir())}")
    print(f"release: its steps for {len(TARGETS)} targets, as far as they need nothing of GitHub")


main()
