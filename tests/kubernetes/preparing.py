"""All that the checks of manifests need, before the first of them: building it takes longer than a test may."""

from __future__ import annotations

from pathlib import Path

from tests.kubernetes import schemas, tools


def prepare() -> list[Path]:
    """Where the programs and the schemas are. Raises `MissingError` where something has to be installed first."""
    return [schemas.schemas(), tools.kubeconform(), tools.kube_score(), tools.helm()]
