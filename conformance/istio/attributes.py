"""What random policies are made of: every attribute, its forms, and what requests carry.

The weights follow how often real policies use an attribute; none is so small that it is not met.
"""

import dataclasses
import re

LOCAL = "cluster.local/ns"
PEERS = [
    "none",
    f"{LOCAL}/shop/sa/web",
    f"{LOCAL}/shop/sa/cart",
    f"{LOCAL}/pay/sa/web",
    f"{LOCAL}/pay/sa/robot",
    f"{LOCAL}/sa/sa/ns",
    "other.domain/ns/shop/sa/web",
    # No mesh has it: a star that stands for itself.
    "cluster*local/ns/shop/sa/web",
]
SOURCES = ["127.0.0.2", "127.0.0.5", "127.0.0.9", "127.0.0.70", "127.0.0.200"]
FORWARDED = [None, "203.0.113.5", "198.51.100.7", "203.0.113.5, 198.51.100.7"]
ISSUER = "https://issuer.example"
OTHER_ISSUER = "https://second.example"
TOKENS = [
    "none",
    "invalid",
    {"iss": ISSUER, "sub": "alice"},
    {"iss": ISSUER, "sub": "alice", "role": "admin", "aud": "shop.example", "azp": "human"},
    {"iss": ISSUER, "sub": "bob", "role": "team-blue", "org": {"unit": "ops"}, "aud": "web.apps"},
    {"iss": ISSUER, "sub": "team-red", "role": "team-red", "org": {"unit": "dev"}, "azp": "robot"},
    {"iss": ISSUER, "sub": "bob", "role": "", "aud": "apps"},
    {"iss": OTHER_ISSUER, "sub": "alice", "role": "admin"},
    {"iss": ISSUER, "sub": ""},
    {"iss": ISSUER, "sub": "alice", "scope": "read write", "permission": "write"},
    {"iss": ISSUER, "sub": "bob", "scope": "read", "permission": "write admin", "aud": "apps"},
]
PATHS = [
    "/", "/a", "/a/", "/a/b", "/a/b/c", "/a/b/b/c", "/a//c", "/a/x/../b", "/a?q=/b", "/A", "/%61",
    "/a%2Fb", "/b", "/b/c.html", "/c.html?x", "/info", "/a/info", "/a;v=1", "/a\\b", "/healthz",
]
HOSTS = [
    "shop.example", "SHOP.example", "shop.example:18080", "shop.example:9", "a.shop.example",
    "A.b.Shop.example", "shop.test", "api.example", "pay.example", "a.*.example",
]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]
SNIS = ["none", "catalog.shop.svc", "web.shop.svc", "catalog.pay"]
ROLES = [None, "", "admin", "Admin", "team-blue", "team-red", "lead-admin", "  admin  ", "team-*x"]
# What a browser asks before it asks: nobody looks at its token.
PREFLIGHTS = [{}, {}, {}, {}, {}, {"origin": "https://a.example", "access-control-request-method": "POST"}]
HTTP_PORTS, TCP_PORT = [18080, 18081], 13306

_PRINCIPALS = [
    f"{LOCAL}/shop/sa/web", f"{LOCAL}/shop/sa/cart", f"{LOCAL}/pay/sa/robot", f"{LOCAL}/shop/*",
    f"{LOCAL}/shop/sa/*", f"{LOCAL}/pa*", "*/sa/web", "*web", "*", "other.domain/*",
    "other.domain/ns/shop/sa/web", "*/ns/sa/sa/ns",
    # Seldom written, and easily misread.
    f"spiffe://{LOCAL}/shop/sa/web", "cluster*local/ns/shop/sa/web", "cluster.local/*", "web",
    f"{LOCAL}/shop/sa/web*",
    # A dot is one.
    "*/sa/w.b", "*w.b",
]
_NAMESPACES = [
    "shop", "pay", "sh*", "*op", "*", "*a", "sa", "s*p", "p*", "none-such",
    # Seldom written, and easily misread.
    "**", "s*o*p", "shop*", "*shop", "SHOP", "sh.p", "s.*",
]
_ACCOUNTS = ["web", "shop/web", "pay/robot", "sa/ns", "shop/cart", "w.b", "shop/w.b"]
_BLOCKS = [
    "127.0.0.0/29", "127.0.0.9", "127.0.0.64/26", "127.0.0.128/25", "0.0.0.0/0", "2001:db8::/32",
    "127.0.0.5/32",
    # Seldom written, and easily misread.
    "127.0.0.5/24",
]
_REMOTE = ["203.0.113.0/24", "198.51.100.7", "127.0.0.0/8", "127.0.0.0/29", "2001:db8::1", "0.0.0.0/0"]
# No block tells neighbours apart: sets and their variants differ in the last two bytes.
_DESTINATIONS = ["127.0.0.0/9", "127.128.0.0/9", "127.0.0.0/8", "10.0.0.0/8"]
_REQUEST_PRINCIPALS = [
    f"{ISSUER}/alice", f"{ISSUER}/*", "*/alice", "*", f"{ISSUER}/team-*", f"{OTHER_ISSUER}/alice",
    f"{ISSUER}/bob", "*alice", "https://issuer*",
    # Seldom written, and easily misread.
    "*/", "/alice", ISSUER, f"{ISSUER}/alice*", "*://issuer.example/alice", "*issuer.example/alice",
]
_HOSTS = [
    "shop.example", "*.shop.example", "shop.*", "*", "SHOP.example", "shop.example:18080", "api.example",
    "*.example",
    # Seldom written, and easily misread.
    "shop.example:*", "SHOP.*", "*.EXAMPLE", "*:18080", "a.*.example",
]
_METHODS = [
    "GET", "POST", "PUT", "G*", "P*", "*T", "*", "DELETE", "get",
    # Seldom written, and easily misread.
    "GE*T", "**",
]
_PATHS = [
    "/a", "/a/b", "/a/*", "/a*", "*/info", "*.html", "*", "/a/{*}/c", "/a/{**}", "/{*}", "/{**}/c", "/A",
    "/a/", "/b", "/info", "/a%2Fb", "/healthz", "/",
    # Seldom written, and easily misread.
    "/a?q=/b", "/a/{*}", "//c", "/%61", "a", "/a/**", "**", "/a/{*}/{*}/c", "/{*}/{**}", "/a;v=1", "/b/c.*",
]
_ROLES = [
    "admin", "team-*", "*-admin", "*", "Admin", "team-red", "team-blue",
    # Seldom written, and easily misread.
    "**", "team-*x", " admin", "admin*",
]
_WORDS = ["read", "write", "read write", "*", "re*", "*write", "admin"]


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One attribute of Istio's, and the axis of a request that it looks at."""

    name: str
    place: str  # source, operation or when
    axis: str
    weight: int
    values: list
    http: bool = False

    @property
    def negative(self):
        """The name of the field that takes the values that must not match."""
        return "notValues" if self.place == "when" else "not" + self.name[0].upper() + self.name[1:]


ATTRIBUTES = [
    Attribute("principals", "source", "peer", 20, _PRINCIPALS),
    Attribute("namespaces", "source", "namespace", 11, _NAMESPACES),
    Attribute("serviceAccounts", "source", "account", 5, _ACCOUNTS),
    Attribute("requestPrincipals", "source", "principal", 10, _REQUEST_PRINCIPALS, True),
    Attribute("ipBlocks", "source", "source", 7, _BLOCKS),
    Attribute("remoteIpBlocks", "source", "remote", 5, _REMOTE),
    Attribute("paths", "operation", "path", 22, _PATHS, True),
    Attribute("methods", "operation", "method", 15, _METHODS, True),
    Attribute("hosts", "operation", "host", 9, _HOSTS, True),
    Attribute("ports", "operation", "port", 8, ["18080", "18081", "13306", "9"]),
    Attribute("request.headers[x-role]", "when", "role", 6, _ROLES, True),
    Attribute("request.headers[X-Role]", "when", "role", 2, _ROLES, True),
    Attribute("request.headers[:method]", "when", "method", 1, _METHODS, True),
    Attribute("request.headers[host]", "when", "host", 1, _HOSTS, True),
    Attribute("request.headers[:authority]", "when", "host", 1, _HOSTS, True),
    Attribute("request.headers[x-none]", "when", "none", 1, _ROLES, True),
    Attribute("request.auth.claims[iss]", "when", "issuer", 1, [ISSUER, "https:*", "*"], True),
    Attribute("request.auth.claims[role]", "when", "claim", 4, _ROLES, True),
    Attribute("request.auth.claims[org][unit]", "when", "unit", 3, ["ops", "d*", "*s", "*"], True),
    Attribute("request.auth.claims[scope]", "when", "scope", 2, _WORDS, True),
    Attribute("request.auth.claims[permission]", "when", "permission", 1, _WORDS, True),
    Attribute("request.auth.audiences", "when", "audience", 3, ["shop.example", "*.apps", "*", "web*"], True),
    Attribute("request.auth.presenter", "when", "presenter", 3, ["human", "ro*", "*", "*t"], True),
    Attribute("request.auth.principal", "when", "principal", 3, _REQUEST_PRINCIPALS, True),
    Attribute("source.principal", "when", "peer", 3, _PRINCIPALS),
    Attribute("source.namespace", "when", "namespace", 4, _NAMESPACES),
    Attribute("source.serviceAccount", "when", "account", 3, _ACCOUNTS),
    Attribute("source.ip", "when", "source", 3, _BLOCKS),
    Attribute("remote.ip", "when", "remote", 3, _REMOTE),
    Attribute("destination.ip", "when", "destination", 3, _DESTINATIONS),
    Attribute("destination.port", "when", "port", 3, ["18080", "18081", "13306", "9"]),
    Attribute("connection.sni", "when", "sni", 3, ["catalog.shop.svc", "*.svc", "catalog.*", "*"]),
]


def form(value):
    """The name of the form of a value, for the table of coverage."""
    if value == "*":
        return "presence"
    if "{" in value:
        return "template"
    if "*" not in value:
        return "block" if "/" in value and re.fullmatch(r"[0-9a-f.:/]+", value) else "exact"
    return "suffix" if value.startswith("*") else "prefix" if value.endswith("*") else "inner star"


@dataclasses.dataclass(frozen=True)
class Test:
    """One test of a rule: a field or one side of a condition."""

    attribute: Attribute
    negative: bool
    values: tuple

    @property
    def field(self):
        """Its name: a field, or a key and its side."""
        if self.attribute.place == "when":
            return f"{self.attribute.name} {'notValues' if self.negative else 'values'}"
        return self.attribute.negative if self.negative else self.attribute.name

    @property
    def labels(self):
        """Its rows in the table of coverage."""
        return sorted({f"{self.field} {form(value)}" for value in self.values})


# Envoy takes no method with a star in it for a request, so there is none for these to leave out.
_NEVER = {"notMethods inner star", "request.headers[:method] notValues inner star"}


def every_label():
    """For each label of a test with values of one form, those values."""
    found = {}
    for attribute in ATTRIBUTES:
        for value in attribute.values:
            for negative in (False, True):
                label = Test(attribute, negative, (value,)).labels[0]
                if label not in _NEVER:
                    found.setdefault(label, (attribute, negative, []))[2].append(value)
    return found


def tests(rule):
    """The tests of a rule by their branches: of each source, of each operation, of the conditions."""
    def branch(fields):
        return [_NAMED[name](values) for name, values in fields.items()]

    branches = [
        [branch(each[field]) for each in rule.get(list_name, [])]
        for list_name, field in (("from", "source"), ("to", "operation"))
    ]
    conditions = [_NAMED[f"{each['key']} {side}"](each[side])
                  for each in rule.get("when", []) for side in ("values", "notValues") if side in each]
    return branches, conditions


def _named():
    def test(attribute, negative):
        return lambda values: Test(attribute, negative, tuple(values))

    return {Test(attribute, negative, ()).field: test(attribute, negative)
            for attribute in ATTRIBUTES for negative in (False, True)}


_NAMED = _named()
