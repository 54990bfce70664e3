"""Stands in for Kibana, which no test can have: status, spaces, export and import as its API is documented to answer.

What it does is read in elastic/kibana: src/core/packages/saved-objects/server-internal/src/routes (headers, names of
files) and src/core/packages/saved-objects/import-export-server-internal (conflicts, references that are missing; that
nothing is made while there are such errors). https://www.elastic.co/docs/api/doc/kibana/group/endpoint-saved-objects
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Key = tuple[str, str]
KEY = "a2V5OnNlY3JldA=="
"""An API key that it knows."""
_CHECKED = {"index-pattern", "search"}
"""Types of references that an import looks for."""


class Kibana(ThreadingHTTPServer):
    """A Kibana of this version; `spaces` are the objects of each space, by type and id."""

    daemon_threads = True

    def __init__(self, version: str, level: str = "available") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.version, self.level = version, level
        self.spaces: dict[str, dict[Key, Json]] = {"default": {}}
        self.users = {"admin": "not-a-secret-of-anyone"}
        self.may_write = self.may_monitor = True
        self.taken = ""
        """Why an object of this id is refused, whatever is asked."""
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        self.asked.append(f"{method} {target}")
        if not self._knows(headers.get("authorization", "")):
            return _refusal(401, "Unauthorized", "unable to authenticate user")
        if method != "GET" and "kbn-xsrf" not in headers:
            return _refusal(400, "Bad Request", "Request must contain a kbn-xsrf header.")
        if path == "/api/status":
            overall = {"level": self.level, "summary": f"All services are {self.level}"}
            told = {"version": {"number": self.version}} if self.may_monitor else {}
            return (200 if self.level in ("available", "degraded") else 503), {**told, "status": {"overall": overall}}
        if path.startswith("/api/spaces/space"):
            return self._space(method, path.removeprefix("/api/spaces/space").strip("/"), body)
        space, path = _within(path)
        if path == "/api/saved_objects/_export":
            return self._export(space, json.loads(body))
        if path == "/api/saved_objects/_import":
            if not self.may_write:
                return _refusal(403, "Forbidden", "Unable to bulk_create dashboard,index-pattern,search")
            return self._import(space, _file(headers, body), query.get("overwrite") == ["true"])
        return _refusal(404, "Not Found", "Not Found")

    def _knows(self, authorization: str) -> bool:
        users = [base64.b64encode(f"{name}:{word}".encode()).decode() for name, word in self.users.items()]
        return authorization in {f"ApiKey {KEY}", *(f"Basic {user}" for user in users)}

    def _space(self, method: str, name: str, body: bytes) -> tuple[int, Any]:
        if method == "POST":
            made = json.loads(body)
            self.spaces[made["id"]] = {}
            return 200, made
        if name not in self.spaces:
            return _refusal(404, "Not Found", "Not Found")
        return 200, {"id": name, "name": name}

    def _export(self, space: str, asked: Json) -> tuple[int, Any]:
        keys = [(one["type"], one["id"]) for one in asked["objects"]]
        if missing := [key for key in keys if key not in self.spaces[space]]:
            errors = [{"id": id_, "type": type_, "error": {"statusCode": 404}} for type_, id_ in missing]
            status, refusal = _refusal(400, "Bad Request", "Error fetching objects to export")
            return status, {**refusal, "attributes": {"objects": errors}}
        return 200, b"\n".join(json.dumps(self.spaces[space][key]).encode() for key in keys)

    def _import(self, space: str, file: tuple[str, bytes], overwrite: bool) -> tuple[int, Any]:
        name, content = file
        if not name.endswith(".ndjson"):
            return _refusal(400, "Bad Request", f"Invalid file extension .{name.rpartition('.')[2]}")
        objects = [json.loads(line) for line in content.splitlines()]
        there = self.spaces[space]
        coming = {(one["type"], one["id"]) for one in objects}
        errors = [error for one in objects if (error := self._problem(one, there, coming, overwrite))]
        results = []
        for one in [] if errors else objects:
            there[one["type"], one["id"]] = self.kept(one)
            results.append({"type": one["type"], "id": one["id"], "meta": {"title": one["attributes"]["title"]}})
        said = {"success": not errors, "successCount": len(results), "successResults": results}
        return 200, {**said, "errors": errors} if errors else said

    def _problem(self, one: Json, there: dict[Key, Json], coming: set[Key], overwrite: bool) -> Json | None:
        key = (one["type"], one["id"])
        error: Json | None = None
        lacking = [
            {"type": ref["type"], "id": ref["id"]}
            for ref in one["references"]
            if ref["type"] in _CHECKED and (ref["type"], ref["id"]) not in coming | there.keys()
        ]
        if lacking:
            error = {"type": "missing_references", "references": lacking}
        elif key in there and not overwrite:
            error = {"type": "conflict"}
        elif one["id"] == self.taken:
            error = {"type": "unknown", "message": "document is too new", "statusCode": 422}
        return error and {"type": one["type"], "id": one["id"], "meta": {}, "error": error}

    def kept(self, one: Json) -> Json:
        """As it is given back: with what Kibana adds, and a search in the form of newer versions."""
        kept = {**one, "managed": False, "updated_at": "2026-11-21T07:00:00.000Z", "version": "WzEsMV0="}
        if one["type"] == "search" and self.version.startswith("9"):
            attributes = dict(one["attributes"])
            named = {name: attributes.pop(name) for name in ("title", "description")}
            kept["attributes"] = {**named, "tabs": [{"id": "t", "label": "Untitled", "attributes": attributes}]}
        if one["type"] == "index-pattern":
            kept["attributes"] = {**one["attributes"], "sourceFilters": "[]", "fieldAttrs": "{}"}
        return kept


def _refusal(status: int, error: str, message: str) -> tuple[int, Json]:
    return status, {"statusCode": status, "error": error, "message": message}


def _within(path: str) -> tuple[str, str]:
    if not path.startswith("/s/"):
        return "default", path
    space, _, rest = path.removeprefix("/s/").partition("/")
    return space, f"/{rest}"


def _file(headers: Any, body: bytes) -> tuple[str, bytes]:
    """Name and content of the part `file` of multipart/form-data."""
    head = b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n"
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    assert whole.get_content_type() == "multipart/form-data"
    (part,) = whole.iter_parts()
    assert part.get_param("name", header="content-disposition") == "file"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return part.get_filename() or "", content


@contextmanager
def kibana(version: str = "9.5.0", level: str = "available") -> Iterator[Kibana]:
    """One that runs."""
    server = Kibana(version, level)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Kibana

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        status, answer = self.server.answer(self.command, self.path, self.headers, body)
        said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/ndjson" if isinstance(answer, bytes) else "application/json")
        self.send_header("kbn-name", "kibana")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = _reply  # noqa: N815 - the library looks for these names

    def log_message(self, *_: object) -> None:
        """Say nothing."""
