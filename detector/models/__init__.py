"""Detectors: each a file with a `fit` and a `score`, and the model of a namespace that joins them (`ensemble`)."""
