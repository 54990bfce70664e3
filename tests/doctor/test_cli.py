"""`drainwatch doctor` as people and programs see it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import drainwatch
from tests.servers.access import PASSWORD
from tests.servers.elasticsearch import Server


def settings(server: Server, prefix: str) -> dict[str, str]:
    section = {
        "HOSTS": server.url,
        "CA_FILE": str(server.ca_file),
        "USERNAME": "service",
        "PASSWORD": PASSWORD,
        "PREFIX": prefix,
    }
    named = {f"DRAINWATCH_ELASTICSEARCH__{name}": value for name, value in section.items()}
    return {**named, "DRAINWATCH_INGEST__SOURCE": "elasticsearch", "DRAINWATCH_STORE__KIND": "elasticsearch"}


def test_a_table_with_marks_and_how_to_mend(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "doctor", environ=settings(elasticsearch, prefix))
    assert (done.returncode, done.stderr) == (1, "")
    assert "✓  version" in done.stdout
    assert "✗  templates" in done.stdout
    assert "→ Run drainwatch setup elasticsearch." in done.stdout
    assert PASSWORD not in done.stdout


def test_json_for_programs(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "doctor", "--output", "json", environ=settings(elasticsearch, prefix))
    checks = {check["check"]: check for check in json.loads(done.stdout)}
    assert checks["version"] == {"check": "version", "state": "ok", "seen": elasticsearch.version, "mend": ""}
    assert checks["templates"]["state"] == "failed"


def test_nothing_failed_is_exit_code_0(tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "doctor")
    assert done.returncode == 0
    assert "logs from files, results in a file" in done.stdout


def test_a_wrong_password_is_a_failed_check_and_no_error(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    environ = {**settings(elasticsearch, prefix), "DRAINWATCH_ELASTICSEARCH__PASSWORD": "wr0ng-one"}
    done = drainwatch(tmp_path, "doctor", environ=environ)
    assert (done.returncode, done.stderr) == (1, "")
    assert "Elasticsearch doesn't know these credentials." in done.stdout
    assert "wr0ng-one" not in done.stdout
