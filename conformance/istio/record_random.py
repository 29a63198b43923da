"""Records what Envoy, with Istio's filters, decides about random policies and requests.

usage: record_random.py FILTERS ENVOY FOLDER SEED COUNT
COUNT is how many requests are asked. FOLDER gets the policies of each set; recording.json; and
turned.json, the verdicts that turn where a set lacks something.
"""

import collections
import json
import pathlib
import random
import sys
import time

import attributes as a
import istiod
from corners import Corners
from coverage import ALLOWED, ENOUGH, Coverage
from focus import Focus
from generate import Wild
from recorder import Issuer, record

# Verdicts that one Envoy is asked for.
BATCH = 5000
# Of all verdicts; the wild sets have what nobody thought of.
SHARES = {"focus": 0.75, "wild": 0.15, "corners": 0.1}
PORTS = {**dict.fromkeys(a.HTTP_PORTS, "http"), a.TCP_PORT: "tcp"}
OF_HTTP = ["method", "path", "host", "headers", "forwarded", "token"]


def asked(request):
    """One request as a group of the recorder's: each axis with one value."""
    axes = ["port", "peer", "source", "sni"]
    if request["port"] != a.TCP_PORT:
        axes += OF_HTTP
    return {axis: [request[axis]] for axis in axes}


def distinct(requests):
    """The groups to ask, each once."""
    groups = {json.dumps(asked(request), sort_keys=True): asked(request) for request in requests}
    return list(groups.values())


class Batch:
    """Some sets and their variants, which are asked the same."""

    def __init__(self, first):
        self.first, self.sets, self.size = first, 0, 0
        self.texts, self.asks, self.addresses, self.variants = {}, {}, {}, {}

    def address(self):
        """Of the next set, and no other's: policies tell the two halves apart, but no set and its variant."""
        block, last = divmod(self.first + self.sets, 250)
        return f"127.{1 + block + 128 * (last % 2)}.0.{last + 1}"

    def add(self, policy_set):
        """How many requests it asks."""
        name, address = f"{self.first + self.sets:05}", self.address()
        of_variants = [request for variant in policy_set.variants for request in variant.requests]
        planned = [(name, policy_set.policies, policy_set.requests + of_variants)]
        for number, variant in enumerate(policy_set.variants, start=1):
            planned.append((f"{name}-{number}", variant.policies, variant.requests))
            self.variants[f"{name}-{number}"] = (name, variant.label)
        before = self.size
        for number, (case, policies, requests) in enumerate(planned):
            self.texts[case] = istiod.written(policies)
            self.asks[case] = distinct(requests)
            self.addresses[case] = address.replace(".0.", f".{number}.", 1)
            self.size += len(self.asks[case])
        self.sets += 1
        return self.size - before

    def record(self, program, envoy, issuer, folder):
        """The verdicts, how many requests were taken for none, and what Istio refused."""
        answers = istiod.answers(program, self.texts, PORTS, issuer.keys())
        refused = [answer["error"] for answer in answers.values() if "error" in answer]
        cases = [
            istiod.case(name, self.addresses[name], PORTS, answer, self.asks[name])
            for name, answer in answers.items() if "error" not in answer
        ]
        for case in cases:
            (folder / f"{case['name']}.yaml").write_text(self.texts[case["name"]])
        return *record(envoy, cases, issuer), refused


class Run:
    """Batches until enough is asked; labels that turned little come first in the next one."""

    def __init__(self, tools, folder, seed):
        self.tools, self.folder = tools, folder
        generator = random.Random(seed)
        self.kinds = {"focus": Focus(generator), "wild": Wild(generator), "corners": Corners(generator)}
        corners = [f"corner: {name}" for name in self.kinds["corners"].corners]
        self.labels = [*self.kinds["focus"].labels, *corners]
        self.issuer, self.coverage = Issuer(), Coverage()
        self.planned = collections.Counter()
        self.recorded, self.turned, self.refused = [], [], collections.Counter()
        self.undecided, self.sets = 0, 0

    def _batch(self):
        batch = Batch(self.sets)
        while batch.size < BATCH and batch.sets < 250:
            kind = min(SHARES, key=lambda name: self.planned[name] / SHARES[name])
            found = self.kinds[kind].policy_set(batch.address())
            for variant in found.variants:
                if kind != "wild":
                    self.kinds[kind].turned[variant.label] += len(variant.requests)
            self.planned[kind] += batch.add(found)
        return batch

    def step(self):
        """Asks one batch."""
        batch = self._batch()
        self.sets += batch.sets
        decided, undecided, refused = batch.record(*self.tools, self.issuer, self.folder)
        self.recorded += decided
        self.undecided += undecided
        self.refused.update(error.rsplit(":", 1)[-1].strip()[:90] for error in refused)
        self.turned += [
            {"label": label, "set": before["case"], "variant": found["case"], "asked": found["asked"]}
            for label, before, found in self.coverage.add(decided, batch.variants)
        ]
        for kind in ("focus", "corners"):
            self.kinds[kind].turned = collections.Counter(self.coverage.turned)


def main(program, envoy, folder, seed, count):
    begin = time.monotonic()
    folder = pathlib.Path(folder)
    run = Run((program, envoy), folder, int(seed))
    while len(run.recorded) < int(count):
        run.step()
    (folder / "recording.json").write_text(json.dumps(run.recorded, indent=0))
    (folder / "turned.json").write_text(json.dumps(run.turned))
    print("\n".join(run.coverage.lines(run.labels)))
    total, labels = len(run.recorded), len(run.labels)
    allowed = sum(found["allowed"] for found in run.recorded) / total
    sets = len({found["case"] for found in run.recorded})
    least = min(run.labels, key=lambda label: run.coverage.turned[label])
    print(f"{sum(run.refused.values())} sets refused by Istio: {dict(run.refused.most_common(5))}")
    print(f"{labels} labels; the least is {least!r} with {run.coverage.turned[least]}; "
          f"{len(run.turned)} verdicts turn")
    print(f"seed {seed}: {total} verdicts on {sets} sets, {allowed:.0%} allowed, "
          f"{run.undecided} requests taken for none, {time.monotonic() - begin:.0f} s")
    if not ALLOWED[0] <= allowed <= ALLOWED[1]:
        sys.exit(f"{allowed:.0%} of the verdicts allow: too few of one kind")
    if total >= ENOUGH and (few := run.coverage.too_few(run.labels)):
        sys.exit(f"labels that decide too little: {', '.join(few)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
