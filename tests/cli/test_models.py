"""`drainwatch models`: what there is, how two differ, and an earlier one at work until it is released."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector.cli.app import execute
from detector.findings import ModelCard
from detector.models.ensemble import METHOD
from detector.models.saved import load
from detector.namespace import NamespaceState
from detector.settings import DetectionSettings
from detector.store.port import PassResult
from detector.store.sqlite import open_reader, open_store
from detector.versions import made_again
from tests.cli.learned import learned, lived
from tests.detector.history import TEMPLATES, at


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Only to be read."""
    return learned(tmp_path_factory.mktemp("learned") / "s.sqlite")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return learned(tmp_path / "s.sqlite", 130)


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert execute(["models", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert execute(["models", *map(str, arguments)]) != 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def listed(capsys: pytest.CaptureFixture[str], store: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(said(capsys, "list", "--store", store, "-o", "json"))
    return rows


def cards(store: Path) -> list[ModelCard]:
    with closing(open_reader(store)) as reader:
        return reader.models()


def test_all_models_are_listed_the_newest_first_with_why_and_which_is_at_work(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = listed(capsys, kept)

    assert [(row["cause"], row["at_work"]) for row in rows] == [("schedule", True), ("first", False)]
    assert rows[0]["templates"] == 3
    assert {"start": "2026-01-01T01:35:00Z", "end": "2026-01-01T01:46:00Z"} in rows[0]["left_out"]

    table = said(capsys, "list", "--store", kept)
    assert "2 models" in table
    assert "on schedule; " in table
    assert " min left out" in table
    assert "at work" in table
    assert said(capsys, "list", "--store", kept, "-o", "csv").count("\n") == 3


def test_a_version_is_named_by_its_beginning(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newest = cards(kept)[0]
    text = said(capsys, "show", newest.version[:6], "--store", kept)

    assert f"shop, model {newest.version}  at work" in text
    assert "left out 2026-01-01 01:35 to 01:46" in text
    assert json.loads(said(capsys, "show", newest.version, "--json", "--store", kept))["version"] == newest.version
    assert "There is no model 'abc'" in refused(capsys, "show", "abc", "--store", kept)
    assert "There is no model 'ffff'" in refused(capsys, "show", "ffff", "--store", kept)


@pytest.mark.parametrize(("step", "age"), [(-1, "older"), (1, "newer")])
def test_a_model_of_another_method_is_not_at_work(
    own: Path, capsys: pytest.CaptureFixture[str], step: int, age: str
) -> None:
    newest = cards(own)[0]
    with closing(open_store(own)) as store:
        store.commit(PassResult(at(130), models=[replace(newest, method=METHOD + step)]))

    table = " ".join(said(capsys, "list", "--store", own).split())
    assert f"{age} method, made anew with the next windows" in table
    assert "at work" not in table
    text = said(capsys, "show", newest.version, "--store", own)
    assert "at work" not in text
    assert f"{age} method, made anew with the next windows" in text
    assert f"method {METHOD + step} ({age}: this drainwatch has {METHOD}), seed 1" in text


def test_two_models_are_held_against_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A fault for so long that it is taken for normal.
    store = learned(tmp_path / "s.sqlite", 130, {minute: {"refused": 25} for minute in range(70, 120)})
    new, old = cards(store)
    row = json.loads(said(capsys, "compare", old.version, new.version, "--json", "--store", store))

    assert [one["template_id"] for one in row["only_new"]] == ["refused"]
    assert row["only_old"] == row["moved"] == []
    assert row["flagged"]["windows"] == 130
    assert row["flagged"]["old"] >= 45
    assert row["flagged"]["new"] < 10

    text = said(capsys, "compare", old.version, new.version, "--store", store)
    assert "1 template known to the second only" in text
    assert "refused <NUM>" in text
    assert "Both know the same templates" in said(capsys, "compare", old.version, old.version, "--store", store)


def test_models_of_two_namespaces_are_not_compared(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(open_store(own)) as store:
        store.commit(PassResult(at(130), models=[replace(cards(own)[0], namespace="bank", version="f" * 16)]))

    assert "Compare models of one namespace" in refused(
        capsys, "compare", cards(own)[-1].version, "ffff", "--store", own
    )


def test_one_whose_counts_are_gone_is_not_made_of_what_is_left(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = cards(own)[-1].version
    with closing(open_store(own)) as store:
        store.prune(at(10**6), 0)

    assert "are gone" in refused(capsys, "export", version, own.parent / "m", "--store", own)
    assert "are gone" in refused(capsys, "rollback", "shop", version, "--store", own)


def test_one_of_another_method_is_not_made_again(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = replace(cards(own)[0], version="e" * 16, method=1)
    with closing(open_store(own)) as store:
        store.commit(PassResult(at(130), models=[old]))

    assert "made by method 1" in refused(capsys, "rollback", "shop", "eeee", "--store", own)


def test_a_model_is_saved_as_plain_data_and_no_file_is_overwritten(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card, file = cards(kept)[0], tmp_path / "model"
    said(capsys, "export", card.version, file, "--store", kept)
    with closing(open_reader(kept)) as reader:
        model, learned_from = made_again(reader, card, DetectionSettings())

    assert load(file.read_bytes()).score(learned_from).score.tolist() == model.score(learned_from).score.tolist()
    assert "exists" in refused(capsys, "export", card.version, file, "--store", kept)


def test_an_earlier_model_is_at_work_until_it_is_released(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newest, oldest = cards(own)
    namespace = restored(own)
    text = said(capsys, "rollback", "shop", oldest.version[:8], "--note", "bad day", "--author", "ana", "--store", own)
    assert f"model {oldest.version} from its next window on" in text
    assert "at work from the next window on, chosen by ana: bad day" in " ".join(
        said(capsys, "list", "--store", own).split()
    )

    go_on(own, namespace, 130, 300)
    at_work = {row["version"]: row for row in listed(capsys, own)}
    assert at_work.keys() == {newest.version, oldest.version}, "nothing is trained"
    assert [version for version, row in at_work.items() if row["at_work"]] == [oldest.version]
    assert at_work[oldest.version]["chosen"]["note"] == "bad day"

    said(capsys, "release", "shop", "--store", own)
    go_on(own, namespace, 300, 320)
    rows = listed(capsys, own)
    assert len(rows) == 3
    assert [row["at_work"] for row in rows] == [True, False, False]
    assert "Nobody chose a model for shop" in refused(capsys, "release", "shop", "--store", own)


def test_a_namespace_that_is_not_there_has_no_model_to_choose(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no namespace bank" in refused(capsys, "rollback", "bank", "abcd", "--store", kept)
    assert "no namespace bank" in refused(capsys, "release", "bank", "--store", kept)
    assert "no namespace bank" in refused(capsys, "list", "-n", "bank", "--store", kept)


def restored(path: Path) -> NamespaceState:
    with closing(open_store(path)) as store:
        namespace = NamespaceState("shop", DetectionSettings())
        namespace.restore(list(store.counts("shop")), TEMPLATES, store.statuses()[0], at(130), store.models())
    return namespace


def go_on(path: Path, namespace: NamespaceState, begin: int, end: int) -> None:
    with closing(open_store(path)) as store:
        lived(store, namespace, begin, end, {})
