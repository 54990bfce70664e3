"""The figures of chaos experiments as tables for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from detector.cli.output import cell, console
from detector.evaluate.faults import HELD_OUT_KINDS
from detector.evaluate.harmless import HELD_OUT_HARMLESS
from detector.evaluate.measures import Interval

if TYPE_CHECKING:
    from detector.evaluate.chaos import Experiment
    from detector.evaluate.goals import Goal
    from detector.evaluate.scorecard import Card, Group
    from detector.evaluate.world import World

_MOST = 12
"""Missed faults, and false incidents, that are listed."""


def print_cards(
    world: World, experiment: Experiment, cards: Sequence[Card], goals: Sequence[Goal], seeds: Sequence[int]
) -> None:
    """Goals, kinds, harmless events, what was missed and what was told for nothing; the others beside, if any."""
    screen, card, background = console(), cards[0], world.background
    screen.print(
        f"{background.namespace}: days mixed from {background.traces:,} traces of {len(background.minutes)} real "
        f"minutes, {len(background.templates)} templates; seeds {seeds[0]} to {seeds[-1]}, "
        f"{card.days:.0f} days tested, {card.faults} faults\n"
    )
    screen.print(_goal_table(card, goals))
    screen.print(_kind_table(card))
    screen.print(_peace_table(card))
    if len(cards) > 1:
        screen.print(_comparison(cards))
    if card.missed or card.false:
        screen.print(_notes(card))


def share(value: float) -> str:
    """0.953 as `95 %`, with a digit more near the ends."""
    if math.isnan(value):
        return "–"
    return f"{value:.1%}" if 0 < value < 0.1 or 0.9 < value < 1 else f"{value:.0%}"


def _range(interval: Interval, percent: bool) -> str:
    if math.isnan(interval.value):
        return "–"
    low, high = (share(one) if percent else f"{one:.3g}" for one in (interval.low, interval.high))
    return f"{low} to {high}"


def _goal_table(card: Card, goals: Sequence[Goal]) -> Table:
    table = _table("Goals", "", "measure", ">value", "95 % interval", ">goal")
    ranges = (card.found, card.false_a_day, None, card.named, card.auc_roc, card.recall, card.false_positive_rate)
    for goal, interval in zip(goals, ranges, strict=True):
        value = share(goal.value) if goal.percent else "–" if math.isnan(goal.value) else f"{goal.value:.3g}"
        limit = f"{'≥' if goal.at_least else '≤'} {f'{goal.limit:.0%}' if goal.percent else f'{goal.limit:g}'}"
        mark = Text("✓", "green") if goal.reached else Text("✗", "red")
        table.add_row(mark, goal.name, value, _range(interval, goal.percent) if interval else "", limit)
    for name, group in (("  of kinds tuned on", card.tuned), ("  of held-out kinds", card.held_out)):
        if group.of:
            table.add_row("", name, share(group.share.value), _range(group.share, True), f"{group.found} of {group.of}")
    without = card.recall_without_ramps
    table.add_row("", "  recall, windows of slow ramps left out", share(without.value), _range(without, True), "")
    return table


def _kind_table(card: Card) -> Table:
    table = _table("Faults", "kind", ">found", ">", "95 % interval", ">small", ">medium", ">large", ">delay", ">named")
    sizes = {group.name: group for group in card.sizes}
    for group in card.kinds:
        by_size = [_of(sizes.get(f"{group.name} {size}")) for size in ("small", "medium", "large")]
        table.add_row(
            group.name + (" *" if group.name in HELD_OUT_KINDS else ""),
            _of(group),
            share(group.share.value),
            _range(group.share, True),
            *by_size,
            "–" if group.delay is None else f"{group.delay:g}",
            f"{group.named}/{group.nameable}" if group.nameable else "–",
        )
    table.caption = "* held out: nothing is tuned on these. Delay: median of windows until told, 1 for the first."
    return table


def _of(group: Group | None) -> str:
    return f"{group.found}/{group.of}" if group else "–"


def _peace_table(card: Card) -> Table:
    table = _table("False incidents", "with", ">events", ">false incidents", ">a day")
    for row in card.peace:
        name = row.name + (" *" if row.name in HELD_OUT_HARMLESS else "") if row.name else "nothing planted"
        table.add_row(name, str(row.events) if row.name else "", str(row.false), f"{row.false / card.days:.2f}")
    return table


def _comparison(cards: Sequence[Card]) -> Table:
    table = _table("Beside other detectors, same days and alert budget", "detector", ">found", ">false a day",
                   ">delay", ">named", ">AUC-ROC", ">PR-AUC", ">precision", ">recall", ">false pos.")  # fmt: skip
    for card in cards:
        delay = "–" if card.delay is None else f"{card.delay:g}"
        table.add_row(
            card.detector, share(card.found.value), f"{card.false_a_day.value:.2f}", delay, share(card.named.value),
            f"{card.auc_roc.value:.3f}", f"{card.auc_pr.value:.3f}", share(card.precision.value),
            share(card.recall.value), share(card.false_positive_rate.value),
        )  # fmt: skip
    return table


def _notes(card: Card) -> Table:
    table = _table("What went wrong", "", ">seed", "what", "told")
    for one in card.missed[:_MOST]:
        event = one.event
        minutes = (event.end - event.begin) // 60_000_000
        table.add_row(
            "missed", str(one.seed), cell(f"{event.kind} {event.size}, {event.workload or 'all'}, {minutes} min"), ""
        )
    for alarm in card.false[:_MOST]:
        table.add_row("false", str(alarm.seed), alarm.during or "nothing planted", cell(alarm.told.summary[:110]))
    more = max(0, len(card.missed) - _MOST) + max(0, len(card.false) - _MOST)
    if more:
        table.caption = f"{more} more: --report and --json tell all."
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", title_style="bold")
    for column in columns:
        name = column.removeprefix(">")
        table.add_column(name, justify="right" if column.startswith(">") else "left", overflow="fold")
    return table
