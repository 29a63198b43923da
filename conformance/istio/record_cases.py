"""Records the cases of `.ci/envoy`, with Istio's own filters in place of the hand-written ones.

usage: record_cases.py FILTERS ENVOY RECORDING
"""

import json
import pathlib
import sys

import yaml

import istiod
from recorder import Issuer, record

POLICIES = pathlib.Path(__file__).parents[2] / ".ci/envoy/policies"


def main(program, envoy, recording):
    issuer = Issuer()
    names = [path.name.removesuffix(".ask.yaml") for path in sorted(POLICIES.glob("*.ask.yaml"))]
    keys = f"jwks: {json.dumps(issuer.keys())}"
    by_hand = {name: yaml.safe_load((POLICIES / f"{name}.envoy.yaml").read_text())["ports"] for name in names}
    asks = []
    for name in names:
        # Istiod would fetch the keys; the text of the case that is judged stays as it is.
        text = (POLICIES / f"{name}.yaml").read_text().replace("jwksUri: https://issuer.example/keys", keys)
        asks.append({"id": name, "objects": text, "ports": list(by_hand[name])})
    answers = istiod.filters(program, asks)
    cases = []
    for number, name in enumerate(names, start=1):
        if "error" in answers[name]:
            sys.exit(f"{name}: Istio refuses it: {answers[name]['error']}")
        ports = {port: of_port["chain"] for port, of_port in by_hand[name].items()}
        asked = yaml.safe_load((POLICIES / f"{name}.ask.yaml").read_text())
        case = istiod.case(name, f"127.0.1.{number}", ports, answers[name], asked)
        if case["ports"] != by_hand[name]:
            sys.exit(f"{name}: Istio's modes of mutual TLS are {case['ports']}")
        cases.append(case)
    decided, undecided = record(envoy, cases, issuer)
    pathlib.Path(recording).write_text(json.dumps(decided, indent=0))
    print(f"{len(cases)} cases with Istio's filters: {len(decided)} requests decided, "
          f"{undecided} taken for none")


if __name__ == "__main__":
    main(*sys.argv[1:])
