"""Records to templates: Drain3's own results, stable ids, bounded, and the same after a restart."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batch import LogBatch
from parsers.engine import EngineState, TemplateEngine
from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.masking import Masker
from parsers.settings import MiningSettings
from parsers.workload import BLOCK, WorkloadMiner, new_drain
from tests.parsers.batches import batch_of
from tests.parsers.engines import NewEngine

DATA = Path(__file__).parents[2].parent / "shared" / "data"
GOLDEN = Path(__file__).parent / "golden"

WORDS = ["order", "user", "failed", "ok", "to", "connect", "<NUM>", "<ID>", "retry", "alice", "bob", "<*>"]


def varied_lines(count: int, seed: int = 1) -> list[str]:
    """Lines of few words in any order, so that templates grow, merge and overlap."""
    pick = random.Random(seed)
    return [
        f"{pick.choice(['INFO', 'ERROR', 'WARN'])} {' '.join(pick.choices(WORDS, k=pick.randint(1, 9)))}"
        for _ in range(count)
    ]


def repeating_lines(count: int, seed: int = 1) -> list[str]:
    """Lines of five words of a few, so that the same ones come again after the templates around them have changed."""
    pick = random.Random(seed)
    return [f"INFO key {' '.join(pick.choices('abcdef', weights=(8, 4, 2, 1, 1, 1), k=7))}" for _ in range(count)]


def assigned(engine: TemplateEngine, batch: LogBatch) -> list[str]:
    parsed = engine.parse(batch)
    return [parsed.templates[index] for index in parsed.template]


def train_ticket() -> Iterator[tuple[str, list[str]]]:
    folder = DATA / "train-ticket" / "containers"
    if not folder.is_dir():
        if os.environ.get("DRAINWATCH_REQUIRE_SERVERS") == "1":
            pytest.fail(f"no Train Ticket logs under {folder}")
        pytest.skip("no Train Ticket logs beside the project")
    for path in sorted(folder.glob("*.log.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield path.name.split("_")[0], [json.loads(line)["log"] for line in itertools.islice(lines, 3_000)]


def test_each_line_gets_the_template_that_drain3_alone_would_give() -> None:
    golden = "\n".join(path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.log"))).splitlines()
    _compare_with_drain(varied_lines(6_000) + golden * 3, MiningSettings())
    for similarity in (0.4, 0.5, 0.6, 0.7, 0.8):
        _compare_with_drain(repeating_lines(2_000), MiningSettings(similarity=similarity))


def test_so_it_is_where_the_tree_is_full() -> None:
    _compare_with_drain(varied_lines(4_000, seed=2), MiningSettings(max_children=4))


def test_so_it_is_on_real_logs() -> None:
    for _, lines in train_ticket():
        _compare_with_drain(lines, MiningSettings())


def _compare_with_drain(lines: list[str], parameters: MiningSettings) -> None:
    keyer, drain = Keyer(Masker()), new_drain(parameters)
    miner = WorkloadMiner(replace(parameters, max_templates=10**9))
    for line in lines:
        words = keyer.words(read_record(line))
        expected, _ = drain.add_log_message(" ".join(words))
        number, _ = miner.assign(" ".join(words))
        miner.growing = False
        assert number == expected.cluster_id
        assert miner.template_words(number) == tuple(expected.log_template_tokens)
    assert [c.size for c in miner.drain.clusters if c] == [c.size for c in drain.clusters if c]


def test_real_logs_give_one_template_a_statement(new_engine: NewEngine) -> None:
    for workload, lines in train_ticket():
        engine = new_engine()
        engine.parse(batch_of(lines, "train-ticket", workload))
        statements = [(t.level, t.text.split()[0]) for t in engine.catalogue("train-ticket").values()]
        assert len(statements) == len(set(statements)), workload


def test_levels_never_share_a_template(new_engine: NewEngine) -> None:
    engine = new_engine()
    lines = [f"{level} [main] c.s.Order - Order {n} placed" for n in range(50) for level in ("INFO", "ERROR", "WARN")]
    engine.parse(batch_of([f"2026-11-21 07:00:18,002 {line}" for line in lines]))
    assert sorted(t.level for t in engine.catalogue("shop").values()) == ["error", "info", "warning"]


def test_short_statements_and_unlike_exceptions_are_kept_apart(new_engine: NewEngine) -> None:
    engine = new_engine()
    ids = assigned(engine, batch_of(["INFO VM started", "INFO VM paused", "INFO VM started"]))
    assert ids[0] == ids[2] != ids[1]
    thrown = "ERROR: payment of order {} failed\njava.lang.{}: x y\n\tat a.B.c(B.java:1)"
    ids = assigned(
        engine,
        batch_of([thrown.format(1, "AException"), thrown.format(2, "BException"), thrown.format(3, "AException")]),
    )
    assert ids[0] == ids[2] != ids[1]


def test_a_template_is_described_and_counted(new_engine: NewEngine) -> None:
    engine = new_engine()
    engine.parse(
        batch_of([f"INFO login of user{n} ann@example.org via the front door" for n in (17, 18, 19)], start=5_000_000)
    )
    (template,) = engine.catalogue("shop").values()
    assert (template.namespace, template.workload, template.level, template.count) == ("shop", "checkout", "info", 3)
    assert template.text == "login of user<NUM> <EMAIL> via the front door"
    assert (template.first_seen, template.last_seen) == (5_000_000, 5_002_000)
    assert template.example == "login of user17 <EMAIL> via the front door"


def test_an_id_outlives_changes_of_the_text(new_engine: NewEngine) -> None:
    engine = new_engine()
    first, second = assigned(
        engine, batch_of(["INFO user alice has logged in today", "INFO user bob has logged in today"])
    )
    assert first == second
    assert engine.catalogue("shop")[first].text == "user <*> has logged in today"


def test_ids_differ_by_namespace_and_workload(new_engine: NewEngine) -> None:
    engine = new_engine()
    where = [("a", "x"), ("a", "y"), ("b", "x")]
    assert len({assigned(engine, batch_of(["INFO it works"], *whose))[0] for whose in where}) == 3


def test_a_line_that_holds_drains_own_sign_is_found_again(new_engine: NewEngine) -> None:
    ids = assigned(new_engine(), batch_of(["INFO key <*> <*> <*> <*> <*> <*>"] * 3))
    assert len(set(ids)) == 1


@given(st.integers(0, 1_000), st.floats(0.2, 0.9))
@settings(max_examples=20, deadline=None)
def test_no_two_templates_are_born_with_the_same_words(seed: int, similarity: float) -> None:
    miner, keyer = WorkloadMiner(MiningSettings(similarity=similarity, max_children=4)), Keyer(Masker())
    for line in varied_lines(300, seed):
        miner.growing = False
        miner.assign(keyer.content(read_record(line)))
    assert len(set(miner.births)) == len(miner.births)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 400))
def test_after_a_restart_at_any_line_it_goes_on_as_if_there_had_been_none(
    new_engine: NewEngine, seed: int, at: int
) -> None:
    lines = varied_lines(200, seed) + repeating_lines(200, seed)
    random.Random(seed).shuffle(lines)
    whole, before, after = new_engine(SMALL), new_engine(SMALL), new_engine(SMALL)
    expected = assigned(whole, batch_of(lines))
    got = assigned(before, batch_of(lines[:at]))
    after.restore(before.dirty_state(), list(before.catalogue("shop").values()))
    got += assigned(after, batch_of(lines[at:], start=1_795_244_400_000_000 + 1_000 * len(lines[:at])))
    assert got == expected
    assert after.catalogue("shop") == whole.catalogue("shop")
    if lines[at:]:
        assert after.health() == whole.health()
        assert after.dirty_state() == whole.dirty_state()


SMALL = MiningSettings(similarity=0.6, max_templates=40, max_children=5)


def test_only_workloads_with_new_lines_have_new_state(new_engine: NewEngine) -> None:
    engine = new_engine()
    engine.parse(batch_of(["INFO a b"], workload="x"))
    engine.parse(batch_of(["INFO a b"], workload="y"))
    assert set(engine.dirty_state().by_workload) == {("shop", "x"), ("shop", "y")}
    engine.parse(batch_of(["INFO a b"], workload="y"))
    assert set(engine.dirty_state().by_workload) == {("shop", "y")}
    assert not engine.dirty_state().by_workload


def test_the_catalogue_alone_keeps_ids_and_counts_where_the_state_was_lost(new_engine: NewEngine) -> None:
    old, new = new_engine(), new_engine()
    (name,) = assigned(old, batch_of(["INFO order 1 placed by somebody"]))
    new.restore(EngineState(0), list(old.catalogue("shop").values()))
    assert assigned(new, batch_of(["INFO order 2 placed by somebody"])) == [name]
    assert new.catalogue("shop")[name].count == 2


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "other", "shape"])
def test_a_damaged_state_is_refused_with_a_sentence(new_engine: NewEngine, harm: str) -> None:
    engine = new_engine()
    engine.parse(batch_of(["INFO order 1 placed by somebody"]))
    saved = engine.dirty_state().by_workload[("shop", "checkout")]
    harmed = {
        "cut": saved[: len(saved) // 2],
        "flip": saved.replace(b"order", b"older"),
        "empty": b"",
        "other": b'{"py/object": "os.system", "py/reduce": ["ls"]}',
        "shape": _sealed({"version": 1, "births": [["a"]]}),
    }[harm]
    fresh = new_engine()
    with pytest.raises(ValueError, match="shop / checkout are damaged: restore the store"):
        fresh.restore(EngineState(1, {("shop", "checkout"): harmed}), [])
    assert fresh.health() == []


def test_a_state_of_a_newer_version_is_refused_with_a_sentence(new_engine: NewEngine) -> None:
    newer = _sealed({"version": 99})
    for state in (EngineState(99), EngineState(1, {("shop", "checkout"): newer})):
        with pytest.raises(ValueError, match=r"newer drainwatch \(version 99\): update"):
            new_engine().restore(state, [])


def _sealed(state: object) -> bytes:
    import hashlib

    raw = msgspec.json.encode(state)
    return msgspec.json.encode(
        {"checksum": hashlib.blake2b(raw, digest_size=16).hexdigest(), "state": msgspec.Raw(raw)}
    )


def letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:04}")


def endless(count: int, start: int = 0) -> list[str]:
    """Lines that begin with a value which no mask knows: each makes a template."""
    return [f"{letters(n)}{letters(n * 7 % 9_973)} joined {letters(n)} and stays" for n in range(start, start + count)]


def test_templates_that_grow_without_end_are_bounded_and_reported_with_advice(new_engine: NewEngine) -> None:
    engine = new_engine(MiningSettings(max_children=5_000))
    known = "INFO a well known statement of many words"
    ids = assigned(engine, batch_of([known, *endless(3_000), known]))
    catalogue = engine.catalogue("shop")
    assert ids[0] == ids[-1]
    assert catalogue[ids[-2]].text == "<other>"
    assert sum(template.count for template in catalogue.values()) == 3_002
    (health,) = engine.health()
    assert health.overflowing
    assert health.templates <= 2 * BLOCK
    assert "[parsing.masks] VALUE = '" in health.advice


def test_it_learns_again_once_the_growth_is_over(new_engine: NewEngine) -> None:
    engine = new_engine(MiningSettings(max_children=5_000))
    engine.parse(batch_of(["INFO the one statement left over", *endless(3 * BLOCK - 1)]))
    assert engine.health()[0].overflowing
    engine.parse(batch_of(["INFO the one statement left over"] * BLOCK))
    assert not engine.health()[0].overflowing
    (name,) = assigned(engine, batch_of(["INFO order placed by somebody"]))
    assert engine.catalogue("shop")[name].text == "order placed by somebody"


def test_a_start_that_says_everything_once_is_no_endless_growth(new_engine: NewEngine) -> None:
    engine = new_engine(MiningSettings(max_children=5_000))
    engine.parse(batch_of([*endless(BLOCK - 20), *["INFO order 1 placed by somebody"] * 1_000]))
    assert not engine.health()[0].overflowing


def test_over_the_limit_new_texts_go_to_one_bucket_and_known_ones_still_match(new_engine: NewEngine) -> None:
    engine = new_engine(MiningSettings(max_templates=10))
    lines = [f"INFO {letters(n)} {letters(n)} {letters(n)}" for n in range(30)]
    ids = assigned(engine, batch_of(lines + lines))
    assert len(set(ids)) == 11
    assert ids[:10] == ids[30:40]
    assert set(ids[10:30]) == set(ids[40:]) == {ids[10]}
    assert engine.health()[0].overflowing


def test_an_advised_mask_is_one_that_the_settings_take(new_engine: NewEngine) -> None:
    engine = new_engine(MiningSettings(max_children=5_000))
    engine.parse(batch_of(endless(1_000)))
    advised = engine.health()[0].advice.rsplit("VALUE = '", 1)[1].removesuffix("'.")
    settings_with_it = MiningSettings(max_children=5_000, masks={"VALUE": advised})
    better = new_engine(settings_with_it)
    better.parse(batch_of(endless(1_000)))
    assert not better.health()[0].overflowing


def test_empty_lines_and_an_empty_batch_are_no_trouble(new_engine: NewEngine) -> None:
    engine = new_engine()
    assert len(engine.parse(LogBatch.empty()).template) == 0
    assert len(assigned(engine, batch_of(["", " ", "\n", "\x00"]))) == 4
    assert {"<empty>"} <= {template.text for template in engine.catalogue("shop").values()}


def test_redacting_leaves_the_rest_readable(new_engine: NewEngine) -> None:
    assert new_engine().redact(["order 5 of ann@example.org"]) == ["order 5 of <EMAIL>"]


def test_an_unusable_mask_is_refused_before_the_first_line(new_engine: NewEngine) -> None:
    with pytest.raises(ValueError, match="The mask BAD"):
        new_engine(MiningSettings(masks={"BAD": "(a+)+b"}))
