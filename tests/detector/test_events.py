"""From what Falco and Kubernetes report, as files and as Filebeat's documents, to an incident."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.batch import detect
from detector.feedback import mute
from detector.findings import Anomaly, Feedback, Incident, ReasonKind, Severity
from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, ParsingSettings, Settings
from detector.store.sqlite import SqliteStore, open_store
from detector.wiring import open_engine
from ingest.accounting import Remark
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.records import MINUTE, SECOND, START
from tests.native.installed import installed
from tests.parsers.events import RULE, SHELL, falco, kubernetes, line

MINUTES, SHELLS = 40, (3, 30)
"""How long is logged, and in which minutes somebody opens a shell in the ledger."""
NOW = START + 400 * MINUTE
DETECTION = DetectionSettings(learn=timedelta(minutes=20), trees=10)
ID = "0" * 64
PODS = {"falco-x7k2p": "falco", "event-exporter-6b8f9d7c4-k2j9x": "exporter"}


def settings(engine: str) -> Settings:
    return Settings(detection=DETECTION, parsing=ParsingSettings.model_validate({"engine": engine}))


@pytest.fixture(params=["python", "native"])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "native":
        installed()
    return str(request.param)


def said() -> dict[str, list[tuple[int, str]]]:
    """By pod, the time and text of each line; both run in the namespace `security`."""
    lines: dict[str, list[tuple[int, str]]] = {pod: [] for pod in PODS}
    falcos, exporters = lines.values()
    for minute in range(MINUTES):
        begin = START + minute * MINUTE
        falcos.append((begin + SECOND, f"{_rfc3339(begin)}: Health check ok"))
        falcos.append((begin + 5 * SECOND, line(falco("Notice", "Read sensitive file", time=_rfc3339(begin)))))
        for second in (10, 40):
            again = kubernetes(count=2 * minute + second // 10, lastTimestamp=_rfc3339(begin))
            exporters.append((begin + second * SECOND, line(again)))
        if minute in SHELLS:
            shell = falco(output=f"{SHELL} by ann@example.org", time=_rfc3339(begin + 20 * SECOND))
            falcos.append((begin + 20 * SECOND, line(shell)))
    return lines


def as_files(folder: Path) -> list[Path]:
    """As the kubelet keeps them."""
    paths = []
    for pod, lines in said().items():
        path = folder / f"{pod}_security_{PODS[pod]}-{ID}.log"
        path.write_text("".join(f"{_rfc3339(time)} stdout F {text}\n" for time, text in lines))
        paths.append(path)
    return paths


def as_documents(folder: Path, decoded: bool = False) -> list[Path]:
    """As Filebeat sends them, or with their JSON decoded into fields."""
    documents = []
    for pod, lines in said().items():
        for offset, (time, text) in enumerate(lines):
            is_json = decoded and text.startswith("{")
            document: dict[str, Any] = {
                "@timestamp": _rfc3339(time),
                **(json.loads(text) if is_json else {"message": text}),
                "stream": "stdout",
                "input": {"type": "filestream"},
                "log": {"offset": offset, "file": {"path": f"/var/log/containers/{pod}_security_{PODS[pod]}-{ID}.log"}},
                "kubernetes": {"namespace": "security", "pod": {"name": pod}, "container": {"name": PODS[pod]}},
            }
            documents.append((time, json.dumps(document)))
    path = folder / "documents.ndjson"
    path.write_text("".join(f"{text}\n" for _, text in sorted(documents)))
    return [path]


def _rfc3339(time: int) -> str:
    return datetime.fromtimestamp(time / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def go(paths: list[Path], store: SqliteStore, chosen: Settings, polls: int | None = None) -> bool:
    """Read on from where the store is, to the end or for so many polls; returns whether that was the end."""
    source = FileSource(
        paths, ReadSettings(), follow=False, clock=lambda: NOW, checkpoints=store.checkpoints(), chunk=4096
    )
    with closing(source):
        pipeline = Pipeline(source, open_engine(chosen), store, chosen)
        while polls is None or polls > 0:
            polls = None if polls is None else polls - 1
            records = pipeline.poll()
            pipeline.close_windows()
            if source.exhausted and not records:
                return True
    return False


def findings(store: SqliteStore) -> tuple[list[Incident], list[Anomaly]]:
    incidents, anomalies = store.incidents(limit=100).items, store.anomalies(limit=1000).items
    return sorted(incidents, key=lambda one: one.start), sorted(anomalies, key=lambda one: one.window)


def told(
    folder: Path, paths: list[Path], chosen: Settings, polls: int | None = None, word: Feedback | None = None
) -> tuple[list[Incident], list[Anomaly]]:
    """What is told of the logs; with `polls` a run is given up after so many, and another one begins."""
    with closing(open_store(folder / "store.sqlite")) as store:
        if word is not None:
            store.say(word)
        while not go(paths, store, chosen, polls):
            pass
        return findings(store)


Written = Callable[[Path], list[Path]]
FORMS: dict[str, Written] = {
    "files": as_files,
    "documents": as_documents,
    "decoded documents": lambda folder: as_documents(folder, decoded=True),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_shell_in_a_container_is_an_incident_of_its_own(form: str, engine: str, tmp_path: Path) -> None:
    incidents, anomalies = told(tmp_path, FORMS[form](tmp_path), settings(engine))

    assert [(one.namespace, (one.start - START) // MINUTE, one.severity) for one in incidents] == [
        ("security", minute, Severity.CRITICAL) for minute in SHELLS
    ]
    assert [one.model == "" for one in anomalies if one.incident] == [True, False], "the first came while it learned"
    reason = incidents[0].reasons[0]
    assert (reason.kind, reason.template, reason.workload) == (ReasonKind.RULE, f"Falco: {RULE}", "payments/ledger")
    assert reason.samples == (f"{SHELL} by <EMAIL>",)
    assert incidents[0].summary == f"security: 1 × “Falco: {RULE}” in payments/ledger, since 2026-01-01 00:03 UTC"


def test_both_engines_and_all_forms_tell_the_same(engine: str, tmp_path: Path) -> None:
    found: list[tuple[list[Incident], list[Anomaly]]] = []
    for name, chosen in [*((form, engine) for form in FORMS), ("files", "python")]:
        folder = tmp_path / f"{name} by {chosen} {len(found)}"
        folder.mkdir()
        found.append(told(folder, FORMS[name](folder), settings(chosen)))
    assert all(one == found[0] for one in found)


def test_stopping_it_anywhere_changes_nothing(engine: str, tmp_path: Path) -> None:
    undisturbed = told(tmp_path, as_files(tmp_path), settings(engine))
    for polls in (3, 5, 8):
        folder = tmp_path / f"stopped after {polls}"
        folder.mkdir()
        assert told(folder, as_files(tmp_path), settings(engine), polls) == undisturbed


@pytest.mark.parametrize("which", [{"workload": "payments/ledger"}, {}], ids=["workload", "namespace"])
def test_a_mute_keeps_both_quiet(which: dict[str, str], tmp_path: Path) -> None:
    word = mute("security", "ann", "a drill", START - MINUTE, **which)  # type: ignore[arg-type]
    incidents, anomalies = told(tmp_path, as_files(tmp_path), settings("python"), word=word)

    assert incidents == []
    quiet = [one for one in anomalies if one.suppressed_by == word.id]
    assert [(one.window - START) // MINUTE for one in quiet] == list(SHELLS)


def test_detect_tells_of_both_halves(engine: str, tmp_path: Path) -> None:
    chosen = settings(engine)
    with closing(FileSource(as_files(tmp_path), ReadSettings(), follow=False, clock=lambda: NOW)) as source:
        found = detect(source, open_engine(chosen), chosen)
    assert [(one.start - START) // MINUTE for one in found.incidents] == list(SHELLS)


@pytest.mark.parametrize("hindsight", [False, True])
def test_detect_tells_of_one_event_alone(hindsight: bool, tmp_path: Path) -> None:
    path = tmp_path / f"falco-x7k2p_security_falco-{ID}.log"
    path.write_text(f"{_rfc3339(START)} stdout F {line(falco())}\n{_rfc3339(START + MINUTE)} stdout F done\n")
    with closing(FileSource([path], ReadSettings(), follow=False, clock=lambda: NOW)) as source:
        found = detect(source, open_engine(settings("python")), settings("python"), hindsight=hindsight)
    assert [one.reasons[0].workload for one in found.incidents] == ["payments/ledger"]


def late_shell(folder: Path, minute: int, after: int, chosen: Settings, word: Feedback | None = None) -> SqliteStore:
    """A store of all that is logged, and of a shell in a minute that was written behind the lines of the one `after`.

    All before it was read, and its windows closed, when that line is written.
    """
    paths = as_files(folder)
    at = START + minute * MINUTE + 50 * SECOND
    lines = paths[0].read_text().splitlines(keepends=True)
    place = sum(text < _rfc3339(START + after * MINUTE) for text in lines)
    lines.insert(place, f"{_rfc3339(at)} stdout F {line(falco(rule='Late shell', output='sh', time=_rfc3339(at)))}\n")
    others = paths[1].read_text().splitlines(keepends=True)
    store = open_store(folder / "store.sqlite")
    if word is not None:
        store.say(word)
    for until in (37, MINUTES):
        for path, written in zip(paths, (lines, others), strict=True):
            late = place if until == 37 and after >= until else len(written)
            path.write_text("".join(one for one in written[:late] if one < _rfc3339(START + until * MINUTE)))
        assert go(paths, store, chosen)
    return store


@pytest.mark.parametrize("minute", [5, 15, 24, 30])
def test_a_shell_of_which_the_report_comes_late_is_told_as_if_it_had_come_in_time(
    minute: int, engine: str, tmp_path: Path
) -> None:
    """Within the gap of an incident before, after or in it, and by itself."""
    found = []
    for after in (minute + 1, 38):
        folder = tmp_path / str(after)
        folder.mkdir()
        with closing(late_shell(folder, minute, after, settings(engine))) as store:
            incidents, anomalies = findings(store)
            assert store.progress().tally.remarks[Remark.LATE] == (after == 38)
        told = [
            (
                [(reason.template, reason.kind, reason.samples, reason.share) for reason in one.reasons],
                *(one.id, one.start, one.end, one.score, one.open, one.anomalies, one.summary),
            )
            for one in incidents
        ]
        found.append((told, [(one.window, one.score, one.incident) for one in anomalies if one.incident]))
    in_time, late = found
    assert any(reason[0] == "Falco: Late shell" for reasons, *_ in in_time[0] for reason in reasons)
    assert late == in_time


def test_of_what_is_muted_nothing_is_told_that_comes_late(tmp_path: Path) -> None:
    word = mute("security", "ann", "a drill", START - MINUTE, workload="payments/ledger")
    with closing(late_shell(tmp_path, 15, 38, settings("python"), word)) as store:
        incidents, anomalies = findings(store)
    at = START + 15 * MINUTE
    assert incidents == []
    assert [one.suppressed_by for one in anomalies if one.window == at] == [word.id]
