"""Any request that the OpenAPI document allows, and many that it doesn't: answered as it says, and never by a 5xx.

Schemathesis makes the requests. They are made by nobody in particular where nobody has to log in, by nobody where one
has to, by readers of these namespaces and of others, and by an admin. Who may not read a namespace never reads its
name either. `DRAINWATCH_AT_LENGTH=1` tries thirty times as many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests import Request
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from detector.access.principal import NOBODY, Grant, Kind, Principal, Right, principal
from detector.api.__main__ import document
from detector.api.app import create_app
from detector.api.auth.who import WHO
from detector.api.live import LiveStatus
from detector.store.sqlite import open_store
from ingest.source import Progress
from tests.length import AT_LENGTH
from tests.store.shop import incident, minute, morning

EXAMPLES = 150 if AT_LENGTH else 5
SCHEMA = schemathesis.openapi.from_dict(json.loads(document()))
OPERATIONS = {
    f"{one.method.upper()} {one.path}": one
    for one in (result.ok() for result in SCHEMA.get_all_operations())  # type: ignore[union-attr]
    if not one.path.endswith("/events")  # its answer has no end
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
HIDDEN = ("shop", "bank", "checkout", "mailer")
"""Names of namespaces and workloads that the store holds."""
ASKING: dict[str, Principal | None] = {
    "anybody": None,
    "nobody": NOBODY,
    "a reader of others": principal(Kind.TOKEN, "others", [Grant(("elsewhere*",), frozenset({Right.READ}))]),
    "a reader": principal(Kind.TOKEN, "reader", [Grant(("shop",), frozenset({Right.READ}))]),
    "an admin": principal(Kind.TOKEN, "admin", [Grant(("*",), frozenset({Right.ADMIN}))]),
}


class As:
    """The application, asked by somebody."""

    def __init__(self, app: ASGIApp, who: Principal | None) -> None:
        self._app, self._who = app, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, WHO: self._who} if self._who else scope, receive, send)


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASGIApp]:
    store = open_store(Path(tmp_path_factory.mktemp("any")) / "s.sqlite")
    for result in morning():
        store.commit(result)
    live = LiveStatus("drain3", minute(-5), "live", Progress(512, 512), None, minute(10), 12.5, None)
    yield create_app(store, live=live, clock=lambda: minute(10), say=store.say, host_names=["testserver"])
    store.close()


KNOWN: dict[str, list[str]] = {
    "namespace": ["shop", "bank"],
    "incident": [incident(3, 5).id],
    "template": ["paid", "sent", "login"],
    "since": ["-1h", "2026-11-21T07:00:00Z"],
    "until": ["now", "2026-11-21T07:10:00Z"],
}


@st.composite
def requests(draw: st.DrawFn, operation: Any) -> Any:
    """One that the document allows or doesn't; often about what is there, since little is there by chance."""
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    case = draw(operation.as_strategy(generation_mode=mode))
    for place in (case.path_parameters, case.query):
        for name in sorted(place.keys() & KNOWN.keys()):
            if draw(st.integers(0, 2)):
                place[name] = draw(st.sampled_from(KNOWN[name]))
    return case


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("who", ASKING)
def test_it_is_answered_as_the_document_says(application: ASGIApp, who: str) -> None:
    client = TestClient(As(application, ASKING[who]), raise_server_exceptions=False)
    hidden = HIDDEN if who in ("nobody", "a reader of others") else ()
    for name, operation in OPERATIONS.items():
        check_all(client, name, operation, hidden)


def check_all(client: TestClient, name: str, operation: Any, hidden: tuple[str, ...]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=not AT_LENGTH,
        database=None,
        phases=[Phase.generate] if not AT_LENGTH else list(Phase),
    )
    @given(requests(operation))
    def check(case: Any) -> None:
        asked = Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        assert asked.method is not None
        assert asked.url is not None
        client.cookies.clear()
        answer = client.request(asked.method, asked.url, content=asked.body, headers=dict(asked.headers))
        case.validate_response(answer, checks=CHECKS)
        said = f"{asked.url} {asked.body!r}"
        for word in hidden:
            assert word in said or word not in answer.text, (name, said, answer.text[:500])

    check()
