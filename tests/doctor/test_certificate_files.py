"""What the doctor says of files with certificates that the settings name."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from detector.doctor import Check, Facts
from detector.doctor.certificate_files import judge, look
from detector.doctor.gather import configured
from detector.settings import Settings
from detector.settings.load import load_settings
from tests.serving.running import Certified


def checks(settings: Settings) -> list[Check]:
    now = time.time_ns() // 1_000
    return list(judge(Facts(now, configured(settings), certificate_files=look(settings))))


@pytest.mark.parametrize(
    ("days", "state", "seen"),
    [(90.5, "ok", "ends in 90 days"), (20.5, "warning", "ends in 20 days"), (-1.5, "failed", "ended 2 days ago")],
)
def test_it_says_when_certificates_end_that_the_settings_name(
    tmp_path: Path, days: float, state: str, seen: str
) -> None:
    made = Certified(tmp_path, trustme.CA())
    made.renew(datetime.now(UTC) + timedelta(days=days))
    config = tmp_path / "drainwatch.toml"
    config.write_text(f'[alerts.channels.team]\ntype = "webhook"\nurl = "https://a.org/"\nca_file = "{made.cert}"\n')
    (check,) = checks(load_settings(config, {}))
    assert check.name == ("certificate files" if state == "ok" else "alerts.channels.team.ca_file")
    assert (check.state, bool(check.mend)) == (state, state != "ok")
    assert f"{made.cert} {seen}" in check.seen


def test_of_authorities_the_last_one_counts_and_of_ones_own_the_first(tmp_path: Path) -> None:
    made, texts = Certified(tmp_path, trustme.CA()), []
    for days in (5.5, 100.5):
        made.renew(datetime.now(UTC) + timedelta(days=days))
        texts.append(made.cert.read_text())
    for name in ("ca", "cert"):
        (tmp_path / name).write_text("".join(texts))
    (tmp_path / "nothing").write_text("no certificate")
    files = {
        "KAFKA__CA_FILE": "ca",
        "KAFKA__CERT_FILE": "cert",
        "KAFKA__KEY_FILE": "tls.key",
        "KIBANA__CA_FILE": "nothing",
    }
    environ = {f"DRAINWATCH_{name}": str(tmp_path / file) for name, file in files.items()}
    environ["DRAINWATCH_KAFKA__SECURITY_PROTOCOL"] = "ssl"
    told = {one.name: one for one in checks(load_settings(None, environ))}
    assert "ends in 100 days" in told["certificate files"].seen
    assert "ends in 5 days" in told["kafka.cert_file"].seen
    assert "nothing holds no certificate" in told["kibana.ca_file"].seen
