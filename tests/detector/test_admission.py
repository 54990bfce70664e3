"""Any number of names may be logged under; so many have models of their own, and of the others no line is lost."""

from __future__ import annotations

from dataclasses import replace

from detector.admission import OVERFLOW, Admission
from ingest.batch import LogBatch, Origin
from tests.detector.records import batch


def logged(*names: tuple[str, str]) -> LogBatch:
    """A record of each namespace and workload."""
    lines = [
        replace(batch([(0, "INFO hello")], namespace=one, workload=of), origins=(Origin(one, of, "pod"),))
        for one, of in names
    ]
    return LogBatch.concat(lines)


def names(found: LogBatch) -> list[tuple[str, str]]:
    return [(found.origins[at].namespace, found.origins[at].workload) for at in found.origin.tolist()]


def test_so_many_namespaces_have_a_name_of_their_own_and_the_others_have_one_together() -> None:
    admission = Admission((), 2, 10)
    assert admission.notices == ()
    found = admission.admit(logged(("a", "w"), ("b", "w"), ("c", "w"), ("d", "v")))
    assert names(found) == [("a", "w"), ("b", "w"), (OVERFLOW, OVERFLOW), (OVERFLOW, OVERFLOW)]
    assert "detection.max_namespaces" in " ".join(admission.notices)


def test_so_many_workloads_of_each_namespace_do() -> None:
    admission = Admission((), 10, 2)
    found = admission.admit(logged(("a", "u"), ("a", "v"), ("a", "w"), ("b", "w")))
    assert names(found) == [("a", "u"), ("a", "v"), ("a", OVERFLOW), ("b", "w")]
    (notice,) = admission.notices
    assert "In a more than 2 workloads" in notice


def test_those_that_are_known_stay_and_nothing_is_copied_for_them() -> None:
    admission = Admission([("a", "w"), ("b", "w")], 2, 1)
    known = logged(("a", "w"), ("b", "w"))
    assert admission.admit(known) is known
    assert names(admission.admit(logged(("c", "w"), ("a", "w")))) == [(OVERFLOW, OVERFLOW), ("a", "w")]


def test_a_name_that_was_too_many_stays_with_the_others() -> None:
    admission = Admission((), 1, 1)
    for _ in range(3):
        assert names(admission.admit(logged(("a", "w"), ("b", "w")))) == [("a", "w"), (OVERFLOW, OVERFLOW)]


def test_made_up_names_are_not_remembered() -> None:
    admission = Admission((), 10, 10)
    for number in range(1_000):
        admission.admit(logged((f"n{number}", "w"), ("n0", f"w{number}")))
    known = admission._workloads
    assert len(known) <= 11
    assert max(map(len, known.values())) <= 11
