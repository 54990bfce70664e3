"""Alerts on standard output: for people, or for whatever reads a container's."""

from __future__ import annotations

import io
import re

import pytest

from detector.alerts.channels.stdout import Stdout
from detector.alerts.notice import decode
from detector.errors import ServerError
from detector.settings.channels import StdoutChannel
from tests.detector.alerts.channels.notices import HOSTILE, NOW, hostile, notice

TEXT, JSON = StdoutChannel(type="stdout"), StdoutChannel(type="stdout", format="json")


def test_people_read_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert Stdout("here", TEXT).send(notice(), NOW) == "printed"
    assert capsys.readouterr().out.startswith("🔴 CRITICAL: payments\n\n41 × “connection to <IP>:<NUM> refused")


def test_programs_read_a_line_of_json_each(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        Stdout("here", JSON).send(hostile(HOSTILE["lines"]), NOW)
    first, second = capsys.readouterr().out.splitlines()
    assert decode(first.encode()) == decode(second.encode()) == hostile(HOSTILE["lines"])


@pytest.mark.parametrize("name", HOSTILE)
def test_what_strangers_wrote_commands_no_terminal(capsys: pytest.CaptureFixture[str], name: str) -> None:
    Stdout("here", TEXT).send(hostile(HOSTILE[name]), NOW)
    said = capsys.readouterr().out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", said)
    assert max(map(len, said.splitlines())) < 1_200


def test_what_cannot_be_written_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stdout", closed)
    with pytest.raises(ServerError, match="Standard output can't be written"):
        Stdout("here", TEXT).send(notice(), NOW)
