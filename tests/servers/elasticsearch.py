"""A real Elasticsearch of a test session's own, with TLS and users whose roles are ours.

It is the build that Elastic publishes for its own integration tests, with the core and security modules only.
https://www.elastic.co/docs/deploy-manage/deploy/self-managed/important-settings-configuration
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import ssl
import tempfile
import time
import urllib.request
import zipfile
from functools import cached_property
from pathlib import Path

from elasticsearch import Elasticsearch

from ingest.elasticsearch.settings import Connection
from tests.servers.access import PASSWORD, write_certificates, write_users
from tests.servers.artifacts import alone, artifact, cache
from tests.servers.java import jdk
from tests.servers.leash import Leashed

GROUP, NAME = "org.elasticsearch.distribution.integ-test-zip", "elasticsearch"
PINNED = {
    "9.5.3": "bec49f3b8d00e75c8d1cec85c35298635ec9fbd3ae80ef5aeb6bc05abdb3db2d",
    "8.19.21": "215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a",
}
"""The versions that tests run on, and the SHA-256 of their zip files."""
NEWEST = "9.5.3"
JAVA = {"9": 21, "8": 17}
"""The oldest Java that a major version runs on."""
NOBODY = 65_534
"""Elasticsearch refuses to run as root: then it runs as this user."""
UP_WITHIN = 180
"""Seconds; it takes 10 to 25 where nothing else keeps the machine busy."""
HEAP = "512m"
MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that have to be free there; a server writes 100 MB or so, and several may run."""


class Server(Leashed):
    """An Elasticsearch process with configuration, data and logs in a temporary folder.

    `start` and `wait` raise `MissingError` where something has to be installed first.
    """

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version, self.name = version, f"Elasticsearch {version}"
        self._port = 0

    @property
    def url(self) -> str:
        """Its address: `https://localhost:34567`, the same after a restart."""
        return f"https://localhost:{self._port}"

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that vouches for it."""
        return self.folder / "config" / "ca.crt"

    def connection(self, user: str = "superuser") -> Connection:
        """How one of the users in `tests.servers.access` reaches it."""
        return Connection(hosts=(self.url,), ca_file=str(self.ca_file), username=user, password=PASSWORD)

    @cached_property
    def client(self) -> Elasticsearch:
        """A client that may do everything; closed with the server."""
        return Elasticsearch(
            self.url,
            ca_certs=str(self.ca_file),
            basic_auth=("superuser", PASSWORD),
            request_timeout=60,
            retry_on_timeout=True,
        )

    def start(self) -> None:
        """Start it, or start it again, and don't wait."""
        java, home = prepare(self.version)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="elasticsearch-", dir=_in_memory()))
            self._configure(home)
        if (self.folder / "program").exists():
            home = self.folder / "program"
        (self.folder / "logs" / "http.ports").unlink(missing_ok=True)
        environ = {
            "PATH": os.environ.get("PATH", ""),
            "ES_JAVA_HOME": str(java),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP} -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch",
            "ES_TMPDIR": str(self.folder / "tmp"),
        }
        user = NOBODY if os.geteuid() == 0 else None
        self._run([home / "bin" / "elasticsearch"], environ, user)

    def wait(self) -> None:
        """Until it answers; raises `RuntimeError` with the end of its log where it doesn't."""
        until = time.monotonic() + UP_WITHIN
        while time.monotonic() < until:
            self._refuse_ended()
            if self._answers():
                return
            time.sleep(0.2)
        raise RuntimeError(f"{self.name} didn't answer within {UP_WITHIN} s.\n{self.log}")

    def close(self) -> None:
        """End it and remove what it wrote."""
        if "client" in self.__dict__:
            self.client.close()
        super().close()

    def _configure(self, home: Path) -> None:
        config = self.folder / "config"
        shutil.copytree(home / "config", config)
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir()
        write_certificates(config)
        write_users(config)
        self._write_settings()
        if os.geteuid() == 0:
            if not _all_may_enter(home):
                shutil.copytree(home, self.folder / "program")
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)

    def _write_settings(self) -> None:
        settings = {
            "cluster.name": f"tests-{self.version}",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self._port,
            "transport.port": 0,
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "node.portsfile": True,
            "xpack.license.self_generated.type": "trial",
            "xpack.security.enabled": True,
            "xpack.security.autoconfiguration.enabled": False,
            "xpack.security.http.ssl.enabled": True,
            "xpack.security.http.ssl.certificate": "http.crt",
            "xpack.security.http.ssl.key": "http.key",
            # As helm-values/ has it: so drainwatch is seen to need no older one.
            "xpack.security.http.ssl.supported_protocols": ["TLSv1.3"],
            "xpack.security.authc.realms.file.tests.order": 0,
            # What else is on the disk is none of the tests' business.
            "cluster.routing.allocation.disk.threshold_enabled": False,
            # The look at the disk lifts blocks, too, also those that a test made to see what is said of them.
            "cluster.info.update.interval": "1h",
        }
        text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
        (self.folder / "config" / "elasticsearch.yml").write_text(text)

    def _answers(self) -> bool:
        try:
            if not self._port:
                ports = (self.folder / "logs" / "http.ports").read_text().splitlines()
                self._port = int(next(line for line in ports if line.startswith("127.0.0.1")).rpartition(":")[2])
                self._write_settings()  # the same one after a restart
            request = urllib.request.Request(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s")
            request.add_header("Authorization", _basic("superuser"))
            trusted = ssl.create_default_context(cafile=str(self.ca_file))
            with urllib.request.urlopen(request, timeout=5, context=trusted) as answer:
                return bool(answer.status == 200)
        except (OSError, StopIteration, ValueError):
            return False


def prepare(version: str) -> tuple[Path, Path]:
    """The homes of the Java and of the Elasticsearch that will run; downloads the latter where need be.

    Raises `MissingError` where something has to be installed first.
    """
    return jdk(JAVA[version.partition(".")[0]]), _unpacked(version)


def _in_memory() -> Path | None:
    """A folder that is no disk, where there is one with room: a server waits for its disk at nearly every request.

    None for where temporary files are otherwise. What it has written outlives being killed there, too.
    """
    try:
        free = os.statvfs(MEMORY)
    except OSError:
        return None
    runs_programs = not free.f_flag & os.ST_NOEXEC  # it unpacks a library there
    return MEMORY if runs_programs and free.f_bavail * free.f_frsize >= ROOM and os.access(MEMORY, os.W_OK) else None


def _basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()


def _unpacked(version: str) -> Path:
    """The folder of the program, unpacked once."""
    home = cache() / f"elasticsearch-{version}"
    with alone(home):
        if not home.is_dir():
            packed = artifact(GROUP, NAME, version, "zip", PINNED[version])
            with tempfile.TemporaryDirectory(dir=cache()) as folder, zipfile.ZipFile(packed) as archive:
                archive.extractall(folder)
                unpacked = Path(folder) / home.name
                for path in [unpacked, *unpacked.rglob("*")]:
                    path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
                unpacked.rename(home)
    return home


def _all_may_enter(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in [folder, *folder.parents])
