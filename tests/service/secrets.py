"""Lines of every format that is read, with personal data and secrets in them that are found by a part of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.parsers.events import falco, kubernetes
from tests.parsers.events import line as event_line

_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJsZWFrIn0.c2lnbmF0dXJlLWxlYWs"
_PEM = "MzEfYyjiWA4R4xM2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu"
SECRETS = {
    "leak.one": "mail to leak.one@mail.example bounced",
    "203.0.113.77": "peer 203.0.113.77:5432 hung up",
    "dead::77": "peer [2001:db8:dead::77]:443 hung up",
    "DE893704": "transfer to DE89 3704 0044 0532 0130 00 failed",
    "55554444": "card 5555-5555-5555-4444 declined",
    "7654321": "no text sent to +49 170 7654321",
    "c2lnbmF0": f"token refused {_JWT}",
    "leakBearer": "call with Authorization: Bearer leakBearer0123456789 refused",
    "leakPassw0rd": "login with password=leakPassw0rd failed",
    "leakPhrase": "config DB_PASSPHRASE: 'leakPhrase' unused",
    "LEAKEDKEY": "bucket denied to AKIALEAKEDKEY1234567",
    "MzEfYyji": f"loaded -----BEGIN RSA PRIVATE KEY-----\\n{_PEM}\\n-----END RSA PRIVATE KEY-----\\n",
    "leakpw": "connect postgres://leakuser:leakpw@db:5432/shop timed out",
    "leakcookie": "GET /cart Cookie: theme=dark; sid=leakcookie123; lang=de",
    "leaksession": "Set-Cookie: JSESSIONID=leaksession9; Path=/; HttpOnly",
    "ghp_leak": f"push with ghp_leak{'0a' * 20} denied",
}
"""What gives it away, and what a program would write with it."""
Shape = Callable[[datetime, str], str]


def stamp(time: datetime) -> str:
    """As container runtimes write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def _json(time: datetime, text: str) -> str:
    parts = {"password": "leakPassw0rd", "user": {"email": "leak.one@mail.example"}, "remote": "203.0.113.77"}
    return json.dumps({"ts": stamp(time), "level": "error", "msg": text, "context": json.dumps(parts), **parts})


def _access(time: datetime, text: str) -> str:
    asked = text.replace(" ", "/").replace("'", "")
    when = f"{time:%d/%b/%Y:%H:%M:%S} +0000"
    return f'203.0.113.77 - - [{when}] "GET /{asked}?password=leakPassw0rd HTTP/1.1" 500 17 "-" "curl"'


def _trace(_: datetime, text: str) -> str:
    frames = '  File "/app/main.py", line 7, in run'
    return f"ERROR request failed\nTraceback (most recent call last):\n{frames}\nValueError: {text}"


STATEMENTS: dict[str, Shape] = {
    "text": lambda _, text: f"ERROR could not go on: {text}",
    "json": _json,
    "logfmt": lambda time, text: f'time={stamp(time)} level=error msg="{text}" password=leakPassw0rd ip=203.0.113.77',
    "klog": lambda time, text: f"E{time:%m%d %H:%M:%S.%f}       1 reflector.go:138] {text}",
    "access": _access,
    "trace": _trace,
    "falco": lambda _, text: event_line(falco(output=text)),
    "event": lambda _, text: event_line(kubernetes(message=text)),
}


def cri(time: datetime, text: str) -> str:
    """As containerd writes it, a line each."""
    return "".join(f"{stamp(time)} stdout F {one}\n" for one in text.split("\n"))


def docker(time: datetime, text: str) -> str:
    """As Docker writes it."""
    return "".join(
        json.dumps({"log": one + "\n", "stream": "stdout", "time": stamp(time)}) + "\n" for one in text.split("\n")
    )


def filebeat(time: datetime, text: str) -> str:
    """As Filebeat writes it to a file."""
    names = {"namespace": "beats", "pod": {"name": "web-0"}, "container": {"name": "web"}}
    return json.dumps({"@timestamp": stamp(time), "message": text, "kubernetes": names}) + "\n"


def plain(time: datetime, text: str) -> str:
    """As a program writes it to a file of its own."""
    return f"{stamp(time)} {text}\n"


def plant(folder: Path, begin: datetime, seconds: int) -> None:
    """Logs of so many seconds in each format; the secrets come in the last ten of them."""
    for name, statement in STATEMENTS.items():
        pod = folder / f"{name}_web-7d9c5b6f4-x2x9p_11111111-2222-3333-4444-555555555555" / "web"
        pod.mkdir(parents=True)
        (pod / "0.log").write_text("".join(_lines(cri, statement, begin, seconds)))
    for name, frame in (("docker-json.log", docker), ("filebeat.ndjson", filebeat), ("plain.log", plain)):
        (folder / name).write_text("".join(_lines(frame, STATEMENTS["text"], begin, seconds)))


def _lines(frame: Shape, statement: Shape, begin: datetime, seconds: int) -> Iterator[str]:
    for second in range(seconds):
        time = datetime.fromtimestamp(begin.timestamp() + second, UTC)
        yield frame(time, f"INFO request {second} served")
        if second == seconds - 8:
            for text in SECRETS.values():
                yield frame(time, statement(time, text))
