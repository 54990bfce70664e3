"""The colours of the page, as Kibana's charts and tables take them: those of severity and a few for lines and kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

SEVERITIES = {"warning": "#a9cbe4", "minor": "#efc24d", "major": "#e27a2c", "critical": "#a5143f"}
"""By band, mildest first, as in detector/web/static/page.css for a light background."""
_ON = {"warning": "#14212c", "minor": "#2b2204", "major": "#241003", "critical": "#ffffff"}
"""What is written on them."""
COLOURS = {
    **SEVERITIES,
    "plain": "#7c8a97",
    "error": "#b3261e",
    "good": "#2c8a6b",
    "odd": "#8b5cf6",
    "pale": "#c3cbd3",
    "deep": "#36597a",
    "faint": "#b79bff",
}
KINDS = {
    "new": "#8b5cf6",
    "back": "#b79bff",
    "more": "#e27a2c",
    "fewer": "#a9cbe4",
    "gone": "#36597a",
    "rule": "#a5143f",
}
"""By kind of a reason."""
_STEPS = (0, 25, 50, 75, 100)
"""Where bands of severity begin, and the end of the last."""


def palette(accessor: str) -> Json:
    """Colours of a number from 0 to 100 by the band that it is in."""
    colours = list(SEVERITIES.values())
    return {
        "accessor": accessor,
        "name": "custom",
        "params": {
            "colorStops": [{"color": colour, "stop": stop} for colour, stop in zip(colours, _STEPS[:-1], strict=True)],
            "continuity": "all",
            "name": "custom",
            "progression": "fixed",
            "rangeMax": None,
            "rangeMin": None,
            "rangeType": "number",
            "reverse": False,
            "steps": len(colours),
            "stops": [{"color": colour, "stop": stop} for colour, stop in zip(colours, _STEPS[1:], strict=True)],
        },
        "type": "palette",
    }


def mapping(colours: Mapping[str, str]) -> Json:
    """A colour for each value of a field.

    In the form of 8.x, which 9.x converts when it opens the panel: lens/common/content_management/v1/transforms/
    raw_color_mappings in elastic/kibana.
    """
    return {
        "assignments": [
            {
                "color": {"colorCode": colour, "type": "colorCode"},
                "rule": {"type": "matchExactly", "values": [value]},
                "touched": True,
            }
            for value, colour in colours.items()
        ],
        "colorMode": {"type": "categorical"},
        "paletteId": "eui_amsterdam_color_blind",
        "specialAssignments": [{"color": {"type": "loop"}, "rule": {"type": "other"}, "touched": False}],
    }


def badges(values: Sequence[str] = tuple(SEVERITIES)) -> Json:
    """How a data view shows severities: a word on its colour. `field_formats/common/converters/color.tsx`."""
    return {
        "id": "color",
        "params": {
            "colors": [
                {
                    "background": SEVERITIES[value],
                    "range": "-Infinity:Infinity",
                    "regex": f"^{value}$",
                    "text": _ON[value],
                }
                for value in values
            ],
            "fieldType": "string",
        },
    }
