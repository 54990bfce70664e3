"""Lines from their bytes to text, before anybody looks at what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate

from ingest.accounting import Remark, Tally
from ingest.filebeat import DOTTED
from ingest.linereader import Block
from ingest.sniff import Form

_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\x1b") + b"\x7f"
_ESCAPED = re.compile(rb"\\(?:u00|[bf])")


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of one file or topic, in its order."""

    texts: list[str]
    """Without a byte order mark, NULs before them and a carriage return after them."""
    positions: Sequence[int]
    cut: frozenset[int]
    """Indices of those of which only the beginning is there."""
    dirty: bool
    """Whether there may be control characters in any."""
    dotted: bool
    """Whether any may be a document with dotted keys."""

    @classmethod
    def of_block(cls, block: Block, form: Form, tally: Tally) -> Rows:
        """Read the lines of a block, each entered into the tally."""
        data = block.lines
        if not block.cut and data.isascii():  # then characters are as many as bytes, and text is quicker to split
            texts = data.decode().split("\n")
            lengths = list(map(len, texts))
            if max(lengths) <= block.limit:
                tally.read += len(texts)
                positions = list(accumulate([length + 1 for length in lengths[:-1]], initial=block.position))
                return cls._bare(texts, data, positions, frozenset(), form)
        return cls.of(*block.split(), form, tally)

    @classmethod
    def of(
        cls, lines: Sequence[bytes], positions: Sequence[int], cut: frozenset[int], form: Form, tally: Tally
    ) -> Rows:
        """Read lines, each entered into the tally."""
        tally.read += len(lines)
        data = b"\n".join(lines)
        texts = _decode(lines, data, tally)
        if texts and positions[0] == 0:
            texts[0] = texts[0].removeprefix("\ufeff")
        return cls._bare(texts, data, positions, cut, form)

    @classmethod
    def _bare(cls, texts: list[str], data: bytes, positions: Sequence[int], cut: frozenset[int], form: Form) -> Rows:
        if b"\r" in data or b"\0" in data:
            texts = [text.lstrip("\0").removesuffix("\r") for text in texts]
        dotted = form is Form.FILEBEAT and DOTTED.search(data) is not None
        return cls(texts, positions, cut, _is_dirty(data, form), dotted)


def _decode(lines: Sequence[bytes], data: bytes, tally: Tally) -> list[str]:
    """The lines as text; what is no UTF-8 becomes U+FFFD."""
    with suppress(UnicodeDecodeError):
        texts = data.decode().split("\n")
        if len(texts) == len(lines):  # a document may hold newlines
            return texts
    texts = []
    for line in lines:
        try:
            texts.append(line.decode())
        except UnicodeDecodeError:
            texts.append(line.decode("utf-8", "replace"))
            tally.remarks[Remark.UNDECODABLE] += 1
    return texts


def _is_dirty(data: bytes, form: Form) -> bool:
    """Whether there are control characters in the lines, as they are or escaped in JSON."""
    if len(data.translate(None, _CONTROLS)) != len(data):
        return True
    return form in (Form.DOCKER, Form.FILEBEAT) and _ESCAPED.search(data) is not None
