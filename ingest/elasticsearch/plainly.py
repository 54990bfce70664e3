"""What the client raises, as a sentence on what is wrong and one on what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from elastic_transport import (
    ApiError,
    ConnectionTimeout,
    SerializationError,
    TlsError,
    TransportError,
)
from elasticsearch import UnsupportedProductError

from ingest.errors import ServerError

MISTRUST = ("CERTIFICATE_VERIFY_FAILED", "ingerprint", "WRONG_VERSION_NUMBER", "HTTP_REQUEST")
"""What TLS errors hold that no repetition mends."""

_DENIED = re.compile(
    r"action \[([^\]]+)\] is unauthorized for (?:[\w ]*?)(user|API key|service account)[^\[]*\[([^\]]*)\]"
)
_ON_INDICES = re.compile(r"on (?:restricted )?indices \[([^\]]*)\]")
_GRANTED_BY = re.compile(r"granted by the (index|cluster) privileges \[([^\]]*)\]")
_VERIFY = re.compile(r"certificate verify failed: ([^(\"']+)")
_ERRNO = re.compile(r"\[Errno -?\d+\] ([^'\")]+)")
_OTHER_FIELDS = ("Fielddata is disabled", "No mapping found for", "is not supported for aggregation")
_NO_CLUSTER = re.compile(r"no such remote cluster: \[([^\]]*)\]")
_NO_INDEX = re.compile(r"no such index \[([^\]]*)\]")


@contextmanager
def told_plainly(doing: str = "") -> Iterator[None]:
    """Raise `ServerError` for whatever the client raises; `doing` begins the sentence (`Reading logs-*`).

    The client's exception stays its cause. Use it around the requests, not around code of one's own.
    """
    try:
        yield
    except (ApiError, TransportError) as error:
        problem, advice = explain(error)
        raise ServerError(f"{doing}: {problem}" if doing else problem, advice) from error


def explain(error: ApiError | TransportError) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    if isinstance(error, UnsupportedProductError):
        node = error.meta.node
        where = f"{node.scheme}://{node.host}:{node.port}"
        return f"What answers at {where} is not Elasticsearch.", "Look at elasticsearch.hosts."
    return _refused(error) if isinstance(error, ApiError) else _broken(error)


def reason_of(error: ApiError) -> tuple[str, str]:
    """The type and the text of the root cause in an answer; empty where there are none."""
    return root_cause(error.body)


def root_cause(body: object) -> tuple[str, str]:
    """Likewise, of an answer's body, decoded or not."""
    if isinstance(body, bytes | str):
        try:
            body = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return "", ""
    cause = body.get("error", body) if isinstance(body, dict) else {}
    if isinstance(cause, dict) and isinstance(roots := cause.get("root_cause"), list) and roots:
        cause = roots[0]
    # The deepest one says most: "date_time_parse_exception" rather than "parse_exception".
    while isinstance(cause, dict) and isinstance(deeper := cause.get("caused_by"), dict) and deeper.get("reason"):
        cause = deeper
    if not isinstance(cause, dict):
        return "", str(cause)
    return str(cause.get("type") or ""), str(cause.get("reason") or "")


def text_of(error: TransportError) -> str:
    """All that is known of why no answer came: the transport keeps it in several places."""
    return "; ".join(dict.fromkeys(str(part) for part in (error.message, error.__cause__ or "", *error.errors) if part))


def _broken(error: TransportError) -> tuple[str, str]:
    """No answer came."""
    where = getattr(error, "__notes__", ["Elasticsearch"])[-1]
    text = text_of(error)
    if isinstance(error, ConnectionTimeout):
        advice = "See what keeps it busy, or raise elasticsearch.timeout."
        return f"{where} didn't answer in time.", advice
    if isinstance(error, SerializationError):
        return f"{where} answered what can't be read.", "Look whether a proxy stands in between."
    if isinstance(error, TlsError):
        return _mistrusted(where, text)
    if found := _ERRNO.search(text):
        why = found[1].strip().rstrip(".").lower()
    elif "Remote end closed" in text or "Connection aborted" in text:
        advice = "It may have been stopped; where it speaks TLS, the address begins with https."
        return f"{where} closed the connection without an answer.", advice
    else:
        why = text or "the connection broke"
    return f"{where} can't be reached: {why}.", "Look at elasticsearch.hosts, and whether it runs."


def _mistrusted(where: str, text: str) -> tuple[str, str]:
    if "ingerprint" in text:
        advice = "Set elasticsearch.fingerprint to the SHA-256 of its certificate, or name its authority by ca_file."
        return f"The certificate of {where} has another fingerprint.", advice
    if "WRONG_VERSION_NUMBER" in text or "HTTP_REQUEST" in text:
        return f"{where} doesn't speak TLS.", "Begin its address with http, or turn on TLS there."
    if found := _VERIFY.search(text):
        advice = "Name the authority's certificate by elasticsearch.ca_file, or its fingerprint."
        return f"The certificate of {where} isn't trusted: {found[1].strip()}.", advice
    return f"TLS with {where} failed: {text}.", "Look at its certificate and at elasticsearch.ca_file."


def _refused(error: ApiError) -> tuple[str, str]:
    """An answer came, and it is no."""
    kind, reason = reason_of(error)
    status = error.meta.status
    if kind == "cluster_block_exception":
        return _blocked(reason)
    if status == 401:
        advice = "Look at elasticsearch.username and password, api_key or bearer_token."
        missing = "missing authentication" in reason
        said = "asks who is there, and no credentials are set" if missing else "doesn't know these credentials"
        return f"Elasticsearch {said}.", advice
    if kind == "no_such_remote_cluster_exception" or "no such remote cluster" in reason:
        # 8.19 says it as a 403: it looks for the privilege in the missing cluster.
        remote = f" {found[1]}" if (found := _NO_CLUSTER.search(reason)) else " of this name"
        advice = "Look at elasticsearch.indices (what is before a colon names a cluster) and at GET _remote/info."
        return f"There is no remote cluster{remote}.", advice
    if status == 403:
        return _forbidden(reason)
    if status == 404 and kind == "index_not_found_exception":
        missing_index = found[1] if (found := _NO_INDEX.search(reason)) else "of this name"
        return f"There is no index {missing_index}.", "Look at the names in the settings."
    if status == 429 or kind == "circuit_breaking_exception":
        advice = "Give it more memory or nodes, or ask for less at once (elasticsearch.page, slices)."
        return f"Elasticsearch has too much to do: {reason or 'it answers 429'}.", advice
    if status >= 500:
        return f"Elasticsearch failed with {status}: {reason or error.message}.", "Its own log says more."
    return _misused(kind, status, reason or error.message)


def _misused(kind: str, status: int, reason: str) -> tuple[str, str]:
    """What was asked can't be answered, mostly because the settings don't fit the cluster."""
    said = f"Elasticsearch refuses with {status}: {reason.rstrip('.')}."
    if kind in ("invalid_index_name_exception", "invalid_alias_name_exception"):
        return said, "Look at elasticsearch.indices and elasticsearch.prefix."
    if kind == "index_closed_exception":
        return "An index is closed.", "Open it: POST <index>/_open; or search for a pattern, which passes over it."
    if kind == "too_many_buckets_exception":
        advice = "Set a longer detection.window or a shorter elasticsearch.history, or raise search.max_buckets there."
        return f"The answer would have too many parts: {reason.rstrip('.')}.", advice
    if "max_result_window" in reason:
        return said, "Set a smaller elasticsearch.page, or raise index.max_result_window of the index."
    if "max_slices_per" in reason:
        return said, "Set fewer elasticsearch.slices."
    if any(sign in reason for sign in _OTHER_FIELDS):
        return said, "Look at elasticsearch.fields: a field is missing there, or isn't of the type that is needed."
    if kind == "media_type_header_exception" or "Accept version" in reason:
        return said, "Elasticsearch 8.19 or newer is needed."
    if status == 413:
        return "The request is too large for the server, or for a proxy before it.", "Raise http.max_content_length."
    if not kind:
        return f"{said[:-1]}, and not as Elasticsearch says it.", "Look at elasticsearch.hosts, and at proxies between."
    return said, "This may be a bug of drainwatch's."


def _blocked(reason: str) -> tuple[str, str]:
    if "flood-stage" in reason or "disk" in reason:
        advice = "Free space or add some: it takes writes again by itself below the watermark."
        return "Elasticsearch writes nothing more, because its disk is nearly full.", advice
    advice = "Take the block away: PUT <index>/_settings with index.blocks.* set to null."
    return f"An index is blocked: {reason}.", advice


def _forbidden(reason: str) -> tuple[str, str]:
    if "non-compliant" in reason or "license" in reason.lower():
        return f"The licence doesn't allow it: {reason}.", "Do without it, or get another licence."
    denied = _DENIED.search(reason)
    if denied is None:
        return f"Elasticsearch forbids it: {reason}.", "Look at the roles of the user or key."
    action, kind, name = denied.groups()
    place = f" on {found[1]}" if (found := _ON_INDICES.search(reason)) else ""
    granted = _GRANTED_BY.search(reason)
    needed = f"the {granted[1]} privilege {granted[2].split(',')[0]}" if granted else "the privilege for it"
    return (
        f"The {kind} {name} may not do {action}{place}: it lacks {needed}.",
        "Grant it: docs/elasticsearch.md has the roles.",
    )
