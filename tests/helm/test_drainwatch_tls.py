"""`service.tls` of the chart's values: the pod speaks HTTPS, and whoever asks it knows."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from pathlib import Path

import trustme

from tests.helm.drainwatch import PODS, made, pod_of, settings_of
from tests.kubernetes.manifests import one
from tests.servers.inbox import Inbox, Reply

SECRETS = "/run/secrets/drainwatch"


def test_the_pod_speaks_tls_of_its_own(tmp_path: Path) -> None:
    documents = made(service={"tls": {"secretName": "pod-tls"}}, metrics={"serviceMonitor": {"enabled": True}})
    service = settings_of(documents, tmp_path).service
    assert (service.tls_cert_file, service.tls_key_file, service.behind_proxy) == (
        Path(SECRETS, "service-tls/tls.crt"),
        Path(SECRETS, "service-tls/tls.key"),
        False,
    )
    (endpoint,) = one(documents, "ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["scheme"] == "https"
    assert endpoint["tlsConfig"]["ca"]["secret"] == {"name": "pod-tls", "key": "ca.crt"}
    pods = {made_["metadata"]["name"]: pod_of(made_) for made_ in documents if made_["kind"] in PODS}
    holding = {name for name, pod in pods.items() if any(v["name"] == "service-tls" for v in pod["volumes"])}
    assert holding == {name for name in pods if "setup" not in name}
    (detector,) = one(documents, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert {detector[f"{kind}Probe"]["httpGet"]["scheme"] for kind in ("liveness", "readiness", "startup")} == {"HTTPS"}


def test_with_a_proxy_that_knows_people_the_pod_may_speak_tls_too(tmp_path: Path) -> None:
    documents = made(service={"tls": {"secretName": "pod-tls"}}, config={"access": {"required": False}})
    assert settings_of(documents, tmp_path).service.behind_proxy


def test_the_test_of_the_release_asks_by_tls_and_trusts_what_the_pod_was_given(tmp_path: Path) -> None:
    """The command of the pod, as it is rendered, asks a server with a certificate for another name."""
    documents = made(service={"tls": {"secretName": "pod-tls"}})
    (asks,) = [d for d in documents if d["kind"] == "Pod" and d["metadata"]["name"].endswith("-test-answers")]
    command = pod_of(asks)["containers"][0]["command"]
    address = re.search(r"https://[^\"]+", command[-1])
    assert address is not None
    for trusted in (True, False):
        cert = trustme.CA().issue_cert("drainwatch.example.org")
        other = trustme.CA().issue_cert("drainwatch.example.org")
        cert.cert_chain_pems[0].write_to_path(tmp_path / "tls.crt")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (cert if trusted else other).configure_cert(context)
        with Inbox(lambda _: Reply(body=b"alive"), tls=context) as inbox:
            program = command[-1].replace(address[0], f"{inbox.address}/healthz")
            program = program.replace(f"{SECRETS}/service-tls/tls.crt", str(tmp_path / "tls.crt"))
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert ("alive" in done.stdout) is trusted, done.stderr
