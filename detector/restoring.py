"""What an earlier run left in the store, to be gone on from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TypeVar

from detector.changes import deployed_before
from detector.errors import StoreError
from detector.findings import Deployed, Feedback, ModelCard, ModelChoice, NamespaceStatus
from detector.meter import UNMEASURED, Meter
from detector.namespace import CHANGE_REACH, NamespaceState
from detector.revision import incidents_between, quiet_between
from detector.schedule import RETIRED, Schedule
from detector.settings import Settings, micros
from detector.store.port import Reader
from detector.turns import Turns
from detector.vectors import WindowCounts
from parsers.engine import TemplateEngine

Of = TypeVar("Of", WindowCounts, ModelCard, ModelChoice, Feedback)


def by_namespace(things: Iterable[Of]) -> dict[str, list[Of]]:
    """Counts or models, in the same order, by namespace."""
    grouped: dict[str, list[Of]] = defaultdict(list)
    for one in things:
        grouped[one.namespace].append(one)
    return grouped


def restore(
    store: Reader, engine: TemplateEngine, settings: Settings, meter: Meter = UNMEASURED
) -> dict[str, NamespaceState]:
    """The namespaces as an earlier run left them."""
    statuses, closed_until = store.statuses(), store.closed_until()
    if closed_until is None and not statuses:
        return {}
    try:
        engine.restore(store.engine_state(), store.templates())
    except ValueError as error:
        raise StoreError(str(error)) from error
    schedule = Schedule.of(settings.detection)
    keep = schedule.history
    states = {}
    models, choices = by_namespace(store.models()), by_namespace(store.model_choices())
    for status in statuses:
        until = _until(status, closed_until, schedule.span)
        remembered = until - schedule.memory
        state = NamespaceState(status.namespace, settings.detection, partial(store.fitted, status.namespace), meter)
        # What the model of a retired one was made of is read when it has a line again.
        retired = 0 < status.last_line < until - micros(RETIRED)
        oldest = min(until - keep, status.model.trained_from if status.model and not retired else until)
        history = store.vectors(status.namespace, since=oldest)
        state.restore(
            history,
            engine.catalogue(status.namespace),
            status,
            until,
            models.get(status.namespace, ()),
            store.changes(status.namespace, since=until - CHANGE_REACH),
            choices.get(status.namespace, ()),
            incidents_between(store, status.namespace, remembered, until + 1),
            quiet_between(store, status.namespace, remembered, until + 1, state.threshold),
        )
        states[status.namespace] = state
    return states


def turns_of(states: Mapping[str, NamespaceState], settings: Settings) -> Turns:
    """Whose model is made when, of namespaces as they were restored."""
    schedule = Schedule.of(settings.detection)
    turns = Turns(schedule)
    # The retired are taught again when they have a line again.
    anew = {name for name, state in states.items() if state.trained.outdated and not state.resting}
    begun = {name: state.first_window for name, state in states.items()}
    until = max((state.status().last_window + schedule.span for state in states.values()), default=0)
    turns.resume({name: first for name, first in begun.items() if first is not None}, anew, until)
    for name, state in states.items():
        state.trained.not_before = turns.of(name)
    return turns


def _until(status: NamespaceStatus, closed_until: int | None, span: int) -> int:
    """Up to when windows of a namespace are closed: where none of this scope are, up to when others had closed them."""
    return status.last_window + span if closed_until is None else closed_until


def restore_deployed(store: Reader, engine: TemplateEngine, settings: Settings) -> dict[str, Deployed]:
    """What runs in the namespaces, by their names; for those that were read by a version that didn't look for it too.

    The engine has its state already.
    """
    closed_until, span = store.closed_until(), micros(settings.detection.window)
    deployed = {one.namespace: one for one in store.deployed()}
    for status in store.statuses():
        if status.namespace not in deployed:
            known = [template.workload for template in engine.catalogue(status.namespace).values()]
            until = _until(status, closed_until, span)
            deployed[status.namespace] = deployed_before(status.namespace, until, known)
    return deployed
