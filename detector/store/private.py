"""Folders and files that nobody but their owner may look into: they hold lines of logs."""

from __future__ import annotations

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """A folder and those above it, where they aren't there; what is there stays as it is. Raises `OSError`."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(0o700, exist_ok=True)


def make_file(file: Path) -> None:
    """An empty file where there is none; what is there stays as it is. Raises `OSError`."""
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
