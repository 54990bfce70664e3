"""Sends what waits in the outboxes of a store, beside detection: an output that is away holds nothing else up.

What is to be told of a pass is stored with it in one transaction, sent after that, and then removed: so nothing is told
that isn't stored, and nothing that is stored is left out, whenever the process ends. What was sent and not yet
removed then is sent again. It stays in order, for each writer (a scope of the store, or the store itself) and output.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Condition, Thread

import structlog

from detector.errors import DrainwatchError, StoreError
from detector.outputs.port import LaterError, Output
from detector.parts import Board
from detector.store.port import PassResult, Store, Told

log = structlog.get_logger("drainwatch.outputs")

MOST = 100_000
"""Messages of a writer that wait for an output, at most; of more the oldest go untold, which is said."""
_AT_ONCE = 200
"""Messages that are sent and removed together, where nothing else is said."""
_LONGEST_PAUSE = 60.0
"""Seconds from one attempt to the next while they all fail."""
_LONGEST_ASKED = 900.0
"""Seconds that are waited at most where the other side asks for it."""
_LAST_ATTEMPT = 5.0
"""Seconds that are waited in the end for what is just being sent."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of the messages to one output since the start."""

    output: str
    waiting: int
    """In the stores that are open, as of the last attempt."""
    sent: int
    failed: int
    """Attempts."""
    given_up: int


class Outbox:
    """Has a thread for each output; `look` says that there is something to be sent.

    `at_once`: messages that are sent and removed together, so that many may be sent again after a crash. `what` they
    are, as problems call them. The `board` is told which output fails.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        most: int = MOST,
        *,
        at_once: int = _AT_ONCE,
        what: str = "findings",
        board: Board | None = None,
    ) -> None:
        self.outputs = tuple(outputs)
        self._couriers = [_Courier(output, most, at_once, what, board) for output in self.outputs]

    @property
    def problems(self) -> tuple[str, ...]:
        """Why messages wait, or were given up, a sentence each."""
        return tuple(problem for courier in self._couriers for problem in courier.problems)

    @property
    def figures(self) -> list[Figures]:
        """Of each output."""
        return [courier.figures for courier in self._couriers]

    def messages(self, result: PassResult) -> list[Told]:
        """What all outputs will say of a pass; to be stored with it."""
        return [message for output in self.outputs for message in output.messages(result)]

    def look(self, store: Store) -> None:
        """Something was committed here, or may have been by an earlier run."""
        for courier in self._couriers:
            courier.look(store)

    def forget(self, store: Store) -> None:
        """It is closed, or about to be: what waits there is sent when it is opened again."""
        for courier in self._couriers:
            courier.forget(store)

    def close(self) -> None:
        """Stop, after one last attempt to send what was committed just now; let go of connections."""
        for courier in self._couriers:
            courier.stop()
        self._join()
        for output in self.outputs:
            output.close()
        self._join()

    def _join(self) -> None:
        """Wait for all of them together: several that are away take no longer than one."""
        until = time.monotonic() + _LAST_ATTEMPT
        for courier in self._couriers:
            courier.join(until)


def part_of(output: str) -> str:
    """What an output is called among the parts of the service; channels of alerts have outputs of their own."""
    kind, colon, channel = output.partition(":")
    return f"channel:{channel}" if colon and kind == "alert" else f"output:{output}"


class _Courier:
    """The thread of one output."""

    def __init__(self, output: Output, most: int, at_once: int, what: str, board: Board | None) -> None:
        self._output, self._most, self._at_once, self._what = output, most, at_once, what
        self._board, self._part = board or Board(lambda: 0), part_of(output.name)
        self._board.expect(self._part)
        self._changed = Condition()
        self._stores: dict[int, Store] = {}
        """Those in which something may wait, by identity."""
        self._at: Store | None = None
        """The one at which it is at work, unless that was forgotten meanwhile."""
        self._stopping = False
        self._failures, self._given_up = 0, 0
        """How often in a row it failed; how many messages were given up."""
        self._sent, self._failed = 0, 0
        self._arrived: set[str] = set()
        """Where those lie that were sent and could not be removed yet, as the store was away."""
        self._waiting: dict[int, int] = {}
        """Messages that were left by the last attempt, by identity of their store."""
        self._not_before = 0.0
        """Of the next attempt, by the monotonic clock."""
        self._problem: str | None = None
        self._thread = Thread(target=self._run, name=f"outbox {output.name}", daemon=True)
        self._thread.start()

    @property
    def problems(self) -> list[str]:
        told = [] if self._problem is None else [f"{self._what.capitalize()} wait to be told. {self._problem}"]
        if self._given_up:
            told.append(
                f"{self._given_up:,} {self._what} were not told to {self._output.name}: too many waited. "
                "They are in the store: read them through the API."
            )
        return told

    @property
    def figures(self) -> Figures:
        with self._changed:
            waiting = sum(self._waiting.values())
            return Figures(self._output.name, waiting, self._sent, self._failed, self._given_up)

    def look(self, store: Store) -> None:
        with self._changed:
            self._stores[id(store)] = store
            self._changed.notify_all()

    def forget(self, store: Store) -> None:
        with self._changed:
            self._stores.pop(id(store), None)
            self._waiting.pop(id(store), None)
            if self._at is store:
                self._at = None
            if self._at is None and not self._stores:
                self._well()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def join(self, until: float) -> None:
        self._thread.join(max(until - time.monotonic(), 0.0))

    def _run(self) -> None:
        while (store := self._next()) is not None:
            try:
                self._send_all(store)
            except LaterError as error:
                if self._is_at(store):
                    self._board.fails(self._part, str(error), "degraded")
                    log.warning("told later", output=self._output.name, problem=error.problem, seconds=error.seconds)
                    self._wait(store, str(error), error.seconds)
            except DrainwatchError as error:
                if self._is_at(store):
                    log.error("not told", output=self._output.name, problem=error.problem, advice=error.advice)
                    self._fail(store, str(error), blameless=isinstance(error, StoreError))
            except Exception as error:
                log.exception("not told")
                if self._is_at(store):
                    self._fail(store, f"{type(error).__name__}: {error}. This is a bug; the log has the details.")
            else:
                with self._changed:
                    self._at = None
                    self._well()

    def _next(self) -> Store | None:
        """Wait for a store in which something may wait; None when it is time to stop."""
        with self._changed:
            while not self._stopping and (not self._stores or time.monotonic() < self._not_before):
                self._changed.wait(max(self._not_before - time.monotonic(), 0.01) if self._stores else None)
            if not self._stores or (self._stopping and self._problem is not None):
                return None
            self._at = self._stores.pop(next(iter(self._stores)))
            return self._at

    def _is_at(self, store: Store) -> bool:
        with self._changed:
            return self._at is store

    def _send_all(self, store: Store) -> None:
        while self._is_at(store) and (some := store.outbox(self._output.name, self._at_once)):
            if unsent := [one for one in some if one.place not in self._arrived]:
                self._output.send([one.told for one in unsent])
            self._arrived.update(one.place for one in some)
            store.sent(one.place for one in some)
            self._arrived.difference_update(one.place for one in some)
            with self._changed:
                self._sent += len(some)
        self._note_waiting(store, 0)

    def _note_waiting(self, store: Store, messages: int) -> None:
        with self._changed:
            if messages and (self._at is store or id(store) in self._stores):
                self._waiting[id(store)] = messages
            else:
                self._waiting.pop(id(store), None)

    def _well(self) -> None:
        self._failures, self._not_before, self._problem = 0, 0.0, None
        self._board.works(self._part)

    def _fail(self, store: Store, problem: str, *, blameless: bool = False) -> None:
        if not blameless:
            self._board.fails(self._part, problem)
        self._failures += 1
        self._wait(store, problem, min(2.0 ** min(self._failures, 10), _LONGEST_PAUSE))

    def _wait(self, store: Store, problem: str, seconds: float) -> None:
        with self._changed:
            self._at, self._problem = None, problem
            self._failed += 1
            self._not_before = time.monotonic() + min(max(seconds, 0.1), _LONGEST_ASKED)
            self._stores.setdefault(id(store), store)
        try:
            self._give_up(store)
        except DrainwatchError as error:
            log.error("not told", output=self._output.name, problem=error.problem, advice=error.advice)

    def _give_up(self, store: Store) -> None:
        """Remove the oldest where too many wait."""
        while (more := (waiting := store.waiting(self._output.name)) - self._most) > 0:
            oldest = store.outbox(self._output.name, min(more, _AT_ONCE))
            store.sent(one.place for one in oldest)
            self._given_up += len(oldest)
            log.error("never told, as too many waited", output=self._output.name, messages=len(oldest))
        self._note_waiting(store, waiting)
