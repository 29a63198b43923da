"""Asks the program in `filters/`, many at a time."""

import json
import subprocess

import yaml

from sets import KEYS

WORKLOAD = {"namespace": "shop", "labels": {"app": "catalog"}}


def written(policies):
    """Objects as text; keys of tokens are left open."""
    return yaml.safe_dump_all(policies, sort_keys=False, width=10_000)


def filters(program, asks):
    """For each of the asks (`id`, `objects`, `ports`) Istio's answer, by its `id`."""
    text = "".join(json.dumps(WORKLOAD | ask) + "\n" for ask in asks)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if [answer["id"] for answer in answers] != [ask["id"] for ask in asks]:
        raise RuntimeError("the answers are not those to the asks")
    return {answer["id"]: answer for answer in answers}


def answers(program, texts, ports, keys):
    """Istio's answers about texts of objects, by their names; tokens are checked with the keys."""
    open_keys, with_keys = (yaml.safe_dump({"jwks": text}, width=10_000).strip() for text in (KEYS, keys))
    asks = [
        {"id": name, "objects": text.replace(open_keys, with_keys), "ports": list(ports)}
        for name, text in texts.items()
    ]
    return filters(program, asks)


def case(name, address, ports, answer, ask):
    """What the recorder of `.ci/envoy` takes: its listeners have Istio's filters and modes."""
    if answer["custom"]:
        raise ValueError(f"{name}: a policy with action CUSTOM is not recorded")
    return {
        "name": name,
        "address": address,
        "ports": {port: {"chain": chain, "mtls": answer["mtls"][str(port)]} for port, chain in ports.items()},
        "http": answer["http"],
        "tcp": answer["tcp"],
        "ask": ask,
    }
