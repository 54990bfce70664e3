"""Which queries are asked, and how Prometheus is reached, as the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.connecting import prometheus_connection_of
from detector.errors import SettingsError
from detector.settings import Settings
from detector.settings.load import load_settings
from ingest.prometheus.settings import PrometheusConnection, Query

URL = "url = 'http://prometheus:9090/'\n"


def settings(folder: Path, section: str, **environ: str) -> Settings:
    file = folder / "drainwatch.toml"
    file.write_text(f"[prometheus]\n{section}", "utf-8")
    return load_settings(file, environ)


def test_what_most_clusters_measure_is_asked_for_unless_something_else_is_said(tmp_path: Path) -> None:
    assert [query.name for query in settings(tmp_path, URL).prometheus.asked] == [
        "restarts",
        "unavailable",
        "cpu",
        "memory",
    ]
    assert "latency" in [query.name for query in settings(tmp_path, "presets = 'http'").prometheus.asked]
    assert settings(tmp_path, "presets = []").prometheus.asked == ()


def test_a_query_of_ones_own_takes_the_place_of_one_of_that_name(tmp_path: Path) -> None:
    own = "[prometheus.queries.cpu]\nquery = 'x'\nlabel = 'ns'\nwhat = 'load'\ndirection = 'both'\n"
    asked = {query.name: query for query in settings(tmp_path, own).prometheus.asked}
    assert asked["cpu"] == Query("cpu", "x", "load", "ns", direction="both")
    assert "memory" in asked


def test_an_empty_query_leaves_out_one_of_a_preset(tmp_path: Path) -> None:
    asked = settings(tmp_path, "[prometheus.queries.memory]\nquery = ''\n").prometheus.asked
    assert "memory" not in [query.name for query in asked]


def test_queries_come_from_a_variable_as_json(tmp_path: Path) -> None:
    environ = {"DRAINWATCH_PROMETHEUS__QUERIES": '{"failed_jobs": {"query": "x", "zero": true}}'}
    asked = settings(tmp_path, "presets = []", **environ).prometheus.asked
    assert asked == (Query("failed_jobs", "x", "failed jobs", zero=True),)
    with pytest.raises(SettingsError, match=r"DRAINWATCH_PROMETHEUS__QUERIES can't be read\. Write it as JSON"):
        settings(tmp_path, "", DRAINWATCH_PROMETHEUS__QUERIES="sum(x)")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("url = 'prometheus:9090'", "should be an address with scheme, such as http://prometheus:9090."),
        ("url = 'http://me:hidden@prometheus'", "prometheus.url can't be what it is"),
        ("step = '1500ms'", "write a duration such as"),
        ("step = '1.5s'", "should be whole seconds."),
        ("presets = 'linkerd'", "should be some of kubernetes, http, istio: there is no linkerd."),
        ("username = 'a'\nbearer_token = 'hidden'", "only one can say who asks; keep one of them."),
        ("password = 'hidden'", "prometheus.password is set without prometheus.username; say whose it is."),
        ("[prometheus.queries.'5xx']\nquery = 'x'", "should be named by lower-case letters"),
        ("[prometheus.queries.jobs]\nquery = 'x'\ndirection = 'left'", "should be 'up', 'down' or 'both'."),
        ("[prometheus.queries.jobs]\nqery = 'x'", "Did you mean prometheus.queries.jobs.query?"),
    ],
)
def test_what_can_not_be_is_refused(tmp_path: Path, section: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, section)
    assert said in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_connection_is_as_the_settings_say_with_the_token_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hidden\n", "utf-8")
    told = settings(tmp_path, f"{URL}bearer_token_file = '{tmp_path}/token'\n")
    connection = prometheus_connection_of(told)
    assert connection == PrometheusConnection("http://prometheus:9090", bearer_token="hidden")
    assert "hidden" not in repr(connection)


def test_without_an_address_there_is_none() -> None:
    with pytest.raises(SettingsError, match=r"No Prometheus is named\."):
        prometheus_connection_of(Settings())
