"""Telling people: which incidents make an alert, when a message is due, to whom, and how it gets there."""
