"""PeerAuthentications at random: the mode of mutual TLS of each port, by Istio's own code and by unmesh.

usage: modes.py run FILTERS SEED COUNT         compare COUNT random sets
       modes.py record FILTERS SEED COUNT      write COUNT answered sets to testdata/vectors
       modes.py again FILTERS VECTORS          ask Istio again what is recorded
"""

import collections
import pathlib
import random
import sys

import comparison
import istiod
from pins import ISTIO
from sets import named

KIND = "modes"
ROOT, SPACES, PORTS = "istio-system", ["istio-system", "shop", "web"], [8080, 9090, 7070]
MODES = ["STRICT", "PERMISSIVE", "DISABLE"]
LABELS = {"app": ["a", "b"], "tier": ["x", "z"]}
# Asks that one process is given; verdicts below which a label of the table turns too little.
BATCH, ENOUGH = 4000, 50


class Sets:
    """Random sets: what is asked, without answers."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def _level(self):
        """A mode, one that inherits, or none."""
        draw = self.random.random()
        if draw < 0.15:
            return {}
        return {"mode": "UNSET" if draw < 0.3 else self.random.choice(MODES)}

    def _labels(self, counts):
        count = self.random.choice(counts)
        keys = self.random.sample(sorted(LABELS), count)
        return {key: self.random.choice(LABELS[key]) for key in sorted(keys)}

    def _spec(self):
        spec, draw = {}, self.random.random()
        if draw < 0.55:
            spec["selector"] = {"matchLabels": self._labels([1, 1, 1, 2])}
        elif draw < 0.62:
            spec["selector"] = {} if draw < 0.59 else {"matchLabels": {}}
        if self.random.random() < 0.8:
            spec["mtls"] = self._level()
        # Ports without a selector are refused, and have to be by both.
        if self.random.random() < (0.65 if draw < 0.55 else 0.02):
            ports = self.random.sample(PORTS, self.random.randint(1, len(PORTS)))
            spec["portLevelMtls"] = {str(port): self._level() for port in ports}
        return spec

    def peer_authentications(self, most):
        """Some, with times in two of three sets; few times, so that some are equal."""
        names = [f"p{number}" for number in range(most)]
        self.random.shuffle(names)
        hidden = self.random.random() < 0.3
        found = []
        for name in names[: self.random.randint(1, 4 if hidden else most)]:
            namespace = self.random.choices(SPACES, [3, 6, 1])[0]
            policy = named("PeerAuthentication", name, self._spec(), namespace)
            if not hidden:
                policy["metadata"]["creationTimestamp"] = comparison.time(self.random.randrange(4))
            found.append(policy)
        return found

    def workloads(self, count):
        """Pods by namespace and labels."""
        spaces = self.random.choices(SPACES, [1, 6, 1], k=count)
        return [{"namespace": space, "labels": self._labels([0, 1, 2, 2, 2])} for space in spaces]

    def one(self, name):
        """A set."""
        return {"name": name, "objects": self.peer_authentications(6), "workloads": self.workloads(3)}


def variants(asked):
    """Sets that differ in one thing, by the label of the table."""
    objects = asked["objects"]
    for index, found in enumerate(objects):
        metadata, spec = found["metadata"], found["spec"]
        labelled = bool(spec.get("selector", {}).get("matchLabels"))
        scope = "workload" if labelled else "mesh" if metadata["namespace"] == ROOT else "namespace"
        scope = "selector in the root namespace" if labelled and metadata["namespace"] == ROOT else scope
        yield f"without a policy of the {scope}", objects[:index] + objects[index + 1 :]
        for field in ("mtls", "portLevelMtls"):
            if field in spec:
                less = {key: value for key, value in spec.items() if key != field}
                yield f"without {field}", objects[:index] + [found | {"spec": less}] + objects[index + 1 :]
    times = [found["metadata"].get("creationTimestamp") for found in objects]
    if None not in times:
        turned = [found | {"metadata": found["metadata"] | {"creationTimestamp": comparison.time(9 - at)}}
                  for found, at in zip(objects, (int(time[8:10]) for time in times), strict=True)]
        yield "the other way round in age", turned
        yield "age not told", [
            found | {"metadata": {key: value for key, value in found["metadata"].items()
                                  if key != "creationTimestamp"}} for found in objects
        ] if len(objects) <= 4 else objects
    renamed = [found | {"metadata": found["metadata"] | {"name": f"q{9 - int(found['metadata']['name'][1:])}"}}
               for found in objects]
    yield "the other way round in names", renamed


def answers(program, sets):
    """The sets with Istio's modes; those that it refuses are left out."""
    asks, of_set = [], []
    for place, asked in enumerate(sets):
        for dated in comparison.orders(asked["objects"], ties_are_open=False):
            text = istiod.written(dated)
            for number, workload in enumerate(asked["workloads"]):
                of_set.append((place, number))
                asks.append({"id": str(len(asks)), "objects": text, "ports": PORTS} | {
                    key: workload[key] for key in ("namespace", "labels")})
    answered = {}
    for first in range(0, len(asks), BATCH):
        answered |= istiod.filters(program, asks[first : first + BATCH])
    found = [[collections.defaultdict(set) for _ in asked["workloads"]] for asked in sets]
    refused = set()
    for ask, (place, number) in zip(asks, of_set, strict=True):
        answer = answered[ask["id"]]
        if "error" in answer:
            refused.add(place)
            continue
        for port, mode in answer["mtls"].items():
            found[place][number][port].add(mode)
    result = []
    for place, asked in enumerate(sets):
        if place not in refused:
            modes = [{port: sorted(each) for port, each in of.items()} for of in found[place]]
            workloads = [workload | {"modes": mode}
                         for workload, mode in zip(asked["workloads"], modes, strict=True)]
            result.append(asked | {"workloads": workloads})
    return result


def table(sets, varied):
    """How many answers turn without something, by label; and lines that tell it."""
    by_name = {found["name"]: found for found in sets}
    turned = collections.Counter()
    for found in varied:
        first = by_name.get(found["name"].split("-")[0])
        if first:
            pairs = zip(first["workloads"], found["workloads"], strict=True)
            turned[found["label"]] += sum(
                one["modes"][port] != other["modes"][port] for one, other in pairs for port in one["modes"])
    return turned


def asked_sets(seed, count):
    """Random sets, and their variants."""
    source = Sets(seed)
    sets = [source.one(f"{number:05}") for number in range(count)]
    varied = [asked | {"name": f"{asked['name']}-{number}", "label": label, "objects": objects}
              for asked in sets for number, (label, objects) in enumerate(variants(asked), start=1) if objects]
    return sets, varied


def run(program, seed, count):
    sets, varied = (answers(program, each) for each in asked_sets(seed, count))
    turned = table(sets, varied)
    for label, times in sorted(turned.items()):
        print(f"{times:8} {label}")
    every = [mode for found in [*sets, *varied] for of in found["workloads"] for mode in of["modes"].values()]
    kinds = collections.Counter(" or ".join(mode) for mode in every)
    shares = ", ".join(f"{mode} {times}" for mode, times in sorted(kinds.items()))
    different = comparison.judged([*sets, *varied], KIND)
    print(f"seed {seed}: {len(every)} modes of ports in {len(sets) + len(varied)} sets ({count - len(sets)} of "
          f"{count} refused by Istio): {shares}; {len(different)} sets differ")
    if different:
        comparison.show(different, lambda ways: answers(program, ways), KIND)
        sys.exit(1)
    # What Istio never looks at turns nothing.
    few = [label for label, times in turned.items()
           if (times < ENOUGH) != (label == "without a policy of the selector in the root namespace")]
    if count >= 500 and few:
        sys.exit(f"labels that decide too little, or that should not decide: {few}")


def record(program, seed, count):
    sets, varied = (answers(program, each) for each in asked_sets(seed, count))
    for found in varied:
        del found["label"]
    name = f"modes-{ISTIO[:8]}-seed-{seed}.jsonl"
    comparison.write(pathlib.Path("testdata/vectors") / name, {"asked": KIND, "seed": seed}, [*sets, *varied])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", program, seed, count]:
            run(program, int(seed), int(count))
        case ["record", program, seed, count]:
            record(program, int(seed), int(count))
        case ["again", program, vectors]:
            comparison.ask_again(vectors, lambda sets: answers(program, sets))
        case _:
            sys.exit(__doc__)
