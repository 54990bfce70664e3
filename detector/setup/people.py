"""Who is told by a watch, and by which of drainwatch's own channels as well: nobody should be paged twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detector.errors import SettingsError, UsageError
from detector.settings.channels import AnyChannel, EmailChannel, SlackChannel
from detector.settings.secrets import read_secret
from detector.setup.wanted import Json
from detector.setup.watches import Webhook


@dataclass(frozen=True, slots=True)
class People:
    """Where messages go."""

    webhooks: frozenset[Webhook] = frozenset()
    emails: frozenset[str] = frozenset()

    def meet(self, others: People) -> bool:
        """Whether somebody is among both."""
        return bool(self.webhooks & others.webhooks or self.emails & others.emails)


def told_by(watch: Json) -> People:
    """Whom a watch tells, as the server gives it back or as it is put."""
    hooks, emails = set(), set()
    for action in watch.get("actions", {}).values():
        if hook := action.get("webhook"):
            hooks.add(Webhook(hook.get("scheme", "http"), hook["host"].lower(), hook["port"], hook.get("path", "")))
        to = action.get("email", {}).get("to", ())
        emails |= {one.lower() for one in ([to] if isinstance(to, str) else to)}
    return People(frozenset(hooks), frozenset(emails))


def told_as_well(channels: Mapping[str, AnyChannel], people: People) -> list[str]:
    """The channels that tell some of these people; those whose secret can't be read are taken for others."""
    return [name for name, channel in channels.items() if people.meet(_told_through(name, channel))]


def _told_through(name: str, channel: AnyChannel) -> People:
    if isinstance(channel, EmailChannel):
        return People(emails=frozenset(address.lower() for address in channel.to))
    if isinstance(channel, SlackChannel):
        try:
            address = read_secret(f"alerts.channels.{name}.url", channel.url, channel.url_file)
            return People(webhooks=frozenset({Webhook.of(address)}))
        except (SettingsError, UsageError):
            return People()
    return People()
