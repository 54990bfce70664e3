"""The compiled engine: columns go into the core and numbers of templates come out, with a short list of what is new.

The core holds texts, masks and Drain (native/src/text, native/src/drain); names, catalogue and saved state are kept
here, by the same code as in `parsers.miner`. What the core can't read it asks the Python functions for, so that both
engines give the same for every line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType

import numpy as np

from ingest.batch import LogBatch
from ingest.columns import Coded, TextColumn, Texts
from parsers.advice import advise
from parsers.catalogue import shorten_example
from parsers.engine import EngineState, Health, ParsedBatch, Template
from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.level import LEVELS
from parsers.masking import Masker
from parsers.naming import About, Naming, Whose, Words, count, retell
from parsers.native_spec import text_spec
from parsers.settings import MiningSettings
from parsers.state import VERSION, WorkloadState, changed, decode_state, encode_workload

_LEVELS = ("", *LEVELS)
"""By the core's number of a level."""


class NativeEngine:
    """Templates as `parsers.miner.DrainEngine` gives them, from the compiled core (`ingest.core.native`).

    `threads` read texts at the same time, and workloads are mined side by side; the result is the same for any number.
    Raises `ValueError` with a sentence for the reader where one of the masks in the settings can't be used.
    """

    def __init__(self, core: ModuleType, settings: MiningSettings | None = None, threads: int = 1) -> None:
        chosen = settings or MiningSettings()
        self.name = f"native {core.RELEASE}"
        self._masker = Masker(chosen.masks, chosen.pseudonyms, chosen.pseudonym_key)
        self._asks_for_examples = bool(chosen.pseudonyms)
        """The core masks by kind alone."""
        self._keyer = Keyer(self._masker)
        self._engine = core.Engine(
            text_spec(chosen.masks),
            chosen.similarity,
            chosen.depth,
            chosen.max_children,
            chosen.max_templates,
            threads,
        )
        self._max_templates = chosen.max_templates
        self._workloads: dict[Whose, int] = {}
        """The core's numbers."""
        self._whose: list[Whose] = []
        self._births: list[list[Words]] = []
        """By the core's number of the workload: the words of its templates when they were made."""
        self._ids: dict[int, Mapping[int, str]] = {}
        """Likewise, as `WorkloadState.ids`."""
        self._templates: list[Template] = []
        """By the core's slot: a number that a template of any workload gets when it is met."""
        self._naming = Naming(self._masker.redact)
        self._about = About()
        self._dirty: set[Whose] = set()

    def parse(self, batch: LogBatch) -> ParsedBatch:
        """Assign templates in the order of the rows, learning new ones on the way."""
        messages, levels = Texts.of(batch.message), _coded(batch.level)
        workloads = np.array([self._number(it.namespace, it.workload) for it in batch.origins], np.int32)
        parsed = self._engine.parse(
            messages.data,
            np.ascontiguousarray(messages.begin, np.int64),
            np.ascontiguousarray(messages.end, np.int64),
            [value.encode("utf-8", "surrogatepass") for value in levels.values],
            np.ascontiguousarray(levels.codes, np.int32),
            workloads[batch.origin],
            np.ascontiguousarray(batch.time, np.int64),
            self._reader(batch, messages, levels),
        )
        for slot, number, template, row, words, said in parsed.born:
            level, birth, time = _LEVELS[parsed.level[row]], _split(words), int(batch.time[row])
            if said is None or self._asks_for_examples:
                example = self._masker.redact(shorten_example(read_record(messages[row], levels[row]).line))
            else:
                example = _text(said)
            if template:  # not the catch-all, which no line makes
                self._births[number].append(birth)
            self._enter(slot, self._naming.exemplified(self._whose[number], birth, birth, level, example, time))
        for slot, words in parsed.changed:
            retell(self._templates[slot], _split(words))
        found = [self._templates[slot] for slot in np.frombuffer(parsed.slot, np.int32).tolist()]
        count(found, *(np.frombuffer(it, np.int64).tolist() for it in (parsed.count, parsed.first, parsed.last)))
        self._dirty.update((template.namespace, template.workload) for template in found)
        return ParsedBatch(
            tuple([template.id for template in found]),
            np.frombuffer(parsed.template, np.int32),
            Coded(_LEVELS, np.frombuffer(parsed.level, np.uint8)),
        )

    def catalogue(self, namespace: str) -> Mapping[str, Template]:
        """The templates of a namespace by id."""
        return self._naming.catalogue.of(namespace)

    def redact(self, messages: Iterable[str]) -> list[str]:
        """The messages with personal data masked and everything else left readable."""
        return [self._masker.redact(message) for message in messages]

    def health(self) -> list[Health]:
        """One entry a workload, by name."""
        entries = []
        for whose, number in sorted(self._workloads.items()):
            births = self._births[number]
            lines, _, _, _, growing = self._engine.progress(number)
            if not (lines or births):
                continue  # it was named by a batch that has no line of it
            full = growing or len(births) >= self._max_templates
            entries.append(Health(*whose, len(births), lines, full, advise(births) if full else ""))
        return entries

    def dirty_state(self) -> EngineState:
        """The state of those workloads that changed since the last call."""
        changed, self._dirty = sorted(self._dirty), set()
        return EngineState(VERSION, {whose: encode_workload(self._saved(self._workloads[whose])) for whose in changed})

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
            number = self._number(*whose)
            templates = [
                (_joined(birth), _joined(today), size)
                for birth, today, size in zip(saved.births, saved.today, saved.sizes, strict=True)
            ]
            progress = (saved.lines, saved.unmatched, saved.block_lines, saved.block_new, saved.growing)
            slots = self._engine.restore(number, templates, progress)
            self._births[number], self._ids[number] = list(saved.births), saved.ids
            told = zip(slots, saved.births, saved.today, strict=True)
            for place, (slot, birth, today) in enumerate(told, start=1):
                self._enter(slot, self._naming.saved(whose, birth, today, saved.ids.get(place)))

    def _number(self, namespace: str, workload: str) -> int:
        """The core's number of a workload."""
        number = self._workloads.get((namespace, workload))
        if number is None:
            number = self._numbered((namespace, workload))
            self._engine.add_workload()
        return number

    def _numbered(self, whose: Whose) -> int:
        """The number of a workload that the core will count with its next one."""
        number = self._workloads[whose] = len(self._whose)
        self._whose.append(whose)
        self._births.append([])
        return number

    def _reader(
        self, batch: LogBatch, messages: Texts, levels: Coded
    ) -> Callable[[Sequence[int]], list[tuple[int, bytes, int]]]:
        """Reads those rows that the core can't: level, words, and the workload's number, -1 for that which logged it.

        A workload that is new has the number that is next, as the core is at work and can't be told of it.
        """

        def read(rows: Sequence[int]) -> list[tuple[int, bytes, int]]:
            answers = []
            for row in rows:
                statement = read_record(messages[row], levels[row])
                workload = self._placed(batch, row, statement.about) if statement.about else -1
                answers.append((_LEVELS.index(statement.level), _joined(self._keyer.words(statement)), workload))
            return answers

        return read

    def _placed(self, batch: LogBatch, row: int, about: str) -> int:
        """The number of the workload under which a row counts that is about another than has logged it."""
        origin = batch.origins[batch.origin[row]]
        whose = self._about.placed((origin.namespace, origin.workload), about)
        number = self._workloads.get(whose)
        return self._numbered(whose) if number is None else number

    def _enter(self, slot: int, template: Template) -> None:
        assert slot == len(self._templates), "slots are counted by the core"
        self._templates.append(template)

    def _saved(self, number: int) -> WorkloadState:
        births = self._births[number]
        now, sizes, progress = self._engine.state(number)
        today = changed([_split(words) for words in now], births)
        saved = WorkloadState(VERSION, births, today, sizes, *progress)
        saved.ids = dict(self._ids.get(number, {}))
        return saved


def _coded(column: TextColumn) -> Coded:
    if isinstance(column, Coded):
        return column
    if column and column.count(column[0]) == len(column):  # most sources give none, or one
        return Coded((column[0],), np.zeros(len(column), np.int32))
    codes = {text: code for code, text in enumerate(dict.fromkeys(column))}
    return Coded(tuple(codes), np.fromiter(map(codes.__getitem__, column), np.int32, len(column)))


def _joined(words: Iterable[str]) -> bytes:
    return " ".join(words).encode("utf-8", "surrogatepass")


def _split(words: bytes) -> Words:
    return tuple(_text(words).split(" ")) if words else ()


def _text(text: bytes) -> str:
    return text.decode("utf-8", "surrogatepass")
