"""The rules are what promtool takes for rules, fire when they should, and say what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.markdown import table_rows, text_of
from tests.prometheus.files import RULES, alerts, in_seconds
from tests.servers.prometheus import promtool

TESTS = Path(__file__).with_name("rules.test.yml")


def test_promtool_takes_them_for_rules(tmp_path: Path) -> None:
    said = promtool("check", "rules", *map(str, RULES), folder=tmp_path)
    assert said.count("SUCCESS") == len(RULES) == 2


def test_they_fire_when_they_should_and_not_before(tmp_path: Path) -> None:
    assert "SUCCESS" in promtool("test", "rules", str(TESTS), folder=tmp_path)


def test_each_alert_has_a_test_of_its_own() -> None:
    tested = set(re.findall(r"alertname: (\w+)", TESTS.read_text("utf-8")))
    assert tested == set(alerts())


def test_each_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rules in RULES:
        for alert in re.split(r"\n\s*- alert: ", rules.read_text("utf-8"))[1:]:
            assert re.search(r"\n +severity: (critical|warning|info)\n", alert), alert
            assert re.search(r"\n +summary: .+\n", alert), alert
            assert re.search(r"\n +description: >-\n(?: +.+\n)+", alert), alert


def test_each_alert_is_documented_with_its_severity() -> None:
    rows = [row for row in table_rows(text_of("docs/metrics.md")) if row[0].startswith("`Drainwatch")]
    assert {row[0].strip("`"): row[1] for row in rows} == alerts()


@pytest.mark.parametrize("rules", RULES, ids=lambda path: path.stem)
def test_the_same_rules_in_seconds_are_rules(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(in_seconds(rules.read_text("utf-8")))
    assert "SUCCESS" in promtool("check", "rules", "rules.yml", folder=tmp_path)
