"""Queries for what most clusters measure. Each gives one series a namespace; what isn't measured gives none.

Names of metrics: kube-state-metrics docs/metrics/workload, cAdvisor docs/storage/prometheus.md, Istio's standard
metrics (https://istio.io/latest/docs/reference/config/metrics/), and the usual names of instrumented HTTP servers.
"""

from __future__ import annotations

from collections.abc import Mapping

from ingest.prometheus.settings import Query

_KUBERNETES = (
    Query(
        "restarts",
        "sum by (namespace) (increase(kube_pod_container_status_restarts_total[5m]))",
        "container restarts in 5 minutes",
        least=2.0,
    ),
    Query(
        "unavailable",
        "sum by (namespace) (kube_deployment_status_replicas_unavailable)",
        "replicas that are not available",
        least=1.0,
    ),
    Query(
        "cpu",
        'sum by (namespace) (rate(container_cpu_usage_seconds_total{container!="",container!="POD"}[2m]))',
        "CPU",
        unit="millicores",
        scale=1_000.0,
        least=100.0,
    ),
    Query(
        "memory",
        'sum by (namespace) (container_memory_working_set_bytes{container!="",container!="POD"})',
        "memory",
        unit="MiB",
        scale=2.0**-20,
        least=64.0,
    ),
)
_HTTP = (
    Query(
        "requests",
        "60 * sum by (namespace) (rate(http_requests_total[2m]))",
        "requests a minute",
        direction="both",
        least=10.0,
        zero=True,
    ),
    Query(
        "server_errors",
        '60 * sum by (namespace) (rate(http_requests_total{code=~"5.."}[2m])'
        ' or rate(http_requests_total{status=~"5.."}[2m]))',
        "5xx responses a minute",
        least=2.0,
        zero=True,
    ),
    Query(
        "latency",
        "histogram_quantile(0.95, sum by (namespace, le) (rate(http_request_duration_seconds_bucket[2m])))",
        "latency, 95th percentile",
        unit="ms",
        scale=1_000.0,
        least=50.0,
    ),
)
_ISTIO = (
    Query(
        "mesh_requests",
        '60 * sum by (destination_workload_namespace) (rate(istio_requests_total{reporter="destination"}[2m]))',
        "requests a minute in the mesh",
        label="destination_workload_namespace",
        direction="both",
        least=10.0,
        zero=True,
    ),
    Query(
        "mesh_errors",
        "60 * sum by (destination_workload_namespace)"
        ' (rate(istio_requests_total{reporter="destination",response_code=~"5.."}[2m]))',
        "5xx responses a minute in the mesh",
        label="destination_workload_namespace",
        least=2.0,
        zero=True,
    ),
    Query(
        "mesh_latency",
        "histogram_quantile(0.95, sum by (destination_workload_namespace, le)"
        ' (rate(istio_request_duration_milliseconds_bucket{reporter="destination"}[2m])))',
        "latency in the mesh, 95th percentile",
        label="destination_workload_namespace",
        unit="ms",
        least=50.0,
    ),
)

PRESETS: Mapping[str, tuple[Query, ...]] = {"kubernetes": _KUBERNETES, "http": _HTTP, "istio": _ISTIO}
"""By name, as the settings name them."""
