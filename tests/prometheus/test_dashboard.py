"""The dashboard is one that Grafana can show: what it asks is tested in `test_live`."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from tests.prometheus.files import dashboard, queries

PANELS = dashboard()["panels"]
WIDTH = 24
"""Columns of Grafana's grid."""
KINDS = {"stat", "status-history", "timeseries"}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["type"] in KINDS
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"]["uid"] == "${datasource}"
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["legendFormat"], "else the legend is a heap of labels"
        assert target["datasource"]["uid"] == "${datasource}"
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_panels_have_ids_and_titles_of_their_own() -> None:
    for field in ("id", "title"):
        assert len({panel[field] for panel in PANELS}) == len(PANELS)
    assert 12 <= len(PANELS) <= 16


def test_panels_fill_the_grid_without_overlapping() -> None:
    places = [panel["gridPos"] for panel in PANELS]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= WIDTH for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
    height = max(place["y"] + place["h"] for place in places)
    assert sum(place["w"] * place["h"] for place in places) == WIDTH * height, "there is a hole"


def test_scores_are_coloured_by_the_bands_of_severity() -> None:
    scored = [panel for panel in PANELS if any("anomaly_score" in target["expr"] for target in panel["targets"])]
    assert len(scored) == 3
    for panel in scored:
        defaults = panel["fieldConfig"]["defaults"]
        assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None, 25, 50, 75]
        assert (defaults["min"], defaults["max"]) == (0, 100)


def test_what_is_chosen_above_holds_in_every_query() -> None:
    variables = [variable["name"] for variable in dashboard()["templating"]["list"]]
    assert variables == ["datasource", "job", "namespace"]
    for title, query in queries():
        assert 'job=~"$job"' in query, title
        assert ("by (namespace)" not in query) or 'namespace=~"$namespace"' in query, title
