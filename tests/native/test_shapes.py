"""What the core remembers of a word it gives for words of the same shape: they must be such as Python masks alike."""

from __future__ import annotations

import random
from types import ModuleType

from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.masking import Masker
from parsers.native_spec import text_spec

LINES = 3_000
_PIECES = (
    "utf UTF- SHA- sha- AES- HTTP/ x86_64 x86 _ - - - / . . , : : = ( ) [ ] < > + @ ; # % %2F 0x 0X v V 2fa 2xx "
    "3des md5 h2 p2p i18n AKIA AIza eyJ sk_live_ ghp_ xoxb- glpat- ms s m h d us ns sec GB KiB kB B e E T Z UTC "
    "alpha beta rc http:// /api/ /a.B/Cd x y bcdfg x2kvz abc ABC feed dead BEEF key "
    "token= id= Trip( µs ä ٣ Ａ <NUM> <*> … Jan -0 ' | &"
)
PIECES = _PIECES.split()
DIGITS = ("0123456789", "2456789", "013")
HEADS = ("", "2026-11-21 07:00:18,002 INFO  [main] c.s.Order - ", "[2026-11-21 07:00:18,002] INFO ", "[INFO] ")


def piece(pick: random.Random) -> str:
    """Mostly digits: some runs are made of those that endings of pods' names have, some of the others."""
    kind = pick.random()
    if kind < 0.5:
        return "".join(pick.choices(pick.choice(DIGITS), k=pick.choice((1, 1, 2, 3, 4, 5, 6, 8, 10, 12, 20))))
    if kind < 0.6:
        return "".join(pick.choices("0123456789abcdef", k=pick.choice((4, 8, 12, 16))))
    if kind < 0.65:
        return "".join(pick.choices("bcdfghjklmnpqrstvwxz2456789", k=pick.choice((5, 6, 8, 10, 11))))
    return pick.choice(PIECES)


def test_words_that_differ_in_digits_alone_are_masked_as_python_masks_each(core: ModuleType) -> None:
    pick, native, keyer = random.Random(7), core.Text(text_spec()), Keyer(Masker())
    for _ in range(LINES):
        words = ["".join(piece(pick) for _ in range(pick.randint(1, 6))) for _ in range(pick.randint(1, 8))]
        line = pick.choice(HEADS) + " ".join(words)
        found, _ = native.words(line.encode(), b"")
        assert [word.decode() for word in found] == keyer.words(read_record(line)), line


def test_words_that_have_no_shape_stay_apart(core: ModuleType) -> None:
    native, keyer = core.Text(text_spec()), Keyer(Masker())
    pairs = [
        ("a-24567", "a-24561"),
        ("api-245678-24567", "api-245678-24501"),
        ("SHA-256", "SHA-999"),
        ("HTTP/1.1", "HTTP/9.1"),
        ("x86_64", "x86_32"),
        ("2fa:12", "7fa:12"),
        ("0x12", "1x12"),
        ("v=3des", "v=4des"),
    ]
    for words in [*pairs, *[(b, a) for a, b in pairs]]:
        for word in words:
            line = f"some words before {word} behind"
            found, _ = native.words(line.encode(), b"")
            assert [each.decode() for each in found] == keyer.words(read_record(line)), line
