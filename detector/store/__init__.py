"""Where counts, templates, findings and checkpoints are kept."""
