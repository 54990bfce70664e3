"""An alerter over a real store, with a clock that is moved and channels that keep what they are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from detector.alerts.alerter import Alerter
from detector.alerts.channels.port import Channel
from detector.alerts.deadman import Detection, Limits
from detector.alerts.delivery import output_name
from detector.alerts.notice import Notice, decode
from detector.findings import Incident
from detector.settings.alerts import AlertSettings
from detector.store.port import PassResult, Store
from tests.detector.alerts.stories import MINUTE, at


@dataclass
class Box:
    """A channel that keeps what it is sent."""

    name: str = "ops"
    kind: str = "box"
    repeats: bool = False
    notices: list[Notice] = field(default_factory=list)

    def send(self, notice: Notice, now: datetime) -> str:
        self.notices.append(notice)
        return "ok"

    def close(self) -> None:
        """Nothing is held."""


class Postman:
    """Sends what waits as soon as it is told to look, in the same thread; nothing while it is ill."""

    def __init__(self, channels: Sequence[Box]) -> None:
        self.boxes = tuple(channels)
        self.channels: Sequence[Channel] = self.boxes
        self.problems: Sequence[str] = ()
        self.ill = False
        self.at: Store | None = None

    def look(self, store: Store) -> None:
        self.at = store
        self.deliver()

    def deliver(self) -> None:
        if self.at is None or self.ill:
            return
        for box in self.boxes:
            for one in self.at.outbox(output_name(box.name), 100):
                box.send(decode(one.told.value), decode(one.told.value).decided)
                self.at.sent([one.place])

    def forget(self, store: Store) -> None:
        self.at = None


class Life:
    """What happens to a store over time; the time is the clock's and the logs', in minutes after noon."""

    def __init__(self, store: Store, *boxes: Box, settings: AlertSettings | None = None, minutes: float = 0) -> None:
        self.store, self.boxes = store, boxes or (Box(),)
        self.settings = settings or AlertSettings()
        self.now = at(minutes)
        self.detection = Detection()
        self.postman = Postman(self.boxes)
        self.alerter = self.another(self.postman)

    def another(self, postman: Postman, clock: Callable[[], int] | None = None) -> Alerter:
        return Alerter(
            self.settings,
            postman,
            clock=clock or (lambda: self.now),
            detection=lambda: self.detection,
            limits=Limits(10 * MINUTE, 10 * MINUTE, 2 * MINUTE),
        )

    def passed(self, *incidents: Incident, retracted: Sequence[str] = (), minutes: float = 0) -> None:
        """A pass, up to now; then so much time."""
        self.store.commit(PassResult(closed_until=self.now, incidents=incidents, retracted=retracted))
        self.now += round(minutes * MINUTE)

    def turn(self, minutes: float = 0.0) -> None:
        """A turn of the alerter after so much time, and one after as long as is waited for others."""
        self.now += round(minutes * MINUTE)
        self.alerter.turn(self.store)
        self.now += 6_000_000
        self.alerter.turn(self.store)

    def restart(self) -> None:
        """As after a crash: nothing is known but what is stored."""
        self.postman.at = None
        self.postman = Postman(self.boxes)
        self.alerter = self.another(self.postman)

    def heard(self, box: int = 0) -> list[tuple[str, tuple[str, ...]]]:
        return [(one.event.value, one.namespaces) for one in self.boxes[box].notices]
