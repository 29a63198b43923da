"""A disagreement as a row of the tables in `tests/semantics/istio`."""

import yaml

from sets import KEYS


def _flow(value):
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).strip()
    return text.replace(f"jwks: '{KEYS}'", "jwksUri: 'https://keys.example'")


def policy_line(policy):
    """An object as the tables have it."""
    metadata = policy["metadata"]
    words = [policy["kind"], f"{metadata['namespace']}/{metadata['name']}"]
    words += [f"dry-run={value}" for value in metadata.get("annotations", {}).values()]
    words += [f"created={metadata['creationTimestamp']}"] if "creationTimestamp" in metadata else []
    return " ".join([*words, _flow(policy["spec"])])


def _claims(claims, path=""):
    for name, value in claims.items():
        if isinstance(value, dict):
            yield from _claims(value, f"{path}{name}.")
        else:
            yield f"claim:{path}{name}", value


def _of_http(http):
    yield from (("method", http["method"]), ("path", http["path"]), ("host", http["host"]))
    yield from ((f"header:{name}", value) for name, value in http["headers"].items())
    if http["token"] == "none":
        return
    yield "token", http["token"]
    claims = http["claims"]
    if claims:
        yield "principal", f"{claims['iss']}/{claims['sub']}"
    for word, name in (("audience", "aud"), ("presenter", "azp")):
        if name in claims:
            yield word, claims[name]
    yield from _claims(claims)


def request(found):
    """The words of a request; values with spaces in them have to be written otherwise there."""
    peer = found["peer"].split("/") if found["peer"] else ["plain"]
    origin = "/".join(peer[::2] if peer[0] != "cluster.local" else peer[2::2])
    pairs = [("port", found["port"]), ("from", origin), ("ip", found["source"]), ("to", found["destination"])]
    pairs.append(("remote", found["remote"]))
    if found["sni"]:
        pairs.append(("sni", found["sni"]))
    if found["http"]:
        pairs += _of_http(found["http"])
    words = [f"{name}={value}" for name, value in pairs]
    return " ".join(words if found["http"] else ["tcp", *words])


def _decision(found, policies):
    """What the engines decide, and by whom where that is left no choice."""
    authorizations = [policy for policy in policies if policy["kind"] == "AuthorizationPolicy"]
    allows = [policy for policy in authorizations if policy["spec"].get("action", "ALLOW") == "ALLOW"]
    if found["allowed"]:
        rules = [(policy["metadata"]["name"], number) for policy in allows
                 for number in range(len(policy["spec"].get("rules", [])))]
        if not allows:
            return "allow by nobody"
        return f"allow by rule {rules[0][0]} rules[{rules[0][1]}]" if len(rules) == 1 else "allow by rule ..."
    if len(policies) > 1:
        return "deny by ..."
    only = policies[0]["metadata"]["name"]
    if policies[0]["kind"] == "RequestAuthentication":
        return f"deny by token {only} jwtRules[0]"
    if policies[0]["kind"] == "PeerAuthentication":
        return f"deny by mutual TLS {only} mtls.mode"
    if allows:
        return f"deny by default {only}"
    return f"deny by rule {only} rules[0]" if len(policies[0]["spec"]["rules"]) == 1 else "deny by ..."


def _quoted(text):
    return f'r#"{text}"#' if '"' in text or "\\" in text else f'"{text}"'


def row(policies, found):
    """The row, with what has to be told by hand as `...`."""
    lines = "\n".join(f"                {policy_line(policy)}" for policy in policies)
    return (
        "        Row {\n"
        '            fact: "...",\n'
        f"            policies: {_quoted(chr(10) + lines)},\n"
        f"            asked: &[({_quoted(request(found))}, {_quoted(_decision(found, policies))})],\n"
        "        },"
    )
