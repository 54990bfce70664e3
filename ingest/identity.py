"""Who wrote a line: namespace, workload, pod, container, image and revision, from a path or a document.

The kubelet's names (kubernetes/kubernetes, pkg/kubelet/kuberuntime/legacy.go and kuberuntime_container.go):
`/var/log/containers/<pod>_<namespace>_<container>-<id>.log`, cut to 255 characters, and
`/var/log/pods/<namespace>_<pod>_<uid>/<container>/<restart>.log`. Names of Kubernetes objects hold no `_`.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from ingest.batch import Origin

_ROTATED = re.compile(
    r"(?:\.(?:gz|\d{1,3}|\d{4}-\d\d-\d\d(?:[T_-]\d\d[:-]?\d\d(?:[:-]?\d\d)?)?|\d{8}(?:-\d{6})?)|-\d{8}(?:-?\d{6})?)$"
)
_CONTAINERS = re.compile(r"([^_/]+)_([^_/]+)_(.+)\.log")
_CONTAINER_ID = re.compile(r"-[0-9a-f]{64}$")
_CUT_ID = re.compile(r"-[0-9a-f]{0,63}$")
_PODS = re.compile(r"(?:^|/)([^_/]+)_([^_/]+)_([0-9a-f-]{32,36})/([^/]+)/\d+\.log[^/]*$")
_CUT_AT = 255

_SAFE = "bcdfghjklmnpqrstvwxz2456789"
"""The alphabet of generated names (k8s.io/apimachinery, pkg/util/rand): no vowels, so that no words come out."""
_REPLICA = re.compile(r"(.+)-([a-z0-9]{4,10})-([a-z0-9]{5})")
_HASH = re.compile(rf"(?=.*\d)(?:[{_SAFE}]{{4,10}}|(?=.*[a-f])[0-9a-f]{{6,10}})|[{_SAFE}]{{8,10}}")
_JOB = re.compile(r"(.+)-\d+-[a-z0-9]{5}")
_SCHEDULED = re.compile(r"-\d{8,}$")
_STATEFUL = re.compile(r"(.+)-\d{1,4}")
_GENERATED = re.compile(rf"(.+)-(?:[{_SAFE}]{{5}}|(?=[a-z0-9]*\d[a-z])[a-z0-9]{{5}})")


class Owner(NamedTuple):
    """What a pod belongs to, as its name tells."""

    workload: str
    revision: str


def owner_of_pod(pod: str) -> Owner:
    """The workload in a pod's name, and the pod-template hash where it is in there.

    `web-7d9c5b6f4-x2x9p` is of the deployment `web`, `db-0` of the stateful set `db`, `agent-x7k2p` of the daemon set
    `agent`, `backup-28391234-q8rtz` of the cron job `backup`; any other name is its own workload.
    """
    if found := _JOB.fullmatch(pod):
        return Owner(found[1], "")
    if (found := _REPLICA.fullmatch(pod)) and _HASH.fullmatch(found[2]):
        return Owner(found[1], found[2])
    if found := _STATEFUL.fullmatch(pod):
        return Owner(found[1], "")
    if found := _GENERATED.fullmatch(pod):
        return Owner(found[1], "")
    return Owner(pod, "")


def owner_of_object(kind: str, name: str) -> str:
    """The workload that an object of Kubernetes belongs to, as its kind and its name tell; else its name.

    Of pods as `owner_of_pod`; `web-7d9c5b6f4` is a replica set of `web`, `backup-28391234` a job of `backup`.
    """
    if kind == "Pod":
        return owner_of_pod(name).workload
    if kind == "ReplicaSet":
        owner, _, hash_part = name.rpartition("-")
        return owner if owner and _HASH.fullmatch(hash_part) else name
    return _of_cron_job(name) if kind == "Job" else name


def _of_cron_job(job: str) -> str:
    return _SCHEDULED.sub("", job)


def without_rotation(name: str) -> str:
    """A file's name less what rotation appends: `.1`, `.gz`, `.20260101-120000`, `-20260101`."""
    while (found := _ROTATED.search(name)) and found.start() > 0:
        name = name[: found.start()]
    return name


def generation(name: str) -> tuple[int, int, str]:
    """Sorts the files that a log was rotated into: the oldest first, the one that is being written last.

    >>> sorted(["a.log", "a.log.1", "a.log.2.gz"], key=generation)
    ['a.log.2.gz', 'a.log.1', 'a.log']
    """
    suffix = name[len(without_rotation(name)) :].removesuffix(".gz")
    if not suffix:
        return (1, 0, name)
    number = suffix.removeprefix(".")
    return (0, -int(number), "") if number.isdecimal() and len(number) < 4 else (0, 0, suffix)


def is_container_log(path: str) -> bool:
    """Whether the path is one that the kubelet gives, so that its lines carry the runtime's stamp."""
    return _kubelet_names(path) is not None


def origin_of_path(path: str, namespace: str) -> Origin:
    """The origin that a path tells; for a path that isn't the kubelet's, `namespace` and the file's stem."""
    names = _kubelet_names(path)
    if names is not None:
        space, pod, container = names
        owner = owner_of_pod(pod)
        return Origin(space, owner.workload, pod, container, revision=owner.revision)
    stem = without_rotation(PurePosixPath(path).name)
    stem = stem.removesuffix(".log").removesuffix(".txt").removesuffix(".ndjson").removesuffix(".json")
    return Origin(namespace, "".join(sign if sign.isprintable() else "?" for sign in stem) or "unknown")


def _kubelet_names(path: str) -> tuple[str, str, str] | None:
    """Namespace, pod and container of a path of the kubelet's, else None."""
    if not path.isprintable():  # no name of Kubernetes is like that: somebody planted it
        return None
    if found := _PODS.search(path):
        return found[1], found[2], found[4]
    name = without_rotation(path.rpartition("/")[2])
    found = _CONTAINERS.fullmatch(name)
    if found is None:
        return None
    pod, space, rest = found.groups()
    if _CONTAINER_ID.search(rest):
        return space, pod, rest[:-65]
    if len(name) == _CUT_AT:
        return space, pod, _CUT_ID.sub("", rest)
    return None


class DocumentNames(NamedTuple):
    """The fields of a Filebeat document that say who wrote it; empty where they are missing or of a wrong type."""

    path: str = ""
    namespace: str = ""
    pod: str = ""
    container: str = ""
    node: str = ""
    image: str = ""
    template_hash: str = ""
    owner: str = ""
    """Name of the deployment, stateful set, daemon set or cron job."""
    job: str = ""
    replicaset: str = ""


def origin_of_document(names: DocumentNames, file: Origin) -> Origin:
    """The origin that a document's metadata tells; what is missing, field by field, from `log.file.path`.

    `file` is the origin of the file in which the documents stand, for those that tell nothing.
    """
    path = origin_of_path(names.path, file.namespace) if names.path else file
    pod = names.pod or path.pod
    workload, revision = _owner_of_document(names, pod)
    return Origin(
        namespace=names.namespace or path.namespace,
        workload=workload or path.workload,
        pod=pod,
        container=names.container or path.container,
        node=names.node,
        image=names.image,
        revision=revision,
    )


def _owner_of_document(names: DocumentNames, pod: str) -> Owner:
    by_name = owner_of_pod(pod) if pod else Owner("", "")
    revision = names.template_hash
    if names.replicaset:
        workload, _, hash_part = names.replicaset.rpartition("-")
        if not revision and _HASH.fullmatch(hash_part):
            revision = hash_part
        replica_owner = workload if hash_part and hash_part in (revision, by_name.revision) else names.replicaset
    else:
        replica_owner = ""
    revision = revision or by_name.revision
    if names.owner:
        return Owner(names.owner, revision)
    if names.job:
        return Owner(_of_cron_job(names.job), revision)
    if replica_owner:
        return Owner(replica_owner, revision)
    if revision and (at := pod.rfind(f"-{revision}-")) > 0:
        return Owner(pod[:at], revision)
    if names.node and pod.endswith(f"-{names.node}"):
        return Owner(pod.removesuffix(f"-{names.node}"), revision)
    return Owner(by_name.workload, revision)
