"""Each operation of the OpenAPI document and each page, tried by everybody that there is.

What an operation needs is what it declares. Parameters and bodies are filled in by name: a new one that nobody has
thought of fails here until `two.Known` or `BODIES` say what it stands for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from detector.access.principal import Right
from detector.api.__main__ import document
from detector.api.app import create_app
from detector.api.auth.access import Access
from detector.api.sources import InForce
from detector.settings import Settings
from detector.settings.access import AccessSettings
from detector.settings.origins import Origins
from detector.store.sqlite import SqliteStore
from detector.web.mount import PAGES, mount_pages
from tests.api.auth.two import NOBODYS, NOW, OURS, THEIRS, TOKENS, WORDS, Known, fill, service

DOCUMENT = json.loads(document())
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
STREAMS = [
    name
    for name, operation in OPERATIONS.items()
    if "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
]
"""Their answers have no end; `test_stream` follows them."""
ANSWERED = [name for name in OPERATIONS if name not in STREAMS]
Body = Callable[[Known], dict[str, Any]]
FEEDBACK, SILENCES, CHOICE = "POST /api/v1/feedback", "POST /api/v1/silences", "POST /api/v1/models/choice"
BODIES: dict[str, Body] = {
    FEEDBACK: lambda of: {"kind": "mute", "namespace": of.namespace},
    SILENCES: lambda of: {"namespace": of.namespace, "for": "1h"},
    CHOICE: lambda of: {"namespace": of.namespace},
    "POST /api/v1/tokens": lambda of: {"name": "grafana", "namespaces": [of.namespace]},
}
OTHER_BODIES: dict[str, list[Body]] = {
    FEEDBACK: [
        lambda of: {"kind": "real", "incident": of.incident},
        lambda of: {"kind": "mute", "template": of.template},
        lambda of: {"kind": "mute", "namespace": of.namespace, "workload": of.workload},
    ],
    SILENCES: [
        lambda of: {"template": of.template, "for": "1h"},
        lambda of: {"namespace": of.namespace, "workload": of.workload, "for": "1h"},
    ],
}
NEEDS: dict[str | None, dict[str, int]] = {
    None: dict.fromkeys(TOKENS, 200),
    "read": dict(zip(TOKENS, (401, 404, 200, 200, 200), strict=True)),
    "feedback": dict(zip(TOKENS, (401, 403, 403, 200, 200), strict=True)),
    "admin": dict(zip(TOKENS, (401, 403, 403, 403, 200), strict=True)),
}
"""Who is answered what, by the right that an operation declares; 404 only where it names a namespace, or what is one's.
200 stands for all that went well."""
USUAL = {"GET /api/v1/compare": {"since": "2026-11-21T07:30:00Z"}}
"""What is asked beside, where an operation has to be told more to answer."""
NOT_MADE_AGAIN = ("GET /api/v1/models/compare",)
"""Of which there is too little in the store: the models that it compares are none."""


class Asker:
    """Asks as somebody."""

    def __init__(self, client: TestClient, who: str) -> None:
        made = TOKENS[who]
        self._client, self._headers = client, {} if made is None else {"Authorization": f"Bearer {made[1]}"}

    def ask(self, name: str, of: Known, query: dict[str, str] | None = None, body: Any = None) -> Any:
        """The answer to an operation about these things."""
        method, _, path = name.partition(" ")
        own = OPERATIONS[name].get("parameters", [])
        filled = path.format(**{one["name"]: of.named(one["name"]) for one in own if one["in"] == "path"})
        required = {one["name"]: of.named(one["name"]) for one in own if one["in"] == "query" and one.get("required")}
        if body is None and method == "POST":
            body = BODIES[name](of)
        return self._client.request(
            method, filled, params=required | (query or {}), json=body, headers=self._headers, follow_redirects=False
        )


@pytest.fixture
def client(store: SqliteStore) -> Iterator[TestClient]:
    """The API and the page as `two` has them; everybody has to log in."""
    fill(store)
    for made in TOKENS.values():
        if made is not None:
            store.say(made[0])
    app = create_app(
        store,
        live=service(),
        clock=lambda: NOW,
        say=store.say,
        host_names=["testserver"],
        in_force=InForce(Settings(), Origins(), ("/secret/place/quetzal.log",)),
        access=Access(AccessSettings(required=True)),
    )
    mount_pages(app)
    with TestClient(app, raise_server_exceptions=False) as made_client:
        yield made_client


def names_something(name: str) -> bool:
    """Whether an operation is about something that belongs to a namespace."""
    return any(one["in"] == "path" or one.get("required") for one in OPERATIONS[name].get("parameters", []))


@pytest.mark.parametrize("who", TOKENS)
def test_each_operation_answers_whom_it_says_and_nobody_else(client: TestClient, who: str) -> None:
    asker = Asker(client, who)
    for name in ANSWERED:
        right = OPERATIONS[name].get("x-drainwatch-right")
        expected = NEEDS[right][who]
        if expected == 404 and not names_something(name):
            expected = 200
        answer = asker.ask(name, THEIRS, USUAL.get(name))
        told = f"{who}: {name} answers {answer.status_code}: {answer.text[:300]}"
        if expected != 200:
            assert answer.status_code == expected, told
            assert answer.headers["content-type"] == "application/problem+json", told
        elif name in NOT_MADE_AGAIN or name == "DELETE /api/v1/tokens/{token}":
            assert answer.status_code not in (401, 403), told
        else:
            assert answer.status_code in (200, 201), told
        assert (answer.headers.get("www-authenticate") == "Bearer") is (expected == 401), told


@pytest.mark.parametrize("name", STREAMS)
def test_nobody_follows_what_happens(client: TestClient, name: str) -> None:
    assert Asker(client, "nobody").ask(name, THEIRS).status_code == 401


def test_what_is_forbidden_names_the_right_that_is_missing(client: TestClient) -> None:
    reader = Asker(client, "a reader")
    assert "the right admin" in reader.ask("GET /api/v1/settings", THEIRS).json()["detail"]
    assert "mark, mute or silence" in reader.ask(FEEDBACK, THEIRS).json()["detail"]
    beyond = Asker(client, "one with feedback").ask(SILENCES, THEIRS, body={"namespace": "*", "for": "1h"})
    assert (beyond.status_code, beyond.json()["title"]) == (403, "Forbidden")
    assert "the right feedback in '*'" in beyond.json()["detail"]


def test_pages_are_for_those_who_are_known_and_hold_nothing_of_the_store(client: TestClient) -> None:
    sent = TOKENS["a reader of another namespace"]
    assert sent is not None
    for page in PAGES:
        path = re.sub(r"\{[^}]*\}", THEIRS.namespace, page)
        stranger = client.get(path, follow_redirects=False)
        assert (stranger.status_code, stranger.headers["location"].split("?")[0]) == (303, "/login"), path
        answer = client.get(path, headers={"Authorization": f"Bearer {sent[1]}"})
        assert answer.status_code == 200, path
        assert_silent(answer, path, ())


def test_the_document_itself_is_for_those_who_are_known(client: TestClient) -> None:
    assert client.get("/api/v1/openapi.json").status_code == 401


# A reader of another namespace


def assert_silent(answer: Any, asked: str, named: tuple[str, ...]) -> None:
    """Nothing in an answer tells of what is not theirs, but for what they have named themselves."""
    text = "\n".join([answer.text, *(f"{name}: {value}" for name, value in answer.headers.items())])
    for one in sorted(named, key=len, reverse=True):
        text = text.replace(one, "…")
    lower = text.casefold()
    assert not [word for word in WORDS if word in lower], f"{asked}: {text[:2000]}"
    assert not [one for one in (THEIRS.incident, THEIRS.anomaly) if one in text], f"{asked}: {text[:2000]}"


def queries(name: str, of: Known) -> Iterator[dict[str, str]]:
    """None, each order, each thing that can be named or searched for, and what can't be read."""
    yield {}
    for one in OPERATIONS[name].get("parameters", []):
        if one["in"] != "query":
            continue
        schema = one["schema"]
        for value in [*schema.get("enum", []), *(v for some in schema.get("anyOf", []) for v in some.get("enum", []))]:
            yield {one["name"]: value}
        if one["name"] in ("namespace", "workload", "template", "old", "new"):
            yield {one["name"]: of.named(one["name"])}
        if one["name"] in ("q", "who", "what"):
            yield from ({one["name"]: word} for word in (of.namespace, of.workload, of.template))
        yield {one["name"]: "☕ rubbish"}
    yield {"nonsense": of.namespace}
    yield {"since": "2026-11-21T07:00:00Z", "until": "2026-11-21T08:00:00Z"}


def test_a_reader_of_another_namespace_is_told_nothing_of_it(client: TestClient) -> None:
    other = Asker(client, "a reader of another namespace")
    for name in ANSWERED:
        for of in (OURS, THEIRS):
            for query in queries(name, THEIRS):
                assert_silent(other.ask(name, of, query), f"{name} {query}", tuple(THEIRS.all))
        for body in OTHER_BODIES.get(name, []):
            assert_silent(other.ask(name, THEIRS, body=body(THEIRS)), f"{name} {body(THEIRS)}", tuple(THEIRS.all))


def test_what_is_anothers_is_answered_as_what_there_is_not(client: TestClient, store: SqliteStore) -> None:
    """Word by word, status and headers too: what was named is all that differs."""
    made = TOKENS["a reader of another namespace"]
    assert made is not None
    store.say(replace(made[0], rights=(Right.FEEDBACK,)))
    client.app.state.drainwatch.gate.keys.forget()  # type: ignore[attr-defined]
    other = Asker(client, "a reader of another namespace")
    for name in ANSWERED:
        both = zip(queries(name, THEIRS), queries(name, NOBODYS), strict=True)
        asked: list[tuple[Any, ...]] = [(query, unknown, None, None) for query, unknown in both]
        asked += [({}, {}, body(THEIRS), body(NOBODYS)) for body in OTHER_BODIES.get(name, [])]
        for query, unknown, body, no_body in asked:
            theirs = other.ask(name, THEIRS, query, body)
            nobodys = other.ask(name, NOBODYS, unknown, no_body)
            assert plain(theirs, THEIRS) == plain(nobodys, NOBODYS), f"{name} {query} {body}"


def plain(answer: Any, named: Known) -> tuple[int, str, dict[str, str]]:
    """Without what was named, and what is of the moment."""
    text: str = answer.text
    for one in sorted(vars(named).items(), key=lambda pair: -len(pair[1])):
        text = text.replace(one[1], f"<{one[0]}>") if one[1] else text
    moment = ("content-length", "date", "ratelimit", "ratelimit-policy", "server-timing")
    headers = {name: value for name, value in answer.headers.items() if name not in moment}
    is_account = "drainwatch_http_request" in text
    return answer.status_code, "" if is_account else text, headers


def test_the_words_would_be_found(client: TestClient) -> None:
    """Else a store that holds none of them would pass."""
    admin = Asker(client, "an admin")
    seen = "\n".join(admin.ask(name, THEIRS).text for name in ANSWERED if name.startswith("GET")).casefold()
    assert [word for word in WORDS if word not in seen] == []
    assert THEIRS.incident in seen
    assert THEIRS.anomaly in seen
