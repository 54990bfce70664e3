"""Events of Falco and Kubernetes: the rule's name or the reason is the template, the place is what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from ingest import filebeat
from ingest.batch import LogBatch
from parsers import naming
from parsers.engine import Template, TemplateEngine
from parsers.formats import Statement, read_record
from parsers.formats.events import sentence
from parsers.keys import readable
from parsers.miner import DrainEngine
from parsers.pool import PooledEngine
from tests.parsers.batches import batch_of
from tests.parsers.engines import NewEngine
from tests.parsers.events import RULE, SHELL, falco, kubernetes, line, metricbeat


def read(event: dict[str, Any]) -> Statement:
    return read_record(line(event))


def name_of(statement: Statement) -> str:
    return readable(("-", statement.logger))


def templates(engine: TemplateEngine, events: list[dict[str, Any]], namespace: str = "falco") -> list[Template]:
    """Of each event."""
    parsed = engine.parse(batch_of([line(event) for event in events], namespace, "falco"))
    found = engine.catalogue(namespace)
    return [found[parsed.templates[at]] for at in parsed.template.tolist()]


def test_a_falco_event_is_named_by_its_rule_and_is_about_the_workload_of_its_pod() -> None:
    found = read(falco())
    assert (name_of(found), found.level, found.about) == (f"Falco: {RULE}", "critical", "payments/ledger")
    assert found.said.startswith("07:00:18.746609046: Critical A shell")


@pytest.mark.parametrize(
    ("priority", "level"),
    [
        ("Emergency", "critical"),
        ("Alert", "critical"),
        ("Critical", "critical"),
        ("Error", "error"),
        ("Warning", "warning"),
        ("Notice", "info"),
        ("Informational", "info"),
        ("Debug", "debug"),
    ],
)
def test_a_priority_is_a_level(priority: str, level: str) -> None:
    assert read(falco(priority)).level == level


def test_what_falco_sees_outside_of_pods_stays_with_the_workload_that_logged_it() -> None:
    assert read(falco(pod=None)).about == ""
    assert read(falco(output_fields={"k8s.ns.name": "<NA>", "k8s.pod.name": "<NA>"})).about == ""
    assert read(falco(output_fields={"k8s.ns.name": "../../etc", "k8s.pod.name": "x/y"})).about == ""


def test_keys_with_dots_may_have_become_objects() -> None:
    nested = {"k8s": {"ns": {"name": "payments"}, "pod": {"name": "ledger-7d9f6c5b4-x2x9p"}}, "proc": {"cmdline": "sh"}}
    assert read(falco(output_fields=nested)).about == "payments/ledger"
    assert read(falco(output_fields={"k8s": {"ns": "payments", "pod": {"name": 7}}})).about == ""


def test_what_falco_reads_in_the_audit_log_is_about_what_was_asked_for() -> None:
    asked = {
        "ka.target.namespace": "payments",
        "ka.target.resource": "pods",
        "ka.target.name": "ledger-7d9f6c5b4-x2x9p",
    }
    assert read(falco(source="k8s_audit", output_fields=asked)).about == "payments/ledger"
    asked = {"ka.target.namespace": "payments", "ka.target.resource": "configmaps", "ka.target.name": "rates"}
    assert read(falco(source="k8s_audit", output_fields=asked)).about == "payments/rates"


@pytest.mark.parametrize("wrapped", [False, True], ids=["as it is", "by eventrouter"])
def test_an_event_of_kubernetes_is_named_by_kind_and_reason(wrapped: bool) -> None:
    event = kubernetes(count=14)
    found = read({"verb": "UPDATED", "event": event, "old_event": event} if wrapped else event)
    assert (name_of(found), found.level, found.about) == ("Pod BackOff", "warning", "payments/ledger")
    assert found.said == "Pod ledger-7d9f6c5b4-x2x9p: Back-off restarting failed container ledger (14 times by now)"


@pytest.mark.parametrize(
    ("kind", "name", "namespace", "about"),
    [
        ("ReplicaSet", "ledger-7d9f6c5b4", "payments", "payments/ledger"),
        ("Job", "backup-28391234", "payments", "payments/backup"),
        ("StatefulSet", "db", "payments", "payments/db"),
        ("PersistentVolumeClaim", "data-db-0", "payments", "payments/data-db-0"),
        ("Node", "node-1.example.org", None, "node-1.example.org"),
        ("Pod", "Ledger\n", "payments", ""),
    ],
)
def test_the_place_is_the_workload_as_kind_and_name_tell(
    kind: str, name: str, namespace: str | None, about: str
) -> None:
    assert read(kubernetes(kind=kind, name=name, namespace=namespace)).about == about


def test_a_level_that_the_source_gives_is_the_reporters_and_not_the_events() -> None:
    assert read_record(line(falco()), level="info").level == "critical"


@pytest.mark.parametrize(
    "own",
    [
        {"rule": "discount", "priority": "high", "message": "rule applied", "output_fields": {"a": 1}},
        {"rule": "discount", "priority": "error", "message": "rule applied", "output": "x"},
        {"rule": 7, "priority": "error", "message": "rule applied", "output_fields": {"a": 1}},
        {"reason": "timeout", "message": "rule applied"},
        {"reason": "timeout", "message": "rule applied", "involvedObject": "order 7"},
        {"reason": "timeout", "message": "rule applied", "involvedObject": {"kind": "Order"}},
        {"event": "rule applied", "reason": "timeout"},
    ],
)
def test_what_lacks_a_key_is_an_applications_own(own: dict[str, Any], new_engine: NewEngine) -> None:
    assert read(own).said == read(own).about == ""
    (template,) = templates(new_engine(), [own])
    assert (template.workload, template.text) == ("falco", read(own).line)


def test_a_template_stands_in_the_namespace_that_logged_it_at_the_place_that_it_is_about(new_engine: NewEngine) -> None:
    events = [falco(), kubernetes(), falco("Notice"), kubernetes("Scheduled", "Assigned to node-1", type="Normal")]
    found = templates(new_engine(), events)
    assert {template.namespace for template in found} == {"falco"}
    assert {template.workload for template in found} == {"payments/ledger"}
    assert [(template.text, template.level) for template in found] == [
        (f"Falco: {RULE}", "critical"),
        ("Pod BackOff", "warning"),
        (f"Falco: {RULE}", "info"),
        ("Pod Scheduled", "info"),
    ]


def test_rules_and_reasons_are_never_merged_whatever_their_events_say(new_engine: NewEngine) -> None:
    engine = new_engine()
    rules = [f"Write below {folder} by {who}" for folder in ("etc", "root", "bin") for who in ("a shell", "a job")]
    for number in range(40):
        found = templates(engine, [falco(rule=rule, output=f"write {number} by pid {number}") for rule in rules])
        assert [template.text for template in found] == [f"Falco: {rule}" for rule in rules]
    reasons = [kubernetes("FailedScheduling", f"0/{number} nodes are available") for number in range(40)]
    assert len({template.id for template in templates(engine, reasons)}) == 1


def test_the_example_is_what_the_event_says_without_its_secrets(new_engine: NewEngine) -> None:
    (template,) = templates(new_engine(), [falco(output=f"{SHELL} (cmdline=mysql --password=hunter2)")])
    assert template.example == f"{SHELL} (cmdline=mysql --password=<SECRET>)"


def test_of_a_record_is_shown_what_the_event_says_and_any_other_as_it_is() -> None:
    assert sentence(line(falco(output=SHELL))) == SHELL
    assert sentence(line(kubernetes(message="no"))) == "Pod ledger-7d9f6c5b4-x2x9p: no"
    for other in ('{"message":"a"}', "{torn", "[1]", "plain"):
        assert sentence(other) == other


def test_all_engines_give_the_same_whatever_lies_between_the_events(new_engine: NewEngine) -> None:
    lines = [
        text
        for number in range(300)
        for text in (
            f"INFO order {number} placed",
            line(falco(pod=f"ledger-7d9f6c5b4-x2x{number % 10}p", rule=f"Rule {number % 3}")),
            f'{{"level":"info","msg":"order {number} paid"}}',
            line(kubernetes(name=f"cart-{number % 20}", reason=("BackOff", "Unhealthy")[number % 2])),
            line(kubernetes(kind="Node", name="node-1", namespace=None)),
        )
    ]
    engine, other = new_engine(), DrainEngine()
    for begin in range(0, len(lines), 250):
        batch = batch_of(lines[begin : begin + 250], "falco", "falco", start=1_795_244_400_000_000 + begin)
        assert assigned(engine, batch) == assigned(other, batch)
    assert engine.catalogue("falco") == other.catalogue("falco")
    assert engine.dirty_state() == other.dirty_state()
    assert engine.health() == other.health()


def test_processes_give_the_same_as_one() -> None:
    lines = [
        line(falco(pod=f"a{number % 5}-7d9f6c5b4-x2x9p")) if number % 3 else f"INFO x {number}" for number in range(900)
    ]
    pooled, alone = PooledEngine(workers=1, start_rows=100, task_rows=50), DrainEngine()
    try:
        assert assigned(pooled, batch_of(lines, "falco", "falco")) == assigned(alone, batch_of(lines, "falco", "falco"))
        assert pooled.processes
    finally:
        pooled.close()


def test_after_a_restart_it_goes_on_as_if_there_had_been_none(new_engine: NewEngine) -> None:
    events = [falco(rule=f"Rule {number % 7}", pod=f"a{number % 5}-7d9f6c5b4-x2x9p") for number in range(60)]
    whole, before, after = new_engine(), new_engine(), new_engine()
    expected = [template.id for template in templates(whole, events)]
    first = [template.id for template in templates(before, events[:30])]
    after.restore(before.dirty_state(), before.catalogue("falco").values())
    assert first + [template.id for template in templates(after, events[30:])] == expected


def test_only_so_many_places_are_told_apart_and_what_is_beyond_stays_with_who_logged_it(new_engine: NewEngine) -> None:
    engine, many = new_engine(), naming.MAX_ABOUT
    found = templates(engine, [kubernetes(kind="Service", name=f"made-up-{number}") for number in range(many + 5)])
    assert [template.workload for template in found[-6:]] == [f"payments/made-up-{many - 1}", *["falco"] * 5]
    after = new_engine()
    after.restore(engine.dirty_state(), engine.catalogue("falco").values())
    assert [one.workload for one in templates(after, [falco(), kubernetes(kind="Service", name="made-up-3")])] == [
        "falco",
        "payments/made-up-3",
    ]


@pytest.mark.parametrize("event", [falco(), kubernetes()], ids=["falco", "kubernetes"])
def test_an_event_that_was_decoded_on_the_way_is_the_same_event(event: dict[str, Any]) -> None:
    stamp = {"@timestamp": "2026-11-21T07:00:18.900Z", "kubernetes": {"namespace": "falco"}}
    wrapped = [{**stamp, **event}, {**stamp, "json": event}, {**stamp, "json": {"verb": "ADDED", "event": event}}]
    for document in wrapped if "involvedObject" in event else wrapped[:2]:
        found = filebeat.parse(line(document))
        assert found is not None
        assert found.message is not None
        assert read_record(found.message) == read(event)


def test_a_document_of_metricbeats_is_the_same_event_too() -> None:
    for event in (kubernetes(count=3), kubernetes(kind="Node", name="node-1", namespace=None)):
        found = filebeat.parse(line(metricbeat(event)))
        assert found is not None
        assert found.message is not None
        assert read_record(found.message) == read(event)


def assigned(engine: TemplateEngine, batch: LogBatch) -> list[tuple[str, str]]:
    """Id of the template and level, row by row."""
    parsed = engine.parse(batch)
    return [(parsed.templates[at], level) for at, level in zip(parsed.template.tolist(), parsed.level, strict=True)]
