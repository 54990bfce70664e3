"""The errors that drainwatch raises on purpose, each with a sentence that says what to do.

DrainwatchError
├── UsageError        what was asked for can't be done as it was asked (exit code 2)
│   ├── SettingsError   a setting is unknown or has a value that can't be
│   └── ForbiddenError  who asks lacks the right to it
├── SourceError       nothing of what should be read can be read
├── SpaceError        lines that wait can't be put aside on disk
├── ServerError       a server can't be reached, or refuses
├── BackupError       a backup can't be made, read or put back
└── StoreError        the store can't be opened, read or written
    ├── StoreVersionError  it was written by a newer drainwatch
    └── ScopeError         a part of it, or a namespace, is another worker's
"""

from __future__ import annotations

from ingest.errors import DrainwatchError as DrainwatchError
from ingest.errors import ServerError as ServerError


class UsageError(DrainwatchError):
    """What was asked for can't be done as it was asked."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown or has a value that can't be."""


class ForbiddenError(UsageError):
    """Who asks lacks the right to it."""


class SourceError(DrainwatchError):
    """Nothing of what should be read can be read."""

    exit_code = 2


class SpaceError(DrainwatchError):
    """Lines that wait can't be put aside on disk, or not be read back from there."""


class BackupError(DrainwatchError):
    """A backup can't be made, is damaged, or can't be put where it should go."""


class StoreError(DrainwatchError):
    """The store can't be opened, read or written."""


class StoreVersionError(StoreError):
    """The store was written by a newer drainwatch."""


class ScopeError(StoreError):
    """A scope of the store was taken over or released meanwhile, or a namespace belongs to another scope."""
