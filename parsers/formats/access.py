"""Requests: one statement for each method, route and status, whichever server wrote the line."""

from __future__ import annotations

import re

from parsers.formats.statement import Statement
from parsers.level import level_of_status
from parsers.words import mask_path

JOINER = "␣"
"""Stands for a space within a word that Drain shall take as one (`GET␣/api/items/<ID>␣502`)."""

_METHOD = "(?:GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS|CONNECT|TRACE|PROPFIND|PRI)"
_QUOTED = re.compile(
    rf'"({_METHOD}) (\S{{1,4096}}+) HTTP/[\d.]{{1,3}}" "?(\d{{3}})\b(?: ([A-Z]{{2,6}}(?:,[A-Z]{{2,6}}){{0,4}}) )?'
)
"""Common and combined log format (nginx, Apache, Traefik, Werkzeug), uvicorn, and Envoy's with its response flags."""
_GIN = re.compile(
    rf'\[GIN\] [^|]{{10,30}}\| +(\d{{3}}) \|[^|]{{1,40}}\|[^|]{{1,60}}\| +({_METHOD}) +"([^"]{{1,4096}}+)"'
)


def read_access(text: str) -> Statement | None:
    """A line of an access log; None where it is none."""
    if found := _QUOTED.search(text):
        return request(found[1], found[2], int(found[3]), found[4] or "")
    if text.startswith("[GIN]") and (found := _GIN.match(text)):
        return request(found[2], found[3], int(found[1]))
    return None


def request(method: str, target: str, status: int, flags: str = "") -> Statement:
    """The statement of an answered request; the route is the path with its ids masked, the query is left out."""
    flags = "" if flags in {"", "OK"} else f"{JOINER}{flags}"
    return Statement(level_of_status(status), f"{method[:16]}{JOINER}{mask_path(target)}{JOINER}{status}{flags}", "")
