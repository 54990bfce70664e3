"""Findings and messages that could not be read go to topics of their own.

The producer is idempotent and waits for all replicas: what it has delivered is there once and in order. After a failure
it is replaced, because its own state is unknown; what is sent again then may be there twice, under the same ids.
https://kafka.apache.org/documentation/#semantics
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from detector.outputs.messages import VERSION, messages_of
from detector.store.port import PassResult, Told
from ingest.kafka.admin import quiet
from ingest.kafka.messages import Refused
from ingest.kafka.plainly import explain
from ingest.kafka.settings import KafkaConnection, client_config

log = structlog.get_logger("drainwatch.outputs")

_BROKER_DECIDES = 100_000_000
"""Bytes of a message that the client lets through: what a topic takes is said by its broker."""
_CUT_TO = 100_000
"""Bytes that remain of a dead letter that its topic doesn't take whole."""
_BARE_VALUE, _BARE_KEY = 1_000, 100
"""Bytes that remain of value and key where it doesn't take that either: then it goes without its own headers."""

_OURS = 7
"""Headers of a dead letter that was cut which are ours; they come last."""

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be sent."""

    key: bytes | None
    value: bytes
    headers: Headers


class Topic:
    """Delivers messages to one topic, for one thread at a time; the others wait."""

    def __init__(self, connection: KafkaConnection, name: str) -> None:
        self.name = name
        self._timeout = connection.timeout
        self._config = client_config(connection) | {
            "enable.idempotence": True,
            "acks": "all",
            "compression.type": "zstd",
            "message.max.bytes": _BROKER_DECIDES,
            "message.timeout.ms": round(connection.timeout * 1_000),
            "topic.metadata.propagation.max.ms": min(5_000, round(connection.timeout * 500)),
        }
        self._producer: Producer | None = None
        self._cause: KafkaError | None = None
        self._alone = Lock()

    def deliver(self, letters: Sequence[Letter]) -> list[Letter]:
        """Send them in order and wait until all have arrived; returned are those too large for the topic.

        Raises `ServerError` where one didn't arrive: any of the others may have.
        """
        if not letters:
            return []
        with self._alone:
            return self._delivered(letters)

    def close(self) -> None:
        """Let go of the connections; what was not delivered stays undelivered."""
        if self._producer is not None:
            self._producer.purge()
            self._producer.flush(1)
            self._producer = None

    def _delivered(self, letters: Sequence[Letter]) -> list[Letter]:
        too_large: list[Letter] = []
        errors: list[KafkaError] = []
        producer = self._producer = self._producer or self._made()
        until = time.monotonic() + self._timeout
        for letter in letters:
            self._produce(producer, letter, _noting(letter, too_large, errors), until)
        if producer.flush(self._timeout + 5) and not errors:
            errors.append(KafkaError(KafkaError._MSG_TIMED_OUT))
        if errors:
            self.close()
            raise explain(errors[0], f"Nothing can be written to the topic {self.name}", self._cause)
        self._cause = None
        return too_large

    def _produce(
        self, producer: Producer, letter: Letter, told: Callable[[KafkaError | None, Message], None], until: float
    ) -> None:
        while True:
            try:
                producer.produce(self.name, letter.value, letter.key, on_delivery=told, headers=list(letter.headers))
            except BufferError:
                if time.monotonic() > until:
                    self.close()
                    timed_out = KafkaError(KafkaError._MSG_TIMED_OUT)
                    raise explain(timed_out, f"Nothing can be written to the topic {self.name}", self._cause) from None
                producer.poll(0.1)
            except KafkaException as error:
                self.close()
                raise explain(error.args[0], f"Nothing can be written to the topic {self.name}") from None
            else:
                return

    def _made(self) -> Producer:
        try:
            return Producer(self._config | {"error_cb": self._heard}, logger=quiet)
        except KafkaException as error:
            raise explain(error.args[0], "Kafka's client can't be set up") from None

    def _heard(self, error: KafkaError) -> None:
        self._cause = error


class AnomaliesOutput:
    """Tells the findings of each pass to a topic, keyed by namespace: those of one namespace stay in order."""

    name = "anomalies-topic"

    def __init__(self, connection: KafkaConnection, topic: str) -> None:
        self._topic = Topic(connection, topic)

    def messages(self, result: PassResult) -> list[Told]:
        """A message a finding."""
        return [
            Told(
                output=self.name,
                id=message.message_id,
                kind=(kind := str(type(message).__struct_config__.tag)),
                key=message.namespace.encode(errors="replace"),
                value=value,
                headers=(
                    ("kind", kind.encode()),
                    ("schema-version", str(VERSION).encode()),
                    ("content-type", b"application/json"),
                    ("message-id", message.message_id.encode()),
                ),
            )
            for message, value in messages_of(result)
        ]

    def send(self, told: Sequence[Told]) -> None:
        """Send them, and return when they have arrived. Raises `ServerError` where they haven't.

        What the topic doesn't take because of its size is left out, and logged: it would keep all others waiting.
        """
        for letter in self._topic.deliver([Letter(one.key, one.value, one.headers) for one in told]):
            log.error("too large for its topic", topic=self._topic.name, size=len(letter.value), key=letter.key)

    def close(self) -> None:
        """Let go of the connections."""
        self._topic.close()


class DeadLetters:
    """Keeps messages of which nothing could be made: as they were, and in headers where they were from, and why."""

    def __init__(self, connection: KafkaConnection, topic: str, worker: str, clock: Callable[[], int]) -> None:
        self._topic = Topic(connection, topic)
        self._worker, self._clock = worker, clock

    def send(self, refused: Iterable[Refused]) -> None:
        """Send them on, and return when they have arrived. Raises `ServerError` where they haven't.

        What the topic doesn't take whole is cut, at last its key and headers, too, and says so in headers.
        """
        too_large = self._topic.deliver([self._letter(one) for one in refused])
        still = self._topic.deliver([_cut(letter) for letter in too_large])
        if self._topic.deliver([_bare(letter) for letter in still]):
            raise explain(
                KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), f"Nothing can be written to the topic {self._topic.name}"
            )

    __call__ = send

    def close(self) -> None:
        """Let go of the connections."""
        self._topic.close()

    def _letter(self, refused: Refused) -> Letter:
        said = {
            "reason": refused.reason.value,
            "topic": refused.topic,
            "partition": str(refused.partition),
            "offset": str(refused.message.offset),
            "worker": self._worker,
            "time": str(self._clock() // 1_000),
        }
        ours = tuple((f"drainwatch-{name}", value.encode(errors="replace")) for name, value in said.items())
        theirs = tuple((name, value or b"") for name, value in refused.message.headers)
        return Letter(refused.message.key, refused.message.value, (*theirs, *ours))


def _noting(
    letter: Letter, too_large: list[Letter], errors: list[KafkaError]
) -> Callable[[KafkaError | None, Message], None]:
    """Takes down what became of a message."""

    def told(error: KafkaError | None, _: Message) -> None:
        if error is not None and error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            too_large.append(letter)
        elif error is not None:
            errors.append(error)

    return told


def _cut(letter: Letter) -> Letter:
    cut = ("drainwatch-cut-from", str(len(letter.value)).encode())
    return Letter(letter.key, letter.value[:_CUT_TO], (*letter.headers, cut))


def _bare(letter: Letter) -> Letter:
    """What is left of one that was cut and is too large still: then it is its key, or its headers."""
    key, ours = letter.key, letter.headers[-_OURS:]
    if key is not None and len(key) > _BARE_KEY:
        key, ours = key[:_BARE_KEY], (*ours, ("drainwatch-key-cut-from", str(len(key)).encode()))
    if dropped := len(letter.headers) - _OURS:
        ours = (*ours, ("drainwatch-headers-dropped", str(dropped).encode()))
    return Letter(key, letter.value[:_BARE_VALUE], ours)
