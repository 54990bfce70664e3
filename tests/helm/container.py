"""A pod of the chart as a process: its command with its variables, and with what it mounts in a folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.docs.markdown import ROOT
from tests.kubernetes.manifests import Document, one

Secrets = Mapping[str, Mapping[str, str]]
"""The values of Secrets, by name and key."""


class Container:
    """The only container of a pod, on a root of its own."""

    def __init__(self, documents: Sequence[Document], spec: Document, secrets: Secrets, root: Path) -> None:
        (self._spec,) = spec["containers"]
        self._root, self._secrets = root, secrets
        self._places = [mount["mountPath"] for mount in self._spec["volumeMounts"]]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for mount in self._spec["volumeMounts"]:
            place = root / mount["mountPath"].lstrip("/")
            place.mkdir(parents=True)
            for name, text in self._content(documents, volumes[mount["name"]]).items():
                (place / name).write_text(text, "utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """To its end; with `arguments`, as `kubectl exec … drainwatch` would run another command in it."""
        return subprocess.run(
            self._command(arguments or self._spec["args"]),
            env=self._environ,
            cwd=self._folder,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    def start(self, **more: str) -> subprocess.Popen[str]:
        """Without waiting; its output is to be read, and `more` are variables besides."""
        command = self._command(self._spec["args"])
        return subprocess.Popen(
            command, env=self._environ | more, cwd=self._folder, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    @property
    def _folder(self) -> Path:
        return Path(self._moved(self._spec["workingDir"]))

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "detector.cli", *map(self._moved, arguments)]

    @property
    def _environ(self) -> dict[str, str]:
        """What Kubernetes gives it, and what the image has."""
        ours = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        return ours | {variable["name"]: self._value(variable) for variable in self._spec["env"]}

    def _value(self, variable: Document) -> str:
        if "value" in variable:
            return self._moved(variable["value"])
        reference = variable["valueFrom"]["secretKeyRef"]
        return self._secrets[reference["name"]][reference["key"]]

    def _content(self, documents: Sequence[Document], volume: Document) -> Mapping[str, str]:
        if "configMap" in volume:
            data: Mapping[str, str] = one(documents, "ConfigMap", volume["configMap"]["name"])["data"]
            return {name: self._moved(text) for name, text in data.items()}
        if "secret" in volume:
            secret = self._secrets[volume["secret"]["secretName"]]
            items = volume["secret"].get("items") or [{"key": key, "path": key} for key in secret]
            return {item["path"]: secret[item["key"]] for item in items}
        return {}

    def _moved(self, text: str) -> str:
        """With paths of the container as those of the folder that stands for its root."""
        places = "|".join(map(re.escape, self._places))
        return re.sub(rf"(?<![\w/])(?:{places})(?=/|\Z)", lambda found: f"{self._root}{found[0]}", text)
