"""Files with certificates that the settings name, beside the service's own: whether they can be read, and their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from pydantic import BaseModel

from detector.doctor.check import Check, failed, ok, warning
from detector.doctor.facts import CertificateFile, Facts, Refused
from detector.doctor.own_certificate import DAY, RENEW_WITHIN, ends_in

_AUTHORITIES, _OWN = "ca_file", "cert_file"
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def look(settings: BaseModel) -> tuple[CertificateFile, ...]:
    """Each of them, by the setting that names it."""
    return tuple(CertificateFile(key, str(file), _until(key, file)) for key, file in _named(settings))


def _named(section: object, prefix: str = "") -> Iterator[tuple[str, Path]]:
    if isinstance(section, BaseModel):
        section = {name: getattr(section, name) for name in type(section).model_fields}
    if not isinstance(section, Mapping):
        return
    for name, value in section.items():
        if name in (_AUTHORITIES, _OWN) and isinstance(value, Path):
            yield f"{prefix}{name}", value
        else:
            yield from _named(value, f"{prefix}{name}.")


def _until(key: str, file: Path) -> int | Refused:
    try:
        ends = [one.not_valid_after_utc for one in x509.load_pem_x509_certificates(file.read_bytes())]
    except OSError as error:
        return Refused(f"{file} can't be read: {(error.strerror or str(error)).lower()}", f"It is named by {key}.")
    except ValueError:
        return Refused(f"{file} holds no certificate", f"It is named by {key} and has to be PEM.")
    # Of authorities an old one stays beside the one that comes after it; one's own comes first in its chain.
    end = max(ends) if key.endswith(_AUTHORITIES) else ends[0]
    return (end - _BEGIN) // timedelta(microseconds=1)


def judge(facts: Facts) -> Iterator[Check]:
    """A line for each that is wrong or ends soon, and one for all others."""
    fine = []
    for one in facts.certificate_files:
        if isinstance(one.until, Refused):
            yield failed(one.setting, one.until.problem, one.until.advice)
        elif (days := (one.until - facts.now) // DAY) < 0:
            yield failed(
                one.setting, f"{one.file} ended {-days} day{'' if days == -1 else 's'} ago", "Put a new one there."
            )
        elif days < RENEW_WITHIN:
            yield warning(one.setting, _said(one, days), "Put a new one there in time.")
        else:
            fine.append((days, one))
    if fine:
        yield _fine(fine)


def _fine(fine: Sequence[tuple[int, CertificateFile]]) -> Check:
    days, first = min(fine, key=lambda one: one[0])
    others = f"; {len(fine) - 1} more later" if len(fine) > 1 else ""
    return ok("certificate files", f"{_said(first, days)}{others}")


def _said(one: CertificateFile, days: int) -> str:
    return f"{one.file} {ends_in(days)}"
