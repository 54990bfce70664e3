"""What a real API server says of manifests: whether it takes them, what it warns of, and who may then do what.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from typing import Any

from tests.kubernetes.apiserver import ApiServer
from tests.kubernetes.manifests import Document, label

WARN = {"pod-security.kubernetes.io/warn": "restricted"}
"""Pods that aren't as safe as can be are warned of. https://kubernetes.io/docs/concepts/security/pod-security-standards/"""
ESTABLISHED_WITHIN = 60
"""Seconds until it serves the kinds of a CRD that it has taken."""


class RefusedError(Exception):
    """It doesn't take an object, and says why."""


class Cluster:
    """A server with the namespaces of the stack, and every custom kind that its manifests have."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    def furnish(self, namespaces: Sequence[Document], crds: Iterable[Document]) -> None:
        """Make the namespaces, with the account that pods have where none is named, and the custom kinds."""
        for namespace in namespaces:
            metadata = namespace["metadata"]
            self.apply([namespace | {"metadata": metadata | {"labels": metadata.get("labels", {}) | WARN}}])
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
            self.apply([account], metadata["name"])
        taken = list(crds)
        self.apply(taken)
        for crd in taken:
            self._await_kind(crd["metadata"]["name"])

    def apply(self, documents: Sequence[Document], namespace: str = "logging") -> None:
        """Have them, as `kubectl apply --server-side` does. Raises `RefusedError`."""
        for document in documents:
            self._put(document, namespace, dry=False)

    def remove(self, documents: Sequence[Document], namespace: str = "logging") -> None:
        """No longer have them."""
        for document in documents:
            self._ask("DELETE", self._path(document, namespace))

    def takes(self, documents: Sequence[Document], namespace: str = "logging") -> list[str]:
        """What it warns of when it would be given them; nothing is kept. Raises `AssertionError` with all it refuses.

        An unknown field is refused, not dropped.
        """
        warned, refused = [], []
        for document in documents:
            try:
                warned += [f"{label(document)}: {text}" for text in self._put(document, namespace, dry=True)]
            except RefusedError as error:
                refused.append(f"{label(document)}: {error}")
        assert not refused, "\n".join(refused)
        return warned

    def may(self, account: str, verb: str, resource: str, namespace: str = "", group: str = "") -> bool:
        """Whether a service account (`logging/filebeat`) may do it; in no namespace: in all, or beside them."""
        attributes = {"verb": verb, "resource": resource, "namespace": namespace, "group": group}
        home, name = account.split("/")
        spec = {
            "user": f"system:serviceaccount:{home}:{name}",
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{home}", "system:authenticated"],
            "resourceAttributes": attributes,
        }
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        answer, _ = self._ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    def _put(self, document: Document, namespace: str, *, dry: bool) -> list[str]:
        options = f"?fieldManager=tests&force=true&fieldValidation=Strict{'&dryRun=All' if dry else ''}"
        _, warnings = self._ask("PATCH", self._path(document, namespace) + options, document)
        return warnings

    def _path(self, document: Document, namespace: str) -> str:
        api, kind, metadata = document["apiVersion"], document["kind"], document["metadata"]
        root = f"/apis/{api}" if "/" in api else f"/api/{api}"
        if kind not in self._kinds.get(api, {}):
            found, _ = self._ask("GET", root)
            self._kinds[api] = {
                one["kind"]: (one["name"], one["namespaced"]) for one in found["resources"] if "/" not in one["name"]
            }
        if kind not in self._kinds[api]:
            raise RefusedError(f"{api} has no {kind}")
        plural, namespaced = self._kinds[api][kind]
        place = f"/namespaces/{metadata.get('namespace', namespace)}" if namespaced else ""
        return f"{root}{place}/{plural}/{metadata['name']}"

    def _await_kind(self, crd: str) -> None:
        until = time.monotonic() + ESTABLISHED_WITHIN
        while time.monotonic() < until:
            found, _ = self._ask("GET", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd}")
            conditions = found.get("status", {}).get("conditions", ())
            if any(one["type"] == "Established" and one["status"] == "True" for one in conditions):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{crd} isn't served after {ESTABLISHED_WITHIN} s.")

    def _ask(self, method: str, path: str, body: Document | None = None) -> tuple[Any, list[str]]:
        """Its answer and its warnings. Raises `RefusedError` with its words."""
        kind = "application/apply-patch+yaml" if method == "PATCH" else "application/json"  # JSON is YAML, too
        request = urllib.request.Request(
            self._server.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._server.token}", "Content-Type": kind},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=self._server.trust) as answer:
                warnings = answer.headers.get_all("Warning") or ()
                return json.load(answer), [_text_of(warning) for warning in warnings]
        except urllib.error.HTTPError as error:
            raise RefusedError(json.load(error)["message"]) from None


def _text_of(warning: str) -> str:
    """Of a header, where it is quoted.

    https://www.rfc-editor.org/rfc/rfc7234#section-5.5
    """
    return re.sub(r"\\(.)", r"\1", warning.removeprefix('299 - "').removesuffix('"'))
