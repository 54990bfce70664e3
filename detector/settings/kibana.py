"""The settings of Kibana: where `drainwatch setup kibana` puts dashboards."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from detector.settings.kinds import Period, Section, contradiction


def _address(url: str) -> str:
    if not url:
        return url
    if "@" in url:
        raise ValueError("should hold no user name: kibana.username and kibana.password_file are for that")
    if not re.fullmatch(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/@:?#\[\]]+)(:\d{1,5})?(/[^\s?#]*)?", url):
        raise ValueError("should be an address with scheme, such as https://kibana-kb-http:5601")
    if re.search(r"/(s|app)/", f"{url}/"):
        raise ValueError("should be the address of Kibana itself: kibana.space names the space")
    return url.rstrip("/")


class KibanaSettings(Section):
    """Needed for the set-up only: the service itself never speaks to Kibana."""

    url: Annotated[str, AfterValidator(_address)] = ""
    """With scheme, and with `server.basePath` where there is one."""
    space: str = Field("", pattern=r"^[a-z0-9_-]*$")
    """Id of the space; empty for the one that is there from the beginning."""
    ca_file: Path | None = None
    """PEM file of the certificate authority, where it is one of your own."""
    username: str = ""
    """Who asks; without a user or a key, those of `elasticsearch` do."""
    password: SecretStr = SecretStr("")
    """The password; better in a file."""
    password_file: Path | None = None
    """Read at the start: for secrets that are mounted."""
    api_key: SecretStr = SecretStr("")
    """As Elasticsearch hands it out (`encoded`)."""
    api_key_file: Path | None = None
    """File that holds it."""
    timeout: Period = timedelta(seconds=30)
    """Of one request."""

    @model_validator(mode="after")
    def _one_who_asks(self) -> Self:
        """One way to say who asks, and each secret in one place."""
        given = {name for name in ("password", "api_key") if getattr(self, name).get_secret_value()}
        in_files = {name for name in ("password", "api_key") if getattr(self, f"{name}_file") is not None}
        for name in sorted(given & in_files):
            raise contradiction(f"kibana.{name} and kibana.{name}_file are both set; keep one of them.")
        if "api_key" in given | in_files and self.username:
            raise contradiction(
                "kibana.api_key and kibana.username are set, and only one can say who asks; keep one of them."
            )
        if "password" in given | in_files and not self.username:
            raise contradiction("kibana.password is set without kibana.username; say whose it is.")
        return self

    @property
    def says_who_asks(self) -> bool:
        """Whether there is a user or a key here; otherwise those of `elasticsearch` do, which Kibana knows as well."""
        return bool(self.username or self.api_key.get_secret_value() or self.api_key_file)
