"""Counts to anomalies, and everything that is served from them."""
