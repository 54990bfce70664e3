"""Models as people read them: a line each, one in full, two side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from detector.cli.output import Row, cell, plain_span, plain_time
from detector.cli.tables import counted, plain_table
from detector.models.ensemble import METHOD

MODEL_COLUMNS = (
    "namespace", "version", "at_work", "chosen", "cause", "trained_from", "trained_until", "windows", "templates",
    "seed", "method", "drift", "feedback", "left_out",
)  # fmt: skip
_CAUSES = {
    "first": "first of all",
    "schedule": "on schedule",
    "drift": "drift",
    "settled": "odd no more",
    "feedback": "feedback",
    "method": "new method",
}
_SHOWN = 10
"""Templates of each kind in a comparison."""
_DRIFTS = 3
_SMALLEST = 0.05
"""Lines a window: what is less is told as none."""


def model_table(rows: Sequence[Row]) -> Table:
    """Which there were, why each was made, and which is at work."""
    table = plain_table(f"{counted(len(rows), 'model')}, times in UTC")
    table.add_column("namespace", overflow="fold")
    for heading in ("version", "learned until", "of"):
        table.add_column(heading, no_wrap=True)
    table.add_column("templates", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold", ratio=1)
    for row in rows:
        table.add_row(
            cell(row["namespace"]),
            cell(row["version"], "bold" if row["at_work"] else ""),
            plain_time(row["trained_until"]),
            _length([{"start": row["trained_from"], "end": row["trained_until"]}]),
            f"{row['templates']:,}",
            Text.assemble(_why(row, {}), *_standing(row)),
        )
    return table


def one_model(row: Row, texts: Mapping[str, str]) -> RenderableType:
    """All that is known of a model; `texts` are those of the templates by id."""
    lines = [
        Text.assemble(cell(f"{row['namespace']}, model {row['version']}", "bold"), *_standing(row)),
        cell(f"learned from {plain_span(row['trained_from'], row['trained_until'])} UTC, {row['windows']:,} windows"),
        cell(f"knows {counted(row['templates'], 'template')}; method {_method(row)}, seed {row['seed']}"),
        Text.assemble("made: ", _why(row, texts)),
    ]
    lines += [cell(f"  left out {plain_span(one['start'], one['end'])}") for one in row["left_out"]]
    lines += [cell(f"  went by feedback {id_}") for id_ in row["feedback"]]
    return Group(*lines)


def compared(row: Row) -> RenderableType:
    """Two models: what each would flag, then the templates in which they differ."""
    flagged, old, new = row["flagged"], row["old"], row["new"]
    head = plain_table(f"{old['namespace']}, two models, times in UTC")
    head.add_column("", no_wrap=True)
    for one in (old, new):
        head.add_column(one["version"], overflow="fold")
    head.add_row("learned until", plain_time(old["trained_until"]), plain_time(new["trained_until"]))
    head.add_row("of", *(_length([{"start": one["trained_from"], "end": one["trained_until"]}]) for one in (old, new)))
    head.add_row("made", _why(old, {}), _why(new, {}))
    head.add_row("templates", f"{old['templates']:,}", f"{new['templates']:,}")
    head.add_row("flags of the last day", _windows(flagged["old"], flagged), _windows(flagged["new"], flagged))
    both = cell(f"{_windows(flagged['both'], flagged)} by both, {plain_span(row['since'], row['until'])} UTC", "dim")
    parts: list[RenderableType] = [head, both]
    for rows, title in (
        (row["only_new"], "known to the second only"),
        (row["only_old"], "known to the first only"),
        (row["moved"], "expected in other numbers"),
    ):
        if rows:
            parts += [Text(), _moved(rows, title)]
    if len(parts) == 2:
        parts += [Text(), cell("Both know the same templates, in about the same numbers.")]
    return Group(*parts)


def _moved(rows: Sequence[Row], title: str) -> Table:
    more = f", {_SHOWN} of them" if len(rows) > _SHOWN else ""
    table = plain_table(f"{counted(len(rows), 'template')} {title}{more}")
    table.add_column("lines a window", no_wrap=True)
    table.add_column("workload", overflow="fold")
    table.add_column("template", ratio=1, overflow="fold")
    for row in rows[:_SHOWN]:
        table.add_row(
            f"{_amount(row['before'])} → {_amount(row['after'])}", cell(row["workload"]), cell(row["template"])
        )
    return table


def _why(row: Row, texts: Mapping[str, str]) -> Text:
    why = Text(_CAUSES[row["cause"]])
    drifts = row["drift"]
    if drifts:
        named = [_drift(one, texts) for one in drifts[:_DRIFTS]]
        more = f" and {len(drifts) - _DRIFTS} more" if len(drifts) > _DRIFTS else ""
        why.append(f": {', '.join(named)}{more}")
    if row["left_out"]:
        why.append(f"; {_length(row['left_out'])} left out", "dim")
    if row["feedback"]:
        why.append(f"; by {counted(len(row['feedback']), 'word')} of feedback", "dim")
    return why


def _drift(one: Row, texts: Mapping[str, str]) -> str:
    if one["what"] == "score":
        return "windows look rarer than they should"
    if one["what"] == one["workload"]:
        return f"all lines of {one['workload']}"
    what = f"“{texts[one['what']]}”" if one["what"] in texts else one["what"]
    return f"{what} of {one['workload']}"


def _standing(row: Row) -> list[Text]:
    chosen = row["chosen"]
    if not row["at_work"] and not chosen:
        return []
    when = "" if row["at_work"] else " from the next window on"
    by = f", chosen by {chosen['author'] or 'somebody'}" if chosen else ""
    note = f": {chosen['note']}" if chosen and chosen["note"] else ""
    if row["method"] != METHOD:  # it scores nothing any more, whoever chose it
        return [Text("  "), cell(f"{_age(row)} method, made anew with the next windows{by}{note}", "yellow")]
    return [Text("  "), cell(f"at work{when}{by}{note}", "green")]


def _method(row: Row) -> str:
    same = row["method"] == METHOD
    return f"{row['method']}" if same else f"{row['method']} ({_age(row)}: this drainwatch has {METHOD})"


def _age(row: Row) -> str:
    return "older" if row["method"] < METHOD else "newer"


def _windows(count: int, flagged: Row) -> str:
    return f"{count:,} of {flagged['windows']:,} windows"


def _amount(mean: float) -> str:
    if mean < _SMALLEST:
        return "0" if mean == 0 else f"{mean:.2g}"
    return f"{mean:,.0f}" if mean >= 10 else f"{mean:.1f}"


def _length(stretches: Iterable[Row]) -> str:
    """How long times are together: `45 min`, `6.5 h`, `3 days`."""
    minutes = sum((_time(one["end"]) - _time(one["start"])).total_seconds() for one in stretches) / 60
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.3g} h" if minutes < 2 * 1_440 else f"{minutes / 1_440:.3g} days"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
