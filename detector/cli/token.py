"""`drainwatch token …`: keys to the API, made, listed and revoked beside a service."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from detector.access.principal import Right
from detector.cli.clock import now
from detector.cli.options import ConfigOption, Output, OutputOption, StoreOption, settings_of, store_flags
from detector.cli.saying import named, writing
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.access.records import Token

app = typer.Typer(help="Make, list and revoke keys to the API; docs/access.md tells what they are.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What it is for: grafana.", show_default=False)]
TokenArgument = Annotated[
    str, typer.Argument(metavar="ID", help="As `drainwatch token list` has it; or its name.", show_default=False)
]
PatternsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--namespace", "-n", metavar="PATTERN", help="A namespace, or 'pay*'; '*' is all. May be given again.",
        show_default=False,
    ),
]  # fmt: skip
RightOption = Annotated[Right, typer.Option("--right", help="What it may; admin holds in all namespaces.")]
LengthOption = Annotated[
    str | None, typer.Option("--for", metavar="DURATION", help="How long it holds.", show_default="90d")
]
NeverOption = Annotated[bool, typer.Option("--never", help="It never expires.")]
AllOption = Annotated[bool, typer.Option("--all", help="Also those that expired or were revoked.")]


@app.command("create")
def create(
    name: NameArgument,
    namespaces: PatternsOption = None,
    right: RightOption = Right.READ,
    length: LengthOption = None,
    never: NeverOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a token and print it, once, alone on standard output; what it may is said on standard error."""
    import secrets

    from detector.access.acts import Deed
    from detector.access.tokens import ENTROPY, USUAL_LENGTH, Wish, make, told
    from detector.api.times import expiry
    from detector.cli.acts import note

    if never and length is not None:
        raise UsageError("--never and --for exclude each other.", "Give one of them.")
    moment = now()
    expires = None if never else expiry(None, length, moment) if length else moment + USUAL_LENGTH
    wish = Wish(name, tuple(namespaces or ()), right, expires)
    token, sent = make(wish, named(None), moment, secrets.token_bytes(ENTROPY))
    with writing(settings_of(config, os.environ, **store_flags(store))) as (_, notes):
        notes.say(token)
        note(notes, Deed.TOKEN_MADE, token.id, detail=told(token))
    print(sent)
    print(
        f"{told(token)}. This was it: it is shown nowhere again. Revoke: drainwatch token revoke {token.id}",
        file=sys.stderr,
    )


@app.command("list")
def list_(
    everything: AllOption = False,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List tokens, newest first: what they may, until when, and when they were used last."""
    from detector.cli.findings import opened

    moment = now()
    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        found = reader.tokens()
    shown = [one for one in found if everything or one.holds(moment)]
    if not shown and output is Output.TABLE:
        print("There are no tokens." if not found else "No token holds now; --all shows those that did.")
        return
    _tell(shown[::-1], moment, output)


@app.command("revoke")
def revoke(token: TokenArgument, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Take a token back; a service refuses it within a second. It stays in the list of all, with the time."""
    from dataclasses import replace

    from detector.access.acts import Deed
    from detector.cli.acts import note

    moment = now()
    with writing(settings_of(config, os.environ, **store_flags(store))) as (reader, notes):
        found = _named(reader.tokens(), token, moment)
        if found.revoked is None:
            found = replace(found, revoked=moment)
            notes.say(found)
            note(notes, Deed.TOKEN_REVOKED, found.id, detail=found.name)
    _tell([found], moment, Output.TABLE)


def _named(tokens: list[Token], wanted: str, moment: int) -> Token:
    """By its id, or the one that holds by its name. Raises `UsageError` where that is none, or several."""
    by_id = [one for one in tokens if one.id == wanted]
    found = by_id or [one for one in tokens if one.name == wanted and one.holds(moment)]
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise UsageError(f"{len(found)} tokens are called {wanted}.", f"Name one by its id: {ids}.")
    if not found:
        raise UsageError(f"There is no token {wanted[:80]!r}.", "`drainwatch token list --all` shows all.")
    return found[0]


def _tell(tokens: list[Token], moment: int, output: Output) -> None:
    from detector.api.access_shapes import TokenOut
    from detector.cli.access_tables import TOKEN_COLUMNS, token_table
    from detector.cli.output import write_rows

    rows = (TokenOut.of(one, moment).model_dump(mode="json") for one in tokens)
    write_rows(rows, output, TOKEN_COLUMNS, token_table)
