"""`python -m detector.cli`, where the `drainwatch` script isn't at hand."""

from detector.cli import main

main()
