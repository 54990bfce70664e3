"""Looks at what a space of Kibana has, says what would change, and changes it by one import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from detector.setup.compare import Line
from detector.setup.kibana.columns import Json
from detector.setup.kibana.objects import SavedObject, ndjson, unfold
from detector.setup.kibana.server import Kibana
from detector.setup.plan import Action

_OTHERWISE = "left as it is: it differs from drainwatch's; --overwrite sets it back"
_SHOWN = 80
"""Characters of a value."""


@dataclass(frozen=True, slots=True)
class ObjectStep:
    """An object, and what is to be done about it."""

    wanted: SavedObject
    action: Action
    lines: Sequence[Line] = ()
    """What differs."""
    reason: str = ""
    """Why it is left, or failed; of a data view that is somebody else's, which indices it has."""

    @property
    def pending(self) -> bool:
        """Whether there is something to be done."""
        return self.action in (Action.CREATE, Action.CHANGE)


def plan_objects(kibana: Kibana, wanted: Sequence[SavedObject], overwrite: bool) -> list[ObjectStep]:
    """What is to be done about each object, without changing anything.

    What is there already and differs is left, unless it is to be overwritten: somebody may have changed it on purpose.
    Raises `ServerError`.
    """
    found = kibana.fetch([one.key for one in wanted])
    return [_planned(one, found.get(one.key), overwrite) for one in wanted]


def new_objects(wanted: Sequence[SavedObject]) -> list[ObjectStep]:
    """The plan for a space that isn't there yet."""
    return [ObjectStep(one, Action.CREATE) for one in wanted]


def apply_objects(kibana: Kibana, steps: Sequence[ObjectStep]) -> Iterator[ObjectStep]:
    """Import what is pending, and say what became of each object. Raises `ServerError` where nothing of it is taken."""
    pending = [step for step in steps if step.pending]
    overwrite = any(step.action is Action.CHANGE for step in pending)
    outcome = kibana.load(ndjson(step.wanted for step in pending), overwrite)
    for step in steps:
        if not step.pending or step.wanted.key in outcome.done:
            yield step
        else:
            reason = outcome.errors.get(step.wanted.key, "not imported, because others could not be")
            yield replace(step, action=Action.FAIL, reason=reason)


def differences(wanted: SavedObject, found: Json) -> list[Line]:
    """Where an object isn't as it should be, by path; what Kibana adds to it is no difference."""
    have = dict(_flat("", _attributes(found)))
    lines = [
        Line(path, _short(have.get(path)), _short(value))
        for path, value in _flat("", wanted.attributes)
        if have.get(path) != value and not (path not in have and value in ("", "false", "[]", "{}"))
    ]
    needed = {(one["type"], one["id"]) for one in wanted.references}
    known = {(one["type"], one["id"]) for one in found.get("references", ())}
    lines += [Line("references", None, f"{type_} {id_}") for type_, id_ in sorted(needed - known)]
    return lines


def _planned(wanted: SavedObject, found: Json | None, overwrite: bool) -> ObjectStep:
    if found is None:
        return ObjectStep(wanted, Action.CREATE)
    lines = differences(wanted, found)
    if not lines:
        return ObjectStep(wanted, Action.KEEP)
    if wanted.shared:
        title = str(found.get("attributes", {}).get("title", ""))
        return ObjectStep(wanted, Action.KEEP, reason="" if title == wanted.attributes["title"] else title)
    return ObjectStep(wanted, Action.CHANGE, lines) if overwrite else ObjectStep(wanted, Action.SKIP, lines, _OTHERWISE)


def _attributes(found: Json) -> Json:
    """Those of an object as it is given back, unfolded.

    From 9.2 on a search keeps what it shows in its first tab, and later nowhere else
    (src/platform/plugins/shared/saved_search/server/saved_objects).
    """
    attributes = found.get("attributes", {})
    tabs = attributes.get("tabs")
    if found.get("type") == "search" and tabs:
        attributes = {**attributes, **tabs[0].get("attributes", {})}
    return unfold(attributes)


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value below a path, as text; panels by their names, whatever their order."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), below)
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            name = item.get("panelIndex", number) if isinstance(item, dict) else number
            yield from _flat(f"{path}.{name}", item)
    else:
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _short(text: str | None) -> str | None:
    if text is None:
        return None
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
