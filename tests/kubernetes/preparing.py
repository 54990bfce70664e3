"""All that the checks of manifests need, before the first of them: building it takes longer than a test may."""

from __future__ import annotations

from pathlib import Path

from tests.kubernetes import apiserver, schemas, tools
from tests.length import AT_LENGTH


def prepare() -> list[Path]:
    """Where the programs and the schemas are. Raises `MissingError` where something has to be installed first."""
    prepared = [schemas.schemas(), tools.kubeconform(), tools.kube_score(), tools.helm()]
    return [*prepared, apiserver.build()] if AT_LENGTH else prepared
