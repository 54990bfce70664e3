"""Each figure that the README or docs/ claim, as a command: a ratio against a peer measured in the same run."""
