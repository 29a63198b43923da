"""Makes disagreements small, and prints each as a row for rows.yaml.

usage: shrink.py PROGRAM RECORDING
PROGRAM is Calico's, and RECORDING one of its own about which the judge disagrees. In each round every
way to leave one thing out is asked at once; the first that still differs is taken for the next round.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from smaller import smaller  # noqa: E402

# Sets that are made small; rounds for each, and variants in a round.
MOST, ROUNDS, VARIANTS = 5, 40, 400
JUDGE = ["cargo", "test", "--locked", "--quiet", "--test", "calico_judge", "as_calico_does"]


def different(recording):
    """The names of sets, and the places of their requests, about which the judge disagrees."""
    with tempfile.TemporaryDirectory() as folder:
        told = pathlib.Path(folder) / "different.json"
        environment = os.environ | {
            "UNMESH_CALICO_RECORDING": str(recording), "UNMESH_CALICO_DIFFERENT": str(told),
        }
        subprocess.run(JUDGE, env=environment, capture_output=True, check=False)
        return [tuple(pair) for pair in json.loads(told.read_text())]


def read(recording):
    header, *lines = [json.loads(line) for line in pathlib.Path(recording).read_text().splitlines()]
    return header, {line["name"]: line for line in lines}


def variants(line):
    """The line with less: without an object, then with less in the `spec` of one."""
    objects = list(yaml.safe_load_all(line["objects"]))
    sets = [objects[:index] + objects[index + 1 :] for index in range(len(objects))]
    for index, found in enumerate(objects):
        for spec in smaller(found.get("spec", {})):
            sets.append(objects[:index] + [found | {"spec": spec}] + objects[index + 1 :])
    for number, found in enumerate(sets[:VARIANTS]):
        # The validator refuses what is left of some: Calico's program leaves these out.
        yield line | {"name": f"{number:06}", "objects": yaml.safe_dump_all(found, sort_keys=False)}


def still_differing(program, header, lines):
    """Of some lines, those about which the judge disagrees, with what Calico decides now."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = pathlib.Path(folder) / "asked", pathlib.Path(folder) / "answered"
        asked.write_text("".join(json.dumps(each) + "\n" for each in [header, *lines]))
        with answered.open("w") as out:
            subprocess.run([program, "answer", asked], stdout=out, check=True)
        _, found = read(answered)
        return [found[name] for name, _ in different(answered)]


def shrunk(program, header, line):
    for _ in range(ROUNDS):
        left = still_differing(program, header, list(variants(line)))
        if not left:
            return line
        line = min(left, key=lambda each: each["name"])
    return line


def row(line):
    """The line as rows.yaml has it."""
    objects = {}
    for found in yaml.safe_load_all(line["objects"]):
        kind = found["kind"]
        if found["apiVersion"].startswith("networking.k8s.io"):
            kind = "KubernetesNetworkPolicy"
        names = [kind, found["metadata"].get("namespace"), found["metadata"]["name"]]
        spec = found.get("spec", {})
        if kind.endswith("Set"):
            spec = {"labels": found["metadata"].get("labels", {}), **spec}
        objects["/".join(name for name in names if name)] = spec
    asked = {"1": [], "0": []}
    for request, sign in zip(line["ask"], line["decided"]):
        asked[sign].append(request)
    found = {"name": line["name"], "fact": "...", "objects": objects, "reading": line["reading"]}
    return found | {"allow": asked["1"], "deny": asked["0"]}


def main(program, recording):
    header, lines = read(recording)
    found = different(recording)
    shown, seen = set(), set()
    for name, place in found:
        if name in seen or len(seen) == MOST:
            continue
        seen.add(name)
        line = lines[name] | {"ask": [lines[name]["ask"][place]], "decided": lines[name]["decided"][place]}
        small = shrunk(program, header, line)
        if small["objects"] not in shown:
            shown.add(small["objects"])
            accounts = f", with the accounts {json.dumps(small['accounts'])}" if small.get("accounts") else ""
            print(f"--- of `{name}`, Calico {header['calico']}{accounts}")
            print(yaml.safe_dump([row(small | {"name": name})], sort_keys=False, width=120))
    print(f"{len(found)} verdicts differ; of the first {len(seen)} sets, {len(shown)} kinds are shown")


if __name__ == "__main__":
    main(*sys.argv[1:])
