"""The page: templates and modules that read the public API, and nothing else."""
