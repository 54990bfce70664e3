"""A small shop whose requests carry trace ids: its log files, and the world that days are mixed from."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from detector.evaluate.background import Background, read_background
from detector.evaluate.world import World
from detector.settings import Settings
from detector.wiring import open_engine, open_files

START = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp()) * 1_000_000
MINUTES = 12
A_MINUTE = 40
"""Traces."""
STEPS = {
    "browse": (
        ("gateway", "INFO", "request {n} for page of catalog accepted"),
        ("catalog", "INFO", "looking up {n} items of category"),
        ("catalog", "INFO", "found items in {n} ms"),
        ("gateway", "INFO", "reply {n} sent to customer"),
    ),
    "buy": (
        ("gateway", "INFO", "order {n} received for checkout"),
        ("cart", "INFO", "cart {n} was loaded from store"),
        ("payment", "INFO", "charging card for cart {n}"),
        ("payment", "INFO", "payment {n} was settled by bank"),
        ("cart", "INFO", "cart {n} was emptied"),
        ("gateway", "INFO", "receipt {n} sent to customer"),
    ),
}


def stamp(time: int) -> str:
    return datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def write_logs(folder: Path, minutes: int = MINUTES) -> Path:
    """A file a pod, as a container runtime writes them."""
    dice, lines = Random(7), []
    for number in range(minutes * A_MINUTE):
        kind = "buy" if dice.random() < 0.35 else "browse"
        begin = START + number // A_MINUTE * 60_000_000 + dice.randrange(60_000_000)
        for step, (workload, level, text) in enumerate(STEPS[kind]):
            said = f"{level} {text.replace('{n}', str(dice.randrange(10_000)))} TraceID: {number:032x}"
            lines.append((begin + step * 20_000, workload, said))
        if kind == "browse" and dice.random() < 0.08:
            lines.append((begin + 200_000, "catalog", f"WARN cache was cold for {number} ms TraceID: {number:032x}"))
    folder.mkdir(parents=True, exist_ok=True)
    for time, workload, said in sorted(lines):
        name = f"{workload}-5d4f8c7b9-x2x4z_shop_app-{'a' * 64}.log"
        with (folder / name).open("a") as file:
            file.write(f"{stamp(time)} stdout F {said}\n")
    return folder


@lru_cache(maxsize=1)
def shop() -> World:
    with TemporaryDirectory() as folder:
        settings = Settings()
        engine = open_engine(settings)
        background = read_background(
            open_files([str(write_logs(Path(folder)))], settings, follow=False, clock=lambda: START), engine
        )
        return World.of(background, engine)


def background() -> Background:
    return shop().background


def number_of(text: str) -> int:
    """The template with this in its text."""
    return next(number for number, template in enumerate(shop().templates) if text in template.text)
