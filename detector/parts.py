"""The parts that stand below the detector, made from its settings: a source of files, a template engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from detector.errors import SettingsError, SourceError
from detector.settings import Settings
from ingest.discover import NothingToRead
from ingest.files import FileSource
from ingest.settings import ReadSettings
from ingest.source import Checkpoint
from parsers.miner import DrainEngine
from parsers.settings import MiningSettings

_MICROSECOND = timedelta(microseconds=1)


def file_source(
    paths: Sequence[str],
    settings: Settings,
    *,
    follow: bool,
    clock: Callable[[], int],
    checkpoints: Mapping[str, Checkpoint] | None = None,
) -> FileSource:
    """Folders, globs, files and `-`; `clock` gives microseconds UTC. Raises `SourceError` where none can be read."""
    ingest = settings.ingest
    reading = ReadSettings(
        timezone=ingest.timezone,
        namespace=ingest.namespace,
        max_line_bytes=ingest.max_line_bytes,
        max_record_lines=ingest.max_record_lines,
        poll_interval=ingest.poll_interval // _MICROSECOND,
    )
    tolerance = settings.detection.lateness // _MICROSECOND
    try:
        return FileSource(paths, reading, follow=follow, clock=clock, checkpoints=checkpoints, tolerance=tolerance)
    except NothingToRead as nothing:
        raise SourceError(str(nothing)) from None


def template_engine(settings: Settings) -> DrainEngine:
    """Drain in Python. Raises `SettingsError` where a mask can't be used."""
    parsing = settings.parsing
    mining = MiningSettings(
        similarity=parsing.similarity,
        depth=parsing.depth,
        max_children=parsing.max_children,
        max_templates=parsing.max_templates,
        masks=parsing.masks,
    )
    try:
        return DrainEngine(mining)
    except ValueError as problem:
        raise SettingsError(f"parsing.masks: {problem}") from None
