"""The settings that say which alerts go where, and when nobody is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from detector.settings.hours import Hours, parse_hours
from detector.settings.kinds import Names, Section, Zone, contradiction


def _readable_hours(text: str) -> str:
    if text.strip():
        parse_hours(text)
    return text.strip()


def _known_time(text: str) -> str:
    if text.strip():
        moment_of(text)
    return text.strip()


def moment_of(text: str) -> int:
    """A time as RFC 3339 has it, in microseconds UTC. Raises `ValueError`."""
    wish = "should be a time with its zone, such as 2026-11-21T22:00:00Z"
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(wish) from None
    if moment.tzinfo is None:
        raise ValueError(wish)
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _somebody(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("should be one name or more")
    return names


def _patterns(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(r"-?[^\s,-][^\s,]*", name) for name in _somebody(names)):
        raise ValueError("should be namespaces or patterns such as team-*, with - before what is left out")
    return names


HourText = Annotated[str, AfterValidator(_readable_hours)]
TimeText = Annotated[str, AfterValidator(_known_time)]
Patterns = Annotated[Names, AfterValidator(_patterns)]
Somebody = Annotated[Names, AfterValidator(_somebody)]


class RouteSettings(Section):
    """What goes to which channels; of several routes that fit all hold."""

    channels: Somebody
    namespaces: Patterns = ("*",)
    """Names, or patterns with `*`; what begins with `-` is left out. The place of a Falco or Kubernetes event counts,
    too."""
    min_severity: Literal["warning", "minor", "major", "critical"] = "warning"
    hours: HourText = ""
    """`Mon-Fri 08:00-18:00, Sat 10:00-14:00`; empty for always."""
    zone: Zone = "UTC"


class MaintenanceSettings(Section):
    """A time in which nobody is told of some namespaces: once (`start` and `end`), or every week (`hours`)."""

    namespaces: Patterns = ("*",)
    start: TimeText = ""
    """RFC 3339, such as 2026-11-21T22:00:00Z."""
    end: TimeText = ""
    hours: HourText = ""
    zone: Zone = "UTC"
    note: str = ""

    @model_validator(mode="after")
    def _once_or_weekly(self) -> Self:
        named = f" ({self.note})" if self.note else ""
        if bool(self.start) != bool(self.end) or bool(self.hours) == bool(self.start):
            raise contradiction(
                f"An entry of alerts.maintenance{named} has to say either start and end, or hours; mend that one."
            )
        if self.start and moment_of(self.end) <= moment_of(self.start):
            raise contradiction(f"An entry of alerts.maintenance{named} ends before it starts; mend its times.")
        return self

    @property
    def weekly(self) -> Hours | None:
        """When, where it is every week."""
        return parse_hours(self.hours) if self.hours else None
