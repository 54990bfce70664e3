"""The key of pseudonyms: in a file of its own, so that no store, backup or answer holds it (`parsers.pseudonyms`)."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

import structlog
from pydantic import SecretStr

from detector.errors import SettingsError
from detector.settings import Settings
from detector.settings.secrets import read_secret
from detector.store.private import make_folder
from parsers.pseudonyms import LEAST_KEY

log = structlog.get_logger("drainwatch.service")

BESIDE = "-pseudonyms"
"""What the name of the key's file ends with that lies beside the embedded store."""


def key_of(settings: Settings) -> bytes:
    """The key that the settings name, or that lies beside the store, made now where there is none; empty for none.

    Raises `SettingsError` where no file is named and none can lie beside the store, and where it can't be read or made.
    """
    section = settings.parsing
    if not section.pseudonyms:
        return b""
    if section.pseudonym_key_file is None and settings.store.kind != "sqlite":
        raise SettingsError(
            "parsing.pseudonyms needs a key, and beside a store in Elasticsearch there is no place for one.",
            "Make one with `openssl rand -hex 32`, mount it, and name its file in parsing.pseudonym_key_file.",
        )
    path = section.pseudonym_key_file or settings.store.path.with_name(settings.store.path.name + BESIDE)
    if section.pseudonym_key_file is None and not path.exists():
        _make(path)
    key = read_secret("parsing.pseudonym_key", SecretStr(""), path).strip().encode()
    if len(key) < LEAST_KEY:
        raise SettingsError(
            f"The key in {path} has {len(key)} characters, and {LEAST_KEY} are the least.",
            "Make one with `openssl rand -hex 32`, or put back the one that was there.",
        )
    return key


def _make(path: Path) -> None:
    """A new key that its owner alone may read; where another process is quicker, that one's stays."""
    try:
        make_folder(path.parent)
        number, fresh = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # for its owner alone
        with os.fdopen(number, "w") as file:
            file.write(secrets.token_hex(LEAST_KEY) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # whole or not at all, and never over another
        except FileExistsError:
            return
        finally:
            Path(fresh).unlink()
    except OSError as error:
        problem = f"The key of parsing.pseudonyms can't be made as {path}: {(error.strerror or str(error)).lower()}."
        raise SettingsError(problem, "Name a file that holds one in parsing.pseudonym_key_file.") from None
    log.info("made a key for pseudonyms", path=str(path))
