"""Puts what is written in ingest/ into the values of Elastic's charts, where it has to stand: between two marks.

    python -m tests.helm.embedded        # after a change in ingest/

A mark is a comment, `# begin FILE`, and what is between it and `# end FILE` has its indentation. Of a folder each file
is a key of a ConfigMap.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STACK = ROOT / "helm-values" / "eck-stack"
_PART = re.compile(r"^(?P<indent> *)# begin (?P<path>\S+)\n(?P<text>.*?)^(?P=indent)# end (?P=path)\n", re.M | re.S)


def parts(text: str) -> Iterator[str]:
    """The files and folders that stand in a text, as paths from the root of the repository."""
    return (found["path"] for found in _PART.finditer(text))


def embedded(text: str) -> str:
    """The text with all that stands in it as it is in ingest/ now."""
    return _PART.sub(_filled, text)


def files() -> list[Path]:
    """Values in which something stands."""
    return [path for path in sorted(STACK.glob("*.yaml")) if _PART.search(path.read_text("utf-8"))]


def _filled(found: re.Match[str]) -> str:
    indent, path = found["indent"], found["path"]
    original = ROOT / path
    text = _folder(original) if original.is_dir() else original.read_text("utf-8")
    return f"{indent}# begin {path}\n{textwrap.indent(text, indent)}{indent}# end {path}\n"


def _folder(folder: Path) -> str:
    """Its files as the data of a ConfigMap."""
    return "".join(
        f"{path.name}: |\n{textwrap.indent(path.read_text('utf-8'), '  ')}" for path in sorted(folder.iterdir())
    )


if __name__ == "__main__":
    for file in files():
        file.write_text(embedded(file.read_text("utf-8")), "utf-8")
