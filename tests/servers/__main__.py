"""Gets the servers of the tests ready, or says what to install first: `python -m tests.servers`."""

from __future__ import annotations

import sys

from tests.servers import alertmanager, kafka, keycloak, prometheus
from tests.servers.elasticsearch import PINNED, prepare
from tests.servers.missing import MissingError


def main() -> int:
    """1 where something is missing."""
    for version in PINNED:
        try:
            java, home = prepare(version)
        except MissingError as missing:
            print(f"Elasticsearch {version}: {missing}", file=sys.stderr)
            return 1
        print(f"Elasticsearch {version} is in {home} and runs on {java}.")
    try:
        java, jars = kafka.prepare()
    except MissingError as missing:
        print(f"Kafka {kafka.VERSION}: {missing}", file=sys.stderr)
        return 1
    print(f"Kafka {kafka.VERSION} is in {jars} and runs on {java}.")
    try:
        java, home = keycloak.prepare()
    except MissingError as missing:
        print(f"Keycloak {keycloak.VERSION}: {missing}", file=sys.stderr)
        return 1
    print(f"Keycloak {keycloak.VERSION} is in {home} and runs on {java}.")
    for name, found in (("Prometheus", prometheus.prepare), ("Alertmanager", alertmanager.prepare)):
        try:
            print(f"{name} {found()} is installed.")
        except MissingError as missing:
            print(f"{name}: {missing}", file=sys.stderr)
            return 1
    return 0


sys.exit(main())
