"""`drainwatch erase`."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import ConfigOption, StoreOption, settings_of, store_flags
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.access.records import Act
    from detector.erasing import Erased, Wanted
    from detector.settings import Settings

NamespaceOption = Annotated[
    str | None, typer.Option("--namespace", "-n", metavar="NAME", help="All that is known of this namespace.")
]
PatternOption = Annotated[
    str | None,
    typer.Option("--pattern", metavar="TEXT", help="This text wherever it stands, in capitals or not."),
]
RegexOption = Annotated[bool, typer.Option("--regex", help="TEXT is a regular expression.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would go, also beside a service.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
StoppedOption = Annotated[
    bool, typer.Option("--stopped", help="In Elasticsearch: no drainwatch is at work, though one was a moment ago.")
]

_OUT_OF_REACH = (
    "the logs themselves: files on nodes, indices of logs (delete them there, or they are read again)",
    "Kafka's topics: until their retention is over",
    "snapshots and backups that were made before: until they are deleted",
    "what was sent: messages in Slack, mail and other channels",
    "the audit log, which tells who did what: until access.keep_acts is over",
)


def erase(
    namespace: NamespaceOption = None,
    pattern: PatternOption = None,
    regex: RegexOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    stopped: StoppedOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Forget a namespace, or a text wherever it stands, for good. Stop the service first."""
    if (namespace is None) == (pattern is None):
        raise UsageError("What is to be erased isn't said.", "Say --namespace NAME or --pattern TEXT, one of them.")
    from detector.wiring import erase as carry_out
    from detector.wiring import look_for

    settings = settings_of(config, os.environ, **store_flags(store))
    wanted, where = _wanted(namespace, pattern, regex=regex), _where(settings)
    found = look_for(settings, wanted)
    print(f"{'Would go from' if dry_run else 'To be erased from'} the store {where}:")
    _show(found)
    if dry_run:
        print("Nothing was changed.")
        return
    # Where nothing is found what is left of it in the files may be: of an erasure that was cut off.
    if found.counts and not yes and not _agreed():
        print("Nothing was changed.")
        raise typer.Exit(1)
    done = carry_out(settings, wanted, now, partial(_record, namespace), stopped=stopped)
    things = sum(done.counts.values())
    if things:
        print(f"Erased: {things:,} thing{'s' * (things != 1)}, and what the files of the store held of them.")
    else:
        print("Nothing of it is in the store. Its files were written anew: nothing of before is in them either.")
    for stays in done.stays:
        print(f"It stays: {stays}")
    print("Out of reach from here:")
    for place in _OUT_OF_REACH:
        print(f"  - {place}")


def _wanted(namespace: str | None, pattern: str | None, *, regex: bool) -> Wanted:
    from detector.erasing import Namespace, Text
    from parsers.erasing import Eraser

    if namespace is not None:
        return Namespace(namespace)
    try:
        return Text(Eraser(pattern or "", regex=regex))
    except ValueError as error:
        raise UsageError(str(error), "Quote it as the shell wants it.") from None


def _where(settings: Settings) -> str:
    if settings.store.kind == "elasticsearch":
        return f"{settings.elasticsearch.prefix}-* in Elasticsearch"
    return str(settings.store.path)


def _show(found: Erased) -> None:
    for kind, many in found.counts.most_common():
        print(f"{many:>10,}  {kind}")
    if not found.counts:
        print(f"{0:>10}")
    for stays in found.stays:
        print(f"It stays: {stays}")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to be asked whether to erase it.", "Say --yes, or --dry-run.")
    return typer.confirm("Erase it? There is no way back.")


def _record(namespace: str | None, done: Erased) -> Act:
    """For the audit log: that it was done, never which text."""
    from detector.access.acts import Deed
    from detector.cli.acts import done as act

    counts = ", ".join(f"{many:,} {kind}" for kind, many in done.counts.most_common())
    subject = "a text" if namespace is None else f"namespace {namespace}"
    return act(Deed.ERASED, subject, namespace=namespace or "", detail=counts or "nothing")
