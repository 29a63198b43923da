"""Random sets of policies, and requests that come near to them, from a seed."""

import copy
import dataclasses
import json

import attributes as a

DESTINATION_LABELS = [None, None, {"app": "catalog"}, {"app": "catalog"}, {"app": "cart"}]
AXES = {
    "port": [*a.HTTP_PORTS, a.TCP_PORT], "peer": a.PEERS, "source": a.SOURCES, "sni": a.SNIS,
    "method": a.METHODS, "path": a.PATHS, "host": a.HOSTS, "role": a.ROLES,
    "forwarded": a.FORWARDED, "token": a.TOKENS,
}
BY_PLACE = {
    place: [attribute for attribute in a.ATTRIBUTES if attribute.place == place]
    for place in ("source", "operation", "when")
}


@dataclasses.dataclass
class Removal:
    """A test taken out of a rule: its attribute and forms, the rule with it, and what is left."""

    labels: list
    rule: dict
    test: str
    left: list


class Generator:
    def __init__(self, random, keys):
        self.random = random
        self.keys = keys

    def _chance(self, share):
        return self.random.random() < share

    def _attributes(self, place, most):
        chosen, found = BY_PLACE[place], []
        for _ in range(self.random.randint(1, most)):
            attribute = self.random.choices(chosen, [each.weight for each in chosen])[0]
            if attribute not in found:
                found.append(attribute)
        return found

    def _values(self, attribute):
        return self.random.sample(attribute.values, min(len(attribute.values), self.random.choice([1, 1, 2, 3])))

    def _fields(self, place):
        """A `source` or an `operation`."""
        fields = {}
        for attribute in self._attributes(place, 2):
            kind = self.random.random()
            if kind < 0.8:
                fields[attribute.name] = self._values(attribute)
            if kind > 0.65:
                fields[attribute.negative] = self._values(attribute)
        # Istio takes no accounts beside principals or namespaces.
        if any("erviceAccounts" in name for name in fields):
            for name in ("principals", "notPrincipals", "namespaces", "notNamespaces"):
                fields.pop(name, None)
        return fields

    def _condition(self, attribute):
        kind = self.random.random()
        condition = {"key": attribute.name}
        if kind < 0.8:
            condition["values"] = self._values(attribute)
        if kind > 0.65:
            condition["notValues"] = self._values(attribute)
        return condition

    def _rule(self):
        rule = {}
        if self._chance(0.6):
            rule["from"] = [{"source": self._fields("source")} for _ in range(self.random.choice([1, 1, 2]))]
        if self._chance(0.6):
            rule["to"] = [{"operation": self._fields("operation")} for _ in range(self.random.choice([1, 1, 2]))]
        if self._chance(0.45) or not rule and self._chance(0.8):
            rule["when"] = [self._condition(attribute) for attribute in self._attributes("when", 2)]
        return rule

    def _object(self, kind, name, namespace, spec):
        found = {"apiVersion": "security.istio.io/v1", "kind": kind}
        found["metadata"] = {"name": name, "namespace": namespace}
        return found | {"spec": spec}

    def _authorization(self, number, action):
        spec = {} if action == "ALLOW" and self._chance(0.5) else {"action": action}
        if labels := self.random.choice(DESTINATION_LABELS):
            spec["selector"] = {"matchLabels": labels}
        elif self._chance(0.1):
            spec["selector"] = self.random.choice([{}, {"matchLabels": {}}])
        if not self._chance(0.04):
            spec["rules"] = [self._rule() for _ in range(self.random.choice([1, 1, 2, 3]))]
        namespace = "istio-system" if self._chance(0.15) else "shop" if self._chance(0.95) else "pay"
        found = self._object("AuthorizationPolicy", f"policy-{number}", namespace, spec)
        if self._chance(0.05):
            value = self.random.choice(["true", "false", "1", "0", "t", "T", "TRUE", "True", "yes", "tRUE", ""])
            found["metadata"]["annotations"] = {"istio.io/dry-run": value}
        return found

    def _peer_authentications(self):
        found = []
        levels = [("istio-system", None), ("shop", None), ("shop", {"app": "catalog"})]
        for number, (namespace, labels) in enumerate(levels):
            if not self._chance(0.15):
                continue
            spec = {"mtls": {"mode": self.random.choice(["STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET"])}}
            if labels:
                spec["selector"] = {"matchLabels": labels}
                modes = ["STRICT", "PERMISSIVE", "DISABLE", "UNSET"]
                ports = self.random.sample(AXES["port"], self.random.randint(0, 2))
                if ports:
                    spec["portLevelMtls"] = {port: {"mode": self.random.choice(modes)} for port in ports}
            found.append(self._object("PeerAuthentication", f"peers-{number}", namespace, spec))
        return found

    def policies(self):
        """The objects of one set."""
        actions = self.random.choices(
            [["ALLOW"], ["DENY"], ["ALLOW", "DENY"], ["ALLOW", "ALLOW"], ["DENY", "DENY", "ALLOW"], ["AUDIT", "DENY"]],
            [20, 25, 20, 15, 15, 5],
        )[0]
        found = [self._authorization(number, action) for number, action in enumerate(actions)]
        found += self._peer_authentications()
        text = json.dumps(found)
        if ("request.auth" in text or "equestPrincipals" in text) and self._chance(0.95) or self._chance(0.05):
            issuers = [a.ISSUER, a.OTHER_ISSUER] if self._chance(0.3) else [a.ISSUER]
            rules = [{"issuer": issuer, "jwks": self.keys} for issuer in issuers]
            found.append(self._object("RequestAuthentication", "tokens", "shop", {"jwtRules": rules}))
        return found

    def request(self, policies, address, removal=None):
        """A request that comes near to one rule of the policies, most of the time.

        With a removal, every second one passes the tests of its rule, all but the one removed.
        """
        request = self._complete({axis: self.random.choice(values) for axis, values in AXES.items()})
        if self._chance(0.8):
            request["port"] = self.random.choice(a.HTTP_PORTS)
        rules = [rule for policy in policies for rule in policy["spec"].get("rules", [])]
        if not rules or self._chance(0.15):
            return self._complete(request)
        removed = removal.test if removal and self._chance(0.5) else None
        rule = removal.rule if removed else self.random.choice(rules)
        parts = []
        for list_name, field in (("from", "source"), ("to", "operation")):
            if branches := [each[field] for each in rule.get(list_name, [])]:
                with_it = [branch for branch in branches if removed in branch]
                parts += self.random.choice(with_it or branches).items()
        for condition in rule.get("when", []):
            parts += [(condition["key"] + sign, condition[key]) for key, sign in (("values", ""), ("notValues", "!"))
                      if key in condition]
        for name, values in parts:
            if removed or not self._chance(0.12):
                request = self._steered(request, name, values, address, name != removed)
        return self._complete(request)

    def _steered(self, request, name, values, address, passes):
        """The request, changed to pass one test of a rule or to fail it, or as it was."""
        named = {each.name: (each, True) for each in a.ATTRIBUTES}
        named |= {each.name + "!": (each, False) for each in a.ATTRIBUTES}
        named |= {each.negative: (each, False) for each in a.ATTRIBUTES if each.place != "when"}
        attribute, positive = named[name]
        axes = {
            "namespace": "peer", "account": "peer", "claim": "token", "unit": "token", "audience": "token",
            "presenter": "token", "principal": "token", "issuer": "token",
            "remote": self.random.choice(["source", "forwarded"]),
        }
        axis = axes.get(attribute.axis, attribute.axis)
        for choice in self.random.sample(AXES.get(axis, []), len(AXES.get(axis, []))):
            tried = self._complete(request | {axis: choice})
            if any(a.likely(attribute, value, tried, address) for value in values) == (positive == passes):
                return tried
        return request

    def _complete(self, request):
        """With the header of the role as the sender wants it."""
        role = request["role"]
        return request | {"headers": {} if role is None else {"x-role": role}}

    def without_one_test(self, policies):
        """The same policies without one field or condition; `None` where they have none."""
        left = copy.deepcopy(policies)
        rules = [
            pair
            for whole, less in zip(policies, left) if whole["kind"] == "AuthorizationPolicy"
            for pair in zip(whole["spec"].get("rules", []), less["spec"].get("rules", []))
        ]
        places = []
        for whole, less in rules:
            for list_name, field in (("from", "source"), ("to", "operation")):
                places += [(whole, each[field], name) for each in less.get(list_name, []) for name in each[field]]
            for condition in less.get("when", []):
                places += [(whole, condition, name) for name in ("values", "notValues") if name in condition]
        if not places:
            return None
        rule, holder, name = self.random.choice(places)
        values = holder.pop(name)
        label, test = name, name
        if "key" in holder:
            label, test = f"{holder['key']} {name}", holder["key"] + ("!" if name == "notValues" else "")
        for _, less in rules:
            _prune(less)
        return Removal(sorted({f"{label} {a.form(value)}" for value in values}), rule, test, left)


def _prune(rule):
    """Istio takes no empty source, operation or condition; what is empty asks nothing."""
    for list_name, field in (("from", "source"), ("to", "operation")):
        if any(not each[field] for each in rule.get(list_name, [])):
            del rule[list_name]
    rule["when"] = [each for each in rule.get("when", []) if "values" in each or "notValues" in each]
    if not rule["when"]:
        del rule["when"]
