"""Each operation declares what it needs, or the application doesn't start."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from detector.access.principal import Right
from detector.api.auth.rights import SCHEMES, check_declared, describe, needs


def application(*methods: str, **declared: Any) -> FastAPI:
    router = APIRouter()
    router.add_api_route("/things/{thing}", lambda thing: thing, methods=list(methods or ["DELETE"]), **declared)
    app = FastAPI()
    app.include_router(router)
    return app


def test_one_that_declares_nothing_is_refused_by_name() -> None:
    with pytest.raises(RuntimeError) as refused:
        check_declared(application("PUT", "DELETE").routes)
    assert str(refused.value) == (
        "DELETE, PUT /things/{thing} doesn't say which right it needs:"
        " add dependencies=[needs(Right.…)] (detector.api.auth.rights)."
    )


def test_one_that_is_no_operation_of_the_document_need_not() -> None:
    check_declared(application(include_in_schema=False).routes)


@pytest.mark.parametrize("right", list(Right))
def test_the_document_says_what_is_declared(right: Right) -> None:
    app = application(dependencies=[needs(right)])
    check_declared(app.routes)
    document = describe(app.openapi(), app.routes)
    operation = document["paths"]["/things/{thing}"]["delete"]
    assert operation["x-drainwatch-right"] == right.value
    assert operation["security"] == [{"token": []}, {"session": []}]
    assert document["components"]["securitySchemes"] == SCHEMES


def test_what_is_for_everybody_says_so_too() -> None:
    app = application(dependencies=[needs(None)])
    operation = describe(app.openapi(), app.routes)["paths"]["/things/{thing}"]["delete"]
    assert operation["security"] == []
    assert "x-drainwatch-right" not in operation


def test_an_operation_that_declares_nothing_is_left_as_it_is() -> None:
    app = application()
    operation = describe(app.openapi(), app.routes)["paths"]["/things/{thing}"]["delete"]
    assert not operation.keys() & {"security", "x-drainwatch-right"}


def test_only_what_the_document_holds_is_described() -> None:
    routes = application("PUT", "DELETE", dependencies=[needs(Right.READ)]).routes
    assert describe({"paths": {}}, routes) == {"paths": {}, "components": {"securitySchemes": SCHEMES}}
    for method in ("put", "delete"):
        held = describe({"paths": {"/things/{thing}": {method: {}}}}, routes)["paths"]["/things/{thing}"]
        assert {name: sorted(one) for name, one in held.items()} == {method: ["security", "x-drainwatch-right"]}
