"""Completions as people meet them: a real shell on a terminal, a line, and the tab key.

usage: shells.py PROGRAM SCRATCH
"""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

# What is typed before the tab key, and what the line is then.
LINES = {
    "unmesh exp": "unmesh explain ",
    "unmesh explain header-m": "unmesh explain header-match ",
    "unmesh lint --target kub": "unmesh lint --target kubernetes ",
    "unmesh lint --target calico@3.31": "unmesh lint --target calico@3.31 ",
    "unmesh lint --accept header-m": "unmesh lint --accept header-match ",
    "unmesh lint --severity UM2xx=o": "unmesh lint --severity UM2xx=off ",
    "unmesh lint --fail-on n": "unmesh lint --fail-on never ",
    "unmesh lint --target=kub": "unmesh lint --target=kubernetes ",
    "unmesh lint --severity=UM2xx=w": "unmesh lint --severity=UM2xx=warning ",
    "unmesh translate -o some-f": "unmesh translate -o some-folder/",
    "unmesh lint policy-of": "unmesh lint policy-of-orders.yaml ",
}
FISH = {
    "unmesh exp": "explain",
    "unmesh explain header-m": "header-match",
    "unmesh lint --target calico@3.31": "calico@3.31",
    "unmesh lint --accept header-m": "header-match",
    "unmesh lint --severity UM2xx=o": "UM2xx=off",
    "unmesh completions fi": "fish",
    "unmesh translate --output some-f": "some-folder/",
    "unmesh lint policy-of": "policy-of-orders.yaml",
}
QUIET, PATIENCE = 0.1, 10


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, command, folder, home):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", "PS1": "", "LC_ALL": "C.UTF-8"}
            os.execvpe(command[0], command, environment)

    def read(self, until):
        """What is shown, until it holds the text and nothing more comes."""
        shown, deadline = "", time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.terminal], [], [], QUIET)
            if ready:
                try:
                    shown += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    break
            elif until in shown:
                break
        return shown

    def say(self, text):
        os.write(self.terminal, text.encode())

    def close(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


def complete(shell, command, setup, folder, home):
    """Each line with what it became."""
    terminal = Terminal(command, folder, home)
    terminal.say(setup + "; echo rea''dy\n")
    terminal.read("ready")
    became = {}
    for line, wanted in LINES.items():
        # Ctrl-U empties the line.
        terminal.say("\x15\necho beg''in\n")
        terminal.read("begin\r\n")
        terminal.say(line + "\t")
        shown = terminal.read(wanted)
        became[line] = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x07\r]", "", shown)
    terminal.close()
    return became


def main():
    program, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
    folder = scratch / "folder"
    (folder / "some-folder").mkdir(parents=True)
    (folder / "policy-of-orders.yaml").touch()
    scripts = scratch / "scripts"
    scripts.mkdir()
    names = {"bash": "unmesh.bash", "zsh": "_unmesh", "fish": "unmesh.fish"}
    for shell, name in names.items():
        (scripts / name).write_bytes(subprocess.check_output([program, "completions", shell]))
    wrong, done = [], []

    terminals = {
        "bash": (["bash", "--noprofile", "--norc", "-i"], f"bind 'set bell-style none' 2> /dev/null; . {scripts}/unmesh.bash"),
        "zsh": (["zsh", "-f", "-i"], f"PROMPT=; fpath=({scripts} $fpath); unsetopt beep; autoload -U compinit; compinit -u -D"),
    }
    for shell, (command, setup) in terminals.items():
        if not shutil.which(shell):
            print(f"no {shell} here: its completions are not tried")
            continue
        for line, became in complete(shell, command, setup, folder, scratch).items():
            if LINES[line] not in became:
                wrong.append(f"{shell}: {line!r} became {became!r}, wanted {LINES[line]!r}")
        done.append(shell)
    if shutil.which("fish"):
        for line, wanted in FISH.items():
            ask = f"source {scripts}/unmesh.fish; complete -C '{line}'"
            environment = {"PATH": os.environ["PATH"], "HOME": str(scratch)}
            said = subprocess.run(["fish", "--no-config", "-c", ask], cwd=folder, env=environment, capture_output=True, text=True)
            offered = [text.split("\t")[0] for text in said.stdout.splitlines()]
            if offered != [wanted]:
                wrong.append(f"fish: {line!r} offers {offered}, wanted {wanted!r} {said.stderr}")
        done.append("fish")
    else:
        print("no fish here: its completions are not tried")
    if wrong:
        print("\n".join(wrong))
        sys.exit(1)
    print(f"completions: {len(LINES)} lines in {', '.join(done)}")


main()
