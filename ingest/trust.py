"""Whose certificates are believed: the authorities of the system, or those of a file."""

from __future__ import annotations

import ssl

from ingest.errors import ServerError


def trusted(ca_file: str, setting: str) -> ssl.SSLContext | bool:
    """What a client of httpx2 takes as `verify`; an empty `ca_file` stands for the system's.

    Raises `ServerError`, which names `setting`, for a file that can't be read or holds no certificate.
    """
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise ServerError(
            f"{ca_file} can't be read: {reason}.", f"Name the authority's certificate, a PEM file, in {setting}."
        ) from None
