"""Reads series from Prometheus, or from what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics."""
