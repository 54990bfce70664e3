"""`drainwatch setup rules`: the files out of the install, shown first, asked for, and whole."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_commands import drainwatch
from tests.prometheus.files import DASHBOARD, RULES
from tests.servers.prometheus import promtool

NAMES = ["drainwatch-alerts.yml", "drainwatch-recording.yml", "drainwatch.json"]


def test_a_dry_run_only_shows(tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "rules", "rules", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "+ rules/drainwatch-recording.yml  new\n+ rules/drainwatch-alerts.yml  new\n+ rules/drainwatch.json  new\n"
        "3 to be written.\n"
    )
    assert not (tmp_path / "rules").exists()


def test_without_anybody_to_ask_nothing_is_written(tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "rules", "rules")
    assert done.returncode == 2
    assert "Say --yes" in done.stderr
    assert not (tmp_path / "rules").exists()


def test_what_is_written_is_what_is_shipped_and_the_second_time_nothing_is(tmp_path: Path) -> None:
    first = drainwatch(tmp_path, "setup", "rules", "rules", "--yes")
    assert (first.returncode, first.stderr) == (0, "")
    assert "3 written. Name the two .yml in rule_files" in first.stdout
    assert sorted(path.name for path in (tmp_path / "rules").iterdir()) == NAMES
    for shipped in (*RULES, DASHBOARD):
        assert (tmp_path / "rules" / shipped.name).read_text() == shipped.read_text()
    second = drainwatch(tmp_path, "setup", "rules", "rules")
    assert (second.returncode, second.stdout.splitlines()[-1]) == (0, "3 as it should be.")


def test_what_differs_is_shown_before_it_is_replaced(tmp_path: Path) -> None:
    drainwatch(tmp_path, "setup", "rules", ".", "--yes")
    path = tmp_path / "drainwatch-alerts.yml"
    path.write_text(path.read_text().replace("max >= 75", "max >= 90"))
    done = drainwatch(tmp_path, "setup", "rules", ".", "--yes")
    assert "~ drainwatch-alerts.yml  differs" in done.stdout
    assert "    -         expr: job_namespace:drainwatch_anomaly_score:max >= 90\n" in done.stdout
    assert "    +         expr: job_namespace:drainwatch_anomaly_score:max >= 75\n" in done.stdout
    assert "max >= 75" in path.read_text()


def test_a_job_of_another_name_is_looked_for(tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "rules", ".", "--job", "logs/drain-watch", "--yes")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "drainwatch-alerts.yml").read_text()
    assert 'up{job="logs/drain-watch"} == 0' in text
    assert 'job="drainwatch"' not in text
    assert "SUCCESS" in promtool("check", "rules", "drainwatch-alerts.yml", folder=tmp_path)


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "rules", ".", "--job", 'x"} or vector(1) #', "--yes")
    assert done.returncode == 2
    assert "A job can't be called" in done.stderr
    assert list(tmp_path.glob("*.yml")) == []


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("a file")
    done = drainwatch(tmp_path, "setup", "rules", "rules", "--yes")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "! rules/drainwatch.json  failed: Not a directory" in done.stdout
