"""Where files may lie that are read: a link out of there may have been planted by whoever writes logs.

The service may read what a pod may not, `/etc/shadow` of the node among it. So a link is followed only to where logs
are kept: below what was named, and in the folders of the kubelet and of Docker. What was opened is asked where it
really is, so that nothing is gained by changing a link between two looks.
"""

from __future__ import annotations

import errno
import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

NODE = ("/var/log/pods", "/var/log/containers", "/var/lib/docker/containers")
"""Where the kubelet's links lead: pkg/kubelet/kuberuntime/legacy.go."""
OUTSIDE = "leads out of the folders with logs. If it is meant, name where it leads in ingest.link_folders."
LINKED = "has another name elsewhere (a hard link), so it may be no log of its folder. Name the file itself to read it."


class Roots:
    """The folders that may be read, with their own links resolved when it is asked."""

    def __init__(self, paths: Iterable[str], more: Sequence[str] = ()) -> None:
        named = [_folder(path) for path in paths if path != "-"]
        # As the kubelet has them, wherever a node's folders are mounted.
        beside = [str(Path(one).parent / "pods") for one in named if Path(one).name == "containers"]
        self._folders = (*dict.fromkeys((*named, *beside, *NODE, *more)),)

    def hold(self, real: str) -> bool:
        """Whether a path without links in it lies in one of them."""
        return any(
            real == folder or real.startswith(folder.rstrip("/") + "/")
            for folder in map(os.path.realpath, self._folders)
        )

    def check_opened(self, descriptor: int, path: str) -> None:
        """Raises `PermissionError` where an open file isn't in one of them."""
        try:
            real = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
        except OSError:  # no Linux
            real = os.path.realpath(path)
        if not self.hold(real.removesuffix(" (deleted)")):
            raise PermissionError(errno.EACCES, OUTSIDE, path)


def is_named(path: str) -> bool:
    """Whether a path is one file that somebody chose, wherever it leads; but for the names that the kubelet gives."""
    if glob.has_magic(path) and not os.path.lexists(path):
        return False
    return not Path(path).is_dir() and not any(Path(path).is_relative_to(one) for one in NODE)


def _folder(path: str) -> str:
    """The folder that a path stands for: itself, or the one that a pattern begins in, or a file is in."""
    here = Path(path)
    if glob.has_magic(path) and not os.path.lexists(path):
        while glob.has_magic(str(here)):
            here = here.parent
        return str(here.absolute())
    return str((here if here.is_dir() else here.parent).absolute())
