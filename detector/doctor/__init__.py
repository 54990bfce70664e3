"""Looks whether everything that drainwatch needs of a cluster is there, and says how to mend what isn't."""
