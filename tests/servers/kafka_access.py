"""Who may do what on the broker of the tests: certificates, names and passwords."""

from __future__ import annotations

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

PASSWORD = "not-a-secret-of-anyone"
SUPERUSER = "admin"
USERS = (SUPERUSER, "worker", "nobody")
"""`worker` and `nobody` may do what a test allows them to, which is nothing to begin with."""


def write_certificates(folder: Path) -> None:
    """`ca.crt`, `broker.pem` (key and certificate of a broker on this machine), `client.crt` and `client.key`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.crt")
    broker = authority.issue_cert("localhost", "127.0.0.1")
    chain = b"".join(pem.bytes() for pem in broker.cert_chain_pems)
    (folder / "broker.pem").write_bytes(_pkcs8(broker) + chain)
    client = authority.issue_cert("client")
    (folder / "client.crt").write_bytes(b"".join(pem.bytes() for pem in client.cert_chain_pems))
    (folder / "client.key").write_bytes(_pkcs8(client))


def _pkcs8(certificate: trustme.LeafCert) -> bytes:
    """The private key as Kafka reads it."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
