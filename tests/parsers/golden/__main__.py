"""`python -m tests.parsers.golden` writes the golden file anew; look at what changed before you commit it."""

from tests.parsers.test_golden import EXPECTED, render

EXPECTED.write_text(render(), encoding="utf-8")
