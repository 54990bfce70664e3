"""Sessions: what one request, job or block logged, judged as a whole.

A session is a sequence of templates with times. Detectors here are fitted on sessions and say how rare the rarest trait
of a session is; a new one is one file with `SessionDetector`'s methods and one line in `model.DETECTORS`.
"""

from __future__ import annotations

from detector.models.sessions.model import SessionModel as SessionModel
from detector.models.sessions.shape import Sessions as Sessions
from detector.models.sessions.trait import SessionDetector as SessionDetector
from detector.models.sessions.trait import Trait as Trait
from detector.models.sessions.trait import TraitKind as TraitKind
