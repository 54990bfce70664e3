"""Judges the past of all namespaces anew for `drainwatch feedback suggest`, with what is muted and with more."""

from __future__ import annotations

from collections.abc import Sequence

from detector.cli.progress import JudgingBar
from detector.evaluate.replay import Past, past_of
from detector.feedback import in_hindsight
from detector.findings import Feedback, FeedbackKind
from detector.replay import Replayed, replay
from detector.settings import DetectionSettings
from detector.store.port import Reader
from detector.suggestions import Muting


def replayed(
    reader: Reader, detection: DetectionSettings, namespace: str | None, since: int | None
) -> tuple[list[Replayed], Muting]:
    """The time from `since` on judged anew, by namespace, with nothing marked expected; and the way to do it again.

    A bar shows how far it is. Times are microseconds UTC.
    """
    until = reader.closed_until() or 0
    names = [one.namespace for one in reader.statuses() if namespace in (None, one.namespace)]
    pasts = {name: past_of(reader, name, since or 0, until, detection) for name in names}

    def judged(past: Past, mutes: Sequence[Feedback]) -> Replayed:
        with JudgingBar(until - past.windows[0].window if past.windows else 0, past.namespace) as bar:
            return replay(
                past.namespace,
                past.windows,
                past.templates,
                detection,
                since or 0,
                until,
                changes=past.changes,
                feedback=mutes,
                on_progress=bar.advance,
            )

    def muting(one: Replayed, word: Feedback) -> Replayed:
        return judged(pasts[one.namespace], (*one.feedback, word))

    return [judged(past, _mutes(past)) for past in pasts.values()], muting


def _mutes(past: Past) -> list[Feedback]:
    return in_hindsight(one for one in past.feedback if one.kind is FeedbackKind.MUTE)
