"""Builds the parts from the settings: the one place that knows which source and which engine there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from detector.errors import SettingsError, SourceError
from detector.settings import Settings, micros
from ingest.discover import NothingToRead
from ingest.files import FileSource
from ingest.settings import ReadSettings
from ingest.source import Checkpoint
from parsers.miner import DrainEngine
from parsers.settings import MiningSettings


def open_source(
    paths: Sequence[str],
    settings: Settings,
    *,
    follow: bool,
    clock: Callable[[], int],
    checkpoints: Mapping[str, Checkpoint] | None = None,
) -> FileSource:
    """Files, folders and globs, or `-` for standard input; `clock` gives microseconds UTC.

    Raises `SourceError` where nothing can be read.
    """
    section = settings.ingest
    try:
        return FileSource(
            paths,
            ReadSettings(
                timezone=section.timezone,
                namespace=section.namespace,
                max_line_bytes=section.max_line_bytes,
                max_record_lines=section.max_record_lines,
                poll_interval=micros(section.poll_interval),
            ),
            follow=follow,
            clock=clock,
            checkpoints=checkpoints or {},
            tolerance=micros(settings.detection.lateness),
        )
    except NothingToRead as error:
        raise SourceError(str(error)) from error
    except ValueError as error:
        raise SettingsError(str(error)) from error


def open_engine(settings: Settings) -> DrainEngine:
    """The template engine. Raises `SettingsError` for a mask that can't be used."""
    section = settings.parsing
    try:
        return DrainEngine(
            MiningSettings(
                similarity=section.similarity,
                depth=section.depth,
                max_children=section.max_children,
                max_templates=section.max_templates,
                masks=section.masks,
            )
        )
    except ValueError as error:
        raise SettingsError(str(error)) from error
