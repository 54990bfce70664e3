"""`drainwatch evaluate search`: try settings at random on planted faults, and say which did best."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from detector.cli.evaluate_chaos import (
    DaysOption,
    FirstSeedOption,
    JobsOption,
    PathsArgument,
    SpaceOption,
    chosen_kinds,
    read_world,
    single_threaded,
)
from detector.cli.options import ConfigOption, TimezoneOption, settings_of

TrialsOption = Annotated[int, typer.Option("--trials", metavar="COUNT", min=1, help="Choices, these settings first.")]
SeedsOption = Annotated[int, typer.Option("--seeds", metavar="COUNT", min=1, help="Series of days for each choice.")]
LimitOption = Annotated[
    float, typer.Option("--false-a-day", metavar="COUNT", min=0, help="False incidents a day that cost nothing.")
]
AllKindsOption = Annotated[
    bool, typer.Option("--with-held-out", help="Also the kinds that are held out: nothing is left to judge by then.")
]


def search(
    paths: PathsArgument,
    namespace: SpaceOption = None,
    trials: TrialsOption = 20,
    seeds: SeedsOption = 3,
    first_seed: FirstSeedOption = 0,
    days: DaysOption = 2,
    false_a_day: LimitOption = 1.0,
    with_held_out: AllKindsOption = False,
    jobs: JobsOption = None,
    timezone: TimezoneOption = None,
    config: ConfigOption = None,
) -> None:
    """Try settings at random on planted faults, and print the best as a part of a settings file.

    The objective is the share of faults found, less a tenth for each false incident a day above --false-a-day. Measure
    the best on other seeds before you believe it: `drainwatch evaluate chaos --config FILE`.
    """
    from rich.table import Table

    from detector.cli.chaos_tables import share
    from detector.cli.output import console
    from detector.cli.progress import CountingBar
    from detector.evaluate.chaos import Experiment
    from detector.evaluate.plan import Options
    from detector.evaluate.search import SEARCHED, Attempt, shown, snippet
    from detector.evaluate.search import search as search_in

    settings = settings_of(config, os.environ, ingest__timezone=timezone)
    faults, harmless = chosen_kinds(None, None, held_out=with_held_out)
    experiment = Experiment(settings.detection, Options(days=days, kinds=faults, harmless_kinds=harmless))
    world = read_world(paths, settings, namespace)
    single_threaded()
    attempts: list[Attempt] = []
    with CountingBar("Trying settings", trials) as bar:

        def on_attempt(attempt: Attempt) -> None:
            attempts.append(attempt)
            bar.advance()

        tried = range(first_seed, first_seed + seeds)
        best = search_in(world, experiment, tried, trials, false_a_day, jobs or os.cpu_count() or 1, on_attempt)
    table = Table(title="Settings by objective", title_justify="left", title_style="bold")
    for column in ("objective", "found", "false a day", *SEARCHED):
        table.add_column(column, justify="right")
    for attempt in sorted(attempts, key=lambda one: -one.objective):
        card = attempt.card
        cells = [f"{attempt.objective:.3f}", share(card.found.value), f"{card.false_a_day.value:.2f}"]
        table.add_row(*cells, *(shown(value).strip('"') for value in attempt.values.values()))
    screen = console()
    screen.print(table)
    sys.stdout.write(f"\n{snippet(best.values)}\n")
