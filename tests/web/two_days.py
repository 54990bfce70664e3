"""Two days of a namespace `shop` with a roll-out three hours before their end, for the pages that compare."""

from __future__ import annotations

import numpy as np

from detector.findings import Change, ChangeKind, NamespaceStatus
from detector.store.port import PassResult, WindowCounts
from parsers.engine import Template
from tests.web.story import MARKUP, TURNED, template_id

MINUTE = 60_000_000
HOURS = 50
ROLLED = 180
"""Minutes before the end at which cart 1.5 was rolled out."""
NEW = "ERROR PaymentClient retry <NUM> of payment gateway after 503"
HOSTILE = f"WARN cart {MARKUP} {TURNED} `code` | and more <NUM>"
GONE = "DEBUG legacy discount table row <NUM> read"
MORE = "INFO cache miss for key <ID>"
FEWER = "INFO session <ID> renewed"
_USUAL = ("INFO cart opened by user <ID>", "INFO item <ID> added to cart", "INFO price of <ID> asked for")
# Lines a minute before and after the roll-out, the level, the workload.
_RATES = {
    **dict.fromkeys(_USUAL, (9.0, 9.0, "info", "cart")),
    NEW: (0.0, 3.0, "error", "cart"),
    HOSTILE: (0.0, 0.4, "warning", "cart"),
    GONE: (4.0, 0.0, "debug", "pricing"),
    MORE: (2.0, 14.0, "info", "cache"),
    FEWER: (6.0, 1.5, "info", "sessions"),
}


def _counts(end: int) -> list[WindowCounts]:
    rng = np.random.default_rng(7)
    minutes = np.arange(HOURS * 60, 0, -1)
    # By day twice as much as at night: what follows the load is no difference.
    load = 1.5 + 0.5 * np.sin(minutes / 1440 * 2 * np.pi)
    rates = np.array([(before, after) for before, after, *_ in _RATES.values()])
    expected = np.where(minutes[:, None] > ROLLED, rates[:, 0], rates[:, 1]) * load[:, None]
    drawn = rng.poisson(expected)
    ids = np.array([template_id("shop", text) for text in _RATES])
    return [
        WindowCounts("shop", end - int(minute) * MINUTE, tuple(ids[row > 0]), row[row > 0].astype(np.int64))
        for minute, row in zip(minutes, drawn, strict=True)
    ]


def two_days(end: int) -> PassResult:
    """They end at `end`, microseconds UTC, on a whole minute."""
    counts, rolled, first = _counts(end), end - ROLLED * MINUTE, end - HOURS * 60 * MINUTE
    totals: dict[str, int] = {}
    for window in counts:
        for name, count in zip(window.templates, window.counts.tolist(), strict=True):
            totals[name] = totals.get(name, 0) + count
    templates = [
        Template(
            number := template_id("shop", text), "shop", workload, text, level,
            first if before else rolled + MINUTE, end - MINUTE if after else rolled - MINUTE, totals[number],
            text.replace("<NUM>", "17").replace("<ID>", "9f1c22"),
        )
        for text, (before, after, level, workload) in _RATES.items()
    ]  # fmt: skip
    return PassResult(
        closed_until=end,
        counts=counts,
        templates=templates,
        changes=[
            Change(
                "c1",
                "shop",
                "cart",
                rolled + 1,
                ChangeKind.IMAGE,
                "registry.example/cart:1.4",
                "registry.example/cart:1.5",
            ),
            Change("c2", "shop", "cache", rolled + 40 * MINUTE, ChangeKind.PODS, "2", "3"),
        ],
        statuses=[
            NamespaceStatus("shop", first, end - MINUTE, HOURS * 60, sum(totals.values()), len(templates), None),
            NamespaceStatus("young", end - 90 * MINUTE, end - MINUTE, 90, 900, 0, end + 35 * MINUTE),
        ],
    )
