"""Makes disagreements small, and prints each as a row of a test.

usage: shrink.py FILTERS ENVOY FOLDER
FOLDER is what record_random.py wrote and the judge added different.json to. In each round every way
to leave one thing out is asked at once; the first that still differs is taken for the next round.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

import istiod
from record_random import PORTS
from recorder import Issuer, record
from row import row

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from smaller import smaller  # noqa: E402

# Sets that are made small; rounds for each, and variants in a round.
MOST, ROUNDS, VARIANTS = 8, 40, 250
JUDGE = ["cargo", "test", "--locked", "--quiet", "--test", "envoy_judge", "random"]
# Without these it is another request, or a token that nobody can check.
KEPT = {"port", "chain", "iss", "sub", "issuer", "jwks"}


def variants(policies, asked):
    """Less of the policies (what names them stays), or less of the request."""
    for index, policy in enumerate(policies):
        others = policies[:index] + policies[index + 1 :]
        if others:
            yield others, asked
    for less in smaller(asked, KEPT):
        yield policies, less
    for index, policy in enumerate(policies):
        for spec in smaller(policy["spec"], KEPT):
            yield policies[:index] + [policy | {"spec": spec}] + policies[index + 1 :], asked


def _cases(program, pairs, destination, issuer):
    texts = {f"{number:06}": istiod.written(policies) for number, (policies, _) in enumerate(pairs)}
    answers = istiod.answers(program, texts, PORTS, issuer.keys())
    # Another destination could end the difference: no policy tells these apart.
    first, half, _, last = destination.split(".")
    for number, (name, answer) in enumerate(answers.items()):
        if "error" not in answer and not answer["custom"]:
            group = {axis: [value] for axis, value in pairs[number][1].items() if axis != "chain"}
            address = f"{first}.{half}.{number}.{last}"
            yield istiod.case(name, address, PORTS, answer, [group]), texts[name]


def differing(tools, pairs, destination):
    """By index of its pair, what is decided otherwise by the judge than by Envoy still."""
    program, envoy = tools
    issuer = Issuer()
    cases = list(_cases(program, pairs, destination, issuer))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        decided, _ = record(envoy, [case for case, _ in cases], issuer)
        for case, text in cases:
            (folder / f"{case['name']}.yaml").write_text(text)
        (folder / "recording.json").write_text(json.dumps(decided))
        (folder / "different.json").write_text("[]")
        environment = os.environ | {"UNMESH_ENVOY_RANDOM": str(folder), "RUST_BACKTRACE": "0"}
        subprocess.run(JUDGE, env=environment, capture_output=True, check=False)
        different = json.loads((folder / "different.json").read_text())
    return {int(found["case"]): found for found in different}


def shrunk(tools, policies, found):
    """The smallest policies found, and what was decided about them."""
    for _ in range(ROUNDS):
        pairs = list(variants(policies, found["asked"]))[:VARIANTS]
        left = differing(tools, pairs, found["destination"])
        if not left:
            break
        policies, found = pairs[min(left)][0], left[min(left)]
    return policies, found


def main(program, envoy, folder):
    folder = pathlib.Path(folder)
    different = json.loads((folder / "different.json").read_text())
    # One wrong reading shows itself in many sets, and is the same once it is small.
    seen, shown = set(), set()
    for found in different:
        if found["case"] in seen or len(seen) == MOST:
            continue
        seen.add(found["case"])
        policies = list(yaml.safe_load_all((folder / f"{found['case']}.yaml").read_text()))
        policies, found = shrunk((program, envoy), policies, found)
        text = istiod.written(policies)
        if text not in shown:
            shown.add(text)
            print(f"--- Envoy {'allows' if found['allowed'] else 'denies'}: {json.dumps(found['asked'])}")
            print(f"{text}\n{row(policies, found)}")
    print(f"{len(different)} verdicts differ; of the first {len(seen)} sets, {len(shown)} kinds are shown")


if __name__ == "__main__":
    main(*sys.argv[1:])
