"""Which tests stay together where several processes share them."""

from __future__ import annotations

import pytest

from tests.together import group_of


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/parsers/test_level.py::test_levels", "tests/parsers/test_level.py"),
        ("tests/store/test_scopes.py::test_a[sqlite]", "tests/store/test_scopes.py"),
        ("tests/store/test_scopes.py::test_a[elasticsearch-9.5.3]", "9.5.3"),
        ("tests/setup/test_cli.py::test_b[8.19.21-y-0]", "8.19.21"),
        ("tests/faults/test_killed.py::test_c[at length on 9.5.3]", "faults on 9.5.3"),
        ("tests/faults/test_killed.py::test_d[briefly]", "tests/faults/test_killed.py"),
    ],
)
def test_tests_of_one_server_are_one_group_and_others_go_by_file(test: str, group: str) -> None:
    assert group_of(test) == group
