"""`/api/v1/settings`: how the service is set, and where each of it was said."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.context import InContext
from detector.api.forms import API
from detector.api.parameters import NoQuery
from detector.api.problems import NotFoundError
from detector.api.setting_shapes import SettingOut, SettingsOut
from detector.settings.shown import shown_settings

router = APIRouter(tags=["service"])


@router.get(f"{API}/settings", summary="The settings in force", dependencies=[needs(Right.ADMIN)])
def settings(context: InContext, query: Annotated[NoQuery, Query()]) -> SettingsOut:
    """Each with its default and where it was said. Secrets are left out, and passwords in addresses."""
    known = context.settings
    if known is None:
        raise NotFoundError("No service runs here that would have settings.", "Ask one: `drainwatch run` starts it.")
    return SettingsOut(
        items=[SettingOut.of(one) for one in shown_settings(known.settings, known.origins)],
        file=known.origins.file or None,
        links={"self": f"{API}/settings", "status": f"{API}/status"},
    )
