"""Who asks for a part of the time, of the scores or of a page is given that part, as who sees everything is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from detector.access.principal import Grant, Kind, Right, principal
from detector.findings import Change, ChangeKind, Source
from detector.permitted import permitted
from detector.store.port import PassResult, Reader
from detector.store.sqlite import SqliteStore, open_store
from tests.store.alerts import alert
from tests.store.shop import MINUTE, anomaly, as_dicts, counts, incident, minute, template

WHO = principal(Kind.TOKEN, "x", [Grant(("shop",), frozenset({Right.READ}))])
HOURS = (0, 60, 120, 180)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    """Something every hour, all of it of `shop`."""
    with closing(open_store(tmp_path_factory.mktemp("store") / "s.sqlite")) as made:
        incidents = [incident(at, at + 3, 20.0 + at / 2) for at in HOURS]
        metrics = [replace(one, id=f"m{at}", source=Source.METRICS) for at, one in enumerate(incidents)]
        changes = [Change(f"c{at}", "shop", "web", minute(at), ChangeKind.IMAGE, "a:1", "a:2") for at in HOURS]
        made.commit(
            PassResult(
                minute(300),
                counts=[counts(at, paid=1 + at) for at in HOURS],
                templates=[template("paid")],
                anomalies=[anomaly(at, 20.0 + at / 2) for at in HOURS],
                incidents=[*incidents, *metrics],
                alerts=[replace(alert(at), start=minute(at), end=minute(at + 3)) for at in HOURS],
                changes=changes,
            )
        )
        yield made


def times(read: Callable[..., object]) -> list[object]:
    """What is found from the second hour on, up to the third, and between."""
    return [read(), read(minute(60), None), read(None, minute(121)), read(minute(60), minute(121))]


ASKED: dict[str, Callable[[Reader], list[object]]] = {
    "counts": lambda reader: times(lambda *time: as_dicts(reader.counts("shop", *time))),
    "vectors": lambda reader: times(lambda *time: as_dicts(reader.vectors("shop", *time).windows())),
    "hours": lambda reader: times(lambda *time: as_dicts(reader.hours("shop", *time))),
    "hourly": lambda reader: times(lambda *time: as_dicts(reader.hourly("shop", *time).windows())),
    "detectors": lambda reader: times(lambda *time: reader.detector_scores("shop", *time)),
    "changes": lambda reader: times(lambda *time: reader.changes("shop", *time)),
    "anomalies": lambda reader: times(lambda *time: reader.anomalies("shop", *time)),
    "incidents": lambda reader: times(lambda *time: reader.incidents("shop", *time)),
    "alerts": lambda reader: times(lambda *time: reader.alerts("shop", *time)),
    "scores": lambda reader: [
        [(one.window.tolist(), one.score.tolist()) for one in reader.scores(minute(since), minute(until))]
        for since, until in ((0, 200), (60, 200), (0, 121))
    ],
    "highest": lambda reader: [
        [(one.window.tolist(), one.score.tolist()) for one in reader.highest(minute(since), minute(until), step)]
        for since, until, step in ((0, 200, MINUTE), (60, 200, MINUTE), (0, 121, MINUTE), (0, 200, 100 * MINUTE))
    ],
    "incident counts": lambda reader: [
        reader.incident_counts(minute(since), minute(until)) for since, until in ((0, 200), (61, 200), (0, 121))
    ],
    "scored anomalies": lambda reader: [reader.anomalies(min_score=score) for score in (0.0, 60.0)],
    "scored incidents": lambda reader: [reader.incidents(min_score=score) for score in (0.0, 60.0)],
    "incidents of a source": lambda reader: [reader.incidents(source=source) for source in Source],
    "pages of anomalies": lambda reader: [reader.anomalies(limit=limit) for limit in (1, 2)],
    "pages of incidents": lambda reader: [reader.incidents(limit=limit) for limit in (1, 2)],
    "pages of alerts": lambda reader: [reader.alerts(limit=limit) for limit in (1, 2)],
}


@pytest.mark.parametrize("asked", ASKED)
def test_it_is_the_part_that_who_sees_everything_is_given(store: SqliteStore, asked: str) -> None:
    found = ASKED[asked](permitted(store, WHO))
    assert found == ASKED[asked](store)
    for place, one in enumerate(found):
        assert one not in found[:place], "else it wouldn't be seen whether it is the part that was asked for"


@pytest.mark.parametrize("kind", ["anomalies", "incidents", "alerts"])
def test_a_page_is_followed_by_the_next_one_and_none_is_of_no_namespace(store: SqliteStore, kind: str) -> None:
    read = getattr(permitted(store, WHO), kind)
    first = read(limit=2)
    second = read(limit=2, cursor=first.next_cursor)
    assert second == getattr(store, kind)(limit=2, cursor=first.next_cursor)
    assert second.items != first.items
    assert read(namespaces=[]).items == read("bank").items == []


def test_what_is_asked_of_no_namespace_is_nothing(store: SqliteStore) -> None:
    seen, time = permitted(store, WHO), (minute(0), minute(200))
    assert not seen.templates(namespaces=[])
    assert not seen.scores(*time, namespaces=[])
    assert not seen.highest(*time, MINUTE, namespaces=[])
    assert not seen.incident_counts(*time, namespaces=[])
    assert seen.changes("bank") == []
