"""The CRDs of Strimzi, made by its own generator from its own classes: both are on Maven Central.

https://github.com/strimzi/strimzi-kafka-operator/tree/main/crd-generator
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.kubernetes.golang import folder
from tests.servers.artifacts import alone, jars
from tests.servers.java import jdk
from tests.servers.missing import MissingError

VERSION = "1.2.0"
PINNED = "6479544a9f265c75e0265aebc1e38585ebb1be7e76b05cf115922646d781f045"
"""SHA-256 over the names and digests of its jars, and of those that they stand on."""
JAVA = 21
"""The oldest Java that it runs on."""
KINDS = {
    "kafka": "Kafka",
    "nodepool": "KafkaNodePool",
    "topic": "KafkaTopic",
    "user": "KafkaUser",
}
"""Those that a cluster with topics and users is made of, by their package."""


def crds() -> Sequence[Path]:
    """A file for each kind. Raises `MissingError` where Maven, a JDK or the jars are missing."""
    made = folder() / f"strimzi-{VERSION}"
    with alone(made):
        if not made.is_dir():
            _generate(made)
    return sorted(made.iterdir())


def _generate(into: Path) -> None:
    java = jdk(JAVA)
    classes = jars(
        f"strimzi-{VERSION}",
        [f"io.strimzi:crd-generator:{VERSION}", f"io.strimzi:api:{VERSION}"],
        PINNED,
    )
    with tempfile.TemporaryDirectory(dir=into.parent) as temporary:
        made = Path(temporary, "crds")
        made.mkdir()
        command = [
            *(str(java / "bin" / "java"), "-cp", f"{classes}/*", "io.strimzi.crdgenerator.CrdGenerator"),
            *("--target-kube", "1.30+", "--crd-api-version", "v1"),
            *(f"io.strimzi.api.kafka.model.{package}.{kind}={made / kind}.yaml" for package, kind in KINDS.items()),
        ]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, check=False)
        if done.returncode:
            raise MissingError(f"Strimzi's CRDs can't be generated: {done.stderr}")
        made.rename(into)
