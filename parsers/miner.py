"""The engine in Python: format, masks, Drain3, one tree for each workload of each namespace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ingest.batch import LogBatch
from parsers.advice import advise
from parsers.engine import EngineState, Health, ParsedBatch, Template
from parsers.formats import Statement, read_record
from parsers.keys import Keyer
from parsers.masking import Masker
from parsers.naming import Naming, Whose, count, retell
from parsers.settings import MiningSettings
from parsers.state import VERSION, decode_state, encode_workload
from parsers.workload import WorkloadMiner


class DrainEngine:
    """Templates by Drain3 (He et al., ICWS 2017) over masked statements; see `parsers.engine.TemplateEngine`.

    Raises `ValueError` with a sentence for the reader where one of the masks in the settings can't be used.
    """

    name = "python"

    def __init__(self, settings: MiningSettings | None = None) -> None:
        self._settings = settings or MiningSettings()
        self._masker = Masker(self._settings.masks)
        self._keyer = Keyer(self._masker)
        self._miners: dict[Whose, WorkloadMiner] = {}
        self._templates: dict[Whose, dict[int, Template]] = {}
        """By Drain's number; 0 is the catch-all."""
        self._naming = Naming(self._masker.redact)
        self._dirty: set[Whose] = set()

    def parse(self, batch: LogBatch) -> ParsedBatch:
        """Assign templates in the order of the rows, learning new ones on the way."""
        whose = [(origin.namespace, origin.workload) for origin in batch.origins]
        homes = {origin: self._home(whose[origin]) for origin in np.unique(batch.origin).tolist()}
        index: dict[str, int] = {}
        found: list[Template] = []
        rows: list[int] = []
        levels: list[str] = []
        words_of = self._keyer.words
        for message, given, origin, time in zip(
            batch.message, batch.level, batch.origin.tolist(), batch.time.tolist(), strict=True
        ):
            statement = read_record(message, given)
            miner, templates = homes[origin]
            number, changed = miner.assign(words_of(statement))
            if changed or number not in templates:
                self._tell(whose[origin], number, statement, time)
            template = templates[number]
            at = index.get(template.id)
            if at is None:
                at = index[template.id] = len(found)
                found.append(template)
            rows.append(at)
            levels.append(statement.level)
        self._dirty.update(whose[origin] for origin in homes)
        at_rows = np.array(rows, np.int32)
        count_rows(found, at_rows, batch.time)
        return ParsedBatch(tuple(template.id for template in found), at_rows, tuple(levels))

    def catalogue(self, namespace: str) -> Mapping[str, Template]:
        """The templates of a namespace by id."""
        return self._naming.catalogue.of(namespace)

    def redact(self, messages: Iterable[str]) -> list[str]:
        """The messages with personal data masked and everything else left readable."""
        return [self._masker.redact(message) for message in messages]

    def health(self) -> list[Health]:
        """One entry a workload, by name."""
        return [
            Health(
                *whose,
                templates=len(miner.births),
                lines=miner.lines,
                overflowing=miner.overflowing,
                advice=advise(miner.births) if miner.overflowing else "",
            )
            for whose, miner in sorted(self._miners.items())
        ]

    def dirty_state(self) -> EngineState:
        """The state of those workloads that changed since the last call."""
        changed, self._dirty = sorted(self._dirty), set()
        return EngineState(VERSION, {whose: encode_workload(self._miners[whose].saved()) for whose in changed})

    def close(self) -> None:
        """There is nothing to end."""

    def restore(self, state: EngineState, catalogue: Iterable[Template]) -> None:
        """Go on from a saved state, and from its templates: those that the state doesn't know keep their names.

        Raises `ValueError` with a sentence where the state is damaged or of a newer version; then nothing has changed.
        """
        states = decode_state(state)
        self._naming.catalogue.restore(catalogue)
        for whose, saved in states.items():
            miner = self._miners[whose] = WorkloadMiner(self._settings)
            miner.restore(saved)
            templates = zip(saved.births, saved.today, strict=True)
            self._templates[whose] = {
                number: self._naming.saved(whose, birth, today)
                for number, (birth, today) in enumerate(templates, start=1)
            }

    def _home(self, whose: Whose) -> tuple[WorkloadMiner, dict[int, Template]]:
        if whose not in self._miners:
            self._miners[whose], self._templates[whose] = WorkloadMiner(self._settings), {}
        return self._miners[whose], self._templates[whose]

    def _tell(self, whose: Whose, number: int, statement: Statement, time: int) -> None:
        """Name a new template, or tell the new words of a known one."""
        miner, templates = self._home(whose)
        today = miner.template_words(number) if number else ()
        if number in templates:
            retell(templates[number], today)
        else:
            birth = miner.births[number - 1] if number else ()
            templates[number] = self._naming.made(whose, birth, today, statement.level, statement.line, time)


def count_rows(found: list[Template], rows: NDArray[np.int32], times: NDArray[np.int64]) -> None:
    """Enter a batch into the catalogue."""
    if not found:
        return
    counts = np.bincount(rows, minlength=len(found))
    first, last = np.full(len(found), np.iinfo(np.int64).max), np.full(len(found), np.iinfo(np.int64).min)
    np.minimum.at(first, rows, times)
    np.maximum.at(last, rows, times)
    count(found, counts.tolist(), first.tolist(), last.tolist())
