"""The files that the page is made of, under addresses that change with their content, so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    media_type: str

    @cached_property
    def compressed(self) -> bytes:
        """The content for clients that take gzip; made at the first one."""
        return gzip.compress(self.content, 6, mtime=0)


def plotly_path() -> Path:
    """Where the installed `plotly` package keeps Plotly.js; found without importing the package, which is slow."""
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The Python package plotly is missing: install drainwatch again.")
    return Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"


class Assets:
    """All files by name; modules import each other by relative names, so one digest in the folder's name covers all."""

    def __init__(self) -> None:
        self.files = {
            path.name: Asset(path.read_bytes(), _TYPES[path.suffix])
            for path in sorted(_STATIC.iterdir())
            if path.suffix in _TYPES
        }
        self.files["plotly.js"] = Asset(plotly_path().read_bytes(), _TYPES[".js"])
        digest = hashlib.blake2b(digest_size=8)
        for name, asset in self.files.items():
            digest.update(name.encode() + b"\0" + asset.content)
        self.digest = digest.hexdigest()

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"/static/{self.digest}/{name}"

    @cached_property
    def plotly_style_ids(self) -> list[str]:
        """Ids of the style elements that Plotly.js would add by itself.

        It adds none where an element of that id is there already. The page puts empty ones there and brings the few
        rules that its charts need in its own style sheet; so no inline style has to be allowed.
        """
        script = self.files["plotly.js"].content.decode("utf-8", "replace")
        maps = re.findall(r'document\.getElementById\("([0-9a-f]{64})"\)', script)
        return ["plotly.js-style-global", *sorted(set(maps))]
