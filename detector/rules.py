"""What is told whatever is usual: Falco's rules of the priorities Critical, Alert and Emergency.

Whoever wrote such a rule has decided already that its event must be looked at, be it the first or the hundredth. So no
model is asked and nothing is learned: counts, and the texts and levels of their templates, say all, in the first window
of a namespace as in any other. People keep it quiet by a mute, or by saying that it was expected. Whoever can log can
log what looks like such an event: it makes an incident in his own namespace, and nowhere else. Pure; all times are
microseconds UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from detector.beginning import Evidence
from detector.findings import Anomaly, Reason, ReasonKind, finding_id
from detector.history import between
from detector.incidents import stands_out
from detector.scoring import change_before
from parsers.engine import Template
from parsers.formats.events import FALCO

SCORE = 80.0
"""In the band `critical`; of no rule anybody knows how seldom it comes."""
DETECTOR = "rules"
_LEVEL = "critical"

Samples = Callable[[str], tuple[str, ...]]


def alarms(
    namespace: str,
    evidence: Evidence,
    begin: int,
    end: int,
    span: int,
    threshold: float,
    quiet: Callable[[int], frozenset[str]] = lambda window: frozenset(),
) -> list[Anomaly]:
    """An anomaly for each window from `begin` up to but not with `end` with the event of such a rule, oldest first.

    From `threshold` on anomalies are told. `quiet` gives the ids of templates that are muted in a window; where all are
    that it has, the anomaly is of these, for feedback to say so.
    """
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in between(evidence.history, begin, end):
        for at, name in enumerate(one.templates):
            if evidence.columns[name].level == _LEVEL and evidence.templates[name].text.startswith(FALCO):
                found[one.window][name] += int(one.counts[at])
    anomalies = []
    for window, lines in sorted(found.items()):
        muted = quiet(window)
        heard = {name: count for name, count in lines.items() if name not in muted} or lines
        reasons = _reasons(heard, evidence.templates, partial(_lines_at, evidence, window))
        anomalies.append(
            Anomaly(
                id=finding_id("anomaly", namespace, window, span),
                namespace=namespace,
                window=window,
                span=span,
                score=max(SCORE, threshold),
                scores={DETECTOR: SCORE},
                reasons=reasons,
                model="",
                change=change_before(window + span, reasons[0].workload, evidence.changes),
            )
        )
    return anomalies


def beside(anomalies: Iterable[Anomaly], ruled: Sequence[Anomaly]) -> list[Anomaly]:
    """Anomalies that were found otherwise and those of rules, oldest first; those of one window are one."""
    found = {one.window: one for one in anomalies}
    for one in ruled:
        found[one.window] = _joined(one, found[one.window]) if one.window in found else one
    return [found[window] for window in sorted(found)]


def _joined(ruled: Anomaly, other: Anomaly) -> Anomaly:
    """The reasons of both by how much each says, and the higher score.

    Where nothing else stands out, it is the event itself that is odd, and it is told as the rule alone.
    """
    names = {reason.template_id for reason in ruled.reasons}
    others = [one for one in other.reasons if one.template_id not in names and stands_out(one)]
    scores = {**other.scores, **ruled.scores}
    if not others:
        return replace(ruled, scores=scores, model=other.model)
    said = other.score * sum(reason.share for reason in others)
    total = ruled.score + said
    reasons = [replace(reason, share=round(reason.share * ruled.score / total, 6)) for reason in ruled.reasons]
    reasons += [replace(reason, share=round(reason.share * other.score / total, 6)) for reason in others]
    ranked = tuple(sorted(reasons, key=lambda reason: -reason.share))
    return replace(other, score=max(ruled.score, other.score), scores=scores, reasons=ranked)


def _reasons(lines: Mapping[str, int], templates: Mapping[str, Template], samples: Samples) -> tuple[Reason, ...]:
    total = sum(lines.values())
    ranked = sorted(lines, key=lambda name: (-lines[name], name))
    return tuple(_reason(templates[name], lines[name], round(lines[name] / total, 6), samples(name)) for name in ranked)


def _reason(template: Template, lines: int, share: float, samples: tuple[str, ...]) -> Reason:
    shown = samples or ((template.example,) if template.example else ())
    return Reason(
        template_id=template.id,
        template=template.text,
        workload=template.workload,
        level=template.level,
        kind=ReasonKind.RULE,
        observed=lines,
        expected_low=0.0,
        expected_high=0.0,
        windows=1,
        share=share,
        first_seen=template.first_seen,
        samples=shown,
    )


def _lines_at(evidence: Evidence, window: int, template: str) -> tuple[str, ...]:
    return evidence.lines(template, window)
