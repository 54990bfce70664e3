"""`drainwatch setup watcher`: only where the licence allows it, shown first, and never a secret in what is shown."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_commands import drainwatch
from tests.servers.access import PASSWORD
from tests.servers.elasticsearch import NEWEST, Server
from tests.setup.licensed import Cluster, cluster

HOOK = "https://hooks.slack.com/services/T0/B0/aVerySecretPath"
NAMES = ["drainwatch-anomalies", "drainwatch-server-errors", "drainwatch-silence"]


@pytest.fixture
def hook(tmp_path: Path) -> Path:
    file = tmp_path / "hook"
    file.write_text(f"{HOOK}\n")
    return file


def setup(there: Cluster, folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environ["DRAINWATCH_ELASTICSEARCH__HOSTS"] = there.url
    return drainwatch(folder, "setup", "watcher", *arguments, environ=environ)


@pytest.mark.parametrize("licence", ["trial", "standard", "gold", "platinum", "enterprise"])
def test_watches_are_put_once_and_then_there_is_nothing_to_change(licence: str, tmp_path: Path, hook: Path) -> None:
    arguments = ("--slack-webhook-file", str(hook), "--email", "ops@example.com", "--yes")
    with cluster(licence) as there:
        first = setup(there, tmp_path, *arguments)
        assert (first.returncode, first.stderr) == (0, "")
        assert sorted(there.watches) == NAMES
        assert "\n3 created.\n" in first.stdout
        second = setup(there, tmp_path, *arguments)
    assert second.returncode == 0
    assert "\nNothing to change, 3 as it should be.\n" in second.stdout


@pytest.mark.parametrize(
    ("licence", "status", "sentence"),
    [
        ("basic", "active", "The licence of this cluster is basic, which has no Watcher. Nothing was changed."),
        ("trial", "expired", "The licence of this cluster (trial) is not in force any more (expired): without it no"),
        ("gold", "expired", "The licence of this cluster (gold) is not in force any more (expired): without it no"),
    ],
)
@pytest.mark.parametrize("more", [("--email", "ops@example.com"), ("--remove",)])
def test_without_a_licence_nothing_is_touched_and_the_way_without_watcher_is_named(
    licence: str, status: str, sentence: str, more: tuple[str, ...], tmp_path: Path
) -> None:
    with cluster(licence, status) as there:
        done = setup(there, tmp_path, *more, "--yes")
        assert there.asked == ["GET /_license"]
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"drainwatch: {sentence}")
    assert "docs/alerting.md has its own channels" in done.stderr


def test_who_has_the_watches_is_told_not_to_be_paged_twice(tmp_path: Path, hook: Path) -> None:
    with cluster("gold") as there:
        done = setup(there, tmp_path, "--slack-webhook-file", str(hook), "--dry-run")
        assert there.watches == {}
    assert "+ watch               drainwatch-silence               new\n" in done.stdout
    assert "or they are paged twice" in done.stdout
    assert "readable for all who may read watches" in done.stdout


def test_the_address_of_the_webhook_is_never_shown(tmp_path: Path, hook: Path) -> None:
    arguments = ("--slack-webhook-file", str(hook), "--yes")
    with cluster("gold") as there:
        said = [setup(there, tmp_path, *arguments)]
        hook.write_text(HOOK.replace("T0", "T9"))
        said.append(setup(there, tmp_path, *arguments, "--dry-run"))
        path = there.watches["drainwatch-silence"]["actions"]["slack"]["webhook"]["path"]
        hook.write_text("http://example.com/aVerySecretPath")
        said.append(setup(there, tmp_path, *arguments))
    assert path == "/services/T0/B0/aVerySecretPath"
    assert (
        "    - actions.slack.webhook.path: (another one)\n    + actions.slack.webhook.path: (not shown)"
        in said[1].stdout
    )
    assert said[2].stderr.startswith("drainwatch: The address of the Slack webhook should begin with https")
    assert not [one for one in said if "aVerySecretPath" in one.stdout + one.stderr]


def test_the_address_may_be_in_the_environment(tmp_path: Path) -> None:
    with cluster("trial") as there:
        setup(there, tmp_path, "--watch", "silence", "--yes", SLACK_WEBHOOK_URL=HOOK)
        assert list(there.watches) == ["drainwatch-silence"]
        setup(there, tmp_path, "--slack-account", "ops", "--watch", "silence", "--yes", SLACK_WEBHOOK_URL=HOOK)
        (actions,) = (watch["actions"] for watch in there.watches.values())
    assert list(actions) == ["slack_account"], "an account that is named wins over it"


def test_what_somebody_changed_is_shown_and_set_right(tmp_path: Path, hook: Path) -> None:
    arguments = ("--slack-webhook-file", str(hook), "--yes")
    with cluster("gold") as there:
        setup(there, tmp_path, *arguments)
        there.watches["drainwatch-silence"]["trigger"]["schedule"]["interval"] = "1h"
        there.active["drainwatch-anomalies"] = False
        done = setup(there, tmp_path, *arguments)
        assert there.active["drainwatch-anomalies"]
        assert there.watches["drainwatch-silence"]["trigger"]["schedule"]["interval"] == "60s"
    assert "    - active: false\n    + active: true\n" in done.stdout
    assert "    - trigger.schedule.interval: 1h\n    + trigger.schedule.interval: 60s\n" in done.stdout


@pytest.mark.parametrize(
    ("channel", "alike"),
    [
        (f'type = "slack"\nurl = "{HOOK}"', True),
        ('type = "slack"\nurl_file = "hook"', True),
        ('type = "email"\nhost = "mail"\nsender = "dw@example.com"\nto = ["Ops@example.com"]', True),
        (f'type = "slack"\nurl = "{HOOK}2"', False),
        ('type = "email"\nhost = "mail"\nsender = "dw@example.com"\nto = ["dev@example.com"]', False),
        ('type = "stdout"', False),
    ],
)
def test_nobody_is_paged_twice(tmp_path: Path, hook: Path, channel: str, alike: bool) -> None:
    (tmp_path / "drainwatch.toml").write_text(f"[alerts.channels.night]\n{channel}\n")
    arguments = ("--slack-webhook-file", str(hook), "--email", "ops@example.com", "--yes")
    with cluster("gold") as there:
        done = setup(there, tmp_path, *arguments)
        assert (there.watches == {}, done.returncode) == ((True, 2) if alike else (False, 0))
        assert ("drainwatch's own channel night tells the same people" in done.stderr) == alike
        setup(there, tmp_path, *arguments, "--watch", "server-errors")
        assert "drainwatch-server-errors" in there.watches, "drainwatch itself doesn't tell of these"
        setup(there, tmp_path, *arguments, "--beside-channels")
        assert sorted(there.watches) == NAMES


@pytest.mark.parametrize("taken", [("--email", "ops@example.com"), ("--remove",), ("--deactivate",)])
def test_a_watch_of_somebody_elses_is_left(tmp_path: Path, taken: tuple[str, ...]) -> None:
    theirs = {"metadata": {"name": "mine"}, "input": {"search": {"request": {}}}, "actions": {}}
    with cluster("gold") as there:
        there.watches["drainwatch-silence"], there.active["drainwatch-silence"] = theirs, True
        done = setup(there, tmp_path, *taken, "--watch", "silence", "--yes")
        assert there.watches["drainwatch-silence"] == theirs
        assert there.active["drainwatch-silence"]
    assert done.returncode == 1
    assert "isn't drainwatch's" in done.stdout
    assert "twice" not in done.stdout


def test_watches_are_switched_off_and_taken_away_again(tmp_path: Path) -> None:
    with cluster("gold") as there:
        setup(there, tmp_path, "--email", "ops@example.com", "--yes")
        shown = setup(there, tmp_path, "--deactivate", "--dry-run")
        assert (shown.returncode, shown.stdout.splitlines()[-1]) == (0, "3 to be switched off.")
        off = setup(there, tmp_path, "--deactivate", "--watch", "silence,anomalies", "--yes")
        assert off.stdout.splitlines()[-1] == "2 switched off."
        assert there.active == {
            "drainwatch-anomalies": False,
            "drainwatch-server-errors": True,
            "drainwatch-silence": False,
        }
        again = setup(there, tmp_path, "--deactivate", "--yes")
        assert again.stdout.splitlines()[-1] == "1 switched off, 2 left."
        gone = setup(there, tmp_path, "--remove", "--yes")
        assert gone.stdout.splitlines()[-1] == "3 deleted."
        assert there.watches == {}
        assert setup(there, tmp_path, "--remove", "--yes").stdout.splitlines()[-1] == "3 left."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "The watches have nobody to tell."),
        (["--email", "ops"], "'ops' is no e-mail address."),
        (["--watch", "night"], "There is no watch 'night'."),
        (["--email", "a@b.c", "--interval", "soon"], "--interval can't be 'soon':"),
        (["--email", "a@b.c", "--interval", "1s"], "The interval of the watches can't be 0:00:01."),
        (["--email", "a@b.c", "--silent-after", "2m"], "drainwatch can't be silent so soon."),
        (["--remove", "--deactivate"], "Watches are switched off or deleted."),
        (["--slack-webhook-file", "nowhere"], "The file nowhere of the Slack webhook can't be read:"),
    ],
)
def test_bad_usage(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = drainwatch(tmp_path, "setup", "watcher", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"drainwatch: {sentence}")


def test_a_real_server_tells_its_licence_and_that_it_has_no_watcher(elasticsearch: Server, tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "watcher", "--email", "a@b.c", "--yes", environ=reaching(elasticsearch))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("The licence of the cluster is trial: it has Watcher.\n")
    assert "failed: this server has no Watcher" in done.stdout
    assert done.stdout.endswith("\n3 failed.\n")


@pytest.mark.long
def test_a_real_server_with_the_basic_licence_is_told_so(own_server: Callable[[str], Server], tmp_path: Path) -> None:
    server = own_server(NEWEST)
    server.client.license.post_start_basic(acknowledge=True)
    done = drainwatch(tmp_path, "setup", "watcher", "--email", "a@b.c", "--yes", environ=reaching(server))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("drainwatch: The licence of this cluster is basic, which has no Watcher. ")


def reaching(server: Server) -> dict[str, str]:
    section = {"HOSTS": server.url, "CA_FILE": str(server.ca_file), "USERNAME": "superuser", "PASSWORD": PASSWORD}
    return {f"DRAINWATCH_ELASTICSEARCH__{name}": value for name, value in section.items()}
