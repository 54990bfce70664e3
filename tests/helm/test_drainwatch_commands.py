"""Commands in pods and in notes are commands, with options that there are, and mean what the values say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import typer

from detector.api.hosts import is_ours
from detector.cli.app import app
from detector.cli.setup import choices_of
from detector.cli.setup_kafka import topics_of
from detector.cli.setup_watcher import watches_of
from tests.helm.drainwatch import (
    CHART,
    EVERYTHING,
    EXAMPLES,
    NAMED,
    example,
    made,
    of_kind,
    pod_of,
    pods,
    settings_of,
    workload,
)
from tests.kubernetes.rendering import notes


def command_of(arguments: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The names and the parameters of a command, by the program's own parser. Raises its errors for what isn't one."""
    command: Any = typer.main.get_command(app)
    names: list[str] = []
    while below := getattr(command, "commands", None):
        names.append(arguments[len(names)])
        command = below[names[-1]]
    return names, command.make_context(names[-1], arguments[len(names) :]).params


def test_every_command_in_a_pod_is_one() -> None:
    found = []
    for documents in (*map(made, EXAMPLES), made(**EVERYTHING)):
        for _, _, container in pods(documents):
            if "args" in container:
                names, parameters = command_of(container["args"])
                found.append(" ".join(names))
                places = [mount["mountPath"] for mount in container["volumeMounts"]]
                assert str(Path(parameters["config"]).parent) in places
                assert parameters.get("yes", True), "nobody is there to be asked"
                if webhook := parameters.get("slack_webhook_file"):
                    assert str(webhook.parent) in places
    assert set(found) == {"run", "doctor", "setup elasticsearch", "setup kafka", "setup kibana", "setup watcher"}


def test_what_set_up_is_told_means_what_the_values_say(tmp_path: Path) -> None:
    documents = made(
        example("everything"),
        setup={"kafka": {"enabled": True, "partitions": 24, "replication": 3, "retention": "7d"}},
    )
    settings = settings_of(documents, tmp_path, "drainwatch-setup")
    said = {
        document["metadata"]["name"].rpartition("-")[2]: command_of(pod_of(document)["containers"][0]["args"])[1]
        for document in of_kind(documents, "Job")
    }
    chosen = said["elasticsearch"]
    choices = choices_of(settings, chosen["parts"], chosen["bucket"], chosen["viewer_of"])
    assert {str(part) for part in choices.parts} == {"roles", "logs"}
    assert list(choices.namespaces) == ["shop"]
    chosen = said["kafka"]
    lines, *_ = topics_of(settings, chosen["partitions"], chosen["replication"], chosen["retention"])
    assert (lines.partitions, lines.config["retention.ms"]) == (24, str(7 * 86_400_000))
    assert said["kibana"]["create_space"]
    assert said["kibana"]["overwrite"]
    assert {str(watch) for watch in watches_of(said["watcher"]["watch"])} == {"server-errors", "silence"}


def test_the_test_of_the_chart_asks_by_a_name_that_is_answered_to(tmp_path: Path) -> None:
    for values in ({}, NAMED, {"service": {"port": 80}}):
        documents = made(**values)
        (asked,) = re.findall(
            r'"http://([^/"]+)/healthz"', json.dumps(pod_of(of_kind(documents, "Pod")[0])).replace("\\", "")
        )
        host, _, port = asked.partition(":")
        name = workload(documents)["metadata"]["name"]
        assert is_ours(host, settings_of(documents, tmp_path, name).service.host_names)
        service = of_kind(documents, "Service")[0]
        assert int(port) == service["spec"]["ports"][0]["port"]


def test_notes_say_how_to_look(tmp_path: Path) -> None:
    said = notes(CHART, example("try"))
    assert "kubectl -n logging port-forward svc/drainwatch 8765:8765" in said
    assert "WARNING: what is learned is lost with the pod" not in said
    assert "Pods are ready when" not in said
    gone = {
        "config": {"store": {"kind": "sqlite"}},
        "persistence": {"enabled": False},
        "setup": {"kibana": {"enabled": False}},
    }
    assert "WARNING: what is learned is lost with the pod" in notes(CHART, example("try"), settings=gone)
    said = notes(CHART, example("everything"))
    assert "https://drainwatch.example.org" in said
    assert "drainwatch token create admin" in said
    assert "WARNING: nobody has to log in" not in said
    anybodys = {"config": {"access": {"required": False}}}
    assert "WARNING: nobody has to log in" in notes(CHART, example("everything"), settings=anybodys)
    for line in said.splitlines():
        if found := re.search(r"-- drainwatch (.+)$", line):
            command_of(found[1].split())
