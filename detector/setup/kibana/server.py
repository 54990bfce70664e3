"""The HTTP API of Kibana, as much of it as setting up takes, and what its refusals mean in plain words.

https://www.elastic.co/docs/api/doc/kibana/group/endpoint-saved-objects
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx2

from detector.errors import ServerError
from detector.setup.kibana.columns import Json
from ingest.trust import trusted

OLDEST, NEWEST_MAJOR = (8, 19), 9
"""The versions whose forms the objects have."""
_FILE = "drainwatch.ndjson"
_SAID = 300
"""Characters of an answer that are repeated in an error."""
_MISTRUST = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed")
_WHO = (
    "Set kibana.username and kibana.password_file, or kibana.api_key_file; docs/kibana.md says which rights it takes."
)


@dataclass(frozen=True, slots=True)
class KibanaConnection:
    """How to reach it, and who asks."""

    url: str
    space: str = ""
    ca_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    bearer_token: str = field(default="", repr=False)
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import."""

    done: frozenset[tuple[str, str]]
    """Type and id of those that were made or replaced."""
    errors: Mapping[tuple[str, str], str]
    """By type and id why an object was refused."""


class Kibana:
    """A connection to one space; nothing is asked yet. Leave its `with` block when done.

    Raises `ServerError` for a certificate file or a secret that can't be used, where Kibana isn't reached, and where it
    refuses.
    """

    def __init__(self, connection: KibanaConnection) -> None:
        self._connection = connection
        self._http = httpx2.Client(
            base_url=f"{connection.url}/",
            auth=(connection.username, connection.password) if connection.username else None,
            headers={"kbn-xsrf": "drainwatch", "User-Agent": "drainwatch", **_authorization(connection)},
            verify=trusted(connection.ca_file, "kibana.ca_file"),
            timeout=connection.timeout,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def version(self) -> str:
        """Which Kibana it is; empty where it doesn't tell.

        Newer ones tell only those who have the cluster privilege `monitor`. Raises `ServerError` where it is too old or
        not ready. https://www.elastic.co/docs/api/doc/kibana/operation/operation-get-status
        """
        answer = self._ask("GET", "api/status", unready=True)
        level = str(answer.get("status", {}).get("overall", {}).get("level", ""))
        number = str(answer.get("version", {}).get("number", ""))
        if level in ("unavailable", "critical"):
            summary = " ".join(str(answer["status"]["overall"].get("summary", "")).split())[:_SAID]
            raise ServerError(
                f"Kibana is {level}{': ' + summary if summary else ''}.",
                "Look at its log, and try again when it is up.",
            )
        if not number and not level:
            raise self._no_kibana(200)
        if not number:
            return ""
        major, minor = (int(part) for part in re.findall(r"\d+", f"{number}.0.0")[:2])
        if (major, minor) < OLDEST:
            raise ServerError(f"This is Kibana {number}, which is older than 8.19.", "Upgrade it to 8.19 or 9.x.")
        return number

    def has_space(self) -> bool:
        """Whether the space is there. Raises `ServerError` where one may not look."""
        if not self._connection.space:
            return True
        return self._ask("GET", f"api/spaces/space/{self._connection.space}", absent=True) is not None

    def make_space(self) -> None:
        """Make it, as empty as any.

        https://www.elastic.co/docs/api/doc/kibana/operation/operation-post-spaces-space
        """
        space = self._connection.space
        self._ask("POST", "api/spaces/space", json={"id": space, "name": space})

    def fetch(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Json]:
        """By type and id those of these objects that the space has, whole.

        By exporting them: other requests for single objects are deprecated. One that isn't there fails the export of
        all, which then names it.
        """
        keys = list(wanted)
        answer = self._export(keys)
        if missing := _missing(answer):
            keys = [key for key in keys if key not in missing]
            answer = self._export(keys) if keys else b""
            if again := _missing(answer):
                raise ServerError(f"Kibana has lost {_named(next(iter(again)))} while it was looked at.", "Try again.")
        objects = [json.loads(line) for line in answer.splitlines() if line.strip()]
        return {(one["type"], one["id"]): one for one in objects}

    def load(self, file: bytes, overwrite: bool) -> Imported:
        """Import objects, a line each. Raises `ServerError` where none of it is taken.

        https://www.elastic.co/docs/api/doc/kibana/operation/operation-post-saved-objects-import
        """
        answer = self._ask(
            "POST",
            f"{self._space_path}api/saved_objects/_import",
            params={"overwrite": "true"} if overwrite else {},
            files={"file": (_FILE, file, "application/ndjson")},
        )
        done = frozenset((str(one["type"]), str(one["id"])) for one in answer.get("successResults", ()))
        errors = {(str(one["type"]), str(one["id"])): _why(one.get("error", {})) for one in answer.get("errors", ())}
        return Imported(done, errors)

    @property
    def _space_path(self) -> str:
        return f"s/{quote(self._connection.space, safe='')}/" if self._connection.space else ""

    def _export(self, keys: list[tuple[str, str]]) -> bytes:
        body = {"excludeExportDetails": True, "objects": [{"id": id_, "type": type_} for type_, id_ in keys]}
        status, said = self._send("POST", f"{self._space_path}api/saved_objects/_export", json=body)
        if status == 200 or (status == 400 and _missing(said)):
            return said
        raise self._refused(status, said)

    def _ask(self, method: str, path: str, *, absent: bool = False, unready: bool = False, **what: Any) -> Any:
        """The answer, decoded; None for 404 where that is one of the answers (`absent`)."""
        status, said = self._send(method, path, **what)
        if status == 404 and absent and _message(said) is not None:
            return None
        if status == 200 or (unready and status == 503 and b'"overall"' in said):
            try:
                answer = json.loads(said)
            except ValueError:
                answer = None
            if not isinstance(answer, dict):
                raise self._no_kibana(status)
            return answer
        raise self._refused(status, said)

    def _send(self, method: str, path: str, **what: Any) -> tuple[int, bytes]:
        try:
            response = self._http.request(method, path, **what)
        except httpx2.HTTPError as error:
            raise self._away(error) from None
        return response.status_code, response.content

    def _refused(self, status: int, said: bytes) -> ServerError:
        message = _message(said)
        if status == 401:
            return ServerError("Kibana doesn't know these credentials.", _WHO)
        if status == 403:
            reason = f": {message}" if message else "."
            return ServerError(
                f"Kibana doesn't let us do this{reason}",
                "It takes all rights on dashboards, Discover and data views in the space; docs/kibana.md has the role.",
            )
        if message is None:
            return self._no_kibana(status)
        if status == 413:
            return ServerError(f"Kibana takes no file of this size: {message}", "Raise server.maxPayload there.")
        return ServerError(f"Kibana answers {status}: {message}")

    def _no_kibana(self, status: int) -> ServerError:
        return ServerError(
            f"What answers at {self._connection.url} is not Kibana (status {status}).",
            "Set kibana.url to its address, with server.basePath, without a login page in between.",
        )

    def _away(self, error: Exception) -> ServerError:
        url, text = self._connection.url, str(error)
        if any(sign in text for sign in _MISTRUST):
            return ServerError(
                f"The certificate of {url} is not trusted.", "Name its authority's certificate in kibana.ca_file."
            )
        if isinstance(error, httpx2.ReadTimeout):
            seconds = self._connection.timeout
            return ServerError(f"Kibana at {url} doesn't answer within {seconds:g} s.", "Raise kibana.timeout.")
        return ServerError(f"Kibana at {url} can't be reached: {text or type(error).__name__}.", "Look at kibana.url.")


def _authorization(connection: KibanaConnection) -> dict[str, str]:
    for scheme, secret, name in (
        ("ApiKey", connection.api_key, "api_key"),
        ("Bearer", connection.bearer_token, "bearer_token"),
    ):
        if secret:
            if not re.fullmatch(r"[\x21-\x7e]+", secret):
                raise ServerError(
                    f"The {name.replace('_', ' ')} for Kibana can't be sent: it holds a space, a line break or what is "
                    "not ASCII.",
                    "Write it alone into its file.",
                )
            return {"Authorization": f"{scheme} {secret}"}
    return {}


def _message(said: bytes) -> str | None:
    """What an answer of Kibana's says, in a line; None where it is none of Kibana's."""
    try:
        answer = json.loads(said)
    except ValueError:
        return None
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return None
    return " ".join(str(answer.get("message") or answer.get("error") or "").split())[:_SAID]


def _missing(said: bytes) -> frozenset[tuple[str, str]]:
    """Type and id of what a refused export says isn't there; none where it was refused for another reason."""
    try:
        objects = json.loads(said)["attributes"]["objects"]
    except (ValueError, KeyError, TypeError):
        return frozenset()
    if not all(one.get("error", {}).get("statusCode") == 404 for one in objects):
        return frozenset()
    return frozenset((str(one["type"]), str(one["id"])) for one in objects)


def _named(key: tuple[str, str]) -> str:
    return f"{key[0]} {key[1]}"


def _why(error: Mapping[str, Any]) -> str:
    """Why an object was refused, in words: `src/core/packages/saved-objects/common` in elastic/kibana has the types."""
    match error.get("type"):
        case "conflict":
            other = error.get("destinationId")
            known = f" as {other}" if other else ""
            return f"it is there already{known}; --overwrite replaces it"
        case "ambiguous_conflict":
            return "there are several copies of it in the space; delete all but one"
        case "missing_references":
            lacking = ", ".join(_named((one["type"], one["id"])) for one in error.get("references", ()))
            return f"it needs {lacking}, which the space lacks"
        case "unsupported_type":
            return "this Kibana has no such objects"
        case _:
            said = " ".join(str(error.get("message") or error.get("type") or "no reason given").split())
            return said[:_SAID]
