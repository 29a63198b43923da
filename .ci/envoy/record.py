"""Asks a real Envoy about hand-written filters, and writes down what it decides.

usage: record.py ENVOY RECORDING
For each Istio policy `policies/NAME.yaml`, `NAME.envoy.yaml` holds the filters that istiod makes of
it, and `NAME.ask.yaml` what is asked. The recording is read by tests/envoy_judge.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

from asking import Sender, questions
from certificates import Authority, Issuer
from envoy_config import bootstrap

POLICIES = pathlib.Path(__file__).parent / "policies"
# An answer is a decision only if one of these gave it.
DECIDED = re.compile(r"direct_response|rbac_access_denied|jwt_authn_access_denied")


def cases(issuer):
    found = []
    for number, ask in enumerate(sorted(POLICIES.glob("*.ask.yaml")), start=1):
        name = ask.name.removesuffix(".ask.yaml")
        text = (POLICIES / f"{name}.envoy.yaml").read_text()
        case = yaml.safe_load(text.replace('"{{jwks}}"', json.dumps(issuer.keys())))
        case |= {"name": name, "address": f"127.0.1.{number}", "ask": yaml.safe_load(ask.read_text())}
        found.append(case)
    return found


def wait(process, admin):
    for _ in range(300):
        if process.poll() is not None:
            sys.exit("Envoy ended early")
        try:
            address = admin.read_text()
            with urllib.request.urlopen(f"http://{address}/ready", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("Envoy is not ready after 30 s")


def ask_all(all_cases, sender):
    asked = []
    for case in all_cases:
        for question in questions(case):
            status = sender.send(case, question, len(asked))
            asked.append((case, question, status))
    return asked


def state(token):
    """`none`, `invalid` or `valid`: as the case says, not as Envoy finds it."""
    if isinstance(token, str):
        return token
    return "invalid" if "invalid" in token else "valid"


def entry(case, question, status, seen):
    """What the test reads; `None` where Envoy took the request for none."""
    answered = question["chain"] == "http" and status is not None
    if answered and not (seen and DECIDED.search(seen["details"])):
        return None
    allowed = status is True or status == 200
    found = {
        "case": case["name"],
        "chain": question["chain"],
        "port": question["port"],
        "mtls": case["ports"][question["port"]]["mtls"],
        "peer": None if question["peer"] == "none" else question["peer"],
        "source": question["source"],
        "destination": case["address"],
        # The proxy trusts the last address that it is told.
        "remote": (question["forwarded"] or question["source"]).split(",")[-1].strip(),
        "sni": None if question["sni"] == "none" else question["sni"],
        "allowed": allowed,
        "status": status,
        "http": None,
    }
    if question["chain"] == "http":
        path = seen["path"] if seen else question["path"]
        found["http"] = {
            "method": question["method"],
            "sent": question["path"],
            "path": re.split("[?#]", path)[0],
            "host": question["host"],
            # Envoy cuts off the spaces around a value.
            "headers": {name.lower(): value.strip() for name, value in question["headers"].items()},
            "token": state(question["token"]),
            "claims": question["token"] if state(question["token"]) == "valid" else {},
        }
    return found


def main(envoy, recording):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        authority, issuer = Authority(folder), Issuer()
        log, admin = folder / "access.log", folder / "admin"
        all_cases = cases(issuer)
        config = folder / "envoy.json"
        config.write_text(json.dumps(bootstrap(all_cases, authority, log)))
        command = [envoy, "--config-path", config, "--admin-address-path", admin, "--concurrency", "1"]
        command += ["--disable-hot-restart", "--log-level", "error"]
        with subprocess.Popen(command) as process:
            try:
                wait(process, admin)
                asked = ask_all(all_cases, Sender(authority, issuer))
            finally:
                process.terminate()
                process.wait()
        logged = {}
        for line in log.read_text().splitlines():
            line = json.loads(line)
            logged[str(line["ask"])] = line
        entries = [entry(*question, logged.get(str(number))) for number, question in enumerate(asked)]
    decided = [found for found in entries if found]
    pathlib.Path(recording).write_text(json.dumps(decided, indent=0))
    counts = collections.Counter((found["case"], found["allowed"]) for found in decided)
    for case in all_cases:
        name = case["name"]
        print(f"{name}: {counts[name, True]} allowed, {counts[name, False]} denied")
    print(f"Envoy decided {len(decided)} requests, and took {len(entries) - len(decided)} for none")


if __name__ == "__main__":
    main(*sys.argv[1:])
