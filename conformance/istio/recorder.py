"""Runs a real Envoy with some cases, asks it, and gives what `tests/envoy_judge` reads."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / ".ci/envoy"))
from asking import DEFAULTS, Sender  # noqa: E402
from certificates import Authority, Issuer  # noqa: E402
from envoy_config import bootstrap  # noqa: E402
from record import ask_all, entry, wait  # noqa: E402

__all__ = ["Issuer", "record"]


def unusual(question):
    """What of the question is not as everywhere."""
    return {axis: value for axis, value in question.items() if DEFAULTS.get(axis) != [value]}


def providers(filters):
    """The issuers and audiences that Istio's own filter takes tokens of."""
    found = [each["typedConfig"].get("providers", {}) for each in filters if "jwt_authn" in each["name"]]
    return [provider for listed in found for provider in listed.values()]


def bare(audience):
    """As Envoy compares audiences: without a scheme, and without a slash at the end."""
    return audience.removeprefix("http://").removeprefix("https://").removesuffix("/")


def as_checked(found, filters):
    """The question in the words of the judge: as the mesh has seen it, not as it was asked."""
    if found["peer"] is None or found["mtls"] == "DISABLE":
        found["sni"] = None  # There was no TLS to say it.
    http = found["http"]
    if http is None or http["token"] != "valid":
        return
    issuer, audience = http["claims"].get("iss"), bare(http["claims"].get("aud", ""))
    for provider in providers(filters):
        wanted = [bare(each) for each in provider.get("audiences", [audience])]
        if provider["issuer"] == issuer and audience in wanted:
            return
    # Nobody vouches for the token: it is no valid one, whether or not anybody looks at it.
    http |= {"token": "invalid", "claims": {}}


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
    decided = []
    for number, (case, question, status) in enumerate(asked):
        if found := entry(case, question, status, logged.get(str(number))):
            # What it was asked, beside what the mesh made of it.
            found["asked"] = unusual(question)
            as_checked(found, case["http"])
            decided.append(found)
    return decided, len(asked) - len(decided)
