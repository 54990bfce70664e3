"""What the core remembers or leaves out, on both sides of where it may: the answer is Python's each time."""

from __future__ import annotations

import itertools
import random
from types import ModuleType
from typing import Any

import pytest

from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.level import LEVELS
from parsers.masking import Masker
from parsers.native_spec import text_spec

UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
_PIECES = (
    "session key keys token auth basic bearer Bearer x-bearer secret my-api_key private-key api- PWD = : =' \" abc "
    "abcdefgh1 a.b.c.d.e.f <x null é ſ K - _ / , tok sess set-cookie"
)
PIECES = [*_PIECES.split(), " ", " ", "  "]
OTHERS = ("12345678-1234-1234-1234-123456789012", "abcdefab-cdef-abcd-efab-cdefabcdefab", UUID.upper(), UUID[:-1])


@pytest.fixture(scope="module")
def native(core: ModuleType) -> Any:
    return core.Text(text_spec())


@pytest.fixture(scope="module")
def keyer() -> Keyer:
    return Keyer(Masker())


def agree(native: Any, keyer: Keyer, line: str) -> None:
    statement = read_record(line)
    words, level = native.words(line.encode(), b"")
    assert [word.decode() for word in words] == keyer.words(statement), line
    assert ("", *LEVELS)[level] == statement.level, line


def test_a_uuid_is_one_whatever_stands_around_it(native: Any, keyer: Keyer) -> None:
    around = ["", *"/=[(\"'.,:;-_+@#x1", "a-", "1.", "1/", "::1/", "2026/11/", "HTTP/", "SHA-", "eyJ", "sk-", "AKIA"]
    for before, after in itertools.product(around, around):
        for each in (UUID, *OTHERS, UUID):
            agree(native, keyer, f"some more words {before}{each}{after} behind")


@pytest.mark.parametrize(
    "heads",
    [
        ["UTC [12] LOG:  ", "UTC [99] LOG:  ", "UTC [123] LOG:  ", "UTC [1x] LOG:  ", "UTC [٣] LOG:  "],
        ["UTC [12] DEBUG1:  ", "UTC [12] DEBUG2:  ", "UTC [12] DEBUG:  "],
        [" INFO 1 --- [http-1] c.s.Order : ", " INFO 7 --- [http-2] c.s.Order : ", " INFO 7 --- [http-2] c.s.Orde9 : "],
        ["[http-12] INFO c.s.Order - ", "[http-47] INFO c.s.Order - ", "[http-47] WARN c.s.Order - "],
    ],
)
def test_heads_that_differ_in_digits_alone_say_what_each_says(native: Any, keyer: Keyer, heads: list[str]) -> None:
    for head in [*heads, *reversed(heads)]:
        agree(native, keyer, f"2026-11-21 07:00:18.002 {head}found the order again")


def test_what_stands_at_the_end_of_a_line_counts_for_each_line(native: Any, keyer: Keyer) -> None:
    ends = [
        " (kafka.server.Log)",
        "",
        ")",
        " (kafka log)",
        " (a.B) (c.D)",
        "(a.B)",
        "é (a.B)",
        "\n (a.B)",
        " (a.B)\nat x",
    ]
    for filler in ("", " and on", " x" * 3_900, " x" * 4_000, " x" * 4_100, "é" * 8_190):
        for end in [*ends, *reversed(ends)]:
            agree(native, keyer, f"[2026-11-21 07:00:18,002] INFO [Log partition=a-1] Rolled{filler}{end}")


@pytest.mark.parametrize(
    "time",
    [
        "07:00:18",
        "[07:00:18.123]",
        "07:00:18.1234567890",
        "07:00:18.Z",
        "07:00:18Z5",
        "07:00:189",
        "07:00:18٣",
        "07:00:18,12٣",
        "2026-11-21 07:00:18 UTC",
        "2026-11-21 07:00:18 UTCx",
        "2026-11-21 07:00:18 UTC_",
        "2026-11-21 07:00:18.5 UTCé",
        "2026-11-21 07:00:18 UT",
        "2026-11.21 07:00:18",
        "2026-11-21  07:00:18",
    ],
)
def test_times_as_the_expression_reads_them(native: Any, keyer: Keyer, time: str) -> None:
    for rest in (" INFO found", " [main] INFO c.s.Order - found", "", " - found it", "5"):
        agree(native, keyer, time + rest)


def test_secrets_are_found_behind_any_of_their_names(native: Any, keyer: Keyer) -> None:
    pick = random.Random(3)
    for _ in range(4_000):
        agree(native, keyer, "it was said " + "".join(pick.choices(PIECES, k=pick.randint(2, 9))))


@pytest.mark.parametrize("end", ["=hunter2", ": hunter2", " hunter2", ""])
def test_one_secret_behind_many_names_without_any(native: Any, keyer: Keyer, end: str) -> None:
    for count in (1, 2, 15, 16, 17, 40):
        for between in (" ", "-", "_x-", "/"):
            agree(native, keyer, "the " + between.join(["token"] * count) + f" of my-api_key{end}")


def test_words_as_short_as_a_mask_may_be(native: Any, keyer: Keyer) -> None:
    for word in (
        "Abc1" * 7,
        f"aa{UUID}",
        "0a:1b:2c:3d:4e:5f",
        "a1b2@ex.org",
        "ab://c1",
        "::1",
        "1::",
        "10.2.3.4",
        "-bcdf2",
    ):
        for begin, end in itertools.product(range(3), range(len(word) // 2)):
            agree(native, keyer, f"some more words {word[begin : len(word) - end]} behind")


def test_pairs_with_escapes(native: Any, keyer: Keyer) -> None:
    for value in (r"a \"b\" c", r"\\", r"a\\\"", "", "\\", 'x" y', r"\é", "a\tb"):
        agree(native, keyer, f'level=info msg="{value}" took=3ms')
        agree(native, keyer, f'{{"level":"info","msg":"{value}","n":1}}')


@pytest.mark.parametrize(
    "word", ["<TIME>", "<*>", "1<*>", "<TIME>1", "*", "a*b", "<x>", "07:00:18<*>", "<TIME", "TIME>"]
)
def test_words_with_signs_of_masks(native: Any, keyer: Keyer, word: str) -> None:
    for line in (f"some words {word} <TIME> behind", f"some words {word} 07:00:18 behind", f"Jan 1 {word} 07:00 x y z"):
        agree(native, keyer, line)
