"""Asks the engines about scenes: Istio's generator and an Envoy, and Calico before and afterwards.

usage: ask.py FILTERS ENVOY CALICO ASKS ANSWERS PART PARTS
CALICO is the folder with the programs that conformance/calico makes. ASKS is a folder of scenes as
tests/end_to_end writes them; of each PARTS this process takes one. It runs in a network namespace of
its own, in which every address is local.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "istio"))
import istiod  # noqa: E402
from recorder import bare, providers  # noqa: E402
from sidecar import TLS_PROTOCOLS, bootstrap  # noqa: E402

from asking import Sender  # noqa: E402
from certificates import Authority, Issuer  # noqa: E402
from record import wait  # noqa: E402

NOW = time.time()


# What decides in the ways that have a Calico of their own version; all others are asked of NEWEST.
OF_WAY = {"calico@3.28": "v3.28"}
NEWEST = "v3.31"


class Refused(Exception):
    """An engine takes the scene for wrong."""


def istio(program, scenes, keys):
    """Istio's answers for the asked pods of each scene, by the scene's name and the pod's place.

    `keys` stand in place of those of any issuer.
    """
    asks = []
    for scene in scenes:
        ports = {}
        for ask in scene["asks"]:
            if ask["captured"]:
                ports.setdefault(ask["pod"], set()).add(ask["port"])
        for index, of_pod in sorted(ports.items()):
            pod = scene["pods"][index]
            asks.append({
                "id": f"{scene['name']} {index}",
                "objects": scene["istio"].replace("{{jwks}}", keys),
                "namespace": pod["namespace"],
                "labels": pod["labels"],
                "ports": sorted(of_pod),
                "trustDomain": scene["trust_domain"],
                "rootNamespace": scene["root_namespace"],
            })
    found = {scene["name"]: {} for scene in scenes}
    for identity, answer in istiod.filters(program, asks).items():
        name, index = identity.rsplit(" ", 1)
        found[name][int(index)] = answer
    return found


def calico(programs, scenes):
    """Calico's answers to each scene: before, and by target afterwards."""
    asked = {}
    for scene in scenes:
        for target, question in [("before", scene["before"]), *scene["after"].items()]:
            lines = asked.setdefault(OF_WAY.get(target, NEWEST), {})
            lines[scene["name"], target] = json.dumps(question) + "\n"
    found = {}
    for name, lines in asked.items():
        program, text = pathlib.Path(programs) / name, "".join(lines.values())
        done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != len(lines):
            raise RuntimeError(f"the answers of Calico ({name}) are not those to the questions")
        found.update(zip(lines, answers))
    return found


class Asker:
    """Runs an Envoy for one scene after the other."""

    def __init__(self, envoy, folder, issuer):
        self.envoy = envoy
        self.folder = folder
        self.authority = Authority(folder)
        self.senders = {
            kind: Sender(self.authority, issuer, protocols) for kind, protocols in TLS_PROTOCOLS.items()
        }

    def ask(self, scene, answers):
        """Whether the mesh lets each request through."""
        if not answers:
            return [True for _ in scene["asks"]]
        log, admin, config = (self.folder / name for name in ("access.log", "admin", "envoy.json"))
        for old in (log, admin):
            old.unlink(missing_ok=True)
        config.write_text(json.dumps(bootstrap(scene, answers, self.authority, log)))
        command = [self.envoy, "--config-path", config, "--admin-address-path", admin, "--concurrency", "1"]
        command += ["--disable-hot-restart", "--log-level", "error"]
        with subprocess.Popen(command) as process:
            try:
                wait(process, admin)
                return [self._allowed(ask, answers) for ask in scene["asks"]]
            finally:
                process.terminate()
                process.wait()

    def _allowed(self, ask, answers):
        if not ask["captured"]:
            return True  # It never meets a proxy.
        mode = answers[ask["pod"]]["mtls"][str(ask["port"])]
        http = ask["http"]
        kind = "http" if http else "bytes"
        question = {
            "chain": "http" if http else "tcp",
            "port": ask["port"],
            "peer": ask["peer"] or "none",
            "source": ask["source"],
            "sni": ask["sni"] or "none",
            **(http or {"forwarded": None, "token": None}),
        }
        question["token"] = question["token"] or "none"
        case = {"address": ask["destination"], "ports": {ask["port"]: {"mtls": mode}}}
        status = self.senders[kind].send(case, question, 0)
        if not http:
            return status is True
        # A listener without a chain for plaintext ends the connection; nothing else may.
        turned_away = status is None and mode == "STRICT" and ask["peer"] is None
        refused = (403,) if question["token"] == "none" else (403, 401)
        if status != 200 and status not in refused and not turned_away:
            raise RuntimeError(f"Envoy answers {status} to {ask}")
        return status == 200


def _reads(provider):
    """Whether tokens of this issuer are looked for where they are sent here."""
    elsewhere = [place for place in ("fromHeaders", "fromParams", "fromCookies") if provider.get(place)]
    headers = provider.get("fromHeaders", [])
    own = ("authorization", "Bearer ")
    return not elsewhere or own in [(each["name"].lower(), each.get("valuePrefix")) for each in headers]


def _token(http, answer):
    """What Istio's own filter takes the token of a request for; where nobody vouches for it, it is no
    valid one, whether or not anybody looks at it."""
    claims, takers = http and http["token"], providers(answer["http"])
    readers = [provider for provider in takers if _reads(provider)]
    if not claims or takers and not readers:
        return "none"
    audience = bare(claims.get("aud", ""))
    vouches = any(
        provider["issuer"] == claims["iss"]
        and audience in [bare(each) for each in provider.get("audiences", [audience])]
        for provider in readers
    )
    return "valid" if vouches and claims.get("exp", NOW) >= NOW else "invalid"


def _of_all(verdicts, place, scene):
    """What those decide together who are asked about a request in turn: all have to allow."""
    count = len(verdicts) // len(scene["asks"])
    spoken = verdicts[place * count : (place + 1) * count]
    return {"allowed": all(one["allowed"] for one in spoken), "by": [by for one in spoken for by in one["by"]]}


def answered(scene, of_istio, of_calico, asker):
    """What the judge reads about a scene."""
    for answer in of_istio.values():
        if "error" in answer:
            raise Refused(f"Istio: {answer['error']}")
        if answer["custom"]:
            raise Refused("Istio asks an external authorizer (CUSTOM)")
    name = scene["name"]
    verdicts = {target: of_calico[name, target] for target in ["before", *scene["after"]]}
    for target, answer in verdicts.items():
        if answer.get("error"):
            raise Refused(f"Calico, {target}: {answer['error']}")
    found = []
    for place, (ask, mesh) in enumerate(zip(scene["asks"], asker.ask(scene, of_istio))):
        mode, token = None, "none"
        if ask["captured"]:
            mode = of_istio[ask["pod"]]["mtls"][str(ask["port"])]
            token = _token(ask["http"], of_istio[ask["pod"]])
        after = {target: _of_all(verdicts[target]["verdicts"], place, scene) for target in scene["after"]}
        before = _of_all(verdicts["before"]["verdicts"], place, scene)
        found.append(
            {"ask": ask, "mesh": mesh, "mode": mode, "token": token, "before": before, "after": after}
        )
    return {"asks": found}


def main(filters, envoy, programs, asks, answers, part, parts):
    paths = sorted(pathlib.Path(asks).glob("*.json"))[int(part)::int(parts)]
    scenes = [json.loads(path.read_text()) for path in paths]
    issuer = Issuer()
    of_istio, of_calico = istio(filters, scenes, issuer.keys()), calico(programs, scenes)
    with tempfile.TemporaryDirectory() as folder:
        asker = Asker(envoy, pathlib.Path(folder), issuer)
        for path, scene in zip(paths, scenes):
            try:
                found = answered(scene, of_istio[scene["name"]], of_calico, asker)
            except Refused as refused:
                found = {"error": str(refused)}
            (pathlib.Path(answers) / path.name).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
