"""Requests: what a case asks, and how each is sent."""

import itertools
import socket
import ssl

DEFAULTS = {
    "port": [18080],
    "peer": ["none"],
    "source": ["127.0.0.2"],
    "sni": ["none"],
    "method": ["GET"],
    "path": ["/"],
    "host": ["shop.example"],
    "headers": [{}],
    "forwarded": [None],
    "token": ["none"],
}
# More than the first record of TLS, or the listener waits for the rest of it.
BYTES = b"bytes that are neither TLS nor HTTP"
OF_HTTP = ["method", "path", "host", "headers", "forwarded", "token"]


def questions(case):
    """Every combination of what the case's lists hold."""
    for group in case["ask"]:
        axes = {**DEFAULTS, **group}
        for values in itertools.product(*axes.values()):
            question = dict(zip(axes, values))
            question["chain"] = case["ports"][question["port"]]["chain"]
            if question["chain"] == "tcp" and any(axis in group for axis in OF_HTTP):
                raise ValueError(f"{case['name']}: a port of bytes is asked about HTTP")
            yield question


class Sender:
    def __init__(self, authority, issuer):
        self.authority = authority
        self.issuer = issuer
        self.contexts = {}

    def _context(self, peer):
        if peer not in self.contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_alpn_protocols(["istio"])
            context.load_cert_chain(*self.authority.identity(peer))
            self.contexts[peer] = context
        return self.contexts[peer]

    def _connection(self, case, question):
        target = (case["address"], question["port"])
        raw = socket.create_connection(target, timeout=5, source_address=(question["source"], 0))
        # Handshakes wait 40 ms for an acknowledgement otherwise.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        off = case["ports"][question["port"]]["mtls"] == "DISABLE"
        if question["peer"] == "none" or off:
            return raw
        name = None if question["sni"] == "none" else question["sni"]
        return self._context(question["peer"]).wrap_socket(raw, server_hostname=name)

    def send(self, case, question, number):
        """The status of the answer, or for bytes whether they came back; `None`: the connection ended."""
        try:
            with self._connection(case, question) as connection:
                if question["chain"] == "tcp":
                    connection.sendall(BYTES)
                    return True if connection.recv(64) == BYTES else None
                connection.sendall(self._text(question, number))
                answer = connection.recv(64)
                return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.1 ") else None
        except (ConnectionError, ssl.SSLError):
            return None

    def _text(self, question, number):
        lines = [f"{question['method']} {question['path']} HTTP/1.1", f"Host: {question['host']}"]
        lines += [f"X-Ask: {number}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in question["headers"].items()]
        if question["forwarded"]:
            lines.append(f"X-Forwarded-For: {question['forwarded']}")
        token = question["token"]
        if token != "none":
            # One that the case says is not valid has its claims below that word.
            sent = {"iss": "https://other.example"} if token == "invalid" else token.get("invalid", token)
            lines.append("Authorization: Bearer " + self.issuer.token(sent))
        return ("\r\n".join(lines) + "\r\n\r\n").encode()
