"""Whoever shows wrong tokens again and again has to wait."""

from __future__ import annotations

from math import ceil

from starlette.types import Scope

from detector.api.auth.access import Gate
from detector.api.auth.audit import address_of
from detector.errors import DrainwatchError
from detector.serving.clients import client_of


class TooOftenError(DrainwatchError):
    """Too many wrong tokens came from one address; `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("Too many wrong tokens came from this address.", f"Wait for {wait} s.")
        self.wait = wait


def refused_too_often(gate: Gate, scope: Scope) -> None:
    """Count a token that opens nothing. Raises `TooOftenError` where too many came from that address."""
    place = client_of(address_of(scope))
    wait = gate.failures.wait(place)
    gate.failures.add(place)
    if wait > 0:
        raise TooOftenError(ceil(wait))
