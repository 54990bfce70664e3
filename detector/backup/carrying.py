"""What was taken back in a store after a backup of it was made, so that a restore doesn't give it again unseen."""

from __future__ import annotations

from dataclasses import dataclass

from detector.access.acts import Deed
from detector.access.records import Act, Token
from detector.store.pages import pages
from detector.store.port import Notes, Reader


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a store that is replaced says of that."""

    revoked: tuple[Token, ...] = ()
    erased: tuple[Act, ...] = ()
    """The newest first."""


def taken_back(reader: Reader) -> TakenBack:
    """All tokens that were revoked, and all erasures that are written down. Raises `StoreError`."""
    erased = pages(lambda cursor, count: reader.acts(cursor=cursor, limit=count, what=Deed.ERASED))
    return TakenBack(tuple(token for token in reader.tokens() if token.revoked is not None), tuple(erased))


def revoke_again(before: TakenBack, restored: Reader, notes: Notes) -> list[Token]:
    """Revoke in a restored store what was revoked in the one before; those that were in force in the backup.

    Raises `StoreError`.
    """
    in_force = {token.id for token in restored.tokens() if token.revoked is None}
    again = [token for token in before.revoked if token.id in in_force]
    for token in again:
        notes.say(token)
    return again


def erased_since(before: TakenBack, restored: Reader) -> list[Act]:
    """Erasures that the restored store knows nothing of: what they took is there again."""
    known = {act.id for act in taken_back(restored).erased}
    return [act for act in before.erased if act.id not in known]
