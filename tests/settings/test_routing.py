"""Routes, maintenance and addresses of alerts: what can't be is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.settings import Settings
from detector.settings.load import load_settings
from detector.settings.routing import moment_of

CHANNELS = "[alerts.channels.ops]\ntype = 'stdout'\n"


def loaded(folder: Path, toml: str) -> Settings:
    file = folder / "drainwatch.toml"
    file.write_text(CHANNELS + toml, "utf-8")
    return load_settings(file, {})


def test_routes_and_maintenance_are_read(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        """
[[alerts.routes]]
channels = ["ops"]
namespaces = ["team-*", "-team-test"]
min_severity = "major"
hours = "Mon-Fri 08:00-18:00"
zone = "Europe/Berlin"

[[alerts.maintenance]]
namespaces = "payments"
start = 2026-11-21T22:00:00Z
end = "2026-11-22T02:00:00+01:00"
note = "migration"

[[alerts.maintenance]]
hours = "Sun 02:00-04:00"
""".replace("= 2026-11-21T22:00:00Z", '= "2026-11-21T22:00:00Z"'),
    ).alerts
    assert settings.routes[0].namespaces == ("team-*", "-team-test")
    assert moment_of(settings.maintenance[0].end) - moment_of(settings.maintenance[0].start) == 3 * 3_600_000_000
    assert settings.maintenance[0].weekly is None
    assert settings.maintenance[1].weekly is not None


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[[alerts.routes]]\nchannels = ['opps']", "names the channel 'opps', which alerts.channels doesn't have"),
        ("[[alerts.routes]]\nchannels = []", "should be one name or more"),
        ("[[alerts.routes]]\nchannels = ['ops']\nnamespaces = []", "should be one name or more"),
        ("[[alerts.routes]]\nchannels = ['ops']\nnamespaces = ['-']", "should be namespaces or patterns"),
        ("[[alerts.routes]]\nchannels = ['ops']\nhours = 'at night'", "should be hours such as"),
        ("[[alerts.routes]]\nchannels = ['ops']\nzone = 'Berlin'", "IANA"),
        ("[[alerts.maintenance]]\nnote = 'x'", "(x) has to say either start and end, or hours"),
        ("[[alerts.maintenance]]\nstart = '2026-11-21T22:00:00Z'", "either start and end, or hours"),
        ("[[alerts.maintenance]]\nstart = 'tomorrow'\nend = ''", "should be a time with its zone"),
        ("[[alerts.maintenance]]\nstart = '2026-11-21T22:00:00'\nend = ''", "should be a time with its zone"),
        (
            "[[alerts.maintenance]]\nstart = '2026-11-21T22:00:00Z'\nend = '2026-11-21T22:00:00Z'",
            "ends before it starts",
        ),
        ("[alerts]\npage = 'drainwatch.example.org'", "such as https://"),
        ("[alerts]\nkibana = 'https://elastic:secret@kibana.example.org'", "should hold no user name"),
        ("[alerts]\nheartbeat = 'https://a'\nheartbeat_file = 'b'", "keep one of them"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, toml)
    assert said in str(refused.value)


def test_an_address_may_have_a_path_and_end_in_a_slash(tmp_path: Path) -> None:
    assert loaded(tmp_path, "[alerts]\nkibana = 'https://k.example.org/s/ops/'").alerts.kibana == (
        "https://k.example.org/s/ops"
    )
