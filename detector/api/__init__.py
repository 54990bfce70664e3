"""The REST API: what the store knows, as JSON over HTTP."""
