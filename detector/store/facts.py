"""What there is to say of a store itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Of one store, as of now."""

    kind: Literal["sqlite", "elasticsearch"]
    where: str
    """The file, or what the names of the indices begin with."""
    schema: int
    """The version of its form."""
    bytes: int | None
    """On disk; None where this user may not know."""
    servers: tuple[str, ...] = ()
    """Addresses, where it is in a cluster."""
    server_version: str | None = None
    """Of the cluster; None where this user may not know."""
