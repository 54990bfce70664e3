"""`drainwatch setup watcher`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.options import ConfigOption, settings_of
from detector.cli.setup import DryRunOption, YesOption, lines_of, summary
from detector.cli.setup_steps import carry_out, counted, mark_of, went_wrong
from detector.errors import UsageError
from detector.findings import Severity

if TYPE_CHECKING:
    from rich.text import Text

    from detector.settings import Settings
    from detector.setup import Step, Wanted
    from detector.setup.watches import Watch, WatchChoices, Webhook
    from detector.setup.withdrawing import Withdrawal

VARIABLE = "SLACK_WEBHOOK_URL"
"""Where the address is, if neither a file nor an account is named."""

WatchOption = Annotated[
    list[str] | None,
    typer.Option("--watch", metavar="NAME", help="Only this one: anomalies, server-errors or silence."),
]
WebhookOption = Annotated[
    Path | None,
    typer.Option(
        "--slack-webhook-file", metavar="FILE", help=f"Holds the address of a Slack webhook; or set {VARIABLE}."
    ),
]
AccountOption = Annotated[
    str, typer.Option("--slack-account", metavar="NAME", help="Instead a Slack account in Elasticsearch's settings.")
]
EmailOption = Annotated[list[str] | None, typer.Option("--email", metavar="ADDRESS", help="Also tell it by e-mail.")]
SeverityOption = Annotated[Severity, typer.Option("--severity", help="The least severity of incidents that are told.")]
ThresholdOption = Annotated[
    int, typer.Option("--threshold", min=0, help="More responses of 5xx of a namespace in five minutes are told.")
]
SilentOption = Annotated[
    str, typer.Option("--silent-after", metavar="DURATION", help="How long drainwatch may close no window.")
]
IntervalOption = Annotated[str, typer.Option("--interval", metavar="DURATION", help="From one look to the next.")]
ThrottleOption = Annotated[
    str,
    typer.Option("--throttle", metavar="DURATION", help="From one message to the next while errors or silence last."),
]
BesideOption = Annotated[
    bool, typer.Option("--beside-channels", help="Also where one of drainwatch's own channels tells the same people.")
]
DeactivateOption = Annotated[bool, typer.Option("--deactivate", help="Switch the watches off instead.")]
RemoveOption = Annotated[bool, typer.Option("--remove", help="Delete the watches instead.")]


def watcher(
    watch: WatchOption = None,
    slack_webhook_file: WebhookOption = None,
    slack_account: AccountOption = "",
    email: EmailOption = None,
    severity: SeverityOption = Severity.MAJOR,
    threshold: ThresholdOption = 100,
    silent_after: SilentOption = "10m",
    interval: IntervalOption = "1m",
    throttle: ThrottleOption = "15m",
    beside_channels: BesideOption = False,
    deactivate: DeactivateOption = False,
    remove: RemoveOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Have Elasticsearch's Watcher tell people, where the licence covers it; shown first."""
    settings = settings_of(config, os.environ)
    from detector.setup.watches import WatchChoices

    named = watches_of(watch or ())
    if deactivate or remove:
        _withdraw(settings, named, deactivate, remove, dry_run=dry_run, yes=yes)
    choices = WatchChoices(
        prefix=settings.elasticsearch.prefix,
        logs=settings.elasticsearch.indices,
        watches=named,
        webhook=webhook_of(slack_webhook_file, slack_account, os.environ),
        account=slack_account,
        emails=tuple(email or ()),
        severity=severity,
        threshold=threshold,
        silent_after=_duration("--silent-after", silent_after),
        interval=_duration("--interval", interval),
        throttle=_duration("--throttle", throttle),
        page=settings.alerts.page,
        kibana=settings.alerts.kibana,
        data_view=settings.alerts.kibana_data_view,
    )
    _apply(settings, choices, beside_channels, dry_run=dry_run, yes=yes)


def _apply(settings: Settings, choices: WatchChoices, beside_channels: bool, *, dry_run: bool, yes: bool) -> None:
    from detector.assets import asset_folder
    from detector.connecting import connection_of
    from detector.setup import apply, plan
    from detector.setup.watches import wanted_watches
    from detector.setup.withdrawing import watcher_licence
    from ingest.elasticsearch.client import connect

    wished = wanted_watches(asset_folder("kibana/watches"), choices)
    with closing(connect(connection_of(settings))) as client:
        print(f"The licence of the cluster is {watcher_licence(client)}: it has Watcher.")
        if not beside_channels:
            _nobody_twice(settings, wished)
        planned = plan(client, wished)
        steps = carry_out(planned, lines_of, lambda steps: apply(client, steps), dry_run=dry_run, yes=yes)
    print(summary(steps, done=not dry_run))
    failed = any(map(went_wrong, steps))
    if not all(map(went_wrong, steps)):
        print("\n".join(notes(choices)))
    raise typer.Exit(1 if failed else 0)


def _nobody_twice(settings: Settings, watches: Sequence[Wanted]) -> None:
    """Raises `UsageError` where channels of drainwatch's own tell the same people of the same."""
    from detector.setup.people import told_as_well, told_by
    from detector.setup.watches import Watch, watch_name

    alone = watch_name(settings.elasticsearch.prefix, Watch.SERVER_ERRORS)
    told = [told_by(one.body) for one in watches if one.name != alone]
    if alike := sorted({name for people in told for name in told_as_well(settings.alerts.channels, people)}):
        named = f"channel {alike[0]} tells" if len(alike) == 1 else f"channels {', '.join(alike)} tell"
        raise UsageError(
            f"drainwatch's own {named} the same people, who would be paged twice. Nothing was changed.",
            "Take it out of alerts.channels first, or set up --watch server-errors alone; --beside-channels does both.",
        )


def _withdraw(
    settings: Settings, named: frozenset[Watch], deactivate: bool, remove: bool, *, dry_run: bool, yes: bool
) -> None:
    from detector.connecting import connection_of
    from detector.setup.watches import Watch, watch_name
    from detector.setup.withdrawing import Withdrawal, plan_withdrawal, watcher_licence, withdraw
    from ingest.elasticsearch.client import connect

    if deactivate and remove:
        raise UsageError("Watches are switched off or deleted.", "Say --deactivate or --remove, not both.")
    how = Withdrawal.REMOVE if remove else Withdrawal.DEACTIVATE
    names = [watch_name(settings.elasticsearch.prefix, watch) for watch in Watch if watch in named]
    with closing(connect(connection_of(settings))) as client:
        watcher_licence(client)
        planned = plan_withdrawal(client, names, how)
        steps = carry_out(
            planned,
            lambda step, done: withdrawal_lines(step, how, done),
            lambda steps: withdraw(client, steps, how),
            dry_run=dry_run,
            yes=yes,
        )
    print(withdrawal_summary(steps, how, done=not dry_run))
    raise typer.Exit(1 if any(map(went_wrong, steps)) else 0)


def watches_of(named: Sequence[str]) -> frozenset[Watch]:
    """The watches that are named; all where none is. Raises `UsageError` for one that there isn't."""
    from detector.setup.watches import Watch

    names = [name.strip() for several in named for name in several.split(",") if name.strip()]
    for name in names:
        if name not in list(Watch):
            raise UsageError(f"There is no watch {name!r}.", f"There are: {', '.join(Watch)}.")
    return frozenset(map(Watch, names or Watch))


def webhook_of(file: Path | None, account: str, environ: Mapping[str, str]) -> Webhook | None:
    """The webhook in the file or, where neither that nor an account is named, in the environment.

    Raises `UsageError` for a file that can't be read, and for what is no address.
    """
    from detector.setup.watches import Webhook

    if file is not None:
        try:
            return Webhook.of(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as failure:
            why = failure.strerror if isinstance(failure, OSError) else "it isn't text"
            raise UsageError(f"The file {file} of the Slack webhook can't be read: {why}.") from None
    return Webhook.of(environ[VARIABLE]) if environ.get(VARIABLE) and not account else None


def notes(choices: WatchChoices) -> list[str]:
    """What one has to know who has these watches."""
    told = [
        "These watches tell people by themselves. Where one of drainwatch's own channels leads to the same people,"
        " switch it off, or they are paged twice: docs/alerting.md. --deactivate or --remove takes the watches away."
    ]
    if choices.webhook:
        told.append(
            "The address of the Slack webhook is in the watches, readable for all who may read watches; --slack-account"
            " keeps it in Elasticsearch's keystore."
        )
    if choices.account:
        told.append(
            f"Elasticsearch has to know the Slack account {choices.account!r}:"
            f" xpack.notification.slack.account.{choices.account}.secure_url in its keystore."
        )
    if choices.emails:
        told.append("Elasticsearch has to know an e-mail account: xpack.notification.email.account in its settings.")
    return told


def withdrawal_lines(step: Step, how: Withdrawal, done: bool) -> list[Text]:
    """What is said of one watch."""
    from rich.text import Text

    from detector.cli.output import harmless
    from detector.setup import Action
    from detector.setup.withdrawing import Withdrawal

    mark, style = mark_of(step)
    fate = "deleted" if how is Withdrawal.REMOVE else "switched off"
    word = {Action.CHANGE: fate if done else f"to be {fate}", Action.KEEP: "left", Action.FAIL: "failed"}[step.action]
    said = f"{word}: {step.reason}" if step.reason else word
    return [Text(f"{mark} {step.wanted.kind:<19} {step.wanted.name:<32} {harmless(said)}", style)]


def withdrawal_summary(steps: Sequence[Step], how: Withdrawal, done: bool) -> str:
    """What it comes to, in one sentence."""
    from detector.setup import Action
    from detector.setup.withdrawing import Withdrawal

    fate = "deleted" if how is Withdrawal.REMOVE else "switched off"
    words = {Action.CHANGE: fate if done else f"to be {fate}", Action.KEEP: "left", Action.FAIL: "failed"}
    return ", ".join(counted(steps, words)) + "."


def _duration(option: str, value: str) -> timedelta:
    from detector.settings.kinds import parse_duration

    duration = parse_duration(value)
    if not isinstance(duration, timedelta):
        raise UsageError(f"{option} can't be {value!r}:", "write a duration such as 90s, 5m or 1h.")
    return duration
