"""What tests of several folders need."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from xdist.remote import Producer

from tests.servers import kafka as kafka_server
from tests.servers import keycloak
from tests.servers.alertmanager import Alertmanager
from tests.servers.elasticsearch import PINNED, Server, prepare
from tests.servers.leash import Leashed
from tests.servers.missing import MissingError, skip
from tests.servers.names import fresh_prefix, remove
from tests.servers.pool import Pool
from tests.servers.prometheus import Prometheus
from tests.servers.provider import Provider
from tests.together import InGroups, arrange, is_one_of_several

NOBODY = 65_534
hypothesis.settings.register_profile("at length", max_examples=5_000, deadline=None)
hypothesis.settings.register_profile(
    "mutants",
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
)
"""As `make mutants` asks: the same examples for each, and no time for a smaller one."""
if os.environ.get("DRAINWATCH_AT_LENGTH") == "1":
    hypothesis.settings.load_profile("at length")


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and for the time of the test no rights of root, who may read everything."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield folder
    if root:
        os.seteuid(0)
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, the longest begin."""
    if is_one_of_several(config):
        arrange(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InGroups:
    """Several processes share the tests group by group."""
    return InGroups(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Download what the tests will need before the first one's time runs; what is missing they say themselves."""
    if session.config.option.collectonly:
        return
    wanted = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    for version in PINNED if "own_server" in wanted else versions_wanted(session):
        with suppress(MissingError):
            prepare(version)
    if wanted & {"kafka", "own_broker"}:
        with suppress(MissingError):
            kafka_server.prepare()
    if "keycloak" in wanted:
        with suppress(MissingError):
            keycloak.prepare()
    if "tests.kubernetes.tools" in sys.modules:  # some test of the session imports it
        from tests.kubernetes.preparing import prepare as prepare_tools

        with suppress(MissingError):
            prepare_tools()


def versions_wanted(session: pytest.Session) -> list[str]:
    """The versions of the shared servers that tests of this session ask for."""
    parameters = (item.callspec.params for item in session.items if hasattr(item, "callspec"))
    return sorted({chosen["elasticsearch"] for chosen in parameters if "elasticsearch" in chosen})


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """The Elasticsearch servers of the session, started when they are asked for."""
    shared = is_one_of_several(request.config)  # then the others may be wanted by another process
    pool = Pool(() if shared else versions_wanted(request.session))
    yield pool
    pool.close()


@pytest.fixture(scope="session", params=PINNED)
def elasticsearch(request: pytest.FixtureRequest, servers: Pool) -> Server:
    """A real Elasticsearch, shared by all tests of the session, in each of the versions that are supported.

    Names of results begin with the fixture `prefix`; logs lie in `filebeat-<prefix>…`, `logs-<prefix>-…` or
    `logstash-<prefix>…`.
    """
    try:
        return servers.get(request.param)
    except MissingError as missing:
        skip(str(missing))


@pytest.fixture
def prefix(elasticsearch: Server) -> Iterator[str]:
    """Names of this test's own begin with it, or contain it; what has such a name is deleted after the test."""
    name = fresh_prefix()
    yield name
    remove(elasticsearch.client, name)


def begin(server: Leashed) -> None:
    """Start it and wait until it answers; where something is missing for that, the test is skipped."""
    try:
        server.start()
    except MissingError as missing:
        skip(str(missing))
    server.wait()


@pytest.fixture
def own_server() -> Iterator[Callable[[str], Server]]:
    """Starts a server of this test's own, which may be killed, paused and restarted; `own_server(NEWEST)`."""
    started: list[Server] = []

    def start(version: str) -> Server:
        server = Server(version)
        started.append(server)
        begin(server)
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def kafka() -> Iterator[kafka_server.Broker]:
    """A real Kafka broker, shared by all tests of the session: don't stop it, take `own_broker` for that."""
    broker = kafka_server.Broker()
    begin(broker)
    yield broker
    broker.close()


@pytest.fixture
def topic(kafka: kafka_server.Broker) -> Iterator[Callable[..., str]]:
    """Creates topics of this test's own on the shared broker and gives their names: `topic(partitions=3)`.

    They are deleted after the test.
    """
    made: list[str] = []

    def create(partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        name = kafka_server.fresh_topic()
        kafka.create_topic(name, partitions, config)
        made.append(name)
        return name

    yield create
    if made:
        kafka.delete_topics(made)  # a test may have deleted one itself


@pytest.fixture
def own_broker() -> Iterator[Callable[..., kafka_server.Broker]]:
    """Starts a broker of this test's own, which may be stopped, killed, paused and started again; `own_broker()`."""
    started: list[kafka_server.Broker] = []

    def start(settings: Mapping[str, str] | None = None) -> kafka_server.Broker:
        broker = kafka_server.Broker(settings)
        started.append(broker)
        begin(broker)
        return broker

    yield start
    for broker in started:
        broker.close()


@pytest.fixture
def prometheus() -> Iterator[Callable[..., Prometheus]]:
    """Starts a Prometheus of this test's own, which takes half a second: `prometheus([address], [rules])`.

    Its parameters are those of `tests.servers.prometheus.Prometheus`.
    """
    started: list[Prometheus] = []

    def start(targets: Sequence[str] = (), rules: Sequence[Path] = (), **more: Any) -> Prometheus:
        server = Prometheus(targets, rules, **more)
        started.append(server)
        begin(server)
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture
def alertmanager() -> Iterator[Alertmanager]:
    """An Alertmanager of this test's own that tells nobody, until `send_to` or `configure` says whom."""
    server = Alertmanager()
    begin(server)
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_provider() -> Iterator[Provider]:
    """One for the session: making its key takes a while."""
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(shared_provider: Provider) -> Provider:
    """A provider of OpenID Connect, as if it was new."""
    shared_provider.reset()
    return shared_provider


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that a test runs sets for the whole process where logs go, which may be closed by the next test."""
    yield
    structlog.reset_defaults()
