"""The archive of a release: the program, its licence, README and changes, completions, manual pages.

usage: archive.py TARGET FOLDER OUT      FOLDER holds the program; OUT gets the archive
The same program gives the same bytes: names sorted, no time, no owner.
"""

import gzip
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

COMPLETIONS = {
    "bash": "unmesh.bash",
    "elvish": "unmesh.elv",
    "fish": "unmesh.fish",
    "powershell": "_unmesh.ps1",
    "zsh": "_unmesh",
}


def contents(program):
    """Names in the archive with bytes and mode."""
    files = {program.name: (program.read_bytes(), 0o755)}
    for name in ("CHANGELOG.md", "LICENSE", "README.md"):
        files[name] = (pathlib.Path(name).read_bytes(), 0o644)
    for shell, name in COMPLETIONS.items():
        files[f"completions/{name}"] = (subprocess.check_output([program, "completions", shell]), 0o644)
    with tempfile.TemporaryDirectory() as pages:
        subprocess.check_call([program, "man", "-o", pages])
        for page in sorted(pathlib.Path(pages).iterdir()):
            files[f"man/man1/{page.name}"] = (page.read_bytes(), 0o644)
    return dict(sorted(files.items()))


def write_tar(path, top, files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, (data, mode) in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size, entry.mode, entry.mtime = len(data), mode, 0
            archive.addfile(entry, io.BytesIO(data))
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as zipped:
        zipped.write(packed.getvalue())


def write_zip(path, top, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (data, mode) in files.items():
            entry = zipfile.ZipInfo(f"{top}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, mode << 16
            archive.writestr(entry, data)


def main():
    target, folder, out = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
    is_windows = "windows" in target
    program = folder / ("unmesh.exe" if is_windows else "unmesh")
    version = subprocess.check_output([program, "--version"], text=True).split()[1]
    top = f"unmesh-{version}-{target}"
    out.mkdir(parents=True, exist_ok=True)
    path = out / (top + (".zip" if is_windows else ".tar.gz"))
    (write_zip if is_windows else write_tar)(path, top, contents(program))
    print(path)


main()
