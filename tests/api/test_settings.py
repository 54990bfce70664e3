"""`/api/v1/settings`: how a service is set."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.api.sources import InForce
from detector.settings.load import Flag, load_with_origins
from detector.store.sqlite import SqliteStore
from tests.store.shop import minute


def test_all_settings_are_told_with_where_they_were_said(store: SqliteStore, tmp_path: Path) -> None:
    file = tmp_path / "drainwatch.toml"
    file.write_text("[elasticsearch]\nusername = 'me'\npassword = 'PLANTED'\n[detection]\nwindow = '30s'\n")
    set_so = InForce(*load_with_origins(file, {}, [Flag("--port", "service.port", 0)]))
    app = create_app(store, live=None, clock=lambda: minute(10), in_force=set_so, host_names=["testserver"])
    with TestClient(app) as api:
        answer = api.get("/api/v1/settings")
    assert "PLANTED" not in answer.text
    assert answer.json()["file"] == str(file)
    items = {one.pop("name"): one for one in answer.json()["items"]}
    assert items["service.port"]["from"] == "flag"
    assert items["elasticsearch.password"] == {
        "value": None,
        "default": None,
        "from": "file",
        "description": "The password; better in a file.",
        "secret": True,
        "set": True,
    }
    assert items["detection.window"] == {
        "value": "30s",
        "default": "1m",
        "from": "file",
        "description": "Length of the windows in which lines are counted and scored.",
        "secret": False,
        "set": True,
    }


def test_where_only_a_store_is_looked_at_there_are_none(api: TestClient) -> None:
    answer = api.get("/api/v1/settings")
    assert answer.status_code == 404
    assert (
        answer.json()["detail"] == "No service runs here that would have settings. Ask one: `drainwatch run` starts it."
    )
