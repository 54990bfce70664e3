"""The servers that tests run on are what they claim to be."""

from __future__ import annotations

import ssl

import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from tests.servers.access import USERS, spoken
from tests.servers.elasticsearch import Server
from tests.servers.names import fresh_prefix, remove


def client_of(server: Server, user: str) -> Elasticsearch:
    connection = server.connection(user)
    return Elasticsearch(
        list(connection.hosts), ca_certs=connection.ca_file, basic_auth=(connection.username, connection.password)
    )


def test_it_is_the_version_it_says(elasticsearch: Server) -> None:
    (node,) = elasticsearch.client.nodes.info(node_id="_local")["nodes"].values()
    assert node["version"] == elasticsearch.version


def test_its_certificate_is_vouched_for_by_the_authority(elasticsearch: Server) -> None:
    assert elasticsearch.url.startswith("https://")
    trusted = ssl.create_default_context(cafile=str(elasticsearch.ca_file))
    assert len(trusted.get_ca_certs()) == 1


def test_it_speaks_nothing_older_than_tls_1_3(elasticsearch: Server) -> None:
    address = elasticsearch.url.removeprefix("https://")
    assert spoken(address, elasticsearch.ca_file, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        spoken(address, elasticsearch.ca_file, ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize("user", [user for user in USERS if user != "superuser"])
def test_each_user_has_the_roles_that_are_its_own_and_no_more(elasticsearch: Server, user: str) -> None:
    with client_of(elasticsearch, user) as client:
        told = client.security.authenticate()
        assert (told["username"], told["roles"]) == (user, list(USERS[user]))
        with pytest.raises(AuthorizationException):
            client.index(index="secrets", document={"of": "others"})


def test_what_a_test_made_is_gone_after_it(elasticsearch: Server) -> None:
    client, prefix = elasticsearch.client, fresh_prefix()
    client.cluster.put_component_template(name=f"{prefix}-lifecycle", template={"settings": {}})
    client.indices.put_index_template(
        name=f"{prefix}-counts", index_patterns=[f"{prefix}-*"], composed_of=[f"{prefix}-lifecycle"], priority=500
    )
    client.indices.create(index=f"{prefix}-counts")
    client.indices.create(index=f".{prefix}", settings={"hidden": True})
    remove(client, prefix)
    assert not client.indices.get(index=f"*{prefix}*", expand_wildcards="all")
    assert not client.indices.exists_index_template(name=f"{prefix}-counts")
    assert not client.cluster.exists_component_template(name=f"{prefix}-lifecycle")


def test_a_viewer_of_one_namespace_sees_that_one(elasticsearch: Server, prefix: str) -> None:
    index = f"{prefix}-anomalies-2026.01.01"
    elasticsearch.client.indices.create(
        index=index, mappings={"properties": {"kubernetes": {"properties": {"namespace": {"type": "keyword"}}}}}
    )
    for namespace in ("shop", "payments"):
        elasticsearch.client.index(index=index, document={"kubernetes": {"namespace": namespace}}, refresh=True)
    with client_of(elasticsearch, "viewer-of-shop") as client:
        (seen,) = client.search(index=index)["hits"]["hits"]
    assert seen["_source"] == {"kubernetes": {"namespace": "shop"}}
