"""The engine in Python: format, masks, Drain3, one tree for each workload of each namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.batch import LogBatch
from ingest.columns import Coded
from parsers.advice import advise
from parsers.engine import EngineState, Health, ParsedBatch, Template
from parsers.formats import Statement, read_record
from parsers.masked import Masked, Reader
from parsers.masking import Masker
from parsers.naming import About, Naming, Whose, count, retell
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
        self._masker = Masker(self._settings.masks, self._settings.pseudonyms, self._settings.pseudonym_key)
        self._reader = Reader(self._masker)
        self._miners: dict[Whose, WorkloadMiner] = {}
        self._templates: dict[Whose, dict[int, Template]] = {}
        """By Drain's number; 0 is the catch-all."""
        self._naming = Naming(self._masker.redact)
        self._about = About()
        self._dirty: set[Whose] = set()

    def parse(self, batch: LogBatch) -> ParsedBatch:
        """Assign templates in the order of the rows, learning new ones on the way."""
        assigning = self.begin(batch)
        assigning.add(self.masked(batch))
        return assigning.parsed()

    def masked(self, batch: LogBatch) -> Masked:
        """What Drain sees of the records; no state is looked at or changed."""
        return self._reader.read(batch.message, batch.level)

    def begin(self, batch: LogBatch) -> Assigning:
        """As `parse`, for a batch whose records are masked elsewhere."""
        whose = [(origin.namespace, origin.workload) for origin in batch.origins]
        homes = {origin: self._home(whose[origin]) for origin in np.unique(batch.origin).tolist()}
        return Assigning(batch, homes, self._place, self._tell)

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
            if miner.lines or miner.births  # else it has logged nothing but events, which are about others
        ]

    def dirty_state(self) -> EngineState:
        """The state of those workloads that changed since the last call."""
        changed, self._dirty = sorted(self._dirty), set()
        miners = {whose: miner for whose in changed if (miner := self._miners[whose]).lines}
        return EngineState(VERSION, {whose: encode_workload(miner.saved()) for whose, miner in miners.items()})

    def close(self) -> None:
        """There is nothing to end."""

    def restore(self, state: EngineState, catalogue: Iterable[Template]) -> None:
        """Go on from a saved state, and from its templates: those that the state doesn't know keep their names.

        Raises `ValueError` with a sentence where the state is damaged or of a newer version; then nothing has changed.
        """
        states = decode_state(state)
        self._naming.catalogue.restore(catalogue)
        self._about.restore(states)
        for whose, saved in states.items():
            miner = self._miners[whose] = WorkloadMiner(self._settings)
            miner.restore(saved)
            templates = zip(saved.births, saved.today, strict=True)
            self._templates[whose] = {
                number: self._naming.saved(whose, birth, today, saved.ids.get(number))
                for number, (birth, today) in enumerate(templates, start=1)
            }

    def _home(self, whose: Whose) -> Home:
        if whose not in self._miners:
            self._miners[whose], self._templates[whose] = WorkloadMiner(self._settings), {}
        self._dirty.add(whose)
        return Home(whose, self._miners[whose], self._templates[whose])

    def _place(self, home: Home, about: str) -> Home:
        """Of the workload that an event is about which that of `home` has logged."""
        return self._home(self._about.placed(home.whose, about))

    def _tell(self, home: Home, number: int, statement: Statement, time: int) -> None:
        """Name a new template, or tell the new words of a known one."""
        miner, templates = home.miner, home.templates
        today = miner.template_words(number) if number else ()
        if number in templates:
            retell(templates[number], today)
        else:
            birth = miner.births[number - 1] if number else ()
            templates[number] = self._naming.made(home.whose, birth, today, statement.level, statement.line, time)


class Home(NamedTuple):
    """What is known of a workload."""

    whose: Whose
    miner: WorkloadMiner
    templates: dict[int, Template]
    """By Drain's number; 0 is the catch-all."""


class _Seat(NamedTuple):
    """Where the records of a workload get their templates."""

    assign: Callable[[str], tuple[int, bool]]
    places: dict[int, int]
    """Of templates, by Drain's number, in what was found."""
    home: Home


class Assigning:
    """The records of a batch get their templates, piece by piece."""

    def __init__(
        self,
        batch: LogBatch,
        homes: Mapping[int, Home],
        place: Callable[[Home, str], Home],
        tell: Callable[[Home, int, Statement, int], None],
    ) -> None:
        self._batch, self._place_of, self._tell = batch, place, tell
        # Of each origin: how a line is assigned, and the places of templates in what was found.
        self._homes = {origin: _Seat(home.miner.assign, {}, home) for origin, home in homes.items()}
        self._seats: dict[Whose, _Seat] = {}
        """Likewise of workloads that events are about."""
        self._index: dict[str, int] = {}
        self._found: list[Template] = []
        self._rows: list[int] = []
        self._levels: dict[str, int] = {}
        self._level: list[int] = []

    def add(self, masked: Masked) -> None:
        """The next records of the batch, masked."""
        begin = len(self._rows)
        rows, contents, homes = self._rows, masked.contents, self._homes
        origins = self._batch.origin[begin : begin + len(masked.content)].tolist()
        about = masked.about
        for content, origin in zip(masked.content, origins, strict=True):
            assign, places, home = homes[origin]
            if about and (named := about.get(len(rows) - begin)):
                assign, places, home = self._seat(home, named)
            number, changed = assign(contents[content])
            at = places.get(number)
            if at is None or changed:
                at = places[number] = self._place(home, number, changed)
            rows.append(at)
        codes = [self._levels.setdefault(level, len(self._levels)) for level in masked.levels]
        self._level += [codes[level] for level in masked.level]

    def parsed(self) -> ParsedBatch:
        """What was found, once all records were added; it is entered into the catalogue."""
        rows = np.array(self._rows, np.int32)
        count_rows(self._found, rows, self._batch.time)
        levels = Coded(tuple(self._levels), np.array(self._level, np.int32))
        return ParsedBatch(tuple(template.id for template in self._found), rows, levels)

    def _seat(self, home: Home, about: str) -> _Seat:
        found = self._place_of(home, about)
        if found.whose not in self._seats:
            self._seats[found.whose] = _Seat(found.miner.assign, {}, found)
        return self._seats[found.whose]

    def _place(self, home: Home, number: int, changed: bool) -> int:
        """Where the template of the record that is assigned just now stands in what was found."""
        if changed or number not in home.templates:
            row = len(self._rows)
            # Read once more, as few records come here.
            statement = read_record(self._batch.message[row], self._batch.level[row])
            self._tell(home, number, statement, int(self._batch.time[row]))
        template = home.templates[number]
        at = self._index.setdefault(template.id, len(self._found))
        if at == len(self._found):
            self._found.append(template)
        return at


def count_rows(found: list[Template], rows: NDArray[np.int32], times: NDArray[np.int64]) -> None:
    """Enter a batch into the catalogue."""
    if not found:
        return
    counts = np.bincount(rows, minlength=len(found))
    first, last = np.full(len(found), np.iinfo(np.int64).max), np.full(len(found), np.iinfo(np.int64).min)
    np.minimum.at(first, rows, times)
    np.maximum.at(last, rows, times)
    count(found, counts.tolist(), first.tolist(), last.tolist())
