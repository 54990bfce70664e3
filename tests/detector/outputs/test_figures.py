"""What the outbox tells of itself."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from detector.outputs import Outbox
from detector.outputs.outbox import Figures
from detector.store.port import PassResult, Told
from detector.store.sqlite import open_store
from tests.detector.outputs.test_port import Recorder, wait


def told(*numbers: int) -> PassResult:
    return PassResult(1, told=[Told("recorder", str(number), "pass", b"", b"x") for number in numbers])


def test_it_tells_how_many_messages_wait_and_how_many_went(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        output = Recorder(store)
        with closing(Outbox([output])) as outbox:
            assert outbox.figures == [Figures("recorder", waiting=0, sent=0, failed=0, given_up=0)]
            output.away.set()
            store.commit(told(1, 2, 3))
            outbox.look(store)
            wait(lambda: outbox.figures == [Figures("recorder", waiting=3, sent=0, failed=1, given_up=0)])
            output.away.clear()
            wait(lambda: outbox.figures == [Figures("recorder", waiting=0, sent=3, failed=1, given_up=0)])
            output.away.set()
            store.commit(told(4))
            outbox.look(store)
            wait(lambda: outbox.figures[0].waiting == 1)
            outbox.forget(store)
            assert outbox.figures[0].waiting == 0, "it waits in a store that is somebody else's by now"


def test_it_tells_what_was_given_up(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        output = Recorder(store)
        output.away.set()
        with closing(Outbox([output], most=2)) as outbox:
            store.commit(told(1, 2, 3, 4, 5))
            outbox.look(store)
            wait(lambda: outbox.figures == [Figures("recorder", waiting=2, sent=0, failed=1, given_up=3)])
