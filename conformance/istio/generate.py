"""Wild sets of policies, weighted as real ones are, and requests that come near to them."""

import copy
import dataclasses
import json

import attributes as a
import steering
from sets import PolicySet, Variant, named, token_rules

DESTINATION_LABELS = [None, None, {"app": "catalog"}, {"app": "catalog"}, {"app": "cart"}]
DRY_RUNS = ["true", "false", "1", "0", "t", "T", "TRUE", "True", "yes", "tRUE", ""]
MODES = ["STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET"]
ACTIONS = {
    ("ALLOW",): 20, ("DENY",): 25, ("ALLOW", "DENY"): 20, ("ALLOW", "ALLOW"): 15,
    ("DENY", "DENY", "ALLOW"): 15, ("AUDIT", "DENY"): 5,
}
AUDIENCES = [None, None, ["shop.example"], ["apps", "web.apps"]]
REQUESTS = 25
BY_PLACE = {
    place: [attribute for attribute in a.ATTRIBUTES if attribute.place == place]
    for place in ("source", "operation", "when")
}


@dataclasses.dataclass
class Removal:
    """A test taken out of a rule: its labels, the rule with it, its field, and what is left."""

    labels: list
    rule: dict
    test: str
    left: list


class Wild:
    def __init__(self, random):
        self.random = random

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
        count = min(len(attribute.values), self.random.choice([1, 1, 2, 3]))
        return self.random.sample(attribute.values, count)

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
        for list_name, field in (("from", "source"), ("to", "operation")):
            if self._chance(0.6):
                count = self.random.choice([1, 1, 2])
                rule[list_name] = [{field: self._fields(field)} for _ in range(count)]
        if self._chance(0.45) or not rule and self._chance(0.8):
            rule["when"] = [self._condition(attribute) for attribute in self._attributes("when", 2)]
        return rule

    def _authorization(self, number, action):
        spec = {} if action == "ALLOW" and self._chance(0.5) else {"action": action}
        if labels := self.random.choice(DESTINATION_LABELS):
            spec["selector"] = {"matchLabels": labels}
        elif self._chance(0.1):
            spec["selector"] = self.random.choice([{}, {"matchLabels": {}}])
        if not self._chance(0.04):
            spec["rules"] = [self._rule() for _ in range(self.random.choice([1, 1, 2, 3]))]
        namespace = "istio-system" if self._chance(0.15) else "shop" if self._chance(0.95) else "pay"
        found = named("AuthorizationPolicy", f"policy-{number}", spec, namespace)
        if self._chance(0.05):
            value = self.random.choice(DRY_RUNS)
            found["metadata"]["annotations"] = {"istio.io/dry-run": value}
        return found

    def _peer_authentications(self):
        found = []
        levels = [("istio-system", None), ("shop", None), ("shop", {"app": "catalog"})]
        for number, (namespace, labels) in enumerate(levels):
            if not self._chance(0.15):
                continue
            spec = {"mtls": {"mode": self.random.choice(MODES)}}
            if labels:
                spec["selector"] = {"matchLabels": labels}
                modes = ["STRICT", "PERMISSIVE", "DISABLE", "UNSET"]
                ports = self.random.sample(steering.AXES["port"], self.random.randint(0, 2))
                if ports:
                    spec["portLevelMtls"] = {port: {"mode": self.random.choice(modes)} for port in ports}
            found.append(named("PeerAuthentication", f"peers-{number}", spec, namespace))
        return found

    def _request_authentications(self):
        """One, or several that add up; now and then one of another workload."""
        found, issuers = [], [[a.ISSUER], [a.ISSUER], [a.ISSUER, a.OTHER_ISSUER], [a.OTHER_ISSUER]]
        for number in range(self.random.choice([1, 1, 1, 2, 2, 3])):
            namespace = "istio-system" if self._chance(0.2) else "shop"
            labels = self.random.choice(DESTINATION_LABELS)
            audiences = self.random.choice(AUDIENCES)
            chosen = self.random.choice(issuers)
            found.append(token_rules(f"tokens-{number}", chosen, namespace, labels, audiences))
        return found

    def _policies(self):
        """The objects of one set."""
        actions = self.random.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        found = [self._authorization(number, action) for number, action in enumerate(actions)]
        found += self._peer_authentications()
        text = json.dumps(found)
        asks = "request.auth" in text or "equestPrincipals" in text
        if self._chance(0.95 if asks else 0.05):
            found += self._request_authentications()
        return found

    def _request(self, policies, address, removal):
        """A request that comes near to one rule of the policies, most of the time.

        With a removal, every second one passes the tests of its rule, all but the one removed.
        """
        request = steering.anything(self.random)
        rules = [rule for policy in policies for rule in policy["spec"].get("rules", [])]
        if not rules or self._chance(0.15):
            return request
        removed = removal.test if removal and self._chance(0.5) else None
        rule = removal.rule if removed else self.random.choice(rules)
        branches, found = a.tests(rule)
        for listed in filter(None, branches):
            with_it = [branch for branch in listed if any(test.field == removed for test in branch)]
            found = found + self.random.choice(with_it or listed)
        for test in found:
            if removed or not self._chance(0.12):
                request = steering.steered(self.random, request, test, address, test.field != removed)
        return request

    def policy_set(self, address):
        """A set, and a variant without one of its tests."""
        policies = self._policies()
        removal = self._without_one_test(policies)
        requests = [self._request(policies, address, removal) for _ in range(REQUESTS)]
        variants = []
        if removal:
            # With values of several forms it is not told which of them decided.
            label = removal.labels[0] if len(removal.labels) == 1 else None
            variants.append(Variant(label, removal.left, requests))
        return PolicySet(policies, requests, variants)

    def _without_one_test(self, policies):
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
                holders = [each[field] for each in less.get(list_name, [])]
                places += [(whole, holder, name) for holder in holders for name in holder]
            for condition in less.get("when", []):
                places += [(whole, condition, name) for name in ("values", "notValues") if name in condition]
        if not places:
            return None
        rule, holder, name = self.random.choice(places)
        values = holder.pop(name)
        field = f"{holder['key']} {name}" if "key" in holder else name
        for _, less in rules:
            _prune(less)
        return Removal(sorted({f"{field} {a.form(value)}" for value in values}), rule, field, left)


def _prune(rule):
    """Istio takes no empty source, operation or condition; what is empty asks nothing."""
    for list_name, field in (("from", "source"), ("to", "operation")):
        if any(not each[field] for each in rule.get(list_name, [])):
            del rule[list_name]
    rule["when"] = [each for each in rule.get("when", []) if "values" in each or "notValues" in each]
    if not rule["when"]:
        del rule["when"]
