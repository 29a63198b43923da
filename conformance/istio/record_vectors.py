"""Chooses verdicts of a random run and writes them down, to be replayed without engines.

usage: record_vectors.py FOLDER SEED TARGET
FOLDER is what record_random.py wrote; TARGET gets a file named by the engines and the seed. Every
label of the table of coverage is in it with verdicts that turn; wild sets come along. Nothing of
unmesh is asked.
"""

import collections
import json
import pathlib
import sys

import yaml

from pins import ENVOY, ISTIO

# Requests for each label, those for its rule, and wild sets with all their requests.
OF_LABEL, OF_RULE, WILD = 8, 2, 20
# What is told of a set, or is no part of a question.
OF_SET = ("case", "destination", "mtls", "asked", "allowed", "status")


def key(value):
    return json.dumps(value, sort_keys=True)


def chosen(turned, cases):
    """By family, the questions that are kept, and by label how many turned."""
    kept, count, wanted = collections.defaultdict(set), collections.Counter(), collections.defaultdict(set)
    for pair in turned:
        most = OF_RULE if pair["label"].endswith(": its rule") else OF_LABEL
        if count[pair["label"]] < most:
            count[pair["label"]] += 1
            kept[pair["set"]].add(key(pair["asked"]))
            wanted[pair["variant"]].add(pair["label"])
    # A set and one variant that no label needed is a wild one, mostly.
    spare = [name for name in cases if name not in kept and f"{name}-1" in cases and f"{name}-2" not in cases]
    for name in spare[:WILD]:
        kept[name] |= {key(found["asked"]) for found in cases[name]}
    return kept, wanted


def line(name, questions, cases, wanted, folder):
    """A family: the set and its variants, and the questions with their verdicts."""
    family = [case for case in cases if case == name or case.startswith(f"{name}-")]
    labels = {label for case in family for label in wanted[case]}
    objects, sets, requests = [], {}, {}
    for case in family:
        asked = [found for found in cases[case] if key(found["asked"]) in questions]
        if case != name and not asked:
            continue
        policies = list(yaml.safe_load_all((folder / f"{case}.yaml").read_text()))
        # Variants differ in one object mostly: each is written once.
        objects += [policy for policy in policies if policy not in objects]
        about = sorted(labels if case == name else wanted[case])
        sets[case] = {"destination": cases[case][0]["destination"], "about": about,
                      "policies": [objects.index(policy) for policy in policies]}
        for found in asked:
            seen = {field: value for field, value in found.items() if field not in OF_SET}
            request = {"asked": found["asked"], "seen": seen}
            requests.setdefault(key(request), request | {"allowed": {}})["allowed"][case] = found["allowed"]
    return {"objects": objects, "sets": sets, "requests": list(requests.values())}


def main(folder, seed, target):
    folder = pathlib.Path(folder)
    cases = collections.defaultdict(list)
    for found in json.loads((folder / "recording.json").read_text()):
        cases[found["case"]].append(found)
    kept, wanted = chosen(json.loads((folder / "turned.json").read_text()), cases)
    lines = [line(name, questions, cases, wanted, folder) for name, questions in sorted(kept.items())]
    labels = sorted({label for found in wanted.values() for label in found})
    head = {"istio": ISTIO, "envoy": ENVOY, "seed": int(seed), "labels": labels}
    text = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in [head, *lines])
    release = ".".join(ENVOY.split(".")[:2])
    vectors = pathlib.Path(target) / f"istio-{ISTIO[:8]}-envoy-{release}-seed-{seed}.jsonl"
    vectors.write_text(text)
    count = sum(len(request["allowed"]) for each in lines for request in each["requests"])
    print(f"{vectors.name}: {count} verdicts, {len(labels)} labels, {len(text)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
