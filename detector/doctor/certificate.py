"""What certificate a server shows, whether or not it is to be trusted: to say whose it is and when it ends."""

from __future__ import annotations

import hashlib
import socket
import ssl
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from detector.doctor.facts import Certificate, Refused


def certificate_of(address: str, timeout: float = 10.0) -> Certificate | Refused:
    """Of an https address: nothing secret is sent, and nothing else is asked."""
    parts = urlsplit(address)
    name, port = parts.hostname or "", parts.port or 443
    try:
        shown = _shown(name, port, _unchecked(), timeout)
        itself = _unchecked()
        # Trusted for the sake of reading it: Python tells the parts of a certificate only of those that it has checked.
        itself.load_verify_locations(cadata=shown)
        itself.verify_mode, itself.verify_flags = ssl.CERT_REQUIRED, ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        parsed = _parsed(name, port, itself, timeout)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code == _ENDED:
            return Refused("its certificate has ended", "Have it renewed.")
        return Refused(f"its certificate can't be read: {error.verify_message}")
    except (OSError, ValueError) as error:
        return Refused(f"no TLS is spoken there: {error}", "Check scheme and port in elasticsearch.hosts.")
    return Certificate(
        subject=_common_name(parsed["subject"]),
        issuer=_common_name(parsed["issuer"]),
        until=timedelta(seconds=ssl.cert_time_to_seconds(parsed["notAfter"])) // timedelta(microseconds=1),
        fingerprint=hashlib.sha256(shown).hexdigest(),
    )


_ENDED = 10
"""X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _shown(name: str, port: int, context: ssl.SSLContext, timeout: float) -> bytes:
    with (
        socket.create_connection((name, port), timeout) as plain,
        context.wrap_socket(plain, server_hostname=name) as wrapped,
    ):
        return wrapped.getpeercert(binary_form=True) or b""


def _parsed(name: str, port: int, context: ssl.SSLContext, timeout: float) -> dict[str, Any]:
    with (
        socket.create_connection((name, port), timeout) as plain,
        context.wrap_socket(plain, server_hostname=name) as wrapped,
    ):
        return dict(wrapped.getpeercert() or {})


def _common_name(parts: Any) -> str:
    """The common name, or the last part that there is."""
    pairs = [pair for relative in parts for pair in relative]
    return str(dict(pairs).get("commonName") or (pairs[-1][1] if pairs else "nobody"))
