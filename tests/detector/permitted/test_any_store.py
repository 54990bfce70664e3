"""Whatever is in a store: who may read some namespaces sees what a store would hold that was written of these alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.access.principal import NOBODY, Grant, Kind, Principal, Right, principal
from detector.alert import Alert, AlertKind, Event, Silence, ToldTo
from detector.alerts.grouping import members, summary
from detector.feedback import expected, mute
from detector.findings import (
    Anomaly,
    Change,
    ChangeKind,
    Deployed,
    Incident,
    ModelChoice,
    NamespaceStatus,
    Reason,
    Source,
    Workload,
    finding_id,
)
from detector.incidents import summarise
from detector.permitted import permitted
from detector.store.port import PassResult, Reader, Said, ScoreSeries, Store
from detector.store.sqlite import open_store
from ingest.accounting import Tally
from parsers.engine import EngineState, Template
from tests.store.shop import MINUTE, anomaly, as_dicts, counts, incident, minute, model, reason, status, tally, template

NAMES = ("shop", "pay", "payments", "web", "naïve [x]?")
ELSEWHERE = ("shop/cart", "payments/ledger")
EVERYWHERE = (*NAMES, "nowhere")

workloads = st.sampled_from(("checkout", *ELSEWHERE))
patterns = st.sampled_from(("shop", "pay", "pay*", "*e*", "w*b", "nowhere", "payment?"))
minutes = st.integers(0, 30)


@dataclass(frozen=True)
class Told:
    """One thing that is written, as it was and as it would be written of some namespaces alone; None: not at all."""

    whole: object
    part: object | None


@st.composite
def principals(draw: st.DrawFn) -> Principal:
    own = draw(st.lists(patterns, max_size=3))
    return principal(Kind.TOKEN, "somebody", [Grant(tuple(own), frozenset({Right.READ}))])


def seen_by(who: Principal) -> frozenset[str]:
    """By other means than those that are tested: no name here has a sign that is special to these but `*`."""
    own = [pattern.replace("?", "[?]") for grant in who.grants for pattern in grant.namespaces]
    return frozenset(name for name in EVERYWHERE if any(fnmatchcase(name, pattern) for pattern in own))


def is_shown(workload: str, seen: frozenset[str]) -> bool:
    return workload not in ELSEWHERE or workload.split("/")[0] in seen


@st.composite
def reasons(draw: st.DrawFn) -> tuple[Reason, ...]:
    found = draw(st.lists(workloads, min_size=1, max_size=3))
    return tuple(replace(reason(f"t{at}", 3 + at), workload=one, share=1 / len(found)) for at, one in enumerate(found))


@st.composite
def changes(draw: st.DrawFn, namespace: str) -> Change | None:
    if draw(st.booleans()):
        return None
    at, workload = draw(minutes), draw(workloads)
    return Change(finding_id(namespace, workload, at), namespace, workload, minute(at), ChangeKind.IMAGE, "a:1", "a:2")


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    name, at = draw(st.sampled_from(NAMES)), draw(minutes)
    source = draw(st.sampled_from(Source))
    told = draw(reasons()) if source is Source.LOGS else (replace(reason(), workload="", template_id=""),)
    change = draw(changes(name)) if source is Source.LOGS else None
    made = incident(at, at + draw(st.integers(0, 5)), draw(st.floats(1, 99)), name, ongoing=draw(st.booleans()))
    part_of = draw(st.sampled_from(("", finding_id("incident", name, minute(3))))) if source is Source.METRICS else ""
    return replace(
        made,
        id=f"{source.value}-{name}-{at}" if source is Source.METRICS else made.id,
        reasons=told,
        change=change,
        summary=summarise(name, made.start, told, change),
        source=source,
        part_of=part_of,
    )


@dataclass(frozen=True)
class World:
    """All that is written."""

    statuses: list[NamespaceStatus]
    anomalies: list[Anomaly]
    incidents: list[Incident]
    alerts: list[Alert]
    templates: list[Template]
    silences: list[Silence]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    there = {one.id: one for one in draw(st.lists(incidents(), max_size=8))}
    alerts: dict[str, Alert] = {}
    for at in range(draw(st.integers(0, 4))):
        own = draw(st.lists(st.sampled_from(sorted(there)), max_size=4, unique=True)) if there else []
        one = _alert(at, own, there, draw(st.sampled_from(("", "no route fits"))))
        alerts[one.id] = replace(one, resolved=draw(st.sampled_from((None, minute(40)))))
    silenced = st.tuples(st.sampled_from((*NAMES, "pay*", "*", "zz*")), st.sampled_from(("", *ELSEWHERE)))
    template_names = st.tuples(st.sampled_from(NAMES), workloads, st.integers(0, 2))
    return World(
        [
            replace(status(name, score=draw(st.floats(0, 9))), unwell=(f"{draw(workloads)}: add a mask.",))
            for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
        ],
        [
            replace(anomaly(draw(minutes), draw(st.floats(0.5, 99)), name), reasons=(reason(), *draw(reasons())))
            for name in draw(st.lists(st.sampled_from(NAMES), max_size=8))
        ],
        list(there.values()),
        list(alerts.values()),
        [
            template(f"{name}-{workload}-{at}", name, workload, at + 1)
            for name, workload, at in draw(st.lists(template_names, max_size=8, unique=True))
        ],
        [
            Silence(f"s{at}", pattern, minute(0), minute(60), created=minute(at), workload=workload)
            for at, (pattern, workload) in enumerate(draw(st.lists(silenced, max_size=4)))
        ],
    )


def _alert(at: int, ids: list[str], there: dict[str, Incident], quiet: str) -> Alert:
    blank = Alert(f"a{at}", AlertKind.INCIDENT, (), tuple(ids), 0, 0, 0.0, "Lines stopped.", minute(at), minute(at))
    return replace(_of_these(blank, there), quiet=quiet)


def _of_these(alert: Alert, there: dict[str, Incident]) -> Alert:
    """As an alert is told by the incidents that are in it."""
    own = members(replace(alert, incidents=tuple(one for one in alert.incidents if one in there)), there)
    if not own:
        return alert
    names = tuple(dict.fromkeys(one.namespace for one in own))
    score = max(one.score for one in own)
    made = replace(
        alert,
        namespaces=names,
        incidents=tuple(one for one in alert.incidents if one in there),
        start=min(one.start for one in own),
        end=max(one.end for one in own),
        score=score,
        summary=summary(own),
    )
    return replace(made, told=(ToldTo("oncall", Event.OPENED, made.severity, names, minute(1)),))


def of_these_alone(world: World, seen: frozenset[str]) -> World:
    """What would have been written if there were no other namespaces."""

    def own_reasons(those: tuple[Reason, ...]) -> tuple[Reason, ...]:
        return tuple(one for one in those if is_shown(one.workload, seen))

    def own_incident(one: Incident) -> Incident:
        told = own_reasons(one.reasons)
        change = one.change if one.change and is_shown(one.change.workload, seen) else None
        return replace(one, reasons=told, change=change, summary=summarise(one.namespace, one.start, told, change))

    own = {one.id: own_incident(one) for one in world.incidents if one.namespace in seen}
    alerts = []
    for one in world.alerts:
        if not seen.intersection(one.namespaces):
            continue
        part = _of_these(one, own)
        # A sentence with a slash may be of others, be it so or not: nobody can tell by looking at it.
        is_cut = part != one or "/" in one.summary
        alerts.append(replace(part, quiet="who may read all of it sees why") if is_cut and one.quiet else part)
    return World(
        [
            replace(one, unwell=tuple(text for text in one.unwell if is_shown(text.split(":")[0], seen)))
            for one in world.statuses
            if one.namespace in seen
        ],
        [replace(one, reasons=own_reasons(one.reasons)) for one in world.anomalies if one.namespace in seen],
        list(own.values()),
        alerts,
        [one for one in world.templates if one.namespace in seen and is_shown(one.workload, seen)],
        world.silences,
    )


def write(store: Store, world: World) -> None:
    names = sorted({one.namespace for one in world.templates})
    windows = [
        counts(at, name, **{one.id: at + 1 for one in world.templates if one.namespace == name})
        for name in names
        for at in range(3)
    ]
    stated = {one.namespace for one in world.statuses}
    words = [mute(name, "ana", "", minute(1), workload="checkout") for name in sorted(stated)]
    words += [expected(one, "ana", "known", minute(9)) for one in world.incidents if one.source is Source.LOGS]
    store.commit(
        PassResult(
            minute(40),
            counts=windows,
            statuses=world.statuses,
            anomalies=world.anomalies,
            incidents=world.incidents,
            alerts=world.alerts,
            templates=world.templates,
            changes=[one.change for one in world.incidents if one.change],
            models=[model(f"m-{name}", name) for name in sorted(stated)],
            deployed=[Deployed(name, minute(0), (Workload("checkout", minute(0)),)) for name in sorted(stated)],
        )
    )
    for word in words:
        store.say(word)
    for silence in world.silences:
        store.say(silence)
    for name in sorted(stated):
        store.say(ModelChoice(name, "", minute(3)))


def everything(reader: Reader) -> dict[str, object]:
    """What all methods of the port give that are about namespaces, asked of those that are there and that aren't."""
    low, high = minute(0), minute(60)
    found: dict[str, object] = {
        "statuses": reader.statuses(),
        "templates": reader.templates(),
        "scores": _columns(reader.scores(low, high)),
        "highest": _columns(reader.highest(low, high, 7 * MINUTE)),
        "incident counts": reader.incident_counts(low, high),
        "open alerts": reader.open_alerts(),
        "models": reader.models(),
        "changes": reader.changes(),
        "deployed": reader.deployed(),
        "feedback": reader.feedback(),
        "choices": reader.model_choices(),
        "said": reader.said(),
        "closed": reader.closed_until(),
        "anomalies": list(_pages(reader, "anomalies")),
        "incidents": list(_pages(reader, "incidents")),
        "alerts": list(_pages(reader, "alerts")),
    }
    for name in EVERYWHERE:
        found |= {
            f"counts of {name}": as_dicts(reader.counts(name)),
            f"columns of {name}": as_dicts(reader.vectors(name).windows()),
            f"hours of {name}": as_dicts(reader.hours(name)),
            f"hour columns of {name}": as_dicts(reader.hourly(name).windows()),
            f"rolled of {name}": reader.rolled_until(name),
            f"templates of {name}": reader.templates(name),
            f"scores of {name}": _columns(reader.scores(low, high, name)),
            f"highest of {name}": _columns(reader.highest(low, high, 7 * MINUTE, [name])),
            f"detectors of {name}": reader.detector_scores(name),
            f"anomalies of {name}": reader.anomalies(name),
            f"incidents of {name}": [reader.incidents(name), reader.incidents(name, source=Source.METRICS)],
            f"alerts of {name}": reader.alerts(name),
            f"models of {name}": reader.models(name),
            f"changes of {name}": reader.changes(name),
            f"feedback of {name}": reader.feedback(name),
            f"choices of {name}": reader.model_choices(name),
            f"fitted of {name}": reader.fitted(name),
        }
    return found


def _columns(series: Sequence[ScoreSeries]) -> list[object]:
    return [(one.namespace, one.window.tolist(), one.score.tolist()) for one in series]


def _pages(reader: Reader, kind: str) -> Iterator[object]:
    cursor = None
    while True:
        page = getattr(reader, kind)(limit=2, cursor=cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
        assert len(page.items) == 2, "a page is full where another one comes"


@contextmanager
def stored(*worlds: World) -> Iterator[Sequence[Store]]:
    with tempfile.TemporaryDirectory() as folder:
        stores = [open_store(Path(folder) / f"{at}.sqlite") for at in range(len(worlds))]
        try:
            for store, world in zip(stores, worlds, strict=True):
                write(store, world)
            yield stores
        finally:
            for store in stores:
                store.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), principals())
def test_what_they_may_not_read_is_as_if_it_had_never_been_written(world: World, who: Principal) -> None:
    seen = seen_by(who)
    with stored(world, of_these_alone(world, seen)) as (whole, part):
        own = permitted(whole, who)
        shown, alone = everything(own), everything(part)
        assert own.namespaces() == [name for name in whole.namespaces() if name in seen]
        for name in shown:
            assert shown[name] == alone[name], name
        for one in world.incidents:
            assert own.incident(one.id) == part.incident(one.id)
            assert own.parts_of(one.id) == part.parts_of(one.id)
        for found in world.anomalies:
            assert own.anomaly(found.id) == part.anomaly(found.id)
        for alert in world.alerts:
            assert own.alert(alert.id) == part.alert(alert.id)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), worlds(), principals())
def test_their_version_tells_of_nothing_that_others_write(before: World, after: World, who: Principal) -> None:
    seen = seen_by(who)
    others = of_these_alone(after, frozenset(EVERYWHERE) - seen)
    theirs = [one for one in others.alerts if not seen.intersection(one.namespaces)]
    with stored(before) as (store,):
        version = permitted(store, who).version()
        assert permitted(store, who).version() == version
        known = everything(permitted(store, who))
        write(store, replace(others, alerts=theirs, silences=[]))
        if everything(permitted(store, who)) == known:
            assert permitted(store, who).version() == version
        own = next(iter(sorted(seen - {"nowhere"})), None)
        if own is not None:
            store.commit(PassResult(minute(40), statuses=[status(own, last=21)]))
            assert permitted(store, who).version() != version


def test_what_is_of_the_store_as_a_whole_is_for_who_sees_everything() -> None:
    nobody = principal(Kind.TOKEN, "shop", [Grant(("shop",), frozenset({Right.READ}))])
    everybody = principal(Kind.TOKEN, "all", [Grant(("*",), frozenset({Right.READ}))])
    with stored(World([status()], [], [], [], [], [])) as (store,):
        store.commit(PassResult(minute(41), tally=tally(), engine=EngineState(3, {("shop", "checkout"): b"{}"})))
        own = permitted(store, nobody)
        assert permitted(store, everybody) is store
        assert (own.tally(), own.checkpoints(), own.scopes(), own.ends(), own.owner("shop")) == (
            Tally(),
            {},
            [],
            {},
            None,
        )
        assert own.engine_state() == EngineState(0, {})
        assert (own.facts().where, own.facts().bytes, own.facts().servers) == ("", None, ())
        assert (own.tokens(), own.session("x"), own.acts().items) == ([], None, [])
        assert store.said() != Said()
        assert permitted(store, NOBODY).said() == Said([], [])
