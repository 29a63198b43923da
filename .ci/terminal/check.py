#!/usr/bin/env python3
"""What people see on a terminal, and what stays out of files and pipes.

Usage: check.py PROGRAM. Runs the program on terminals of its own (pty) over the sample of the README.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

PROGRAM = os.path.abspath(sys.argv[1])
SAMPLE = "testdata/readme"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WRONG = []


def on_terminal(args, columns, **variables):
    """Output and status of a run whose standard streams are a terminal so many columns wide."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE")}
    environment = plain | {"TERM": "xterm-256color"} | variables
    run = subprocess.Popen([PROGRAM, *args], stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    said = b""
    while True:
        ready, _, _ = select.select([leader], [], [], 120)
        try:
            part = os.read(leader, 65536) if ready else b""
        except OSError:  # Linux says so of a terminal that nobody holds any more
            part = b""
        if not part:
            break
        said += part
    os.close(leader)
    return said.decode().replace("\r\n", "\n"), run.wait()


def width(line):
    return sum(0 if unicodedata.combining(letter) else 1 for letter in line)


def want(what, holds, said=""):
    if not holds:
        WRONG.append(what)
        print(f"not so: {what}\n{said}", file=sys.stderr)


def main():
    lint = ["lint", "--target", "calico@3.28", SAMPLE]

    said, status = on_terminal(lint, 100)
    want("a terminal has colours", ESCAPE.search(said), said)
    want("excerpts are drawn with lines", "─" in said, said)
    plain = ESCAPE.sub("", said)
    want("the last line is the next command", plain.strip().splitlines()[-1] == "next: unmesh explain UM202", plain)
    want("the status is that of a pipe", status == 1)

    said, _ = on_terminal(lint, 100, NO_COLOR="1")
    want("NO_COLOR is heeded", not ESCAPE.search(said), said)
    said, _ = on_terminal([*lint, "--color", "never"], 100)
    want("--color never is heeded", not ESCAPE.search(said), said)

    for columns in (60, 80):
        for args in (lint, ["verify", "--target", "calico@3.28", SAMPLE]):
            said, _ = on_terminal([*args, "--color", "never"], columns)
            # Not broken are words, what is copied (a finding on one line, the next command), and what scripts read.
            whole = re.compile(r"\S+:\d+:\d+: |info|next: |read |holds|fails|compared: |\s*\S+$")
            wide = [line for line in said.splitlines() if width(line) > columns and not whole.match(line)]
            want(f"{args[0]} stays within {columns} columns", not wide, "\n".join(wide))

    piped = subprocess.run([PROGRAM, *lint], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    want("a pipe has no colours, no lines and no next command", not re.search(r"\x1b|─|next:", piped.stderr), piped.stderr)

    said, _ = on_terminal(["lint", "-q", SAMPLE], 100)
    want("-q has no next command", "next:" not in said, said)

    # Ten thousand copies are read for longer than the bar waits, on any machine of today.
    with tempfile.TemporaryDirectory() as scratch:
        policy = (
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: v{n}, namespace: shop}}\n"
            "spec:\n  hosts: [a{n}.example.com]\n  http:\n  - timeout: 3s\n    retries: {{attempts: 3}}\n"
            "    route: [{{destination: {{host: h{n}}}}}]\n"
        )
        with open(os.path.join(scratch, "many.yaml"), "w", encoding="utf-8") as file:
            file.write("---\n".join(policy.format(n=n) for n in range(40000)))
        said, _ = on_terminal(["lint", "--target", "calico@3.28", scratch, "--color", "never"], 100)
        want("a long run shows that it is at work", re.search(r"\S reading", said), said[-2000:])
        shown = ESCAPE.sub("", said)
        want("of many findings of one code most are folded", re.search(r"more: .*; --all shows each", shown.replace("\n  ", " ")), shown[-2000:])
        quick, _ = on_terminal(lint, 100)
        want("a short run shows no bar", "reading" not in quick, quick)

    print("terminal:", f"{len(WRONG)} not so" if WRONG else "colours, width, bar and last line are as they should be")
    sys.exit(bool(WRONG))


main()
