"""Which requests a rule probably matches: steers requests towards rules.

It decides nothing and may be wrong; then fewer verdicts turn, and the table of coverage shows it.
"""

import fnmatch
import ipaddress
import re

import attributes as a

AXES = {
    "port": [*a.HTTP_PORTS, a.TCP_PORT], "peer": a.PEERS, "source": a.SOURCES, "sni": a.SNIS,
    "method": a.METHODS, "path": a.PATHS, "host": a.HOSTS, "role": a.ROLES,
    "forwarded": a.FORWARDED, "token": a.TOKENS, "preflight": a.PREFLIGHTS,
}
_AXIS_OF = {
    "namespace": ["peer"], "account": ["peer"], "claim": ["token"], "unit": ["token"], "scope": ["token"],
    "permission": ["token"], "audience": ["token"], "presenter": ["token"], "principal": ["token"],
    "issuer": ["token"], "remote": ["source", "forwarded"], "none": [], "destination": [],
}
TRIES = 40


def _carried(axis, request, address):
    """The text on an axis of a request; `None` where it has none."""
    peer, token = request["peer"], request["token"]
    parts = None if peer == "none" else peer.split("/")
    claims = token if isinstance(token, dict) else {}
    http = request["port"] != a.TCP_PORT
    forwarded = http and request["forwarded"] or request["source"]
    found = {
        "peer": None if peer == "none" else peer,
        "namespace": None if peer == "none" else peer,
        "account": parts and f"{parts[2]}/{parts[4]}",
        "source": request["source"],
        "remote": forwarded.split(",")[-1].strip(),
        "destination": address,
        "port": str(request["port"]),
        "sni": None if peer == "none" or request["sni"] == "none" else request["sni"],
        "path": request["path"].split("?")[0],
        "method": request["method"],
        "host": request["host"],
        "role": request["headers"].get("x-role"),
        "none": None,
        "issuer": claims.get("iss"),
        "claim": claims.get("role"),
        "unit": claims.get("org", {}).get("unit"),
        "scope": claims.get("scope"),
        "permission": claims.get("permission"),
        "audience": claims.get("aud"),
        "presenter": claims.get("azp"),
        "principal": claims and f"{claims['iss']}/{claims['sub']}",
    }
    return found[axis] or None


def _likely(attribute, value, request, address):
    """Whether the value probably matches the request."""
    text = _carried(attribute.axis, request, address)
    if text is None:
        return False
    if attribute.axis in ("source", "remote", "destination"):
        return ipaddress.ip_address(text) in ipaddress.ip_network(value, strict=False)
    if attribute.axis == "account" and "/" not in value:
        return text == f"shop/{value}"
    if attribute.axis == "namespace":
        # Istio looks for it anywhere in the identity.
        return fnmatch.fnmatchcase(text, f"*/ns/{value}/*")
    if attribute.name == "hosts":
        text, value = text.lower(), value.lower()
    if "{" in value:
        parts = re.split(r"(\{\*\*?\})", value)
        names = {"{*}": "[^/]+", "{**}": ".*"}
        return re.fullmatch("".join(names.get(part) or re.escape(part) for part in parts), text) is not None
    if value.startswith("*"):
        return text.endswith(value[1:])
    return text.startswith(value[:-1]) if value.endswith("*") else text == value


def holds(test, request, address):
    """Whether the test probably passes."""
    return any(_likely(test.attribute, value, request, address) for value in test.values) != test.negative


def _all_hold(tests, request, address):
    if request["port"] == a.TCP_PORT:
        tests = [test for test in tests if not test.attribute.http]
    return all(holds(test, request, address) for test in tests)


def matches(rule, action, request, address):
    """Whether the rule of a policy with the action probably matches."""
    branches, conditions = a.tests(rule)
    every = [test for listed in branches for branch in listed for test in branch] + conditions
    # Istio leaves a rule that asks for more than bytes out of an ALLOW, and the tests out of a DENY.
    if request["port"] == a.TCP_PORT and action == "ALLOW" and any(test.attribute.http for test in every):
        return False
    found = [
        not listed or any(_all_hold(branch, request, address) for branch in listed) for listed in branches
    ]
    return all(found) and _all_hold(conditions, request, address)


def completed(request):
    """With the headers as the sender wants them."""
    role = request["role"]
    return request | {"headers": ({} if role is None else {"x-role": role}) | request["preflight"]}


def anything(random):
    """A request without an aim; most ask an HTTP port."""
    request = {axis: random.choice(values) for axis, values in AXES.items()}
    if random.random() < 0.8:
        request["port"] = random.choice(a.HTTP_PORTS)
    return completed(request)


def steered(random, request, test, address, passes):
    """The request, changed to pass one test of a rule or to fail it, or as it was."""
    axes = _AXIS_OF.get(test.attribute.axis, [test.attribute.axis])
    if not axes:
        return request
    axis = random.choice(axes)
    for choice in random.sample(AXES[axis], len(AXES[axis])):
        tried = completed(request | {axis: choice})
        if holds(test, tried, address) == passes:
            return tried
    return request


def search(random, aims, wanted, address):
    """A request that is probably wanted: each test of `aims` is to pass or to fail; `None`: not found."""
    for _ in range(TRIES):
        request = anything(random)
        if request["token"] == "invalid" and random.random() < 0.9:
            continue  # Where tokens are looked at, all of these are refused before any policy.
        for test, passes in random.sample(aims, len(aims)):
            if holds(test, request, address) != passes:
                request = steered(random, request, test, address, passes)
        if wanted(request):
            return request
    return None
