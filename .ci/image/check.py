"""The Dockerfile's stages (see run), done without docker.

usage: check.py SCRATCH [build|PROGRAM]      SCRATCH/stages.json is what docker's parser says
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def fail(what):
    sys.exit(f"image: {what}")


def allowed():
    """What .dockerignore lets through: all but nothing."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    if lines[0] != "*" or any(not line.startswith("!/") for line in lines[1:]):
        fail(".dockerignore does not begin with `*` and go on with what is needed")
    return {line[2:] for line in lines[1:]}


def copy(command, work):
    """COPY of a file or folder out of the checkout."""
    *sources, place = shlex.split(command)[1:]
    for source in sources:
        if source not in allowed():
            fail(f".dockerignore keeps {source} back")
        target = work / place.lstrip("/")
        if place.endswith("/"):
            target = target / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target)
        else:
            shutil.copy(ROOT / source, target)


def only(commands, word):
    found = [command for command in commands if command.split()[0] == word]
    if len(found) != 1:
        fail(f"{len(found)} of {word} in the last stage")
    return found[0]


def in_root(root, arguments, **more):
    """The program as the image runs it: this root alone, and nobody's user where we may choose one."""
    command = ["unshare", "--map-root-user", "chroot", str(root), *arguments]
    if os.geteuid() == 0:
        command = ["chroot", "--userspec=65532:65532", str(root), *arguments]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, capture_output=True, text=True, env=environment, **more)


def main():
    scratch, how = pathlib.Path(sys.argv[1]), sys.argv[2]
    build, image = json.loads((scratch / "stages.json").read_text())
    if not re.fullmatch(r"rust:\d+\.\d+\.\d+-alpine", build["From"]) or build["Name"] != "build":
        fail(f"built from {build['From']}")
    if image["From"] != "scratch":
        fail(f"made from {image['From']}")
    if only(image["Commands"], "USER") != "USER 65532:65532":
        fail("the user is somebody")
    if only(image["Commands"], "ENTRYPOINT") != 'ENTRYPOINT ["/unmesh"]':
        fail("the entry point is no program")

    work, root = scratch / "work", scratch / "root"
    work.mkdir()
    for command in build["Commands"]:
        if command.startswith("COPY "):
            copy(command, work)
    # cargo builds nothing where a target of the manifest has no file.
    manifest = tomllib.loads((work / "Cargo.toml").read_text())
    for bench in manifest["bench"]:
        if not (work / "benches" / bench["name"] / "main.rs").exists():
            fail(f"the build lacks the bench {bench['name']}, which the manifest names")
    for needed in ("Cargo.lock", "src/main.rs", "docs/codes/UM001.md"):
        if not (work / needed).exists():
            fail(f"the build lacks {needed}")

    if how == "build":
        target = ROOT / "target/static"
        command = build["Commands"][-1].removeprefix("RUN ")
        command = command.replace("/target/", f"{target}/").replace("-dir /target ", f"-dir {target} ")
        command = command.replace("/root-of-image", str(scratch / "built"))
        if subprocess.run(["sh", "-ec", command], cwd=work).returncode:
            fail("the build failed")
        program = scratch / "built/unmesh"
    elif how:
        program = pathlib.Path(how)
    else:
        print("image: the Dockerfile is read, and not built: that is a second release build (.ci/image/run build)")
        return

    for command in image["Commands"]:
        if command.startswith("COPY --from=build "):
            _, _, source, place = shlex.split(command)
            root.mkdir(exist_ok=True)
            shutil.copy(program, root / place.lstrip("/"))
        elif command.startswith("COPY "):
            copy(command, root)
    (root / "work").mkdir()
    shutil.copytree(ROOT / "testdata/readme", root / "work/manifests")
    scratch.chmod(0o755)
    kind = subprocess.check_output(["readelf", "--program-headers", program], text=True)
    if "INTERP" in kind:
        fail("the program is not static")

    clean = in_root(root, ["/unmesh", "lint", "--target", "calico@3.30", "-"], input="# nothing\n")
    if clean.returncode != 0 or "nothing to do" not in clean.stderr:
        fail(f"standard input: {clean.returncode} {clean.stderr}")
    # A mounted folder.
    found = in_root(root, ["/unmesh", "lint", "--format", "json", "/work/manifests"])
    if found.returncode != 1 or json.loads(found.stdout)["summary"]["errors"] != 1:
        fail(f"a folder: {found.returncode} {found.stderr}")
    if os.geteuid() == 0 and in_root(root, ["/unmesh", "translate", "-o", "/out", "/work/manifests"]).returncode != 2:
        fail("the program may write anywhere")
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and "work" not in path.parts)
    if files != ["LICENSE", "unmesh"]:
        fail(f"the image holds {files}")
    print(f"image: {sum((root / file).stat().st_size for file in files) >> 10} KiB, static, runs in a root of its own")


main()
