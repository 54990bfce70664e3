"""A store as somebody may see it: nothing in it tells of namespaces that aren't theirs; and what they may write."""

from __future__ import annotations

from detector.access.principal import Principal
from detector.permitted.reader import Permitted
from detector.permitted.writing import allowed as allowed
from detector.store.port import Reader


def permitted(reader: Reader, who: Principal) -> Reader:
    """The reader itself for who sees everything."""
    return reader if who.sees_all else Permitted(reader, who)
