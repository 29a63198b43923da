"""Makes disagreements small, and prints each with its policies and its request.

usage: shrink.py FILTERS ENVOY FOLDER
FOLDER is what record_random.py wrote and the judge added different.json to. In each round every way
to leave one thing out is asked at once; the first that still differs is taken for the next round.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

import istiod
from record_random import PORTS, as_checked
from recorder import Issuer, record

MOST, ROUNDS, VARIANTS = 5, 40, 250
JUDGE = ["cargo", "test", "--locked", "--quiet", "--test", "envoy_judge", "random"]


def smaller(node):
    """Every copy of the node with one member left out, the larger members first."""
    if isinstance(node, (dict, list)):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            less = copy.copy(node)
            del less[key]
            yield less
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            for inner in smaller(node[key]):
                less = copy.copy(node)
                less[key] = inner
                yield less


def smaller_sets(policies):
    """The policies without one, and with less in the `spec` of one; what names them stays."""
    for index, policy in enumerate(policies):
        others = policies[:index] + policies[index + 1 :]
        if others:
            yield others
    for index, policy in enumerate(policies):
        for spec in smaller(policy["spec"]):
            yield policies[:index] + [policy | {"spec": spec}] + policies[index + 1 :]


def question(entry):
    """What has to be asked to get the entry again."""
    http = entry["http"]
    asked = {"port": entry["port"], "source": entry["source"]}
    asked |= {"peer": entry["peer"] or "none", "sni": entry["sni"] or "none"}
    if http:
        remote = None if entry["remote"] == entry["source"] else entry["remote"]
        token = http["claims"] if http["token"] == "valid" else http["token"]
        asked |= {"method": http["method"], "path": http["sent"], "host": http["host"]}
        asked |= {"headers": http["headers"], "forwarded": remote, "token": token}
    return {axis: [value] for axis, value in asked.items()}


def with_keys(policies, keys):
    for policy in policies:
        for rule in policy.get("spec", {}).get("jwtRules", []):
            rule["jwks"] = keys
    return policies


def differing(tools, variants, entry):
    """The indexes of the variants about which the judge and Envoy still differ."""
    program, envoy = tools
    issuer = Issuer()
    variants = [with_keys(copy.deepcopy(variant), issuer.keys()) for variant in variants]
    texts = {f"{number:06}": yaml.safe_dump_all(variant, sort_keys=False) for number, variant in enumerate(variants)}
    answers = istiod.filters(program, [{"id": name, "objects": text, "ports": list(PORTS)} for name, text in texts.items()])
    # Another destination could end the difference: all but the first are near to it, not at it.
    first, last = entry["destination"], entry["destination"].rsplit(".", 1)[1]
    cases = []
    for number, (name, answer) in enumerate(answers.items()):
        if "error" in answer or answer["custom"]:
            continue
        address = f"127.2.{number}.{last}" if number else first
        cases.append(istiod.case(name, address, {entry["port"]: PORTS[entry["port"]]}, answer, [question(entry)]))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        decided, _ = record(envoy, cases, issuer)
        for found in decided:
            rules = [rule for policy in variants[int(found["case"])] for rule in policy.get("spec", {}).get("jwtRules", [])]
            as_checked(found, {rule.get("issuer") for rule in rules})
            (folder / f"{found['case']}.yaml").write_text(texts[found["case"]])
        (folder / "recording.json").write_text(json.dumps(decided))
        (folder / "different.json").write_text("[]")
        environment = os.environ | {"UNMESH_ENVOY_RANDOM": str(folder), "RUST_BACKTRACE": "0"}
        subprocess.run(JUDGE, env=environment, capture_output=True, check=False)
        return [int(found["case"]) for found in json.loads((folder / "different.json").read_text())]


def main(program, envoy, folder):
    folder = pathlib.Path(folder)
    different = json.loads((folder / "different.json").read_text())
    seen = set()
    for entry in different:
        if entry["case"] in seen or len(seen) == MOST:
            continue
        seen.add(entry["case"])
        policies = list(yaml.safe_load_all((folder / f"{entry['case']}.yaml").read_text()))
        for _ in range(ROUNDS):
            variants = list(smaller_sets(policies))[:VARIANTS]
            left = differing((program, envoy), variants, entry)
            if not left:
                break
            policies = variants[min(left)]
        print(f"--- Envoy {'allows' if entry['allowed'] else 'denies'}: {json.dumps(question(entry))}")
        print(yaml.safe_dump_all(policies, sort_keys=False))
    print(f"{len(different)} verdicts differ; {len(seen)} of their sets are shown")


if __name__ == "__main__":
    main(*sys.argv[1:])
