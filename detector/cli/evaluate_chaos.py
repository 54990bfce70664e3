"""`drainwatch evaluate chaos`: faults and harmless changes planted in real logs, and what detection makes of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import ConfigOption, TimezoneOption, WindowOption, settings_of
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.evaluate.chaos import Experiment
    from detector.evaluate.trial import Trial
    from detector.evaluate.world import World
    from detector.settings import Settings

PathsArgument = Annotated[
    list[str], typer.Argument(metavar="PATH", help="Folders, files or globs in quotes with real logs, .gz too.")
]
SpaceOption = Annotated[
    str | None,
    typer.Option("--namespace", "-n", metavar="NAME", help="Whose logs to mix.", show_default="that with most lines"),
]
SeedsOption = Annotated[int, typer.Option("--seeds", metavar="COUNT", min=1, help="How many series of days.")]
FirstSeedOption = Annotated[
    int,
    typer.Option(
        "--first-seed", metavar="SEED", min=0, help="The first of them; whoever tunes stays below 1000."
    ),
]  # fmt: skip
DaysOption = Annotated[int, typer.Option("--days", metavar="COUNT", min=1, help="Tested days a seed.")]
TrainDaysOption = Annotated[
    int, typer.Option("--train-days", metavar="COUNT", min=1, help="Days that are learned from before.")
]
FaultsOption = Annotated[int, typer.Option("--faults", metavar="COUNT", min=0, help="Faults a tested day.")]
HarmlessOption = Annotated[
    int, typer.Option("--harmless", metavar="COUNT", min=0, help="Harmless events a tested day.")
]
ContaminationOption = Annotated[
    int, typer.Option("--contamination", metavar="COUNT", min=0, help="Faults hidden in each day that is learned from.")
]
TracesOption = Annotated[
    float | None,
    typer.Option(
        "--traces", metavar="COUNT", min=0.1, help="Mean traces a minute of a weekday.",
        show_default="so that its peak is as busy as the logs",
    ),
]  # fmt: skip
KindsOption = Annotated[
    list[str] | None, typer.Option("--kinds", metavar="KIND", help="Only these, with commas; may be given again.")
]
ExceptOption = Annotated[
    list[str] | None, typer.Option("--except-kinds", metavar="KIND", help="All but these, with commas.")
]
HeldOutOption = Annotated[
    bool, typer.Option("--except-held-out", help="Without the kinds that nothing may be tuned on.")
]
CompareOption = Annotated[bool, typer.Option("--compare", help="Other detectors on the same days, too.")]
FoldsOption = Annotated[
    int,
    typer.Option("--folds", metavar="COUNT", min=1, help="Also cross-validate in so many parts of the tested days."),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", metavar="COUNT", min=1, help="Processes.", show_default="one a core")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write all figures; - is standard output.")
]
ReportOption = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write a page with pictures.")]
GateOption = Annotated[
    Path | None, typer.Option("--gate", metavar="FILE", help="Limits; where one isn't kept the exit code is 1.")
]


def chaos(
    paths: PathsArgument,
    namespace: SpaceOption = None,
    seeds: SeedsOption = 10,
    first_seed: FirstSeedOption = 1_000,
    days: DaysOption = 2,
    train_days: TrainDaysOption = 3,
    faults: FaultsOption = 11,
    harmless: HarmlessOption = 7,
    contamination: ContaminationOption = 2,
    traces: TracesOption = None,
    kinds: KindsOption = None,
    except_kinds: ExceptOption = None,
    except_held_out: HeldOutOption = False,
    compare: CompareOption = False,
    folds: FoldsOption = 1,
    jobs: JobsOption = None,
    json: JsonOption = None,
    report: ReportOption = None,
    gate: GateOption = None,
    window: WindowOption = None,
    timezone: TimezoneOption = None,
    config: ConfigOption = None,
) -> None:
    """Mix days from whole traces of real logs, plant faults and harmless changes in them, and measure what is found.

    The same seed gives the same figures. The exit code is 0 whatever they are, unless a --gate isn't kept.
    """
    from detector.evaluate.chaos import Experiment
    from detector.evaluate.goals import read_gate
    from detector.evaluate.plan import Options
    from detector.evaluate.rivals import RIVALS

    limits = read_gate(gate) if gate else {}
    settings = settings_of(config, os.environ, detection__window=window, ingest__timezone=timezone)
    fault_kinds, harmless_kinds = chosen_kinds(kinds, except_kinds, held_out=not except_held_out)
    options = Options(
        train_days, days, faults, harmless, contamination, traces, fault_kinds, harmless_kinds
    )  # fmt: skip
    experiment = Experiment(settings.detection, options, tuple(RIVALS) if compare else (), folds)
    _writable(json, report)
    world = read_world(paths, settings, namespace)
    trials = tried(world, experiment, range(first_seed, first_seed + seeds), jobs)
    tell(world, experiment, trials, json, report, limits)


def chosen_kinds(
    only: list[str] | None, without: list[str] | None, *, held_out: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of faults and of harmless events that are planted. Raises `UsageError` for a kind that there isn't.

    With `only` naming kinds of faults alone, all harmless ones stay, and the other way round.
    """
    from detector.evaluate.faults import FAULTS, HELD_OUT_KINDS
    from detector.evaluate.harmless import HARMLESS, HELD_OUT_HARMLESS

    wanted, unwanted = _split(only), _split(without)
    for name in (*wanted, *unwanted):
        if name not in FAULTS and name not in HARMLESS:
            raise UsageError(f"There is no kind {name}.", f"There are {', '.join((*FAULTS, *HARMLESS))}.")
    unwanted |= set() if held_out else {*HELD_OUT_KINDS, *HELD_OUT_HARMLESS}

    def chosen(kinds: list[str]) -> tuple[str, ...]:
        named = [kind for kind in kinds if kind in wanted] or kinds
        return tuple(kind for kind in named if kind not in unwanted)

    return chosen(list(FAULTS)), chosen(list(HARMLESS))


def read_world(paths: list[str], settings: Settings, namespace: str | None) -> World:
    """Read the background with a progress bar."""
    from detector.cli.progress import ReadingBar
    from detector.evaluate.background import read_background
    from detector.evaluate.world import World
    from detector.wiring import open_engine, open_files

    engine = open_engine(settings)
    source = open_files(paths, settings, follow=False, clock=now)
    with ReadingBar("Reading") as bar:
        background = read_background(source, engine, namespace, bar.update)
    for problem in source.problems:
        print(f"{problem.path} {problem.message}", file=sys.stderr)
    return World.of(background, engine)


def tried(world: World, experiment: Experiment, seeds: range, jobs: int | None) -> dict[str, list[Trial]]:
    """Try all seeds, with a progress bar."""
    from detector.cli.progress import CountingBar
    from detector.evaluate.chaos import run

    single_threaded()
    with CountingBar("Trying seeds", len(seeds)) as bar:
        return run(world, experiment, seeds, jobs or os.cpu_count() or 1, lambda _: bar.advance())


def single_threaded() -> None:
    """Each process is one of several: libraries that start threads of their own would only stand in the way."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def tell(
    world: World,
    experiment: Experiment,
    trials: dict[str, list[Trial]],
    json: Path | None,
    report: Path | None,
    limits: dict[str, object],
) -> None:
    """Print the tables, write the files, and leave with 1 where a limit is not kept."""
    from detector.cli.chaos_tables import print_cards
    from detector.evaluate.goals import goals_of, violations
    from detector.evaluate.results import to_json
    from detector.evaluate.scorecard import score_card

    cards = [score_card(some) for some in trials.values()]
    goals = goals_of(cards[0])
    seeds = [trial.seed for trial in next(iter(trials.values()))]
    figures = to_json(cards, experiment, seeds, goals)
    if json is not None and str(json) == "-":
        sys.stdout.write(figures)
    else:
        print_cards(world, experiment, cards, goals, seeds)
        if json is not None:
            json.write_text(figures, "utf-8")
    if report is not None:
        from detector.evaluate.report import write_report

        write_report(report, experiment, cards, goals, trials)
        print(f"Wrote {report}.", file=sys.stderr)
    broken = violations(cards[0], limits)
    for sentence in broken:
        print(f"Gate: {sentence}", file=sys.stderr)
    if broken:
        raise typer.Exit(1)


def _split(names: list[str] | None) -> set[str]:
    return {part.strip() for name in names or () for part in name.split(",") if part.strip()}


def _writable(*files: Path | None) -> None:
    """Find out before minutes of work whether the results can be written."""
    for file in files:
        if file is not None and str(file) != "-" and (file.is_dir() or not file.absolute().parent.is_dir()):
            raise UsageError(f"{file} can't be written: it is a folder, or its folder isn't there.", "Name a file.")
