"""What every engine is held to: Drain3 alone behind the same front end, one tree a workload, no memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from drain3.drain import Drain

from ingest.batch import LogBatch
from parsers.catalogue import template_id
from parsers.formats import read_record
from parsers.keys import Keyer, readable
from parsers.masking import Masker
from parsers.settings import MiningSettings
from parsers.workload import BLOCK, GROWING, SETTLED, new_drain


@dataclass
class Mined:
    """One workload's tree."""

    drain: Drain
    births: list[str] = field(default_factory=list)
    lines: int = 0
    new: int = 0
    growing: bool = False


class Reference:
    """Rows to ids of templates and levels."""

    def __init__(self, settings: MiningSettings) -> None:
        self._settings = settings
        self._keyer = Keyer(Masker(settings.masks))
        self._mined: dict[tuple[str, str], Mined] = {}

    def parse(self, batch: LogBatch) -> list[tuple[str, str]]:
        rows = []
        for message, level, origin in zip(batch.message, batch.level, batch.origin.tolist(), strict=True):
            statement = read_record(message, level)
            whose = (batch.origins[origin].namespace, batch.origins[origin].workload)
            birth = self._assign(whose, " ".join(self._keyer.words(statement)))
            rows.append((template_id(*whose, birth), statement.level))
        return rows

    def texts(self) -> dict[str, str]:
        """Each template as it is now, by id; the catch-all is left out."""
        return {
            template_id(*whose, birth): readable(cluster.log_template_tokens)
            for whose, mined in self._mined.items()
            for birth, cluster in zip(mined.births, mined.drain.clusters, strict=True)
            if cluster
        }

    def _assign(self, whose: tuple[str, str], content: str) -> str:
        """The template's words at birth."""
        mined = self._mined.setdefault(whose, Mined(new_drain(self._settings)))
        drain, birth, new = mined.drain, "<other>", True
        full = mined.growing or len(mined.births) >= self._settings.max_templates
        if not full or drain.tree_search(drain.root_node, content.split(), drain.sim_th, False):
            cluster, change = drain.add_log_message(content)
            new = change == "cluster_created"
            if new:
                mined.births.append(content)
            birth = mined.births[cluster.cluster_id - 1]
        mined.lines += 1
        mined.new += new
        if mined.lines % BLOCK == 0:
            if mined.lines > BLOCK and mined.new / BLOCK > GROWING:
                mined.growing = True
            elif mined.new / BLOCK <= SETTLED:
                mined.growing = False
            mined.new = 0
        return birth
