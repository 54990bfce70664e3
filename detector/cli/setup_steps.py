"""What all commands of `drainwatch setup` do with their steps: show them, ask, carry them out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import typer

from detector.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from detector.setup import Action


class AnyStep(Protocol):
    """Something that should be there, and what is to be done about it."""

    @property
    def action(self) -> Action:
        """What is to be done, or was."""

    @property
    def pending(self) -> bool:
        """Whether there is something to be done."""


Some = TypeVar("Some", bound=AnyStep)
Lines = Callable[[Some, bool], Iterable["Text"]]
"""What is said of a step before anything is done (False) or afterwards (True)."""


def carry_out(
    steps: Sequence[Some],
    lines_of: Lines[Some],
    apply: Callable[[Sequence[Some]], Iterable[Some]],
    *,
    dry_run: bool,
    yes: bool,
) -> Sequence[Some]:
    """Show the steps and, where that is agreed to, take them: as they are in the end.

    Raises as `agreed`; where the user declines the command ends with 1.
    """
    show(steps, lines_of, done=False)
    if not any(step.pending for step in steps) or dry_run:
        return steps
    if not agreed(yes):
        print("Nothing was changed.", file=sys.stderr)
        raise typer.Exit(1)
    taken = list(apply(steps))
    show([step for step in taken if went_wrong(step)], lines_of, done=True)
    return taken


def show(steps: Sequence[Some], lines_of: Lines[Some], done: bool) -> None:
    """A line a step, and below it what differs."""
    from detector.cli.output import console

    screen = console()
    for step in steps:
        for line in lines_of(step, done):
            screen.print(line, soft_wrap=True)


def mark_of(step: AnyStep) -> tuple[str, str]:
    """The character that its line begins with, and how the line looks."""
    from detector.setup import Action

    return {
        Action.CREATE: ("+", "green"),
        Action.CHANGE: ("~", "yellow"),
        Action.KEEP: ("=", "dim"),
        Action.SKIP: ("-", "cyan"),
        Action.FAIL: ("!", "bold red"),
    }[step.action]


def went_wrong(step: AnyStep) -> bool:
    """Whether it failed."""
    from detector.setup import Action

    return step.action is Action.FAIL


def counted(steps: Iterable[AnyStep], words: Mapping[Action, str]) -> list[str]:
    """How many steps there are of each kind, in the order of `words`: `3 created`."""
    count = Counter(step.action for step in steps)
    return [f"{count[action]} {word}" for action, word in words.items() if count[action]]


def agreed(yes: bool) -> bool:
    """Whether to go on: the user is asked, where there is one. Raises `UsageError` where there is none."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("Nothing was changed, for nobody could be asked.", "Say --yes to change it without asking.")
    return typer.confirm("Change it?")
