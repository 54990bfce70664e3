"""A store as somebody may see it."""

from __future__ import annotations

import hashlib

from detector.access.records import Act, Session, Token
from detector.findings import (
    Change,
    Deployed,
    Feedback,
    ModelCard,
    ModelChoice,
)
from detector.permitted.findings import PermittedFindings
from detector.permitted.visible import (
    card_seen,
    deployed_seen,
    feedback_seen,
    is_change_seen,
)
from detector.store.facts import StoreFacts
from detector.store.port import Fitted, Page, Said
from ingest.accounting import Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState

_NEWEST = 100
"""Incidents and alerts by which a version is told from another one."""


class Permitted(PermittedFindings):
    """The part of a store that somebody may read; `detector.store.port.Reader` says what.

    A namespace that isn't theirs is one that there isn't. What is of the store as a whole (progress, accounts, tokens,
    acts) is there for who sees everything, but for the time up to which windows are closed.
    """

    def models(self, namespace: str | None = None) -> list[ModelCard]:
        """Of theirs."""
        found = self._reader.models(namespace)
        return [card_seen(self._who, one) for one in found if self._who.sees(one.namespace)]

    def fitted(self, namespace: str) -> Fitted | None:
        """Of theirs."""
        return self._reader.fitted(namespace) if self._who.sees(namespace) else None

    def changes(self, namespace: str | None = None, since: int | None = None, until: int | None = None) -> list[Change]:
        """Of theirs."""
        return [one for one in self._reader.changes(namespace, since, until) if is_change_seen(self._who, one)]

    def deployed(self) -> list[Deployed]:
        """Of theirs."""
        return [deployed_seen(self._who, one) for one in self._reader.deployed() if self._who.sees(one.namespace)]

    def feedback(self, namespace: str | None = None) -> list[Feedback]:
        """Of theirs."""
        return feedback_seen(self._who, self._reader.feedback(namespace))

    def model_choices(self, namespace: str | None = None) -> list[ModelChoice]:
        """Of theirs."""
        return [one for one in self._reader.model_choices(namespace) if self._who.sees(one.namespace)]

    def said(self) -> Said:
        """Of theirs."""
        said = self._reader.said()
        choices = [one for one in said.choices if self._who.sees(one.namespace)]
        return Said(feedback_seen(self._who, said.feedback), choices)

    def tokens(self) -> list[Token]:
        """None."""
        return []

    def session(self, session_id: str) -> Session | None:
        """None."""
        return None

    def acts(
        self,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = 100,
        who: str | None = None,
        what: str | None = None,
    ) -> Page[Act]:
        """None."""
        return Page([], None)

    def version(self) -> str:
        """Another text when something of theirs was written, and no other time; not as cheap as that of all."""
        told = (
            self.closed_until(),
            self.statuses(),
            self.incidents(limit=_NEWEST),
            self.alerts(limit=_NEWEST),
            self.open_alerts(),
            self.said(),
            self.silences(),
        )
        return hashlib.blake2b(repr(told).encode(errors="replace"), digest_size=8).hexdigest()

    def facts(self) -> StoreFacts:
        """The kind of the store, not where it is."""
        known = self._reader.facts()
        return StoreFacts(known.kind, "", known.schema, None)

    def closed_until(self) -> int | None:
        """Of the whole store: by it is known what of theirs is still to come."""
        return self._reader.closed_until()

    def checkpoints(self) -> dict[str, Checkpoint]:
        """None."""
        return {}

    def engine_state(self) -> EngineState:
        """None."""
        return EngineState(0, {})

    def tally(self) -> Tally:
        """Nothing: lines of others are in it."""
        return Tally()

    def owner(self, namespace: str) -> str | None:
        """None."""
        return None

    def scopes(self) -> list[str]:
        """None."""
        return []

    def ends(self) -> dict[str, int | None]:
        """None."""
        return {}

    def close(self) -> None:
        """Let go of the store."""
        self._reader.close()
