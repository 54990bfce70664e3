"""What was taken back in a store after a backup of it was made, so that a restore doesn't give it again unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from detector.access.acts import Deed
from detector.access.records import Act, Token
from detector.errors import StoreError
from detector.store.pages import pages
from detector.store.port import Reader


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Tokens that were revoked, and erasures that are written down, the newest first."""

    revoked: tuple[Token, ...] = ()
    erased: tuple[Act, ...] = ()


NOTHING = TakenBack()


def taken_back(opened: Callable[[], Reader]) -> TakenBack | None:
    """All of it in a store that is to be replaced; None where that can't be opened or read."""
    try:
        with closing(opened()) as reader:
            revoked = tuple(token for token in reader.tokens() if token.revoked is not None)
            return TakenBack(revoked, tuple(_erasures(reader)))
    except StoreError:
        return None


def since(before: TakenBack, backup: Reader) -> TakenBack:
    """What of that a backup knows nothing of: tokens that are in force in it, and erasures that it hasn't written down.

    Raises `StoreError`.
    """
    in_force = {token.id for token in backup.tokens() if token.revoked is None}
    known = {act.id for act in _erasures(backup)}
    return TakenBack(
        tuple(token for token in before.revoked if token.id in in_force),
        tuple(act for act in before.erased if act.id not in known),
    )


def _erasures(reader: Reader) -> Iterator[Act]:
    return pages(lambda cursor, count: reader.acts(cursor=cursor, limit=count, what=Deed.ERASED))
