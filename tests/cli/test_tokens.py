"""`drainwatch token` and `drainwatch audit`: beside a service, on a store that it has."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from detector.access.principal import Right
from detector.access.tokens import opens
from detector.cli.app import execute
from detector.store.sqlite import open_reader, open_store
from tests.cli.stored import filled

WRITTEN = re.compile(r"dw_([a-z2-7]{16})_[A-Za-z0-9_-]{43}\n")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "kim")
    return filled(tmp_path / "drainwatch.sqlite")


def said(capfd: pytest.CaptureFixture[str], *command: str) -> tuple[str, str]:
    capfd.readouterr()
    assert execute(list(command)) == 0
    return tuple(capfd.readouterr())  # type: ignore[return-value]


def rows(capfd: pytest.CaptureFixture[str], *command: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said(capfd, *command, "--output", "ndjson")[0].splitlines()]


def failed(capfd: pytest.CaptureFixture[str], *command: str) -> str:
    capfd.readouterr()
    assert execute(list(command)) == 2
    return capfd.readouterr().err


def test_a_token_is_printed_alone_and_what_it_may_beside_it(capfd: pytest.CaptureFixture[str], store: Path) -> None:
    out, err = said(capfd, "token", "create", "grafana", "--namespace", "pay*", "-n", "shop", "--for", "7d")
    found = WRITTEN.fullmatch(out)
    assert found
    assert err.startswith("grafana: read in pay*, shop until 20")
    assert err.endswith(f"Revoke: drainwatch token revoke {found[1]}\n")
    with closing(open_reader(store)) as reader:
        (kept,) = reader.tokens()
    assert opens(kept, out.strip(), kept.created)
    assert (kept.name, kept.namespaces, kept.rights, kept.author) == ("grafana", ("pay*", "shop"), (Right.READ,), "kim")
    assert kept.expires == kept.created + 7 * 86_400_000_000


def test_it_holds_for_90_days_and_for_ever_where_that_is_said(capfd: pytest.CaptureFixture[str], store: Path) -> None:
    said(capfd, "token", "create", "usual", "-n", "*")
    said(capfd, "token", "create", "root", "--right", "admin", "--never")
    with closing(open_reader(store)) as reader:
        usual, root = reader.tokens()
    assert usual.expires == usual.created + 90 * 86_400_000_000
    assert (root.expires, root.namespaces, root.rights) == (None, ("*",), (Right.ADMIN,))


def test_tokens_are_made_and_revoked_beside_a_service_that_writes(
    capfd: pytest.CaptureFixture[str], store: Path
) -> None:
    with closing(open_store(store)) as service:
        said(capfd, "token", "create", "grafana", "-n", "*")
        said(capfd, "token", "create", "ci", "-n", "*")
        out, _ = said(capfd, "token", "revoke", "grafana")
        assert "revoked 20" in out
        assert [(one.name, one.revoked is None) for one in service.tokens()] == [("grafana", False), ("ci", True)]
    assert [one["name"] for one in rows(capfd, "token", "list")] == ["ci"]
    assert [one["name"] for one in rows(capfd, "token", "list", "--all")] == ["ci", "grafana"]


def test_no_list_shows_what_a_holder_sends_nor_its_digest(capfd: pytest.CaptureFixture[str]) -> None:
    sent, _ = said(capfd, "token", "create", "grafana", "-n", "*")
    for form in ("table", "json", "csv"):
        shown = "".join(said(capfd, "token", "list", "--all", "--output", form) + said(capfd, "audit", "-o", form))
        assert sent.strip()[20:] not in shown
        assert "digest" not in shown


def test_what_can_not_be_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    assert "A token needs namespaces that it is for." in failed(capfd, "token", "create", "x")
    assert "--never and --for exclude each other." in failed(
        capfd, "token", "create", "x", "-n", "*", "--never", "--for", "1d"
    )
    assert "There is no token 'x'." in failed(capfd, "token", "revoke", "x")
    for _ in range(2):
        said(capfd, "token", "create", "twin", "-n", "*")
    assert "2 tokens are called twin. Name one by its id: " in failed(capfd, "token", "revoke", "twin")


def test_what_commands_do_stands_in_the_audit_log(capfd: pytest.CaptureFixture[str]) -> None:
    said(capfd, "token", "create", "grafana", "-n", "*")
    said(capfd, "mute", "--namespace", "payments")
    said(capfd, "silence", "add", "pay*", "--for", "1h")
    said(capfd, "token", "revoke", "grafana")
    found = rows(capfd, "audit")
    assert [(one["who"], one["how"], one["what"], one["namespace"]) for one in found] == [
        ("kim", "command", "token-revoked", ""),
        ("kim", "command", "silence-made", "pay*"),
        ("kim", "command", "feedback-given", "payments"),
        ("kim", "command", "token-made", ""),
    ]
    assert found[2]["detail"] == "mute namespace payments"
    silence, word = found[1]["subject"], found[2]["subject"]
    said(capfd, "silence", "remove", silence)
    said(capfd, "unmute", word)
    assert [(one["what"], one["subject"]) for one in rows(capfd, "audit", "--limit", "2")] == [
        ("feedback-withdrawn", word),
        ("silence-ended", silence),
    ]


def test_the_audit_log_is_filtered(capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        said(capfd, "token", "create", name, "-n", "*")
    said(capfd, "token", "revoke", "a")
    assert len(rows(capfd, "audit", "--what", "token-made")) == 2
    assert rows(capfd, "audit", "--who", "ana") == []
    assert len(rows(capfd, "audit", "--who", "kim", "--since", "-1h")) == 3
    assert said(capfd, "audit", "--until", "-1h")[0] == "Nothing of the kind was done.\n"
    assert "3 entries, times in UTC" in said(capfd, "audit")[0]
