"""Addresses for messages: of the page, of the API and of Kibana's Discover, whatever the names in them are.

The page has `/alerts/<id>` and `/incidents/<id>` (detector/web/mount.py). Discover takes its state from the fragment,
`_g` (time) and `_a` (data view, query), in rison: https://github.com/Nanonid/rison and Kibana's
src/platform/packages/shared/kbn-rison.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from detector.findings import Incident
from detector.moments import moment

_BEFORE, _AFTER = timedelta(minutes=15), timedelta(minutes=5)
"""What is shown around an incident: what led to it, and whether it was over."""
_PLAIN = "!(),:*~-._/"
"""What may stand in a fragment as it is, and is read better so."""


def alert_page(page: str, alert: str) -> str:
    """Of an alert on the page; empty where nobody says where that is."""
    return f"{page}/alerts/{quote(alert, safe='')}" if page else ""


def incident_page(page: str, incident: str) -> str:
    """Of an incident on the page."""
    return f"{page}/incidents/{quote(incident, safe='')}" if page else ""


def incident_api(page: str, incident: str) -> str:
    """Of an incident in the API, which is reached where the page is."""
    return f"{page}/api/v1/incidents/{quote(incident, safe='')}" if page else ""


def discover(kibana: str, data_view: str, incident: Incident) -> str:
    """The lines of an incident's namespace around its time, in Discover; empty where nobody says where Kibana is."""
    if not kibana:
        return ""
    begin, end = moment(incident.start) - _BEFORE, moment(incident.end) + _AFTER
    query = f'kubernetes.namespace : "{_kql(incident.namespace)}"'
    view = _rison(data_view)
    shown = f"(filters:!(),refreshInterval:(pause:!t,value:0),time:(from:{_rison(_iso(begin))},to:{_rison(_iso(end))}))"
    asked = (
        f"(columns:!(kubernetes.pod.name,message),dataSource:(dataViewId:{view},type:dataView),filters:!(),"
        f"index:{view},interval:auto,query:(language:kuery,query:{_rison(query)}),sort:!(!('@timestamp',desc)))"
    )
    return f"{kibana}/app/discover#/?_g={quote(shown, safe=_PLAIN)}&_a={quote(asked, safe=_PLAIN)}"


def _rison(text: str) -> str:
    """A string in quotes: only `!` and `'` have a meaning there."""
    return "'" + text.replace("!", "!!").replace("'", "!'") + "'"


def _kql(text: str) -> str:
    """Within the quotes of Kibana's query language."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
