"""Brings notices to people: what waits in the outbox of the store goes out, each channel on a thread of its own.

A notice is removed from the outbox as soon as its channel has taken it and before the next one goes, so a crash repeats
one at most. One that a channel refuses for good is let go: the alert that it tells of is in the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import msgspec
import structlog

from detector.alerts.channels.port import Channel, NeverError
from detector.alerts.notice import Notice, decode, encode
from detector.errors import DrainwatchError
from detector.moments import moment
from detector.outputs.outbox import Figures, Outbox
from detector.parts import Board
from detector.store.port import PassResult, Store, Told

log = structlog.get_logger("drainwatch.alerts")

MOST = 500
"""Notices that wait for a channel, at most: more than that nobody reads afterwards."""
_TRIES = 5
"""Of a notice that a bug of ours keeps from being sent; then it is let go like one that is refused."""
_REMEMBERED = 24 * 3_600_000_000
"""For so long it is said that a channel refused something (microseconds)."""


def output_name(channel: str) -> str:
    """Under which a channel's notices wait in the outbox."""
    return f"alert:{channel}"


def told(channel: str, notice: Notice) -> Told:
    """A notice to the channel of this name, as it is to be stored in the transaction that decides it."""
    key = notice.alert.encode(errors="replace")
    return Told(output_name(channel), notice.id, notice.event.value, key, encode(notice))


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """What came of a channel's notices since the start."""

    kind: str
    """`slack`, `email` …"""
    sent: int = 0
    failed: int = 0
    """Attempts that are made again."""
    refused: int = 0
    """Notices that were let go."""
    last_success: int | None = None
    """Microseconds UTC."""


class Counts:
    """By channel; written by the threads of the channels, read by whoever wants to."""

    def __init__(self, channels: Sequence[Channel] = ()) -> None:
        self._lock = Lock()
        self._counts = {one.name: ChannelCount(one.kind) for one in channels}

    def __call__(self) -> Mapping[str, ChannelCount]:
        """As they are now, by name of the channel."""
        with self._lock:
            return dict(self._counts)

    def sent(self, channel: str, now: int) -> None:
        """A notice has arrived (microseconds UTC)."""
        with self._lock:
            was = self._counts[channel]
            self._counts[channel] = replace(was, sent=was.sent + 1, last_success=now)

    def failed(self, channel: str) -> None:
        """An attempt failed."""
        with self._lock:
            was = self._counts[channel]
            self._counts[channel] = replace(was, failed=was.failed + 1)

    def refused(self, channel: str) -> None:
        """A notice was let go."""
        with self._lock:
            was = self._counts[channel]
            self._counts[channel] = replace(was, refused=was.refused + 1)


class Delivery:
    """Has a thread for each channel; `look` says that there is something to be sent. `clock`: microseconds UTC.

    The `board` is told which channel fails.
    """

    def __init__(self, channels: Sequence[Channel], clock: Callable[[], int], board: Board | None = None) -> None:
        self.channels = tuple(channels)
        self.counts = Counts(channels)
        self._sending = [_Sending(channel, self.counts, clock) for channel in channels]
        self._outbox = Outbox(self._sending, MOST, at_once=1, what="alerts", board=board)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why notices wait, or were let go, a sentence or two each."""
        refused = (one.refused for one in self._sending)
        return (*self._outbox.problems, *(problem for problem in refused if problem))

    @property
    def figures(self) -> list[Figures]:
        """How many notices wait, and went, by the name of the output (`alert:` and the channel's)."""
        return self._outbox.figures

    def look(self, store: Store) -> None:
        """Something was committed here, or may have been by an earlier run."""
        self._outbox.look(store)

    def forget(self, store: Store) -> None:
        """It is closed, or about to be: what waits there is sent when it is opened again."""
        self._outbox.forget(store)

    def close(self) -> None:
        """Stop, after one last attempt to send what was committed just now; let go of connections."""
        self._outbox.close()


class _Sending:
    """A channel as the outbox wants it."""

    def __init__(self, channel: Channel, counts: Counts, clock: Callable[[], int]) -> None:
        self._channel, self._counts, self._clock = channel, counts, clock
        self.name = output_name(channel.name)
        self._refused: tuple[int, str] | None = None
        """When a notice was refused last, and why."""
        self._broken: tuple[str, int] = ("", 0)
        """The notice at which our own code failed last, and how often in a row."""

    @property
    def refused(self) -> str:
        if self._refused is None or self._clock() - self._refused[0] > _REMEMBERED:
            return ""
        count = self._counts()[self._channel.name].refused
        what = "1 message was" if count == 1 else f"{count:,} messages were"
        return f"{what} refused by the channel {self._channel.name} and won't be sent again. {self._refused[1]}"

    def messages(self, result: PassResult) -> Sequence[Told]:
        """None: notices are decided beside the passes."""
        return ()

    def send(self, told: Sequence[Told]) -> None:
        for one in told:
            try:
                self._send(one)
            except DrainwatchError:
                self._counts.failed(self._channel.name)
                raise

    def close(self) -> None:
        self._channel.close()

    def _send(self, one: Told) -> None:
        now = self._clock()
        try:
            notice = decode(one.value)
            self._channel.send(notice, moment(now))
        except msgspec.DecodeError:
            self._let_go(one, "It can't be read: it was written by another version of drainwatch.")
        except NeverError as error:
            self._let_go(one, str(error))
        except DrainwatchError:
            raise
        except Exception as error:
            self._fail(one, error)
        else:
            self._counts.sent(self._channel.name, now)
            self._broken = ("", 0)

    def _fail(self, one: Told, error: Exception) -> None:
        """A bug of ours: it must neither hold up other notices for ever nor show what an exception may quote."""
        log.exception("not told, because of a bug", channel=self._channel.name, notice=one.id)
        self._broken = (one.id, self._broken[1] + 1 if self._broken[0] == one.id else 1)
        problem = f"{type(error).__name__} in the channel {self._channel.name}."
        if self._broken[1] < _TRIES:
            raise DrainwatchError(problem, "This is a bug; the log has the details.")
        self._let_go(one, f"{problem} This is a bug; the log has the details.")

    def _let_go(self, one: Told, why: str) -> None:
        log.error("never told", channel=self._channel.name, notice=one.id, about=one.kind, why=why)
        self._counts.refused(self._channel.name)
        self._refused = (self._clock(), why)
