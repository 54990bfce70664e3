"""Anomalies in the metrics of a namespace, as Prometheus knows them: a detector of its own beside that of the logs."""
