"""One scale of levels for all loggers: trace, debug, info, warning, error, critical, or empty where none is known."""

from __future__ import annotations

LEVELS = ("trace", "debug", "info", "warning", "error", "critical")
ERRORS = ("error", "critical")
"""Those that say that something went wrong."""

_WORDS = {
    "trace": "trace finest finer verbose trc silly debug2 debug3 debug4 debug5 spew",
    "debug": "debug dbg fine dbug debug1 config",
    "info": "info inf information informational notice note normal log statement detail hint success ok default",
    "warning": "warning warn wrn wng",
    "error": "error err eror severe fail failure fehler",
    "critical": "critical crit crt fatal ftl panic pnc alert emerg emergency dpanic off",
}
_BY_WORD = {word: level for level, words in _WORDS.items() for word in words.split()}
_BY_LETTER = {"t": "trace", "d": "debug", "i": "info", "w": "warning", "e": "error", "f": "critical", "c": "critical"}

LEVEL = (
    "(?:TRACE|DEBUG|INFO(?:RMATION)?|NOTICE|WARN(?:ING)?|ERROR|SEVERE|CRITICAL|FATAL|ALERT|EMERG|PANIC|DPANIC|FINE(?:R|ST)?|"
    "trace|debug|info|notice|warn(?:ing)?|error|severe|crit(?:ical)?|fatal|alert|emerg|panic|dpanic|"
    "Trace|Debug|Info(?:rmation)?|Notice|Note|Warn(?:ing)?|Error|Critical|Fatal|"
    "TRC|DBG|INF|WRN|ERR|FTL|trce|dbug|fail|crit|System|SUCCESS)"
)
"""Regular expression of the words by which loggers write a level in the head of a line."""


def normalise_level(raw: object) -> str:
    """A level as any logger writes it (word, letter, pino's and bunyan's tens) on the one scale, or an empty string."""
    if isinstance(raw, str):
        word = raw.strip().lower()
        if len(word) == 1 and not word.isdigit():
            return _BY_LETTER.get(word, "")
        return _by_number(int(word)) if word.isascii() and word.isdigit() and len(word) <= 3 else _BY_WORD.get(word, "")
    if isinstance(raw, int | float) and not isinstance(raw, bool) and raw == raw:
        return _by_number(int(raw)) if abs(raw) < 1e6 else ""
    return ""


def level_of_status(status: int) -> str:
    """Level of an answered HTTP request: the server's fault is an error, the client's a warning."""
    if status >= 500:
        return "error"
    return "warning" if status >= 400 else "info"


def _by_number(number: int) -> str:
    """Pino, bunyan and Python count in tens from 10; lower numbers mean different things and are left alone."""
    return LEVELS[min(number // 10, 6) - 1] if number >= 10 and number % 10 == 0 and number <= 60 else ""
