"""Records what Envoy, with Istio's filters, decides about random policies and requests.

usage: record_random.py FILTERS ENVOY FOLDER SEED COUNT
COUNT is how many requests are asked. FOLDER gets the policies of each set, and recording.json.
"""

import collections
import json
import pathlib
import random
import sys
import time

import yaml

import attributes
import istiod
from generate import Generator
from recorder import Issuer, record

# Sets that one Envoy answers for at once, requests for each.
SETS, REQUESTS = 200, 25
PORTS = {**dict.fromkeys(attributes.HTTP_PORTS, "http"), attributes.TCP_PORT: "tcp"}
OF_HTTP = ["method", "path", "host", "headers", "forwarded", "token"]


def asked(request):
    """One request as a group of the recorder's: each axis with one value."""
    axes = ["port", "peer", "source", "sni"]
    if request["port"] != attributes.TCP_PORT:
        axes += OF_HTTP
    return {axis: [request[axis]] for axis in axes}


def as_checked(found, issuers):
    """The question in the words of the judge: as the mesh has seen it, not as it was asked."""
    if found["peer"] is None or found["mtls"] == "DISABLE":
        found["sni"] = None  # There was no TLS to say it.
    http = found["http"]
    if http is None or http["token"] == "none" or http["claims"].get("iss") in issuers:
        return
    # Nobody looks at tokens where no RequestAuthentication asks for it.
    http |= {"token": "invalid" if issuers else "none", "claims": {}}


class Batch:
    """Some sets, each with the same set without one test, asked the same."""

    def __init__(self, generator, first):
        self.texts, self.asks, self.addresses, self.removed, self.issuers = {}, {}, {}, {}, {}
        for number in range(first, first + SETS, 2):
            policies = generator.policies()
            self._add(f"{number:06}", policies, number - first)
            removal = generator.without_one_test(policies)
            address = self.addresses[f"{number:06}"]
            requests = [generator.request(policies, address, removal) for _ in range(REQUESTS)]
            self.asks[f"{number:06}"] = [asked(request) for request in requests]
            if removal:
                self._add(f"{number + 1:06}", removal.left, number + 1 - first)
                self.asks[f"{number + 1:06}"] = self.asks[f"{number:06}"]
                self.removed[f"{number + 1:06}"] = (f"{number:06}", removal.labels)

    def _add(self, name, policies, index):
        self.texts[name] = yaml.safe_dump_all(policies, sort_keys=False, width=10_000)
        rules = [rule for policy in policies for rule in policy["spec"].get("jwtRules", [])]
        self.issuers[name] = {rule["issuer"] for rule in rules}
        # A destination that policies can tell apart; neighbours differ in nothing else.
        self.addresses[name] = f"127.1.{index % 2}.{index // 2 + 1}"

    def record(self, program, envoy, issuer, folder):
        asks = [{"id": name, "objects": text, "ports": list(PORTS)} for name, text in self.texts.items()]
        answers = istiod.filters(program, asks)
        refused = [(name, answer["error"]) for name, answer in answers.items() if "error" in answer]
        for name, _ in refused:
            del answers[name]
        cases = [
            istiod.case(name, self.addresses[name], PORTS, answer, self.asks[name])
            for name, answer in answers.items()
        ]
        decided, undecided = record(envoy, cases, issuer)
        for found in decided:
            as_checked(found, self.issuers[found["case"]])
        for name in answers:
            (folder / f"{name}.yaml").write_text(self.texts[name])
        return decided, undecided, refused


def coverage(decided, removed):
    """For each attribute and form, how many verdicts turn when its test is taken out."""
    verdicts = {}
    for found in decided:
        question = {key: value for key, value in found.items() if key not in ("case", "destination", "allowed", "status")}
        verdicts[found["case"], json.dumps(question, sort_keys=True)] = found["allowed"]
    turned, met = collections.Counter(), collections.Counter()
    for (name, question), allowed in verdicts.items():
        original, labels = removed.get(name, (None, ()))
        before = verdicts.get((original, question))
        if before is not None:
            met.update(labels)
            turned.update(labels if before != allowed else ())
    return [(label, met[label], turned[label]) for label in sorted(met)]


def main(program, envoy, folder, seed, count):
    begin = time.monotonic()
    folder = pathlib.Path(folder)
    issuer = Issuer()
    generator = Generator(random.Random(int(seed)), issuer.keys())
    recorded, undecided, refused, removed, first = [], 0, [], {}, 0
    while len(recorded) < int(count):
        batch = Batch(generator, first)
        decided, no_request, refusals = batch.record(program, envoy, issuer, folder)
        recorded += decided
        undecided += no_request
        refused += refusals
        removed |= batch.removed
        first += SETS
    (folder / "recording.json").write_text(json.dumps(recorded, indent=0))
    allowed = sum(found["allowed"] for found in recorded)
    sets = len({found["case"] for found in recorded})
    print("attribute and form, verdicts asked without it, verdicts that turn")
    for label, met, turned in coverage(recorded, removed):
        print(f"  {label}: {met}, {turned}")
    reasons = collections.Counter(error.rsplit(":", 1)[-1].strip()[:90] for _, error in refused)
    print(f"{len(refused)} sets refused by Istio: {dict(reasons.most_common(5))}")
    print(f"seed {seed}: {len(recorded)} verdicts on {sets} sets, {allowed / len(recorded):.0%} allowed, "
          f"{undecided} requests taken for none, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
