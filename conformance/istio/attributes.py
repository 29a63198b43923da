"""What random policies are made of: every attribute, its forms, and what requests carry.

The weights follow how often real policies use an attribute; none is so small that it is not met.
`likely` only steers requests towards rules. It decides nothing, and may be wrong.
"""

import dataclasses
import fnmatch
import ipaddress
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
]
PATHS = [
    "/", "/a", "/a/", "/a/b", "/a/b/c", "/a/b/b/c", "/a//c", "/a/x/../b", "/a?q=/b", "/A", "/%61",
    "/a%2Fb", "/b", "/b/c.html", "/c.html?x", "/info", "/a/info", "/a;v=1", "/a\\b", "/healthz",
]
HOSTS = [
    "shop.example", "SHOP.example", "shop.example:18080", "shop.example:9", "a.shop.example",
    "A.b.Shop.example", "shop.test", "api.example", "pay.example",
]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]
SNIS = ["none", "catalog.shop.svc", "web.shop.svc", "catalog.pay"]
ROLES = [None, "", "admin", "Admin", "team-blue", "team-red", "lead-admin", "  admin  "]
HTTP_PORTS, TCP_PORT = [18080, 18081], 13306

_PRINCIPALS = [
    f"{LOCAL}/shop/sa/web", f"{LOCAL}/shop/sa/cart", f"{LOCAL}/pay/sa/robot", f"{LOCAL}/shop/*",
    f"{LOCAL}/shop/sa/*", f"{LOCAL}/pa*", "*/sa/web", "*web", "*", "other.domain/*",
    "other.domain/ns/shop/sa/web", "*/ns/sa/sa/ns",
    # Seldom written, and easily misread.
    f"spiffe://{LOCAL}/shop/sa/web", "cluster*local/ns/shop/sa/web", "cluster.local/*", "web", f"{LOCAL}/shop/sa/web*",
]
_NAMESPACES = ["shop", "pay", "sh*", "*op", "*", "*a", "sa", "s*p", "p*", "none-such",
    # Seldom written, and easily misread.
    "**", "s*o*p", "shop*", "*shop", "SHOP",
]
_ACCOUNTS = ["web", "shop/web", "pay/robot", "sa/ns", "shop/cart"]
_BLOCKS = [
    "127.0.0.0/29", "127.0.0.9", "127.0.0.64/26", "127.0.0.128/25", "0.0.0.0/0", "2001:db8::/32", "127.0.0.5/32",
    # Seldom written, and easily misread.
    "127.0.0.5/24",
]
_REMOTE = ["203.0.113.0/24", "198.51.100.7", "127.0.0.0/8", "127.0.0.0/29", "2001:db8::1", "0.0.0.0/0"]
_REQUEST_PRINCIPALS = [
    f"{ISSUER}/alice", f"{ISSUER}/*", "*/alice", "*", f"{ISSUER}/team-*", f"{OTHER_ISSUER}/alice", f"{ISSUER}/bob",
    "*alice", "https://issuer*",
    # Seldom written, and easily misread.
    "*/", "/alice", ISSUER, f"{ISSUER}/alice*", "*://issuer.example/alice", "*issuer.example/alice",
]
_HOSTS = ["shop.example", "*.shop.example", "shop.*", "*", "SHOP.example", "shop.example:18080", "api.example", "*.example",
    # Seldom written, and easily misread.
    "shop.example:*", "SHOP.*", "*.EXAMPLE", "*:18080", "a.*.example",
]
_METHODS = ["GET", "POST", "PUT", "G*", "P*", "*T", "*", "DELETE", "get",
    # Seldom written, and easily misread.
    "GE*T", "**",
]
_PATHS = [
    "/a", "/a/b", "/a/*", "/a*", "*/info", "*.html", "*", "/a/{*}/c", "/a/{**}", "/{*}", "/{**}/c", "/A", "/a/",
    "/b", "/info", "/a%2Fb", "/healthz", "/",
    # Seldom written, and easily misread.
    "/a?q=/b", "/a/{*}", "//c", "/%61", "a", "/a/**", "**", "/a/{*}/{*}/c", "/{*}/{**}", "/a;v=1", "/b/c.*",
]
_ROLES = ["admin", "team-*", "*-admin", "*", "Admin", "team-red", "team-blue",
    # Seldom written, and easily misread.
    "**", "team-*x", " admin", "admin*",
]


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
    Attribute("request.auth.audiences", "when", "audience", 3, ["shop.example", "*.apps", "*", "web*"], True),
    Attribute("request.auth.presenter", "when", "presenter", 3, ["human", "ro*", "*", "*t"], True),
    Attribute("request.auth.principal", "when", "principal", 3, _REQUEST_PRINCIPALS, True),
    Attribute("source.principal", "when", "peer", 3, _PRINCIPALS),
    Attribute("source.namespace", "when", "namespace", 4, _NAMESPACES),
    Attribute("source.serviceAccount", "when", "account", 3, _ACCOUNTS),
    Attribute("source.ip", "when", "source", 3, _BLOCKS),
    Attribute("remote.ip", "when", "remote", 3, _REMOTE),
    Attribute("destination.ip", "when", "destination", 3, ["127.1.0.0/25", "127.1.0.128/25", "127.1.0.0/16", "10.0.0.0/8"]),
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


def _carried(axis, request, address):
    """The text on an axis of a request; `None` where it has none."""
    peer, token = request["peer"], request.get("token", "none")
    parts = None if peer == "none" else peer.split("/")
    claims = token if isinstance(token, dict) else {}
    forwarded = request.get("forwarded") or request["source"]
    found = {
        "peer": None if peer == "none" else peer,
        "namespace": parts and parts[2],
        "account": parts and f"{parts[2]}/{parts[4]}",
        "source": request["source"],
        "remote": forwarded.split(",")[-1].strip(),
        "destination": address,
        "port": str(request["port"]),
        "sni": None if request["sni"] == "none" else request["sni"],
        "path": request.get("path", "").split("?")[0],
        "method": request.get("method"),
        "host": request.get("host"),
        "role": (request.get("headers") or {}).get("x-role"),
        "none": None,
        "issuer": claims.get("iss"),
        "claim": claims.get("role"),
        "unit": claims.get("org", {}).get("unit"),
        "audience": claims.get("aud"),
        "presenter": claims.get("azp"),
        "principal": claims and f"{claims['iss']}/{claims['sub']}",
    }
    return found[axis] or None


def likely(attribute, value, request, address):
    """Whether the value probably matches the request."""
    text = _carried(attribute.axis, request, address)
    if text is None:
        return False
    if attribute.axis in ("source", "remote", "destination"):
        return ipaddress.ip_address(text) in ipaddress.ip_network(value, strict=False)
    if attribute.axis == "account" and "/" not in value:
        return text == f"shop/{value}"
    return fnmatch.fnmatchcase(text, value.replace("{**}", "*").replace("{*}", "*"))
