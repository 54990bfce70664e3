"""`drainwatch doctor` as people and programs see it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.cli.test_commands import drainwatch
from tests.servers.access import PASSWORD
from tests.servers.elasticsearch import Server
from tests.servers.provider import Provider
from tests.serving.running import Certified


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


@pytest.mark.parametrize(
    ("days", "state", "seen"),
    [(90.5, "ok", "ends in 90 days"), (20.5, "warning", "ends in 20 days"), (-1, "failed", "ended on")],
)
def test_it_says_when_the_certificate_of_the_service_ends(tmp_path: Path, days: float, state: str, seen: str) -> None:
    made = Certified(tmp_path, trustme.CA())
    made.renew(datetime.now(UTC) + timedelta(days=days))
    check = _own_certificate(tmp_path, made.cert, made.key)
    assert check["state"] == state
    assert seen in check["seen"]
    assert str(made.cert) in check["seen"]
    assert bool(check["mend"]) == (state != "ok")


def test_a_key_of_another_certificate_is_a_failed_check(tmp_path: Path) -> None:
    made = Certified(tmp_path, trustme.CA())
    (tmp_path / "other").mkdir()
    check = _own_certificate(tmp_path, made.cert, Certified(tmp_path / "other", trustme.CA()).key)
    assert (check["state"], "isn't the key of" in check["seen"]) == ("failed", True)


def test_it_looks_at_the_provider_and_at_other_files_with_certificates(tmp_path: Path) -> None:
    made = Certified(tmp_path, trustme.CA())
    environ = {"KAFKA__CA_FILE": str(made.cert), "KAFKA__SECURITY_PROTOCOL": "ssl"}
    with Provider() as provider:
        environ |= {"ACCESS__OIDC__ISSUER": provider.issuer}
        named = {f"DRAINWATCH_{name}": value for name, value in environ.items()}
        done = drainwatch(tmp_path, "doctor", "-o", "json", environ=named)
    told = {one["check"]: one["seen"] for one in json.loads(done.stdout)}
    assert (done.returncode, done.stderr) == (0, "")
    assert told["provider"].startswith(f"{provider.host} answers")
    assert told["certificate files"] == f"{made.cert} ends in 29 days"


def _own_certificate(folder: Path, cert: Path, key: Path) -> dict[str, str]:
    environ = {"DRAINWATCH_SERVICE__TLS_CERT_FILE": str(cert), "DRAINWATCH_SERVICE__TLS_KEY_FILE": str(key)}
    done = drainwatch(folder, "doctor", "-o", "json", environ=environ)
    (check,) = [one for one in json.loads(done.stdout) if one["check"] == "own certificate"]
    assert done.returncode == (1 if check["state"] == "failed" else 0)
    found: dict[str, str] = check
    return found
