"""The files that the page is made of, under addresses that change with their content, so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from detector.errors import UsageError

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_HERE = Path(__file__).parent
_BUILT = _HERE / "dist"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    media_type: str

    @cached_property
    def compressed(self) -> bytes:
        """The content for clients that take gzip; made at the first one."""
        return gzip.compress(self.content, 9, mtime=0)


class Assets:
    """All files by name; modules import each other by relative names, so one digest in the folder's name covers all.

    Raises `UsageError` where the page wasn't built, as in a clone before `make`.
    """

    def __init__(self) -> None:
        if not (_BUILT / "page.css").exists():
            raise UsageError(
                "The page isn't built.", "In a clone: make page (needs Node or the network). A wheel brings it."
            )
        files = [*(_HERE / "static").iterdir(), *_BUILT.iterdir()]
        self.files = {
            path.name: Asset(path.read_bytes(), _TYPES[path.suffix]) for path in sorted(files) if path.suffix in _TYPES
        }
        digest = hashlib.blake2b(digest_size=8)
        for name, asset in self.files.items():
            digest.update(name.encode() + b"\0" + asset.content)
        self.digest = digest.hexdigest()

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"/static/{self.digest}/{name}"

    def chunks(self, page: str) -> list[str]:
        """What the module of a page imports, and what that imports: fetched at once instead of one after another."""
        found: list[str] = []
        waiting = [f"{page}.js"]
        while waiting:
            text = self.files[waiting.pop()].content.decode()
            new = [name for name in _IMPORTED.findall(text) if name in self.files and name not in found]
            found += new
            waiting += new
        return sorted(set(found))


_IMPORTED = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')
