"""Which files are to be read: those of folders and all below, of globs, or named; each once, whatever leads to it."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.roots import LINKED, OUTSIDE, Roots, is_named
from ingest.source import Problem

_PASSED_OVER = (".tmp", ".swp", ".part", "~")
"""Ends of names that are being written by an editor or a packer."""


class NothingToRead(OSError):  # noqa: N818
    """None of the paths leads to anything that can be read; the message says why, path by path."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be read."""

    path: str
    """Where it really is, symbolic links resolved; `-` for standard input."""
    names: tuple[str, ...]
    """The paths that lead to it, this one last."""
    device: int = 0
    inode: int = 0
    stream: bool = False
    """Whether it is a pipe or a device, to be read once from where it stands."""
    named: bool = False
    """Whether somebody chose this one file, so that it may be anywhere."""


@dataclass(slots=True)
class Search:
    """What a search found."""

    files: list[Found]
    problems: list[Problem]


def search(paths: Sequence[str], follow: bool, roots: Roots | None = None) -> Search:
    """All files below the paths, by their real paths in order. Never raises for what it can't read: that is a problem.

    Links that lead out of the `roots` (those of the paths by default) aren't followed, but from a file that is named.

    In a folder hidden files, editors' and packers' temporary ones, and what is neither file nor link are passed over.
    With `follow` a folder or glob that is still empty is no problem.
    """
    problems: list[Problem] = []
    names: dict[tuple[int, int], list[str]] = {}
    streams: list[Found] = []
    chosen: set[tuple[int, int]] = set()
    links: dict[tuple[int, int], int] = {}
    roots = roots or Roots(paths)
    for path in paths:
        if path == "-":
            streams.append(Found("-", ("-",), stream=True))
            continue
        named = is_named(path)
        for name in _expand(path, follow, problems, roots):
            if not named and not roots.hold(os.path.realpath(name)):
                problems.append(Problem(name, OUTSIDE))
                continue
            try:
                status = os.stat(name)  # noqa: PTH116
            except OSError as error:
                problems.append(problem_of(name, error))
                continue
            key = status.st_dev, status.st_ino
            if stat.S_ISREG(status.st_mode):
                names.setdefault(key, []).append(name)
                links[key] = status.st_nlink
                chosen |= {key} if named else set()
            elif not named:
                problems.append(Problem(name, "is no file but a pipe or a device. Name it itself to read it."))
            elif stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode):
                streams.append(Found(name, (name,), stream=True))
            else:
                problems.append(Problem(name, "is neither a file nor a folder. Name a file that holds log lines."))
    linked = [key for key in names if key not in chosen and links[key] > len({*map(os.path.realpath, names[key])})]
    problems.extend(Problem(names.pop(key)[0], LINKED) for key in linked)
    files = [_found(key, leading, key in chosen) for key, leading in names.items()]
    return Search(sorted(files, key=lambda found: found.path) + streams, problems)


def _found(key: tuple[int, int], leading: list[str], named: bool) -> Found:
    """Links are followed one by one: the kubelet's names may stand anywhere on the way to the real file."""
    steps: list[str] = []
    for name in leading:
        here = name
        for _ in range(8):
            steps.append(here)
            try:
                here = str(Path(here).parent / os.readlink(here))  # noqa: PTH115
            except OSError:
                break
    real = os.path.realpath(leading[0])
    return Found(real, (*dict.fromkeys(steps), real), key[0], key[1], named=named)


def _expand(path: str, follow: bool, problems: list[Problem], roots: Roots) -> Iterator[str]:
    """The paths of files that one path stands for."""
    if Path(path).is_dir():
        found = 0
        for name in _walk(path, problems, roots):
            found += 1
            yield name
        if not found and not follow:
            problems.append(Problem(path, "has no files in it. Name a folder that holds log files."))
    elif glob.has_magic(path) and not os.path.lexists(path):
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207
        if not matches and not follow:
            problems.append(Problem(path, "matches no file. Check the pattern, and quote it from the shell."))
        for match in matches:
            yield from _walk(match, problems, roots) if Path(match).is_dir() else (match,)
    else:
        yield path


def _walk(folder: str, problems: list[Problem], roots: Roots) -> Iterator[str]:
    """Files below a folder; links to folders are followed where they may lead, but no folder is entered twice."""
    seen: set[tuple[int, int]] = set()

    def complain(error: OSError) -> None:
        problems.append(problem_of(str(error.filename), error))

    for here, folders, files in os.walk(folder, onerror=complain, followlinks=True):
        try:
            status = os.stat(here)  # noqa: PTH116
        except OSError:
            folders.clear()
            continue
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        if not roots.hold(os.path.realpath(here)):
            problems.append(Problem(here, OUTSIDE))
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(here, name)  # noqa: PTH118
            if not name.startswith(".") and not name.endswith(_PASSED_OVER) and not _is_special(path):
                yield path


def _is_special(path: str) -> bool:
    """Whether it is a pipe, socket or device; those are read only where they are named."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        return False
    return not stat.S_ISREG(mode)


def problem_of(path: str, error: OSError) -> Problem:
    """An error of the operating system as a problem with advice."""
    if isinstance(error, FileNotFoundError):
        if os.path.islink(path):  # noqa: PTH114
            return Problem(path, "is a link to a file that isn't there. Read on the node, or name the target's folder.")
        return Problem(path, "doesn't exist. Check the path.")
    if isinstance(error, PermissionError) and error.strerror == OUTSIDE:
        return Problem(path, OUTSIDE)
    if isinstance(error, PermissionError):
        return Problem(path, "may not be read by this user. Run as one that may (logs of pods often need root).")
    return Problem(path, f"can't be read: {error.strerror or error}. Check the disk and the path.")
