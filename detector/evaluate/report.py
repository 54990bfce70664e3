"""The figures as one page that needs nothing else: goals, score over time, curves, kinds, and all that went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from plotly.offline import get_plotlyjs
from sklearn.metrics import precision_recall_curve, roc_curve

from detector.errors import UsageError
from detector.evaluate.chaos import Experiment
from detector.evaluate.faults import FAULTS, HELD_OUT_KINDS
from detector.evaluate.goals import Goal
from detector.evaluate.harmless import HARMLESS, HELD_OUT_HARMLESS
from detector.evaluate.measures import FAULTY, LEFT_OUT, first_told, label
from detector.evaluate.results import plain
from detector.evaluate.scorecard import Card
from detector.evaluate.trial import Trial

_PAGE = Path(__file__).parent / "page"
_POINTS = 300
"""Of a curve: more than a picture shows."""


def write_report(
    path: Path,
    experiment: Experiment,
    cards: Sequence[Card],
    goals: Sequence[Goal],
    trials: Mapping[str, Sequence[Trial]],
) -> None:
    """Write the page. Raises `UsageError` where the file can't be written."""
    own = trials[cards[0].detector]
    data = {
        "goals": [asdict(goal) | {"reached": goal.reached} for goal in goals],
        "cards": [asdict(card) for card in cards],
        "curves": [{"detector": name, **_curves(some)} for name, some in trials.items()],
        "trials": [_trial(trial) for trial in own],
        "kinds": {
            **{kind.name: kind.shown for kind in FAULTS.values()},
            **{kind.name: kind.shown for kind in HARMLESS.values()},
        },
        "heldOut": [*HELD_OUT_KINDS, *HELD_OUT_HARMLESS],
        "options": asdict(experiment.options),
    }
    try:
        path.write_text(_page(data), "utf-8")
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.", "Name another file.") from None


def _page(data: Mapping[str, Any]) -> str:
    """Whatever the texts hold, they can't end the element that they are in: `<` is written as an escape."""
    figures = json.dumps(plain(data), ensure_ascii=False).replace("<", "\\u003c")
    parts = {
        "/*style*/": (_PAGE / "report.css").read_text("utf-8"),
        "/*plotly*/": get_plotlyjs(),
        "/*figures*/": figures,
        "/*script*/": (_PAGE / "report.js").read_text("utf-8"),
    }
    pieces = [(_PAGE / "report.html").read_text("utf-8")]
    for mark, text in parts.items():
        before, after = pieces.pop().split(mark)
        pieces += [before, text, after]
    return "".join(pieces)


def _trial(trial: Trial) -> dict[str, Any]:
    """The score of each window of a seed, and what was planted; times are minutes since the first window."""

    def minute(time: int) -> float:
        return (time - trial.start) / 60_000_000

    return {
        "seed": trial.seed,
        "start": trial.start // 1_000,
        "span": trial.span // 1_000,
        "alert": trial.alert,
        "kept": trial.kept,
        "score": np.round(trial.score, 1).tolist(),
        "events": [
            {
                "kind": event.kind,
                "size": event.size,
                "workload": event.workload,
                "begin": minute(event.begin),
                "end": minute(event.end),
                "harmless": event.harmless,
                "found": event.harmless or first_told(event, trial.told, trial.span) is not None,
            }
            for event in trial.events
        ],
    }


def _curves(trials: Sequence[Trial]) -> dict[str, Any]:
    """ROC, and precision against recall, over the windows of all seeds together."""
    labels = np.concatenate([label(trial) for trial in trials])
    scores = np.concatenate([trial.score for trial in trials])
    truth, values = labels[labels != LEFT_OUT] == FAULTY, scores[labels != LEFT_OUT]
    if truth.all() or not truth.any():
        return {"roc": [[], []], "pr": [[], []]}
    false_rate, true_rate, _ = roc_curve(truth, values)
    precision, recall, _ = precision_recall_curve(truth, values)
    return {"roc": _thin(false_rate, true_rate), "pr": _thin(recall[::-1], precision[::-1])}


def _thin(across: Any, up: Any) -> list[list[float]]:
    at = np.unique(np.linspace(0, len(across) - 1, _POINTS).astype(int))
    # Near the left edge, where it is decided, every point counts.
    at = np.union1d(at, np.arange(min(len(across), _POINTS)))
    return [np.round(across[at], 5).tolist(), np.round(up[at], 5).tolist()]
