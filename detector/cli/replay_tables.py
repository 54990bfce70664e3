"""What a replay found, as people read it on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from detector.cli.output import cell, plain_span, plain_time, whole

_SHOWN = 20
"""Incidents that are listed; all are in the JSON."""


def replay_tables(result: dict[str, Any]) -> Iterator[RenderableType]:
    """The tables, one after the other; `result` is `detector.evaluate.replay.as_json`."""
    yield _namespaces(result)
    if result["incidents"]:
        yield _incidents(result["incidents"])
    if result["false_alarms"] and result["incidents"]:
        yield _false_alarms(result["false_alarms"])
    yield _curve(result)
    if (sentence := _suggestion(result)) is not None:
        yield sentence


def _namespaces(result: dict[str, Any]) -> Table:
    title = f"From {plain_time(result['since'])} until {plain_time(result['until'])} UTC"
    table = _table(f"{title}, at an alert budget of {result['alert_budget']:g}")
    table.add_column("namespace", overflow="fold")
    for heading in ("judged", "found", "told", "false", "a day", "precision", "recall", "F1", "delay"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result["namespaces"]:
        table.add_row(cell(row["namespace"]), *_figures(row))
    if len(result["namespaces"]) > 1:
        table.add_section()
        table.add_row(Text("all", "bold"), *_figures(result["total"]))
    return table


def _figures(row: dict[str, Any]) -> list[str]:
    delay = row["median_delay_seconds"]
    return [
        f"{row['judged_days']:.1f} d",
        f"{row['found']} of {row['known']}",
        f"{row['told']}",
        f"{row['false_alarms']}" if row["known"] else "",
        f"{row['alerts_a_day']:.2f}",
        *(_share(row[name]) if row["known"] else "" for name in ("precision", "recall", "f1")),
        "" if delay is None else f"{delay:.0f} s",
    ]


def _incidents(incidents: list[dict[str, Any]]) -> Table:
    missed_first = sorted(incidents, key=lambda one: (one["found"], one["start"]))
    table = _table(f"Known incidents, what was missed first{_rest(incidents)}")
    table.add_column("", no_wrap=True)
    table.add_column("when", no_wrap=True)
    table.add_column("where", overflow="fold")
    table.add_column("name", ratio=1, overflow="fold")
    for one in missed_first[:_SHOWN]:
        found = Text(
            f"found, {one['delay_seconds']:.0f} s" if one["found"] else "missed", "" if one["found"] else "bold red"
        )
        if not one["judged"]:
            found = Text("not judged", "dim")
        where = "/".join(filter(None, (one["namespace"], one["workload"])))
        table.add_row(found, plain_span(one["start"], one["end"]), cell(where), cell(one["name"]))
    return table


def _false_alarms(alarms: list[dict[str, Any]]) -> Table:
    table = _table(f"Told, and explained by nothing that is known{_rest(alarms)}")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("when", no_wrap=True)
    table.add_column("what", ratio=1, overflow="fold")
    for one in alarms[:_SHOWN]:
        table.add_row(whole(one["score"]), plain_span(one["start"], one["end"]), cell(one["summary"]))
    return table


def _curve(result: dict[str, Any]) -> Table:
    table = _table("At other alert budgets (by the models of this one)")
    for heading in ("alert budget", "score", "alerts a day", "found", "false", "F1"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in result["curve"]:
        marks = [
            word
            for word, budget in (("now", result["alert_budget"]), ("suggested", result["suggested_alert_budget"]))
            if row["alert_budget"] == budget
        ]
        known = row["known"]
        table.add_row(
            f"{row['alert_budget']:g}",
            whole(row["score"]),
            f"{row['alerts_a_day']:.2f}",
            f"{row['found']} of {known}",
            f"{row['false_alarms']}" if known else "",
            _share(row["f1"]) if known else "",
            Text("← " + ", ".join(marks) if marks else "", "bold"),
        )
    return table


def _suggestion(result: dict[str, Any]) -> str | None:
    if result["at_most"] is None:
        return None
    wanted = f"{result['at_most']:g} alerts a day"
    if result["suggested_alert_budget"] is None:
        return f"No alert budget here keeps to {wanted}: mute what is noise, see `drainwatch feedback suggest`."
    return f"For at most {wanted} set detection.alert_budget = {result['suggested_alert_budget']:g}."


def _rest(items: list[Any]) -> str:
    return f", {_SHOWN} of {len(items):,}" if len(items) > _SHOWN else ""


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, expand=False, pad_edge=False)
