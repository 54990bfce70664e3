"""Coroutines in tests, beside a browser: what steers it has a loop of its own running as long as the process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def run(coroutine: Coroutine[object, None, Result]) -> Result:
    """What it returns, from a loop in a thread of its own: a thread that has one running can't run another."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, coroutine).result()
