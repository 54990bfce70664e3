"""Both benchmarks: `python -m benchmarks.kafka`."""

from __future__ import annotations

from benchmarks.kafka import backlog, steady

if __name__ == "__main__":
    backlog.main([])
    steady.main([])
