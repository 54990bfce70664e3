"""`drainwatch demo` and `drainwatch demo inject`: the service on a small simulated cluster, and faults for it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import BehindProxyOption, ConfigOption, HostOption, PortOption, settings_and_origins_of
from detector.cli.run import announce
from detector.errors import DrainwatchError, UsageError

if TYPE_CHECKING:
    from detector.demo import DemoFault

app = typer.Typer(
    help="Run on a small simulated cluster with faults hidden in it: no logs of your own needed.",
    invoke_without_command=True,
    add_help_option=True,
)

STORE = "drainwatch.sqlite"
HOUR = 3_600_000_000
"""Microseconds."""

FolderOption = Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where its logs and its store lie.")]
HistoryOption = Annotated[
    float, typer.Option("--history", metavar="HOURS", min=2, max=72, help="Hours of logs to begin with.")
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="NUMBER", help="The same number, the same cluster.")]


@app.callback()
def demo(
    context: typer.Context,
    folder: FolderOption = Path("demo-data"),
    history: HistoryOption = 6,
    seed: SeedOption = 1,
    host: HostOption = None,
    port: PortOption = None,
    behind_proxy: BehindProxyOption = False,
    config: ConfigOption = None,
) -> None:
    """Run on a small simulated cluster with faults hidden in it: no logs of your own needed."""
    if context.invoked_subcommand is not None:
        return
    from detector.cli.logs import configure_logs
    from detector.demo import log_folder
    from detector.service import Service
    from detector.serving.exposure import exposed

    settings, origins = settings_and_origins_of(
        config,
        os.environ,
        store__path=folder / STORE,
        service__host=host,
        service__port=port,
        service__behind_proxy=behind_proxy or None,
    )
    configure_logs(settings.service.log_format)
    exposed(settings)  # before minutes are spent on what can't be served
    begin_anew(folder)
    end = now()
    tell_faults(write(folder, end, history, seed))
    tell_more(folder, sys.argv[0])
    with living(folder, end, seed):
        Service(settings, [str(log_folder(folder))], clock=now, on_address=announce, origins=origins).run()


@app.command("inject")
def inject(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="refused, silence, crash-loop, retry-storm, timeouts, loss or errors.")
    ],
    namespace: Annotated[str, typer.Option("--namespace", "-n", metavar="NAME", help="Where.")] = "payments",
    workload: Annotated[
        str | None, typer.Option("--workload", metavar="NAME", help="In which.", show_default="the namespace's busiest")
    ] = None,
    minutes: Annotated[float, typer.Option("--minutes", metavar="COUNT", help="For how long.")] = 5,
    folder: FolderOption = Path("demo-data"),
) -> None:
    """Put a fault into the running demo; it begins within two seconds and is found within two windows."""
    from detector.demo import CLUSTER, plan_fault, request_fault

    fault = plan_fault(CLUSTER, kind, namespace, workload, start=now(), minutes=minutes)
    request_fault(folder, fault)
    print(f"{fault.kind} in {fault.workload} ({fault.namespace}) for {minutes:g} minutes, from now on.")


def begin_anew(folder: Path) -> None:
    """Remove what an earlier demo left in the folder. Raises `UsageError` for a folder that is somebody else's."""
    from detector.demo import log_folder
    from detector.store.locking import WriterLock

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file.", "Name a folder with --folder.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not log_folder(folder).is_dir():
        raise UsageError(f"{folder} holds something else than a demo.", "Name a new or empty folder with --folder.")
    WriterLock(folder / STORE).release()  # refuses while another demo runs here
    shutil.rmtree(folder)


def write(folder: Path, end: int, hours: float, seed: int) -> Iterable[DemoFault]:
    """Write the history with a progress bar, and return the faults in it."""
    from rich.console import Console
    from rich.progress import Progress

    from detector.demo import write_history

    print(f"Writing the last {hours:g} hours of a small cluster's logs to {folder}.", file=sys.stderr)
    bar = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with bar:
        task = bar.add_task("Writing logs")
        return write_history(
            folder,
            end - int(hours * HOUR),
            end,
            seed=seed,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def tell_faults(faults: Iterable[DemoFault]) -> None:
    """Say what is hidden in the history, so that what is found can be held against it."""
    from detector.api.times import rfc3339

    for fault in faults:
        print(
            f"Hidden in it: {fault.kind} in {fault.workload} ({fault.namespace}), "
            f"{rfc3339(fault.start)[11:16]} to {rfc3339(fault.end)[11:16]} UTC.",
            file=sys.stderr,
        )


def tell_more(folder: Path, program: str) -> None:
    """Say how to go on in another terminal, in words that work there: a program in a `.venv` is on nobody's PATH."""
    called = "drainwatch" if shutil.which("drainwatch") else program
    if called.endswith(".py"):
        called = "python -m detector.cli"
    where = "" if folder == Path("demo-data") else f" --folder {shlex.quote(str(folder))}"
    print(f"To break something else: {called} demo inject crash-loop --namespace shop{where}", file=sys.stderr)
    print(f"To see it in a terminal: {called} incidents --store {shlex.quote(str(folder / STORE))}", file=sys.stderr)
    print("Ctrl-C ends it.", file=sys.stderr)


@contextmanager
def living(folder: Path, since: int, seed: int) -> Iterator[None]:
    """The cluster goes on logging in real time while the `with` lasts."""
    from detector.demo import Simulator

    stop = Event()
    simulator = Simulator(folder, seed=seed)

    def live() -> None:
        try:
            simulator.run_live(since, stop, now)
        except DrainwatchError as error:
            print(f"drainwatch: The demo logs nothing more: {error}", file=sys.stderr)

    thread = Thread(target=live, name="demo", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)
