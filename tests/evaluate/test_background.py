"""Real logs as a background: what they hold, and what is said where they are too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import DrainwatchError
from detector.evaluate.background import Background, read_background
from detector.evaluate.vocabulary import JOB_WORKLOAD, Role
from detector.settings import Settings
from detector.wiring import open_engine, open_files
from tests.evaluate.shop import A_MINUTE, MINUTES, START, STEPS, background, shop, write_logs


def read(folder: Path, namespace: str | None = None) -> Background:
    settings = Settings()
    source = open_files([str(folder)], settings, follow=False, clock=lambda: START)
    return read_background(source, open_engine(settings), namespace)


def test_traces_go_through_several_workloads() -> None:
    real = background()
    assert real.traces == MINUTES * A_MINUTE
    assert (len(real.minutes), real.namespace) == (MINUTES, "shop")
    lines = real.begin[1:] - real.begin[:-1]
    assert set(lines.tolist()) == {len(STEPS["browse"]), len(STEPS["browse"]) + 1, len(STEPS["buy"])}
    assert real.offset.min() == 0


def test_each_workload_is_touched_by_its_share_of_traces() -> None:
    share = dict(zip(shop().workloads, shop().touched.tolist(), strict=True))
    assert share["gateway"] == pytest.approx(1.0)
    assert share["payment"] == pytest.approx(0.35, abs=0.06)
    assert share["payment"] + share["catalog"] == pytest.approx(1.0)
    assert shop().callers("payment") == ("cart",)
    assert shop().callers("gateway") == ()


def test_what_may_be_planted_is_templated_as_if_the_workload_had_logged_it() -> None:
    for number in shop().said("cart", Role.ERROR):
        template = shop().templates[number]
        assert (template.workload, template.level) == ("cart", "error")
    assert len(shop().said("cart", Role.ERROR)) == 10
    assert {shop().templates[number].workload for number in shop().said(JOB_WORKLOAD, Role.JOB)} == {JOB_WORKLOAD}
    assert {shop().templates[number].level for number in shop().said("cart", Role.DEBUG)} == {"debug"}


def test_too_little_is_said_to_be_too_little(tmp_path: Path) -> None:
    with pytest.raises(DrainwatchError, match="120 traces in 3 busy minutes are too few"):
        read(write_logs(tmp_path, minutes=3))


def test_a_namespace_that_is_not_there_is_named_beside_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(DrainwatchError, match=r"no line of namespace bank\. There are lines of shop\."):
        read(write_logs(tmp_path, minutes=6), "bank")


def test_files_without_a_line_are_nothing_to_mix(tmp_path: Path) -> None:
    (tmp_path / "cart-5d4f8c7b9-x2x4z_shop_app-1.log").write_text("")
    with pytest.raises(DrainwatchError, match="No line could be read"):
        read(tmp_path)
