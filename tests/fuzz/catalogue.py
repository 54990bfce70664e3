"""All that is fuzzed, by name. A new reader of bytes is a target in one of the modules, and comes here by itself."""

from __future__ import annotations

from tests.fuzz import documents, kept, lines, told

TARGETS = {one.name: one for part in (lines, documents, kept, told) for one in part.TARGETS}
