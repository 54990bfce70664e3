"""The certificates between Filebeat and Logstash."""

from __future__ import annotations

from tests.helm.stack.manifests import HELM_VALUES, of_kind
from tests.kubernetes.manifests import load, one

DOCUMENTS = load(HELM_VALUES / "cert-manager" / "certificates.yaml")


def test_each_is_signed_by_an_issuer_that_is_there() -> None:
    issuers = of_kind(DOCUMENTS, "Issuer")
    for certificate in of_kind(DOCUMENTS, "Certificate").values():
        assert certificate["spec"]["issuerRef"]["name"] in issuers
    assert issuers["logging-ca"]["spec"]["ca"]["secretName"] == "logging-ca"
    assert one(DOCUMENTS, "Certificate", "logging-ca")["spec"]["isCA"]


def test_logstash_can_read_its_key_and_is_called_as_filebeat_calls_it() -> None:
    spec = one(DOCUMENTS, "Certificate", "logstash-beats-tls")["spec"]
    assert spec["privateKey"]["encoding"] == "PKCS8"
    assert "server auth" in spec["usages"]
    assert "logstash-ls-beats" in spec["dnsNames"]
    assert "logstash-ls-beats.logging.svc" in spec["dnsNames"]


def test_filebeats_is_a_clients() -> None:
    assert "client auth" in one(DOCUMENTS, "Certificate", "filebeat-tls")["spec"]["usages"]


def test_there_is_a_quarter_of_a_year_to_take_a_new_one_up() -> None:
    for certificate in of_kind(DOCUMENTS, "Certificate").values():
        spec = certificate["spec"]
        duration, before = (int(spec[name].removesuffix("h")) for name in ("duration", "renewBefore"))
        assert 90 * 24 <= before <= duration / 2
