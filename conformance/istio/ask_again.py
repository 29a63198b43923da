"""Asks the engines again what is recorded, and fails where they answer otherwise.

usage: ask_again.py FILTERS ENVOY VECTORS SHARE_SEED COUNT
SHARE_SEED is any text: it chooses COUNT of the recorded verdicts.
"""

import json
import pathlib
import random
import sys

import istiod
from pins import ENVOY, ISTIO
from record_random import PORTS
from recorder import Issuer, record


def key(question):
    """A question as text."""
    return json.dumps(question, sort_keys=True)


def share(lines, seed, count):
    """By name of a set: its address and policies, and requests with their recorded verdicts."""
    verdicts = [(name, request, line) for line in lines
                for request in line["requests"] for name in sorted(request["allowed"])]
    if len(verdicts) < count:
        sys.exit(f"only {len(verdicts)} verdicts are recorded")
    found = {}
    for name, request, line in random.Random(seed).sample(verdicts, count):
        policies = [line["objects"][index] for index in line["sets"][name]["policies"]]
        found.setdefault(name, (line["sets"][name]["destination"], policies, []))[2].append(request)
    return found


def ask(tools, chosen):
    """What the engines answer, by set and question."""
    program, envoy = tools
    issuer = Issuer()
    texts = {name: istiod.written(policies) for name, (_, policies, _) in chosen.items()}
    answers = istiod.answers(program, texts, PORTS, issuer.keys())
    cases = []
    for name, (address, _, requests) in chosen.items():
        if "error" in answers[name]:
            sys.exit(f"{name}: Istio refuses it now: {answers[name]['error']}")
        groups = [{axis: [value] for axis, value in request["asked"].items() if axis != "chain"}
                  for request in requests]
        cases.append(istiod.case(name, address, PORTS, answers[name], groups))
    decided, _ = record(envoy, cases, issuer)
    return {(found["case"], key(found["asked"])): found["allowed"] for found in decided}


def main(program, envoy, vectors, seed, count):
    head, *lines = (json.loads(line) for line in pathlib.Path(vectors).read_text().splitlines())
    if (head["istio"], head["envoy"]) != (ISTIO, ENVOY):
        sys.exit(f"{vectors} is of Istio {head['istio']} and Envoy {head['envoy']}")
    chosen = share(lines, seed, int(count))
    answered = ask((program, envoy), chosen)
    different = 0
    for name, (_, policies, requests) in chosen.items():
        for request in requests:
            recorded, now = request["allowed"][name], answered.get((name, key(request["asked"])))
            if now != recorded:
                different += 1
                print(f"{name}: recorded {recorded}, now {now}: {key(request['asked'])}")
                print(istiod.written(policies))
    print(f"{count} recorded verdicts asked again, chosen by {seed!r}: {different} differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
