"""Runs a real Envoy with some cases, asks it, and gives what `tests/envoy_judge.rs` reads."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / ".ci/envoy"))
from asking import Sender  # noqa: E402
from certificates import Authority, Issuer  # noqa: E402
from envoy_config import bootstrap  # noqa: E402
from record import ask_all, entry, wait  # noqa: E402

__all__ = ["Issuer", "record"]


def record(envoy, cases, issuer):
    """The decided requests of the cases, and how many Envoy took for none."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        authority = Authority(folder)
        log, admin, config = folder / "access.log", folder / "admin", folder / "envoy.json"
        config.write_text(json.dumps(bootstrap(cases, authority, log)))
        command = [envoy, "--config-path", config, "--admin-address-path", admin, "--concurrency", "1"]
        command += ["--disable-hot-restart", "--log-level", "error"]
        with subprocess.Popen(command) as process:
            try:
                wait(process, admin)
                asked = ask_all(cases, Sender(authority, issuer))
            finally:
                process.terminate()
                process.wait()
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        logged = {str(line["ask"]): line for line in lines}
        entries = [entry(*question, logged.get(str(number))) for number, question in enumerate(asked)]
    decided = [found for found in entries if found]
    return decided, len(entries) - len(decided)
