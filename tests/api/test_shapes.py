from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import BaseModel

from detector.api import alert_examples, examples, volume_examples
from detector.api.alert_shapes import AlertDetailOut, AlertOut
from detector.api.change_shapes import ChangedOut, ChangeOut, DifferenceOut
from detector.api.event_shapes import EVENT, EventOut
from detector.api.feedback_shapes import FeedbackOut, SuggestionOut
from detector.api.related_shapes import RELATED, RelatedIncidentsOut
from detector.api.series_shapes import CountsOut, ScoresOut
from detector.api.service_shapes import ProblemOut, StatusOut
from detector.api.setting_shapes import SETTING, SETTINGS, SettingOut, SettingsOut
from detector.api.shapes import (
    AnomalyOut,
    IncidentDetailOut,
    IncidentOut,
    NamespaceOut,
    ReasonOut,
)
from detector.api.silence_shapes import SilenceOut
from detector.api.status_example import STATUS
from detector.api.template_shapes import TemplateOut, TemplatesOut
from detector.api.volume_shapes import DetectorsOut, LevelsOut, TrendsOut
from tests.store.shop import anomaly, incident, minute, reason, status, template

MINUTE = minute(1) - minute(0)


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        (ReasonOut, examples.REASON),
        (AnomalyOut, examples.ANOMALY),
        (IncidentOut, examples.INCIDENT),
        (IncidentDetailOut, examples.INCIDENT_DETAIL),
        (RelatedIncidentsOut, RELATED),
        (NamespaceOut, examples.NAMESPACE),
        (TemplateOut, examples.TEMPLATE),
        (TemplatesOut, examples.TEMPLATES),
        (ChangeOut, examples.CHANGE),
        (DifferenceOut, examples.DIFFERENCE),
        (ChangedOut, examples.CHANGED),
        (FeedbackOut, examples.FEEDBACK),
        (SuggestionOut, examples.SUGGESTION),
        (AlertOut, alert_examples.ALERT),
        (AlertDetailOut, alert_examples.ALERT_DETAIL),
        (SilenceOut, alert_examples.SILENCE),
        (CountsOut, examples.COUNTS),
        (ScoresOut, examples.SCORES),
        (LevelsOut, volume_examples.LEVELS),
        (TrendsOut, volume_examples.TRENDS),
        (DetectorsOut, volume_examples.DETECTORS),
        (StatusOut, STATUS),
        (EventOut, EVENT),
        (SettingsOut, SETTINGS),
        (SettingOut, SETTING),
        (ProblemOut, examples.PROBLEM),
    ],
)
def test_examples_are_what_the_api_would_answer(shape: type[BaseModel], shown: examples.Example) -> None:
    assert json.loads(shape.model_validate(shown).model_dump_json()) == shown


def test_an_incident_has_all_that_programs_rely_on() -> None:
    line = json.loads(IncidentOut.of(incident(3, 5)).model_dump_json(exclude={"links"}))
    assert {name: line[name] for name in ("namespace", "start", "end", "score", "severity")} == {
        "namespace": "shop",
        "start": "2026-11-21T07:03:00Z",
        "end": "2026-11-21T07:06:00Z",
        "score": 80.0,
        "severity": "critical",
    }
    (first,) = line["reasons"]
    wanted = ("template", "workload", "kind", "observed", "expected_low", "expected_high")
    assert [first[name] for name in wanted] == ["could not connect to <HOST>", "checkout", "new", 214, 0.0, 0.0]
    assert "links" not in line


@pytest.mark.parametrize(
    ("score", "severity"), [(0, "warning"), (24.999, "warning"), (25, "minor"), (74.9999, "major"), (75, "critical")]
)
def test_a_score_is_never_shown_as_one_of_another_severity(score: float, severity: str) -> None:
    shown = AnomalyOut.of(anomaly(3, score))
    assert shown.severity == severity
    assert shown.severity.of(shown.score) == severity


def test_links_lead_to_names_of_any_kind() -> None:
    shown = AnomalyOut.of(replace(anomaly(3, namespace="a/b?c=ü"), incident="x"))
    assert shown.links["namespace"] == "/api/v1/namespaces/a%2Fb%3Fc%3D%C3%BC"
    assert shown.links["incident"] == "/api/v1/incidents/x"


def test_a_namespace_that_still_learns_says_so_before_it_is_called_silent() -> None:
    assert NamespaceOut.of(status(), minute(10), MINUTE).state == "ready"
    assert NamespaceOut.of(status(), minute(10), MINUTE, silent=True).state == "silent"
    assert NamespaceOut.of(status(learning_until=60), minute(10), MINUTE, silent=True).state == "learning"


def test_numbers_are_short_and_times_of_samples_may_be_missing() -> None:
    shown = ReasonOut.of(replace(reason(), expected_low=1.23456, share=0.123456, first_seen=None))
    assert (shown.expected_low, shown.share, shown.first_seen) == (1.23, 0.1235, None)
    assert TemplateOut.of(template("paid", count=2)).last_seen == "2026-11-21T07:02:00Z"


def test_the_shares_of_an_incidents_reasons_are_shown_as_parts_of_a_whole() -> None:
    told = replace(incident(3, 5), reasons=(replace(reason(), share=0.9), replace(reason(), share=0.6)))

    assert [one.share for one in IncidentOut.of(told).reasons] == [0.6, 0.4]
