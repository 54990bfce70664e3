"""Charts, rendered and linted by helm itself.

https://helm.sh/docs/helm/helm_template/ https://helm.sh/docs/helm/helm_lint/
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.kubernetes import tools
from tests.kubernetes.golang import folder
from tests.kubernetes.manifests import Document, one, parse
from tests.servers.missing import MissingError, skip

__all__ = ["RefusedError", "lint", "notes", "render"]


_NOTES = "Notes"


class RefusedError(Exception):
    """Helm doesn't take a chart with these values, and says why."""


def render(
    chart: Path,
    *values: Path,
    name: str = "drainwatch",
    namespace: str = "logging",
    settings: Mapping[str, Any] | None = None,
    api_versions: Sequence[str] = (),
    kube_version: str = tools.KUBERNETES,
) -> list[Document]:
    """What the release would be made of, hooks and tests of the chart included.

    `values` are files, `settings` more values that win over them; `api_versions` are what templates find in
    `.Capabilities.APIVersions` beside Kubernetes' own (`monitoring.coreos.com/v1`). Raises `RefusedError`.
    """
    arguments = ["template", name, str(chart), "--namespace", namespace, "--kube-version", kube_version]
    for version in api_versions:
        arguments += ["--api-versions", version]
    return parse(_helm(arguments, values, settings))


def lint(chart: Path, *values: Path, settings: Mapping[str, Any] | None = None) -> None:
    """Raises `RefusedError` with all that helm finds fault with, be it only a warning."""
    _helm(["lint", str(chart), "--strict", "--kube-version", tools.KUBERNETES], values, settings)


def notes(
    chart: Path,
    *values: Path,
    name: str = "drainwatch",
    namespace: str = "logging",
    settings: Mapping[str, Any] | None = None,
) -> str:
    """What people read after they installed it. Raises `RefusedError`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, chart.name)
        shutil.copytree(chart, copy)
        text = (copy / "templates" / "NOTES.txt").read_text("utf-8")
        # Helm shows notes only after it asked a cluster, so they are made a manifest.
        defined = f'{{{{ define "notes of the test" }}}}{text}{{{{ end }}}}\n'
        wrapped = f'{defined}kind: {_NOTES}\ntext: {{{{ include "notes of the test" . | toJson }}}}\n'
        (copy / "templates" / "notes.yaml").write_text(wrapped, "utf-8")
        found = one(render(copy, *values, name=name, namespace=namespace, settings=settings), _NOTES)
    return str(found["text"])


def _helm(arguments: Sequence[str], values: Sequence[Path], settings: Mapping[str, Any] | None) -> str:
    try:
        program = tools.helm()
    except MissingError as missing:
        skip(str(missing))
    more = [word for path in values for word in ("--values", str(path))]
    if settings:
        more += ["--values", "-"]
    done = subprocess.run(
        [program, *arguments, *more],
        env=_environ(),
        input=yaml.safe_dump(dict(settings or {})),  # not JSON: YAML knows no surrogates and takes no DEL
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RefusedError(f"{done.stdout if arguments[0] == 'lint' else ''}{done.stderr}".strip())
    return done.stdout


def _environ() -> dict[str, str]:
    """Nothing of the person who runs the tests: no plugins, no repositories, no cluster."""
    home = folder() / "helm-home"
    ours = {f"HELM_{what}_HOME": str(home / what.lower()) for what in ("CACHE", "CONFIG", "DATA")}
    others = {key: value for key, value in os.environ.items() if not key.startswith(("HELM_", "KUBE"))}
    return others | ours | {"KUBECONFIG": str(home / "none")}
