"""`drainwatch evaluate`: how good detection is, measured. Each command is in a module of its own: `evaluate_chaos`."""

from __future__ import annotations

import typer

evaluate_app = typer.Typer(
    no_args_is_help=True,
    help="Measure how good detection is: on planted faults, on labelled sessions, on your own history.",
)
