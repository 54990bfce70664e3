"""Lines in: one module a source, all of them yielding the same `LogBatch`."""
