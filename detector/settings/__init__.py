"""Every setting with its default (`model`), and reading them from flags, environment and file (`load`)."""

from detector.settings.model import (
    DetectionSettings,
    ElasticsearchSettings,
    IngestSettings,
    ParsingSettings,
    ServiceSettings,
    Settings,
    StoreSettings,
    micros,
)

__all__ = [
    "DetectionSettings",
    "ElasticsearchSettings",
    "IngestSettings",
    "ParsingSettings",
    "ServiceSettings",
    "Settings",
    "StoreSettings",
    "micros",
]
