"""Who asks, over HTTP, and what that needs."""
