"""What a model leaves out of its history: incidents, unless they last, are habits, or were said to be expected."""

from __future__ import annotations

import pytest

from detector.feedback import expected, real, said, withdraw
from detector.findings import Feedback, Incident, ModelCard, Reason, ReasonKind
from detector.renewal import gone_by, is_normal_after_all, is_outspoken, left_out, may_learn_drift
from tests.detector.history import at
from tests.detector.records import MINUTE

GAP = 5 * MINUTE
HOUR = 60
WHOLE = at(0), at(3 * 24 * HOUR)


def reason(workload: str = "cart", level: str = "info", kind: ReasonKind = ReasonKind.NEW) -> Reason:
    return Reason(f"{workload}-1" if workload else "", "text", workload, level, kind, 9, 0, 0, 1, 1.0)


def incident(start: int, length: int = 10, why: Reason | None = None, is_open: bool = False) -> Incident:
    """In minutes."""
    why = why or reason()
    return Incident(f"at {start}", "shop", at(start), at(start + length), 50.0, (why,), length, is_open, "")


def minutes(
    incidents: list[Incident], feedback: list[Feedback] | None = None, until: int = 3 * 24 * HOUR
) -> list[tuple[int, int]]:
    found = left_out(incidents, feedback or [], (at(0), at(until)), GAP, at(until))
    return [((begin - at(0)) // MINUTE, (end - at(0)) // MINUTE) for begin, end in found]


def test_the_windows_of_incidents_are_left_out_with_a_margin() -> None:
    assert minutes([incident(100)]) == [(95, 115)]


def test_those_that_adjoin_are_one_and_none_reaches_beyond_the_time() -> None:
    several = [incident(2, 10), incident(20, 10, reason("web")), incident(4_310, 20, reason("db"))]
    assert minutes(several) == [(0, 35), (4_305, 4_320)]


def test_what_is_told_after_the_model_was_made_makes_no_difference() -> None:
    assert minutes([incident(100), incident(1_000)], until=500) == [(95, 115)]
    assert minutes([incident(490, 300)], until=500) == [(485, 500)]


def test_a_level_that_lasts_is_the_new_normal() -> None:
    assert minutes([incident(1_000, 5 * HOUR)]) != []
    assert minutes([incident(1_000, 7 * HOUR)]) == []
    assert minutes([incident(4_320 - 7 * HOUR, 7 * HOUR, is_open=True)]) == []


def test_errors_and_workloads_without_a_line_have_to_last_longer() -> None:
    for why in (reason(level="error"), reason(kind=ReasonKind.GONE)):
        assert minutes([incident(1_000, 7 * HOUR, why)]) != []
        assert minutes([incident(1_000, 13 * HOUR, why)]) == []


def test_the_silence_of_a_namespace_is_never_normal() -> None:
    assert minutes([incident(1_000, 14 * HOUR, reason("", kind=ReasonKind.GONE))]) != []


def test_what_comes_back_is_a_habit() -> None:
    assert minutes([incident(100), incident(100 + 7 * HOUR)]) == []
    assert len(minutes([incident(100), incident(100 + 2 * HOUR)])) == 2, "too soon"
    assert len(minutes([incident(100), incident(100 + 7 * HOUR, why=reason("web"))])) == 2, "another thing"


def test_errors_have_habits_at_the_same_time_of_day_only() -> None:
    error = reason(level="error")
    assert minutes([incident(100, why=error), incident(110 + 24 * HOUR, why=error)]) == []
    assert len(minutes([incident(100, why=error), incident(100 + 30 * HOUR, why=error)])) == 2


def test_where_much_is_odd_odd_is_normal() -> None:
    assert len(minutes([incident(30, 20)], until=200)) == 1
    assert minutes([incident(30, 60)], until=200) == []


def test_what_was_expected_is_learned_until_that_is_taken_back() -> None:
    one = incident(100)
    said = expected(one, "ana", "", at(200))
    assert minutes([one], [said]) == []
    assert minutes([one], [withdraw(said, at(300))]) == [(95, 115)]


def test_what_was_real_is_never_learned() -> None:
    one, other = incident(100), incident(100 + 7 * HOUR)
    assert len(minutes([one, other], [real(one, "ana", "", at(200)), real(other, "ana", "", at(200))])) == 2
    assert minutes([incident(1_000, 8 * HOUR)], [real(incident(1_000, 8 * HOUR), "ana", "", at(200))]) == [(995, 1_485)]


def test_what_a_model_goes_by_is_on_its_card_and_anything_else_is_news() -> None:
    one = incident(100)
    said = expected(one, "ana", "", at(200))
    assert gone_by([one], [said], *WHOLE) == (said.id,)
    assert gone_by([one], [said], at(0), at(150)) == (), "said later"
    assert gone_by([one], [said], at(200), WHOLE[1]) == (), "before the time"

    unaware = ModelCard("1", "shop", *WHOLE, 10, 3, 1)
    aware = ModelCard("1", "shop", *WHOLE, 10, 3, 1, feedback=(said.id,))
    assert is_outspoken(unaware, [said.id], [said], WHOLE[1])
    assert not is_outspoken(aware, [said.id], [said], WHOLE[1])
    assert is_outspoken(aware, [], [withdraw(said, at(300))], WHOLE[1])
    assert not is_outspoken(aware, [], [said], WHOLE[1]), "it has faded"


def test_the_same_said_again_is_no_news_and_goes_on_until_it_ends() -> None:
    one = incident(100)
    word = expected(one, "ana", "", at(200))
    both = said([word], expected(one, "ben", "all week", at(300), at(500)))
    aware = ModelCard("1", "shop", *WHOLE, 10, 3, 1, feedback=(word.id,))
    assert not is_outspoken(aware, [both[1].id], both, at(400))
    assert is_outspoken(aware, [both[1].id], both, at(500))
    assert is_outspoken(aware, [both[0].id], [withdraw(one, at(400)) for one in both], at(400))


@pytest.mark.parametrize(("hours", "may"), [(None, True), (2, False), (7, True)])
def test_while_an_incident_is_young_what_drifts_may_be_the_fault(hours: int | None, may: bool) -> None:
    young = None if hours is None else incident(0, hours * HOUR, is_open=True)
    assert may_learn_drift(young, at((hours or 0) * HOUR)) is may


def test_what_was_left_out_may_turn_out_normal() -> None:
    then = [(at(10), at(20)), (at(50), at(60))]
    assert not is_normal_after_all(then, then)
    assert not is_normal_after_all(then, [(at(8), at(62))])
    assert is_normal_after_all(then, [(at(10), at(20))])
