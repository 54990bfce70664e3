"""What the API answers with about settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from detector.api.forms import Links, example
from detector.settings.origins import Origin
from detector.settings.shown import Shown

SETTING = {
    "name": "detection.window",
    "value": "30s",
    "default": "1m",
    "from": "file",
    "description": "Length of the windows in which lines are counted and scored.",
    "secret": False,
    "set": True,
}
SETTINGS = {
    "items": [
        SETTING,
        {
            "name": "elasticsearch.password",
            "value": None,
            "default": None,
            "from": "environment",
            "description": "The password; better in a file.",
            "secret": True,
            "set": True,
        },
    ],
    "file": "drainwatch.toml",
    "links": {"self": "/api/v1/settings", "status": "/api/v1/status"},
}


class SettingOut(BaseModel):
    """One setting."""

    model_config = ConfigDict(**example(SETTING), validate_by_name=True, serialize_by_alias=True)

    name: str
    value: JsonValue = Field(description="As one would write it; null for a secret, and where there is none.")
    default: JsonValue
    origin: Origin = Field(alias="from", description="Where it was said; of several places the one that holds.")
    description: str
    secret: bool
    given: bool = Field(alias="set", description="Whether it has a value, which isn't told of a secret.")

    @classmethod
    def of(cls, one: Shown) -> SettingOut:
        """From the settings."""
        return cls(
            name=one.name,
            value=one.value,
            default=one.default,
            origin=one.origin,
            description=one.description,
            secret=one.secret,
            given=one.given,
        )


class SettingsOut(BaseModel):
    """All settings in force."""

    model_config = example(SETTINGS)

    items: list[SettingOut]
    file: str | None = Field(description="The settings file, where there is one.")
    links: Links
