"""`drainwatch alert test`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import ConfigOption, settings_of
from detector.errors import DrainwatchError, UsageError

if TYPE_CHECKING:
    from detector.alerts.notice import Notice
    from detector.settings import Settings


class What(StrEnum):
    """What a test message says of its alert."""

    TEST = "test"
    OPENED = "opened"
    WORSENED = "worsened"
    RESOLVED = "resolved"


ChannelsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="CHANNEL...", help="Names, as the settings have them.", show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="All channels of the settings.")]
EventOption = Annotated[
    What, typer.Option("--event", help="What it says: `resolved` ends what an earlier test has opened.")
]


def send_test(
    channels: ChannelsArgument = None,
    every: AllOption = False,
    event: EventOption = What.TEST,
    config: ConfigOption = None,
) -> None:
    """Send a message that says that it is a test, and print what came back; exit code 1 where one didn't arrive."""
    from detector.alert import Event
    from detector.alerts.rehearsal import rehearsal

    settings = settings_of(config, os.environ)
    names = _chosen(channels or [], every, list(settings.alerts.channels))
    moment = datetime.fromtimestamp(now() / 1e6, UTC)
    notice = rehearsal(Event(event.value), moment, page=settings.alerts.page)
    width = max(map(len, names))
    arrived = [_sent(name, width, settings, notice, moment) for name in names]
    if not all(arrived):
        raise typer.Exit(1)


def _chosen(named: Sequence[str], every: bool, there: list[str]) -> list[str]:
    if not there:
        raise UsageError("There are no channels.", "Set one up: docs/channels.md has an example of each.")
    known = f"There {'is' if len(there) == 1 else 'are'} {', '.join(there)}."
    if every and named:
        raise UsageError("--all goes without names.", "Leave one of them out.")
    if not every and not named:
        raise UsageError("Say which channel, or --all.", known)
    for name in named:
        if name not in there:
            raise UsageError(f"There is no channel {name}.", known)
    return there if every else list(dict.fromkeys(named))


def _sent(name: str, width: int, settings: Settings, notice: Notice, moment: datetime) -> bool:
    """Send it through one channel, print what came of it, and say whether it arrived."""
    from detector.cli.output import harmless
    from detector.wiring import open_channels

    kind = settings.alerts.channels[name].type
    label, begun = f"{name:<{width}}  {kind:<12}  ", time.monotonic()
    try:
        (channel,) = open_channels(settings, only=name)
        with closing(channel):
            answer = channel.send(notice, moment)
    except DrainwatchError as error:
        typer.echo(f"{label}FAILED  {harmless(str(error))}")
        return False
    typer.echo(f"{label}sent in {time.monotonic() - begun:.1f} s  {harmless(answer)}")
    if kind == "pagerduty" and notice.event.value != What.RESOLVED:
        typer.echo(f"{' ' * len(label)}It has opened an incident: --event resolved ends it.")
    return True
