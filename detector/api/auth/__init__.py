"""How a request comes to its principal: tokens, sessions, and logging in by a provider of OpenID Connect."""
