"""Values become what they are; words stay.

That the work grows with the line and no faster is held by `tests.native`, where steps are counted; what hostile lines
cost in Python is measured by `benchmarks.hostile`.
"""

from __future__ import annotations

import pytest

from parsers.masking import MAX_CHARS, MAX_WORDS, Masker, fold_nested
from parsers.words import mask_path


def masked(text: str) -> str:
    return " ".join(Masker().words(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order 10052 placed in 150 ms", "Order <NUM> placed in <NUM> ms"),
        ("took 12ms, 1.5s and 1h2m3s", "took <DURATION>, <DURATION> and <DURATION>"),
        ("read 4.5KB of 3GiB", "read <SIZE> of <SIZE>"),
        ("at 2026-11-21T07:00:00.123Z", "at <TIME>"),
        ("date=2026-11-21 15:38:06, next=2026-11-21, end", "date=<TIME>, next=<TIME>, end"),
        ("time: Sat May 04 08:15:00 CST 2013", "time: <TIME>"),
        ("id 550e8400-e29b-41d4-a716-446655440000", "id <UUID>"),
        ("TraceID: 7ce5df703a0b94df6a26db07b549542d", "TraceID: <HEX>"),
        ("at 0x7ffe12 of deadbeef01", "at <HEX> of <HEX>"),
        ("from /10.250.17.225:38889 to 10.0.0.0/8", "from /<IP> to <IP>"),
        ("via 2001:db8::1 and [::1]:8080 and fe80::1%eth0", "via <IP> and <IP> and <IP>"),
        ("mac 00:1a:2b:3c:4d:5e", "mac <MAC>"),
        ("blk_-1608999687919862906 of part-00123", "blk_<NUM> of part-<NUM>"),
        ("train Z1234, order-8fa3, i-0abc12f", "train <ID>, order-<ID>, i-<ID>"),
        ("pod checkout-7d9f8b6c5-x2x4z and kube-proxy-x7k2p", "pod checkout-<POD> and kube-proxy-<POD>"),
        ("GET http://shop:8080/api/orders/12?x=1", "GET http://shop:<NUM>/api/orders/<ID>"),
        ("key dGhpcyBpcyBhIHRlc3QgMTIzNDU2Nzg5MA==", "key <KEY>"),
        ("v1.2.3 of 5% at -3", "<VERSION> of <NUM>% at <NUM>"),
        (
            "utf8 http2 s3 ipv4 md5 sha256 log4j v1beta1 k8s x86_64",
            "utf8 http2 s3 ipv4 md5 sha256 log4j v1beta1 k8s x86_64",
        ),
        ("worker12 and thread-4", "worker<NUM> and thread-<NUM>"),
        ("std::io and a::b and face::Type", "std::io and a::b and face::Type"),
        ("stations=[shanghai, nanjing]", "stations=[…]"),
        ("calculate time：15", "calculate time：<NUM>"),
        ("AKIAIOSFODNN7EXAMPLE", "<SECRET>"),
        ("dw_mzxw6ytboi5hk4tf_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_xyz", "<SECRET>"),
    ],
)
def test_values_are_masked_and_words_stay(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_nested_values_are_folded_so_that_lists_of_any_length_are_one_statement() -> None:
    one = masked("[trips: [Trip(id=1, to=a)]]")
    assert one == masked("[trips: [Trip(id=1, to=a), Trip(id=2, to=b)]]") == "[trips: […]]"
    assert fold_nested("f(x) [0, 5) :) ok") == "f(x) [0, 5) :) ok"
    assert fold_nested("a [b [c") == "a [b […"


def test_a_long_text_is_cut_to_words_that_drain_can_bear() -> None:
    assert len(masked("word " * 5_000).split()) == MAX_WORDS + 1
    assert len(masked("x" * 100_000)) == MAX_CHARS


def test_what_comes_of_a_word_does_not_depend_on_the_memo() -> None:
    masker = Masker()
    lines = [f"order {n} of user{n % 7} at 10.0.0.{n % 250} took {n}ms" for n in range(500)]
    assert [masker.words(line) for line in lines] == [Masker().words(line) for line in lines]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/items/21?q=x", "/api/v1/items/<ID>"),
        ("/orders/8a533bf9-bd12-4608-a8eb-606890982448/pay", "/orders/<ID>/pay"),
        ("/static/app.js", "/static/app.js"),
        ("/shop.CartService/AddItem", "/shop.CartService/AddItem"),
        ("/", "/"),
        ("/a%20b/x", "/<ID>/x"),
        ("/" + "x/" * 50, "/" + "x/" * 7 + "x/…"),
    ],
)
def test_routes_lose_their_ids_and_keep_their_shape(path: str, expected: str) -> None:
    assert mask_path(path) == expected
