"""How Kibana is reached, from the settings; secrets that lie in files are read here."""

from __future__ import annotations

from detector.connecting import connection_of
from detector.errors import SettingsError
from detector.settings import Settings
from detector.settings.secrets import read_secret
from detector.setup.kibana.server import KibanaConnection


def kibana_connection_of(settings: Settings, space: str) -> KibanaConnection:
    """How to reach that space of Kibana; secrets that lie in files are read now.

    Where `kibana` says no user and no key, those of `elasticsearch` ask: Kibana has whoever asks checked there. Raises
    `SettingsError` where such a file can't be read, or is empty, and where no address is given.
    """
    section = settings.kibana
    if not section.url:
        raise SettingsError("No Kibana is named.", "Say --url, or set kibana.url; docs/kibana.md tells how.")
    if section.says_who_asks:
        username = section.username
        password = read_secret("kibana.password", section.password, section.password_file)
        api_key, bearer_token = read_secret("kibana.api_key", section.api_key, section.api_key_file), ""
    else:
        cluster = connection_of(settings)
        username, password = cluster.username, cluster.password
        api_key, bearer_token = cluster.api_key, cluster.bearer_token
    return KibanaConnection(
        url=section.url,
        space=space,
        ca_file=str(section.ca_file or ""),
        username=username,
        password=password,
        api_key=api_key,
        bearer_token=bearer_token,
        timeout=section.timeout.total_seconds(),
    )
