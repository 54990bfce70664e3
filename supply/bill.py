"""One software bill of materials of all that is shipped: CycloneDX 1.6, which scanners read.

cyclonedx-py writes that of the Python packages; npm's and cargo's are put beside them in its form, out of their locks.
https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from supply.locked import ROOT, RUNS, Package

_PYTHON = (
    "-W", "ignore::UserWarning", "-m", "cyclonedx_py", "requirements",
    "--pyproject", "pyproject.toml", "--output-reproducible",
)  # fmt: skip


def of_python(root: Path = ROOT) -> dict[str, Any]:
    """The bill of what `requirements.lock` names."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "python.cdx.json"
        subprocess.run([sys.executable, *_PYTHON, "--output-file", str(file), RUNS], cwd=root, check=True)
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return found


def whole(python: dict[str, Any], packages: Iterable[Package], licences: Mapping[Package, str]) -> dict[str, Any]:
    """The bill with npm packages and crates that are shipped; all in order, so that the same locks give the same."""
    others = [one for one in packages if one.shipped and one.registry != "pypi"]
    components = [*python["components"], *(_component(one, licences.get(one, "")) for one in others)]
    return python | {"components": sorted(components, key=lambda one: one["purl"])}


def _component(one: Package, licence: str) -> dict[str, Any]:
    group, _, name = one.name.rpartition("/")
    made: dict[str, Any] = {
        "bom-ref": one.purl,
        "type": "library",
        **({"group": group} if group else {}),
        "name": name,
        "version": one.version,
        "purl": one.purl,
        "hashes": [{"alg": algorithm, "content": digest} for algorithm, digest in one.sums],
    }
    return made | ({"licenses": [{"expression": licence}]} if licence else {})
