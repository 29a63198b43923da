"""What `modes.py` and `ztunnel.py` share: ages, the judge, small disagreements, recorded answers.

A set is a dictionary with `objects` and what is asked about them; an answered one has, for each
question, all answers that Istio can give: several where the objects hide which of them are older.
"""

import collections
import copy
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from pins import ISTIO
from row import policy_line

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from smaller import smaller  # noqa: E402

# Differing sets that are made small; ways to make one smaller that are asked at once.
MOST, WAYS = 6, 400
KEPT = {"apiVersion", "kind", "metadata", "name", "namespace", "action", "key", "labels"}
PEERS = "PeerAuthentication"


def time(number):
    """A time of creation."""
    return f"2026-01-{number + 1:02}T00:00:00Z"


def _dated(objects, times):
    """The objects with these times, by index."""
    dated = copy.deepcopy(objects)
    for index, created in times.items():
        dated[index]["metadata"]["creationTimestamp"] = time(created)
    return dated


def orders(objects, ties_are_open):
    """The objects with all times that they can have.

    Objects without any time may be of any age. Equal times are told apart by name in what istiod
    gives to sidecars, and by nothing in what it gives to ztunnel (`ties_are_open`).
    """
    peers = [index for index, found in enumerate(objects) if found["kind"] == PEERS]
    times = {index: objects[index]["metadata"].get("creationTimestamp", "") for index in peers}
    if not ties_are_open and "" not in times.values():
        return [objects]
    # Only those of one namespace are ever compared.
    groups = collections.defaultdict(list)
    for index in peers:
        groups[objects[index]["metadata"]["namespace"], times[index]].append(index)
    rank = {created: 6 * number for number, created in enumerate(sorted(set(times.values())))}
    ways = []
    for (_, created), members in groups.items():
        ways.append([{index: rank[created] + place for place, index in enumerate(order)}
                     for order in itertools.permutations(members)])
    merged = ({index: at for part in way for index, at in part.items()} for way in itertools.product(*ways))
    return [_dated(objects, way) for way in merged]


def judged(sets, kind, folder=None):
    """Those of the answered sets that unmesh decides otherwise, each with what is `said`, and the output."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(folder or scratch)
        (folder / f"{kind}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in sets))
        command = ["cargo", "test", "--locked", "--quiet", "--test", "istio_judge", f"random_{kind}"]
        environment = os.environ | {"UNMESH_ISTIO_RANDOM": str(folder), "RUST_BACKTRACE": "0"}
        done = subprocess.run([*command, "--", "--nocapture"], env=environment, capture_output=True,
                              text=True, check=False)
        different = folder / f"{kind}-different.json"
        if not different.exists():
            sys.exit(f"the judge failed:\n{done.stdout}\n{done.stderr}")
        found = json.loads(different.read_text())
    said = collections.defaultdict(list)
    for each in found:
        said[each["set"]].append(each)
    return [(each, said[each["name"]]) for each in sets if said[each["name"]]]


def _less(asked):
    """Every way to leave one thing out of the objects of a set."""
    objects = asked["objects"]
    for index, found in enumerate(objects):
        if len(objects) > 1:
            yield asked | {"objects": objects[:index] + objects[index + 1 :]}
        for spec in smaller(found["spec"], KEPT):
            yield asked | {"objects": objects[:index] + [found | {"spec": spec}] + objects[index + 1 :]}


def _shrunk(asked, said, answer, kind):
    while True:
        ways = [way | {"name": f"{number:04}"} for number, way in enumerate(_less(asked))][:WAYS]
        left = judged(answer(ways), kind)
        if not left:
            return asked, said
        asked, said = left[0]


def show(different, answer, kind):
    """Prints the smallest sets found, as rows for `tests/semantics/istio`."""
    shown = set()
    for asked, said in different[:MOST]:
        asked, said = _shrunk(asked, said, answer, kind)
        lines = "\n".join(f"                {policy_line(found)}" for found in asked["objects"])
        questions = f'("{said[0]["question"]}", "...")'
        row = f'        Row {{\n            fact: "...",\n            policies: "\n{lines}",\n'
        row += f"            asked: &[{questions}],\n        }},"
        if lines not in shown:
            shown.add(lines)
            print(f"--- Istio: {said[0]['istio']}; unmesh: {said[0]['unmesh']}\n{row}")
    print(f"{len(different)} sets differ; of the first {len(different[:MOST])}, {len(shown)} kinds are shown")


def write(path, head, sets):
    """Answered sets, behind a line that says who was asked."""
    lines = [{"istio": ISTIO} | head, *sets]
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    print(f"{path.name}: {len(sets)} sets, {path.stat().st_size} bytes")


def ask_again(vectors, answer):
    """Fails where Istio answers recorded sets otherwise now."""
    head, *sets = (json.loads(line) for line in pathlib.Path(vectors).read_text().splitlines())
    if head["istio"] != ISTIO:
        sys.exit(f"{vectors} is of Istio {head['istio']}")
    now = {found["name"]: found for found in answer(sets)}
    different = [found["name"] for found in sets if now.get(found["name"]) != found]
    print(f"all {len(sets)} recorded sets asked again: {len(different)} differ {different[:5]}")
    sys.exit(1 if different else 0)
