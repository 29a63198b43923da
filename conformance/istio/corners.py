"""Corners where a reading goes wrong easily: each as a set, and a variant of it without the corner."""

import collections
import copy

import attributes as a
import steering
from sets import PolicySet, Variant, named, rule_of, token_rules

REQUESTS = 12
EVERYTHING = named("AuthorizationPolicy", "all", {"rules": [{}]})


def _claims(request):
    token = request["token"]
    return token if isinstance(token, dict) else {}


def _over_http(wanted):
    return lambda request: request["port"] != a.TCP_PORT and wanted(request)


class Corners:
    def __init__(self, random):
        self.random = random
        self.tests = a.every_label()
        self.corners = {name.replace("_", " "): getattr(self, f"_{name}") for name in CORNERS}
        self.turned = collections.Counter()

    def policy_set(self, address):
        """A set about the corner that has turned the fewest verdicts so far."""
        label = min(self.corners, key=lambda name: (self.turned[f"corner: {name}"], self.random.random()))
        whole, left, wanted = self.corners[label](address)
        found = [steering.search(self.random, [], wanted, address) for _ in range(REQUESTS)]
        requests = [request for request in found if request]
        return PolicySet(whole, [], [Variant(f"corner: {label}", left, requests)])

    def _rule(self, address, http=None):
        """A rule of one test, and what says whether a request matches it."""
        chosen = [label for label, (attribute, _, _) in self.tests.items()
                  if http is None or attribute.http == http]
        attribute, negative, values = self.tests[self.random.choice(chosen)]
        rule = rule_of([a.Test(attribute, negative, (self.random.choice(values),))])
        return rule, lambda request, action: steering.matches(rule, action, request, address)

    def _tokens(self):
        return token_rules("tokens", [a.ISSUER, a.OTHER_ISSUER])

    def _policy(self, action, rules, name="policy", namespace="shop", labels=None, annotations=None):
        spec = {"action": action, "rules": rules}
        if labels:
            spec["selector"] = {"matchLabels": labels}
        return named("AuthorizationPolicy", name, spec, namespace, annotations)

    def _dry_run(self, address):
        rule, matched = self._rule(address)
        value = self.random.choice(["true", "1", "t", "T", "TRUE", "True"])
        dry = self._policy("DENY", [rule], annotations={"istio.io/dry-run": value})
        left = self._policy("DENY", [rule])
        return [dry, self._tokens()], [left, self._tokens()], lambda request: matched(request, "DENY")

    def _no_dry_run(self, address):
        """What only looks like one; the variant is a true one."""
        rule, matched = self._rule(address)
        value = self.random.choice(["false", "0", "F", "yes", "tRUE", "", "on"])
        whole = self._policy("DENY", [rule], annotations={"istio.io/dry-run": value})
        dry = self._policy("DENY", [rule], annotations={"istio.io/dry-run": "true"})
        return [whole, self._tokens()], [dry, self._tokens()], lambda request: matched(request, "DENY")

    def _empty_rule(self, address):
        action = self.random.choice(["ALLOW", "DENY"])
        rule, matched = self._rule(address)
        whole, left = self._policy(action, [rule, {}]), self._policy(action, [rule])
        return [whole, self._tokens()], [left, self._tokens()], lambda request: not matched(request, action)

    def _no_rules(self, _):
        spec = self.random.choice([{}, {"action": "ALLOW"}, {"rules": []}])
        whole = named("AuthorizationPolicy", "nothing", spec)
        return [whole, self._tokens()], [self._tokens()], lambda _: True

    def _root_namespace(self, address):
        rule, matched = self._rule(address)
        labels = self.random.choice([None, {"app": "catalog"}])
        whole = self._policy("DENY", [rule], namespace="istio-system", labels=labels)
        left = self._policy("DENY", [rule], namespace="pay", labels=labels)
        return [whole, self._tokens()], [left, self._tokens()], lambda request: matched(request, "DENY")

    def _selector_of_others(self, address):
        rule, matched = self._rule(address)
        labels = self.random.choice([{"app": "cart"}, {"app": "catalog", "version": "v2"}])
        whole, left = self._policy("DENY", [rule], labels=labels), self._policy("DENY", [rule])
        return [whole, self._tokens()], [left, self._tokens()], lambda request: matched(request, "DENY")

    def _http_branch_on_bytes(self, _):
        """One branch asks for HTTP: an ALLOW loses the whole rule on bytes, a DENY matches all of them."""
        action = self.random.choice(["ALLOW", "DENY"])
        ports = ["13306"] if action == "ALLOW" else ["9"]
        bytes_alone = {"operation": {"ports": ports}}
        http = self.random.choice([{"paths": ["/a"]}, {"notMethods": ["GET"]}, {"hosts": ["*"]}])
        whole = self._policy(action, [{"to": [bytes_alone, {"operation": http}]}])
        left = self._policy(action, [{"to": [bytes_alone]}])
        return [whole], [left], lambda request: request["port"] == a.TCP_PORT

    def _http_rule_on_bytes(self, _):
        """A DENY by what only HTTP has refuses all bytes; an ALLOW lets none in."""
        rule, _ = self._rule("", http=True)
        whole = self._policy("DENY", [rule])
        return [whole, self._tokens()], [self._tokens()], lambda request: request["port"] == a.TCP_PORT

    def _deny_before_allow(self, address):
        rule, matched = self._rule(address)
        deny = self._policy("DENY", [rule])
        return ([deny, EVERYTHING, self._tokens()], [EVERYTHING, self._tokens()],
                lambda request: matched(request, "DENY"))

    def _second_allow(self, address):
        first, one = self._rule(address)
        second, other = self._rule(address)
        allows = [self._policy("ALLOW", [first]), self._policy("ALLOW", [second], "second"), self._tokens()]
        return (allows, [allows[0], allows[2]],
                lambda request: other(request, "ALLOW") and not one(request, "ALLOW"))

    def _entry_of_a_list(self, address):
        attribute = self.random.choice([each for each in a.ATTRIBUTES if len(each.values) > 3])
        negative = self.random.random() < 0.3
        values = self.random.sample(attribute.values, 3)
        rules = [rule_of([a.Test(attribute, negative, tuple(kept))]) for kept in (values, values[1:])]
        action = self.random.choice(["ALLOW", "DENY"])
        whole, left = ([self._policy(action, [rule]), self._tokens()] for rule in rules)
        return whole, left, lambda request: (
            steering.matches(rules[0], action, request, address)
            != steering.matches(rules[1], action, request, address))

    def _one_of_several_branches(self, address):
        place, name = self.random.choice([("source", "from"), ("operation", "to")])
        labels = [label for label, (attribute, _, _) in self.tests.items() if attribute.place == place]
        tests = [self.tests[label] for label in self.random.sample(labels, 2)]
        each = [rule_of([a.Test(attribute, negative, (self.random.choice(values),))])
                for attribute, negative, values in tests]
        both, action = {name: each[0][name] + each[1][name]}, self.random.choice(["ALLOW", "DENY"])
        whole, left = ([self._policy(action, [rule]), self._tokens()] for rule in (both, each[0]))
        return whole, left, lambda request: (
            steering.matches(both, action, request, address)
            != steering.matches(each[0], action, request, address))

    def _audit(self, address):
        rule, matched = self._rule(address)
        whole, left = self._policy("AUDIT", [rule]), self._policy("DENY", [rule])
        return [whole, self._tokens()], [left, self._tokens()], lambda request: matched(request, "DENY")

    def _strict(self, _):
        levels = [("istio-system", None), ("shop", None), ("shop", {"app": "catalog"})]
        namespace, labels = self.random.choice(levels)
        spec = {"mtls": {"mode": "STRICT"}} | ({"selector": {"matchLabels": labels}} if labels else {})
        strict = named("PeerAuthentication", "strict", spec, namespace)
        return [strict, EVERYTHING], [EVERYTHING], lambda request: request["peer"] == "none"

    def _mode_of_a_port(self, _):
        port = self.random.choice([*a.HTTP_PORTS, a.TCP_PORT])
        pairs = [("STRICT", "PERMISSIVE"), ("PERMISSIVE", "STRICT"), ("STRICT", "DISABLE")]
        modes = self.random.choice(pairs)
        spec = {"selector": {"matchLabels": {"app": "catalog"}}, "mtls": {"mode": modes[0]}}
        left = named("PeerAuthentication", "ports", copy.deepcopy(spec))
        whole = named("PeerAuthentication", "ports", spec | {"portLevelMtls": {port: {"mode": modes[1]}}})
        return [whole], [left], lambda request: request["port"] == port and request["peer"] == "none"

    def _disable_hides_peers(self, _):
        value = self.random.choice(["*", "cluster.local/*"])
        allow = self._policy("ALLOW", [{"from": [{"source": {"principals": [value]}}]}])
        disable = named("PeerAuthentication", "off", {"mtls": {"mode": "DISABLE"}})
        return [allow, disable], [allow], lambda request: request["peer"].startswith("cluster.local/")

    def _invalid_tokens(self, _):
        tokens = token_rules("tokens", [a.ISSUER], self.random.choice(["shop", "istio-system"]))
        unknown = [token for token in a.TOKENS if token != "none" and a.ISSUER not in str(token)]
        return [tokens, EVERYTHING], [EVERYTHING], _over_http(lambda request: request["token"] in unknown)

    def _tokens_of_others(self, _):
        """A RequestAuthentication of another workload; the variant is for all."""
        spare = [token_rules("others", [a.ISSUER], labels={"app": "cart"})]
        left = [token_rules("others", [a.ISSUER])]
        return spare, left, _over_http(lambda request: request["token"] == "invalid")

    def _tokens_nobody_checks(self, _):
        """A principal of the request is there only where its token is checked."""
        allow = self._policy("ALLOW", [{"from": [{"source": {"requestPrincipals": ["*"]}}]}])
        return [allow], [allow, self._tokens()], _over_http(lambda request: _claims(request).get("sub"))

    def _second_issuer(self, _):
        first = token_rules("first", [a.ISSUER], self.random.choice(["shop", "istio-system"]))
        second = token_rules("second", [a.OTHER_ISSUER])
        return [first, second], [first], _over_http(
            lambda request: _claims(request).get("iss") == a.OTHER_ISSUER)

    def _audiences_of_tokens(self, _):
        """Taken out, tokens for others are valid too."""
        whole = token_rules("tokens", [a.ISSUER], audiences=["shop.example"])
        return [whole], [token_rules("tokens", [a.ISSUER])], _over_http(
            lambda request: _claims(request).get("iss") == a.ISSUER
            and _claims(request).get("aud") != "shop.example")

    def _preflight(self, _):
        """Nobody looks at the token of a request that begins CORS; who asks for a principal has none."""
        deny = self._policy("DENY", [{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}])
        return [deny, self._tokens()], [self._tokens()], _over_http(
            lambda request: request["method"] == "OPTIONS" and request["preflight"])


CORNERS = [
    "dry_run", "no_dry_run", "empty_rule", "no_rules", "root_namespace", "selector_of_others",
    "http_branch_on_bytes", "http_rule_on_bytes", "deny_before_allow", "second_allow", "entry_of_a_list",
    "one_of_several_branches", "audit", "strict", "mode_of_a_port", "disable_hides_peers",
    "invalid_tokens", "tokens_of_others", "tokens_nobody_checks", "second_issuer",
    "audiences_of_tokens", "preflight",
]
