"""Settings come from a file, the environment and flags; what can't be is refused in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from detector.connecting import kafka_connection_of
from detector.errors import SettingsError
from detector.settings import Settings
from detector.settings.load import Flag, load_settings, setting_fields, variable_name
from ingest.kafka.settings import client_config


def written(folder: Path, toml: str) -> Path:
    file = folder / "drainwatch.toml"
    file.write_text(toml, "utf-8")
    return file


def refusal(file: Path | None = None, environ: Mapping[str, str] | None = None, *flags: Flag) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(file, environ or {}, flags)
    return str(refused.value)


def test_nothing_said_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}) == Settings()


def test_the_file_in_the_working_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "[detection]\nwindow = '30s'\n[parsing.masks]\nORDER = 'ord-[0-9]+'\n")
    settings = load_settings(None, {})
    assert settings.detection.window == timedelta(seconds=30)
    assert settings.parsing.masks == {"ORDER": "ord-[0-9]+"}


def test_a_variable_names_the_file_where_no_option_does(tmp_path: Path) -> None:
    named = tmp_path / "named.toml"
    named.write_text("[detection]\nseed = 7\n", "utf-8")
    environ = {"DRAINWATCH_CONFIG": str(named)}
    assert load_settings(None, environ).detection.seed == 7
    assert load_settings(written(tmp_path, "[detection]\nseed = 8\n"), environ).detection.seed == 8
    assert str(tmp_path / "nowhere.toml") in refusal(environ={"DRAINWATCH_CONFIG": str(tmp_path / "nowhere.toml")})


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "[detection]\nwindow = '30s'\nseed = 7\ntrees = 50\n")
    environ = {"DRAINWATCH_DETECTION__WINDOW": "20s", "DRAINWATCH_DETECTION__SEED": "8"}
    detection = load_settings(file, environ, [Flag("--window", "detection.window", "10s")]).detection
    assert (detection.window, detection.seed, detection.trees) == (timedelta(seconds=10), 8, 50)


def test_variables_are_read_in_any_case_and_empty_ones_are_not_set() -> None:
    environ = {"drainwatch_store__path": "a.sqlite", "DRAINWATCH_INGEST__TIMEZONE": "", "PATH": "/bin"}
    settings = load_settings(None, environ)
    assert settings.store.path == Path("a.sqlite")
    assert settings.ingest.timezone is None


def test_masks_come_from_a_variable_as_json_with_their_names_as_written() -> None:
    environ = {"DRAINWATCH_PARSING__MASKS": '{"ORDER": "ord-[0-9]+"}'}
    assert load_settings(None, environ).parsing.masks == {"ORDER": "ord-[0-9]+"}


FREE = (str, SecretStr, Path, Path | None, tuple[str, ...])
"""Types of settings that take any text."""
CHECKED = {
    *("elasticsearch.hosts", "elasticsearch.prefix", "service.host_names", "kafka.brokers", "kafka.split"),
    *("kafka.topic", "kafka.anomalies_topic", "kafka.dead_letter_topic"),
    *("prometheus.url", "prometheus.presets"),
    *("alerts.page", "alerts.kibana", "kibana.url", "kibana.space"),
    *("service.trusted_proxies", "access.oidc.issuer", "access.oidc.private_networks", "alerts.private_networks"),
}
"""Those of such types that don't."""
NOT_ALONE = {
    **dict.fromkeys(["service.tls_cert_file", "service.tls_key_file"], "belong together"),
    "elasticsearch.password": "without elasticsearch.username",
    "elasticsearch.password_file": "without elasticsearch.username",
    **dict.fromkeys(["prometheus.password", "prometheus.password_file"], "without prometheus.username"),
    **dict.fromkeys(["kibana.password", "kibana.password_file"], "without kibana.username"),
    **dict.fromkeys(["kafka.username", "kafka.password", "kafka.password_file"], "set that to sasl_ssl"),
    **dict.fromkeys(["kafka.ca_file", "kafka.cert_file", "kafka.key_file"], "set that to ssl or sasl_ssl"),
}
"""Those that need others, and what is said."""


@pytest.mark.parametrize("key", [key for key, _ in setting_fields()])
def test_every_setting_has_a_variable_that_is_read(key: str) -> None:
    wrong = "\x00"  # no value of any setting but a path, a name or a secret
    environ = {variable_name(key): wrong}
    section, _, name = key.rpartition(".")
    if dict(setting_fields())[key].annotation not in FREE or key in CHECKED:
        assert refusal(None, environ).startswith(variable_name(key))
    elif key in NOT_ALONE:
        assert NOT_ALONE[key] in refusal(None, environ)
    else:
        read = load_settings(None, environ)
        for part in section.split("."):
            read = getattr(read, part)
        value = getattr(read, name)
        shown = value.get_secret_value() if isinstance(value, SecretStr) else value
        assert shown == (wrong,) if isinstance(shown, tuple) else str(shown) == wrong


def test_lists_come_with_commas_or_as_lists(tmp_path: Path) -> None:
    file = written(tmp_path, "[elasticsearch]\nindices = ['logs-*', 'other']\nnamespaces = 'shop, bank,'\n")
    environ = {
        "DRAINWATCH_ELASTICSEARCH__HOSTS": "https://a:9200, https://[::1]:9201/es",
        "DRAINWATCH_ELASTICSEARCH__FIELDS__MESSAGE": "log.original,said",
    }
    read = load_settings(file, environ).elasticsearch
    assert read.hosts == ("https://a:9200", "https://[::1]:9201/es")
    assert (read.indices, read.namespaces) == (("logs-*", "other"), ("shop", "bank"))
    assert read.fields.message == ("log.original", "said")


def test_names_of_the_service_are_plain() -> None:
    variable = "DRAINWATCH_SERVICE__HOST_NAMES"
    assert load_settings(None, {variable: "Watch.Example.org., logs"}).service.host_names == (
        "watch.example.org",
        "logs",
    )
    for wrong in ("http://watch", "watch:8765", "*.example.org", "a b"):
        assert "should be names without scheme and port" in refusal(None, {variable: wrong})


def test_numbers_in_secrets_stay_as_they_were_written() -> None:
    environ = {"DRAINWATCH_ELASTICSEARCH__USERNAME": "7", "DRAINWATCH_ELASTICSEARCH__PASSWORD": "0012"}
    read = load_settings(None, environ).elasticsearch
    assert (read.username, read.password.get_secret_value()) == ("7", "0012")


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("hosts = 'localhost:9200'", "elasticsearch.hosts can't be 'localhost:9200' (from {file}): {address}"),
        ("hosts = 'https://localhost'", "elasticsearch.hosts can't be 'https://localhost' (from {file}): {address}"),
        ("hosts = 'https://es:99999'", "elasticsearch.hosts can't be 'https://es:99999' (from {file}): {address}"),
        ("hosts = []", "elasticsearch.hosts can't be [] (from {file}): should be one address or more."),
        ("hosts = ''", "elasticsearch.hosts can't be '' (from {file}): should be one address or more."),
        (
            "indices = ' , '",
            "elasticsearch.indices can't be ' , ' (from {file}): "
            "should be a name, a pattern or several, such as logs-*.",
        ),
        (
            "indices = ['-logs-old', '-filebeat-*']",
            "elasticsearch.indices can't be ['-logs-old', '-filebeat-*'] (from {file}): "
            "should name what is searched, too: what begins with - is only left out.",
        ),
        (
            "prefix = 'Drain-Watch'",
            "elasticsearch.prefix can't be 'Drain-Watch' (from {file}): "
            "should match pattern '^[a-z][a-z0-9_]{{0,50}}$'.",
        ),
        ("page = 20000", "elasticsearch.page can't be 20000 (from {file}): should be less than or equal to 10000."),
        (
            "fields = 3",
            "elasticsearch.fields (from {file}) has to be a table of settings. "
            "Write [elasticsearch.fields] on a line of its own.",
        ),
        (
            "[elasticsearch.fields]\nmesage = 'log'",
            "There is no setting elasticsearch.fields.mesage (from {file}). Did you mean elasticsearch.fields.message?",
        ),
    ],
)
def test_what_cannot_be_of_a_cluster_is_refused(tmp_path: Path, toml: str, sentence: str) -> None:
    file = written(tmp_path, toml if toml.startswith("[") else f"[elasticsearch]\n{toml}")
    address = "should be addresses with scheme and port, such as https://elasticsearch:9200."
    assert refusal(file) == sentence.format(file=file, address=address)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            "api_key = 'hidden'\nbearer_token_file = '/hidden'",
            "elasticsearch.api_key and elasticsearch.bearer_token are set, and only one can say who asks; "
            "keep one of them.",
        ),
        (
            "username = 'hidden'\npassword = 'hidden'\napi_key = 'hidden'",
            "elasticsearch.api_key and elasticsearch.username are set, and only one can say who asks; "
            "keep one of them.",
        ),
        (
            "username = 'hidden'\npassword = 'hidden'\npassword_file = '/hidden'",
            "elasticsearch.password and elasticsearch.password_file are both set; keep one of them.",
        ),
        (
            "password = 'hidden'",
            "elasticsearch.password is set without elasticsearch.username; say whose it is.",
        ),
        (
            "password = ['hidden']\nusername = 'me'",
            "elasticsearch.password can't be what it is (from {file}): should be a valid string.",
        ),
        (
            "hosts = 'https://me:hidden@es:9200'",
            "elasticsearch.hosts can't be what it is (from {file}): should hold no user name: "
            "elasticsearch.username and elasticsearch.password are for that.",
        ),
    ],
)
def test_a_refusal_never_shows_a_secret(tmp_path: Path, toml: str, sentence: str) -> None:
    file = written(tmp_path, f"[elasticsearch]\n{toml}\n")
    assert refusal(file) == sentence.format(file=file)


def test_settings_do_not_show_secrets(tmp_path: Path) -> None:
    file = written(tmp_path, "[elasticsearch]\nusername = 'me'\npassword = 'hidden'\n")
    settings = load_settings(file, {})
    assert "hidden" not in repr(settings)
    assert "hidden" not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            "[detection]\nwidow = '30s'",
            "There is no setting detection.widow (from {file}). Did you mean detection.window?",
        ),
        ("[detecton]\nwindow = '30s'", "There is no setting detecton (from {file}). Did you mean detection?"),
        ("window = '30s'", "There is no setting window (from {file}). Did you mean detection.window?"),
        ("zzz = 1", "There is no setting zzz (from {file}). docs/settings.md lists all of them."),
        (
            "detection = 3",
            "detection (from {file}) has to be a table of settings. Write [detection] on a line of its own.",
        ),
        (
            "[detection]\nwindow = 'five minutes'",
            "detection.window can't be 'five minutes' (from {file}): write a duration such as 90s, 5m, 24h or 7d.",
        ),
        (
            "[detection]\nwindow = '0s'",
            "detection.window can't be '0s' (from {file}): write a longer one, such as 90s, 5m, 24h or 7d.",
        ),
        (
            "[detection]\nlateness = '-PT1M'",
            "detection.lateness can't be '-PT1M' (from {file}): write a longer one, such as 90s, 5m, 24h or 7d.",
        ),
        (
            "[service]\nport = 99999",
            "service.port can't be 99999 (from {file}): should be less than or equal to 65535.",
        ),
        (
            "[parsing]\nsamples = 'all'",
            "parsing.samples can't be 'all' (from {file}): should be 'masked', 'raw' or 'none'.",
        ),
        (
            "[ingest]\ntimezone = 'Europe/Berln'",
            "ingest.timezone can't be 'Europe/Berln' (from {file}): "
            "should be UTC or an IANA name such as Europe/Berlin.",
        ),
        (
            "[ingest]\nmemory = 'plenty'",
            "ingest.memory can't be 'plenty' (from {file}): "
            "should be a number of bytes, or a size such as 256MB or 1GiB.",
        ),
        (
            "[ingest]\npoll_interval = '0s'",
            "ingest.poll_interval can't be '0s' (from {file}): write a longer one, such as 90s, 5m, 24h or 7d.",
        ),
        (
            "[detection]\nalert_budget = inf",
            "detection.alert_budget can't be inf (from {file}): should be a finite number.",
        ),
        ("[parsing.masks]\nORDER = 3", "parsing.masks.ORDER can't be 3 (from {file}): should be a valid string."),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(tmp_path: Path, toml: str, sentence: str) -> None:
    file = written(tmp_path, toml)
    assert refusal(file) == sentence.format(file=file)


@pytest.mark.parametrize("duration", ["99999999999999d", "1e400s", "inf", "true", "nan s"])
def test_a_duration_that_is_none_never_breaks_anything(tmp_path: Path, duration: str) -> None:
    assert refusal(None, {"DRAINWATCH_DETECTION__TRAIN_SPAN": duration}).startswith("DRAINWATCH_DETECTION__TRAIN_SPAN")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DRAINWATCH_DETECTION__WINDOWS", "DRAINWATCH_DETECTION__WINDOW"),
        ("DRAINWATCH_DETECTION_WINDOW", "DRAINWATCH_DETECTION__WINDOW"),
        ("DRAINWATCH_PORT", "DRAINWATCH_SERVICE__PORT"),
    ],
)
def test_an_unknown_variable_is_refused_and_the_nearest_named(name: str, nearest: str) -> None:
    assert refusal(None, {name: "1"}) == (
        f"The environment variable {name} is no setting of drainwatch. Did you mean {nearest}?"
    )


def test_a_variable_is_named_as_the_reader_wrote_it() -> None:
    assert refusal(None, {"DRAINWATCH_DETECTION__TREES": "many"}) == (
        "DRAINWATCH_DETECTION__TREES can't be 'many': should be a valid integer, unable to parse string as an integer."
    )
    assert "Write it as JSON" in refusal(None, {"DRAINWATCH_PARSING__MASKS": "{"})


def test_a_flag_is_named() -> None:
    assert refusal(None, {}, Flag("--window", "detection.window", "soon")) == (
        "detection.window can't be 'soon' (from --window): write a duration such as 90s, 5m, 24h or 7d."
    )


def test_of_two_wrong_values_the_one_that_would_win_is_explained(tmp_path: Path) -> None:
    file = written(tmp_path, "[detection]\ntrees = 'few'\n")
    said = refusal(file, {"DRAINWATCH_DETECTION__TREES": "many"})
    assert said.startswith("DRAINWATCH_DETECTION__TREES can't be 'many':")


def test_a_file_that_is_not_there_is_an_error_only_when_it_was_asked_for(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert refusal(missing) == (
        f"The settings file {missing} can't be read: No such file or directory. Check the path given with --config."
    )


@pytest.mark.parametrize("content", [b"[a\n", b"\xff\xfe", b"a = 1\na = 2", b"\x00"])
def test_a_file_that_is_no_toml_says_where(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "drainwatch.toml"
    file.write_bytes(content)
    assert refusal(file).startswith(f"The settings file {file} isn't valid TOML: ")


def test_the_variables_of_the_test_suite_are_no_settings() -> None:
    assert load_settings(None, {"DRAINWATCH_REQUIRE_SERVERS": "1"}) == Settings()


@pytest.mark.parametrize(("size", "bytes_"), [("512MB", 512_000_000), ("1GiB", 1 << 30), ("2000000", 2_000_000)])
def test_a_size_may_have_a_unit(size: str, bytes_: int) -> None:
    assert load_settings(None, {"DRAINWATCH_INGEST__MEMORY": size}).ingest.memory == bytes_


SASL = "security_protocol = 'sasl_ssl'\nusername = 'worker'\n"


def test_the_brokers_of_kafka_and_who_asks_them(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("not-a-secret\n")
    file = written(tmp_path, f"[kafka]\nbrokers = 'a:9093, b:9093'\n{SASL}password_file = '{tmp_path / 'password'}'\n")
    connection = kafka_connection_of(load_settings(file, {}))
    assert (connection.brokers, connection.password) == (("a:9093", "b:9093"), "not-a-secret")
    assert "not-a-secret" not in repr(connection)
    config = client_config(connection)
    assert (config["security.protocol"], config["sasl.mechanisms"]) == ("sasl_ssl", "SCRAM-SHA-512")


def test_without_brokers_there_is_no_kafka(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, "[ingest]\nsource = 'kafka'\n"))
    assert said == "ingest.source is kafka, and kafka.brokers names none; set it to host:port."


def test_a_topic_for_nothing_is_none() -> None:
    environ = {"DRAINWATCH_KAFKA__ANOMALIES_TOPIC": "none"}
    assert load_settings(None, environ).kafka.anomalies_topic == ""


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("brokers = ['kafka']", "should be addresses with port and without scheme, such as kafka-bootstrap:9093."),
        ("brokers = ['https://kafka:9092']", "should be addresses with port and without scheme"),
        ("topic = 'a b'", "should be the name of a topic"),
        ("topic = ''", "should be the name of a topic"),
        ("topic = 'logs'\nanomalies_topic = 'logs'", "kafka.topic and kafka.anomalies_topic are both logs; name two"),
        ("split = ['shop.cart']", "should be names of Kubernetes namespaces, such as shop."),
        ("username = 'worker'", "mean nothing with kafka.security_protocol plaintext; set that to sasl_ssl."),
        (SASL, "kafka.security_protocol is sasl_ssl, which needs a password; set kafka.username and kafka.password"),
        (f"{SASL}password = 'a'\npassword_file = 'b'", "kafka.password and kafka.password_file are both set; keep one"),
        ("ca_file = 'ca.crt'", "kafka.ca_file means nothing with kafka.security_protocol plaintext; set that to ssl"),
        (
            "security_protocol = 'ssl'\ncert_file = 'client.crt'",
            "kafka.cert_file is set without kafka.key_file; they go together.",
        ),
    ],
)
def test_what_can_not_be_of_kafka_is_refused(tmp_path: Path, section: str, said: str) -> None:
    assert said in refusal(written(tmp_path, f"[kafka]\n{section}\n"))


def test_secrets_of_kafka_are_not_shown(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, "[kafka]\nbrokers = ['worker:s3cret@kafka:9092']\n"))
    assert "s3cret" not in said
    assert "s3cret" not in refusal(written(tmp_path, f"[kafka]\n{SASL}password = ['s3cret']\n"))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("ingest.max_line_bytes", 1_000_000_000),
        ("ingest.max_record_lines", 1_000_000),
        ("ingest.memory", 10**15),
        ("parsing.max_children", 1_000_000),
        ("parsing.max_templates", 1_000_000),
    ],
)
def test_numbers_beyond_any_sense_are_refused_with_the_greatest_that_is_taken(name: str, most: int) -> None:
    load_settings(None, {variable_name(name): str(most)})
    for more in (most + 1, 10**17):
        assert f"should be less than or equal to {most}." in refusal(environ={variable_name(name): str(more)})


def test_durations_beyond_a_century_are_refused() -> None:
    load_settings(None, {"DRAINWATCH_DETECTION__LATENESS": "36500d"})
    assert "should be 36500d at most." in refusal(environ={"DRAINWATCH_DETECTION__LATENESS": "36501d"})
