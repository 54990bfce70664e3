"""What an engine saves of a workload: plain JSON with a version and a checksum. It is data, never code.

`{"checksum": "…", "state": {"version": 1, "births": […], …}}`, the checksum a BLAKE2b digest over the bytes of `state`.
"""

from __future__ import annotations

import hashlib

import msgspec

from parsers.settings import MiningSettings
from parsers.workload import WorkloadMiner

VERSION = 1


class _Envelope(msgspec.Struct):
    checksum: str
    state: msgspec.Raw


class _Version(msgspec.Struct):
    version: int


class _State(msgspec.Struct):
    version: int
    births: list[tuple[str, ...]]
    """Words of each template when it was made."""
    now: list[tuple[str, ...] | None]
    """… and today, where they differ."""
    sizes: list[int]
    lines: int
    unmatched: int
    block_lines: int
    block_new: int
    growing: bool


def encode_workload(miner: WorkloadMiner) -> bytes:
    """All that is needed to go on exactly as if there had been no stop."""
    now = [miner.template_words(number) for number in range(1, len(miner.births) + 1)]
    raw = msgspec.json.encode(
        _State(
            VERSION,
            miner.births,
            [None if words == birth else words for words, birth in zip(now, miner.births, strict=True)],
            [cluster.size if (cluster := miner.drain.id_to_cluster[n + 1]) else 0 for n in range(len(now))],
            miner.lines,
            miner.unmatched,
            miner.block_lines,
            miner.block_new,
            miner.growing,
        )
    )
    return msgspec.json.encode(_Envelope(_digest(raw), msgspec.Raw(raw)))


def decode_workload(saved: bytes, settings: MiningSettings, whose: str) -> WorkloadMiner:
    """A miner that goes on from what was saved; changed settings apply from here on.

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
        state = msgspec.json.decode(raw, type=_State)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError(damaged) from None
    now = [words or birth for words, birth in zip(state.now, state.births, strict=False)]
    if len(state.births) != len(state.sizes) or len(state.births) != len(state.now) or not _sound(state.births, now):
        raise ValueError(damaged)
    miner = WorkloadMiner(settings)
    miner.restore(state.births, now, state.sizes)
    miner.lines, miner.unmatched = state.lines, state.unmatched
    miner.block_lines, miner.block_new, miner.growing = state.block_lines, state.block_new, state.growing
    return miner


def _sound(births: list[tuple[str, ...]], now: list[tuple[str, ...]]) -> bool:
    return all(len(birth) == len(words) and len(birth) >= 3 for birth, words in zip(births, now, strict=True))


def _digest(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=16).hexdigest()
