"""A real Kafka broker of the tests: one node that keeps its own metadata (KRaft), with TLS, users and rights.

It listens three times, on loopback: in plain text for the tests themselves, who may do everything; with TLS and names
and passwords (SCRAM-SHA-512 and PLAIN); with TLS and certificates of clients.
https://kafka.apache.org/43/configuration/broker-configs/ https://kafka.apache.org/43/security/
"""

from __future__ import annotations

import secrets
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.servers.artifacts import jars
from tests.servers.java import jdk
from tests.servers.kafka_access import PASSWORD, SUPERUSER, USERS, write_certificates
from tests.servers.leash import Leashed, free_ports

VERSION = "4.3.1"
PINNED = "9b241538730d32e890117f2362eee3ff6ed60f753d73e6a46652b547a64df32f"
"""SHA-256 over the names and digests of its jars, and of those that it stands on."""
JAVA = 17
"""The oldest Java that it runs on."""
UP_WITHIN = 120
"""Seconds; it takes 5 to 10 where nothing else keeps the machine busy."""
HEAP = "512m"
JARS = (f"org.apache.kafka:kafka_2.13:{VERSION}", "org.slf4j:slf4j-simple:1.7.36")


class Broker(Leashed):
    """A Kafka process with its configuration and data in a temporary folder.

    `start` raises `MissingError` where something has to be installed first. Its addresses stay the same over a restart.
    """

    name = "the broker"

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._more = dict(settings or {})
        self._ports: dict[str, int] = {}

    @property
    def address(self) -> str:
        """Where it listens in plain text, to anybody, who may do everything: `127.0.0.1:34567`."""
        return f"127.0.0.1:{self._ports['PLAINTEXT']}"

    @property
    def sasl_address(self) -> str:
        """Where it listens with TLS and asks for name and password (`SCRAM-SHA-512` and `PLAIN`)."""
        return f"localhost:{self._ports['SASL_SSL']}"

    @property
    def tls_address(self) -> str:
        """Where it listens with TLS and asks for a client's certificate (`client.crt`, `client.key`)."""
        return f"localhost:{self._ports['SSL']}"

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that vouches for it, and for clients."""
        return self.folder / "ca.crt"

    def start(self) -> None:
        """Start it, or start it again, and don't wait."""
        java, jars = prepare()
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="kafka-"))
            self._ports = free_ports("PLAINTEXT", "SASL_SSL", "SSL", "CONTROLLER")
            self._configure(java, jars)
        heap = (f"-Xms{HEAP}", f"-Xmx{HEAP}")
        self._run([*_java(java, jars), *heap, "kafka.Kafka", "server.properties"])

    def wait(self) -> None:
        """Until it answers; raises `RuntimeError` with the end of its log where it doesn't."""
        until = time.monotonic() + UP_WITHIN
        client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        while time.monotonic() < until:
            self._refuse_ended()
            try:
                if client.list_topics(timeout=1).brokers:
                    return
            except KafkaException:
                time.sleep(0.1)
        raise RuntimeError(f"Kafka {VERSION} didn't answer within {UP_WITHIN} s.\n{self.log}")

    def client(self) -> AdminClient:
        """A client that may do everything."""
        return AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def create_topic(self, name: str, partitions: int, config: Mapping[str, str] | None = None) -> None:
        """Create a topic and wait until it can be used."""
        client = self.client()
        client.create_topics([NewTopic(name, partitions, 1, config=dict(config or {}))])[name].result(30)
        until = time.monotonic() + 30
        while len(client.list_topics(name, timeout=10).topics[name].partitions) < partitions:
            assert time.monotonic() < until, f"the topic {name} isn't there after 30 s"
            time.sleep(0.05)

    def delete_topics(self, names: Sequence[str]) -> None:
        """Delete topics; those that aren't there are none any more.

        The client is held until that is answered: an answer to one that is gone is waited for in vain.
        """
        client = self.client()
        for deleted in client.delete_topics(list(names)).values():
            with suppress(KafkaException):
                deleted.result(30)

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """Delete all messages of a partition before this offset, as when they were kept for long enough."""
        client, place = self.client(), TopicPartition(topic, partition, offset)
        client.delete_records([place])[place].result(30)

    def _configure(self, java: Path, jars: Path) -> None:
        write_certificates(self.folder)
        properties = {**settings(self.folder, self._ports), **self._more}
        text = "".join(f"{name}={value}\n" for name, value in properties.items())
        (self.folder / "server.properties").write_text(text)
        users = [f"SCRAM-SHA-512=[name={name},password={PASSWORD}]" for name in USERS]
        added = [word for user in users for word in ("--add-scram", user)]
        identity = secrets.token_urlsafe(16)[:22]
        format_it = ("kafka.tools.StorageTool", "format", "--cluster-id", f"A{identity[1:]}", *added, "--config")
        done = subprocess.run(
            [*_java(java, jars), *format_it, "server.properties"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=UP_WITHIN,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"Kafka's storage can't be formatted.\n{done.stdout}{done.stderr}")


def settings(folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """A broker that is its own controller, starts quickly and lets tests use short time-outs."""
    hosts = {name: "127.0.0.1" if name in ("PLAINTEXT", "CONTROLLER") else "localhost" for name in ports}
    addresses = {name: f"{name}://{host}:{ports[name]}" for name, host in hosts.items()}
    module = "org.apache.kafka.common.security"
    plain = "".join(f' user_{user}="{PASSWORD}"' for user in USERS)
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(addresses.values()),
        "advertised.listeners": ",".join(address for name, address in addresses.items() if name != "CONTROLLER"),
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data"),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "ca.crt"),
        # As helm-values/strimzi has it.
        "ssl.enabled.protocols": "TLSv1.3",
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{module}.scram.ScramLoginModule required;",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required{plain};",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:{SUPERUSER}",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "500",
        "group.consumer.min.session.timeout.ms": "500",
        "group.consumer.min.heartbeat.interval.ms": "100",
        "controlled.shutdown.enable": "false",
        "broker.session.timeout.ms": "1000",
        "broker.heartbeat.interval.ms": "200",
    }


def _java(java: Path, jars: Path) -> tuple[str, ...]:
    """A Java program of Kafka's; its class comes next."""
    quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
    return (str(java / "bin" / "java"), *quick, "-cp", f"{jars}/*")


def fresh_topic() -> str:
    """Such as `dwa1b2c3`: no other test has it."""
    return f"dw{secrets.token_hex(4)}"


def prepare() -> tuple[Path, Path]:
    """The home of the Java and the folder of jars that will run; downloads the latter where need be.

    Raises `MissingError` where something has to be installed first.
    """
    return jdk(JAVA), jars(f"kafka-{VERSION}", JARS, PINNED)
