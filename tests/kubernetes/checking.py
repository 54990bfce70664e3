"""Whether manifests are such as Kubernetes takes (kubeconform), and such as it should be given (kube-score).

https://github.com/yannh/kubeconform https://github.com/zegl/kube-score/blob/master/README_CHECKS.md
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.kubernetes import tools
from tests.kubernetes.manifests import Document
from tests.kubernetes.schemas import LOCATION, schemas
from tests.servers.missing import MissingError, skip

Had = TypeVar("Had")
CRITICAL = 1
"""Grade of kube-score: 1 critical, 5 a warning, 7 nearly, 10 all right."""


def valid(documents: Sequence[Document], unknown: Mapping[str, str] | None = None) -> None:
    """Each is of a kind that is known and has no field that the kind hasn't; raises `AssertionError` with all faults.

    `unknown` are the kinds whose schema can't be had, with the reason.
    """
    assert documents, "there is nothing to check"
    program, folder = _had(lambda: (tools.kubeconform(), schemas()))
    skipped = ["-skip", ",".join(unknown)] if unknown else []
    said = _run(
        [program, "-strict", "-output", "json", "-schema-location", f"{folder}/{LOCATION}", *skipped], documents
    )
    faults = [
        f"{one['kind']}/{one['name']}: {problem}"
        for one in json.loads(said)["resources"]
        if one["status"] in ("statusInvalid", "statusError")
        for problem in _problems(one["msg"])
    ]
    assert not faults, "\n".join(faults)
    present = {document["kind"] for document in documents}
    assert not (gone := set(unknown or ()) - present), f"needn't be excused any more: {gone}"


def scored(documents: Sequence[Document], ignored: Mapping[str, str] | None = None) -> None:
    """No critical finding of kube-score but those that are `ignored`, by check and with the reason.

    Raises `AssertionError` with all of them, and for one that is ignored without need.
    """
    program = _had(tools.kube_score)
    version = ".".join(tools.KUBERNETES.split(".")[:2])
    said = _run([program, "score", "--output-format", "json", "--kubernetes-version", f"v{version}", "-"], documents)
    found = [
        (check["check"]["id"], f"{one['object_name']}: {check['check']['name']}: {_comments(check)}")
        for one in json.loads(said) or ()
        for check in one["checks"]
        if not check["skipped"] and check["grade"] == CRITICAL
    ]
    criticals = [f"{text} ({check})" for check, text in found if check not in (ignored or {})]
    assert not criticals, "\n".join(criticals)
    assert not (gone := set(ignored or ()) - {check for check, _ in found}), f"needn't be ignored any more: {gone}"


def _run(command: Sequence[str | Path], documents: Sequence[Document]) -> str:
    """What it says about them; its exit status says only whether it found something."""
    text = "\n---\n".join(json.dumps(document) for document in documents)
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert not done.stderr.strip(), done.stderr
    return done.stdout


def _problems(message: str) -> list[str]:
    """Where the faults are, out of one line that says first that there are some."""
    first, *faults = message.split(" - at ")
    return [fault.strip() for fault in faults if not fault.rstrip().endswith(": validation failed")] or [first]


def _comments(check: Mapping[str, Any]) -> str:
    comments = check.get("comments") or ()
    return "; ".join(filter(None, (f"{one['path']} {one['summary']}".strip() for one in comments)))


def _had(get: Callable[[], Had]) -> Had:
    try:
        return get()
    except MissingError as missing:
        skip(str(missing))
