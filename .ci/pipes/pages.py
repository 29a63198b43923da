"""The fenced blocks of docs/ci, with what the comment before each says of it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?:^<!-- (?P<mark>.+?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


def blocks(language):
    """Page, mark and text of each block in a language."""
    for page in sorted((ROOT / "docs/ci").glob("*.md")):
        for found in BLOCK.finditer(page.read_text()):
            if found["language"] == language:
                yield page.name, found["mark"] or "", found["text"]


def version():
    return re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]
