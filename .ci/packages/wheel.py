"""What is in the wheel: the program, what describes it, its licence, and nothing else.

usage: wheel.py WHEEL PROGRAM
"""

import email
import pathlib
import re
import sys
import zipfile

wheel, program = map(pathlib.Path, sys.argv[1:3])
cargo = pathlib.Path("Cargo.toml").read_text()
version = re.search(r'^version = "(.*)"$', cargo, re.M)[1]
about = f"unmesh-{version}.dist-info"
script = f"unmesh-{version}.data/scripts/unmesh"
with zipfile.ZipFile(wheel) as archive:
    names = sorted(archive.namelist())
    metadata = email.message_from_bytes(archive.read(f"{about}/METADATA"))
    licence = archive.read(f"{about}/licenses/LICENSE")
    mode = archive.getinfo(script).external_attr >> 16
    packed = archive.getinfo(script).file_size
expected = sorted(
    [f"{about}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE", "sboms/unmesh.cyclonedx.json")]
    + [script]
)
description = re.search(r'^description = "(.*)"$', cargo, re.M)[1]
for what, got, wanted in [
    ("files", names, expected),
    ("name", metadata["Name"], "unmesh"),
    ("version", metadata["Version"], version),
    ("summary", metadata["Summary"], description),
    ("licence", metadata["License-Expression"] or metadata["License"], "Apache-2.0"),
    ("README", metadata.get_payload().strip(), pathlib.Path("README.md").read_text().strip()),
    ("licence's text", licence, pathlib.Path("LICENSE").read_bytes()),
    ("mode", oct(mode & 0o777), "0o755"),
    ("size", packed, program.stat().st_size),
]:
    if got != wanted:
        sys.exit(f"wheel: {what}: {got!r}, wanted {wanted!r}")
