"""A line to its template: formats told apart, variables and personal data masked, templates mined with Drain3."""
