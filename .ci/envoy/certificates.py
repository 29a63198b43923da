"""A mesh's certificates: an authority, a server, and a client for each identity; and tokens."""

import base64
import datetime
import json
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa


class Authority:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "mesh")])
        self.made = {}
        own = self._signed(self.name, self.key, [x509.BasicConstraints(ca=True, path_length=None)])
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def _signed(self, subject, key, extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.key, hashes.SHA256())

    def identity(self, text: str):
        """Files with the certificate and the key of `TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`."""
        if text not in self.made:
            key = ec.generate_private_key(ec.SECP256R1())
            names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://" + text)])
            # Istio's certificates have no subject: the name is critical and alone.
            certificate = self._signed(x509.Name([]), key, [names])
            base = self.folder / f"identity-{len(self.made)}"
            pem, private = base.with_suffix(".pem"), base.with_suffix(".key")
            pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
            private.write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            self.made[text] = (pem, private)
        return self.made[text]


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Who signs JSON web tokens."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def keys(self) -> str:
        numbers = self.key.public_key().public_numbers()

        def number(value: int) -> str:
            return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))

        key = {"kty": "RSA", "alg": "RS256", "kid": "1", "n": number(numbers.n), "e": number(numbers.e)}
        return json.dumps({"keys": [key]})

    def token(self, claims: dict) -> str:
        head = _base64(json.dumps({"alg": "RS256", "kid": "1", "typ": "JWT"}).encode())
        body = _base64(json.dumps({"exp": 4102444800, **claims}).encode())
        signature = self.key.sign(f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{head}.{body}.{_base64(signature)}"
