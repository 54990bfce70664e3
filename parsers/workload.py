"""One workload's Drain: which template a line belongs to, and when learning stops because it would never end."""

from __future__ import annotations

from collections.abc import Sequence

from drain3.drain import Drain, LogCluster

from parsers.settings import MiningSettings
from parsers.state import VERSION, WorkloadState, changed

BLOCK = 200
"""Lines over which growth is measured. The first block is let pass: a program that starts says everything once."""
GROWING = 0.5
"""Share of a block's lines with a text never seen before from which on templates are held to grow without end."""
SETTLED = 0.1
"""… and below which learning goes on: between the two nothing changes, so that it doesn't flip with every block."""
_REMEMBERED = 10_000
_REMEMBERED_LENGTH = 1_000


def new_drain(settings: MiningSettings) -> Drain:
    """Drain as it is used here.

    Numbers are masked by name before Drain sees them, so it needn't take words with a digit (`utf8`, `Seat#57`,
    `HTTP/1.1`) for parameters. Templates are never evicted: the limit is kept by the catch-all template, so ids stay.
    """
    return Drain(
        depth=settings.depth,
        sim_th=settings.similarity,
        max_children=settings.max_children,
        parametrize_numeric_tokens=False,
    )


class WorkloadMiner:
    """Drain3's own results, line for line; beside them a memory of lines that came before.

    The memory is exact: Drain's search reads only the part of its tree under the line's number of words, and a line
    that changed nothing there will be found the same until something there changes. So results are remembered by number
    of words, and forgotten when a template of that many words is made or changes.
    """

    def __init__(self, settings: MiningSettings) -> None:
        self.drain = new_drain(settings)
        self.births: list[tuple[str, ...]] = []
        """The words with which each template was born; template number 1 is at index 0."""
        self.lines = 0
        self.unmatched = 0
        """Lines that went to the catch-all template."""
        self.block_lines = 0
        self.block_new = 0
        self.growing = False
        self._max_templates = settings.max_templates
        self._remembered: dict[int, dict[str, LogCluster]] = {}
        self._entries = 0

    @property
    def overflowing(self) -> bool:
        """Whether nothing new is learned at present."""
        return self.growing or len(self.births) >= self._max_templates

    def assign(self, words: Sequence[str]) -> tuple[int, bool]:
        """Number of the template (from 1; 0 is the catch-all) and whether it was made or changed by this line."""
        content = " ".join(words)
        remembered = self._remembered.get(len(words))
        if remembered is not None and (known := remembered.get(content)) is not None:
            known.size += 1
            self._count(new=False)
            return known.cluster_id, False
        return self._search(words, content)

    def _search(self, words: Sequence[str], content: str) -> tuple[int, bool]:
        drain = self.drain
        if self.overflowing and drain.tree_search(drain.root_node, words, drain.sim_th, False) is None:
            self.unmatched += 1
            self._count(new=True)
            return 0, False
        cluster, change = drain.add_log_message(content)
        if change == "none":
            self._remember(len(words), content, cluster)
        else:
            self._entries -= len(self._remembered.pop(len(words), ()))
            if change == "cluster_created":
                self.births.append(cluster.log_template_tokens)
        self._count(new=change == "cluster_created")
        return cluster.cluster_id, change != "none"

    def _remember(self, count: int, content: str, cluster: LogCluster) -> None:
        if len(content) > _REMEMBERED_LENGTH:
            return
        if self._entries >= _REMEMBERED:
            self._remembered.clear()
            self._entries = 0
        self._remembered.setdefault(count, {})[content] = cluster
        self._entries += 1

    def _count(self, new: bool) -> None:
        self.lines += 1
        self.block_lines += 1
        self.block_new += new
        if self.block_lines == BLOCK:
            share = self.block_new / BLOCK
            if self.lines > BLOCK and share > GROWING:
                self.growing = True
            elif share <= SETTLED:
                self.growing = False
            self.block_lines = self.block_new = 0

    def template_words(self, number: int) -> tuple[str, ...]:
        """The words of a template as they are now, `<*>` where lines differed."""
        cluster = self.drain.id_to_cluster[number]
        return tuple(cluster.log_template_tokens) if cluster else ()

    def saved(self) -> WorkloadState:
        """All that is needed to go on from here."""
        numbers = range(1, len(self.births) + 1)
        return WorkloadState(
            VERSION,
            self.births,
            changed([self.template_words(number) for number in numbers], self.births),
            [cluster.size if (cluster := self.drain.id_to_cluster[number]) else 0 for number in numbers],
            self.lines,
            self.unmatched,
            self.block_lines,
            self.block_new,
            self.growing,
        )

    def restore(self, state: WorkloadState) -> None:
        """Grow the tree again: Drain files a template by the words of its birth, in the order of the births."""
        templates = zip(state.births, state.today, state.sizes, strict=True)
        for number, (birth, words, size) in enumerate(templates, start=1):
            cluster = LogCluster(birth, number)
            self.drain.id_to_cluster[number] = cluster
            self.drain.add_seq_to_prefix_tree(self.drain.root_node, cluster)
            cluster.log_template_tokens, cluster.size = words, size
        self.drain.clusters_counter = len(state.births)
        self.births = list(state.births)
        self.lines, self.unmatched = state.lines, state.unmatched
        self.block_lines, self.block_new, self.growing = state.block_lines, state.block_new, state.growing
