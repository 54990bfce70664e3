"""Where counts, templates and findings are kept: a port, and an implementation a file behind it."""
