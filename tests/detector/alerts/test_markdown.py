"""An incident as Markdown, read by a parser of CommonMark: whatever lines say, nothing of it is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from detector.alerts.channels.harmless import visible
from detector.alerts.markdown import Told, code, markdown, prose
from detector.findings import Change, ChangeKind, Incident, ReasonKind
from tests.store.shop import incident, minute, reason

READER = MarkdownIt("commonmark").enable("table")
HOSTILE = (
    "a|b",
    "\\|",
    "\\\\| \\",
    "`` ` ```",
    "```\n# out\n",
    "<img src=x onerror=alert(1)>",
    "</code><script>",
    "&lt;b&gt;",
    "[x](https://evil.example) ![y](z)",
    "https://evil.example www.evil.example a@b.example",
    "@everyone #1 *b* _i_ ~~s~~ $x$",
    "| --- | --- |",
    "- [ ] x",
    "\u202egnp.exe\x1b[31m",
    "   ",
)


def told(text: str) -> Incident:
    """An incident that says this wherever strangers are quoted."""
    said = replace(reason(), template=text, workload=text, level=text, samples=(text, "second"))
    change = Change("c", "shop", text, minute(-1), ChangeKind.IMAGE, text, f"{text}:2")
    return replace(
        incident(3, 5), namespace=text, reasons=(said, replace(said, template_id="")), summary=text, change=change
    )


def tokens(text: str) -> Iterator[Token]:
    for one in READER.parse(text):
        yield one
        yield from one.children or ()


def kinds(found: Sequence[Token]) -> list[str]:
    """What is there, without the text in it."""
    return [one.type for one in found if one.type not in ("text", "text_special", "softbreak", "html_entity")]


def test_it_says_what_happened_when_and_why() -> None:
    paid = replace(reason("paid", 12), template="paid <NUM>", level="", first_seen=None, samples=())
    fewer = replace(paid, kind=ReasonKind.FEWER, expected_low=40, expected_high=61.5, windows=3)
    one = replace(incident(3, 5, ongoing=True), reasons=(reason(), fewer))
    change = Change("c", "shop", "checkout", minute(-2), ChangeKind.IMAGE, "r/checkout:1.4", "r/checkout:1.5")
    links = [("Open in drainwatch", "/incidents/i1"), ("Logs in Kibana", ""), ("API", "/api/v1/incidents/i1")]

    assert markdown(Told(one, changes=[change], links=links)) == (
        """### Critical incident in `shop`

**What happened:** checkout wrote 214 lines of a statement never seen before.

**When:** 2026-11-21 07:03 to 07:06 UTC, still going on

**Score:** 80 of 100, critical

| What | Workload | Template | Observed | Expected | First seen |
| --- | --- | --- | ---: | --- | --- |
| new | `checkout` | error `could not connect to <HOST>` | 214 | never seen before | 2026-11-21 07:00 UTC |
| fewer | `checkout` | `paid <NUM>` | 12 in 3 windows | 40 to 62 |  |

**What changed:**

- 2026-11-21 06:58 UTC: image 1.5 of checkout was rolled out (before: 1.4)

**Lines of checkout:**

```text
could not connect to db
```

[Open in drainwatch](</incidents/i1>) · [API](</api/v1/incidents/i1>)
"""
    )


def test_what_metrics_showed_stands_among_the_reasons() -> None:
    slow = replace(reason(), template_id="", template="latency (ms)", workload="", level="", kind=ReasonKind.MORE)
    part = replace(incident(3, 5), reasons=(slow,))
    assert "| more |  | latency (ms) | 214 | 0 |" in markdown(Told(incident(3, 5), parts=[part]))


HARMLESS = kinds(list(tokens(markdown(Told(told("text"), links=[("API", "/api")])))))


@given(st.text(min_size=1, max_size=60) | st.text("`|\\<>&@#[]()!*_~: \n-/", min_size=1, max_size=60))
def test_nothing_that_lines_say_is_markup(text: str) -> None:
    _is_harmless(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_attackers_say_is_markup(text: str) -> None:
    _is_harmless(text)


def _is_harmless(text: str) -> None:
    found = list(tokens(markdown(Told(told(text), links=[("API", "/api")]))))
    if not visible(text, 100).strip():
        return
    assert kinds(found) == HARMLESS
    links = [one.attrs["href"] for one in found if one.type == "link_open"]
    assert links == ["/api"]


@given(st.text("`\\| x", min_size=1, max_size=20))
@example("\\|")
def test_a_bar_ends_no_cell_however_many_backslashes_stand_before_it(text: str) -> None:
    """GitHub's parser pairs backslashes, where others look at the last one only."""
    table, _, _ = markdown(Told(told(text))).partition("**What changed")
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) == 4
    for row in rows:
        ends = [found for found in re.findall(r"(\\*)\|", row) if len(found) % 2 == 0]
        assert len(ends) == 7


@given(st.text(min_size=1, max_size=80) | st.text("`\\| ", min_size=1, max_size=20))
@example("` \\|`")
def test_a_code_span_shows_the_text_and_nothing_else(text: str) -> None:
    shown = visible(text, 100)
    if not shown.strip():
        return
    (paragraph,) = [one for one in READER.parse(f"x {code(text, 100)} y") if one.type == "inline"]
    assert [one.type for one in paragraph.children or ()] == ["text", "code_inline", "text"]
    assert (paragraph.children or [])[1].content == shown


@given(st.text(min_size=1, max_size=80) | st.text("`|\\<>&@#[]()!*_~:/w. ", min_size=1, max_size=20))
def test_a_sentence_reads_as_it_is(text: str) -> None:
    rendered = "".join(one.content for one in tokens(f"x {prose(text, 100)}.") if one.type == "text")
    assert rendered.replace("\u200b", "") == f"x {visible(text, 100)}.".replace("\u200b", "")


def test_what_would_call_people_or_link_is_cut_apart() -> None:
    assert prose("@team see #12 at https://x.example and www.x.example", 100) == (
        "@\u200bteam see #\u200b12 at https\\://x.example and www\\.x.example"
    )
