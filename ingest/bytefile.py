"""Bytes of a file, gzipped or not, which can be let go of and taken up again wherever rotation has put it."""

from __future__ import annotations

import os
import select
import zlib
from types import ModuleType
from typing import BinaryIO

from ingest.roots import Roots

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None

CHUNK = 524_288
"""Bytes read at once, at most."""
_MAX_OPEN = 256
"""Files held open at once, at most; more files than that are opened by turns."""
_GZIP = b"\x1f\x8b"
_STEP = 64


class ByteFile:
    """A file's bytes, decompressed where it is gzipped (whatever its name); it can be let go of and taken up again."""

    def __init__(
        self,
        path: str,
        stream: BinaryIO | None = None,
        identity: tuple[int, int] | None = None,
        roots: Roots | None = None,
    ) -> None:
        """`identity` is the file's device and inode: it is followed when it is renamed within its folder.

        `roots` are where it has to be, also when it was opened; None: anywhere.
        """
        self._roots = roots
        self.path = path
        self.damage = ""
        """What was found wrong with the compressed data."""
        self.stream = stream
        self.raw = 0
        """Bytes read of the file as it is stored."""
        self._descriptor: int | None = None
        self._identity = identity
        self._gzip: zlib._Decompress | None = None
        self._feed = b""
        self._started = False
        self.compressed = False
        """Whether the file is gzipped, known once something was read."""

    @property
    def opened(self) -> bool:
        """Whether a file descriptor is in use."""
        return self._descriptor is not None

    @property
    def cut_short(self) -> bool:
        """Whether the compressed data ends before its end."""
        return self._gzip is not None and not self._gzip.eof and not self.damage

    def stat(self) -> os.stat_result:
        """Of the open file, be it renamed or deleted meanwhile. Raises OSError."""
        return os.fstat(self._open())

    def read(self, size: int) -> bytes | None:
        """Up to `size` bytes (two or more); empty at the end, None where a stream has none just now. Raises OSError."""
        if not self._started:
            first = self._beginning(size)
            if not first:
                return first
            self._started = True
            if first.startswith(_GZIP):
                self.compressed = True
                self._gzip = zlib.decompressobj(wbits=31)
                self._feed = first
            else:
                return first
        return self._raw(size) if self._gzip is None else self._inflate(size)

    def _beginning(self, size: int) -> bytes | None:
        """The first bytes, which tell whether the file is gzipped; a pipe may hand over the first one alone."""
        more = self._raw(size)
        first, self._feed = self._feed + (more or b""), b""
        if first == _GZIP[:1] and more != b"":
            self._feed = first
            return None if more is None else self._beginning(size - 1)
        return first or more

    def read_behind(self, carry: bytes, size: int) -> bytes | None:
        """`carry`, which was read last, and what follows it, in one piece; about `size` bytes, and more than `carry`.

        Empty at the end, None where a stream has nothing just now. Raises OSError. Few bytes are rather read again than
        put before many, which would be copied.
        """
        if self._started and self._gzip is None and self.stream is None and 0 < len(carry) <= size // 2:
            both = os.pread(self._open(), size, self.raw - len(carry))
            if both.startswith(carry):  # else it was written anew meanwhile
                self.raw += len(both) - len(carry)
                return both if len(both) > len(carry) else b""
        more = self.read(size)
        return carry + more if carry and more else more

    def rewind(self, offset: int = 0) -> None:
        """Go to a place in the (decompressed) data. Raises OSError; streams can't."""
        if not self.compressed:
            self.raw, self._started = offset, offset > 0
            return
        self.raw, self._started, self._gzip, self._feed, self.damage = 0, False, None, b"", ""
        while offset > 0 and (skipped := self.read(min(offset, CHUNK))):
            offset -= len(skipped)

    def read_at(self, offset: int, size: int) -> bytes:
        """Bytes at a place of a file that isn't compressed, without moving on. Raises OSError."""
        return os.pread(self._open(), size, offset)

    def release(self) -> None:
        """Let go of the file descriptor; the next read takes the file up where it was."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            try:
                self._descriptor = self._open_path()
            except FileNotFoundError:
                if not self.look_beside():
                    raise
                self._descriptor = self._open_path()
        return self._descriptor

    def _open_path(self) -> int:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        found = os.fstat(descriptor)
        if self._identity not in (None, (found.st_dev, found.st_ino)):
            os.close(descriptor)
            raise FileNotFoundError(2, "replaced by another file", self.path)
        if self._roots is not None:
            try:
                self._roots.check_opened(descriptor, self.path)
            except OSError:
                os.close(descriptor)
                raise
        self._identity = (found.st_dev, found.st_ino)
        return descriptor

    def look_beside(self) -> bool:
        """Whether the file is in its folder under another name, which is its path from then on.

        Rotation may come between any two looks at a path.
        """
        if self._identity is None:
            return False
        device, inode = self._identity
        try:
            with os.scandir(os.path.dirname(self.path) or ".") as entries:  # noqa: PTH120
                for entry in entries:
                    if entry.inode() == inode and entry.stat(follow_symlinks=False).st_dev == device:
                        self.path = entry.path
                        return True
        except OSError:
            pass
        return False

    def _raw(self, size: int) -> bytes | None:
        if self.stream is not None:
            return self._raw_stream(self.stream, size)
        data = os.pread(self._open(), size, self.raw)
        self.raw += len(data)
        return data

    def _raw_stream(self, stream: BinaryIO, size: int) -> bytes | None:
        try:
            descriptor = stream.fileno()
        except OSError:  # an in-memory stream
            data = stream.read(size)
        else:
            ready, _, _ = select.select([descriptor], [], [], 0.1)
            if not ready:
                return None
            data = os.read(descriptor, size)
        self.raw += len(data)
        return data

    def _inflate(self, size: int) -> bytes | None:
        while not self.damage:
            if not self._feed:
                more = self._raw(CHUNK // 4)
                if not more:
                    return more if more is None else self._rest(size)
                self._feed = more
            assert self._gzip is not None
            if self._gzip.eof:  # another member follows
                if not (feed := self._feed.lstrip(b"\0")):
                    self._feed = b""
                    continue
                self._gzip, self._feed = zlib.decompressobj(wbits=31), feed
            before = self._gzip.copy()
            try:
                data = self._gzip.decompress(self._feed, size)
            except zlib.error:
                self.damage = "its compressed data is damaged"
                return _until_damage(before, self._feed, size)
            self._feed = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail
            if data:
                return data
        return b""

    def _rest(self, size: int) -> bytes:
        """What the last bytes of data that was cut short still give, for which there was no room before."""
        assert self._gzip is not None
        if self._gzip.eof:
            return b""
        try:
            return self._gzip.decompress(b"", size)
        except zlib.error:
            self.damage = "its compressed data is damaged"
            return b""


def _until_damage(gzip: zlib._Decompress, feed: bytes, size: int) -> bytes:
    """What data gives before the place where it is damaged; an error takes along all that its call had made."""
    found = bytearray()
    try:
        for at in range(0, len(feed), _STEP):
            rest, piece = feed[at : at + _STEP], b""
            while len(found) < size and (rest or piece):
                piece = gzip.decompress(rest, 1)
                found += piece
                rest = gzip.unconsumed_tail
    except zlib.error:
        pass
    return bytes(found)


def open_at_once() -> int:
    """How many files may be held open: half of what the system allows this process, as others need some, too.

    That is 256 on macOS, as it comes.
    """
    if resource is None:
        return _MAX_OPEN
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MAX_OPEN if limit == resource.RLIM_INFINITY else max(1, min(_MAX_OPEN, limit // 2))
