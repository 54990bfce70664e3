"""Series for a real Prometheus, in OpenMetrics' format with times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

Labels = Mapping[str, str]


def gauges(start: int, every: int, series: Mapping[str, Iterable[tuple[Labels, ArrayLike]]]) -> str:
    """Gauges by name; `start` and `every` in whole seconds. NaN is a gap: nothing was scraped there."""
    lines = []
    for name, rows in series.items():
        lines.append(f"# TYPE {name} gauge")
        for labels, values in rows:
            shown = ",".join(f'{key}="{value}"' for key, value in labels.items())
            numbers = np.asarray(values, np.float64).tolist()
            lines += [f"{name}{{{shown}}} {v!r} {start + n * every}" for n, v in enumerate(numbers) if v == v]
    return "\n".join([*lines, "# EOF", ""])
