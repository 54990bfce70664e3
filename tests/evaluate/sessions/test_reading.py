"""Lines become sessions of templates, and bad input says what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from detector.errors import SourceError, UsageError
from detector.evaluate.sessions.labels import labelled, read_labels
from detector.evaluate.sessions.reading import SessionField, SessionLines, read_sessions
from parsers.miner import DrainEngine
from tests.evaluate.sessions.files import documents, labels, ndjson
from tests.evaluate.sessions.made import normal

MADE = normal(20, 1)


def read(path: Path, field: SessionField | None = None) -> SessionLines:
    return read_sessions(path, field or SessionField(), DrainEngine())


@pytest.mark.parametrize("name", ["lines.ndjson", "lines.ndjson.gz"])
def test_every_line_is_in_its_session_in_order(tmp_path: Path, name: str) -> None:
    found = read(ndjson(tmp_path / name, MADE))
    assert found.lines == sum(map(len, MADE))
    assert found.timed
    by_name = {name: found.sessions.of_row(row) for row, name in enumerate(found.sessions.names)}
    for number, one in enumerate(MADE):
        texts = [found.texts[template] for template in by_name[f"req-{number}"]]
        assert [text.partition(" in ")[0] for text in texts] == one


def test_the_session_may_have_another_name_and_lie_deeper(tmp_path: Path) -> None:
    path = tmp_path / "lines.ndjson"
    path.write_text('{"trace": {"id": 7}, "message": "started"}\n{"trace": {"id": "8"}, "message": "started"}\n')
    assert read(path, SessionField("trace.id")).sessions.names == ("7", "8")


def test_plain_lines_are_told_apart_by_a_pattern(tmp_path: Path) -> None:
    path = tmp_path / "plain.log"
    path.write_text("".join(f"{one['@timestamp']} INFO {one['message']}\n" for one in documents(MADE)))
    found = read(path, SessionField.of("session", r"req-(\d+)"))
    assert sorted(found.sessions.names, key=int) == [str(number) for number in range(20)]
    assert found.timed


def test_lines_without_times_keep_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plain.log"
    path.write_text("b started\na started\nb ended\na ended\nb started\n")
    found = read(path, SessionField.of("session", r"^[ab]"))
    assert not found.timed
    assert [len(found.sessions.of_row(row)) for row in range(2)] == [3, 2]


def test_lines_that_name_no_session_are_counted(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "lines.ndjson", MADE)
    with path.open("a") as lines:
        lines.write(
            '{"message": "tick"}\nno json\n\n{"session": null, "message": "x"}\n{"session": {}, "message": "x"}\n'
        )
    assert read(path).left_out == 4


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "No line of .* names a session"),
        (b"plain text\n", "no JSON field session.*--session-pattern"),
        (b"\xff\xfe\x00\n[1, 2]\n", "No line of"),
        (gzip.compress(b"x" * 100_000, mtime=0)[:60], "is damaged.*Compress it again"),
    ],
)
def test_what_can_not_be_read_says_so(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "lines"
    path.write_bytes(content)
    with pytest.raises((UsageError, SourceError), match=sentence):
        read(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"No such file.*Name a file"):
        read(tmp_path / "missing")


def test_a_pattern_that_is_none_says_so() -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        SessionField.of("session", "(")


@pytest.mark.parametrize("header", ["session,label", "BlockId,Label", "why,label,session", "\ufeffid,anomaly"])
def test_labels_under_the_names_that_people_give_them(tmp_path: Path, header: str) -> None:
    path = tmp_path / "labels.csv"
    rows = ["x,1,a", "x,0,b"] if header.startswith("why") else ["a,Anomaly", "b,Normal"]
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    assert read_labels(path) == {"a": 1, "b": 0}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "has no column session: its header names nothing"),
        ("a,b\n1,0\n", "has no column session: its header names a, b"),
        ("session,kind\na,0\n", "has no column label"),
        ("session,label\n", "has no row"),
        ("session,label\na,2\n", "line 2: '2' is no label"),
        ("session,label\na\n", "line 2: a column is missing"),
        ("session,label\na,0\na,1\n", "a is labelled 0 and 1"),
    ],
)
def test_what_is_no_label_says_so(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(content)
    with pytest.raises(UsageError, match=sentence):
        read_labels(path)


def test_labels_that_can_not_be_read_say_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_labels(tmp_path / "missing.csv")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no CSV file"):
        read_labels(binary)


def test_only_sessions_with_labels_are_kept(tmp_path: Path) -> None:
    found = read(ndjson(tmp_path / "lines.ndjson", MADE))
    known = read_labels(labels(tmp_path / "labels.csv", [1, 0, 0]))
    kept, values, without = labelled(found.sessions, {**known, "req-unheard-of": 1})
    assert dict(zip(kept.names, values.tolist(), strict=True)) == {"req-0": 1, "req-1": 0, "req-2": 0}
    assert without == 1


def test_labels_of_other_sessions_say_so(tmp_path: Path) -> None:
    found = read(ndjson(tmp_path / "lines.ndjson", MADE))
    with pytest.raises(UsageError, match=r"None of the 20 sessions has a label.*--session-field"):
        labelled(found.sessions, {"block-1": 0})
