"""What is known of the templates that Drain numbers: names, texts, examples, counts. For any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from parsers.catalogue import MAX_EXAMPLE, MAX_TEXT, OTHER, Catalogue, shorten_example, template_id
from parsers.engine import Template
from parsers.keys import readable
from parsers.masking import cut

Whose = tuple[str, str]
"""Namespace and workload."""
Words = tuple[str, ...]


MAX_ABOUT = 1_000
"""Workloads that the events of a namespace may be about; those about others count for the workload that logged them.

Names in Kubernetes are no secret, but whoever logs what looks like an event can make up any number of them."""


class About:
    """Which workloads the events of namespaces are about."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}

    def restore(self, whose: Iterable[Whose]) -> None:
        """Take in the workloads of a saved state."""
        for namespace, workload in whose:
            if "/" in workload:
                self._known.setdefault(namespace, set()).add(workload)

    def placed(self, whose: Whose, about: str) -> Whose:
        """Under whom an event counts that `whose` logged, and that is about another workload."""
        known = self._known.setdefault(whose[0], set())
        if about not in known:
            if len(known) >= MAX_ABOUT:
                return whose
            known.add(about)
        return whose[0], about


class Naming:
    """Gives templates their names and enters them into the catalogue; `redact` masks personal data in an example."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self.catalogue = Catalogue()
        self._redact = redact

    def made(self, whose: Whose, birth: Words, words: Words, level: str, message: str, time: int) -> Template:
        """The catalogue's entry of a template that is new to the engine; its count begins at nought.

        `birth` are its words when it was made (none: the catch-all), `words` those of today; `message` is the line that
        made it and `time` that line's (microseconds UTC).
        """
        return self.exemplified(whose, birth, words, level, self._redact(shorten_example(message)), time)

    def exemplified(
        self, whose: Whose, birth: Words, words: Words, level: str, example: str, time: int, name: str | None = None
    ) -> Template:
        """As `made`, of a line in which personal data is masked already, be it too long; `name` as in `saved`."""
        text = readable(words) if birth else OTHER
        fresh = Template(
            id=name or template_id(*whose, " ".join(birth) or OTHER),
            namespace=whose[0],
            workload=whose[1],
            text=text[:MAX_TEXT],
            level=level if birth else "",
            first_seen=time,
            last_seen=time,
            count=0,
            example=cut(example, MAX_EXAMPLE),
        )
        return self.catalogue.known_or(fresh)

    def saved(self, whose: Whose, birth: Words, words: Words, name: str | None = None) -> Template:
        """The entry of a template that a saved state knows; where the catalogue lost it, its text serves as example.

        `name` is its id, where its birth doesn't tell it.
        """
        level = "" if words[0] == "-" else words[0].lower()
        example = self._redact(shorten_example(readable(words)))
        return self.exemplified(whose, birth, words, level, example, 0, name)


def retell(template: Template, words: Sequence[str]) -> None:
    """A template whose words have changed."""
    template.text = readable(words)[:MAX_TEXT]


def count(templates: Iterable[Template], counts: list[int], first: list[int], last: list[int]) -> None:
    """Enter a batch: of each template how many lines, and the times of the first and the last (microseconds UTC)."""
    for template, lines, since, until in zip(templates, counts, first, last, strict=True):
        template.first_seen = min(template.first_seen, since) if template.count else since
        template.last_seen = max(template.last_seen, until) if template.count else until
        template.count += lines
