"""The certificate that the service shows: checked before it is used, and taken up anew when its files are renewed."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from cryptography import x509

from detector.errors import SettingsError

log = structlog.get_logger("drainwatch.service")

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: with forward secrecy and authenticated. Those of 1.3 are all good, and OpenSSL prefers them."""
_LOOKED_EVERY = 1.0
"""Seconds from one look at the files to the next, at least: they are looked at when somebody connects."""
_CERT, _KEY = "service.tls_cert_file", "service.tls_key_file"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two files."""

    cert: Path
    key: Path


def context_of(pair: Pair, now: datetime) -> ssl.SSLContext:
    """For TLS 1.2 and 1.3 by this certificate. Raises `SettingsError` that says which file is wrong and how."""
    end = ends(pair.cert)
    if end <= now:
        raise SettingsError(f"{pair.cert} ended on {end:%Y-%m-%d %H:%M} UTC.", f"Renew it; it is named by {_CERT}.")
    try:
        pair.key.read_bytes()
    except OSError as error:
        raise _unreadable(pair.key, _KEY, error) from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(pair.cert, pair.key, password=_no_password)
    except _EncryptedError:
        raise SettingsError(
            f"The key {pair.key} is encrypted.", f"Write it without a password, for this user alone: {_KEY} names it."
        ) from None
    except ssl.SSLError as error:
        if error.reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
            raise SettingsError(
                f"{pair.key} isn't the key of {pair.cert}.", f"Set {_CERT} and {_KEY} to two that belong together."
            ) from None
        raise SettingsError(f"{pair.key} holds no key that can be used.", f"{_KEY} has to be PEM.") from None
    except OSError as error:  # renewed just between the two
        raise _unreadable(pair.cert, _CERT, error) from None
    return context


def ends(file: Path) -> datetime:
    """When the first certificate of a PEM file ends, UTC. Raises `SettingsError` where it can't be read."""
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())[0].not_valid_after_utc
    except OSError as error:
        raise _unreadable(file, _CERT, error) from None
    except ValueError:
        raise SettingsError(f"{file} holds no certificate.", f"It is named by {_CERT} and has to be PEM.") from None


class Renewed:
    """The context of the newest files. Where new ones are wrong it goes on with the old, and logs why."""

    def __init__(self, pair: Pair, now: Callable[[], datetime]) -> None:
        """Raises as `context_of`."""
        self._pair, self._now = pair, now
        self._seen, self._looked = _stamps(pair), time.monotonic()
        self._newest = context_of(pair, now())
        self.context = context_of(pair, now())
        """What to listen with: it hands each connection to the newest."""
        self.context.sni_callback = self._hand_on

    def _hand_on(self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _: ssl.SSLContext) -> None:
        if time.monotonic() - self._looked >= _LOOKED_EVERY:
            self._looked = time.monotonic()
            self.look()
        connection.context = self._newest

    def look(self) -> None:
        """Take up files that are new, as cert-manager replaces them."""
        stamps = _stamps(self._pair)
        if stamps == self._seen:
            return
        try:
            self._newest = context_of(self._pair, self._now())
        except SettingsError as error:
            log.error("certificate not taken up", problem=error.problem, advice=error.advice)
        else:
            log.info("certificate taken up", file=str(self._pair.cert), until=f"{ends(self._pair.cert):%Y-%m-%d %H:%M}")
        self._seen = stamps


def _stamps(pair: Pair) -> tuple[tuple[int, int, int] | None, ...]:
    """What changes when files are replaced or written anew."""
    return tuple(map(_stamp, (pair.cert, pair.key)))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


class _EncryptedError(Exception):
    """A password was asked for."""


def _no_password() -> str:
    raise _EncryptedError


def _unreadable(file: Path, setting: str, error: OSError) -> SettingsError:
    return SettingsError(f"{file} can't be read: {(error.strerror or str(error)).lower()}.", f"{setting} names it.")
