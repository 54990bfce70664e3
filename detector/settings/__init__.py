"""Every setting with its default (`model`), and reading them from flags, environment and file (`load`)."""

from detector.settings.kafka import KafkaSettings
from detector.settings.kinds import micros
from detector.settings.model import (
    DetectionSettings,
    ElasticsearchSettings,
    IngestSettings,
    ParsingSettings,
    ServiceSettings,
    Settings,
    StoreSettings,
)
from detector.settings.prometheus import PrometheusSettings

__all__ = [
    "DetectionSettings",
    "ElasticsearchSettings",
    "IngestSettings",
    "KafkaSettings",
    "ParsingSettings",
    "PrometheusSettings",
    "ServiceSettings",
    "Settings",
    "StoreSettings",
    "micros",
]
