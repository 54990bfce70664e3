"""Judges what is kept: templates, life cycles, room on the disks, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detector.doctor.check import Check, failed, listed, ok, refused, skipped, warning
from detector.doctor.facts import Facts, Policies, Refused, Stored
from detector.setup import Action, Kind, Step
from ingest.accounting import DropReason

_SETUP = "Run drainwatch setup elasticsearch"
_FEW = 0.01
"""Of all lines: what a crash tears or a foreign file adds is less."""


def judge(facts: Facts) -> Iterator[Check]:
    """Those of writing, where results go to the cluster."""
    if facts.configured.store != "elasticsearch":
        return
    yield _objects(facts)
    yield _lifecycle(facts.lifecycle, facts.configured.prefix)
    yield _snapshots(facts.snapshots)
    yield _disk(facts)


def _objects(facts: Facts) -> Check:
    if facts.objects is None or isinstance(facts.objects, Refused):
        return refused("templates", facts.objects or Refused("nobody looked"))
    steps = [step for step in facts.objects if step.wanted.kind in (Kind.TEMPLATE, Kind.INDEX)]
    missing = _named(steps, Action.CREATE)
    if missing:
        return failed("templates", f"missing: {listed(missing)}", f"{_SETUP}.")
    broken = [step for step in steps if step.action is Action.FAIL]
    if broken and not all("privilege" in step.reason for step in broken):
        first = broken[0]
        return failed("templates", f"{first.wanted.name}: {first.reason}", f"{_SETUP} --dry-run: it shows the fields.")
    if broken:
        return skipped("templates", broken[0].reason, "Ask again as whoever runs drainwatch setup.")
    differing = _named(steps, Action.CHANGE)
    if differing:
        return warning("templates", f"of another version: {listed(differing)}", f"{_SETUP}; with --dry-run it shows.")
    return ok("templates", f"{len(steps)} templates and indices, all of this version")


def _named(steps: Sequence[Step], action: Action) -> list[str]:
    return [step.wanted.name for step in steps if step.action is action]


def _lifecycle(seen: Policies | Refused | None, prefix: str) -> Check:
    if seen is None or isinstance(seen, Refused):
        return refused("life cycle", seen or Refused("nobody looked"))
    if not seen.there:
        return ok("life cycle", "no ILM on this server: drainwatch itself removes what is older than store.keep_… says")
    missing = [name for name in (f"{prefix}-counts", f"{prefix}-findings") if name not in seen.names]
    if missing:
        return warning("life cycle", f"ILM is there, but not {listed(missing)}", f"{_SETUP}.")
    return ok("life cycle", f"ILM with {prefix}-counts and {prefix}-findings")


def _snapshots(seen: Policies | Refused | None) -> Check:
    if seen is None or isinstance(seen, Refused):
        return refused("snapshots", seen or Refused("nobody looked"))
    if not seen.there:
        return skipped("snapshots", "no snapshot policies on this server")
    if seen.failure:
        return failed("snapshots", f"the last one failed: {seen.failure}", "See GET _slm/policy and the repository.")
    if not seen.names:
        return warning(
            "snapshots",
            "no policy saves these indices",
            f"{_SETUP} --with snapshots --bucket NAME, or have one of yours include them.",
        )
    return ok("snapshots", listed(list(seen.names)))


def _disk(facts: Facts) -> Check:
    if facts.disk is None or isinstance(facts.disk, Refused):
        return refused("disk", facts.disk or Refused("nobody looked"))
    if facts.disk.blocked:
        return failed(
            "disk",
            f"read-only: {listed(list(facts.disk.blocked))}",
            "Free disk space: the block goes by itself. If it was set by hand, take index.blocks.* away again.",
        )
    if facts.disk.status == "red":
        return failed("disk", facts.disk.symptom, "Free disk space or add nodes.")
    if facts.disk.status == "yellow":
        return warning("disk", facts.disk.symptom, "Free disk space or add nodes.")
    return ok("disk", facts.disk.symptom)


def lost(facts: Facts) -> Iterator[Check]:
    """What is in no count, by the account of the store."""
    if not isinstance(facts.stored, Stored):
        return
    tally = facts.stored.tally
    if not tally.read:
        return
    dropped = ", ".join(f"{count:,} {reason.value}" for reason, count in tally.dropped.most_common() if count)
    said = f"{tally.read:,} lines read, {tally.dropped.total():,} not counted" + (f": {dropped}" if dropped else "")
    if not tally.balanced:
        yield failed("lines", f"{said}; these numbers don't add up", "That is a bug in drainwatch: please report it.")
    elif tally.dropped.total() - tally.dropped[DropReason.EMPTY] > _FEW * tally.read:
        yield warning("lines", said, "docs/reference.md says what each reason means, and what helps.")
    else:
        yield ok("lines", said)
