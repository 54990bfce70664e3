"""The compiled core's interface, each part beside the Python that it stands for."""

VERSION: int
"""See `ingest.core`."""
