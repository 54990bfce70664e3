"""Where somebody is sent once they have logged in: to the page that they asked for, and nowhere else."""

from __future__ import annotations

import re

HOME = "/"
LONGEST = 2_000
"""Characters."""
_OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]*")
"""One slash and no other: `//host` is another host, and `\\` is a slash to browsers (https://url.spec.whatwg.org)."""
_NO_PAGES = re.compile(r"/(login|auth|api|static|healthz|readyz|metrics)(?![^/?#])")


def own_path(wanted: str) -> str:
    """The path where it is one of our pages, else that of the first page: what nobody comes back to by accident."""
    if len(wanted) > LONGEST or not _OWN.fullmatch(wanted) or _NO_PAGES.match(wanted):
        return HOME
    return wanted
