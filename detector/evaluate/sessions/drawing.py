"""Pictures of an evaluation as SVG: no script, so that the report is one small file that opens everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Points = Sequence[tuple[float, float]]
Ticks = Sequence[tuple[float, str]]

WIDTH, HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 14, 40


def curve(points: Points, across: str, up: str, reach: float = 1.0) -> str:
    """A line from 0 to 1, on the axis across from 0 to `reach`."""
    path = " ".join(f"{_x(x / reach):.1f},{_y(y):.1f}" for x, y in points if x <= reach)
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    wide, high = [(one, f"{one * reach:.3g}") for one in shares], [(one, f"{one:g}") for one in shares]
    return _svg(_axes(wide, high, across, up), [f'<polyline class="curve" points="{path}"/>'])


def histogram(rarity: Floats, labels: NDArray[np.int8], cut: float) -> str:
    """Sessions by rarity, normal and anomalous side by side, on a scale of logarithms; the cut as a line."""
    most = max(float(rarity.max(initial=0.0)), cut, 1.0) * 1.02
    edges = np.linspace(0, most, 41)
    heights = [np.histogram(rarity[labels == label], edges)[0] for label in (0, 1)]
    top = np.log10(max(int(max(one.max() for one in heights)), 9) + 1)
    bars = [
        _bar(edges[at] / most, edges[at + 1] / most, np.log10(count + 1) / top, label, int(count))
        for label, counts in enumerate(heights)
        for at, count in enumerate(counts.tolist())
        if count
    ]
    where = _x(cut / most)
    line = f'<line class="cut" x1="{where:.1f}" x2="{where:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
    name = f'<text class="cut" x="{where + 4:.1f}" y="{_TOP + 9}">told from here on</text>'
    across = [(at / most, _chance(at)) for at in range(0, int(most) + 1, max(1, int(most) // 5))]
    up = [(np.log10(10**at + 1) / top, f"{10**at:,}") for at in range(int(top) + 1)]
    return _svg(_axes(across, up, "chance of a normal session to be as odd", "sessions"), [*bars, line, name])


def _chance(power: int) -> str:
    return "1" if not power else f"1/{10**power:,}" if power < 4 else f"10^-{power}"


def _bar(start: float, end: float, height: float, label: int, count: int) -> str:
    half = (_x(end) - _x(start)) / 2
    left, top = _x(start) + label * half, _y(height)
    kind = ("normal", "anomalous")[label]
    return (
        f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{max(half - 0.5, 1):.1f}" '
        f'height="{HEIGHT - _BOTTOM - top:.1f}"><title>{count:,} {kind}</title></rect>'
    )


def _axes(across: Ticks, up: Ticks, x_name: str, y_name: str) -> list[str]:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    drawn = [f'<path class="axis" d="M{_LEFT},{_TOP}V{bottom}H{right}"/>']
    for at, name in across:
        drawn.append(f'<text text-anchor="middle" x="{_x(at):.1f}" y="{bottom + 15}">{escape(name)}</text>')
    for at, name in up:
        drawn.append(f'<text text-anchor="end" x="{_LEFT - 5}" y="{_y(at) + 4:.1f}">{escape(name)}</text>')
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{_y(at):.1f}" y2="{_y(at):.1f}"/>')
    drawn.append(f'<text text-anchor="middle" x="{(_LEFT + right) / 2}" y="{HEIGHT - 6}">{escape(x_name)}</text>')
    drawn.append(f'<text x="{_LEFT}" y="{_TOP - 3}">{escape(y_name)}</text>')
    return drawn


def _svg(*groups: Iterable[str]) -> str:
    inside = "".join(part for group in groups for part in group)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">{inside}</svg>'


def _x(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)
