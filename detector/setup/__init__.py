"""Brings a cluster to what drainwatch needs: templates, policies and roles, shown before they are applied."""

from __future__ import annotations

from detector.setup.plan import Action as Action
from detector.setup.plan import Step as Step
from detector.setup.plan import apply as apply
from detector.setup.plan import plan as plan
from detector.setup.wanted import Choices as Choices
from detector.setup.wanted import Kind as Kind
from detector.setup.wanted import Part as Part
from detector.setup.wanted import Wanted as Wanted
from detector.setup.wanted import role_name as role_name
from detector.setup.wanted import roles as roles
from detector.setup.wanted import wanted as wanted
