"""`drainwatch alert test`: a message that says that it is a test, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.cli.app import execute
from tests.servers.inbox import Reply
from tests.servers.pagerduty import ROUTING_KEY, PagerDutyInbox
from tests.servers.slack import SlackInbox


@pytest.fixture
def slack() -> Iterator[SlackInbox]:
    with SlackInbox() as opened:
        yield opened


@pytest.fixture
def pager() -> Iterator[PagerDutyInbox]:
    with PagerDutyInbox() as opened:
        yield opened


@pytest.fixture
def config(tmp_path: Path, slack: SlackInbox, pager: PagerDutyInbox) -> Path:
    (tmp_path / "slack").write_text(slack.url + "\n")
    file = tmp_path / "settings.toml"
    file.write_text(
        f"""
        [alerts]
        page = "https://drainwatch.example.org"
        private_networks = ["127.0.0.0/8"]
        [alerts.channels.oncall]
        type = "slack"
        url_file = "{tmp_path / "slack"}"
        [alerts.channels.pager]
        type = "pagerduty"
        routing_key = "{ROUTING_KEY}"
        url = "{pager.url}"
        [alerts.channels.here]
        type = "stdout"
        """
    )
    return file


def told(capfd: pytest.CaptureFixture[str], config: Path, *arguments: str) -> tuple[int, str, str]:
    code = execute(["alert", "test", *arguments, "--config", str(config)])
    out, err = capfd.readouterr()
    return code, out, err


def test_it_says_what_has_to_be_allowed(capfd: pytest.CaptureFixture[str], config: Path, slack: SlackInbox) -> None:
    config.write_text(config.read_text().replace('private_networks = ["127.0.0.0/8"]', ""))
    code, out, err = told(capfd, config, "oncall")
    assert code == 1
    assert "private address 127.0.0.1" in out + err
    assert "alerts.private_networks" in out + err
    assert slack.asked == []


def test_it_says_what_came_back(capfd: pytest.CaptureFixture[str], config: Path, slack: SlackInbox) -> None:
    code, out, _ = told(capfd, config, "oncall")
    assert code == 0
    assert out.startswith("oncall  slack         sent in 0.")
    assert out.endswith(" s  ok\n")
    (message,) = slack.messages
    assert message["text"].startswith("🧪 TEST, nothing is wrong: payments\nThis is a test, nothing is wrong.")
    assert message["blocks"][-1]["elements"][0]["url"] == "https://drainwatch.example.org/"


def test_all_are_tried_whatever_becomes_of_one(
    capfd: pytest.CaptureFixture[str], config: Path, slack: SlackInbox, pager: PagerDutyInbox
) -> None:
    slack.then(Reply(404, b"no_service"))
    code, out, _ = told(capfd, config, "--all")
    assert code == 1
    assert "oncall  slack         FAILED  Slack (channel oncall) answers 404: no_service. See whether" in out
    assert "pager   pagerduty     sent in " in out
    assert "It has opened an incident: --event resolved ends it." in out
    assert "here    stdout        sent in " in out
    assert "🧪 TEST, nothing is wrong: payments\n" in out
    assert list(pager.incidents) == ["drainwatch-test"]
    assert told(capfd, config, "pager", "--event", "resolved")[0] == 0
    assert not pager.incidents


def test_a_file_that_is_not_there_is_said(capfd: pytest.CaptureFixture[str], config: Path, tmp_path: Path) -> None:
    (tmp_path / "slack").unlink()
    code, out, _ = told(capfd, config, "oncall", "here")
    assert code == 1
    assert f"FAILED  {tmp_path / 'slack'} can't be read: no such file or directory." in out
    assert "here    stdout        sent" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "There is no channel nobody. There are oncall, pager, here."),
        ([], "Say which channel, or --all. There are oncall, pager, here."),
        (["oncall", "--all"], "--all goes without names."),
    ],
)
def test_what_cannot_be_asked(capfd: pytest.CaptureFixture[str], config: Path, arguments: list[str], said: str) -> None:
    code, _, err = told(capfd, config, *arguments)
    assert code == 2
    assert said in err


def test_without_channels(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "empty.toml"
    file.write_text("")
    code, _, err = told(capfd, file, "--all")
    assert code == 2
    assert "There are no channels. Set one up" in err


@pytest.mark.parametrize("event", ["opened", "worsened", "resolved"])
def test_every_form_says_that_it_is_a_test(
    capfd: pytest.CaptureFixture[str], config: Path, slack: SlackInbox, event: str
) -> None:
    assert told(capfd, config, "oncall", "--event", event)[0] == 0
    assert "This is a test, nothing is wrong." in slack.messages[0]["text"]
