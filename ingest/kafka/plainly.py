"""What Kafka's client complains of, as a sentence on what to do."""

from __future__ import annotations

from confluent_kafka import KafkaError

from ingest.errors import ServerError

_AWAY = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TRANSPORT,
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._MSG_TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._PURGE_QUEUE,
        KafkaError._PURGE_INFLIGHT,
    }
)
"""What is said while nobody answers."""
_REFUSED = {
    KafkaError._AUTHENTICATION: (
        "Kafka doesn't know these credentials",
        "Check kafka.username, the password and kafka.sasl_mechanism.",
    ),
    KafkaError.SASL_AUTHENTICATION_FAILED: (
        "Kafka doesn't know these credentials",
        "Check kafka.username, the password and kafka.sasl_mechanism.",
    ),
    KafkaError._SSL: (
        "TLS to Kafka fails",
        "Check kafka.security_protocol, kafka.ca_file and the certificates.",
    ),
    KafkaError.TOPIC_AUTHORIZATION_FAILED: (
        "the user may not use the topic",
        "Give it the rights; drainwatch doctor names them.",
    ),
    KafkaError.GROUP_AUTHORIZATION_FAILED: (
        "the user may not use the consumer group",
        "Give it the rights; drainwatch doctor names them.",
    ),
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: (
        "the user may not do that in this cluster",
        "Give it the rights; drainwatch doctor names them.",
    ),
    KafkaError.UNKNOWN_TOPIC_OR_PART: ("there is no such topic", "Create it: drainwatch setup kafka."),
    KafkaError._UNKNOWN_TOPIC: ("there is no such topic", "Create it: drainwatch setup kafka."),
    KafkaError._UNKNOWN_PARTITION: ("there is no such partition", "See drainwatch doctor."),
    KafkaError.MSG_SIZE_TOO_LARGE: ("a message is larger than the topic takes", "Raise its max.message.bytes."),
}


def explain(error: KafkaError, what: str, cause: KafkaError | None = None) -> ServerError:
    """`what` couldn't be done; `cause` is what the client last said of its connections, where it said something."""
    if error.code() in _AWAY and cause is not None and cause.code() in _REFUSED:
        error = cause
    if error.code() in _AWAY:
        return ServerError(f"{what}: Kafka can't be reached.", "Check kafka.brokers, and that brokers are up.")
    problem, advice = _REFUSED.get(
        error.code(), (f"Kafka says {error.str()} ({error.name()})", "See the brokers' logs.")
    )
    return ServerError(f"{what}: {problem}.", advice)
