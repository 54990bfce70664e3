"""What Logstash's beats input is to Filebeat: Lumberjack 2 over TLS, with a certificate asked of the client.

https://github.com/elastic/go-lumber, and the beats input of Logstash
"""

from __future__ import annotations

import json
import socketserver
import ssl
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme


class Receiver:
    """What arrived, and from whom."""

    def __init__(self) -> None:
        self.address = ""
        self.documents: list[dict[str, Any]] = []
        self.clients: set[str] = set()
        self.versions: set[str] = set()


def write_certificates(folder: Path) -> ssl.SSLContext:
    """What cert-manager's Secret holds (`ca.crt`, `tls.crt`, `tls.key`) into that folder; the server's side of it."""
    authority = trustme.CA()
    client = authority.issue_cert(common_name="filebeat")
    authority.cert_pem.write_to_path(folder / "ca.crt")
    client.private_key_pem.write_to_path(folder / "tls.key")
    (folder / "tls.crt").write_bytes(b"".join(pem.bytes() for pem in client.cert_chain_pems))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextmanager
def listening(context: ssl.SSLContext) -> Iterator[Receiver]:
    """A server on loopback that takes all that comes."""
    receiver = Receiver()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with context.wrap_socket(self.request, server_side=True) as connection:
                shown: Any = connection.getpeercert()
                subject = dict(pair for (pair,) in shown["subject"])
                receiver.clients.add(subject.get("commonName", ""))
                receiver.versions.add(connection.version() or "")
                with connection.makefile("rb") as stream:
                    while kind := stream.read(2):
                        assert kind == b"2W", kind
                        receiver.documents += (documents := batch(stream, number(stream)))
                        connection.sendall(b"2A" + struct.pack(">I", len(documents)))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.address = f"localhost:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def number(stream: Any) -> int:
    """The next four bytes."""
    (found,) = struct.unpack(">I", stream.read(4))
    return int(found)


def batch(stream: Any, size: int) -> list[dict[str, Any]]:
    """So many documents, compressed or not."""
    found: list[dict[str, Any]] = []
    while len(found) < size:
        kind = stream.read(2)
        if kind == b"2C":
            found += frames(zlib.decompress(stream.read(number(stream))))
        else:
            assert kind == b"2J", kind
            number(stream)
            found.append(json.loads(stream.read(number(stream))))
    return found


def frames(data: bytes) -> Iterator[dict[str, Any]]:
    """The documents in what was compressed."""
    while data:
        kind, size = data[:2], int.from_bytes(data[6:10], "big")
        assert kind == b"2J", kind
        yield json.loads(data[10 : 10 + size])
        data = data[10 + size :]
