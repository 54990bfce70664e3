"""Both engines against Drain3 alone: the same template for every line and the same words in every template."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ingest.batch import LogBatch
from ingest.columns import Texts
from parsers.engine import Template, TemplateEngine
from parsers.miner import DrainEngine
from parsers.native import NativeEngine
from parsers.settings import MiningSettings
from tests.length import AT_LENGTH
from tests.native import lines as made
from tests.native.installed import installed
from tests.native.lines import Lines, batch, batches
from tests.native.reference import Reference

Opener = Callable[[MiningSettings], TemplateEngine]

OPENERS: dict[str, Opener] = {
    "python": DrainEngine,
    "native": lambda settings: NativeEngine(installed(), settings),
    "native on two threads": lambda settings: NativeEngine(installed(), settings, threads=2),
}
SMALL = MiningSettings(similarity=0.6, max_templates=40, max_children=5)
MASKED = MiningSettings(masks={"ORDER": "order-[0-9]{1,9}", "WHO": "(?i:alice|bob)"})


@pytest.fixture(params=OPENERS)
def open_engine(request: pytest.FixtureRequest) -> Opener:
    return OPENERS[request.param]


def assigned(engine: TemplateEngine, records: LogBatch) -> list[tuple[str, str]]:
    """Id of the template and level, row by row."""
    parsed = engine.parse(records)
    return [(parsed.templates[at], level) for at, level in zip(parsed.template.tolist(), parsed.level, strict=True)]


def compare(engine: TemplateEngine, lines: Lines, settings: MiningSettings, seed: int = 1) -> None:
    reference = Reference(settings)
    for records in batches(lines, seed, max(700, len(lines) // 8)):
        assert assigned(engine, records) == reference.parse(records)
        texts = {it.id: it.text for it in engine.catalogue("shop").values() if it.text != "<other>"}
        assert texts == {name: text[:2_000] for name, text in reference.texts().items()}


@pytest.mark.parametrize(
    "settings",
    [
        MiningSettings(),
        SMALL,
        MASKED,
        MiningSettings(depth=3, max_children=2),
        MiningSettings(depth=8, similarity=0.75, max_children=3),
        MiningSettings(similarity=0.3, max_templates=10),
    ],
    ids=["default", "small", "masked", "flat", "deep", "ten"],
)
def test_made_up_lines(open_engine: Opener, settings: MiningSettings) -> None:
    lines = made.varied(2_000, 3) + made.repeating(1_500, 4) + made.golden() + made.endless(450)
    compare(open_engine(settings), lines, settings)


def test_noise(open_engine: Opener) -> None:
    for seed in range(40 if AT_LENGTH else 2):
        compare(open_engine(SMALL), made.noise(1_500, seed), SMALL, seed)


def test_hdfs(open_engine: Opener) -> None:
    compare(open_engine(MiningSettings()), made.hdfs(250_000 if AT_LENGTH else 6_000), MiningSettings())


def test_what_filebeat_sends(open_engine: Opener) -> None:
    compare(open_engine(MiningSettings()), made.filebeat() * 2, MiningSettings())


def test_train_ticket(open_engine: Opener) -> None:
    lines = made.train_ticket(30_000 if AT_LENGTH else 150)
    random.Random(1).shuffle(lines)
    compare(open_engine(MiningSettings()), lines, MiningSettings())


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["INFO", "ERROR", "user", "order", " ", "  ", "\n", "\tat a.b.C(D.java:7)", "=", '"', "<*>", "[", ")"]
        ),
        st.text(max_size=6),
        st.integers(-(10**6), 10**12).map(str),
    ),
    max_size=12,
).map(" ".join)


@effort(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), PIECES), max_size=40), st.integers(0, 99))
def test_any_text(core: ModuleType, lines: Lines, seed: int) -> None:
    twice = [*lines, *lines]
    for engine in (DrainEngine(SMALL), NativeEngine(core, SMALL)):
        compare(engine, twice, SMALL, seed)


def test_texts_in_one_buffer_are_read_as_texts_of_their_own(open_engine: Opener) -> None:
    whole = batch(made.golden())
    apart = assigned(open_engine(MiningSettings()), whole)
    assert assigned(open_engine(MiningSettings()), replace(whole, message=Texts.of(whole.message))) == apart


def test_catalogue_health_and_state_are_the_same_in_both_ways(core: ModuleType) -> None:
    python, native = DrainEngine(SMALL), NativeEngine(core, SMALL)
    lines = made.varied(900, 5) + made.golden() + made.endless(400)
    random.Random(2).shuffle(lines)
    for records in batches(lines, 3):
        assigned(python, records)
        assigned(native, records)
        assert catalogue(native) == catalogue(python)
        assert native.health() == python.health()
        assert native.dirty_state() == python.dirty_state()


@effort(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 600), st.booleans(), st.booleans())
def test_either_goes_on_from_what_either_saved(core: ModuleType, seed: int, at: int, first: bool, second: bool) -> None:
    def opened(native: bool) -> TemplateEngine:
        return NativeEngine(core, SMALL) if native else DrainEngine(SMALL)

    lines = made.varied(300, seed) + made.repeating(200, seed) + made.endless(60)
    random.Random(seed).shuffle(lines)
    whole, before, after = opened(first), opened(first), opened(second)
    expected = assigned(whole, batch(lines))
    got = assigned(before, batch(lines[:at]))
    after.restore(before.dirty_state(), catalogue(before).values())
    got += assigned(after, batch(lines[at:], at))
    assert got == expected
    assert catalogue(after) == catalogue(whole)
    assert saved(after).items() <= saved(whole).items()


def catalogue(engine: TemplateEngine) -> dict[str, Template]:
    return dict(engine.catalogue("shop"))


def saved(engine: TemplateEngine) -> dict[tuple[str, str], bytes]:
    return dict(engine.dirty_state().by_workload)


def test_a_lone_surrogate_costs_neither_the_line_nor_the_state(open_engine: Opener) -> None:
    """No UTF-8 holds one, but JSON logs do; it once ended the service when the state was saved."""
    engine, after = open_engine(MiningSettings()), open_engine(MiningSettings())
    (before,) = set(assigned(engine, batch([("a", "INFO payment by \udc80x of order 7 was done")])))
    after.restore(engine.dirty_state(), catalogue(engine).values())
    assert "payment by" in catalogue(after)[before[0]].text


def test_a_batch_that_makes_no_sense_is_refused_and_not_read(core: ModuleType) -> None:
    engine, records = NativeEngine(core), batch(made.golden()[:5])
    texts = Texts.of(records.message)
    for begin, end in [(texts.begin, texts.end + 1), (texts.begin - 1, texts.end), (texts.end, texts.begin)]:
        with pytest.raises(ValueError, match="outside of its buffer"):
            engine.parse(replace(records, message=Texts(texts.data, begin, end)))
    with pytest.raises((ValueError, IndexError)):
        engine.parse(replace(records, origin=records.origin + 1_000))
    assert len(assigned(engine, records)) == 5


def test_a_workload_that_is_named_and_has_no_line_is_not_spoken_of(core: ModuleType) -> None:
    only = batch([("cart", "INFO one"), ("web", "INFO two")]).between(1, 2)
    native, python = NativeEngine(core), DrainEngine()
    for engine in (native, python):
        engine.parse(only)
    assert [one.workload for one in native.health()] == ["web"]
    assert native.health() == python.health()
