"""The blocks of docs/ci that are files of CI systems, by the schemas and checkers of those.

usage: pages.py CHECK_JSONSCHEMA ACTIONLINT SCRATCH
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "pipes"))
from pages import ROOT, blocks, version  # noqa: E402

SCHEMAS = {"github workflow": "vendor.github-workflows", "gitlab job": "vendor.gitlab-ci"}


def anchors(page):
    """The headings of a page as GitHub names them in addresses."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links():
    for page in sorted((ROOT / "docs/ci").glob("*.md")):
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
            file, _, anchor = link.partition("#")
            target = page.parent / file if file else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                yield f"docs/ci/{page.name} links to {link}"


def main():
    broken = list(broken_links())
    if broken:
        sys.exit("\n".join(broken))
    schema, actionlint, scratch = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    count = 0
    for page, mark, text in blocks("yaml"):
        kind = mark.split(",")[0]
        if kind not in SCHEMAS:
            sys.exit(f"docs/ci/{page}: a block does not say what it is\n{text}")
        count += 1
        file = scratch / f"block-{count}.yml"
        file.write_text(text)
        commands = [[schema, "--builtin-schema", SCHEMAS[kind], str(file)]]
        if kind == "github workflow":
            commands.append([actionlint, "-color=false", str(file)])
        for command in commands:
            ended = subprocess.run(command, capture_output=True, text=True)
            if ended.returncode:
                sys.exit(f"docs/ci/{page}: {ended.stdout}{ended.stderr}")
        named = re.findall(r"unmesh/unmesh@v([\d.]+)|unmesh==([\d.]+)|UNMESH_VERSION: '([\d.]+)'", text)
        for found in named:
            if "".join(found) != version():
                sys.exit(f"docs/ci/{page} names version {''.join(found)}, and Cargo.toml {version()}")
    print(f"pages: {count} workflows and jobs fit their schemas")


main()
