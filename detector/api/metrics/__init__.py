"""`/metrics`: figures for Prometheus, of the store, the running service, and how long things take."""
