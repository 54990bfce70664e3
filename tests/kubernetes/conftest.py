"""The real API server of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import begin
from tests.helm.stack.manifests import plain
from tests.kubernetes.apiserver import ApiServer
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.schemas import crds


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A real API server that knows every kind of the stack; only with `DRAINWATCH_AT_LENGTH`.

    It takes minutes to build, once. All tests of the session share it: remove what you apply.
    """
    server = ApiServer()
    begin(server)
    made = Cluster(server)
    namespaces = [document for document in plain() if document["kind"] == "Namespace"]
    made.furnish([*namespaces, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}], crds())
    yield made
    server.close()
