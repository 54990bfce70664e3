"""Which options the plugins have that the pipelines use, and settings that logstash.yml uses.

Names as in the plugins' sources (logstash-plugins/…, elastic/logstash), only those that Logstash 8.19 and 9.x take:
what is obsolete in one of them stops its start and is not in here.
"""

from __future__ import annotations

COMMON = {
    "input": {"id", "codec", "add_field", "tags", "type", "enable_metric"},
    "filter": {"id", "add_field", "add_tag", "remove_field", "remove_tag", "enable_metric", "periodic_flush"},
    "output": {"id", "codec", "enable_metric", "workers"},
    "codec": {"id", "enable_metric"},
}
"""lib/logstash/{inputs,filters,outputs,codecs}/base.rb"""

_KAFKA = {
    *("bootstrap_servers", "client_id", "security_protocol", "sasl_mechanism", "sasl_jaas_config", "jaas_path"),
    *("ssl_truststore_type", "ssl_truststore_location", "ssl_truststore_password", "ssl_keystore_type"),
    *("ssl_keystore_location", "ssl_keystore_password", "ssl_endpoint_identification_algorithm"),
}
OPTIONS = {
    ("input", "beats"): {
        *("host", "port", "enrich", "client_inactivity_timeout", "executor_threads", "ssl_enabled", "ssl_certificate"),
        *("ssl_key", "ssl_key_passphrase", "ssl_certificate_authorities", "ssl_client_authentication"),
        *("ssl_cipher_suites", "ssl_supported_protocols", "ssl_handshake_timeout"),
    },
    ("input", "kafka"): _KAFKA
    | {
        *("topics", "topics_pattern", "group_id", "group_instance_id", "consumer_threads", "auto_offset_reset"),
        *("decorate_events", "enable_auto_commit", "isolation_level", "max_poll_records", "session_timeout_ms"),
    },
    ("input", "dead_letter_queue"): {
        *("path", "pipeline_id", "commit_offsets", "clean_consumed", "sincedb_path", "start_timestamp"),
    },
    ("filter", "grok"): {
        *("match", "pattern_definitions", "patterns_dir", "patterns_files_glob", "break_on_match", "overwrite"),
        *("named_captures_only", "keep_empty_captures", "target", "tag_on_failure", "tag_on_timeout"),
        *("timeout_millis", "timeout_scope", "ecs_compatibility"),
    },
    ("filter", "json"): {"source", "target", "skip_on_invalid_json", "tag_on_failure", "ecs_compatibility"},
    ("filter", "mutate"): {
        *("rename", "replace", "update", "convert", "gsub", "uppercase", "lowercase", "capitalize", "split", "join"),
        *("strip", "merge", "copy", "coerce", "tag_on_failure"),
    },
    ("filter", "ruby"): {
        *("init", "code", "path", "script_params", "tag_on_exception", "tag_with_exception_message"),
    },
    ("filter", "fingerprint"): {
        *("source", "target", "method", "key", "base64encode", "concatenate_sources", "concatenate_all_fields"),
        "ecs_compatibility",
    },
    ("output", "elasticsearch"): {
        *("hosts", "user", "password", "api_key", "action", "index", "document_id", "routing", "pipeline", "timeout"),
        *("data_stream", "data_stream_type", "data_stream_dataset", "data_stream_namespace"),
        *("data_stream_auto_routing", "data_stream_sync_fields", "manage_template", "ilm_enabled"),
        *("dlq_custom_codes", "dlq_on_failed_indexname_interpolation", "retry_initial_interval", "retry_max_interval"),
        *("ssl_enabled", "ssl_certificate_authorities", "ssl_verification_mode", "ssl_certificate", "ssl_key"),
        *("ssl_supported_protocols", "ca_trusted_fingerprint", "compression_level", "silence_errors_in_log"),
    },
    ("output", "kafka"): _KAFKA
    | {
        *("topic_id", "message_key", "message_headers", "acks", "batch_size", "buffer_memory", "compression_type"),
        *("linger_ms", "max_request_size", "retries", "retry_backoff_ms", "partitioner"),
    },
    ("codec", "json"): {"charset", "ecs_compatibility", "target"},
}

WITH_DATA_STREAM = {"action", "routing", "pipeline", "data_stream", "manage_template"}
"""Options of Elasticsearch's output that go with data streams, besides data_stream_… and those of the connection
(lib/logstash/outputs/elasticsearch/data_stream_support.rb)."""
NOT_WITH_DATA_STREAM = {"index", "document_id", "ilm_enabled"}

SETTINGS = {
    *("api.http.host", "queue.type", "queue.max_bytes", "queue.checkpoint.writes", "queue.checkpoint.acks"),
    *("queue.page_capacity", "queue.drain", "dead_letter_queue.enable", "dead_letter_queue.max_bytes"),
    *("dead_letter_queue.storage_policy", "dead_letter_queue.retain.age", "dead_letter_queue.flush_interval"),
    *("pipeline.id", "pipeline.workers", "pipeline.batch.size", "pipeline.batch.delay", "pipeline.ecs_compatibility"),
    *("pipeline.ordered", "path.config", "config.string", "config.support_escapes"),
}
"""Settings of logstash.yml and pipelines.yml that both versions know (logstash-core/lib/logstash/environment.rb)."""
PER_PIPELINE = {name for name in SETTINGS if not name.startswith("api.")}
