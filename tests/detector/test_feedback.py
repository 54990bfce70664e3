"""What stays quiet once people have said that it is expected, and what doesn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.feedback import (
    active,
    covers,
    end_of,
    expected,
    going_on,
    in_hindsight,
    is_like,
    mute,
    muted,
    muting,
    real,
    said,
    withdraw,
)
from detector.findings import Anomaly, Feedback, Incident, Reason, ReasonKind
from detector.vectors import Column

MINUTE = 60_000_000
NOON = 720 * MINUTE
MORE, FEWER, NEW, GONE = ReasonKind.MORE, ReasonKind.FEWER, ReasonKind.NEW, ReasonKind.GONE


def reason(
    template: str = "retry",
    kind: ReasonKind = MORE,
    observed: int = 100,
    *,
    text: str = "",
    workload: str = "web",
    level: str = "warning",
    windows: int = 1,
    share: float = 1.0,
    low: float = 0.0,
) -> Reason:
    high = 0.0 if kind is NEW else low + 10
    text = text or f"{template} after <NUM> ms"
    return Reason(template, text, workload, level, kind, observed, low, high, windows, share, None, ("a line",))


def anomaly(*reasons: Reason, at: int = NOON + 10 * MINUTE, namespace: str = "shop") -> Anomaly:
    return Anomaly("a", namespace, at, MINUTE, 80.0, {}, reasons, "m")


def incident(*reasons: Reason) -> Incident:
    return Incident("i", "shop", NOON - 5 * MINUTE, NOON, 80.0, reasons, 5, False, "shop: retries")


def quiet(*reasons: Reason, until: int | None = None) -> Feedback:
    return expected(incident(*reasons), "Kim", "the import", NOON, until)


def test_what_was_expected_stays_quiet_when_it_comes_again() -> None:
    word = quiet(reason())
    assert covers([word], anomaly(reason(observed=130))) == word.id


def test_it_keeps_what_the_incident_was_told_by_but_no_lines() -> None:
    word = quiet(reason())
    assert word.like == (replace(reason(), samples=()),)
    assert (word.author, word.note, word.since, word.created) == ("Kim", "the import", NOON - 5 * MINUTE, NOON)


@pytest.mark.parametrize(
    ("marked", "seen", "like"),
    [
        (reason(observed=100), reason(observed=200), True),
        (reason(observed=100), reason(observed=201), False),
        (reason(observed=1), reason(observed=4), True),  # within what chance does to a count of one
        (reason(observed=1), reason(observed=5), False),
        (reason(observed=100, windows=10), reason(observed=20), True),  # per window
        (reason(observed=100, windows=10), reason(observed=21), False),
        (reason(), reason(workload="ledger"), False),
        (reason(), reason("other"), False),
        (reason(), reason(kind=FEWER), False),
        (reason(kind=NEW), reason(kind=MORE), True),  # not new any more when it comes again
        (reason(kind=NEW), reason(kind=ReasonKind.BACK), True),
        (reason("", text="all lines of web"), reason("", text="all lines of web"), True),
        (reason("", text="all lines of web"), reason("retry"), False),
        (reason("x", text="took <NUM> ms"), reason("y", text="took 17 ms"), True),  # the same statement, mined anew
        (reason("x", text="took <NUM> ms"), reason("y", text="lost <NUM> ms"), False),
        (reason("x", text="took <NUM> ms"), reason("y", text="took <NUM> ms more"), False),
        (reason(kind=GONE, observed=0, low=20), reason(kind=GONE, observed=0, low=20), True),
        (reason(kind=GONE, observed=0, low=20), reason(kind=FEWER, observed=3, low=20), True),
        (reason(kind=FEWER, observed=10, low=20), reason(kind=FEWER, observed=5, low=20), True),
        (reason(kind=FEWER, observed=10, low=20), reason(kind=FEWER, observed=4, low=20), False),
        (reason(kind=FEWER, observed=10, low=20), reason(kind=GONE, observed=0, low=20), False),
    ],
)
def test_like_is_the_same_statement_in_the_same_direction_and_not_clearly_larger(
    marked: Reason, seen: Reason, like: bool
) -> None:
    assert is_like(seen, marked) is like


def test_a_new_error_beside_it_is_told_however_small() -> None:
    beside = reason("refused", NEW, 2, level="error", share=0.05)
    assert covers([quiet(reason())], anomaly(reason(share=0.95), beside)) is None
    unknown = replace(beside, level="")
    assert covers([quiet(reason())], anomaly(reason(share=0.95), unknown)) is None
    harmless = replace(beside, level="info")
    assert covers([quiet(reason())], anomaly(reason(share=0.95), harmless)) is not None


def test_most_of_what_it_is_told_by_has_to_be_expected() -> None:
    word = quiet(reason())
    assert covers([word], anomaly(reason(share=0.85), reason("other", share=0.15))) == word.id
    assert covers([word], anomaly(reason(share=0.7), reason("other", share=0.3))) is None


def test_several_words_together_keep_quiet_what_each_alone_does_not() -> None:
    first, second = quiet(reason()), quiet(reason("other"))
    told = anomaly(reason(share=0.6), reason("other", share=0.4))
    assert covers([second], told) is None
    assert covers([second, first], told) == first.id


def test_it_holds_from_when_it_was_said_until_it_expires_or_is_taken_back() -> None:
    word = quiet(reason(), until=NOON + 30 * MINUTE)

    def holds(one: Feedback, at: int) -> bool:
        return covers([one], anomaly(reason(), at=at)) is not None

    assert [holds(word, NOON + m * MINUTE) for m in (-1, 0, 29, 30)] == [False, True, True, False]
    back = withdraw(word, NOON + 10 * MINUTE)
    assert [holds(back, NOON + m * MINUTE) for m in (9, 10)] == [True, False]
    assert withdraw(back, NOON + 20 * MINUTE) == back
    (known,) = in_hindsight([word])
    assert [holds(known, NOON + m * MINUTE) for m in (-6, -5, 29, 30)] == [False, True, True, False]
    (quiet_before,) = in_hindsight([mute("shop", "", "", NOON, NOON + MINUTE), back])
    assert [holds(quiet_before, NOON + m * MINUTE) for m in (-600, 0, 1)] == [True, True, False]


def test_another_namespace_is_not_meant() -> None:
    assert covers([quiet(reason())], anomaly(reason(), namespace="bank")) is None
    assert covers([mute("bank", "", "", NOON)], anomaly(reason())) is None


def test_that_an_incident_was_real_keeps_nothing_quiet_and_never_expires() -> None:
    word = real(incident(reason()), "Kim", "", NOON)
    assert covers([word], anomaly(reason())) is None
    assert active([word], NOON - 60 * MINUTE) == active([word], 2 * NOON) == [word]


COLUMNS = {
    "retry": Column("retry", "web", "warning"),
    "served": Column("served", "web", "info"),
    "booked": Column("booked", "ledger", "info"),
}


def test_a_muted_template_is_no_evidence_while_it_is_muted() -> None:
    word = mute("shop", "Kim", "", NOON, NOON + 60 * MINUTE, template="retry")
    at = [NOON - 1, NOON, NOON + 60 * MINUTE]
    assert [muted([word], time, COLUMNS) for time in at] == [frozenset(), {"retry"}, frozenset()]
    assert covers([word], anomaly(reason())) == word.id
    assert covers([word], anomaly(reason("served"))) is None


def test_muting_a_workload_mutes_all_its_templates_and_its_total() -> None:
    word = mute("shop", "", "", NOON, workload="web")
    assert muted([word], NOON, COLUMNS) == {"retry", "served"}
    assert covers([word], anomaly(reason("", text="all lines of web"))) == word.id


def test_a_muted_namespace_is_scored_and_told_to_nobody() -> None:
    word = mute("shop", "", "", NOON)
    assert muted([word], NOON, COLUMNS) == frozenset()
    assert covers([word], anomaly(reason(kind=NEW, level="error"))) == word.id
    assert covers([word], anomaly()) == word.id


def test_what_mutes_a_template_is_named() -> None:
    one, whole, all_ = (mute("shop", "", "", NOON, **of) for of in ({"template": "retry"}, {"workload": "web"}, {}))  # type: ignore[arg-type]  # keywords
    assert muting([one], NOON, "shop", "web", "retry") == one.id
    assert muting([one], NOON, "shop", "web", "served") is None
    assert muting([whole], NOON, "shop", "web", "served") == whole.id
    assert muting([whole], NOON, "shop", "ledger", "booked") is None
    assert muting([all_], NOON, "shop", "ledger", "booked") == all_.id
    assert muting([all_], NOON, "bank", "ledger", "booked") is None


def test_the_same_said_again_stands_beside_what_was_said_before() -> None:
    word = replace(quiet(reason(), until=NOON + MINUTE), author="Kim", note="the import")
    later = replace(word, id="new", until=None, created=NOON + 1, author="Robin", note="")
    before, kept = said([word], later)
    assert before == replace(word, withdrawn=NOON + 1)
    assert kept == later
    assert active([before, kept], NOON) == [before]
    assert active([before, kept], NOON + 1) == [kept]


def test_it_stands_beside_it_also_in_the_moment_in_which_that_was_said_or_taken_back() -> None:
    word = replace(quiet(reason()), author="Kim")
    before, kept = said([word], replace(word, author="Robin"))
    assert (before.id, kept.author) == (word.id, "Robin")
    (anew,) = said([withdraw(word, NOON)], word)
    assert len({word.id, kept.id}) == len({word.id, anew.id}) == 2


def test_a_word_that_says_nothing_else_is_the_one_that_was_said() -> None:
    word = replace(quiet(reason()), author="Kim")
    assert said([word], replace(word, id="new", created=NOON + 1)) == [word]
    grown = replace(word, id="new", created=NOON + 1, like=(replace(reason(observed=900), samples=()),))
    assert said([word], grown) == [withdraw(word, NOON + 1), grown]


def test_what_is_said_again_goes_on_until_the_last_word_of_it_ends() -> None:
    first = quiet(reason(), until=NOON + 9 * MINUTE)
    longer = replace(first, id="longer", until=NOON + 99 * MINUTE, created=NOON + MINUTE)
    both = said([first], longer)
    assert [end_of(one, both) for one in both] == [NOON + 99 * MINUTE] * 2
    assert going_on(both, NOON + 2 * MINUTE) == {first.id: "longer", "longer": "longer"}
    assert going_on(both, NOON + 99 * MINUTE) == {}
    shorter = said(both, replace(first, id="shorter", until=NOON + 3 * MINUTE, created=NOON + 2 * MINUTE))
    assert end_of(both[0], [both[0], *shorter]) == NOON + 3 * MINUTE
    again = replace(first, id="again", created=NOON + 200 * MINUTE, until=None)
    assert end_of(both[1], [*both, again]) == NOON + 99 * MINUTE, "said after that had ended"
    assert end_of(again, [*both, again]) is None


def test_an_incident_that_is_called_real_is_expected_no_more() -> None:
    word = quiet(reason())
    taken, new = said([word], real(incident(reason()), "Kim", "", NOON + MINUTE))
    assert (taken.id, taken.withdrawn) == (word.id, NOON + MINUTE)
    assert new.kind == "real"
