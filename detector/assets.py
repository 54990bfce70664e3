"""Finds the files that travel beside the code: index templates, policies, roles, dashboards.

In a checkout they lie in folders of their own, in an install under `share/drainwatch`.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

from detector.errors import DrainwatchError


def asset_folder(name: str) -> Path:
    """The folder of that name (`ilm`). Raises `DrainwatchError` where the install lacks it."""
    places = (Path(__file__).parents[1] / name, Path(sysconfig.get_path("data")) / "share" / "drainwatch" / name)
    for place in places:
        if place.is_dir():
            return place
    raise DrainwatchError(f"The files of {name}/ are not installed.", "Install drainwatch anew, from its wheel.")
