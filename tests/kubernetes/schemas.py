"""JSON schemas of all kinds that our manifests have, on disk for kubeconform, made from the projects' own sources."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.kubernetes import openapi, strimzi, tools
from tests.kubernetes.golang import folder
from tests.kubernetes.manifests import Document, load
from tests.servers.artifacts import alone

LOCATION = "{{.Group}}/{{.ResourceAPIVersion}}/{{.ResourceKind}}.json"
"""Where kubeconform finds one in the folder; the group of the oldest kinds is their version there."""
CRDS = (
    (tools.ECK, "config/crds/v1/all-crds.yaml"),
    (tools.PROMETHEUS_OPERATOR, "example/prometheus-operator-crd/*.yaml"),
    (tools.CERT_MANAGER, "deploy/crds/*.yaml"),
    (tools.KEDA, "config/crd/bases/*.yaml"),
    (tools.VPA, "deploy/vpa-v1-crd-gen.yaml"),
    (tools.ARGO_CD, "manifests/crds/*-crd.yaml"),
)


def schemas() -> Path:
    """The folder with all of them, made once. Raises `MissingError` where a source can't be had."""
    made = folder() / f"schemas-{_fingerprint()}"
    with alone(made):
        if not made.is_dir():
            with tempfile.TemporaryDirectory(dir=made.parent) as temporary:
                _write(Path(temporary, "schemas"))
                Path(temporary, "schemas").rename(made)
    return made


def crds() -> Iterator[Document]:
    """Every CustomResourceDefinition that schemas are made from. Raises `MissingError` where one can't be had."""
    files = [path for module, pattern in CRDS for path in sorted(module.source().glob(pattern))]
    for path in (*files, *strimzi.crds()):
        yield from load(path)


def _write(into: Path) -> None:
    swagger = tools.KUBERNETES_SOURCE.source() / "api" / "openapi-spec" / "swagger.json"
    known = openapi.Definitions(json.loads(swagger.read_text("utf-8")))
    for kind, schema in known.schemas():
        _put(into, kind, schema)
    for crd in crds():
        for kind, schema in openapi.of_custom_kinds(crd):
            _put(into, kind, known.whole(schema))


def _put(into: Path, kind: openapi.Kind, schema: openapi.Schema) -> None:
    path = into / (kind.group or kind.version) / kind.version / f"{kind.name.lower()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema), "utf-8")


def _fingerprint() -> str:
    """Of all that they are made from, and of how: they are made anew where that changes."""
    sources = f"{tools.KUBERNETES_SOURCE} {CRDS} {strimzi.VERSION}".encode()
    code = b"".join(Path(path).read_bytes() for path in (__file__, openapi.__file__, strimzi.__file__) if path)
    return hashlib.sha256(sources + code).hexdigest()[:12]
