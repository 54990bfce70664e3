"""All detectors by name: a new one is a file and a line here, and has its tests by that (`tests/models`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from detector.models.autoencoder import Autoencoder
from detector.models.components import Components
from detector.models.forest import DerivedForest
from detector.models.halfspace import HalfSpace
from detector.models.invariants import Invariants
from detector.models.one_class import OneClass
from detector.models.port import Detector
from detector.models.textbook import LogForest, RawForest

DETECTORS: Mapping[str, type[Detector]] = MappingProxyType(
    {
        "forest": DerivedForest,
        "forest_raw": RawForest,
        "forest_log": LogForest,
        "components": Components,
        "one_class": OneClass,
        "autoencoder": Autoencoder,
        "half_space": HalfSpace,
        "invariants": Invariants,
    }
)
"""By the name under which scores, tables and pictures show them."""
