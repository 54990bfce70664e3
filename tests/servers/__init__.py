"""Real servers for tests: downloaded once into a cache, started when the first test asks, ended with the session."""
