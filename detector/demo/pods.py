"""The pods of a workload at a time, and the names that the kubelet gives to their log files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from detector.demo.load import dice, rollout
from detector.demo.model import Namespace, Service

_SAFE = "bcdfghjklmnpqrstvwxz2456789"
"""The letters that Kubernetes draws names from: no vowels, nothing that looks like another."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One container of a pod, as far as its log file's name tells."""

    file: str
    """`<pod>_<namespace>_<container>-<container id>.log`."""
    version: str
    """The tag of its image."""


def _name(seed: int, length: int, *parts: str | int) -> str:
    rng = dice(seed, *parts)
    return "".join(rng.choice(_SAFE) for _ in range(length))


@lru_cache(maxsize=8_192)
def _pod(seed: int, names: tuple[str, str, str, str], since: int, replica: int, restarts: int) -> Pod:
    namespace, workload, container_name, kind = names
    if kind == "statefulset":
        name = f"{workload}-{replica}"
    elif kind == "cronjob":
        # A job is named after its scheduled minute.
        name = f"{workload}-{since // 60_000_000}-{_name(seed, 5, namespace, workload, since)}"
    else:
        revision = _name(seed, 10, namespace, workload, since)
        name = f"{workload}-{revision}-{_name(seed, 5, namespace, workload, since, replica)}"
    container = hashlib.sha256(f"{seed}/{namespace}/{name}/{restarts}".encode()).hexdigest()
    minor = since // 3_600_000_000 % 900 if kind == "deployment" else 1
    return Pod(f"{name}_{namespace}_{container_name}-{container}.log", f"1.{minor}.0")


def pod_at(seed: int, space: Namespace, service: Service, time: int, replica: int, restarts: int = 0) -> Pod:
    """The container that a replica runs in at that time; each roll-out and each restart makes another.

    For a cron job `time` is its scheduled minute.
    """
    since = time if service.kind == "cronjob" else rollout(seed, space, service.workload, time)
    names = space.name, service.workload, service.container, service.kind  # hashes faster than the service itself
    return _pod(seed, names, since, replica, restarts)
