"""`drainwatch mute` and `drainwatch unmute`."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli.options import ConfigOption, NamespaceOption, StoreOption
from detector.cli.saying import AuthorOption, ForOption, NoteOption, named, speak, unsay

TemplateArgument = Annotated[
    str | None,
    typer.Argument(metavar="TEMPLATE", help="Its id, as `drainwatch templates` has it.", show_default=False),
]
WorkloadOption = Annotated[
    str | None, typer.Option("--workload", "-w", metavar="NAME", help="All of a workload; its namespace is named too.")
]
FeedbackArgument = Annotated[str, typer.Argument(metavar="ID", help="As `drainwatch feedback list` has it.")]


def mute(
    template: TemplateArgument = None,
    workload: WorkloadOption = None,
    namespace: NamespaceOption = None,
    length: ForOption = None,
    note: NoteOption = "",
    author: AuthorOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Keep a template, a workload or a namespace quiet, for ever or for a while; --namespace alone mutes all of it."""
    from detector.findings import FeedbackKind
    from detector.saying import Wish

    wish = Wish(
        FeedbackKind.MUTE,
        template=template or "",
        workload=workload or "",
        namespace=namespace or "",
        author=named(author),
        note=note,
    )
    speak(wish, length, config, store)


def unmute(feedback: FeedbackArgument, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Let speak again what was muted; the same as `drainwatch feedback withdraw`."""
    unsay(feedback, config, store)
