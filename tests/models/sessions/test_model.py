"""On a small pipeline: every way in which a session goes wrong is found and named, variants of normal are not."""

from __future__ import annotations

import numpy as np
import pytest

from detector.models.sessions import SessionModel, Sessions, TraitKind
from tests.evaluate.sessions.made import NOON, SECOND, TROUBLE, Steps, normal, sessions, trouble

KINDS = {
    "without_end": ({TraitKind.MISSING, TraitKind.UNFINISHED}, {"ended", "stored"}),
    "without_close": ({TraitKind.UNFINISHED, TraitKind.ALONE}, {"closed mail", "opened mail"}),
    "swapped": ({TraitKind.ORDER}, {"stored"}),
    "new_template": ({TraitKind.NEW, TraitKind.RARE}, {"disk is full"}),
    "too_many": ({TraitKind.MORE, TraitKind.UNEVEN}, {"fetched"}),
    "ended_twice": ({TraitKind.MORE, TraitKind.OTHERWISE, TraitKind.UNEVEN}, {"ended"}),
}
"""Of each trouble by which kinds of trait it is told, and of which template."""


@pytest.fixture(scope="module")
def on_normal() -> SessionModel:
    return SessionModel.fit(sessions(normal(2_000, 1)), 0, normal=True)


@pytest.mark.parametrize("kind", TROUBLE)
def test_fitted_on_normal_sessions_it_finds_every_trouble_and_says_which(kind: str, on_normal: SessionModel) -> None:
    wrong = sessions(trouble(kind, 20, 2))
    assert on_normal.is_told(on_normal.score(wrong)).all()
    expected, of = KINDS[kind]
    first = on_normal.explain(wrong, 0)[0]
    assert first.kind in expected
    assert first.template in of


def test_fitted_on_normal_sessions_it_leaves_others_in_peace(on_normal: SessionModel) -> None:
    told = on_normal.is_told(on_normal.score(sessions(normal(2_000, 3))))
    assert told.mean() <= 0.002


@pytest.mark.parametrize("kind", ["without_end", "without_close", "new_template", "ended_twice"])
def test_fitted_on_a_mix_it_finds_trouble_that_comes_again_and_again(kind: str) -> None:
    """One session in a hundred goes wrong the same way: it is learned with the rest, and told all the same."""
    model = SessionModel.fit(sessions(normal(2_970, 1) + trouble(kind, 30, 2)), 0)
    assert model.is_told(model.score(sessions(trouble(kind, 20, 3)))).all()
    assert model.is_told(model.score(sessions(normal(2_000, 4)))).mean() <= 0.005


@pytest.mark.parametrize(("kind", "among"), [("swapped", 1), ("too_many", 0), ("ended_twice", 1)])
def test_fitted_on_a_mix_it_finds_other_trouble_where_it_is_rare(kind: str, among: int) -> None:
    model = SessionModel.fit(sessions(normal(3_000, 1) + trouble(kind, among, 2)), 0)
    assert model.is_told(model.score(sessions(trouble(kind, 20, 3)))).all()


def test_fitted_on_a_mix_without_trouble_it_tells_hardly_anything() -> None:
    model = SessionModel.fit(sessions(normal(3_000, 5)), 0)
    assert model.is_told(model.score(sessions(normal(3_000, 6)))).mean() <= 0.005


def test_things_that_run_at_once_may_overtake_each_other() -> None:
    """Two lines that change places once in sixty sessions are a race, not an anomaly."""

    def racing(seed: int) -> list[Steps]:
        return [["started", *(["b", "a"] if at % 60 == 7 else ["a", "b"]), *one[1:]]
                for at, one in enumerate(normal(3_000, seed))]  # fmt: skip

    model = SessionModel.fit(sessions(racing(1)), 0)
    assert model.is_told(model.score(sessions(racing(2)))).mean() <= 0.005


def test_lines_of_the_same_time_have_no_order(on_normal: SessionModel) -> None:
    wrong = sessions(trouble("swapped", 1, 2))
    at_once = Sessions(
        wrong.names, wrong.templates, wrong.bounds, wrong.template, np.zeros_like(wrong.time), wrong.until
    )
    assert not on_normal.is_told(on_normal.score(at_once)).any()


def test_more_of_what_varies_is_nothing_and_of_what_never_does_is_much(on_normal: SessionModel) -> None:
    usual = ["started", *["fetched"] * 12, "checked", "stored", "ended"]
    fourteen = ["started", *["fetched"] * 14, "checked", "stored", "ended"]
    chances = on_normal.score(sessions([usual, fourteen, [*usual, "ended"]]))
    assert on_normal.is_told(chances).tolist() == [False, False, True]


def test_scoring_changes_nothing_and_does_not_depend_on_company(on_normal: SessionModel) -> None:
    some = sessions(normal(50, 7) + trouble("swapped", 3, 2))
    together = on_normal.score(some)
    alone = [float(on_normal.score(some.take(np.array([row])))[0]) for row in range(len(some))]
    assert together.tolist() == alone
    assert on_normal.score(some).tolist() == together.tolist()


def test_the_same_sessions_and_seed_give_the_same_model() -> None:
    one, other = (SessionModel.fit(sessions(normal(500, 1)), 3) for _ in range(2))
    some = sessions(normal(100, 2) + trouble("without_end", 5, 3))
    assert one.score(some).tolist() == other.score(some).tolist()
    assert one.cut == other.cut


def test_chances_are_above_nought_up_to_one(on_normal: SessionModel) -> None:
    chances = on_normal.score(sessions([["nothing known"], [], *trouble("too_many", 3, 1), *normal(100, 1)]))
    assert ((chances > 0) & (chances <= 1)).all()


def test_none_to_score(on_normal: SessionModel) -> None:
    assert len(on_normal.score(Sessions.of([]))) == 0


def test_fitted_on_hardly_anything_it_still_answers() -> None:
    model = SessionModel.fit(sessions([["started", "ended"]]), 0)
    assert len(model.score(sessions([["started"], ["other"]]))) == 2


def test_each_reason_reads_as_a_sentence(on_normal: SessionModel) -> None:
    for kind in TROUBLE:
        wrong = sessions(trouble(kind, 1, 2))
        for trait in on_normal.explain(wrong, 0):
            said = trait.sentence(lambda template: template.upper())
            assert said.startswith(f"“{trait.template.upper()}” ")
            assert said.endswith(".")


def test_what_may_still_come_is_not_missing(on_normal: SessionModel) -> None:
    """A session that runs is not told for want of its end, until it has had the time that sessions need."""
    begun = [["started", "fetched", "checked"]]
    wait = 30 * SECOND  # the longest normal sessions take 28
    assert not on_normal.is_told(on_normal.score(sessions(begun, NOON + 3 * SECOND))).any()
    assert on_normal.is_told(on_normal.score(sessions(begun, NOON + wait))).all()


def test_the_end_of_the_log_is_not_learned_as_the_end_of_sessions() -> None:
    """Half of what is fitted was cut off by the end of the log; a session that breaks off is told all the same."""
    whole, cut_off = normal(1_000, 1), [one[:-2] for one in normal(1_000, 2)]
    lines = [
        (f"{name}-{number}", template, NOON + start + at)
        for name, some, start in (("whole", whole, 0), ("cut", cut_off, 10_000))
        for number, one in enumerate(some)
        for at, template in enumerate(one)
    ]
    model = SessionModel.fit(Sessions.of(lines, NOON + 10_001), 0)
    assert model.is_told(model.score(sessions(trouble("without_end", 20, 3)))).all()


def test_other_trouble_is_told_while_the_session_runs(on_normal: SessionModel) -> None:
    running = sessions([["started", "fetched", "disk is full"]], NOON + 2 * SECOND)
    assert on_normal.is_told(on_normal.score(running)).all()


@pytest.mark.parametrize("is_normal", [False, True])
def test_where_every_session_has_something_rare_few_are_told(is_normal: bool) -> None:
    """A thousand templates, most of them seldom: nobody could look at each session that has one of those."""
    dice = np.random.default_rng(1)
    often = 1 / np.arange(1, 1_001)
    logged = dice.choice(1_000, (2_000, 40), p=often / often.sum()).tolist()
    made = [[f"template {number}" for number in one] for one in logged]
    model = SessionModel.fit(sessions(made[:1_000]), 0, normal=is_normal)
    assert model.is_told(model.score(sessions(made[1_000:]))).mean() <= 0.03
