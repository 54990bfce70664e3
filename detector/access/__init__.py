"""Who may see and do what: principals, their rights, tokens, sessions, and the acts that are written down.

Plain data and pure functions; how a request comes to its principal is the part of `detector.api.auth`.
"""
