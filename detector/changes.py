"""What was changed in workloads, told by the origins of their own lines: no API of the cluster is asked.

Windows are looked at one by one in the order of time, so it makes no difference in how many pieces they are read. Late
lines, and windows that are read again, say nothing of changes: a change may then be told by a later line than the very
first one that shows it, never twice and never wrongly. All times are microseconds UTC.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from detector.findings import Change, ChangeKind, Deployed, Joining, Pod, Running, Workload, finding_id
from ingest.batch import LogBatch, Origin

_MINUTE = 60_000_000
GRACE = 60 * _MINUTE
"""What appears in a namespace within its first hour was there before, only silent; so with the pods of a workload."""
_STEP = 5 * _MINUTE
"""To this much it is remembered when something was last seen: what is remembered is then written seldom."""
_LATELY = 10 * _MINUTE
"""What has logged within this time still runs: old and new side by side are one roll-out."""
_ROLLING = 15 * _MINUTE
"""Pods that come within this time of a roll-out are its own."""
_OUTLIVES = _MINUTE
"""A pod that logs this long after another came wasn't replaced by it: Kubernetes ends pods within 30 s (its default
terminationGracePeriodSeconds)."""
_PATIENCE = 10 * _MINUTE
"""How long the lines of the others are waited for."""
_HOUR, _WEEK = 60 * _MINUTE, 7 * 24 * 60 * _MINUTE
_MOST_WORKLOADS, _MOST_PODS, _MOST_RUNNING = 1_000, 200, 20


@dataclass(frozen=True, slots=True)
class Sighting:
    """An origin that has lines in a window."""

    window: int
    """Start."""
    origin: Origin
    first: int
    """Time of its first line in the window."""
    last: int


@dataclass(slots=True)
class _Watched:
    """A workload while windows are looked at."""

    name: str
    since: int
    rolled: int = 0
    revision: str = ""
    images: dict[str, str] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    """By digest of what it is."""
    pods: dict[str, Pod] = field(default_factory=dict)
    joining: Joining | None = None
    last: int = 0


class Sightings:
    """Notes who has lines in which window (of `span` microseconds), while records come in pieces."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._seen: dict[tuple[int, Origin], Sighting] = {}

    def watching(self, pieces: Iterable[LogBatch]) -> Iterator[LogBatch]:
        """The same pieces, each looked at before it is handed on."""
        for piece in pieces:
            self.add(piece)
            yield piece

    def add(self, batch: LogBatch) -> None:
        """Look at records."""
        if not len(batch):
            return
        many, window = len(batch.origins), batch.time // self._span
        key, row = np.unique((window - window[0]) * many + batch.origin, return_inverse=True)
        first = np.full(len(key), np.iinfo(np.int64).max)
        last = np.zeros(len(key), np.int64)
        np.minimum.at(first, row, batch.time)
        np.maximum.at(last, row, batch.time)
        for one, begin, end in zip(key.tolist(), first.tolist(), last.tolist(), strict=True):
            origin, start = batch.origins[one % many], (one // many + int(window[0])) * self._span
            known = self._seen.get((start, origin))
            if known is not None:
                begin, end = min(begin, known.first), max(end, known.last)
            self._seen[start, origin] = Sighting(start, origin, begin, end)

    def by_namespace(self) -> dict[str, list[Sighting]]:
        """All sightings; in order of windows and first lines."""
        found: dict[str, list[Sighting]] = defaultdict(list)
        for one in sorted(self._seen.values(), key=_order):
            found[one.origin.namespace].append(one)
        return found


def _order(seen: Sighting) -> tuple[int, int, str, str, str, str, str]:
    one = seen.origin
    return seen.window, seen.first, one.workload, one.pod, one.container, one.revision, one.image


def deployed_before(namespace: str, since: int, workloads: Iterable[str]) -> Deployed:
    """What is known of a namespace that was read before changes were looked for: the names of its workloads."""
    return Deployed(namespace, since, tuple(Workload(name, since) for name in sorted(set(workloads))))


def observe(
    namespace: str, deployed: Deployed | None, seen: Sequence[Sighting]
) -> tuple[Deployed | None, list[Change]]:
    """What runs after some windows, and what was changed in them; equal to what was before where nothing is new.

    `seen` are the sightings of windows in order, `deployed` what ran before them: None before the first window.
    """
    if not seen:
        return deployed, []
    before = deployed or Deployed(namespace, seen[0].window)
    watched = {one.name: _watch(one) for one in before.workloads}
    forgot, changes = before.forgot, []
    for window, group in groupby(seen, key=lambda one: one.window):
        found: list[Change] = []
        inside = list(group)
        for one in inside:
            name, now = one.origin.workload, one.first
            if (workload := watched.get(name)) is None:
                workload = watched[name] = _Watched(name, now)
                if now >= before.since + GRACE and not forgot:
                    found.append(_change(namespace, name, now, ChangeKind.APPEARED, "", one.origin.image))
            found += _see(namespace, workload, one)
        changes += _as_one(found)
        for name in {one.origin.workload for one in inside}:
            _forget(watched[name], window)
        while len(watched) > _MOST_WORKLOADS:
            del watched[min(watched, key=lambda name: (watched[name].last, name))]
            forgot = True
    return Deployed(
        namespace, before.since, tuple(_as_known(watched[name]) for name in sorted(watched)), forgot
    ), changes


def _change(namespace: str, workload: str, time: int, kind: ChangeKind, before: str, after: str) -> Change:
    name = finding_id("change", namespace, workload, kind, time, after)
    return Change(name, namespace, workload, time, kind, before, after)


def _see(namespace: str, workload: _Watched, one: Sighting) -> list[Change]:
    origin, now = one.origin, one.first
    digest = finding_id(origin.container, origin.image, origin.revision)
    pod = workload.pods.get(origin.pod)
    changes: list[Change] = []
    if pod is None or (origin.container, digest) not in pod.runs:
        changes = _rolled_out(namespace, workload, origin, now)
        if pod is None and not changes:
            _join(workload, origin, now)
    _learn(workload, origin, now)
    _remember(workload, one, digest)
    return changes + _joined(namespace, workload, one)


def _rolled_out(namespace: str, workload: _Watched, origin: Origin, now: int) -> list[Change]:
    """The roll-out that a line shows, by something that isn't what was rolled out last and hasn't run lately."""
    lately = [one for one in workload.running.values() if _is_recent(one.last, now, _LATELY)]
    image, revision = workload.images.get(origin.container, ""), workload.revision
    kind, before, after = ChangeKind.IMAGE, image, origin.image
    is_new = not any(one.container == origin.container and one.image == after for one in lately)
    if not (before and after and before != after and is_new):
        kind, before, after = ChangeKind.ROLLOUT, revision, origin.revision
        if not (before and after and before != after) or any(one.revision == after for one in lately):
            return []
    workload.rolled, workload.joining = now, None
    if origin.image:
        workload.images[origin.container] = origin.image
    if origin.revision:
        workload.revision = origin.revision
    return [_change(namespace, workload.name, now, kind, before, after)]


def _learn(workload: _Watched, origin: Origin, now: int) -> None:
    """Take what runs for what was rolled out last, where nothing is known, or what is known hasn't run lately.

    So a roll-out that was broken off, or undone within minutes, while the old pods went on: it is told when it begins,
    its end isn't, because silence alone doesn't show it.
    """
    lately = [one for one in workload.running.values() if _is_recent(one.last, now, _LATELY)]
    known = workload.images.get(origin.container)
    if origin.image and not any(one.container == origin.container and one.image == known for one in lately):
        workload.images[origin.container] = origin.image
    if origin.revision and not any(one.revision == workload.revision for one in lately):
        workload.revision = origin.revision


def _join(workload: _Watched, origin: Origin, now: int) -> None:
    """Note that a pod has come to others that run the same, of a workload whose pods don't come and go by themselves.

    Those of jobs do, and neither have a pod-template hash nor end in a small number as those of stateful sets.
    """
    if (
        not origin.pod
        or not _is_lasting(workload.name, origin.revision, origin.pod)
        or len(workload.pods) >= _MOST_PODS
    ):
        return
    if now < workload.since + GRACE or now < workload.rolled + _ROLLING:
        return
    others = [one for one in workload.pods.values() if _is_recent(one.last, now, _LATELY)]
    if not others or any(one.revision != origin.revision for one in others):
        return
    if workload.joining is not None and now < workload.joining.time + _PATIENCE:
        workload.joining = replace(workload.joining, pods=(*workload.joining.pods, origin.pod))
    else:
        workload.joining = Joining(now, (origin.pod,), len(others), tuple(sorted(one.name for one in others)))


def _joined(namespace: str, workload: _Watched, one: Sighting) -> list[Change]:
    """That there are more pods now, once all the others have logged after the new ones came."""
    joining = workload.joining
    if joining is None:
        return []
    if one.first >= joining.time + _PATIENCE:
        workload.joining = None
        return []
    enough = joining.time + _OUTLIVES
    if one.origin.pod in joining.awaited and one.last >= enough:
        joining = replace(joining, awaited=tuple(name for name in joining.awaited if name != one.origin.pod))
        workload.joining = joining if joining.awaited else None
    if joining.awaited:
        return []
    # Its time is that of the line that shows it, so that whoever looks at a window knows what is known by its end.
    time = one.first if one.first >= enough else one.last
    before, after = str(joining.others), str(joining.others + len(joining.pods))
    return [_change(namespace, workload.name, time, ChangeKind.PODS, before, after)]


def _remember(workload: _Watched, one: Sighting, digest: str) -> None:
    origin, last = one.origin, one.last // _STEP * _STEP
    workload.last = max(workload.last, last)
    workload.running[digest] = Running(origin.container, origin.image, origin.revision, last)
    if origin.pod:
        pod = workload.pods.get(origin.pod)
        # Another revision in a pod of the same name is another pod.
        runs = dict(pod.runs) if pod is not None and pod.revision == origin.revision else {}
        runs[origin.container] = digest
        workload.pods[origin.pod] = Pod(origin.pod, origin.revision, tuple(sorted(runs.items())), last)


def _forget(workload: _Watched, now: int) -> None:
    """Keep of a workload what is current, and what ran or logged not long ago."""

    def is_kept(it: Running) -> bool:
        is_current = it.revision == workload.revision and it.image == workload.images.get(it.container, "")
        return is_current or _is_recent(it.last, now, _HOUR)

    def is_known(pod: Pod) -> bool:
        is_current = pod.revision == workload.revision and _is_lasting(workload.name, pod.revision, pod.name)
        return _is_recent(pod.last, now, _WEEK if is_current else _HOUR)

    running = {digest: it for digest, it in workload.running.items() if is_kept(it)}
    pods = {name: pod for name, pod in workload.pods.items() if is_known(pod)}
    newest = sorted(running, key=lambda digest: (-running[digest].last, digest))[:_MOST_RUNNING]
    latest = sorted(pods, key=lambda name: (-pods[name].last, name))[:_MOST_PODS]
    workload.running = {digest: running[digest] for digest in newest}
    workload.pods = {name: pods[name] for name in latest}


def _is_recent(last: int, now: int, within: int) -> bool:
    return last >= (now - within) // _STEP * _STEP


def _is_lasting(workload: str, revision: str, pod: str) -> bool:
    return bool(revision or re.fullmatch(re.escape(workload) + r"-\d{1,4}", pod))


def _as_one(found: list[Change]) -> list[Change]:
    """A roll-out is seen by each container of its pods: one with another image tells what it is about."""
    told = []
    for one in found:
        same = [other for other in found if other.workload == one.workload]
        rolled = [other for other in same if other.kind is ChangeKind.ROLLOUT]
        images = [other for other in same if other.kind is ChangeKind.IMAGE]
        if one in rolled and images:
            continue
        if rolled and images and one is images[0]:
            time = min(one.time, rolled[0].time)
            told.append(_change(one.namespace, one.workload, time, one.kind, one.before, one.after))
        else:
            told.append(one)
    return sorted(told, key=lambda one: (one.time, one.id))


def _watch(one: Workload) -> _Watched:
    running = {finding_id(it.container, it.image, it.revision): it for it in one.running}
    pods = {pod.name: pod for pod in one.pods}
    return _Watched(
        one.name, one.since, one.rolled, one.revision, dict(one.images), running, pods, one.joining, one.last
    )


def _as_known(one: _Watched) -> Workload:
    return Workload(
        name=one.name,
        since=one.since,
        rolled=one.rolled,
        revision=one.revision,
        images=tuple(sorted(one.images.items())),
        running=tuple(sorted(one.running.values(), key=lambda it: (it.container, it.image, it.revision))),
        pods=tuple(sorted(one.pods.values(), key=lambda pod: pod.name)),
        joining=one.joining,
        last=one.last,
    )
