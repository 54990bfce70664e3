"""A real Filebeat, as far as one can be had: 7.17.29, the newest whose sources are a Go module. It is built from them.

It knows nothing of what came later and passes over it: `compression`, `hints.input_allow_list`, and that the hint
`multiline` belongs among the parsers.
"""

from __future__ import annotations

import copy
import json
import os
import re
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from tests.kubernetes.golang import folder, module, run_go
from tests.servers.artifacts import Failures, alone
from tests.servers.leash import Leashed, free_ports
from tests.shipping.configuration import Tree, configuration, reading

MODULE = "github.com/elastic/beats/v7"
VERSION = "v7.17.29"
PINNED = "h1:xZD9AOJSheSUy96zjPo3K1UlwM2ROihnosUfTctGmv8="
"""The module's sum, as `go mod download -json` prints it."""
UP_WITHIN = 60
"""Seconds; it takes one."""
_failures = Failures()


def built() -> Path:
    """Where the program is, once it was built."""
    return folder() / f"filebeat-{VERSION}"


def build() -> Path:
    """Build it, where that was not done before: 200 s of one processor. Raises `MissingError`.

    In the folder of its sources: a module's own `replace` directives hold only there.
    """
    program = built()
    with alone(program), _failures.remembered(program):
        if not program.is_file():
            source = module(MODULE, VERSION, PINNED)
            with tempfile.TemporaryDirectory(dir=folder()) as made:
                whole = Path(made, "filebeat")
                options = ("-trimpath", "-ldflags=-s -w", "-o", str(whole))
                run_go("build", *options, "./filebeat", gets=f"Filebeat {VERSION}", at=source)
                whole.replace(program)
    return program


class Filebeat(Leashed):
    """Runs with a configuration and an output, and keeps its registry over a restart."""

    name = "Filebeat"

    def __init__(self, configuration: Tree, output: Tree) -> None:
        super().__init__()
        self._configuration = {**configuration, **output}
        self._port = 0

    def start(self) -> None:
        """Start it, or start it again, and don't wait."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="filebeat-"))
            self._port = free_ports("http")["http"]
            self._configuration["http"]["port"] = self._port
            path = self._folder / "filebeat.yml"
            path.write_text(yaml.safe_dump(self._configuration), "utf-8")
            path.chmod(0o600)
        environ = {**os.environ, "NODE_NAME": "node-1"}
        self._run([build(), "--path.home", self.folder, "-c", "filebeat.yml"], environ)

    def wait(self) -> None:
        """Until its counters can be asked for."""
        self.until(lambda counters: bool(counters), UP_WITHIN)

    def until(self, condition: Any, seconds: float = 60) -> None:
        """Until something holds of its counters; raises `RuntimeError` where it doesn't within the time."""
        until = time.monotonic() + seconds
        while not condition(self.counters()):
            self._refuse_ended()
            if time.monotonic() > until:
                raise RuntimeError(f"Filebeat: {self.counters()}\n{self.log}")
            time.sleep(0.1)

    def has_sent(self, events: int) -> None:
        """Wait until so many documents were acknowledged."""
        self.until(lambda counters: counters.get("acked", 0) >= events)

    def counters(self) -> dict[str, int]:
        """`libbeat.output.events` of its `/stats`; empty while it doesn't answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/stats", timeout=5) as answer:
                counted: dict[str, int] = json.load(answer)["libbeat"]["output"]["events"]
                return counted
        except (OSError, KeyError):  # before it listens, and before it has an output
            return {}


def discovering(root: Path, kube_config: Path) -> Tree:
    """filebeat.yml, to read under `root` what an API server tells of."""
    tree = copy.deepcopy(configuration("filebeat.yml"))
    (provider,) = tree["filebeat"]["autodiscover"]["providers"]
    provider["kube_config"] = str(kube_config)
    read = provider["hints"]["default_config"]
    read["paths"] = [f"{root}{path}" for path in read["paths"]]
    return tree


def adapted(file: str, root: Path) -> Tree:
    """One of our files, to read what lies under `root`; without an API server autodiscover becomes an input."""
    tree = copy.deepcopy(configuration(file))
    tree["filebeat"].pop("autodiscover", None)
    read = copy.deepcopy(reading(file))
    read["id"] = re.sub(r"\$\{data\.[^}]+}", "all", read["id"])
    read["paths"] = [f"{root}{re.sub(r'[$][{]data[.][^}]+}', '*', path)}" for path in read["paths"]]
    # It has no API server, and says so only after a while.
    read["processors"] = [one for one in read.get("processors", ()) if "add_kubernetes_metadata" not in one]
    for processor in read["processors"]:
        processor["dissect"]["tokenizer"] = f"{root}{processor['dissect']['tokenizer']}"
    tree["filebeat"]["inputs"] = [read]
    return tree


def to_file(folder: Path) -> Tree:
    """The output that writes documents to a file, `documents` in that folder."""
    return {"output": {"file": {"path": str(folder), "filename": "documents", "rotate_every_kb": 1_000_000}}}


def to_kafka(address: str, topic: str, ca_file: Path, user: str, password: str) -> Tree:
    """Our output to Kafka with another address, topic and user."""
    output = configuration("output-kafka.yml")["output"]["kafka"]
    output |= {"hosts": [address], "topic": topic, "username": user, "password": password}
    output["ssl"]["certificate_authorities"] = [str(ca_file)]
    return {"output": {"kafka": output}}


def to_logstash(address: str, folder: Path) -> Tree:
    """Our output to Logstash with another address, and with the certificates in that folder."""
    output = configuration("output-logstash.yml")["output"]["logstash"]
    output["hosts"] = [address]
    ssl = output["ssl"]
    for name in ("certificate", "key"):
        ssl[name] = str(folder / Path(ssl[name]).name)
    ssl["certificate_authorities"] = [str(folder / Path(path).name) for path in ssl["certificate_authorities"]]
    return {"output": {"logstash": output}}
