"""What the doctor says of the provider by which people log in; certificates of it are asked for over real TLS."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from detector.api.auth.oidc import ask
from detector.doctor import Check, Facts
from detector.doctor.gather import configured
from detector.doctor.provider import judge, look
from detector.settings.load import load_settings
from tests.servers.inbox import Inbox, Posted, Reply
from tests.servers.provider import CLIENT, SECRET, Provider


def check(folder: Path, issuer: str, more: str = "", oidc: str = "", required: bool = True) -> Check:
    file = folder / "drainwatch.toml"
    file.write_text(
        f"[access]\nrequired = {str(required).lower()}\n"
        f'[access.oidc]\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n{oidc}\n{more}'
    )
    settings, now = load_settings(file, {}), time.time_ns() // 1_000
    (found,) = judge(Facts(now, configured(settings), provider=look(settings, ask)))
    assert SECRET not in found.seen
    return found


ROLES = '[[access.roles]]\ngroups = ["ops"]\nnamespaces = ["*"]\n'
PAGE = '[alerts]\npage = "https://watch.example.org"\n'


def test_it_asks_for_what_the_provider_says_of_itself_and_its_keys(tmp_path: Path, provider: Provider) -> None:
    told = check(tmp_path, provider.issuer, ROLES + PAGE, oidc=f'client_secret = "{SECRET}"')
    assert (told.state, told.seen) == ("ok", f"{provider.host} answers, with 1 key")
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    ("more", "required", "state", "mend"),
    [
        (ROLES + PAGE, False, "skipped", "Set access.required."),
        (PAGE, True, "warning", "access.roles"),
        (ROLES, True, "warning", "alerts.page"),
    ],
)
def test_what_is_missing_for_anybody_to_come_in_by_it(
    tmp_path: Path, provider: Provider, more: str, required: bool, state: str, mend: str
) -> None:
    told = check(tmp_path, provider.issuer, more, required=required)
    assert told.state == state
    assert mend in told.mend


def _other_name(provider: Provider) -> None:
    provider.document = {"issuer": "https://login.example.org"}


def _no_keys(provider: Provider) -> None:
    provider.keys = []


def _no_json(provider: Provider) -> None:
    provider.garbage = b"<html>"


def _inside(provider: Provider) -> None:
    provider.document = {"jwks_uri": "https://169.254.169.254/keys"}


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (_other_name, "calls itself https://login.example.org"),
        (_no_keys, "shows no key"),
        (_no_json, "not in JSON"),
        (_inside, "is at the private address 169.254.169.254"),
    ],
)
def test_what_is_wrong_with_it_is_told_with_what_to_do(
    tmp_path: Path, provider: Provider, spoil: Callable[[Provider], None], seen: str
) -> None:
    spoil(provider)
    told = check(tmp_path, provider.issuer, ROLES + PAGE)
    assert told.state == "failed"
    assert seen in told.seen
    assert told.mend


def test_one_that_does_not_answer_and_a_secret_that_is_not_there(tmp_path: Path, provider: Provider) -> None:
    assert "can't be reached" in check(tmp_path, "http://127.0.0.1:9").seen
    gone = check(tmp_path, provider.issuer, oidc='client_secret_file = "gone"')
    assert (gone.state, gone.seen) == ("failed", "gone can't be read: no such file or directory")


def test_its_certificate_has_to_be_trusted_and_when_it_ends_is_told(tmp_path: Path, provider: Provider) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=datetime.now(UTC) + timedelta(days=9.5)).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    def answers(posted: Posted) -> Reply:
        of = f"https://localhost:{inbox.port}"
        named = {name: f"{of}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        told = {"keys": provider.keys} if posted.path == "/jwks_uri" else {"issuer": of, **named}
        return Reply(body=json.dumps(told).encode())

    with Inbox(answers, tls=context) as inbox:
        issuer = f"https://localhost:{inbox.port}"
        unknown = check(tmp_path, issuer, ROLES + PAGE)
        known = check(tmp_path, issuer, ROLES + PAGE, oidc=f'ca_file = "{tmp_path}/ca.pem"')
    assert (unknown.state, "isn't trusted" in unknown.seen) == ("failed", True)
    assert "access.oidc.ca_file" in unknown.mend
    assert (known.state, known.seen) == (
        "warning",
        f"localhost:{inbox.port} answers, with 1 key; its certificate ends in 9 days",
    )
