"""A store with a week of namespaces, made up from a seed and written through the store's own port.

Counts of every minute, anomalies and incidents as detection keeps them; or, without counts, a score in every single
minute: the most that there can be, with `detection.keep_score` at nought.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.alert import Alert, AlertKind
from detector.findings import (
    Anomaly,
    Change,
    ChangeKind,
    Incident,
    ModelCard,
    NamespaceStatus,
    Reason,
    ReasonKind,
    finding_id,
)
from detector.sparse import HOUR, MINUTE
from detector.store.port import PassResult, Store, WindowCounts
from parsers.engine import Template

DAY = 24 * HOUR
TEMPLATES = 40
"""Of a namespace."""
_APART = 8
"""Windows of a day that are odd by themselves, beside those in incidents."""
_DO = ["payments", "orders", "search", "ledger", "media", "gateway", "identity", "billing", "shipping", "catalogue"]
_WHERE = ["eu", "us", "apac", "lab"]
_STAGES = ["prod", "staging", "canary", "load", "dr"]
_WORKLOADS = ("api", "worker", "cache", "sync")
_LEVELS = ("info", "info", "info", "debug", "warning", "error")
_WORDS = [
    "accepted",
    "closed",
    "retried",
    "refused",
    "timeout",
    "connection",
    "request",
    "upstream",
    "payload",
    "session",
    "order",
    "partition",
]


@dataclass(frozen=True, slots=True)
class Made:
    """What is in the store."""

    namespaces: int
    windows: int
    """Of all namespaces."""
    anomalies: int
    incidents: int
    newest: str
    """The worst incident that goes on."""
    busiest: str
    """Its namespace."""


def names(many: int) -> list[str]:
    """So many namespaces, named as people do."""
    every = [f"{do}-{where}-{stage}" for stage in _STAGES for where in _WHERE for do in _DO]
    return every[:many] + [f"tenant-{number:04}" for number in range(many - len(every))]


def fill(store: Store, many: int, days: int, until: int, *, every_minute: bool = False, seed: int = 9) -> Made:
    """Write so many namespaces over so many days up to `until` (microseconds UTC, a whole minute)."""
    chance, made = np.random.default_rng(seed), names(many)
    begin = until - days * DAY
    rates = {name: chance.lognormal(-0.5, 1.5, TEMPLATES) for name in made}
    learning = set(made[22::23])
    stories = {name: [] if name in learning else _stories(name, begin, until, chance) for name in made}
    anomalies = 0
    store.commit(PassResult(begin, templates=[one for name in made for one in _templates(name, begin, until)]))
    for day in range(days):
        since = begin + day * DAY
        for name in made:
            odd = _odd(name, since, stories[name], chance, every_minute=every_minute)
            found = [] if name in learning else list(odd)
            anomalies += len(found)
            counts = [] if every_minute else _counts(name, since, rates[name], chance)
            store.commit(PassResult(since + DAY, counts=counts, anomalies=found))
    told = [one for name in made for one in stories[name]]
    store.commit(
        PassResult(
            until,
            statuses=[
                _status(name, number, begin, until, days, learning=name in learning) for number, name in enumerate(made)
            ],
            models=[_model(name, until) for name in made if name not in learning],
            incidents=told,
            changes=[_change(one) for one in told[::3]],
            alerts=[_alert(one) for one in told[::2]],
        )
    )
    worst = max((one for one in told if one.open), key=lambda one: (one.score, one.id), default=told[-1])
    return Made(many, many * days * 1_440, anomalies, len(told), worst.id, worst.namespace)


def _templates(name: str, begin: int, until: int) -> Iterator[Template]:
    for number in range(TEMPLATES):
        text = _text(name, number)
        yield Template(
            _id(name, number),
            name,
            _WORKLOADS[number % len(_WORKLOADS)],
            text,
            _LEVELS[number % len(_LEVELS)],
            begin + number * HOUR if number > TEMPLATES - 6 else begin,
            until - number * MINUTE,
            10_000 // (number + 1),
            _line(text, number),
        )


def _text(name: str, number: int) -> str:
    """Another one in each namespace: else answers would be smaller, compressed, than they are."""
    first = finding_id(name, number)
    words = [_WORDS[int(digit, 16) % len(_WORDS)] for digit in first[:5]]
    return f"{words[0]} {words[1]} from <HOST> {words[2]}-{first[5:9]} after <NUM> ms, {words[3]} {words[4]} <NUM>"


def _line(text: str, minute: int) -> str:
    """A line of the template."""
    return text.replace("<NUM>", str(minute % 9_973)).replace("<HOST>", f"10.{minute % 251}.{minute % 127}.7")


def _id(name: str, number: int) -> str:
    return finding_id("template", name, number)


def _counts(name: str, since: int, rates: NDArray[np.float64], chance: np.random.Generator) -> list[WindowCounts]:
    """Of a day: templates follow the load of their namespace."""
    load = 1.2 + np.sin(np.arange(1_440) / 1_440 * 2 * np.pi)
    values = chance.poisson(np.outer(load, rates))
    ids = np.array([_id(name, number) for number in range(TEMPLATES)], object)
    return [
        WindowCounts(name, since + row * MINUTE, tuple(ids[line > 0].tolist()), line[line > 0])
        for row, line in enumerate(values)
        if line.any()
    ]


def _stories(name: str, begin: int, until: int, chance: np.random.Generator) -> list[Incident]:
    """About one a day; one in twenty namespaces has one that goes on."""
    starts = [
        int(at) for at in chance.integers(0, (until - begin) // MINUTE - 60, chance.poisson((until - begin) / DAY))
    ]
    found = [_incident(name, begin + at * MINUTE, int(chance.integers(1, 25)), chance) for at in sorted(starts)]
    if chance.random() < 0.05:
        minutes = int(chance.integers(3, 50))
        found.append(_incident(name, until - minutes * MINUTE, minutes, chance, ongoing=True))
    return found


def _incident(name: str, start: int, windows: int, chance: np.random.Generator, *, ongoing: bool = False) -> Incident:
    score = float(np.round(chance.uniform(26, 99.5), 2))
    reasons = tuple(_reason(name, number, start, 0.2) for number in chance.choice(TEMPLATES, 5, replace=False).tolist())
    return Incident(
        id=finding_id("incident", name, start),
        namespace=name,
        start=start,
        end=start + windows * MINUTE,
        score=score,
        reasons=reasons,
        anomalies=windows,
        open=ongoing,
        summary=f"{reasons[0].workload} wrote {reasons[0].observed} lines of “{reasons[0].template}”, 0 to 3 expected.",
    )


def _reason(name: str, number: int, start: int, share: float, samples: int = 3) -> Reason:
    text = _text(name, number)
    return Reason(
        template_id=_id(name, number),
        template=text,
        workload=_WORKLOADS[number % len(_WORKLOADS)],
        level=_LEVELS[number % len(_LEVELS)],
        kind=ReasonKind.NEW if number > TEMPLATES - 6 else ReasonKind.MORE,
        observed=40 + number,
        expected_low=0.0,
        expected_high=3.0,
        windows=1,
        share=share,
        first_seen=start,
        samples=tuple(_line(text, start // MINUTE + 37 * one) for one in range(samples)),
    )


def _odd(
    name: str, since: int, stories: Sequence[Incident], chance: np.random.Generator, *, every_minute: bool
) -> Iterator[Anomaly]:
    """The anomalies of a day, one a window at most."""
    told: dict[int, Incident] = {}
    for story in stories:
        for window in range(story.start, story.end, MINUTE):
            if since <= window < since + DAY:
                told[window] = story
    alone = range(1_440) if every_minute else chance.choice(1_440, _APART, replace=False).tolist()
    scores = chance.exponential(4.0, 1_440)
    for minute in sorted({*alone, *((window - since) // MINUTE for window in told)}):
        window = since + minute * MINUTE
        incident = told.get(window)
        low = float(np.round(min(scores[minute] + (0.5 if every_minute else 15.0), 60.0), 2))
        score = low if incident is None else incident.score
        yield Anomaly(
            id=finding_id("anomaly", name, window, MINUTE),
            namespace=name,
            window=window,
            span=MINUTE,
            score=score,
            scores={"forest": score / 2, "surprise": score, "load": 0.0, "novelty": 3.0},
            reasons=(_reason(name, minute % TEMPLATES, window, 1.0, samples=0 if every_minute else 1),)
            if incident is None
            else incident.reasons,
            model=f"{name}-1",
            incident=None if incident is None else incident.id,
        )


def _status(name: str, number: int, begin: int, until: int, days: int, *, learning: bool) -> NamespaceStatus:
    """Some have fallen silent."""
    return NamespaceStatus(
        namespace=name,
        first_window=begin,
        last_window=until - MINUTE,
        windows=days * 1_440,
        lines=1_000_000 + number,
        templates=TEMPLATES,
        learning_until=until + HOUR if learning else None,
        model=None if learning else _model(name, until),
        last_score=float(number % 15),
        last_line=until - (3 * HOUR if number % 29 == 28 else MINUTE),
    )


def _model(name: str, until: int) -> ModelCard:
    return ModelCard(f"{name}-1", name, until - 4 * DAY, until - DAY, 4_320, TEMPLATES, 1)


def _change(story: Incident) -> Change:
    image = "registry.example/shop/api"
    time = story.start - 5 * MINUTE
    workload = story.reasons[0].workload
    return Change(
        finding_id("change", story.namespace, time),
        story.namespace,
        workload,
        time,
        ChangeKind.IMAGE,
        f"{image}:1.4",
        f"{image}:1.5",
    )


def _alert(story: Incident) -> Alert:
    return Alert(
        id=finding_id("alert", story.id),
        kind=AlertKind.INCIDENT,
        namespaces=(story.namespace,),
        incidents=(story.id,),
        start=story.start,
        end=story.end,
        score=story.score,
        summary=story.summary,
        opened=story.start + 2 * MINUTE,
        changed=story.end,
        resolved=None if story.open else story.end + 6 * MINUTE,
    )
