"""A real Kubernetes API server with its etcd, for what no schema says: limits, references, rights, admission.

There are no nodes and no controllers: it takes objects and keeps them, and nothing comes of them.
https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
"""

from __future__ import annotations

import re
import secrets
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import trustme

from tests.kubernetes import tools
from tests.kubernetes.golang import folder, run_go
from tests.servers.artifacts import Failures, alone
from tests.servers.leash import Leashed, free_ports
from tests.servers.program import installed

STAGING = f"v0.{tools.KUBERNETES.split('.', 1)[1]}"
"""Of the modules that are developed in Kubernetes' own repository, and published beside it."""
UP_WITHIN = 120
"""Seconds; it takes 5 where nothing else keeps the machine busy."""
_failures = Failures()


class Etcd(Leashed):
    """What the API server keeps everything in."""

    name = "etcd"

    def __init__(self) -> None:
        super().__init__()
        self._ports = free_ports("clients", "peers")

    @property
    def url(self) -> str:
        """Where it listens, to anybody on this machine."""
        return f"http://127.0.0.1:{self._ports['clients']}"

    def start(self) -> None:
        """Start it. Raises `MissingError`."""
        program = installed("etcd", package="etcd-server")
        self._folder = Path(tempfile.mkdtemp(prefix="etcd-"))
        peers = f"http://127.0.0.1:{self._ports['peers']}"
        self._run(
            [
                *(program, "--data-dir=data", "--unsafe-no-fsync", "--log-level=error"),
                *(f"--listen-client-urls={self.url}", f"--advertise-client-urls={self.url}"),
                *(f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}"),
                f"--initial-cluster=default={peers}",
            ]
        )

    def wait(self) -> None:
        """Nothing: the API server waits for it."""


class ApiServer(Leashed):
    """The server, with rights as a cluster has them (RBAC); `token` is one of somebody who may do everything."""

    name = "the API server"

    def __init__(self) -> None:
        super().__init__()
        self._etcd = Etcd()
        self._port = free_ports("https")["https"]
        self.token = secrets.token_hex(16)
        self.trust = ssl.create_default_context()

    @property
    def url(self) -> str:
        """Where it listens, with TLS: `https://127.0.0.1:34567`."""
        return f"https://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it with its etcd. Raises `MissingError`."""
        program = build()
        self._etcd.start()
        self._folder = Path(tempfile.mkdtemp(prefix="apiserver-"))
        self._configure()
        self._run(
            [
                *(program, f"--etcd-servers={self._etcd.url}"),
                *("--bind-address=127.0.0.1", f"--secure-port={self._port}", "--advertise-address=127.0.0.1"),
                *("--tls-cert-file=server.crt", "--tls-private-key-file=server.key", "--cert-dir=."),
                *("--authorization-mode=RBAC", "--token-auth-file=tokens.csv", "--anonymous-auth=false"),
                "--service-account-issuer=https://kubernetes.default.svc",
                *("--service-account-key-file=server.key", "--service-account-signing-key-file=server.key"),
                *("--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged", "--profiling=false"),
            ]
        )

    def wait(self) -> None:
        """Until it is ready; raises `RuntimeError` with the end of its log where it isn't."""
        until = time.monotonic() + UP_WITHIN
        asks = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {self.token}"})
        while time.monotonic() < until:
            self._refuse_ended()
            try:
                with urllib.request.urlopen(asks, timeout=5, context=self.trust):
                    return
            except (OSError, urllib.error.HTTPError):
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} wasn't ready within {UP_WITHIN} s.\n{self.log}")

    def close(self) -> None:
        """End it and its etcd, and remove what they wrote."""
        super().close()
        self._etcd.close()

    def _configure(self) -> None:
        authority = trustme.CA()
        authority.configure_trust(self.trust)
        server = authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA)
        server.private_key_pem.write_to_path(self.folder / "server.key")
        (self.folder / "server.crt").write_bytes(b"".join(pem.bytes() for pem in server.cert_chain_pems))
        (self.folder / "tokens.csv").write_text(f'{self.token},tests,tests,"system:masters"\n')


def build() -> Path:
    """The program, built once, which takes 400 s of one processor. Raises `MissingError`."""
    installed("etcd", package="etcd-server")
    built = folder() / f"kube-apiserver-{tools.KUBERNETES}"
    with alone(built), _failures.remembered(built):
        if not built.is_file():
            with tempfile.TemporaryDirectory(dir=folder()) as temporary:
                made = Path(temporary, "kube-apiserver")
                _build(tools.KUBERNETES_SOURCE.source(), Path(temporary), made)
                made.replace(built)
    return built


def _build(source: Path, place: Path, into: Path) -> None:
    """In a module that takes the staging modules as published: the folders that Kubernetes' own names aren't in it."""
    asked = (source / "go.mod").read_text("utf-8")
    asked = re.sub(r"=> \./staging/src/(\S+)", rf"=> \1 {STAGING}", asked)
    asked = re.sub(r"^module .*", "module drainwatch.tests/apiserver", asked, flags=re.MULTILINE)
    (place / "go.mod").write_text(f"{asked}\nrequire {tools.KUBERNETES_SOURCE.path} v{tools.KUBERNETES}\n")
    (place / "go.sum").write_bytes((source / "go.sum").read_bytes())
    run_go(
        *("build", "-mod=mod", f"-ldflags={' '.join(_flags())}", "-o", str(into)),
        f"{tools.KUBERNETES_SOURCE.path}/cmd/kube-apiserver",
        gets="kube-apiserver",
        at=place,
    )


def _flags() -> Sequence[str]:
    """Small, and of a version that it knows."""
    major, minor, _ = tools.KUBERNETES.split(".")
    version = {"gitVersion": f"v{tools.KUBERNETES}", "gitMajor": major, "gitMinor": minor}
    return ("-s", "-w", *(f"-X=k8s.io/component-base/version.{name}={value}" for name, value in version.items()))
