"""By default nothing personal and no secret of a line is stored, answered, measured or logged, whatever its format."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.service.secrets import SECRETS, STATEMENTS, plant
from tests.service.serving import ServiceProcess

SECONDS = 90
LISTS = ("alerts", "feedback", "lanes", "models", "scores", "settings", "silences", "status", "templates?limit=500")
OF_NAMESPACES = ("anomalies?limit=500", "changes", "counts", "detectors", "incidents", "levels", "templates?limit=500")


def answers(service: ServiceProcess) -> dict[str, str]:
    """What the service says of all that it found, by path."""
    said = {path: _ask(service, path) for path in (*(f"api/v1/{name}" for name in LISTS), "metrics")}
    for namespace in names(_ask(service, "api/v1/namespaces"), "namespace"):
        for name in ("", *(f"/{name}" for name in OF_NAMESPACES)):
            path = f"api/v1/namespaces/{namespace}{name}"
            said[path] = _ask(service, path)
    for kind, more in (("anomalies", ("",)), ("incidents", ("", "/related", "/markdown"))):
        ids = {id_ for path, text in said.items() if f"/{kind}" in path for id_ in names(text, "id")}
        assert ids, kind
        for path in (f"api/v1/{kind}/{id_}{name}" for id_ in sorted(ids)[:20] for name in more):
            said[path] = _ask(service, path)
    return said


def names(text: str, field: str) -> list[str]:
    """A field of the entries of an answer."""
    return [one[field] for one in next(part for part in json.loads(text).values() if isinstance(part, list))]


def _ask(service: ServiceProcess, path: str) -> str:
    with urllib.request.urlopen(f"{service.address}{path}", timeout=30) as answer:
        text: str = answer.read().decode()
    return text


@pytest.mark.parametrize("engine", ["native", pytest.param("python", marks=pytest.mark.long)])
def test_no_secret_of_a_line_is_found_in_what_is_stored_answered_or_logged(tmp_path: Path, engine: str) -> None:
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=SECONDS + 20)
    plant(tmp_path / "pods", begin, SECONDS)
    more = f'[parsing]\nengine = "{engine}"\n'
    service = ServiceProcess(tmp_path / "store.sqlite", [tmp_path / "pods"], more)
    service.start()
    try:
        service.wait_until(int((begin + timedelta(seconds=SECONDS - 2)).timestamp() * 1e6), seconds=180)
        said = answers(service)
    finally:
        service.kill()  # the log of SQLite stays as it was
    told = "".join(said.values())
    assert all(f"api/v1/namespaces/{name}" in said for name in STATEMENTS)
    for mark in ("<EMAIL>", "<IP>", "<SECRET>", "<CARD>", "<IBAN>", "<PHONE>", "<TOKEN>"):
        assert mark in told
    kept = {path.name: path.read_bytes().decode(errors="replace") for path in tmp_path.iterdir() if path.is_file()}
    assert {"store.sqlite", "store.sqlite-wal", "store.said"} <= set(kept)
    found = {(where, part) for where, text in {**said, **kept}.items() for part in SECRETS if part in text}
    assert found == set()
