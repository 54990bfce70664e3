"""Which files are being read under which partition: found, known again after a restart, and let go of."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ingest.accounting import Tally
from ingest.discover import Found, problem_of, search
from ingest.feed import NEVER, Rules
from ingest.identity import generation, without_rotation
from ingest.roots import Roots
from ingest.source import Checkpoint, Problem
from ingest.tracked import TrackedFile

Key = tuple[int, int] | str

MOST_ENDED = 10_000
"""Partitions that are read no more, and whose ends are remembered: of pods that come and go there is no end."""
MOST_PROBLEMS = 1_000
"""Paths that are told of; of what a folder of any number of odd files holds nobody reads more."""
_RESTART = re.compile(r"(\d{1,9})\.log")


class Watch:
    """The files of a source. A partition is one log from its first line to its last, whatever its file is called."""

    def __init__(
        self,
        paths: Sequence[str],
        rules: Rules,
        tally: Tally,
        *,
        follow: bool,
        checkpoints: Mapping[str, Checkpoint],
        stdin: BinaryIO | None,
        chunk: int,
    ) -> None:
        self.problems: list[Problem] = []
        self.files: dict[Key, TrackedFile] = {}
        self.ended: dict[str, Checkpoint] = {}
        """Where the partitions ended that are read no more."""
        self._paths, self._rules, self._tally = paths, rules, tally
        self._roots = Roots(paths, rules.settings.link_folders)
        self._follow, self._stdin, self._chunk = follow, stdin, chunk
        self._known = dict(checkpoints)
        self._known_inodes: dict[str, list[str]] = {}
        for partition, checkpoint in checkpoints.items():
            self._known_inodes.setdefault(_inode(checkpoint.identity), []).append(partition)
        self._tracked: dict[str, TrackedFile] = {}
        """By partition."""
        self._told: set[str] = set()
        self._refused: set[Key] = set()
        self._missing: set[Key] = set()
        self._begun_anew: set[Key] = set()
        self._first = True

    def search(self, now: int) -> list[TrackedFile]:
        """Look for files; those that are to be read from now on. Never raises for a file: see `problems`."""
        result = search(self._paths, self._follow, self._roots)
        for problem in result.problems:
            self.complain(problem)
        found_files = result.files + (self._rotated_away(result.files) if self._first else [])
        seen = set()
        for found in found_files:
            key = _key(found)
            seen.add(key)
            if (file := self.files.get(key)) is not None:
                if not found.stream:
                    file.found, file.file.path = found, found.path
            elif key not in self._refused:
                self._track(found, now)
        self._missing = set(self.files) - seen
        if self._follow:
            self._refused &= seen  # the number of an inode is given again
        begun = [file for file in list(self.files.values()) if file.feed is None and self._look(file, now)]
        self._first = False
        return begun

    def is_gone(self, file: TrackedFile) -> bool:
        """Whether the last search didn't find it any more (it may be open still)."""
        return _key(file.found) in self._missing

    def forget(self, file: TrackedFile) -> None:
        """The file is read no more; where it ended is remembered, so that a copy of it isn't read again."""
        if file.partition and not file.found.stream:
            self.ended[file.partition] = self._known[file.partition] = file.checkpoint
            self._known_inodes.setdefault(_inode(file.identity), []).append(file.partition)
            while len(self.ended) > MOST_ENDED:
                self._forget_oldest()
        if self._tracked.get(file.partition) is file:
            del self._tracked[file.partition]
        file.file.release()
        if self.files.get(_key(file.found)) is file:
            del self.files[_key(file.found)]
        if not self._follow:
            self._refused.add(_key(file.found))

    def _forget_oldest(self) -> None:
        """Of all files that ended the one that did so first: a copy of it would be read as another log."""
        partition = next(iter(self.ended))
        inode = _inode(self.ended.pop(partition).identity)
        self._known.pop(partition, None)
        left = [one for one in self._known_inodes.get(inode, ()) if one != partition]
        if left:
            self._known_inodes[inode] = left
        else:
            self._known_inodes.pop(inode, None)

    def begin_anew(self, file: TrackedFile, now: int) -> None:
        """The file was truncated: what comes now is another log."""
        self.forget(file)
        self._begun_anew.add(_key(file.found))
        self._track(file.found, now)

    def complain(self, problem: Problem) -> None:
        """Note a problem, once a path; of too many no more."""
        if problem.path not in self._told and len(self._told) < MOST_PROBLEMS:
            self._told.add(problem.path)
            self.problems.append(Problem(printable(problem.path), problem.message))

    def close(self) -> None:
        """Let go of all files."""
        for file in self.files.values():
            file.file.release()
            if file.found.path != "-" and file.file.stream is not None:
                file.file.stream.close()
        self.files.clear()

    def _track(self, found: Found, now: int) -> None:
        try:
            stream = self._stream(found)
        except OSError as error:
            self.complain(problem_of(found.path, error))
            return
        file = TrackedFile(found, self._rules, self._tally, stream, self._chunk, self._roots)
        file.last_growth = now
        self.files[_key(found)] = file

    def _stream(self, found: Found) -> BinaryIO | None:
        if not found.stream:
            return None
        if found.path == "-":
            return self._stdin or sys.stdin.buffer
        return Path(found.path).open("rb", buffering=0)

    def _look(self, file: TrackedFile, now: int) -> bool:
        """Whether the file turned out to be one to read."""
        key = _key(file.found)
        try:
            if file.found.stream or file.measure():
                problem = file.look(final=not self._follow)
                if problem is None and file.feed is not None:
                    return self._assign(file, now)
            else:
                problem = None
        except OSError as error:
            gone = self._follow and isinstance(error, FileNotFoundError)
            problem = None if gone else problem_of(file.found.path, error)
        if problem is None and not self._follow:
            problem = file.damage()
        file.file.release()
        if problem is not None:
            self.complain(problem)
        if problem is not None or not self._follow:
            self._refused.add(key)
            del self.files[key]
        return False

    def _assign(self, file: TrackedFile, now: int) -> bool:
        """Give the file its partition, and go to where reading of it stopped; False where it is a copy of another."""
        key = _key(file.found)
        partition, checkpoint = self._partition(file)
        if partition in self._tracked:
            file.file.release()
            del self.files[key]
            if not self._follow:
                self._refused.add(key)
                self.complain(Problem(file.found.path, "begins as another file of this log does: it is read once."))
            return False
        appended_from = NEVER
        if self._follow:
            appended_from = file.size if self._first and not file.found.stream else 0
        file.begin(partition, checkpoint, appended_from, now)
        self._tracked[partition] = file
        self._begun_anew.discard(key)
        file.file.release()
        return True

    def _partition(self, file: TrackedFile) -> tuple[str, Checkpoint | None]:
        """The name of the file's partition, and where to read on in it."""
        name = file.name
        if file.found.stream:
            return "-" if file.found.path == "-" else name, None
        anew = _key(file.found) in self._begun_anew
        if not anew:
            for partition in reversed(self._known_inodes.get(_inode(file.identity), [])):
                known = self._known[partition]
                if file.same_beginning(known.identity) and _fits(file, known):
                    return partition, known
        generation, candidate = 1, name
        while True:
            before, other = self._known.get(candidate), self._tracked.get(candidate)
            if before is None and other is None:
                return candidate, None
            identity = other.identity if other is not None else before.identity if before is not None else ""
            if not anew and file.same_beginning(identity) and (other is not None or (before and _fits(file, before))):
                return candidate, before
            generation += 1
            candidate = f"{name}~{generation}"

    def _rotated_away(self, found: Sequence[Found]) -> list[Found]:
        """Files out of sight of the paths, beside where those stood that were read before: renamed or compressed since.

        And those that were begun and rotated away after them, while nobody looked, also by a container that was
        restarted since. What was rotated away before reading first began stays unread.
        """
        there = {(file.device, file.inode) for file in found}
        logs = {partition.rpartition("@")[0] for partition in self._known}
        files: list[Found] = []
        for log in sorted(logs | _restarts_since(logs, found)):
            generations = _generations(log)
            known = [index for index, file in enumerate(generations) if self._is_known(file)]
            # With none left of those that were read all are newer, because the oldest are removed first.
            newest = known[-1] if known else -1
            files += [
                file
                for index, file in enumerate(generations)
                if (index > newest or index in known) and (file.device, file.inode) not in there
            ]
        return files

    def _is_known(self, found: Found) -> bool:
        """Whether the file was read before, under this name or another, compressed or not."""
        file = TrackedFile(found, self._rules, Tally(), None, self._chunk, self._roots)
        try:
            if not file.measure() or file.look(final=True) is not None or file.feed is None:
                return False
            return self._partition(file)[1] is not None
        except OSError:
            return False
        finally:
            file.file.release()


def printable(path: str) -> str:
    """A path as it may be shown: whoever names a file may put line breaks and a terminal's commands into it."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in path)


def _restarts_since(logs: set[str], found: Sequence[Found]) -> set[str]:
    """The kubelet's `<restart>.log` after the newest that was read of a container, up to the one that was found now."""
    newest: dict[str, int] = {}
    for log in logs:
        folder, _, name = log.rpartition("/")
        if restart := _RESTART.fullmatch(name):
            newest[folder] = max(newest.get(folder, -1), int(restart[1]))
    since: set[str] = set()
    for file in found:
        folder, _, name = file.path.rpartition("/")
        if folder in newest and (restart := _RESTART.fullmatch(name)):
            new = range(newest[folder] + 1, int(restart[1]) + 1)
            names = {without_rotation(entry.name) for entry in _entries(folder)} if new else ()
            since |= {f"{folder}/{one}" for one in names if (it := _RESTART.fullmatch(one)) and int(it[1]) in new}
    return since


def _generations(log: str) -> list[Found]:
    """The files that a log was rotated into, in its folder, the oldest first and the one being written last."""
    folder, _, name = log.rpartition("/")
    files = []
    for entry in _entries(folder or "/"):
        with suppress(OSError):
            if without_rotation(entry.name) == name and entry.is_file(follow_symlinks=False):
                status = entry.stat()
                files.append(Found(entry.path, (entry.path,), status.st_dev, status.st_ino))
    return sorted(files, key=lambda file: generation(file.path.rpartition("/")[2]))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What a folder holds; nothing where it can't be read."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _fits(file: TrackedFile, known: Checkpoint) -> bool:
    """Whether the file is long enough to be what was read; of a compressed file that isn't known beforehand."""
    return file.file.compressed or known.resume_at <= file.size


def _inode(identity: str) -> str:
    """Device and inode in an identity."""
    return ":".join(identity.split(":", 2)[:2])


def _key(found: Found) -> Key:
    return found.path if found.stream else (found.device, found.inode)
