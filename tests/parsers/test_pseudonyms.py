"""Who wants to follow an id may: its values get a name each, keyed, in what is shown and never in what is counted."""

from __future__ import annotations

import re

import pytest

from parsers.engine import TemplateEngine
from parsers.settings import MiningSettings
from tests.parsers.batches import batch_of
from tests.parsers.engines import ENGINES

KEY, OTHER_KEY = b"0" * 32, b"1" * 32
MASKS = {"USER": "user-[0-9]{1,9}"}
LINES = [
    "login of ann@example.org from 192.0.2.7 failed",
    "order of user-4711 paid by card 4111 1111 1111 1111",
    "order of user-4712 paid by card 5500 0000 0000 0004",
    "mail to ANN@example.org and to bob@example.org sent",
]


def engine_of(kind: str, key: bytes = KEY, *pseudonyms: str) -> TemplateEngine:
    return ENGINES[kind](MiningSettings(masks=MASKS, pseudonyms=pseudonyms, pseudonym_key=key))


@pytest.mark.parametrize("kind", ENGINES)
def test_a_value_has_the_same_name_wherever_it_comes_up_and_other_kinds_have_none(kind: str) -> None:
    engine = engine_of(kind, KEY, "EMAIL", "USER")
    login, first, second, mail = engine.redact(LINES)
    ann = re.fullmatch(r"login of (<EMAIL:[b-t]{16}>) from <IP> failed", login)
    assert ann is not None
    assert re.fullmatch(rf"mail to {ann[1]} and to <EMAIL:[b-t]{{16}}> sent", mail)
    assert mail.count(ann[1]) == 1
    assert re.fullmatch(r"order of <USER:[b-t]{16}> paid by card <CARD>", first)
    assert first != second
    assert engine.redact([login]) == [login]


def test_both_engines_and_every_start_give_the_same_names_and_another_key_others() -> None:
    shown = [engine_of(kind, KEY, "EMAIL", "USER").redact(LINES) for kind in ENGINES]
    assert shown[0] == shown[1]
    assert engine_of("python", OTHER_KEY, "EMAIL", "USER").redact(LINES)[0] != shown[0][0]


@pytest.mark.parametrize("kind", ENGINES)
def test_templates_and_their_ids_are_what_they_were_and_examples_tell_values_apart(kind: str) -> None:
    plain, named = engine_of(kind), engine_of(kind, KEY, "EMAIL", "USER")
    for engine in (plain, named):
        engine.parse(batch_of(LINES))
    before, after = plain.catalogue("shop"), named.catalogue("shop")
    assert {id_: one.text for id_, one in before.items()} == {id_: one.text for id_, one in after.items()}
    examples = sorted(one.example for one in after.values())
    assert examples == sorted(named.redact([LINES[0], LINES[1], LINES[3]]))


@pytest.mark.parametrize("kind", ENGINES)
def test_what_cannot_be_is_refused_in_a_sentence(kind: str) -> None:
    with pytest.raises(ValueError, match=r"parsing\.pseudonyms names WHO, which is no mask: take of EMAIL, IP, .*USER"):
        engine_of(kind, KEY, "WHO")
    with pytest.raises(ValueError, match="has 5 characters, and 32 are the least"):
        engine_of(kind, b"short", "EMAIL")


def test_however_a_number_is_written_it_is_the_same() -> None:
    engine = engine_of("python", KEY, "CARD", "PHONE", "IBAN")
    cards = engine.redact(["4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111"])
    phones = engine.redact(["+49 30 12345678", "+49 (30) 123-45678"])
    accounts = engine.redact(["DE89 3704 0044 0532 0130 00", "DE89370400440532013000"])
    assert [len(set(some)) for some in (cards, phones, accounts)] == [1, 1, 1]
