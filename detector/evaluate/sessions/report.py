"""The evaluation as one HTML file."""

from __future__ import annotations

from importlib.resources import files
from itertools import groupby

from jinja2 import Environment
from markupsafe import Markup
from sklearn.metrics import precision_recall_curve, roc_curve

from detector.evaluate.sessions.contest import OURS, Contest, Mistake
from detector.evaluate.sessions.drawing import curve, histogram

_REACH = 0.04
"""Of the false alarms that the ROC curve shows: more than that nobody would stand."""


def report(contest: Contest, texts: dict[str, str], title: str) -> str:
    """A page that needs nothing else; `texts` are the templates by id."""
    example = contest.example
    false, true, _ = roc_curve(example.labels, example.rarity)
    precision, recall, _ = precision_recall_curve(example.labels, example.rarity)
    template = files("detector.evaluate.sessions").joinpath("report.html").read_text("utf-8")
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(
            title=title,
            contest=contest,
            ours=OURS,
            roc=Markup(
                curve(
                    list(zip(false, true, strict=True)),
                    "share of the normal told",
                    "share of the anomalous told",
                    _REACH,
                )
            ),
            pr=Markup(curve(list(zip(recall, precision, strict=True)), "recall", "precision")),
            scores=Markup(histogram(example.rarity, example.labels, example.cut)),
            sentences=lambda one: [trait.sentence(lambda id_: shorten(texts[id_])) for trait in one.traits[:4]],
            steps=lambda one: steps(one, texts),
        )
    )


def steps(one: Mistake, texts: dict[str, str]) -> list[str]:
    """The session's lines in order, runs of one template as one."""
    runs = [(template, len(list(run))) for template, run in groupby(one.templates)]
    shown = [f"{count} × {shorten(texts[id_])}" if count > 1 else shorten(texts[id_]) for id_, count in runs[:40]]
    return [*shown, f"and {len(runs) - 40:,} more"] if len(runs) > 40 else shown


def shorten(text: str, most: int = 110) -> str:
    """At most so many characters."""
    return text if len(text) <= most else text[: most - 2].rstrip() + " …"
