"""`drainwatch setup kibana`: shown first, imported once, and what others changed is theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.cli.app import execute
from tests.servers.inbox import Inbox, Reply
from tests.setup.kibana import KEY, Kibana, kibana

PASSWORD = "not-a-secret-of-anyone"
ADMIN = {"KIBANA__USERNAME": "admin", "KIBANA__PASSWORD": PASSWORD}
OBJECTS = 20
OVERVIEW = ("dashboard", "drainwatch-overview")


@pytest.fixture(params=["8.19.4", "9.5.0"])
def server(request: pytest.FixtureRequest) -> Iterator[Kibana]:
    """A Kibana of each major version that is supported."""
    with kibana(request.param) as running:
        yield running


@pytest.fixture
def newest() -> Iterator[Kibana]:
    """One of the newest version."""
    with kibana() as running:
        yield running


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


class Command:
    """The command in this process, in a folder of its own and with these variables only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._output = monkeypatch, output

    def __call__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Done:
        with self._monkeypatch.context() as here:
            for name, value in (ADMIN if environ is None else environ).items():
                here.setenv(f"DRAINWATCH_{name}", value)
            code = execute(["setup", "kibana", *arguments])
        return Done(code, *self._output.readouterr())


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`drainwatch setup kibana`, asked for by somebody who may."""
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


def test_a_dry_run_only_shows(set_up: Command, newest: Kibana) -> None:
    done = set_up("--url", newest.url, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Kibana 9.5.0.\n+ data view  drainwatch-alerts                    new\n")
    assert "+ dashboard  drainwatch-overview                  new\n" in done.stdout
    assert f"\n{OBJECTS} to be imported.\n" in done.stdout
    assert not newest.spaces["default"]
    assert PASSWORD not in done.stdout


def test_the_second_time_there_is_nothing_to_change(set_up: Command, server: Kibana) -> None:
    first = set_up("--url", server.url, "--yes")
    assert (first.returncode, f"\n{OBJECTS} imported.\n" in first.stdout) == (0, True), first.stdout
    assert len(server.spaces["default"]) == OBJECTS
    server.asked.clear()
    second = set_up("--url", server.url, "--yes")
    assert (second.returncode, second.stderr) == (0, "")
    assert f"\nNothing to change, {OBJECTS} as it should be.\n" in second.stdout
    assert not any("_import" in asked for asked in server.asked)


def test_without_anybody_to_ask_nothing_is_imported(set_up: Command, newest: Kibana) -> None:
    done = set_up("--url", newest.url)
    assert done.returncode == 2
    assert "Say --yes" in done.stderr
    assert not newest.spaces["default"]


def test_what_somebody_changed_is_left_and_set_back_only_on_demand(set_up: Command, server: Kibana) -> None:
    set_up("--url", server.url, "--yes")
    theirs = server.spaces["default"][OVERVIEW]
    theirs["attributes"] = {**theirs["attributes"], "title": "Ours"}
    del server.spaces["default"]["search", "drainwatch-alerts"]
    left = set_up("--url", server.url, "--yes")
    assert left.returncode == 0
    assert "- dashboard  drainwatch-overview                  left as it is: it differs" in left.stdout
    assert "    - title: Ours\n    + title: drainwatch: overview\n" in left.stdout
    assert "\n1 imported, 18 as it should be, 1 left as others changed it.\n" in left.stdout
    assert server.spaces["default"][OVERVIEW]["attributes"]["title"] == "Ours"
    back = set_up("--url", server.url, "--yes", "--overwrite")
    assert "\n1 set back, 19 as it should be.\n" in back.stdout
    assert server.spaces["default"][OVERVIEW]["attributes"]["title"] == "drainwatch: overview"


def test_a_change_within_a_panel_is_seen(set_up: Command, newest: Kibana) -> None:
    set_up("--url", newest.url, "--yes")
    theirs = newest.spaces["default"][OVERVIEW]["attributes"]
    panels = json.loads(theirs["panelsJSON"])
    panels[1]["gridData"]["h"] = 9
    theirs["panelsJSON"] = json.dumps(panels[::-1])  # their order says nothing
    shown = set_up("--url", newest.url, "--dry-run", "--overwrite")
    assert "    - panelsJSON.open.gridData.h: 9\n    + panelsJSON.open.gridData.h: 6\n" in shown.stdout
    assert "1 to be set back" in shown.stdout


def test_a_data_view_of_logs_that_is_there_is_as_good(set_up: Command, newest: Kibana) -> None:
    elastics = {"type": "index-pattern", "id": "logs-*", "attributes": {"title": "logs-*"}, "references": []}
    newest.spaces["default"]["index-pattern", "logs-*"] = elastics
    done = set_up("--url", newest.url, "--yes", "--overwrite")
    assert "= data view  logs-*                               there already, of logs-*\n" in done.stdout
    assert newest.spaces["default"]["index-pattern", "logs-*"] == elastics
    assert newest.spaces["default"][OVERVIEW]["references"]


def test_two_prefixes_share_only_the_data_view_of_logs(set_up: Command, newest: Kibana) -> None:
    set_up("--url", newest.url, "--yes")
    other = set_up("--url", newest.url, "--yes", environ={**ADMIN, "ELASTICSEARCH__PREFIX": "second"})
    assert (other.returncode, other.stderr) == (0, "")
    assert "= data view  logs-*                               there already\n" in other.stdout
    assert f"\n{OBJECTS - 1} imported, 1 as it should be.\n" in other.stdout
    assert "Nothing to change" in set_up("--url", newest.url, "--yes").stdout


def test_a_space_has_objects_of_its_own(set_up: Command, newest: Kibana) -> None:
    newest.spaces["ops"] = {}
    done = set_up("--url", newest.url, "--space", "ops", "--yes")
    assert done.returncode == 0
    assert done.stdout.startswith("Kibana 9.5.0, space ops.\n")
    assert 'set alerts.kibana_data_view = "drainwatch-logs-ops"' in done.stdout
    assert ("dashboard", "drainwatch-overview-ops") in newest.spaces["ops"]
    assert {id_ for type_, id_ in newest.spaces["ops"]} & {"logs-*"} == set()
    assert not newest.spaces["default"]
    assert "Nothing to change" in set_up("--url", newest.url, "--space", "ops", "--yes").stdout
    assert "to be imported" in set_up("--url", newest.url, "--space", "default", "--dry-run").stdout


def test_a_space_is_made_where_that_is_asked_for(set_up: Command, newest: Kibana) -> None:
    refused = set_up("--url", newest.url, "--space", "ops", "--yes")
    assert (refused.returncode, refused.stdout) == (2, "Kibana 9.5.0, space ops.\n")
    assert refused.stderr == "drainwatch: Kibana has no space ops. Say --create-space to have it made.\n"
    shown = set_up("--url", newest.url, "--space", "ops", "--create-space", "--dry-run")
    assert "\n+ space      ops                                  new\n" in shown.stdout
    assert "ops" not in newest.spaces
    done = set_up("--url", newest.url, "--space", "ops", "--create-space", "--yes")
    assert (done.returncode, len(newest.spaces["ops"])) == (0, OBJECTS)


def test_what_kibana_refuses_is_told_for_each_object(set_up: Command, newest: Kibana) -> None:
    newest.taken = "drainwatch-ingest"
    done = set_up("--url", newest.url, "--yes")
    assert done.returncode == 1
    assert "! dashboard  drainwatch-ingest                    failed: document is too new\n" in done.stdout
    assert "! dashboard  drainwatch-overview                  failed: not imported, because others" in done.stdout
    assert done.stdout.count("failed:") == OBJECTS
    assert not newest.spaces["default"]


def test_an_api_key_from_a_file_says_who_asks(set_up: Command, newest: Kibana, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    environ = {"KIBANA__API_KEY_FILE": str(file)}
    assert "to be imported" in set_up("--url", newest.url, "--dry-run", environ=environ).stdout


def test_without_credentials_of_its_own_those_of_elasticsearch_ask(set_up: Command, newest: Kibana) -> None:
    environ = {"ELASTICSEARCH__USERNAME": "admin", "ELASTICSEARCH__PASSWORD": PASSWORD}
    assert "to be imported" in set_up("--url", newest.url, "--dry-run", environ=environ).stdout


@pytest.mark.parametrize(
    ("version", "level", "sentence"),
    [
        ("8.18.1", "available", "This is Kibana 8.18.1, which is older than 8.19. Upgrade it to 8.19 or 9.x."),
        ("9.5.0", "critical", "Kibana is critical: All services are critical. Look at its log"),
    ],
)
def test_a_kibana_that_will_not_do(set_up: Command, version: str, level: str, sentence: str) -> None:
    with kibana(version, level) as server:
        done = set_up("--url", server.url, "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"drainwatch: {sentence}")


def test_a_kibana_that_is_newer_than_any_that_was_tried_is_told(set_up: Command) -> None:
    with kibana("10.0.1") as server:
        done = set_up("--url", server.url, "--dry-run")
    assert "Kibana 10.0.1 is newer than any" in done.stdout


def test_a_version_that_is_not_told_is_no_hindrance(set_up: Command, newest: Kibana) -> None:
    newest.may_monitor = False
    done = set_up("--url", newest.url, "--yes")
    assert done.returncode == 0
    assert done.stdout.startswith("Kibana of a version that it doesn't tell this user.\n")
    assert len(newest.spaces["default"]) == OBJECTS


def test_who_may_not_is_told_what_it_takes(set_up: Command, newest: Kibana) -> None:
    wrong = set_up("--url", newest.url, environ={"KIBANA__API_KEY": "bm9ib2R5"})
    assert wrong.stderr.startswith("drainwatch: Kibana doesn't know these credentials. Set kibana.username")
    assert "bm9ib2R5" not in wrong.stderr
    newest.may_write = False
    refused = set_up("--url", newest.url, "--yes")
    assert refused.returncode == 1
    assert "Kibana doesn't let us do this: Unable to bulk_create dashboard,index-pattern,search" in refused.stderr


def test_what_answers_may_be_something_else(set_up: Command) -> None:
    with Inbox(lambda _: Reply(200, b"<html>Sign in</html>")) as other:
        done = set_up("--url", other.address)
    assert done.returncode == 1
    assert "is not Kibana" in done.stderr


def test_nobody_may_answer(set_up: Command) -> None:
    done = set_up("--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr.startswith("drainwatch: Kibana at http://127.0.0.1:1 can't be reached: ")


def test_objects_can_be_imported_by_hand(set_up: Command, newest: Kibana, tmp_path: Path) -> None:
    done = set_up("--write", "drainwatch.ndjson")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{OBJECTS} objects are in drainwatch.ndjson. Import them in")
    lines = (tmp_path / "drainwatch.ndjson").read_bytes()
    assert len(lines.splitlines()) == OBJECTS
    piped = set_up("--write", "-")
    assert piped.stdout.encode() == lines


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "No Kibana is named. Say --url"),
        (["--write", "x.json"], "Kibana doesn't import x.json. Give it a name that ends in .ndjson."),
        (["--url", "https://kibana/s/ops"], "kibana.url can't be 'https://kibana/s/ops' (from --url): should be the"),
        (["--url", "https://kibana", "--space", "Ops"], "kibana.space can't be 'Ops' (from --space): should"),
    ],
)
def test_bad_usage(set_up: Command, arguments: list[str], sentence: str) -> None:
    done = set_up(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"drainwatch: {sentence}")
