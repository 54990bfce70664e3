"""The table of docs/reliability.md, measured here: each row's test is run, and says what it saw.

    python -m benchmarks.faults [--short] [WORD…]

`--short` leaves out the tests that take more than a few seconds; words choose rows by what stands in them. The command
fails where a test does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
_COMMAND = "pytest "
_HEAD = ("Fault", "Promised", "Measured", "Test")


@dataclass(frozen=True, slots=True)
class Row:
    """What goes wrong, what is promised then, and the tests that show it, as pytest names them."""

    fault: str
    promised: str
    tests: tuple[str, ...]


def rows(page: str) -> list[Row]:
    """Of all tables of the page that name tests in their last column."""
    found = []
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == len(_HEAD) and cells[-1].startswith(f"`{_COMMAND}"):
            found.append(Row(cells[0], cells[1], tuple(cells[-1].strip("`").removeprefix(_COMMAND).split())))
    return found


def run(tests: Sequence[str], *, short: bool) -> tuple[int, dict[str, list[str]]]:
    """Exit code, and by test what it told of itself: figures, or how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", *tests, "-o", "junit_family=xunit1", f"--junitxml={report}"]
        done = subprocess.run([*command, *(("-m", "not long") if short else ())], cwd=ROOT, check=False)
        return done.returncode, _told(ET.parse(report).iter("testcase")) if report.exists() else {}


def _told(cases: Iterable[ET.Element]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        name = f"{case.get('file')}::{str(case.get('name')).partition('[')[0]}"
        ended = next((kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None), "")
        figures = [f"{one.get('name')} {one.get('value')}" for one in case.iter("property")]
        found[name] += [ended.upper()] if ended else figures or ["passed"]
    return found


def table(of: Sequence[Row], told: Mapping[str, Sequence[str]]) -> str:
    """As it stands in the page."""
    lines = [" | ".join(_HEAD), " | ".join("---" for _ in _HEAD)]
    for row in of:
        seen = dict.fromkeys(figure for test in row.tests for figure in told.get(test, ("not run",)))
        tests = f"`{_COMMAND}{' '.join(row.tests)}`"
        lines.append(" | ".join((row.fault, row.promised, "; ".join(seen), tests)))
    return "\n".join(f"| {line} |" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Run them, and print the table."""
    words = [word.lower() for word in arguments if not word.startswith("--")]
    chosen = [
        row for row in rows(PAGE.read_text()) if all(word in f"{row.fault} {row.tests}".lower() for word in words)
    ]
    if not chosen:
        print("No row has these words in it: see docs/reliability.md.", file=sys.stderr)
        return 2
    code, told = run(sorted({test for row in chosen for test in row.tests}), short="--short" in arguments)
    print(table(chosen, told))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
