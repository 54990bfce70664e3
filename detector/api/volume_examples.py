"""Examples of what the charts of a namespace are drawn from, for the OpenAPI document."""

from __future__ import annotations

from detector.api.examples import Example

_RANGE: Example = {
    "namespace": "shop",
    "since": "2026-11-21T06:58:00Z",
    "until": "2026-11-21T07:02:00Z",
    "step_seconds": 60.0,
    "closed_until": "2026-11-21T07:01:00Z",
}
LEVELS: Example = _RANGE | {
    "levels": {"error": [0, 0, 214, None], "info": [612, 598, 130, None], "none": [4, 0, 2, None]},
    "total": [616, 598, 346, None],
    "links": {"self": "/api/v1/namespaces/shop/levels?since=-4m", "namespace": "/api/v1/namespaces/shop"},
}
TREND: Example = {"template_id": "5d1c7e0f9a3b2468", "counts": [0, 0, 214, None]}
TRENDS: Example = _RANGE | {
    "items": [TREND],
    "links": {
        "self": "/api/v1/namespaces/shop/trends?template=5d1c7e0f9a3b2468",
        "namespace": "/api/v1/namespaces/shop",
    },
}
DETECTORS: Example = _RANGE | {
    "score": [None, None, 87.4, None],
    "detectors": {"forest": [None, None, 31.2, None], "surprise": [None, None, 87.4, None]},
    "threshold": 25.0,
    "links": {"self": "/api/v1/namespaces/shop/detectors", "namespace": "/api/v1/namespaces/shop"},
}
