"""What the compiled core is given: the patterns, tables and limits of the Python way, as plain data.

So there is one source of each: an expression stands in one Python module, `parsers.native_tree` makes a tree of it, and
the core matches that tree as `re` would. What letters, digits and white space are is asked of the running Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import parsers.formats as formats
from parsers import catalogue, keys, level, masking, redaction, words
from parsers.formats import access, stacktrace, statement, structured, timed, untimed
from parsers.native_tree import Classes, Trees, ascii_word
from parsers.usermasks import compile_masks

_PATTERNS: dict[str, re.Pattern[str]] = {
    "ansi": statement.ANSI,
    "syslog_start": formats._SYSLOG_START,
    "syslog_iso": formats._SYSLOG_ISO,
    "time": timed.TIME,
    "kafka_tail": timed._KAFKA_TAIL,
    "klog": untimed._KLOG,
    "redis": untimed._REDIS,
    "syslog": untimed._SYSLOG,
    "alarms": untimed._ALARMS,
    "quoted": access._QUOTED,
    "gin": access._GIN,
    "head": stacktrace._HEAD,
    "frame": stacktrace._FRAME,
    "python_head": stacktrace._PYTHON_HEAD,
    "pair": structured._PAIR,
    "exception": keys._EXCEPTION,
    "secret": redaction._SECRET,
    "bearer": redaction._BEARER,
    "userinfo": redaction._USERINFO,
    "phone": redaction._PHONE,
    "iban": redaction._IBAN,
    "card": redaction._CARD,
    "mail": redaction._MAIL,
    "jwt": redaction._JWT,
    "known_key": redaction._KNOWN_KEY,
    "ipv6": redaction._IPV6,
    "ipv4": redaction._IPV4,
    "list": masking._LIST,
    "spoken_date": masking._SPOKEN_DATE,
    "mixed": masking._MIXED,
    "piece": masking._PIECE,
    "version": words._VERSION,
    "quantity": words._QUANTITY,
    "size": words._SIZE,
    "named": words._NAMED,
    "camel": words._CAMEL,
    "hex": words._HEX,
    "pairs": words._PAIRS,
    "grpc_path": words._GRPC_PATH,
}
_LISTS: dict[str, tuple[re.Pattern[str], ...]] = {
    "timed_heads": tuple(map(re.compile, timed.HEADS.expressions)),
    "untimed_heads": tuple(map(re.compile, untimed.HEADS.expressions)),
}
_LIMITS = {
    "max_chars": masking.MAX_CHARS,
    "max_words": masking.MAX_WORDS,
    "max_example": catalogue.READ_FOR_EXAMPLE,
    "max_head": formats._MAX_HEAD,
    "max_heads": stacktrace.MAX_HEADS,
    "max_lines": stacktrace.MAX_LINES,
    "max_logger": statement.MAX_LOGGER,
    "max_error": structured._MAX_ERROR,
    "max_fields": structured._MAX_FIELDS,
    "max_segments": words._MAX_SEGMENTS,
    "min_letters_hex": words._MIN_LETTERS_HEX,
    "short": keys._SHORT,
}
_FIELDS = {
    "message": structured._MESSAGE,
    "level": structured._LEVEL,
    "logger": structured._LOGGER,
    "thrown": structured._THROWN,
    "method": structured._METHOD,
    "path": structured._PATH,
    "status": structured._STATUS,
}


def text_spec(masks: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All that reading texts stands on; `masks` are the reader's own (name → regular expression).

    Raises `ValueError` with a sentence for the reader where one of them can't be used.
    """
    classes = Classes()
    trees = Trees(classes)
    return {
        "patterns": {name: trees.of(pattern) for name, pattern in _PATTERNS.items()},
        "lists": {name: [trees.of(each) for each in patterns] for name, patterns in _LISTS.items()},
        "parts": [(name, trees.of(re.compile(pattern))) for name, pattern in masking._PARTS.items()],
        "outer_parts": list(masking._OUTER_PARTS),
        "own": [(mask.name, trees.of(mask.pattern)) for mask in compile_masks(masks or {})],
        "spaces": classes.add(trees.categories.space),
        "digits": classes.add(trees.categories.digit),
        "figures": classes.add(trees.categories.figures),
        "word": (classes.add(trees.categories.word), classes.add(ascii_word())),
        "letters": classes.add(trees.categories.letters),
        "classes": classes.rows,
        "lowered": trees.categories.lowered,
        "limits": _LIMITS,
        "fields": {name: list(names) for name, names in _FIELDS.items()},
        "terms": sorted(words._TERMS),
        "secret_words": list(redaction._SECRET_WORDS),
        "levels": list(level.LEVELS),
        "level_words": {**level._BY_LETTER, **level._BY_WORD},
        "level_letters": level._BY_LETTER,
        "syslog_levels": list(untimed._SYSLOG_LEVEL),
        "redis_levels": untimed._REDIS_LEVEL,
    }
