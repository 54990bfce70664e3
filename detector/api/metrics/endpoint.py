"""`/metrics` itself: all figures in the format that the scraper asks for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.context import InContext
from detector.api.metrics.collector import DrainwatchCollector

router = APIRouter(tags=["service"])


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response, dependencies=[needs(Right.READ)])
def metrics(context: InContext, request: Request) -> Response:
    """In the format that the scraper asks for: text, or OpenMetrics."""
    registry = CollectorRegistry()
    registry.register(DrainwatchCollector(context))
    if context.live is not None and context.who.sees_all:
        registry.register(context.live.measured)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"content-type": content_type})
