"""Both benchmarks: `python -m benchmarks.elasticsearch [ADDRESS] [PATH…]`."""

from __future__ import annotations

import sys

from benchmarks.elasticsearch import passes, reading

if __name__ == "__main__":
    reading.main(sys.argv[1:])
    passes.main([argument for argument in sys.argv[1:] if reading.is_address(argument)])
