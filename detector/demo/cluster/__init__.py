"""The demo's cluster: four namespaces that log as unlike as real ones do."""

from __future__ import annotations

from detector.demo.cluster.media import MEDIA
from detector.demo.cluster.payments import PAYMENTS
from detector.demo.cluster.platform import PLATFORM
from detector.demo.cluster.shop import SHOP
from detector.demo.model import Cluster

CLUSTER: Cluster = (SHOP, PAYMENTS, PLATFORM, MEDIA)
