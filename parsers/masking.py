"""The variable parts of a text replaced by what they are: `Order <NUM> placed in <DURATION>`.

One pass over the words that white space separates. What becomes of a word depends on the word alone, so a bounded memo
holds the answers: most words of a log have been seen before, and masking, four fifths of the time of Drain3's own way,
becomes one look-up a word. Within a word an alternation of bounded expressions, none of which can backtrack over what
another has tried, goes from left to right: a run of letters and digits is taken whole, so no position is looked at
twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from parsers.pseudonyms import Mark, Pseudonyms, plain, unknown
from parsers.redaction import IPV4, IPV6, JWT, KNOWN_KEY, MAIL, holds_card, may_span, redact, redact_spanning
from parsers.usermasks import UserMask, compile_masks
from parsers.words import ANY_DIGIT, like_term, mask_path, mask_word

MAX_CHARS = 8_192
"""Longer texts are cut: what tells statements apart stands at the beginning, dumps at the end."""
MAX_WORDS = 100
"""Drain sorts by the number of words and compares word by word; this bounds both its tree and its work."""
MORE = "<…>"
"""Stands for the words beyond the limit."""
_MEMO_ENTRIES = 100_000
_MEMO_WORD = 64
"""Longer words hardly come twice."""

_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w:])"
_DATE = (
    r"(?:\d{4}(?:-\d\d-|/\d\d/|\.\d\d\.)\d\d|\d{1,2}[/.-](?:\d\d|[A-Z][a-z]{2})[/.-]\d{4}|"
    r"\d{4}[-/][A-Z][a-z]{2}[-/]\d\d)"
)
_HOUR = r"[T_:]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
_POD = "[bcdfghjklmnpqrstvwxz2456789]"
"""Kubernetes makes the endings of names from these: no vowels, nothing that looks like another."""
_MIN_RUN = 24
_PARTS = {
    "MASKED": r"<[A-Z_…*]{1,32}>",
    "KEPT": r"(?<![\w-])(?:x86_64|(?i:UTF)-(?:8|16|32)|HTTP/[123](?:\.[01])?|(?i:SHA)-\d{1,3}|AES-\d{3})(?![\w-])",
    "EMAIL": MAIL,
    "TOKEN": JWT,
    "SECRET": KNOWN_KEY,
    "URL": r"(?<!\w)[a-z][a-z0-9+]{1,14}+://[^\s\"'<>()\[\]{},;|]{1,8192}+",
    "RUN": rf"(?<![\w+/=-])[A-Za-z0-9_+-]{{{_MIN_RUN},8192}}+={{0,2}}",
    "UUID": r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])",
    "TIME": rf"(?<![\w.])(?:{_DATE}(?:{_HOUR})?(?!\w)|{_CLOCK})",
    "IP": rf"{IPV4}(?:/\d{{1,2}})?(?::\d{{1,5}})?(?!\w)|\[{IPV6}\](?::\d{{1,5}})?|{IPV6}(?:/\d{{1,3}})?",
    "MAC": r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])",
    "HEX": r"(?<!\w)0[xX][0-9A-Fa-f]{1,8192}+(?!\w)",
    "POD": rf"(?<=[a-z0-9])-(?:{_POD}{{6,10}}-{_POD}{{5}}|(?={_POD}{{0,4}}\d){_POD}{{5}})(?![\w-])",
    "VERSION": r"(?<![\w.])v?\d{1,9}(?:\.\d{1,9}){2,3}(?:[-+][A-Za-z][\w.]{0,32}+)?(?![\w.]|-\d)",
    "DURATION": r"(?<![\w.])(?:\d{1,20}(?:\.\d{1,20})?(?:ns|us|µs|μs|ms|secs?|s|mins?|m|hrs?|h|d)){1,5}(?!\w)",
    "SIZE": r"(?<![\w.])\d{1,20}(?:\.\d{1,20})?(?:[KMGTPE]i?[Bb]|[KMGTPE]i|bytes|B)(?!\w)",
    "NUM": r"(?:(?<![\w.)\]-])[+-]|(?<=_)-)?\d{1,8192}+(?:[.,]\d{1,512}+){0,8}+(?:[eE][+-]?\d{1,3})?(?![A-Za-z0-9])",
    "WORD": r"[A-Za-z0-9]{1,8192}+",
}


def _alternation(*without: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PARTS.items() if name not in without))


_OUTER_PARTS = ("RUN", "URL", "EMAIL", "TOKEN")
_PATTERN = _alternation()
_INNER = _alternation(*_OUTER_PARTS)
"""For what lies within a URL or a long run: neither holds one of its own."""
_PLAIN = re.compile(r"[^\d@:]*$")
_VALUED = frozenset("-/xX")
"""Signs without which none of the expressions asks for a certain digit (`x86_64`, `HTTP/1`, `UTF-8`, a pod's name)."""
_MEMO_SHAPES = 10_000
_SPANNING = "\0"
"""What a text holds of its own only makes it take the longer way, so any text may."""
_PIECE = re.compile(r"[A-Za-z0-9]{16,8192}+")
_MIXED = re.compile(r"(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=\D*\d)")
_MONTH = r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_SPOKEN_DATE = re.compile(
    rf"(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{{0,6}},? )?(?:{_MONTH} <NUM>,?|<NUM> {_MONTH}) (?:<NUM> )?<TIME>"
    r"(?: (?:[A-Z]{2,5}\b|[+-]?<NUM>))?(?: <NUM>)?"
)
_BRACKETS = re.compile(r"[\[\](){}]")
_LIST = re.compile(r"\[[^\[\](){}\s,]{0,512}+(?:,\s?[^\[\](){}\s,]{1,512}+)++\]")


def _mask_part(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind == "WORD":
        return mask_word(found[0])
    if kind in {"MASKED", "KEPT"}:
        return found[0]
    if kind == "URL":
        scheme, _, rest = found[0].partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{_INNER.sub(_mask_part, host.partition('?')[0])}{mask_path(slash + path)}"
    if kind == "RUN":
        if any(_MIXED.match(piece) for piece in _PIECE.findall(found[0])):
            return "<KEY>"
        return _INNER.sub(_mask_part, found[0])
    return f"-<{kind}>" if kind == "POD" else f"<{kind}>"


class _Memo(dict[str, str]):
    """What becomes of each word, remembered up to a limit and then begun anew."""

    def __missing__(self, word: str) -> str:
        return self._remember(word, _mask(word))

    def _remember(self, word: str, masked: str) -> str:
        if len(word) <= _MEMO_WORD:
            if len(self) >= _MEMO_ENTRIES:
                self.clear()
            self[word] = masked
        return masked


class _Sieve(_Memo):
    """The same, but `_SPANNING` for words by which the whole text may have to be redacted.

    Beside it is a memo of words in which all digits are made one: which digits they are matters only for the signs in
    `_VALUED` and for the names of things.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shapes: dict[str, str] = {}

    def __missing__(self, word: str) -> str:
        if word.isdecimal() and len(word) < _MIN_RUN:
            return self._remember(word, "<NUM>")
        if len(word) > _MEMO_WORD or not _VALUED.isdisjoint(word):
            return self._remember(word, _sift(word))
        shape = word.translate(ANY_DIGIT)
        if (masked := self._shapes.get(shape)) is None:
            masked = _sift(word)
            if "2" in shape and not any(map(str.isdecimal, masked)) and not like_term(shape):
                if len(self._shapes) >= _MEMO_SHAPES:
                    self._shapes.clear()
                self._shapes[shape] = masked
        return self._remember(word, masked)


def _sift(word: str) -> str:
    return _SPANNING if may_span(word) else _mask(word)


def _mask(word: str) -> str:
    return word if _PLAIN.match(word) else _PATTERN.sub(_mask_part, word)


def fold_nested(text: str) -> str:
    """Brackets within brackets emptied: `[trips: [Trip(id=1), Trip(id=2)]]` as `[trips: […]]`.

    What is nested are values of varying length, which would give one statement a template for every number of words.
    Any closing bracket closes any opening one (`[0, 5)`); an arrow or a smile closes nothing.
    """
    if text.count("[") + text.count("(") + text.count("{") < 2:
        return text
    depth, start, parts = 0, 0, []
    for found in _BRACKETS.finditer(text):
        at = found.start()
        if text[at] in "[({":
            depth += 1
            if depth == 2:
                parts.append(text[start : at + 1])
                start = at + 1
        elif depth:
            depth -= 1
            if depth == 1:
                parts.append("…" if at > start else "")
                start = at
    if not parts:
        return text
    parts.append("…" if depth >= 2 else text[start:])
    return "".join(parts)


def cut(text: str, limit: int) -> str:
    """The beginning of a text, up to white space where there is some: half a mail address would not be recognised."""
    if len(text) <= limit:
        return text
    space = text.rfind(" ", limit // 2, limit)
    return text[: space if space > 0 else limit]


class Masker:
    """Masks texts; holds the memo and the reader's own masks.

    `pseudonyms` names masks whose values are told apart in what is shown (`redact`), never in what templates are made
    of, and `key` is what that goes by. Raises `ValueError` with a sentence for the reader where one of `masks` (name →
    regular expression) can't be used, where there is no mask of such a name, and where the key is too short.
    """

    def __init__(
        self, masks: Mapping[str, str] | None = None, pseudonyms: Sequence[str] = (), key: bytes = b""
    ) -> None:
        self.own: Sequence[UserMask] = compile_masks(masks or {})
        if problem := unknown(pseudonyms, list(masks or {})):
            raise ValueError(problem)
        self._mark: Mark = Pseudonyms(pseudonyms, key) if pseudonyms else plain
        self._memo, self._sieve = _Memo(), _Sieve()

    def words(self, text: str) -> list[str]:
        """The masked words of a text, at most `MAX_WORDS` and one that stands for the rest."""
        return self.masked(text)[0]

    def masked(self, text: str) -> tuple[list[str], str]:
        """The same, and in one text with a space between each and the next."""
        # Folded first: what is nested is gone then, and needs no masking.
        text = fold_nested(text if len(text) <= MAX_CHARS else cut(text, MAX_CHARS))
        if self.own or ("[" in text and "," in text):
            words = self._redacted(text)
            masked = " ".join(words)
        else:
            words = list(map(self._sieve.__getitem__, text.split()))
            masked = " ".join(words)
            if _SPANNING in masked or holds_card(text):
                words = self._redacted(text)
                masked = " ".join(words)
        if "<*>" in masked:  # Drain's own sign; a line that holds it would never be found similar to itself
            masked = masked.replace("<*>", "*")
            words = masked.split()
        if "<TIME>" in masked:
            words = _join_times(masked).split()
            masked = " ".join(words)
        if len(words) > MAX_WORDS:
            words = [*words[:MAX_WORDS], MORE]
            masked = " ".join(words)
        return words, masked

    def _redacted(self, text: str) -> list[str]:
        """The words of a text in which something may have to be masked that goes beyond a word."""
        text = redact_spanning(text)
        for mask in self.own:
            text = mask.apply(text)
        if "," in text and "[" in text:
            text = _LIST.sub("[…]", text)
        sieve, memo = self._sieve, self._memo
        return [masked if (masked := sieve[word]) != _SPANNING else memo[word] for word in text.split()]

    def redact(self, text: str) -> str:
        """The text with personal data, secrets and what the reader's own masks name masked, all else readable."""
        for mask in self.own:
            text = mask.apply(text, self._mark)
        return redact(text, self._mark)


def _join_times(text: str) -> str:
    """A date and a time, or a date in words, as one `<TIME>`, be it with a clock or without."""
    if "<NUM>" in text:
        text = _SPOKEN_DATE.sub("<TIME>", text)
    while "<TIME> <TIME>" in text:
        text = text.replace("<TIME> <TIME>", "<TIME>")
    return text
