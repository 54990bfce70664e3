"""Who may talk to whom by a set of NetworkPolicies, as Kubernetes' reference says.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from tests.kubernetes.manifests import Document


@dataclass(frozen=True, slots=True)
class Place:
    """A pod by its labels and its namespace's name, or something outside of the cluster by its address."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


def may_reach(policies: Sequence[Document], source: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
    """Whether the policies let `source` open a connection to that port of `target`: both sides have to agree."""
    out = _allowed(policies, source, target, port, protocol, "Egress", "egress", "to")
    into = _allowed(policies, target, source, port, protocol, "Ingress", "ingress", "from")
    return out and into


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector finds something with these labels; an empty one finds everything."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for wish in selector.get("matchExpressions", ()):
        assert wish["operator"] == "In", "the only one that is used"
        if labels.get(wish["key"]) not in wish["values"]:
            return False
    return True


def _allowed(
    policies: Sequence[Document],
    pod: Place,
    peer: Place,
    port: int,
    protocol: str,
    kind: str,
    rules: str,
    peers: str,
) -> bool:
    if pod.address:
        return True
    holding = [
        policy["spec"]
        for policy in policies
        if policy["metadata"]["namespace"] == pod.namespace
        and kind in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], pod.labels)
    ]
    return not holding or any(
        any(one["port"] == port and one["protocol"] == protocol for one in rule["ports"])
        and any(_is(one, pod.namespace, peer) for one in rule[peers])
        for spec in holding
        for rule in spec.get(rules) or ()
    )


def _is(one: Mapping[str, Any], home: str, peer: Place) -> bool:
    if "ipBlock" in one:
        block = one["ipBlock"]
        if not peer.address or ip_address(peer.address) not in ip_network(block["cidr"]):
            return False
        return not any(ip_address(peer.address) in ip_network(left_out) for left_out in block.get("except", ()))
    if peer.address:
        return False
    if "namespaceSelector" in one:
        if not selects(one["namespaceSelector"], {"kubernetes.io/metadata.name": peer.namespace}):
            return False
    elif peer.namespace != home:
        return False
    return selects(one.get("podSelector", {}), peer.labels)
