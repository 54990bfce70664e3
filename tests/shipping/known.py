"""The names of settings that Filebeat knows, as far as they may be of use here: a misspelt one is passed over silently.

Read in the reference of 9.5 (https://www.elastic.co/docs/reference/beats/filebeat) and in the structs that the settings
are unpacked into (elastic/beats, `config:"…"`). `SINCE` has what 8.19 doesn't know.
"""

from __future__ import annotations

TLS = frozenset(
    {"enabled", "certificate_authorities", "certificate", "key", "key_passphrase", "verification_mode"}
    | {"supported_protocols", "cipher_suites", "curve_types", "renegotiation", "ca_trusted_fingerprint", "ca_sha256"}
)
"""reference/filebeat/configuration-ssl"""
BACKOFF = frozenset({"init", "max"})
RESOURCES = frozenset(
    {"deployment", "cronjob"}
    | {f"{kind}.{name}" for kind in ("node", "namespace") for name in ("enabled", "include_labels", "exclude_labels")}
    | {f"{kind}.include_annotations" for kind in ("node", "namespace")}
)
"""reference/filebeat/configuration-autodiscover"""
CONDITIONS = frozenset({"equals", "contains", "regexp", "range", "network", "has_fields", "or", "and", "not"})
"""reference/filebeat/defining-processors"""


def under(prefix: str, *groups: frozenset[str]) -> frozenset[str]:
    """The names with that before them."""
    return frozenset(f"{prefix}.{name}" for group in groups for name in group)


MULTILINE = frozenset(
    {"type", "pattern", "negate", "match", "max_lines", "timeout", "flush_pattern", "count_lines", "skip_newline"}
)
"""libbeat/reader/multiline/multiline_config.go"""
FILESTREAM = frozenset(
    {"type", "id", "paths", "enabled", "tags", "fields", "fields_under_root", "pipeline", "index", "keep_null"}
    | {"harvester_limit", "ignore_older", "ignore_inactive", "clean_inactive", "clean_removed", "take_over"}
    | {"buffer_size", "encoding", "exclude_lines", "include_lines", "line_terminator", "message_max_bytes"}
    | {"compression", "read_until_eof.enabled", "read_until_eof.timeout", "backoff.init", "backoff.max"}
    | {"file_identity.fingerprint", "file_identity.native", "file_identity.path", "file_identity.inode_marker.path"}
    | {"close.reader.on_eof", "close.reader.after_interval", "parsers.container", "parsers.container.stream"}
    | {"parsers.container.format", "parsers.include_message.patterns"}
    | under("close.on_state_change", frozenset({"check_interval", "inactive", "removed", "renamed"}))
    | under("prospector.scanner", frozenset({"check_interval", "exclude_files", "include_files", "symlinks"}))
    | under("prospector.scanner", frozenset({"recursive_glob", "resend_on_touch"}))
    | under("prospector.scanner.fingerprint", frozenset({"enabled", "offset", "length"}))
    | under("parsers.multiline", MULTILINE)
)
"""reference/filebeat/filebeat-input-filestream, filebeat/input/filestream/config.go"""
PROCESSORS = frozenset(
    under("drop_event.when", CONDITIONS)
    | {"drop_fields.fields", "drop_fields.ignore_missing"}
    | under(
        "dissect",
        frozenset({"tokenizer", "field", "target_prefix", "ignore_failure", "overwrite_keys", "trim_values"}),
    )
    | under("add_kubernetes_metadata", frozenset({"node", "scope", "namespace", "kube_config", "use_kubeadm"}))
    | under("add_kubernetes_metadata", frozenset({"default_indexers.enabled", "default_matchers.enabled"}))
    | under("add_kubernetes_metadata", frozenset({"indexers.pod_uid", "indexers.container", "cleanup_timeout"}))
    | under("add_kubernetes_metadata.matchers.logs_path", frozenset({"logs_path", "resource_type"}))
    | under("add_kubernetes_metadata.add_resource_metadata", RESOURCES)
    | under("add_kubernetes_metadata", frozenset({"wait_for_metadata", "wait_for_metadata_timeout"}))
)
"""reference/filebeat/drop-event, drop-fields, dissect, add-kubernetes-metadata"""
PROVIDER = frozenset(
    {"type", "node", "namespace", "scope", "resource", "cleanup_timeout", "include_labels", "exclude_labels"}
    | {"include_annotations", "labels.dedot", "annotations.dedot", "hints.enabled", "kube_config"}
    | under("hints.input_allow_list", frozenset({"enabled", "types"}))
    | under("hints.default_config", FILESTREAM | under("processors", PROCESSORS))
    | under("add_resource_metadata", RESOURCES)
)
"""reference/filebeat/configuration-autodiscover, configuration-autodiscover-hints"""
OUTPUT = frozenset({"enabled", "hosts", "worker", "loadbalance", "timeout", "bulk_max_size", "compression_level"})
KNOWN = frozenset(
    {"name", "tags", "max_procs", "filebeat.shutdown_timeout", "filebeat.registry.flush", "setup.template.enabled"}
    | {"setup.ilm.enabled", "http.enabled", "http.host", "http.port", "logging.level", "logging.to_stderr"}
    | under("queue.mem", frozenset({"events", "flush.min_events", "flush.timeout"}))
    | under("queue.disk", frozenset({"path", "max_size", "segment_size"}))
    | under("processors", PROCESSORS)
    | under("filebeat.autodiscover.providers", PROVIDER)
    | under("filebeat.inputs", FILESTREAM | under("processors", PROCESSORS))
    | under("output.logstash", OUTPUT | under("ssl", TLS) | under("backoff", BACKOFF))
    | under("output.logstash", frozenset({"ttl", "pipelining", "slow_start", "index"}))
    | under("output.elasticsearch", OUTPUT | under("ssl", TLS) | under("backoff", BACKOFF))
    | under("output.elasticsearch", frozenset({"index", "pipeline", "username", "password", "api_key", "preset"}))
    | under("output.kafka", frozenset({"hosts", "topic", "key", "version", "username", "password", "sasl.mechanism"}))
    | under(
        "output.kafka", frozenset({"partition.hash.reachable_only", "partition.hash.hash", "partition.hash.random"})
    )
    | under("output.kafka", frozenset({"required_acks", "compression", "max_message_bytes", "bulk_max_size"}))
    | under("output.kafka", under("ssl", TLS) | under("backoff", BACKOFF))
)
"""reference/filebeat/logstash-output, elasticsearch-output, kafka-output, configuring-internal-queue, http-endpoint"""
SINCE = {
    "filebeat.autodiscover.providers.hints.input_allow_list.enabled": "9.4.7",
    "filebeat.autodiscover.providers.hints.input_allow_list.types": "9.4.7",
    "filebeat.inputs.compression": "9.3",
}
"""What 8.19 passes over, of what is set here."""


def is_known(setting: str) -> bool:
    """Whether Filebeat 9 knows the setting; what is compared in a condition may be any field."""
    head, condition, rest = setting.partition(".when.")
    if condition:
        operators = [word for word in rest.split(".") if word in CONDITIONS]
        return f"{head}.when.{operators[0]}" in KNOWN if operators else False
    return setting in KNOWN
