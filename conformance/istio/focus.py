"""Sets in which single tests decide: each has some rules of one test, and few others in the way.

A request that fails all of them and nothing else is decided otherwise by each variant in which one
test is taken out; one that matches a single rule is decided otherwise once that rule is gone.
"""

import collections
import json

import attributes as a
import steering
from sets import PolicySet, Variant, named, rule_of, token_rules

RULES, FAILING, MATCHING = 6, 20, 2
# Istio refuses accounts beside principals or namespaces in one source.
_ACCOUNTS, _OTHERS = {"serviceAccounts"}, {"principals", "namespaces"}


class Focus:
    def __init__(self, random):
        self.random = random
        self.labels = a.every_label()
        # What turned so far, by label: those with the least come first.
        self.turned = collections.Counter()

    def _chance(self, share):
        return self.random.random() < share

    def _test(self, label):
        attribute, negative, values = self.labels[label]
        count = min(len(values), self.random.choice([1, 1, 2]))
        return a.Test(attribute, negative, tuple(self.random.sample(values, count)))

    def _companion(self, test):
        """Another test for the same rule, now and then."""
        if not self._chance(0.3):
            return []
        other = self._test(self.random.choice(list(self.labels)))
        names = {test.attribute.name, other.attribute.name}
        if test.field == other.field or names & _ACCOUNTS and names & _OTHERS:
            return []
        return [other]

    def _failing(self, rules, action, address):
        """A request that passes all of each rule but its test."""
        aims = [(test, False) for test, _ in rules]
        aims += [(other, True) for _, others in rules for other in others]

        def wanted(request):
            return all(
                not steering.matches(rule_of([test, *others]), action, request, address)
                and steering.matches(rule_of(others), action, request, address)
                for test, others in rules
            )

        return steering.search(self.random, aims, wanted, address)

    def _matching(self, rules, index, action, address):
        """A request that matches this rule and none of the others."""
        aims = [(test, number == index) for number, (test, _) in enumerate(rules)]
        aims += [(other, True) for other in rules[index][1]]

        def wanted(request):
            return all(
                steering.matches(rule_of([test, *others]), action, request, address) == (number == index)
                for number, (test, others) in enumerate(rules)
            )

        return steering.search(self.random, aims, wanted, address)

    def _rules(self, action, address):
        """Labels that need it most, and rules of theirs that one request can fail together."""
        pool = sorted(self.labels, key=lambda label: (self.turned[label], self.random.random()))[: 4 * RULES]
        found = []
        for label in pool:
            test = self._test(label)
            tried = [*found, (label, test, self._companion(test))]
            if self._failing([each[1:] for each in tried], action, address):
                found = tried
            if len(found) == RULES:
                break
        return found

    def _policies(self, rules, action):
        """The rules in one policy or in one each, and what else is true of most clusters."""
        if self._chance(0.7):
            groups = [rules]
        else:
            groups = [[rule] for rule in rules]
        found = []
        for number, group in enumerate(groups):
            namespace = "istio-system" if self._chance(0.15) else "shop"
            spec = {"action": action, "rules": group}
            if self._chance(0.4):
                spec["selector"] = {"matchLabels": {"app": "catalog"}}
            found.append(named("AuthorizationPolicy", f"policy-{number}", spec, namespace))
        if action == "DENY" and self._chance(0.4):
            found.append(named("AuthorizationPolicy", "all", {"rules": [{}]}))
        return found

    def _tokens(self, rules):
        asks = any(word in json.dumps(rules) for word in ("request.auth", "equestPrincipals"))
        if not asks and self._chance(0.9):
            return []
        where = self.random.choice(["shop", "shop", "istio-system"])
        if self._chance(0.3):
            return [token_rules("first", [a.ISSUER], where), token_rules("second", [a.OTHER_ISSUER])]
        return [token_rules("tokens", [a.ISSUER, a.OTHER_ISSUER], where)]

    def policy_set(self, address):
        """A set with a variant for each of its rules without its test, and one without the rule."""
        for action in self.random.sample(["ALLOW", "DENY"], 2):
            chosen = self._rules(action, address)
            if chosen:
                break
        labels, rules = [each[0] for each in chosen], [each[1:] for each in chosen]
        written = [rule_of([test, *others]) for test, others in rules]
        tokens = self._tokens(written)
        whole = self._policies(written, action) + tokens

        def without(index, left):
            """The policies with `left` in place of the rule, or with nothing."""
            policies = []
            for policy in whole:
                spec = dict(policy["spec"])
                if "rules" in spec:
                    kept = [left if rule is written[index] else [rule] for rule in spec["rules"]]
                    spec["rules"] = [rule for listed in kept for rule in listed]
                # Istio takes no DENY without rules.
                if spec.get("rules") != [] or action == "ALLOW":
                    policies.append(policy | {"spec": spec})
            return policies

        failing = [self._failing(rules, action, address) for _ in range(FAILING)]
        failing = [request for request in failing if request]
        variants = []
        for index, (label, (_, others)) in enumerate(zip(labels, rules)):
            variants.append(Variant(label, without(index, [rule_of(others)]), failing))
            matching = [self._matching(rules, index, action, address) for _ in range(MATCHING)]
            if matching := [request for request in matching if request]:
                variants.append(Variant(f"{label}: its rule", without(index, []), matching))
        return PolicySet(whole, [], variants)
