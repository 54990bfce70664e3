"""Who follows shares one look with all others."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack

import pytest

from detector.api.news import CrowdedError, News
from tests import loops


def news_of(look: Callable[[], int], most: int = 100) -> News[int]:
    return News(look, lambda told, now: told != now, 0.01, most)


async def first(items: AsyncIterator[int], count: int) -> list[int]:
    return [await anext(items) for _ in range(count)]


def test_a_look_is_for_all_who_follow() -> None:
    looks = itertools.count(1)

    async def follow() -> list[list[int]]:
        news = news_of(lambda: next(looks))
        with ExitStack() as places:
            for _ in range(20):
                places.enter_context(news.place())
            return list(await asyncio.gather(*(first(news.follow(), 3) for _ in range(20))))

    assert loops.run(follow()) == [[1, 2, 3]] * 20


def test_nobody_looks_while_nobody_follows() -> None:
    looks = itertools.count(1)

    async def follow() -> None:
        news = news_of(lambda: next(looks))
        await asyncio.sleep(0.05)
        assert next(looks) == 1
        with news.place():
            assert await first(news.follow(), 1) == [2]
        await asyncio.sleep(0.3)  # for a look that was being made
        seen = next(looks)
        await asyncio.sleep(0.05)
        assert next(looks) == seen + 1

    loops.run(follow())


def test_what_is_the_same_is_told_once() -> None:
    async def follow() -> None:
        news = news_of(lambda: 7)
        with news.place():
            items = news.follow()
            assert await anext(items) == 7
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(items), 0.1)

    loops.run(follow())


def test_a_look_that_fails_is_made_again(caplog: pytest.LogCaptureFixture) -> None:
    looks = itertools.count(1)

    def look() -> int:
        if next(looks) == 1:
            raise RuntimeError("what nobody has thought of")
        return 2

    async def follow() -> list[int]:
        news = news_of(look)
        with news.place():
            return await first(news.follow(), 1)

    assert loops.run(follow()) == [2]


def test_only_so_many_have_a_place_and_one_that_is_left_is_free() -> None:
    async def follow() -> None:
        news = news_of(lambda: 1, most=1)
        with news.place(), pytest.raises(CrowdedError), news.place():
            pass
        with news.place():
            assert await first(news.follow(), 1) == [1]

    loops.run(follow())


def test_all_that_is_followed_ends_together() -> None:
    async def follow() -> None:
        news = news_of(lambda: 1)
        with news.place(), news.place():
            followed = [news.follow(), news.follow()]
            assert [await anext(items) for items in followed] == [1, 1]
            nexts = [asyncio.ensure_future(anext(items, None)) for items in followed]
            await asyncio.sleep(0.05)
            assert not any(one.done() for one in nexts)
            news.end()
            assert await asyncio.wait_for(asyncio.gather(*nexts), 10) == [None, None]

    loops.run(follow())
