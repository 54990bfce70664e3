"""Models as data: the same scores after reading, and nothing but a clear error from what is damaged or hostile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.errors import StoreError, StoreVersionError
from detector.models.components import Components
from detector.models.ensemble import METHOD, NamespaceModel
from detector.models.forest import Forest
from detector.models.registry import DETECTORS
from detector.models.saved import dump, dump_detector, load, load_detector
from tests.models.namespaces import healthy, matrix

FIRST_LINE = b"drainwatch model 2\n"


@cache
def model() -> NamespaceModel:
    return NamespaceModel.fit(matrix(healthy(200, 1)), trees=10, seed=1)


@cache
def saved() -> bytes:
    return dump(model())


@cache
def detector() -> bytes:
    return dump_detector(DETECTORS["components"].fit(matrix(healthy(100, 1)), seed=1))


def parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and arrays."""
    begin = len(FIRST_LINE) + 16
    end = begin + 8 + int.from_bytes(data[begin : begin + 8], "little")
    return json.loads(data[begin + 8 : end]), data[end:]


def forged(header: object, arrays: bytes, first: bytes = FIRST_LINE) -> bytes:
    """A file with whatever is in it, and a checksum that is right."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    rest = len(text).to_bytes(8, "little") + text + arrays
    return first + hashlib.blake2b(rest, digest_size=16).digest() + rest


def refused(data: bytes, read: Callable[[bytes], object] = load) -> str:
    """The sentences of the error."""
    with pytest.raises(StoreError) as caught:
        read(data)
    assert caught.value.advice
    return str(caught.value)


def test_a_model_scores_the_same_to_the_last_bit() -> None:
    again, windows = load(saved()), matrix(healthy(90, 2))
    expected, verdict = model().score(windows), again.score(windows)

    np.testing.assert_array_equal(verdict.score, expected.score)
    for name, scores in expected.by_detector.items():
        np.testing.assert_array_equal(verdict.by_detector[name], scores)
    assert again.columns == model().columns


def test_the_same_model_is_the_same_bytes() -> None:
    assert dump(load(saved())) == saved() == dump(model())


def test_what_was_read_can_not_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load(saved()).forest.threshold[0] = 1.0


def test_an_empty_file_and_any_part_of_a_file_are_damaged() -> None:
    for end in [*range(60), *range(60, len(saved()), 997), len(saved()) - 1]:
        refused(saved()[:end])
    refused(saved() + b"\0")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_flipped_bit_is_found(data: Any) -> None:
    at, bit = data.draw(st.integers(0, len(detector()) - 1)), data.draw(st.integers(0, 7))
    damaged = bytearray(detector())
    damaged[at] ^= 1 << bit

    refused(bytes(damaged), load_detector)


@pytest.mark.parametrize("data", [b"", b"\x80\x04\x95", b"PK\x03\x04", b"drainwatch model \n", b"drainwatch model x\n"])
def test_anything_else_is_no_model(data: bytes) -> None:
    assert "no saved model" in refused(data)


def test_a_newer_format_and_another_way_of_learning_are_called_so() -> None:
    header, arrays = parts(saved())

    with pytest.raises(StoreVersionError, match="format 3"):
        load(forged(header, arrays, b"drainwatch model 3\n"))
    with pytest.raises(StoreVersionError, match=f"method {METHOD + 1}"):
        load(forged(header | {"method": METHOD + 1}, arrays))


def test_a_detector_is_no_model_and_a_model_no_detector() -> None:
    assert "no saved model" in refused(detector())
    assert "no saved detector" in refused(saved(), load_detector)
    header, arrays = parts(saved())
    assert "detector" in refused(forged(header | {"kind": "detector"}, arrays), load_detector)


@pytest.mark.parametrize(
    "name",
    ["os.system", "builtins.eval", "sklearn.ensemble._iforest.IsolationForest", "models.port.Detector", "", 7, None],
)
def test_only_what_models_are_made_of_is_made(name: object) -> None:
    header, arrays = parts(saved())
    header["value"]["is"] = name

    refused(forged(header, arrays))


def test_a_part_in_another_parts_place_is_refused() -> None:
    header, arrays = parts(saved())
    fields = header["value"]["has"]
    fields["forest"] = fields["novelty"]

    assert "a Novelty where a Forest belongs" in refused(forged(header, arrays))


def test_missing_and_additional_fields_are_refused() -> None:
    for change in ({"more": 1}, None):
        header, arrays = parts(saved())
        fields = header["value"]["has"]["forest"]["has"]
        fields.update(change) if change else fields.pop("depth")

        assert "a Forest with other fields" in refused(forged(header, arrays))


@pytest.mark.parametrize(
    "array",
    [
        ["<f8", [2**62], "C"],
        ["<f8", [2**40, 2**40, 2**40, 2**40], "C"],
        ["<f8", [0, 2**62], "C"],
        ["<f8", [-1], "C"],
        ["<f8", [1.0], "C"],
        ["<f8", [True], "C"],
        ["<f8", [1] * 40, "C"],
        ["<f8", 1, "C"],
        ["<f8", [1], "Z"],
        ["|O", [1], "C"],
        ["<U9", [1], "C"],
        [[["a", "<f8"]], [1], "C"],
        ["<f8", [1]],
        "<f8",
        None,
    ],
    ids=repr,
)
def test_arrays_that_can_not_be_are_refused_before_anything_is_allocated(array: object) -> None:
    header, arrays = parts(saved())
    for at in (0, len(header["arrays"]) - 1):
        described = list(header["arrays"])
        described[at] = array
        refused(forged(header | {"arrays": described}, arrays))
    refused(forged(header | {"arrays": array}, arrays))


@pytest.mark.parametrize("number", [-1, 10**6, 1.0, True, "0", None, [0]])
def test_an_array_that_is_not_there_is_refused(number: object) -> None:
    header, arrays = parts(saved())
    header["value"]["has"]["usual_mix"] = number

    refused(forged(header, arrays))


@pytest.mark.parametrize("span", [1.5, "60", None, True, 2**70, [], 0, -5])
def test_a_value_of_another_kind_is_refused(span: object) -> None:
    header, arrays = parts(saved())
    header["value"]["has"]["span"] = span

    refused(forged(header, arrays))


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"{", b"[" * 100_000, b"9" * 10_000, b"\xff", b'{"kind": "model"}']
)
def test_a_header_that_is_none_is_refused(text: bytes) -> None:
    refused(forged(text, b""))


def test_trees_that_lead_out_of_themselves_are_refused() -> None:
    forest = model().forest
    for tampered in (
        {"children": forest.children + 1},
        {"feature": forest.feature - 1},
        {"feature": forest.feature + forest.width},
        {"roots": -forest.roots - 1},
        {"depth": 10**9},
        {"path": np.full_like(forest.path, np.nan)},
    ):
        with pytest.raises(ValueError, match="no trees"):
            replace(forest, **tampered)


def test_parts_that_do_not_fit_together_are_refused() -> None:
    other = NamespaceModel.fit(matrix(healthy(100, 1)[:, :3], matrix(healthy(1, 1)).columns[:3]), trees=10, seed=1)

    refused(dump(replace(model(), surprise=other.surprise)))


WORTH = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["", "inf", "models.forest.Forest"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["is", "has", "a"]), inner, max_size=3),
    max_leaves=4,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value, as what holds it and its key."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in inside] + [place for _, one in inside for place in places(one)]


@pytest.mark.parametrize("name", DETECTORS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_stands_anywhere_in_a_header_it_is_read_or_refused(name: str, data: Any) -> None:
    header, arrays = parts(every(name))
    holder, key = data.draw(st.sampled_from(places(header)))
    holder[key] = data.draw(WORTH)
    try:
        read = load_detector(forged(header, arrays))
    except StoreError:
        return
    assert type(read) is DETECTORS[name]


@cache
def every(name: str) -> bytes:
    return dump_detector(DETECTORS[name].fit(matrix(healthy(60, 1)), seed=1))


def test_only_our_own_can_be_saved() -> None:
    with pytest.raises(TypeError):
        dump_detector(Forest)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        dump_detector(model())  # type: ignore[arg-type]


def test_numbers_that_are_not_finite_come_back() -> None:
    tail = replace(model().tails["forest"], scale=np.inf)
    again = load(dump(replace(model(), tails=model().tails | {"forest": tail})))

    assert again.tails["forest"].scale == np.inf


def test_the_order_of_axes_in_memory_stays_what_it_was() -> None:
    components = Components.fit(matrix(healthy(100, 1)), seed=1)
    turned = replace(components, directions=np.asfortranarray(np.ones((2, 12))))
    again = load_detector(dump_detector(turned))

    assert isinstance(again, Components)
    assert again.directions.flags.f_contiguous
    np.testing.assert_array_equal(again.directions, turned.directions)


def test_what_gives_no_numbers_is_refused() -> None:
    components = Components.fit(matrix(healthy(100, 1)), seed=1)

    spoiled = dump_detector(replace(components, residual=np.full_like(components.residual, np.nan)))

    assert "no numbers" in refused(spoiled, load_detector)
