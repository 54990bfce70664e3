"""All commands under one name, and what every one of them does with errors."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from detector.cli import (
    alert,
    alert_test,
    anomalies,
    audit,
    backfill,
    backup,
    changes,
    demo,
    detect,
    doctor,
    erase,
    evaluate,
    evaluate_chaos,
    evaluate_replay,
    evaluate_search,
    evaluate_sessions,
    feedback,
    incidents,
    models,
    mute,
    release,
    setup,
    setup_kafka,
    setup_kibana,
    setup_rules,
    setup_watcher,
    silence,
    templates,
    token,
    version,
)
from detector.cli import run as serve
from detector.errors import DrainwatchError

BROKEN_PIPE = 141
"""What a shell reports for a program that SIGPIPE ended."""

app = typer.Typer(
    name="drainwatch",
    help="Learns what the logs of each Kubernetes namespace normally look like; says, with evidence, when they don't.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(serve.run)
app.add_typer(demo.app, name="demo")
app.command("detect")(detect.detect)
app.command("backfill")(backfill.backfill)
app.command("incidents")(incidents.incidents)
app.command("anomalies")(anomalies.anomalies)
app.command("changes")(changes.changes)
app.command("templates")(templates.templates)
alert.app.command("test")(alert_test.send_test)
app.add_typer(alert.app, name="alert")
app.add_typer(silence.app, name="silence")
app.add_typer(feedback.app, name="feedback")
app.add_typer(models.app, name="models")
app.command("mute")(mute.mute)
app.command("unmute")(mute.unmute)
evaluate.evaluate_app.command("chaos")(evaluate_chaos.chaos)
evaluate.evaluate_app.command("search")(evaluate_search.search)
evaluate.evaluate_app.command("sessions")(evaluate_sessions.sessions)
evaluate.evaluate_app.command("replay")(evaluate_replay.replay)
app.add_typer(evaluate.evaluate_app, name="evaluate")
setup.app.command("kafka")(setup_kafka.kafka)
setup.app.command("kibana")(setup_kibana.kibana)
setup.app.command("rules")(setup_rules.rules)
setup.app.command("watcher")(setup_watcher.watcher)
app.add_typer(setup.app, name="setup")
app.add_typer(token.app, name="token")
app.command("audit")(audit.audit)
app.command("doctor")(doctor.doctor)
app.command("erase")(erase.erase)
app.command("release")(release.release)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("version")(version.version)


def _show_version(wanted: bool) -> None:
    if wanted:
        version.version()
        raise typer.Exit


@app.callback()
def every_command(
    _version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_show_version, help="The same as the command `version`."
    ),
    debug: bool = typer.Option(False, "--debug", help="Show where an unexpected error came from."),
) -> None:
    """Take what belongs to no single command."""


def execute(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; whatever happens ends in at most one sentence."""
    arguments, debug = without_debug(arguments)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()  # whoever read us has gone
        return BROKEN_PIPE
    except DrainwatchError as error:
        return _say(str(error), error.exit_code, debug)
    except OSError as error:
        _give_up_output()
        about = f"{error.filename}: " if error.filename else ""
        return _say(f"{about}{error.strerror or error}.", 1, debug)
    except Exception as error:
        shown = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return _say(f"{shown}. This is a bug in drainwatch; with --debug it shows where.", 1, debug)
    return code


def _give_up_output() -> None:
    """Where standard output can't be written: what is left in its buffer would fail again when the interpreter ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """The arguments less `--debug`, which may stand anywhere, and whether it was there."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    options = [argument for argument in arguments[:end] if argument != "--debug"]
    return [*options, *arguments[end:]], len(options) < end


def _run(arguments: Sequence[str]) -> int:
    try:
        app(list(arguments), prog_name="drainwatch")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    return 0


def _say(sentence: str, code: int, debug: bool) -> int:
    if debug and (error := sys.exc_info()[1]):
        print(_traced(error), file=sys.stderr)
    print(f"drainwatch: {sentence}", file=sys.stderr)
    return code


def _traced(error: BaseException) -> str:
    """Where it came from, and what of. Of what a peer's client raised the kind only: it may quote what was sent."""
    chain: list[BaseException] = [error]
    while (
        before := chain[-1].__cause__ or (None if chain[-1].__suppress_context__ else chain[-1].__context__)
    ) is not None:
        chain.append(before)
    told = []
    for one in reversed(chain):
        says = f": {one}" if one is error or isinstance(one, DrainwatchError | OSError) else ""
        told.append("".join(traceback.format_tb(one.__traceback__)) + type(one).__name__ + says)
    return "Traceback (most recent call last):\n" + "\nThe cause of:\n".join(told)
