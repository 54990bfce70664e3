"""Lines in the formats of many loggers, pinned to their level and template, so that no change moves a template unseen.

`python -m tests.parsers.golden` writes the file anew. `␊` in a `.log` file stands for a line break within a record.
"""

from __future__ import annotations

from pathlib import Path

from parsers.miner import DrainEngine
from tests.parsers.batches import batch_of
from tests.parsers.engines import NewEngine

FOLDER = Path(__file__).parent / "golden"
EXPECTED = FOLDER / "templates.txt"


def render(new_engine: NewEngine = DrainEngine) -> str:
    """Level and template of every line, each file one workload."""
    lines: list[str] = []
    for path in sorted(FOLDER.glob("*.log")):
        engine = new_engine()
        messages = path.read_text(encoding="utf-8").splitlines()
        parsed = engine.parse(batch_of([message.replace("␊", "\n") for message in messages]))
        catalogue = engine.catalogue("shop")
        lines.append(f"# {path.name}")
        for row in range(len(messages)):
            text = catalogue[parsed.templates[parsed.template[row]]].text
            lines.append(f"{row + 1:>3} {parsed.level[row] or '-':<8} {text}")
    return "\n".join(lines) + "\n"


def test_every_line_of_the_corpus_has_the_level_and_template_that_it_had(new_engine: NewEngine) -> None:
    assert render(new_engine) == EXPECTED.read_text(encoding="utf-8")


def test_ids_of_templates_stay_what_they_were(new_engine: NewEngine) -> None:
    engine = new_engine()
    parsed = engine.parse(batch_of(["2026-11-21 07:00:18,002 INFO  [main] c.s.Order - Order 1 placed for user 2"]))
    assert parsed.templates == ("9c71d5cfbec270ca",)
