"""Judges Kafka: how it is reached, topics and rights, and whether messages are as they should be."""

from __future__ import annotations

from collections.abc import Iterator

from detector.doctor.check import Check, failed, listed, ok, skipped, warning
from detector.doctor.kafka_facts import KafkaFacts, NoAnswer, Sample, TopicFact
from ingest.kafka.admin import Cluster, TopicSeen

_SETUP = "Run drainwatch setup kafka."
_HERE = ("localhost", "127.0.0.1", "[::1]")
_KEYED = "Key them by kubernetes.namespace: docs/kafka.md has configuration for Filebeat and Logstash."


def judge(facts: KafkaFacts | None) -> Iterator[Check]:
    """All of them, where brokers are named."""
    if facts is None:
        return
    if facts.unusable is not None:
        yield failed("Kafka settings", facts.unusable.problem, facts.unusable.advice)
        return
    secret = f", with a secret from {facts.secret_from}" if facts.secret_from else ""
    yield ok("Kafka settings", f"{listed(list(facts.brokers))} as {facts.asks}{secret}")
    if not isinstance(facts.cluster, Cluster):
        problem = facts.cluster or NoAnswer("nobody looked")
        yield failed("reach Kafka", problem.problem, problem.advice)
        return
    brokers = "1 broker" if facts.cluster.brokers == 1 else f"{facts.cluster.brokers} brokers"
    yield ok("reach Kafka", f"the cluster {facts.cluster.id} with {brokers} answers")
    yield _tls(facts)
    for topic in facts.topics:
        yield from _topic(topic, facts.cluster)
    if facts.group_rights is not None:
        yield _group(facts)
    if facts.sample is not None:
        yield from _messages(facts.sample, facts)


def _tls(facts: KafkaFacts) -> Check:
    if facts.protocol.endswith("ssl"):
        return ok("TLS Kafka", "spoken and trusted")
    if all(broker.rpartition(":")[0] in _HERE for broker in facts.brokers):
        return ok("TLS Kafka", "none, on this machine")
    travels = "logs and passwords travel" if facts.protocol.startswith("sasl") else "logs travel"
    return warning("TLS Kafka", f"none: {travels} readable", "Set kafka.security_protocol to sasl_ssl or ssl.")


def _topic(topic: TopicFact, cluster: Cluster) -> Iterator[Check]:
    name = f"topic {topic.name}"
    if isinstance(topic.seen, NoAnswer):
        yield failed(name, topic.seen.problem, topic.seen.advice)
        return
    if topic.seen is None:
        yield failed(name, f"there is none for {topic.purpose}, or it may not be seen", _SETUP)
        return
    yield _shape(name, topic.seen, cluster)
    lacking = sorted(topic.needed - topic.seen.rights)
    does = "read" if "read" in topic.needed else "write"
    if lacking:
        mend = f"Allow it: {listed([right.title() for right in sorted(topic.needed)])} on that topic."
        yield failed(f"may {does} {topic.name}", f"the user lacks {listed(lacking)}", mend)
    else:
        yield ok(f"may {does} {topic.name}", "all that is needed")


def _shape(name: str, seen: TopicSeen, cluster: Cluster) -> Check:
    partitions = "1 partition" if seen.partitions == 1 else f"{seen.partitions} partitions"
    if seen.replicas == 1 and cluster.brokers > 1:
        return warning(name, f"{partitions}, a single copy", "It is gone with its broker: have more replicas made.")
    return ok(name, f"{partitions}, {'1 copy' if seen.replicas == 1 else f'{seen.replicas} copies'}")


def _group(facts: KafkaFacts) -> Check:
    name = f"may join {facts.group}"
    if not isinstance(facts.group_rights, frozenset):
        problem = facts.group_rights or NoAnswer("nobody looked")
        return failed(name, problem.problem, problem.advice)
    if "read" not in facts.group_rights:
        return failed(name, "the user lacks read", f"Allow it: Describe and Read on the consumer group {facts.group}.")
    return ok(name, "all that is needed")


def _messages(seen: Sample | NoAnswer, facts: KafkaFacts) -> Iterator[Check]:
    if isinstance(seen, NoAnswer):
        yield failed("messages", seen.problem, seen.advice)
        return
    if not seen.looked_at:
        yield warning("messages", "there are none", "Look whether Filebeat or Logstash writes to the topic.")
        return
    yield _readable(seen)
    yield _keys(seen, facts.split)
    if seen.behind is None:
        yield skipped("Kafka lag", "no worker has kept an offset yet", "Start one: drainwatch run")
    else:
        yield ok("Kafka lag", f"{seen.behind:,} messages after what the group {facts.group} keeps")


def _readable(seen: Sample) -> Check:
    of = f"of {seen.looked_at} messages"
    if seen.unreadable:
        return failed(
            "messages",
            f"{seen.unreadable} {of} are no JSON objects",
            "Have the shipper write JSON (Logstash: codec => json); they go to the dead-letter topic.",
        )
    if seen.nameless:
        return warning(
            "messages",
            f"{seen.nameless} {of} name no namespace",
            "Have Filebeat add Kubernetes metadata; they are counted under ingest.namespace.",
        )
    return ok("messages", f"the newest {seen.looked_at} are JSON and name their namespaces: {len(seen.where)} of them")


def _keys(seen: Sample, split: frozenset[str]) -> Check:
    scattered = sorted(name for name, places in seen.where.items() if len(places) > 1 and name not in split)
    if seen.keyless:
        return failed("keys", f"{seen.keyless} of {seen.looked_at} messages have none", _KEYED)
    if scattered:
        return failed(
            "keys",
            f"{listed(scattered)} in several partitions: lines in all but one of them are not counted",
            f"{_KEYED} Where partitions were added, old messages go with time.",
        )
    return ok("keys", "every message has one, and every namespace is in one partition")
