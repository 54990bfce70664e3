"""Each target takes what it once broke on, its seeds, and some hundred inputs near them; the search takes longer."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.catalogue import TARGETS
from tests.fuzz.found import FOUND
from tests.fuzz.target import Target

ROOT = Path(__file__).parents[2]
NEAR = 100
"""Inputs for each target."""


def near(target: Target, chance: random.Random) -> bytes:
    """A seed with a few places changed, cut out, doubled, or overwritten by one of the words."""
    data = bytearray(chance.choice(target.seeds))
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randint(0, len(data)), chance.randint(0, 8)
        word = chance.choice([*target.words, bytes([chance.randrange(256)]), bytes(data[at : at + length])])
        data[at : at + chance.choice([0, 0, length])] = word
    return bytes(data[: target.longest])


def test_what_was_found_is_of_targets_that_there_are() -> None:
    assert FOUND.keys() <= TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_what_once_broke_it_and_what_is_near_its_seeds_breaks_nothing(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)
    for data in (*target.seeds, *FOUND.get(name, ()), *(near(target, chance) for _ in range(NEAR))):
        try:
            target.run(data)
        except Exception as error:
            raise AssertionError(f"{name} breaks on {data!r}") from error


def searched(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The search in a process of its own; what it printed."""
    pytest.importorskip("atheris")
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--folder", str(folder), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip


@pytest.mark.long
def test_a_short_search_finds_nothing(tmp_path: Path) -> None:
    done = searched(tmp_path, "--runs", "300")
    assert done.returncode == 0, done.stdout[-5_000:]
    assert f"{len(TARGETS)} targets, 0 of them broken" in done.stdout


@pytest.mark.long
def test_what_breaks_a_promise_is_found_and_told(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    program = (
        "import sys, pathlib\n"
        "from tests.fuzz.__main__ import search\n"
        "from tests.fuzz.target import Target\n"
        "def run(data): assert data[:3] != b'no!'\n"
        "target = Target('own', 'what begins with no!', run, [b'no', b'x'], [b'no!'])\n"
        "print([one.crash for one in search([target], pathlib.Path(sys.argv[1]), ['-max_total_time=60'], 1)])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert "BROKEN" in done.stdout, done.stderr
    assert "[b'no!" in done.stdout
