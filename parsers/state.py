"""What an engine saves of a workload: plain JSON with a version and a checksum. It is data, never code.

`{"checksum": "…", "state": {"version": 1, "births": […], …}}`, the checksum a BLAKE2b digest over the bytes of `state`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec

from parsers.engine import EngineState

VERSION = 1

Words = tuple[str, ...]
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Envelope(msgspec.Struct):
    checksum: str
    state: msgspec.Raw


class _Version(msgspec.Struct):
    version: int


class WorkloadState(msgspec.Struct, omit_defaults=True):
    """All that is needed to go on exactly as if there had been no stop."""

    version: int
    births: list[Words]
    """Words of each template when it was made."""
    now: list[Words | None]
    """… and today, where they differ."""
    sizes: list[int]
    lines: int
    unmatched: int
    block_lines: int
    block_new: int
    growing: bool
    ids: dict[int, str] = {}
    """By number, from 1: of templates whose words at birth were erased since, and don't tell it any more."""

    @property
    def today(self) -> list[Words]:
        """Words of each template today."""
        return [words or birth for words, birth in zip(self.now, self.births, strict=True)]


def changed(now: Sequence[Words], births: Sequence[Words]) -> list[Words | None]:
    """Words of today as they are saved: only where they aren't those of the birth any more."""
    return [None if words == birth else words for words, birth in zip(now, births, strict=True)]


def encode_workload(state: WorkloadState) -> bytes:
    """The state as it is saved. Lone surrogates, which no UTF-8 can hold, become U+FFFD."""
    try:
        raw = msgspec.json.encode(state)
    except UnicodeEncodeError:
        births = [_whole(birth) for birth in state.births]
        now = [words and _whole(words) for words in state.now]
        raw = msgspec.json.encode(msgspec.structs.replace(state, births=births, now=now))
    return msgspec.json.encode(_Envelope(_digest(raw), msgspec.Raw(raw)))


def decode_state(state: EngineState) -> dict[tuple[str, str], WorkloadState]:
    """Each workload's part, by namespace and workload. Raises `ValueError` as `decode_workload`."""
    if state.version > VERSION:
        raise ValueError(f"The saved templates are of a newer drainwatch (version {state.version}): update this one.")
    return {whose: decode_workload(saved, " / ".join(whose)) for whose, saved in state.by_workload.items()}


def decode_workload(saved: bytes, whose: str) -> WorkloadState:
    """What was saved of the workload of that name.

    Raises `ValueError` with a sentence for the reader where it is damaged or of a newer version.
    """
    damaged = f"The saved templates of {whose} are damaged: restore the store from a backup, or start with a new one."
    try:
        envelope = msgspec.json.decode(saved, type=_Envelope)
        raw = bytes(envelope.state)
        if envelope.checksum != _digest(raw):
            raise ValueError(damaged)
        version = msgspec.json.decode(raw, type=_Version).version
        if version > VERSION:
            raise ValueError(
                f"The saved templates of {whose} are of a newer drainwatch (version {version}): update this one."
            )
        state = msgspec.json.decode(raw, type=WorkloadState)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError(damaged) from None
    if not len(state.births) == len(state.sizes) == len(state.now) or not _sound(state):
        raise ValueError(damaged)
    return state


def _sound(state: WorkloadState) -> bool:
    pairs = zip(state.births, state.today, strict=True)
    return all(len(birth) == len(words) and len(birth) >= 3 for birth, words in pairs)


def _whole(words: Words) -> Words:
    return tuple([_SURROGATE.sub("\ufffd", word) for word in words])


def _digest(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=16).hexdigest()
