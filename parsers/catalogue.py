"""The catalogue: every template by its id, and what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from parsers.engine import Template
from parsers.masking import cut

OTHER = "<other>"
"""Text of the catch-all template of a workload."""
MAX_EXAMPLE = 500
MAX_TEXT = 2_000
READ_FOR_EXAMPLE = 4_000
"""Masked before it is cut to length: a mask must see the whole of what it masks."""


def template_id(namespace: str, workload: str, birth: str) -> str:
    """Sixteen hexadecimal digits: a digest of where a template was born and as what.

    Two templates of a workload are never born with the same words: whatever a template was merged with, enough words of
    its birth stayed to meet Drain's threshold, so those words find it again.
    """
    parts = "\x1f".join((namespace, workload, birth))
    return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Catalogue:
    """Templates by namespace and id."""

    def __init__(self) -> None:
        self._by_namespace: dict[str, dict[str, Template]] = {}

    def of(self, namespace: str) -> Mapping[str, Template]:
        """The templates of a namespace by id."""
        return self._by_namespace.get(namespace, {})

    def restore(self, templates: Iterable[Template]) -> None:
        """Take in templates as they were saved (copies: what the caller holds stays as it is)."""
        for template in templates:
            self._by_namespace.setdefault(template.namespace, {})[template.id] = replace(template)

    def known_or(self, fresh: Template) -> Template:
        """The template of that id, if there is one already (its state was lost and it is born again), else `fresh`."""
        return self._by_namespace.setdefault(fresh.namespace, {}).setdefault(fresh.id, fresh)


def shorten_example(message: str) -> str:
    """As much of a message as has to be masked for an example."""
    return cut(message, READ_FOR_EXAMPLE)
