"""Which way lines become records: Python's (`ingest.feed`), or the compiled core's; both give the same."""

from __future__ import annotations

from typing import TypeAlias

from ingest.accounting import Tally
from ingest.batch import Origin
from ingest.feed import Feed, Rules
from ingest.sniff import Form

AnyFeed: TypeAlias = Feed


def open_feed(form: Form, origin: Origin, rules: Rules, tally: Tally) -> AnyFeed:
    """A feed for one file or one partition of a topic; `origin` is the file's, or that of what tells none."""
    return Feed(form, origin, rules, tally)
