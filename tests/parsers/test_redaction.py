"""Personal data and secrets are masked; the rest of a line stays readable."""

from __future__ import annotations

import pytest

from parsers.redaction import iban, luhn, redact
from tests.parsers.authorizations import AUTHORIZATIONS

PEM = "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu"
"""A line of a private key."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("login of ann.b+c@mail.example.org ok", "login of <EMAIL> ok"),
        ("from 192.0.2.7:443 and 2001:db8::1", "from <IP>:443 and <IP>"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmZHNl.7ZjiAe", "token <TOKEN>"),
        *AUTHORIZATIONS,
        ("password=hunter2&user=ann", "password=<SECRET>&user=ann"),
        ("SECRET_KEY=django-insecure-1", "SECRET_KEY=<SECRET>"),
        ("SPRING_DATASOURCE_HIKARI_PASSWORD: hunter2", "SPRING_DATASOURCE_HIKARI_PASSWORD: <SECRET>"),
        ('{"password"=>"hunter2", :token => "abc"}', '{"password"=>"<SECRET>", :token => "<SECRET>"}'),
        (f"key github_pat_{'1a' * 20} of ASIAIOSFODNN7EXAMPLE", "key <SECRET> of <SECRET>"),
        ('{"api_key":"xx99","n":1}', '{"api_key":"<SECRET>","n":1}'),
        ("client_secret: s3cr3t, next", "client_secret: <SECRET>, next"),
        ("redis://user:pw@host:6379/0", "redis://<SECRET>@host:6379/0"),
        ("card 4111 1111 1111 1111 and 5500-0000-0000-0004", "card <CARD> and <CARD>"),
        ("card 4111111111111111.", "card <CARD>."),
        ("paid 200 4111111111111111 17 ok", "paid 200 <CARD> 17 ok"),
        ("paid 200 4111 1111 1111 1111 17 ok", "paid 200 <CARD> 17 ok"),
        ("3782 822463 10005 and 3056 930902 5904 200", "<CARD> and <CARD> 200"),
        ("pay to DE89 3704 0044 0532 0130 00 now", "pay to <IBAN> now"),
        ("call +49 30 12345678", "call <PHONE>"),
        (
            "Cookie: theme=dark; sid=a1b2; PHPSESSID=q1w2e3; connect.sid=s%3Aabc.def",
            "Cookie: <SECRET>; sid=<SECRET>; PHPSESSID=<SECRET>; connect.sid=<SECRET>",
        ),
        (
            f"key -----BEGIN EC PRIVATE KEY-----\n{PEM}\nab12+/==\n-----END EC PRIVATE KEY-----\nread",
            "key -----BEGIN EC PRIVATE KEY-----<SECRET>-----END EC PRIVATE KEY-----\nread",
        ),
        (f"-----BEGIN PRIVATE KEY-----\\n{PEM}\\n{PEM}", "-----BEGIN PRIVATE KEY-----<SECRET>"),
        (PEM, "<SECRET>"),
        (r'{"body":"{\"token\": \"abc1234\"}"}', r'{"body":"{\"token\": \"<SECRET>\"}"}'),
        ("AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdefghij0123456789abcdef", "<SECRET> <SECRET>"),
        ("AKIAIOSFODNN7EXAMPLEASIAIOSFODNN7EXAMPLE", "<SECRET>"),
        ("AKIAIOSFODNN7EXAMPLEghp_0123456789abcdefghij0123456789abcdef", "<SECRET>"),
    ],
)
def test_it_is_masked(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Order 10052 placed for user 88 in 150 ms at 2026-11-21 07:00:18,002",
        "order number 4111111111111112 fails the check of cards",
        "blk_8376667364205250596 of 7ce5df703a0b94df6a26db07b549542d",
        "session: 42 opened, 3 residents inside: 7",
        "-----END PRIVATE KEY-----",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "the token expired and the password was wrong",
        "12:30:45 std::io version 1.2.3",
        "DE89 3704 0044 0532 0130 02 is no account",
        "2026-11-21T07:00:18+00:00",
    ],
)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert redact(text) == text


def test_check_digits() -> None:
    assert luhn("4111 1111 1111 1111")
    assert not luhn("4111 1111 1111 1112")
    assert iban("DE89370400440532013000")
    assert not iban("DE88370400440532013000")


def test_keys_to_our_own_api_are_masked() -> None:
    sent = "dw_mzxw6ytboi5hk4tf_" + "aZ9-_" * 8 + "xyz"
    for line in (f"Authorization: Bearer {sent}", f"https://host/?t={sent}", f"({sent})", f'{{"t":"{sent}"}}'):
        assert "aZ9-_aZ9" not in redact(line), line
    assert redact(f"sent {sent} twice") == "sent <SECRET> twice"
