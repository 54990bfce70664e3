"""One pass, from records to findings: poll, wait for windows to close, count, learn and score, store.

Where lines came so late that their windows had been closed, and the source can read these windows once more, `revise`
counts and judges them again. `Pipeline` does it again and again over a source that is followed;
`detector.batch.detect` does it once over everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from detector.admission import OVERFLOW, Admission
from detector.belated import told_late
from detector.changes import Sightings, observe
from detector.counting import count
from detector.findings import Anomaly, Change, Deployed, Incident
from detector.history import lines_of
from detector.meter import UNMEASURED, Meter, Step
from detector.namespace import CHANGE_REACH, Findings, NamespaceState
from detector.outputs.outbox import Outbox
from detector.restoring import by_namespace, restore, restore_deployed, turns_of
from detector.revision import (
    Changes,
    Revision,
    changes,
    judged,
    lines_again,
    replaced,
    revise,
    samples_of,
    story,
    time_around,
    told_between,
)
from detector.samples import marked
from detector.scoring import Lines
from detector.settings import Settings, micros
from detector.store.port import PassResult, Store
from detector.vectors import WindowCounts
from detector.windows import Closed, WindowBuffer
from ingest.accounting import Remark, Tally, summed
from ingest.source import Checkpoint, Revisit, Source
from parsers.engine import Template, TemplateEngine

_WINDOWS_AT_ONCE = 30
"""While history is caught up with, so many windows are closed together: scoring has a price a call."""
_ROUNDS = 12
"""How often windows are judged again in which models change that leave out what has turned out to be an incident: each
time one more of them may."""
_RECORDS_AT_ONCE = 200_000
"""Records that may wait until then."""


class Pipeline:
    """Reads a source into a store. It goes on where the store says that an earlier run stopped.

    What is to be told of a pass is stored with it, for the `outbox` to send. `confirm` is called before anything is
    stored, and raises where what was read turns out to be something else than it was taken for. `overflow` is the
    namespace of those that are too many.
    """

    def __init__(
        self,
        source: Source,
        engine: TemplateEngine,
        store: Store,
        settings: Settings,
        outbox: Outbox | None = None,
        confirm: Callable[[], None] = lambda: None,
        meter: Meter = UNMEASURED,
        overflow: str = OVERFLOW,
    ) -> None:
        self._source, self._engine, self._store, self._settings = source, engine, store, settings
        self._outbox, self._confirm, self._meter = outbox or Outbox(()), confirm, meter
        self._span = micros(settings.detection.window)
        self._lateness = micros(settings.detection.lateness)
        before = store.progress()
        self._buffer = WindowBuffer(self._span, before.closed_until, before.checkpoints, settings.ingest.memory)
        self._before, self._own = before.tally, Tally()
        """What earlier runs saw, and what is known of lines here and not by the source."""
        self._last = 0
        self._kept: Mapping[str, Checkpoint] = store.checkpoints()
        """As they were last stored."""
        self._namespaces = restore(store, engine, settings, meter)
        self._admission = Admission(
            {*((name, "") for name in self._namespaces), *((one.namespace, one.workload) for one in engine.health())},
            settings.detection.max_namespaces,
            settings.detection.max_workloads,
            overflow,
        )
        self._turns = turns_of(self._namespaces, settings)
        self._written = {status.namespace: status for status in store.statuses()}
        """The statuses as the store has them."""
        self._deployed = restore_deployed(store, engine, settings)
        """What runs in the namespaces, as the store has it."""
        self._outbox.look(store)

    @property
    def tally(self) -> Tally:
        """Lines since the first run; records that an earlier run had seen already are not counted again."""
        return summed(self._before, summed(self._own, self._source.tally), self._buffer.seen_again)

    @property
    def notices(self) -> Sequence[str]:
        """What somebody should know of who logs, a sentence or two each."""
        return self._admission.notices

    @property
    def caught_up(self) -> bool:
        """Whether no window is waiting to be closed."""
        return self._buffer.closable(self._due()) == 0

    @property
    def closed_until(self) -> int | None:
        """Every window that starts before this (microseconds UTC) is closed."""
        return self._buffer.closed_until

    def poll(self) -> int:
        """Take in what the source has now; returns how many records that were."""
        with self._meter.step(Step.READ) as lap:
            batch = self._admission.admit(self._source.poll())
            lap.counts = len(batch) > 0
        self._last = max(self._last, int(batch.time.max(initial=0)))
        self._buffer.add(batch)
        if self._is_worth_closing():
            self.close_windows()
        return len(batch)

    def close_windows(self) -> None:
        """Count, score and store every window that is due."""
        closed = self._buffer.close(self._due())
        if closed is not None:
            with self._meter.step(Step.CLOSE):
                result = self._work(closed)
            self._commit(result)

    def keep_place(self) -> None:
        """Store how far the source was read, and the account, where no record waits: no window need be closed for that.

        Else lines of which nothing is made would be read again, and refused again, for as long as nothing else comes.
        """
        if self._buffer.rows or self._buffer.has_late:
            return
        checkpoints = self._buffer.checkpoints(self._source.positions())
        if checkpoints != self._kept:
            self._commit(PassResult(self.closed_until, checkpoints=checkpoints, tally=self.tally))

    def revise(self, revisit: Revisit, *, accounted: bool = True) -> None:
        """Count closed windows again, judge them again, and store what is different, in one transaction.

        Counts are replaced where the revisit has lines of a namespace in a window, and stay where it has none: logs may
        have been deleted since. `accounted` says that the source has entered the additional lines into its tally.
        Raises `ValueError` for windows that are still open.
        """
        until = self.closed_until
        if until is None or revisit.until > until:
            raise ValueError(f"Windows until {revisit.until} can't be revised: they are closed until {until}.")
        inside = (revisit.batch.time >= revisit.begin) & (revisit.batch.time < revisit.until)
        batch = self._admission.admit(revisit.batch.take(np.flatnonzero(inside)).in_order())
        counted = count([batch], self._engine, self._span, self._settings.parsing.samples)
        revisions: list[Revision] = []
        changed: dict[str, Changes] = {}
        for name, windows in by_namespace(counted.windows).items():
            changed[name] = self._recount(name, windows)
            if changed[name].after:
                revisions.append(self._judge(name, changed[name], revisit, counted.samples.lines))
        names = [name for name, one in changed.items() if one.after]
        more = sum(lines_of(one.after) - lines_of(one.before) for one in changed.values())
        if accounted:
            # Late lines that are no record of their own were joined to others.
            self._own.records += more - revisit.more
            self._own.joined -= more - revisit.more
        else:
            self._before = replace(self._before, read=self._before.read + more, records=self._before.records + more)
        windows = [window for one in changed.values() for window in (*one.before, *one.after)]
        unwell = advice(self._engine)
        self._commit(
            PassResult(
                closed_until=until,
                counts=[window for one in changed.values() for window in one.after],
                templates=self._touched(windows),
                anomalies=[anomaly for one in revisions for anomaly in one.anomalies],
                incidents=[incident for one in revisions for incident in one.incidents],
                retracted=[id_ for one in revisions for id_ in one.retracted],
                withdrawn=[finding for one in revisions for finding in one.withdrawn],
                models=[card for one in revisions for card in one.models],
                statuses=[self._namespaces[name].status_to_keep(unwell.get(name, ())) for name in names],
                # A source that only reads again stays where it was, and what was pending there still is.
                checkpoints=self._buffer.checkpoints(self._source.positions()) if accounted else {},
                engine=self._engine.dirty_state(),
                tally=self.tally if accounted else self._before,
            )
        )

    def _recount(self, name: str, windows: Sequence[WindowCounts]) -> Changes:
        """What is different in windows of a namespace; their lines are in the catalogue once again, which is undone."""
        counted = {window.window for window in windows}
        known = self._counts(name, min(counted), max(counted) + self._span)
        templates = self._engine.catalogue(name)
        for window in known:
            for template, lines in zip(window.templates, window.counts.tolist(), strict=True):
                if window.window in counted and template in templates:
                    templates[template].count -= lines
        return changes(known, windows)

    def _judge(self, name: str, changed: Changes, revisit: Revisit, lines: Lines) -> Revision:
        """Put the counts of a namespace's windows in place, and see what findings come of it."""
        until, templates = self.closed_until or 0, self._engine.catalogue(name)
        state = self._awake(name, templates)
        state.replace(changed.before, changed.after, templates, until)

        def counts(since: int, until: int) -> Sequence[WindowCounts]:
            """As they are now; the store doesn't know of it yet."""
            new = [window for window in changed.after if since <= window.window < until]
            return replaced(self._counts(name, since, until), new)

        since, furthest = time_around(changed, state.schedule)
        able = partial(state.periods, counts, templates)
        said = self._store.feedback(name)
        # What is said before there is a model rests on all that was before.
        learned = state.trained.cards[0].trained_until if state.trained.cards else until
        revision, around, least = Revision(), counts(since, furthest), learned if changed.begin < learned else 0
        for _ in range(_ROUNDS):
            again = judged(changed, around, state.schedule, able, until, least)
            if not again.periods:
                break
            stored = story(self._store, name, again, state.gap)
            at_hand = partial(lines_again, lines, samples_of(stored), revisit)
            found = self._store.changes(name, again.begin - CHANGE_REACH, again.end)
            scored = state.score_again(counts, since, again.parts, templates, at_hand, found, said)
            before, revision = revision, revise(stored, again, scored, state.threshold, state.gap, until)
            retold = [*revision.retold, *(one.id for one in before.told)]
            state.telling.judged_again(again.begin, again.end, scored)
            told = partial(told_between, self._store, name, revision)
            models = state.retell(retold, revision.told, said, told)
            changed_before = {card.version for card in models}
            revision.models = [*(card for card in before.models if card.version not in changed_before), *models]
            if not models:
                break
            least = until
        return revision

    def _counts(self, name: str, since: int, until: int) -> Sequence[WindowCounts]:
        """What is known of a namespace's windows: from memory, where it reaches back so far."""
        state = self._namespaces.get(name)
        if state is not None and since >= state.history.whole_since:
            return state.history.between(since, until)
        return list(self._store.counts(name, since, until))

    def _due(self) -> int | None:
        if self._source.exhausted:
            return (self._last // self._span + 1) * self._span
        watermark = self._source.watermark
        return None if watermark is None else watermark - self._lateness

    def _is_worth_closing(self) -> bool:
        buffer = self._buffer
        closable = buffer.closable(self._due())
        enough = buffer.crowded or buffer.rows >= _RECORDS_AT_ONCE
        return closable >= _WINDOWS_AT_ONCE or (enough and (closable > 0 or buffer.has_late))

    def _work(self, closed: Closed) -> PassResult:
        if closed.late:
            self._own.remarks[Remark.LATE] += closed.late_rows
        sightings = Sightings(self._span)
        late = count(closed.late, self._engine, self._span, self._settings.parsing.samples)
        on_time = sightings.watching(closed.on_time)
        counted = count(on_time, self._engine, self._span, self._settings.parsing.samples)
        additions = by_namespace(late.windows)
        windows = by_namespace(counted.windows)
        seen = sightings.by_namespace()
        heard = self._store.said()
        said, choices = by_namespace(heard.feedback), by_namespace(heard.choices)
        found = Findings()
        withdrawn: list[Anomaly | Incident] = []
        changes: list[Change] = []
        deployed: list[Deployed] = []
        self._turns.join(windows, additions)
        for name in sorted({*self._namespaces, *windows, *additions}):
            templates = self._engine.catalogue(name)
            is_told = name in windows or name in additions
            state = self._awake(name, templates) if is_told else self._namespaces[name]
            state.trained.not_before = self._turns.of(name)
            words = said.get(name, ())
            if name in additions:
                at = state.judged_until or closed.until
                again = told_late(self._store, state, additions[name], templates, late.samples.lines, words, at)
                found.anomalies += again.anomalies
                found.incidents |= {one.id: one for one in again.incidents}
                withdrawn += again.withdrawn
            state.add_late(additions.get(name, ()), templates)
            state.choose(choices.get(name, ()), partial(self._counts, name), templates)
            runs, changed = observe(name, self._deployed.get(name), seen.get(name, ()))
            deployed += [runs] if runs is not None and runs != self._deployed.get(name) else []
            changes += changed
            own, lines = windows.get(name, ()), counted.samples.lines
            found.add(state.advance(own, templates, closed.until, lines, changed, words))
        unwell = advice(self._engine)
        statuses = [state.status_to_keep(unwell.get(name, ())) for name, state in self._namespaces.items()]
        return PassResult(
            closed_until=closed.until,
            counts=counted.windows,
            additions=late.windows,
            templates=self._touched([*counted.windows, *late.windows]),
            anomalies=found.anomalies,
            incidents=list(found.incidents.values()),
            retracted=[one.id for one in withdrawn],
            withdrawn=withdrawn,
            models=found.models,
            changes=changes,
            deployed=deployed,
            statuses=[status for status in statuses if status != self._written.get(status.namespace)],
            checkpoints=self._buffer.checkpoints(self._source.positions()),
            engine=self._engine.dirty_state(),
            tally=self.tally,
        )

    def _awake(self, name: str, templates: Mapping[str, Template]) -> NamespaceState:
        """The state of a namespace that has lines now."""
        state = self._namespaces.get(name)
        if state is None:
            shelf = partial(self._store.fitted, name)
            state = self._namespaces[name] = NamespaceState(name, self._settings.detection, shelf, self._meter)
        if state.resting:
            state.wake(partial(self._counts, name), templates)
        return state

    def _commit(self, result: PassResult) -> None:
        self._confirm()
        result = replace(
            result,
            anomalies=[marked(one, self._engine.redact) for one in result.anomalies],
            incidents=[marked(one, self._engine.redact) for one in result.incidents],
        )
        told = self._outbox.messages(result)
        with self._meter.step(Step.COMMIT):
            self._store.commit(replace(result, told=told))
        self._kept = result.checkpoints or self._kept
        if told:
            self._outbox.look(self._store)
        for state in self._namespaces.values():
            if (fitted := state.trained.to_keep()) is not None:
                self._store.keep_fitted(fitted)
        self._written |= {status.namespace: status for status in result.statuses}
        self._deployed |= {deployed.namespace: deployed for deployed in result.deployed}

    def _touched(self, windows: Iterable[WindowCounts]) -> list[Template]:
        ids: dict[str, set[str]] = defaultdict(set)
        for window in windows:
            ids[window.namespace].update(window.templates)
        catalogues = {name: self._engine.catalogue(name) for name in ids}
        return [catalogues[name][id_] for name, own in ids.items() for id_ in own if id_ in catalogues[name]]


def advice(engine: TemplateEngine) -> Mapping[str, tuple[str, ...]]:
    """By namespace, what to do about workloads whose logs don't template well."""
    unwell: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for health in engine.health():
        if health.advice:
            unwell[health.namespace] += (f"{health.workload}: {health.advice}",)
    return unwell
