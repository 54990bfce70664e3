"""TLS of our own: nothing old is spoken, wrong files are told at the start, renewed ones are taken up."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from detector.errors import SettingsError
from detector.serving.certificate import Pair, context_of
from tests.serving.running import Certified, service

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certified(tmp_path: Path, authority: trustme.CA) -> Certified:
    return Certified(tmp_path, authority)


def client(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def shown(port: int, context: ssl.SSLContext) -> tuple[str | None, bytes | None, bytes]:
    """Version of TLS, certificate, and the answer of /healthz."""
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as spoken,
    ):
        spoken.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = b""
        while chunk := spoken.recv(65_536):
            answer += chunk
        return spoken.version(), spoken.getpeercert(binary_form=True), answer


def test_it_speaks_https_by_modern_tls_and_takes_up_renewed_files(
    tmp_path: Path, certified: Certified, authority: trustme.CA
) -> None:
    files = {
        "access__required": "true",
        "service__tls_cert_file": str(certified.cert),
        "service__tls_key_file": str(certified.key),
    }
    with service(tmp_path, "--host", "0.0.0.0", settings=files) as running:
        assert running.address.startswith("https://")
        trusting = client(authority)
        version, first, answer = shown(running.port, trusting)
        assert version == "TLSv1.3"
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"uvicorn" not in answer
        older = client(authority)
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        assert shown(running.port, older)[0] == "TLSv1.2"
        older.set_ciphers("AES128-SHA:AES256-SHA256:ECDHE-RSA-AES256-SHA")  # without forward secrecy, or CBC
        with pytest.raises(ssl.SSLError):
            shown(running.port, older)

        (before := certified.key.read_bytes()) and certified.key.write_bytes(b"half wri")
        time.sleep(1.1)
        assert shown(running.port, trusting)[1] == first
        assert "certificate not taken up" in running.said()
        certified.key.write_bytes(before)

        certified.renew()
        until = time.monotonic() + 20
        while (now := shown(running.port, trusting)[1]) == first:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert now != first
        assert "certificate taken up" in running.said()
    with service(tmp_path, refused=True, settings=files | {"service__tls_key_file": "/none"}) as wrong:
        assert wrong.process.wait(30) == 2
        assert (
            "drainwatch: /none can't be read: no such file or directory. service.tls_key_file names it." in wrong.said()
        )


def test_wrong_files_are_told_in_a_sentence(tmp_path: Path, certified: Certified, authority: trustme.CA) -> None:
    (tmp_path / "other").mkdir()
    other = Certified(tmp_path / "other", authority)
    key = serialization.load_pem_private_key(certified.key.read_bytes(), None)
    locked, empty = tmp_path / "locked.key", tmp_path / "empty"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    empty.write_bytes(b"")
    assert context_of(Pair(certified.cert, certified.key), NOW)
    for cert, private, sentence in (
        (certified.cert, other.key, "isn't the key of"),
        (certified.cert, locked, "is encrypted"),
        (certified.cert, empty, "holds no key"),
        (empty, certified.key, "holds no certificate"),
        (tmp_path, certified.key, "is a directory"),
        (certified.cert, tmp_path / "none", "no such file"),
    ):
        with pytest.raises(SettingsError, match=sentence):
            context_of(Pair(cert, private), NOW)
    with pytest.raises(SettingsError, match="ended on"):
        context_of(Pair(certified.cert, certified.key), NOW + timedelta(days=31))
