"""What is told of lines that came after their window was closed: no model judges the window again, but rules hold.

Where the source can read such a window once more all of it is judged again (`Pipeline.revise`). Files and topics can't;
their late lines are counted, and of those a critical rule's event is told all the same: no intruder is forgiven for a
shipper that hung. All times are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from detector.beginning import Evidence
from detector.counting import columns_of
from detector.findings import Feedback
from detector.namespace import NamespaceState
from detector.revision import Judged, Revision, revise, story
from detector.rules import alarms
from detector.scoring import Lines
from detector.store.port import Reader
from detector.vectors import WindowCounts
from parsers.engine import Template


def told_late(
    reader: Reader,
    state: NamespaceState,
    late: Sequence[WindowCounts],
    templates: Mapping[str, Template],
    lines: Lines,
    feedback: Sequence[Feedback],
    until: int,
) -> Revision:
    """What is to be written of rules' events among late lines, which the store doesn't have yet; mostly nothing.

    `until` is up to where windows are judged; those of this pass are not, they come after.
    """
    span, revision = state.schedule.span, Revision()
    evidence = Evidence(late, columns_of(late, templates), templates, lines, (), feedback)
    begin, end = min((one.window for one in late), default=0), max((one.window for one in late), default=0) + span
    windows = {one.window for one in alarms(state.name, evidence, begin, end, span, state.threshold)}
    if not windows:
        return revision
    begin, end = min(windows), max(windows) + span
    again = Judged(begin, end, [(window, window + span, None) for window in sorted(windows)], [])
    stored = story(reader, state.name, again, state.gap)
    before = {one.window: one for one in stored.anomalies if one.window in windows}
    told = [replace(one, incident=None) for one in before.values() if one.suppressed_by is None]
    counted = [part for window in windows for part in reader.counts(state.name, window, window + span)]
    known = [part for part in (*counted, *late) if part.window in windows and set(part.templates) <= templates.keys()]
    evidence = replace(evidence, history=known, columns=columns_of(known, templates))
    now = {one.window: one for one in state.ruled(told, evidence, begin, end)}
    for window, one in before.items():
        if one.suppressed_by is not None and (window not in now or now[window].suppressed_by is not None):
            now[window] = one  # what people keep quiet stays as it was
    revision = revise(stored, again, list(now.values()), state.threshold, state.gap, until)
    for window in windows:
        state.telling.judged_again(window, window + span, [now[window]] if window in now else [])
    state.telling.retell(revision.retold, revision.told)
    return revision
