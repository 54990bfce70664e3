"""One workload's Drain: which template a line belongs to, and when learning stops because it would never end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import eq

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


def nearest(drain: Drain, words: Sequence[str]) -> tuple[LogCluster, bool] | None:
    """What `drain.tree_search` finds for the words, and whether the template stays as it is; words are compared in C.

    Where two templates have as many words in common with the line, that with more parameters is taken, then the older.
    """
    count = len(words)
    node = drain.root_node.key_to_child_node.get(str(count))
    if node is None:
        return None
    any_word, clusters = drain.param_str, drain.id_to_cluster
    for word in words[: min(count, drain.max_node_depth) - 1]:
        children = node.key_to_child_node
        node = children.get(word) or children.get(any_word)
        if node is None:
            return None
    best, most, most_any = None, -1, -1
    literal = any_word in words
    for number in node.cluster_ids:
        if (cluster := clusters[number]) is None:
            continue
        template = cluster.log_template_tokens
        same, parameters = sum(map(eq, template, words)), template.count(any_word)
        if literal:
            same -= sum(one == other == any_word for one, other in zip(template, words, strict=True))
        if same > most or (same == most and parameters > most_any):
            best, most, most_any = cluster, same, parameters
    if best is None or most / max(count, 1) < drain.sim_th:
        return None
    return best, most + most_any == count


class WorkloadMiner:
    """Drain3's own results, line for line; beside them a memory of lines that came before.

    The memory is exact: Drain's search reads only the part of its tree under the line's number of words, and a line
    that changed nothing there will be found the same until something there changes. So results are remembered, and
    forgotten when a template of that many words is made or changes.
    """

    def __init__(self, settings: MiningSettings) -> None:
        self.drain = new_drain(settings)
        self.births: list[tuple[str, ...]] = []
        """The words with which each template was born; template number 1 is at index 0."""
        self.ids: Mapping[int, str] = {}
        """As `WorkloadState.ids`."""
        self.lines = 0
        self.unmatched = 0
        """Lines that went to the catch-all template."""
        self.block_lines = 0
        self.block_new = 0
        self.growing = False
        self._max_templates = settings.max_templates
        self._remembered: dict[str, LogCluster] = {}
        self._of_length: dict[int, list[str]] = {}
        """What is remembered, by number of words."""

    @property
    def overflowing(self) -> bool:
        """Whether nothing new is learned at present."""
        return self.growing or len(self.births) >= self._max_templates

    def assign(self, content: str) -> tuple[int, bool]:
        """Number of the template (from 1; 0 is the catch-all) and whether it was made or changed by this line.

        `content` are the line's words, with a space between each and the next.
        """
        known = self._remembered.get(content)
        if known is None:
            return self._search(content)
        known.size += 1
        self.lines += 1
        self.block_lines += 1
        if self.block_lines == BLOCK:
            self._end_block()
        return known.cluster_id, False

    def _search(self, content: str) -> tuple[int, bool]:
        words = content.split(" ")
        number, changed = 0, True
        found = nearest(self.drain, words)
        if found is None and self.overflowing:
            self.unmatched += 1
            changed = False
        elif found is None:
            cluster, _ = self.drain.add_log_message(content)
            self._forget(len(words))
            self.births.append(cluster.log_template_tokens)
            number = cluster.cluster_id
        else:
            cluster, unchanged = found
            cluster.size += 1
            number = cluster.cluster_id
            if unchanged:
                changed = False
                self._remember(len(words), content, cluster)
            else:
                cluster.log_template_tokens = tuple(self.drain.create_template(words, cluster.log_template_tokens))
                self._forget(len(words))
        self.lines += 1
        self.block_lines += 1
        self.block_new += found is None
        if self.block_lines == BLOCK:
            self._end_block()
        return number, changed

    def _forget(self, count: int) -> None:
        for content in self._of_length.pop(count, ()):
            del self._remembered[content]

    def _remember(self, count: int, content: str, cluster: LogCluster) -> None:
        if len(content) > _REMEMBERED_LENGTH:
            return
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
            self._of_length.clear()
        self._remembered[content] = cluster
        self._of_length.setdefault(count, []).append(content)

    def _end_block(self) -> None:
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
            dict(self.ids),
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
        self.births, self.ids = list(state.births), state.ids
        self.lines, self.unmatched = state.lines, state.unmatched
        self.block_lines, self.block_new, self.growing = state.block_lines, state.block_new, state.growing
