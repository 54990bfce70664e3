"""How lines become templates; the fields are those of the section `parsing` of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MiningSettings:
    """Drain's parameters (He et al., "Drain: An Online Log Parsing Approach", ICWS 2017), and ours."""

    similarity: float = 0.5
    """Share of equal words above which a line belongs to a template.

    The paper has 0.4 for most systems; level and key are words of ours that are nearly always equal, and at 0.4 they
    make up for too many that are not.
    """
    depth: int = 5
    """Drain3 counts the root, the number of words and the leaf: 5 leaves the level and the statement's key."""
    max_children: int = 100
    max_templates: int = 1_000
    """A workload; above it new texts are counted under one catch-all template."""
    masks: Mapping[str, str] = field(default_factory=dict)
    """More masks: name → regular expression."""
    pseudonyms: tuple[str, ...] = ()
    """Masks that stand in lines and examples with a name of the value's own; see `parsers.pseudonyms`."""
    pseudonym_key: bytes = field(default=b"", repr=False)
    """What those names are made with; nothing needed where there are none."""
