"""Stands in for a cluster with Watcher, which no server of the tests has: its licence, and the requests about watches.

Answers have the shapes of the reference, what a server adds to a watch included; with a basic licence every request to
Watcher is refused as the real one refuses it.
https://www.elastic.co/docs/api/doc/elasticsearch/group/endpoint-watcher
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Json = dict[str, Any]


class Cluster(ThreadingHTTPServer):
    """A cluster with this licence; `watches` are those that it has, by id."""

    daemon_threads = True

    def __init__(self, licence: str, status: str = "active") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.licence, self.status = licence, status
        self.watches: dict[str, Json] = {}
        self.active: dict[str, bool] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, body: Json | None) -> tuple[int, Json]:
        self.asked.append(f"{method} {path}")
        if path == "/_license":
            return 200, {"license": {"status": self.status, "uid": "a-b", "type": self.licence, "max_nodes": 1000}}
        if not path.startswith("/_watcher/watch/"):
            return 400, {"error": f"no handler found for uri [{path}] and method [{method}]", "status": 400}
        if self.licence == "basic" or self.status != "active":
            why = "current license is non-compliant for [watcher]"
            cause = {"type": "security_exception", "reason": why, "license.expired.feature": "watcher"}
            return 403, {"error": {"root_cause": [cause], **cause}, "status": 403}
        name, _, action = path.removeprefix("/_watcher/watch/").partition("/")
        return self._watch(method, name, action, body)

    def _watch(self, method: str, name: str, action: str, body: Json | None) -> tuple[int, Json]:
        if method == "PUT" and not action:
            assert body is not None
            created = name not in self.watches
            self.watches[name], self.active[name] = with_defaults(body), True
            return 201 if created else 200, {"_id": name, "_version": 1, "created": created}
        if name not in self.watches:
            return 404, {"_id": name, "found": False}
        if method == "DELETE":
            del self.watches[name]
            return 200, {"_id": name, "_version": 2, "found": True}
        if action == "_deactivate":
            self.active[name] = False
        status = {"state": {"active": self.active[name], "timestamp": "2026-11-21T07:00:00.000Z"}}
        return 200, {"found": True, "_id": name, "_version": 1, "status": status, "watch": self.watches[name]}


def with_defaults(watch: Json) -> Json:
    """A watch as the server gives it back."""
    kept: Json = json.loads(json.dumps(watch))
    (kind, body) = next(iter(kept["input"].items()))
    searches = [body] if kind == "search" else [one["search"] for part in body["inputs"] for one in part.values()]
    for search in searches:
        search["request"] = {"search_type": "query_then_fetch", **search["request"]}
    for action in kept["actions"].values():
        if period := action.pop("throttle_period", None):
            action["throttle_period_in_millis"] = 1_000 * int(period.removesuffix("s"))
        if "webhook" in action:
            action["webhook"]["params"] = {}
        if "email" in action:
            action["email"]["profile"] = "standard"
    return kept


@contextmanager
def cluster(licence: str, status: str = "active") -> Iterator[Cluster]:
    """One that runs."""
    server = Cluster(licence, status)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Cluster

    def _reply(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        status, answer = self.server.answer(self.command, self.path, body)
        said = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_PUT = do_DELETE = _reply  # noqa: N815 - the library looks for these names

    def log_message(self, *_: object) -> None:
        """Say nothing."""
