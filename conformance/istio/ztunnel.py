"""Policies of ambient mode at random: what istiod hands to ztunnel means, and what unmesh says.

usage: ztunnel.py run PROGRAM SEED COUNT       compare COUNT random sets
       ztunnel.py record PROGRAM SEED COUNT    write COUNT answered sets to testdata/vectors
       ztunnel.py again PROGRAM VECTORS        ask again what is recorded
"""

import collections
import json
import pathlib
import subprocess
import sys

import comparison
import modes
from pins import ISTIO
from sets import named

KIND = "ztunnel"
# Fields of a source or an operation and values, and how often each is drawn; the last ones ask for more
# than ztunnel knows.
PRINCIPALS = ["cluster.local/ns/web/sa/app", "cluster.local/ns/shop/*", "*/sa/app", "*", "other/ns/web/sa/app"]
NAMESPACES = ["web", "shop", "w*", "*op", "*", "w*b"]
BLOCKS = ["10.0.0.0/8", "10.1.2.3", "192.0.2.0/24", "2001:db8::/32", "10.1.9.9/16", "0.0.0.0/0"]
SOURCE = {
    "principals": (PRINCIPALS, 6), "namespaces": (NAMESPACES, 6),
    "serviceAccounts": (["web/app", "app", "shop/job"], 5), "ipBlocks": (BLOCKS, 6),
    "requestPrincipals": (["*"], 1), "remoteIpBlocks": (BLOCKS, 1),
    "trustDomains": (["cluster.local", "other"], 2),
}
OPERATION = {
    "ports": ([str(port) for port in modes.PORTS], 6), "methods": (["GET"], 1), "paths": (["/p"], 1),
    "hosts": (["h"], 1),
}
WHEN = {
    "source.ip": (BLOCKS, 5), "source.namespace": (NAMESPACES, 5), "source.principal": (PRINCIPALS, 5),
    "destination.ip": (["10.9.0.0/16", "10.9.0.1", "2001:db8::/32"], 5),
    "destination.port": ([str(port) for port in modes.PORTS], 5),
    "request.headers[x]": (["v"], 1), "connection.sni": (["s"], 1), "source.serviceAccount": (["web/app"], 1),
    "source.trustDomain": (["cluster.local"], 1),
}
PEERS = [None, "cluster.local/ns/web/sa/app", "cluster.local/ns/shop/sa/job", "other/ns/web/sa/app"]
SOURCES, DESTINATIONS = ["10.1.2.3", "192.0.2.1", "2001:db8::1"], ["10.9.0.1", "10.8.0.1", "2001:db8::9"]
REQUESTS = 24
# Every field that can stand alone in a rule.
FORMS = [(action, table, field, sign) for action in ("ALLOW", "DENY")
         for table in (SOURCE, OPERATION, WHEN) for field in table for sign in (True, False)]
# What turns nothing, and verdicts below which another label of the table turns too little.
NEVER, ENOUGH = ("AUDIT", "CUSTOM", "the other way round in names", "selector in the root namespace"), 40


def _negative(field):
    return f"not{field[0].upper()}{field[1:]}"


class Sets(modes.Sets):
    """Random sets of both kinds of policies: what is asked, without answers."""

    def _spec(self):
        """A PeerAuthentication's; a selector without labels is named in the README."""
        spec = super()._spec()
        if not spec.get("selector", {}).get("matchLabels"):
            spec.pop("selector", None)
        return spec

    def _alone(self, number):
        """A policy of one rule that asks for one thing."""
        action, table, field, sign = FORMS[number % len(FORMS)]
        values = self._values(table, field)
        if table is WHEN:
            rule = {"when": [{"key": field, "values" if sign else "notValues": values}]}
        else:
            fields = {field if sign else _negative(field): values}
            rule = {"from": [{"source": fields}]} if table is SOURCE else {"to": [{"operation": fields}]}
        return [named("AuthorizationPolicy", "a0", {"action": action, "rules": [rule]})]

    def _drawn(self, table):
        return self.random.choices(list(table), [often for _, often in table.values()])[0]

    def _values(self, table, key):
        values = table[key][0]
        return self.random.sample(values, self.random.randint(1, min(2, len(values))))

    def _entry(self, table):
        entry = {}
        for _ in range(self.random.choice([1, 1, 1, 2])):
            field = self._drawn(table)
            name = _negative(field) if self.random.random() < 0.3 else field
            entry[name] = self._values(table, field)
        return entry

    def _condition(self):
        key = self._drawn(WHEN)
        sides = self.random.choice([["values"], ["values"], ["notValues"], ["values", "notValues"]])
        return {"key": key} | {side: self._values(WHEN, key) for side in sides}

    def _rule(self):
        rule, most = {}, self.random.choice([1, 1, 2])
        if self.random.random() < 0.6:
            rule["from"] = [{"source": self._entry(SOURCE)} for _ in range(most)]
        if self.random.random() < 0.4:
            rule["to"] = [{"operation": self._entry(OPERATION)} for _ in range(most)]
        if self.random.random() < 0.3:
            rule["when"] = [self._condition() for _ in range(most)]
        return rule

    def _authorization(self, name):
        spec = {}
        action = self.random.choices(["ALLOW", "DENY", "AUDIT", "CUSTOM"], [10, 9, 1, 1])[0]
        if action != "ALLOW" or self.random.random() < 0.5:
            spec["action"] = action
        if action == "CUSTOM":
            spec["provider"] = {"name": "opa"}
        draw = self.random.random()
        if draw < 0.35:
            spec["selector"] = {"matchLabels": self._labels([1, 1, 2])}
        elif draw < 0.42:
            spec["selector"] = {} if draw < 0.39 else {"matchLabels": {}}
        count = self.random.choice([0, 1, 1, 2, 3])
        if count:
            spec["rules"] = [self._rule() for _ in range(count)]
        dry = {"istio.io/dry-run": self.random.choice(["true", "false"])} if self.random.random() < 0.08 else None
        return named("AuthorizationPolicy", name, spec, self.random.choices(modes.SPACES, [2, 6, 1])[0], dry)

    def workloads(self, count):
        """Each has a label: one without any is named in the README."""
        spaces = self.random.choices(modes.SPACES, [1, 6, 1], k=count)
        return [{"namespace": space, "labels": self._labels([1, 2, 2])} for space in spaces]

    def one(self, name):
        """A set."""
        both = self.random.random()
        authorizations = [] if both < 0.25 else [
            self._authorization(f"a{number}") for number in range(self.random.randint(1, 3))]
        peers = [] if 0.25 <= both < 0.4 else self.peer_authentications(4)
        if both > 0.6:
            authorizations, peers = self._alone(int(name)), []
        requests = [{
            "workload": self.random.randrange(3), "peer": self.random.choice(PEERS),
            "source": self.random.choice(SOURCES), "destination": self.random.choice(DESTINATIONS),
            "port": self.random.choice(modes.PORTS),
        } for _ in range(REQUESTS)]
        return {"name": name, "objects": authorizations + peers, "workloads": self.workloads(3),
                "requests": requests}


def _without(objects, index, spec):
    return objects[:index] + [objects[index] | {"spec": spec}] + objects[index + 1 :]


def variants(asked):
    """Sets that lack one thing, by the label of the table."""
    objects = asked["objects"]
    for index, found in enumerate(objects):
        if found["kind"] == comparison.PEERS:
            continue
        spec = found["spec"]
        action, rules = spec.get("action", "ALLOW"), spec.get("rules", [])
        for at, rule in enumerate(rules):
            parts = [("source", entry["source"]) for entry in rule.get("from", [])]
            parts += [("operation", entry["operation"]) for entry in rule.get("to", [])]
            for part, fields in parts:
                for field in fields:
                    less = {key: value for key, value in fields.items() if key != field}
                    if less:
                        side = "from" if part == "source" else "to"
                        entries = [{part: less} if entry[part] is fields else entry for entry in rule[side]]
                        changed = rules[:at] + [rule | {side: entries}] + rules[at + 1 :]
                        yield f"{action} {field}", _without(objects, index, spec | {"rules": changed})
            for side in rule:
                less = {key: value for key, value in rule.items() if key != side}
                names = sorted({f for _, fields in parts for f in fields} if side != "when"
                               else {condition["key"] for condition in rule["when"]})
                changed = rules[:at] + [less] + rules[at + 1 :]
                if len(names) == 1:
                    yield f"{action} {names[0]}", _without(objects, index, spec | {"rules": changed})
        others = objects[:index] + objects[index + 1 :]
        yield f"a policy with {action}", others
        if "annotations" in found["metadata"]:
            plain = {key: value for key, value in found["metadata"].items() if key != "annotations"}
            yield "dry run", objects[:index] + [found | {"metadata": plain}] + objects[index + 1 :]
    for label, changed in modes.variants(asked | {"objects": [
            found for found in objects if found["kind"] == comparison.PEERS]}):
        yield label, [found for found in objects if found["kind"] != comparison.PEERS] + changed


def answers(program, sets):
    """The sets with what their requests may come to; those that Istio refuses are left out."""
    lines, of_set = [], []
    for place, asked in enumerate(sets):
        for dated in comparison.orders(asked["objects"], ties_are_open=True):
            of_set.append(place)
            lines.append(json.dumps({"id": str(len(lines)), "objects": dated, "workloads": asked["workloads"],
                                     "requests": asked["requests"]}))
    done = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True, check=True)
    found, refused = collections.defaultdict(list), set()
    for place, answer in zip(of_set, map(json.loads, done.stdout.splitlines()), strict=True):
        if "error" in answer:
            refused.add(place)
        else:
            found[place].append(answer["allowed"])
    result = []
    for place, asked in enumerate(sets):
        if place not in refused:
            columns = zip(*found[place], strict=True)
            requests = [request | {"allowed": sorted(set(column))}
                        for request, column in zip(asked["requests"], columns, strict=True)]
            result.append(asked | {"requests": requests})
    return result


def asked_sets(seed, count):
    """Random sets, and their variants."""
    source = Sets(seed)
    sets = [source.one(f"{number:05}") for number in range(count)]
    varied = [asked | {"name": f"{asked['name']}-{number}", "label": label, "objects": objects}
              for asked in sets for number, (label, objects) in enumerate(variants(asked), start=1) if objects]
    return sets, varied


def table(sets, varied):
    """How many verdicts turn without something, by label."""
    by_name = {found["name"]: found for found in sets}
    turned = collections.Counter()
    for found in varied:
        if first := by_name.get(found["name"].split("-")[0]):
            pairs = zip(first["requests"], found["requests"], strict=True)
            turned[found["label"]] += sum(one["allowed"] != other["allowed"] for one, other in pairs)
    return turned


def run(program, seed, count):
    sets, varied = (answers(program, each) for each in asked_sets(seed, count))
    turned = table(sets, varied)
    for label, times in sorted(turned.items()):
        print(f"{times:8} {label}")
    kinds = collections.Counter(str(request["allowed"]) for found in [*sets, *varied]
                                for request in found["requests"])
    different = comparison.judged([*sets, *varied], KIND)
    print(f"seed {seed}: {sum(kinds.values())} verdicts on {len(sets) + len(varied)} sets ({count - len(sets)} of "
          f"{count} refused by Istio): {kinds['[True]']} allowed, {kinds['[False]']} refused, "
          f"{kinds['[False, True]']} by age; {len(different)} sets differ")
    silent = {label for label in turned if any(word in label for word in NEVER)}
    few = [label for label, times in turned.items()
           if (times > 0 if label in silent else times < ENOUGH and count >= 1000)]
    if different:
        comparison.show(different, lambda ways: answers(program, ways), KIND)
        sys.exit(1)
    if few:
        sys.exit(f"labels that decide too little, or that should not decide: {few}")


def record(program, seed, count):
    sets, _ = asked_sets(seed, count)
    name = f"{KIND}-{ISTIO[:8]}-seed-{seed}.jsonl"
    comparison.write(pathlib.Path("testdata/vectors") / name, {"asked": KIND, "seed": seed}, answers(program, sets))


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
