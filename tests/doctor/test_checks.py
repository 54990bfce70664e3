"""What the doctor makes of what it saw: no cluster is asked here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from detector.doctor import Check, State, diagnose
from detector.doctor.facts import (
    Certificate,
    Configured,
    Disk,
    Facts,
    Field,
    Host,
    Licence,
    Pattern,
    Policies,
    Refused,
    Stored,
    User,
    Watching,
)
from detector.setup import Action, Kind, Step, Wanted
from ingest.accounting import DropReason, Tally

SECOND = 1_000_000
DAY = 86_400 * SECOND
NOW = 20_000 * DAY
CERTIFICATE = Certificate("es", "our CA", NOW + 300 * DAY, "ab" * 32)

WELL = Facts(
    now=NOW,
    configured=Configured(
        source="elasticsearch",
        store="elasticsearch",
        hosts=("https://es:9200",),
        trust="the authority in /ca.crt",
        asks="the user drainwatch",
        secret_from="the file /run/secret",
    ),
    hosts=(Host("https://es:9200", None, CERTIFICATE),),
    user=User("drainwatch", ("drainwatch_reader", "drainwatch_writer")),
    version="9.5.3",
    licence=Licence("basic"),
    privileges={"read logs": (), "write results": ()},
    clock=20_000,
    patterns=(Pattern("filebeat-*", 3, 1_000),),
    fields={
        "time": Field("@timestamp", {"date": ()}),
        "namespace": Field("kubernetes.namespace", {"keyword": ()}),
        "message": Field("message", {"text": ()}),
        "ingested": Field("event.ingested", {"date": ()}),
    },
    newest=NOW - 5 * SECOND,
    lifecycle=Policies(True, ("drainwatch-counts", "drainwatch-findings")),
    snapshots=Policies(True, ("nightly",)),
    objects=(Step(Wanted(Kind.TEMPLATE, "drainwatch-state", {}), Action.KEEP),),
    disk=Disk("green", "The cluster has enough available disk space."),
    stored=Stored(NOW - 120 * SECOND, Tally(read=1_000, records=1_000)),
)
"""A cluster in which all is well."""


def checks(**changed: Any) -> dict[str, Check]:
    return {check.name: check for check in diagnose(replace(WELL, **changed))}


def field(purpose: str, name: str, **types: tuple[str, ...]) -> dict[str, Field]:
    assert isinstance(WELL.fields, dict)
    return {**WELL.fields, purpose: Field(name, types)}


def test_where_all_is_well_every_check_says_so() -> None:
    assert {check.state for check in diagnose(WELL)} == {State.OK}


def test_who_asks_and_where_the_secret_is_are_named() -> None:
    assert checks()["settings"].seen == (
        "https://es:9200 as the user drainwatch, with a secret from the file /run/secret; names begin with drainwatch-"
    )


def test_a_host_that_does_not_answer_leaves_the_rest_unasked() -> None:
    host = Host("https://es:9200", Refused("es can't be reached: connection refused.", "Look at elasticsearch.hosts."))
    seen = checks(hosts=(host,))
    assert list(seen) == ["settings", "reach es:9200", "TLS es:9200", "engine"]
    assert (seen["reach es:9200"].state, seen["reach es:9200"].mend) == (State.FAILED, "Look at elasticsearch.hosts.")


def test_one_of_several_hosts_is_enough_to_go_on() -> None:
    seen = checks(hosts=(Host("https://a:9200", Refused("away")), *WELL.hosts))
    assert seen["reach a:9200"].state is State.FAILED
    assert seen["version"].state is State.OK


@pytest.mark.parametrize(("days", "state"), [(300, State.OK), (31, State.OK), (29, State.WARNING), (-1, State.FAILED)])
def test_a_certificate_is_watched_until_it_ends(days: int, state: State) -> None:
    shown = replace(CERTIFICATE, until=NOW + days * DAY)
    assert checks(hosts=(Host("https://es:9200", None, shown),))["TLS es:9200"].state is state


def test_a_certificate_that_is_not_trusted_is_told_with_its_issuer_and_fingerprint() -> None:
    host = Host("https://es:9200", Refused("The certificate of es isn't trusted: unable to get …"), CERTIFICATE)
    tls = checks(hosts=(host,))["TLS es:9200"]
    assert tls.state is State.FAILED
    assert tls.seen == "es, issued by our CA, is not trusted by the authority in /ca.crt"
    assert CERTIFICATE.fingerprint in tls.mend


@pytest.mark.parametrize(("address", "state"), [("http://es:9200", State.WARNING), ("http://localhost:9200", State.OK)])
def test_plain_http_is_warned_of_but_on_this_machine(address: str, state: State) -> None:
    seen = checks(hosts=(Host(address),))
    assert next(check for name, check in seen.items() if name.startswith("TLS")).state is state


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("8.19.0", State.OK), ("9.5.3", State.OK), ("9.10.0-SNAPSHOT", State.OK), ("8.18.9", State.FAILED),
        ("7.17.29", State.FAILED), ("10.0.0", State.WARNING), ("odd", State.WARNING),
    ],
)  # fmt: skip
def test_versions(version: str, state: State) -> None:
    assert checks(version=version)["version"].state is state


def test_a_licence_is_told_with_what_it_lacks() -> None:
    assert checks()["licence"].seen == (
        "basic: without viewers of one namespace (document-level security) and alerts by Watcher; all else works"
    )
    assert checks(licence=Licence("platinum"))["licence"].seen == "platinum"
    assert checks(licence=Licence("gold", active=False))["licence"].state is State.FAILED


def test_privileges_that_are_missing_are_named_with_the_role_that_has_them() -> None:
    seen = checks(privileges={"read logs": ("read on filebeat-*",), "write results": ()})
    assert seen["may read logs"].seen == "the user lacks read on filebeat-*"
    assert "drainwatch_reader" in seen["may read logs"].mend
    assert seen["may write results"].state is State.OK


def test_a_superuser_works_but_is_warned_of() -> None:
    assert checks(user=User("elastic", ("superuser",)))["user"].state is State.WARNING


def test_a_server_without_security_is_warned_of() -> None:
    user = checks(user=Refused("its security is off"))["user"]
    assert (user.state, user.seen) == (State.WARNING, "the server doesn't say who asks: its security is off")


@pytest.mark.parametrize(
    ("ahead", "state", "seen"),
    [
        (2 * SECOND, State.OK, "2.0 s between the cluster's and this machine's"),
        (600 * SECOND, State.WARNING, "the cluster's is 10 min ahead of this machine's"),
        (-600 * SECOND, State.WARNING, "the cluster's is 10 min behind this machine's"),
    ],
)
def test_clocks_that_are_apart(ahead: int, state: State, seen: str) -> None:
    clock = checks(clock=ahead)["clock"]
    assert (clock.state, clock.seen) == (state, seen)


def test_patterns_that_find_nothing_are_fine_while_one_does() -> None:
    seen = checks(patterns=(Pattern("logs-*-*", 0, 0), Pattern("filebeat-*", 1, 5)))
    assert seen["logs logs-*-*"].state is State.SKIPPED
    assert seen["logs filebeat-*"].seen == "1 index, 5 documents in the last hour"
    assert "logs" not in seen


def test_no_logs_at_all_is_a_failure() -> None:
    seen = checks(patterns=(Pattern("logs-*-*", 0, 0),))
    assert seen["logs"].state is State.FAILED
    assert "field @timestamp" not in seen


def test_logs_that_no_longer_come_are_warned_of() -> None:
    assert checks(patterns=(Pattern("filebeat-*", 1, 0),))["logs filebeat-*"].state is State.WARNING


def test_a_time_that_is_no_date_somewhere_is_told_with_the_index() -> None:
    seen = checks(fields=field("time", "@timestamp", date=("a",), keyword=("b", "c")))["field @timestamp"]
    assert seen.state is State.FAILED
    assert seen.seen == "is no date in b, c, whose documents are not read"
    assert checks(fields=field("time", "@timestamp"))["field @timestamp"].state is State.FAILED


@pytest.mark.parametrize(
    ("types", "state"),
    [
        ({"keyword": ()}, State.OK), ({"text": (), "unmapped": ("x",)}, State.OK), ({}, State.WARNING),
        ({"long": ()}, State.FAILED),
    ],
)  # fmt: skip
def test_how_the_namespace_may_be_mapped(types: dict[str, tuple[str, ...]], state: State) -> None:
    assert (
        checks(fields=field("namespace", "kubernetes.namespace", **types))["field kubernetes.namespace"].state is state
    )


def test_without_an_ingest_time_late_documents_are_found_by_a_second_look() -> None:
    assert (
        "elasticsearch.second_look" in checks(fields=field("ingested", "event.ingested"))["field event.ingested"].seen
    )


@pytest.mark.parametrize(
    ("steps", "state", "seen"),
    [
        ((Action.CREATE, ""), State.FAILED, "missing: drainwatch-state"),
        ((Action.CHANGE, ""), State.WARNING, "of another version: drainwatch-state"),
        ((Action.FAIL, "a field is mapped otherwise"), State.FAILED, "drainwatch-state: a field is mapped otherwise"),
        ((Action.FAIL, "the user lacks the privilege x"), State.SKIPPED, "the user lacks the privilege x"),
    ],
)
def test_templates_that_are_not_as_they_should_be(steps: tuple[Action, str], state: State, seen: str) -> None:
    step = Step(Wanted(Kind.INDEX, "drainwatch-state", {}), steps[0], (), steps[1])
    templates = checks(objects=(step,))["templates"]
    assert (templates.state, templates.seen) == (state, seen)


def test_a_life_cycle_that_is_missing_is_warned_of_where_the_server_has_them() -> None:
    assert checks(lifecycle=Policies(True, ("drainwatch-counts",)))["life cycle"].state is State.WARNING
    assert checks(lifecycle=Policies(False))["life cycle"].state is State.OK


def test_snapshots() -> None:
    assert checks(snapshots=Policies(True))["snapshots"].state is State.WARNING
    assert checks(snapshots=Policies(True, ("nightly",), "nightly"))["snapshots"].state is State.FAILED
    assert checks(snapshots=Policies(False))["snapshots"].state is State.SKIPPED


def test_a_full_disk() -> None:
    assert checks(disk=Disk("yellow", "Nearly full."))["disk"].state is State.WARNING
    blocked = checks(disk=Disk("red", "Full.", ("drainwatch-state",)))["disk"]
    assert (blocked.state, blocked.seen) == (State.FAILED, "read-only: drainwatch-state")


@pytest.mark.parametrize(
    ("until", "newest", "state", "seen"),
    [
        (NOW - 60 * SECOND, NOW, State.OK, "60 s behind the newest line"),
        (NOW - 3_600 * SECOND, NOW, State.WARNING, "60 min behind the newest line"),
        (NOW - 30 * DAY, NOW - 30 * DAY, State.OK, "0 s behind the newest line"),
        (NOW - 60 * SECOND, Refused("no"), State.OK, "60 s behind now"),
        (None, NOW, State.SKIPPED, "nothing was read yet"),
    ],
)
def test_how_far_behind_reading_is(until: int | None, newest: int | Refused, state: State, seen: str) -> None:
    reading = checks(stored=Stored(until, Tally()), newest=newest)["reading"]
    assert (reading.state, reading.seen) == (state, seen)


def test_lines_that_were_lost_are_told_by_reason() -> None:
    def tally(dropped: int) -> Tally:
        return Tally(read=1_000, records=1_000 - dropped, dropped=Counter({DropReason.MALFORMED: dropped}))

    assert checks(stored=Stored(NOW, tally(1)))["lines"].state is State.OK
    lines = checks(stored=Stored(NOW, tally(100)))["lines"]
    assert (lines.state, lines.seen) == (State.WARNING, "1,000 lines read, 100 not counted: 100 malformed")
    assert checks(stored=Stored(NOW, Tally(read=10, records=9)))["lines"].state is State.FAILED


def test_what_could_not_be_looked_at_is_skipped_with_the_reason() -> None:
    why = Refused("The user x may not do y: it lacks the cluster privilege monitor.", "Grant it.")
    seen = checks(version=why, licence=why, clock=why, patterns=why, disk=why, lifecycle=why, snapshots=why, stored=why)
    for name in ("version", "licence", "clock", "logs", "disk", "life cycle", "snapshots", "reading"):
        assert seen[name] == Check(name, State.SKIPPED, why.problem, why.advice)


def test_files_need_no_cluster() -> None:
    seen = checks(configured=Configured("files", "sqlite"), hosts=())
    assert list(seen) == ["settings", "cluster", "reading", "lines", "engine"]
    assert seen["cluster"].state is State.SKIPPED


def test_what_is_only_read_or_only_written_is_only_looked_at_for_that() -> None:
    reads = checks(configured=replace(WELL.configured, store="sqlite"))
    writes = checks(configured=replace(WELL.configured, source="files"))
    assert "logs filebeat-*" in reads
    assert "templates" not in reads
    assert "templates" in writes
    assert "logs filebeat-*" not in writes


def test_settings_that_can_not_be_used_are_one_failure() -> None:
    seen = checks(unusable=Refused("The file /x can't be read.", "Check the path."), hosts=())
    assert seen["settings"] == Check("settings", State.FAILED, "The file /x can't be read.", "Check the path.")
    assert list(seen) == ["settings", "engine"]


def test_the_engine_is_named_and_missing_is_only_a_core_that_was_demanded() -> None:
    assert checks(core="native 0.1.0")["engine"] == Check("engine", State.OK, "native 0.1.0")
    without = checks(why_no_core="no compiled core: it isn't installed.")["engine"]
    assert without == Check("engine", State.OK, "python: no compiled core: it isn't installed.")
    demanded = checks(core=Refused("The core is demanded.", "Build it."))["engine"]
    assert demanded == Check("engine", State.FAILED, "The core is demanded.", "Build it.")


def test_watches_are_told_of_where_there_are_any() -> None:
    assert "watches" not in checks()
    assert "watches" not in checks(watches=())
    assert "watches" not in checks(watches=Refused("may not"))


@pytest.mark.parametrize(
    ("licence", "watches", "state", "seen"),
    [
        (Licence("gold"), [Watching("dw-silence", True)], State.OK, "dw-silence"),
        (
            Licence("gold"),
            [Watching("dw-anomalies", False), Watching("dw-silence", True)],
            State.OK,
            "dw-silence; switched off: dw-anomalies",
        ),
        (Licence("gold"), [Watching("dw-silence", False, ["ops"])], State.WARNING, "switched off: dw-silence"),
        (
            Licence("trial", active=False),
            [Watching("dw-silence", True)],
            State.WARNING,
            "dw-silence can't run with this licence (trial)",
        ),
        (
            Licence("gold"),
            [Watching("dw-silence", True, ["ops"])],
            State.WARNING,
            "they tell the same people as alerts.channels.ops",
        ),
    ],
)
def test_watches_that_do_not_look_and_people_who_are_paged_twice(
    licence: Licence, watches: list[Watching], state: State, seen: str
) -> None:
    check = checks(licence=licence, watches=watches)["watches"]
    assert (check.state, check.seen) == (state, seen)
