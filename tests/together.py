"""How tests are shared among several processes (`make test`; pytest-xdist): what needs the same server stays together.

A group is run by one process, one test after the other. So each version of Elasticsearch is started once or twice, and
fixtures of a module are made once. (Its own groups, by marker, are lost on pytest from 9.1 on.)
https://pytest-xdist.readthedocs.io/en/stable/how-to.html
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.servers.elasticsearch import PINNED


class InGroups(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Hands out one group after the other, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def is_one_of_several(config: pytest.Config) -> bool:
    """Whether other processes run other tests of this session."""
    return hasattr(config, "workerinput")


def group_of(nodeid: str) -> str:
    """The server that a test shares with others, else its file; those of `faults` would keep the others waiting."""
    file, _, test = nodeid.partition("::")
    for version in PINNED:
        if version in test:
            return f"{'faults on ' if '/faults/' in file else ''}{version}"
    return file


def arrange(items: list[pytest.Item]) -> None:
    """Groups with servers first, then those with long tests: else one process would be left with them in the end."""
    long = {group_of(item.nodeid) for item in items if item.get_closest_marker("long")}

    def rank(item: pytest.Item) -> tuple[bool, bool, str]:
        group = group_of(item.nodeid)
        return group.endswith(".py"), group not in long, group

    items.sort(key=rank)
