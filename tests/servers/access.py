"""Who may do what on the servers of the tests: certificates, users and roles, made anew for each session."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import trustme

from detector.setup import role_name

ROLES = Path(__file__).parents[2] / "ilm" / "roles"
PASSWORD = "not-a-secret-of-anyone"
USERS: Mapping[str, tuple[str, ...]] = {
    "superuser": ("superuser",),
    "reader": ("drainwatch_reader",),
    "writer": ("drainwatch_writer",),
    "service": ("drainwatch_reader", "drainwatch_writer"),
    "viewer": ("drainwatch_viewer",),
    "viewer-of-shop": ("drainwatch_viewer-of-namespace",),
    "setup": ("drainwatch_setup",),
    "lector": ("lector-logs",),
    "admin": ("admin-elk",),
}
"""The roles of each user; `service` is who drainwatch runs as. Elasticsearch has a role `viewer` of its own."""
LOGS = ["logs-*", "filebeat-*", "logstash-*", "dw*-logs*"]
RESULTS = "dw*"
"""Every prefix that tests use."""


def write_certificates(folder: Path) -> None:
    """`ca.crt`, and `http.crt` and `http.key` of a server on this machine that it vouches for."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.crt")
    certificate.private_key_pem.write_to_path(folder / "http.key")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(folder / "http.crt", append=True)


def spoken(address: str, ca_file: Path, newest: ssl.TLSVersion) -> str | None:
    """The version of TLS that a server agrees on with a client that knows none newer: `host:port` to `TLSv1.3`.

    Raises `ssl.SSLError` where they agree on none.
    """
    trusted = ssl.create_default_context(cafile=str(ca_file))
    trusted.maximum_version = newest
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        trusted.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return secured.version()


def write_users(folder: Path) -> None:
    """The files of the file realm, and `roles.yml` (JSON is YAML, too).

    https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/file-based
    """
    (folder / "users").write_text("".join(f"{user}:{_hashed(PASSWORD)}\n" for user in USERS))
    held = {role: [user for user in USERS if role in USERS[user]] for own in USERS.values() for role in own}
    (folder / "users_roles").write_text("".join(f"{role}:{','.join(users)}\n" for role, users in held.items()))
    (folder / "roles.yml").write_text("".join(f"{name}: {json.dumps(role)}\n" for name, role in roles().items()))


def roles() -> dict[str, Any]:
    """The roles of `ilm/roles`, on the names that tests use; the viewer of one namespace sees `shop`."""
    return {
        role_name("drainwatch", path.stem): json.loads(_filled_in(path.read_text("utf-8")))
        for path in sorted(ROLES.glob("*.json"))
    }


def _filled_in(role: str) -> str:
    logs = ", ".join(map(json.dumps, LOGS))
    return role.replace('"__LOGS__"', logs).replace("__PREFIX__", RESULTS).replace("__NAMESPACE__", "shop")


def _hashed(password: str) -> str:
    """As the file realm takes it, beside bcrypt: PBKDF2 with SHA-512, which Python has."""
    salt = os.urandom(32)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 1_000, 32)
    return "{PBKDF2}1000$" + "$".join(base64.b64encode(part).decode() for part in (salt, digest))
