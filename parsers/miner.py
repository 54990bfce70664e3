"""The engine in Python: format, masks, Drain3, one tree for each workload of each namespace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ingest.batch import LogBatch
from parsers.catalogue import MAX_EXAMPLE, MAX_TEXT, OTHER, Catalogue, shorten_example, template_id
from parsers.engine import EngineState, Health, ParsedBatch, Template
from parsers.formats import read_record
from parsers.keys import Keyer, readable
from parsers.masking import Masker, cut
from parsers.settings import MiningSettings
from parsers.state import VERSION, decode_workload, encode_workload
from parsers.workload import WorkloadMiner, most_varied

Whose = tuple[str, str]
"""Namespace and workload."""


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
        self._catalogue = Catalogue()
        self._dirty: set[Whose] = set()

    def parse(self, batch: LogBatch) -> ParsedBatch:
        """Assign templates in the order of the rows, learning new ones on the way."""
        whose = [(origin.namespace, origin.workload) for origin in batch.origins]
        index: dict[str, int] = {}
        found: list[Template] = []
        rows, levels = np.empty(len(batch), np.int32), []
        for row, (message, given, origin) in enumerate(
            zip(batch.message, batch.level, batch.origin.tolist(), strict=True)
        ):
            statement = read_record(message, given)
            words = self._keyer.words(statement)
            template = self._assign(whose[origin], words, statement.level, statement.line, int(batch.time[row]))
            at = index.get(template.id)
            if at is None:
                at = index[template.id] = len(found)
                found.append(template)
            rows[row] = at
            levels.append(statement.level)
        self._dirty.update(whose[origin] for origin in np.unique(batch.origin).tolist())
        _count(found, rows, batch.time)
        return ParsedBatch(tuple(template.id for template in found), rows, tuple(levels))

    def catalogue(self, namespace: str) -> Mapping[str, Template]:
        """The templates of a namespace by id."""
        return self._catalogue.of(namespace)

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
                advice=_advice(miner) if miner.overflowing else "",
            )
            for whose, miner in sorted(self._miners.items())
        ]

    def dirty_state(self) -> EngineState:
        """The state of those workloads that changed since the last call."""
        changed, self._dirty = sorted(self._dirty), set()
        return EngineState(VERSION, {whose: encode_workload(self._miners[whose]) for whose in changed})

    def restore(self, state: EngineState, catalogue: Iterable[Template]) -> None:
        """Go on from a saved state, and from its templates: those that the state doesn't know keep their names.

        Raises `ValueError` with a sentence where the state is damaged or of a newer version; then nothing has changed.
        """
        if state.version > VERSION:
            raise ValueError(
                f"The saved templates are of a newer drainwatch (version {state.version}): update this one."
            )
        miners = {
            whose: decode_workload(saved, self._settings, " / ".join(whose))
            for whose, saved in state.by_workload.items()
        }
        self._catalogue.restore(catalogue)
        for whose, miner in miners.items():
            self._miners[whose] = miner
            self._templates[whose] = {}
            for number in range(1, len(miner.births) + 1):
                words = miner.template_words(number)
                self._name(whose, number, _level_of(words), readable(words), 0)

    def _assign(self, whose: Whose, words: list[str], level: str, message: str, time: int) -> Template:
        miner = self._miners.get(whose)
        if miner is None:
            miner, self._templates[whose] = WorkloadMiner(self._settings), {}
            self._miners[whose] = miner
        number, changed = miner.assign(words)
        template = self._templates[whose].get(number)
        if template is None:
            template = self._name(whose, number, level if number else "", message, time)
        elif changed:
            template.text = readable(miner.template_words(number))[:MAX_TEXT]
        return template

    def _name(self, whose: Whose, number: int, level: str, message: str, time: int) -> Template:
        """The catalogue's entry of a template that is new here; its count begins at nought."""
        miner = self._miners[whose]
        text, birth = OTHER, OTHER
        if number:
            text, birth = readable(miner.template_words(number)), " ".join(miner.births[number - 1])
        fresh = Template(
            id=template_id(*whose, birth),
            namespace=whose[0],
            workload=whose[1],
            text=text[:MAX_TEXT],
            level=level,
            first_seen=time,
            last_seen=time,
            count=0,
            example=cut(self._masker.redact(shorten_example(message)), MAX_EXAMPLE),
        )
        template = self._templates[whose][number] = self._catalogue.known_or(fresh)
        return template


def _count(templates: list[Template], rows: NDArray[np.int32], times: NDArray[np.int64]) -> None:
    """Enter a batch into the catalogue."""
    if not templates:
        return
    counts = np.bincount(rows, minlength=len(templates))
    first, last = np.full(len(templates), np.iinfo(np.int64).max), np.full(len(templates), np.iinfo(np.int64).min)
    np.minimum.at(first, rows, times)
    np.maximum.at(last, rows, times)
    for template, count, since, until in zip(templates, counts.tolist(), first.tolist(), last.tolist(), strict=True):
        template.first_seen = min(template.first_seen, since) if template.count else since
        template.last_seen = max(template.last_seen, until) if template.count else until
        template.count += count


def _level_of(words: tuple[str, ...]) -> str:
    return "" if words[0] == "-" else words[0].lower()


def _advice(miner: WorkloadMiner) -> str:
    """What a person can do about templates that grow without end: the word that changes, and a mask for it."""
    if not miner.births:
        return ""
    words, position, values = most_varied(miner.births)
    shown = ", ".join(f"`{value.replace('␣', ' ')[:60]}`" for value in values)
    where = f"word {position} of `{readable(words)[:120]}`"
    full = f"Its logs have made {len(miner.births):,} templates; new texts are counted together as {OTHER}. "
    return (
        f"{full}Most differ in {where}: {shown}. If that is a value, give it a mask in the settings, for example "
        f"[parsing.masks] VALUE = '{_shape(values[-1])}'."
    )


def _shape(value: str) -> str:
    """A mask for words such as this one: runs of letters and digits as classes, all else as it is."""
    word = value.rpartition("␣")[2][:60]
    parts = re.findall(r"[A-Za-z]+|\d+|<[A-Z]+>|[^A-Za-z0-9]", word)
    if len(parts) > 8 or not word.isascii() or any(part.startswith("<") for part in parts):
        return r"[\w-]{1,64}+"
    return "".join(
        r"[A-Za-z]{1,32}+" if part.isalpha() else r"\d{1,32}+" if part.isdigit() else re.escape(part) for part in parts
    )
