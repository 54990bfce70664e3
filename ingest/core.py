"""The compiled core, where it is installed: a package of its own that holds the hot steps of reading and templating.

Python has all of them as well, and both give the same; see `native/`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

VERSION = 6
"""Of the interface between the two; raised, here and in native/src/lib.rs, whenever it changes."""
MODULE = "drainwatch_native"
CHOICES = ("auto", "native", "python")


def native(wanted: str = "auto") -> ModuleType | None:
    """The compiled core, or None where Python does the work.

    `auto` takes it where it is installed and fits, `native` demands it, `python` does without. Raises `ValueError` with
    a sentence for the user where it is demanded and can't be had, or where `wanted` is none of the three.
    """
    if wanted not in CHOICES:
        raise ValueError(f"{wanted!r} is no way of parsing. Use {', '.join(CHOICES[:-1])} or {CHOICES[-1]}.")
    if wanted == "python":
        return None
    module, reason = _load()
    if module is None and wanted == "native":
        raise ValueError(f"The compiled core is demanded, but {reason} Build it with `make native`, or choose auto.")
    return module


def why_not() -> str:
    """Why there is no compiled core, in a sentence; empty where there is one."""
    return _load()[1]


def _load() -> tuple[ModuleType | None, str]:
    try:
        module = import_module(MODULE)
    except ModuleNotFoundError:
        return None, "it isn't installed."
    except Exception as error:
        return None, f"it can't be loaded ({str(error) or type(error).__name__})."
    found = getattr(module, "VERSION", None)
    if found != VERSION:
        return None, f"the installed one has version {found} of the interface and version {VERSION} is needed."
    return module, ""
