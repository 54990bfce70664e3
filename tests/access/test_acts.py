"""What the audit log holds of a deed."""

from __future__ import annotations

from detector.access.acts import MINUTE, Deed, act, by_command, by_request, repeated
from detector.access.principal import NOBODY, OPEN, Kind, principal
from detector.access.records import Act
from detector.findings import finding_id

AT = 1_795_244_400_123_456


def test_an_act_says_who_did_what_to_what_and_from_where() -> None:
    robot = principal(Kind.TOKEN, "ci", (), key="abc")
    made = act(by_request(robot, "10.0.0.7"), Deed.TOKEN_REVOKED, "k3y", AT, namespace="shop", detail="ci")
    assert (made.who, made.how, made.what, made.subject) == ("ci", "token abc", "token-revoked", "k3y")
    assert (made.time, made.namespace, made.address, made.detail) == (AT, "shop", "10.0.0.7", "ci")


def test_how_somebody_is_known_is_said() -> None:
    person = principal(Kind.PERSON, "ana", (), key="0123")
    assert [by_request(one).how for one in (person, OPEN, NOBODY)] == ["session", "open", "nobody"]
    assert by_command("root").how == "command"


def test_the_key_of_a_session_is_not_told() -> None:
    assert "0123" not in str(by_request(principal(Kind.PERSON, "ana", (), key="0123")))


def test_the_same_deed_is_the_same_act_and_another_is_another() -> None:
    ana = by_command("ana")
    one = act(ana, Deed.ERASED, "shop", AT)
    assert act(ana, Deed.ERASED, "shop", AT) == one
    others = [act(ana, Deed.ERASED, "bank", AT), act(ana, Deed.ERASED, "shop", AT + 1)]
    assert len({one.id, *(other.id for other in others)}) == 3


def test_texts_are_cut() -> None:
    made = act(by_command("x" * 1_000), Deed.SET_UP, "y" * 1_000, AT, detail="z" * 1_000)
    assert {len(made.who), len(made.subject), len(made.detail)} == {300}
    assert made.detail.endswith("z…")
    assert act(by_command("x" * 300), Deed.SET_UP, "", AT).who == "x" * 300


def test_a_flood_is_one_act_a_minute_that_says_how_often() -> None:
    nobody = by_request(NOBODY, "10.0.0.7")
    first, later = (
        repeated(nobody, Deed.LOG_IN_REFUSED, "", AT + after, times) for after, times in ((0, 1), (9, 1_500))
    )
    assert first.id == later.id
    assert (first.detail, later.detail) == ("", "1,500 times in this minute")
    assert repeated(nobody, Deed.LOG_IN_REFUSED, "", AT + MINUTE, 1).id != first.id
    assert repeated(by_request(NOBODY, "10.0.0.8"), Deed.LOG_IN_REFUSED, "", AT, 1).id != first.id


def test_an_act_of_a_minute_holds_all_that_one_does_at_the_beginning_of_it() -> None:
    ana, begin = by_request(principal(Kind.PERSON, "ana", ()), "10.0.0.7"), AT // MINUTE * MINUTE
    told = ("ana", "session", "denied", "admin", "shop", "10.0.0.7")
    once, twice, alone = (
        repeated(ana, Deed.DENIED, "admin", AT, 1, namespace="shop", detail="GET /metrics"),
        repeated(ana, Deed.DENIED, "admin", AT, 2, namespace="shop", detail="GET /metrics"),
        act(ana, Deed.DENIED, "admin", AT, namespace="shop", detail="GET /metrics"),
    )
    same = finding_id("acts", begin, *told, "GET /metrics")
    assert once == Act(same, begin, *told, "GET /metrics")
    assert twice == Act(same, begin, *told, "GET /metrics; 2 times in this minute")
    assert alone == Act(finding_id("act", AT, *told, "GET /metrics"), AT, *told, "GET /metrics")


def test_what_is_not_said_is_empty() -> None:
    nobody = by_request(NOBODY)
    for made in (act(nobody, Deed.DENIED, "", AT), repeated(nobody, Deed.DENIED, "", AT, 1)):
        assert (made.who, made.subject, made.namespace, made.address, made.detail) == ("", "", "", "", "")
