"""Whatever happens, whoever goes on with it: a channel hears of an alert once that it is there, rising bands, its end.

Incidents come, grow, get worse, are over or taken back at random; silences are made; the alerter is started anew, or
another one takes over from it, at any point; messages wait for a while, too.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.alert import Silence
from detector.alerts.alerter import Alerter
from detector.alerts.notice import Notice
from detector.alerts.routing import rank
from detector.errors import ScopeError
from detector.findings import Incident
from detector.settings.alerts import AlertSettings
from detector.settings.routing import RouteSettings
from detector.store.port import Store
from detector.store.sqlite import open_store
from tests.detector.alerts.living import Box, Life, Postman
from tests.detector.alerts.stories import MINUTE, incident
from tests.length import AT_LENGTH

STORIES = 2_000 if AT_LENGTH else 40
NAMES = ("auth", "payments", "shop")
DOINGS = st.one_of(
    st.tuples(st.just("begin"), st.sampled_from(NAMES), st.sampled_from((20, 40, 60, 90))),
    st.tuples(st.just("grow"), st.sampled_from(NAMES), st.sampled_from((0, 0, 30, 60, 80))),
    st.tuples(st.just("end"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("take back"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("silence"), st.sampled_from(NAMES), st.sampled_from((2, 10))),
    st.tuples(st.sampled_from(("look", "restart", "take over", "postman")), st.just(""), st.just(0)),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from((0, 1, 4, 30))),
)


@dataclass
class Story:
    """A store in which things happen."""

    store: Store
    going_on: dict[str, Incident] = field(default_factory=dict)
    silences: list[Silence] = field(default_factory=list)

    def __post_init__(self) -> None:
        routes = (
            RouteSettings(channels="ops"),
            RouteSettings(channels="team", namespaces="shop", min_severity="major"),
            RouteSettings(channels="alertmanager", min_severity="minor"),
        )
        boxes = (Box("ops"), Box("team"), Box("alertmanager", repeats=True))
        self.life = Life(
            self.store, *boxes, settings=AlertSettings.model_construct(**{**dict(AlertSettings()), "routes": routes})
        )
        self.second: Alerter | None = None
        self.life.turn()

    def do(self, what: str, name: str, how_much: int) -> None:
        life, known = self.life, self.going_on.get(name)
        match what:
            case "begin" if known is None:
                begun = replace(incident(name, score=how_much), id=f"{name}-{life.now}", start=life.now - MINUTE)
                self._passed(replace(begun, end=life.now))
            case "grow" if known is not None:
                self._passed(replace(known, end=life.now, score=max(known.score, how_much)))
            case "end" if known is not None:
                self._passed(replace(known, open=False))
                del self.going_on[name]
            case "take back" if known is not None:
                life.passed(retracted=[known.id])
                del self.going_on[name]
            case "silence":
                silence = Silence(f"s{life.now}", name, life.now + 1, life.now + how_much * MINUTE)
                self.silences.append(silence)
                self.store.say(silence)
            case "restart":
                life.restart()
            case "take over":
                self.second = life.another(Postman(life.boxes))
                self._look(self.second)
            case "postman":
                life.postman.ill = not life.postman.ill
            case "wait":
                life.now += how_much * MINUTE
                life.passed()
            case _:
                pass
        life.now += 3_000_000
        self._look(life.alerter)

    def settle(self) -> None:
        """All is over, and whoever is there last tells it."""
        for name in list(self.going_on):
            self.do("end", name, 0)
        self.life.restart()
        for _ in range(10):
            self.do("wait", "", 1)
        self.life.postman.deliver()

    def _passed(self, one: Incident) -> None:
        self.going_on[one.namespace] = one
        self.life.passed(one)

    def _look(self, alerter: Alerter) -> None:
        with suppress(ScopeError):
            alerter.turn(self.store)
            return
        alerter.let_go()


def check(story: Story) -> None:
    assert story.store.open_alerts() == []
    alerts = {alert.id: alert for alert in story.store.alerts(limit=1_000).items}
    for box in story.life.boxes:
        by_alert: dict[str, list[Notice]] = defaultdict(list)
        for notice in box.notices:
            by_alert[notice.alert].append(notice)
            quiet = [s for s in story.silences if s.holds(int(notice.decided.timestamp() * 1e6))]
            if notice.event != "resolved":
                assert not {s.namespace for s in quiet} & set(notice.namespaces), "never what is silenced"
        for alert, notices in by_alert.items():
            events = [notice.event.value for notice in notices]
            assert events[0] == "opened"
            assert events[-1] == "resolved"
            assert events.count("opened") == events.count("resolved") == 1
            bands = [rank(n.severity) for n in notices if n.event in ("opened", "worsened")]
            assert bands == sorted(set(bands)), "each band once, rising"
            assert len({notice.id for notice in notices}) == len(notices)
            assert ("firing" not in events) or box.repeats
            assert box.name in {told.channel for told in alerts[alert].told}
        told_of = {one.id for one in alerts.values() if box.name in {told.channel for told in one.told}}
        assert told_of == set(by_alert)
    assert all(alert.told or alert.quiet for alert in alerts.values()), "who isn't told is said why"


@pytest.mark.timeout(900)
@settings(max_examples=STORIES, deadline=None)
@given(st.lists(DOINGS, max_size=40))
def test_each_is_told_in_order_and_once(doings: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(open_store(Path(folder) / "s.sqlite")) as store:
        story = Story(store)
        for what, name, how_much in doings:
            story.do(what, name, how_much)
        story.settle()
        check(story)
