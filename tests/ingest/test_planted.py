"""Whoever writes logs has nothing else read by planting links: what is outside stays outside, and is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.bytefile import ByteFile
from ingest.discover import search
from ingest.files import FileSource
from ingest.roots import Roots
from ingest.settings import ReadSettings

LINE = "2026-01-01T00:00:00.000000000Z stdout F {}\n"
NAME = "x_shop_c-" + "0" * 64 + ".log"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node with a log of its own, and a file that is no pod's to read."""
    for folder in ("log/containers", "log/pods/shop_x_1/c", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "log/pods/shop_x_1/c/0.log").write_text(LINE.format("hello"))
    (tmp_path / "etc/shadow").write_text(LINE.format("root:secret"))
    return tmp_path


def read(*paths: Path, more: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    """How many lines, and what is told of paths."""
    source = FileSource(paths, ReadSettings(link_folders=more), follow=False, clock=lambda: 2 * 10**15)
    lines = 0
    while not source.exhausted:
        lines += len(source.poll())
    told = [f"{problem.path} {problem.message}" for problem in source.problems]
    source.close()
    return lines, told


def test_the_links_of_the_kubelet_are_followed(node: Path) -> None:
    (node / "log/containers" / NAME).symlink_to("../pods/shop_x_1/c/0.log")
    lines, told = read(node / "log/containers")
    assert (lines, told) == (1, [])


@pytest.mark.parametrize("way", ["file", "folder", "two steps", "hard link", "pipe"])
def test_what_was_planted_is_passed_over_and_told(node: Path, way: str) -> None:
    planted = node / "log/containers" / NAME
    match way:
        case "file":
            planted.symlink_to("/" + os.path.relpath(node / "etc/shadow", "/"))
        case "folder":
            planted = node / "log/containers/more"
            planted.symlink_to(node / "etc")
        case "two steps":
            (node / "log/pods/step").symlink_to("../../etc/shadow")
            planted.symlink_to("../pods/step")
        case "hard link":
            planted.hardlink_to(node / "etc/shadow")
        case _:
            os.mkfifo(planted)
    (node / "log/containers/own.log").write_text(LINE.format("hello"))
    lines, told = read(node / "log/containers")
    assert lines == 1
    if way != "pipe":
        assert len(told) == 1
        assert told[0].startswith(str(planted))
    if way == "hard link":
        assert "hard link" in told[0]
    elif way != "pipe":
        assert "ingest.link_folders" in told[0]
        lines, told = read(node / "log/containers", more=(str(node / "etc"),))
        assert (lines, told) == (2, [])


def test_a_pattern_is_held_to_it_and_a_file_that_somebody_named_is_not(node: Path) -> None:
    planted = node / "log/containers" / NAME
    planted.symlink_to(node / "etc/shadow")
    assert search([str(node / "log/containers/*.log")], True).files == []
    assert [one.path for one in search([str(planted)], True).files] == [str(node / "etc/shadow")]


def test_a_link_that_is_changed_between_two_looks_gains_nothing(node: Path) -> None:
    """What was opened is asked where it is: as a folder that becomes a link after it was looked at."""
    folder = node / "log/containers"
    (folder / "pod").mkdir()
    (folder / "pod/shadow").write_text("harmless")
    status = (node / "etc/shadow").stat()
    file = ByteFile(str(folder / "pod/shadow"), None, (status.st_dev, status.st_ino), Roots([str(folder)]))
    (folder / "pod/shadow").unlink()
    (folder / "pod").rmdir()
    (folder / "pod").symlink_to(node / "etc")
    with pytest.raises(PermissionError):
        file.read(100)
    assert not file.opened


def test_names_with_a_terminals_commands_are_shown_harmlessly(node: Path) -> None:
    name = "x\n\x1b[2J_shop_c-" + "0" * 64 + ".log"
    (node / "log/containers" / name).symlink_to(node / "etc/shadow")
    (node / "log/containers/own.log").write_text(LINE.format("hello"))
    (_, (told,)) = read(node / "log/containers")
    assert told.isprintable()
    assert "x\\n\\x1b[2J_shop" in told
