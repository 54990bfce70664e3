"""What Prometheus is told of alerts, and of what became of messages."""

from __future__ import annotations

from starlette.testclient import TestClient

from detector.alerts.delivery import ChannelCount
from detector.api.live import LiveStatus
from detector.outputs.outbox import Figures
from detector.store.port import ALERTS, PassResult
from detector.store.sqlite import SqliteStore
from tests.api.metrics.test_measured import values
from tests.store.alerts import alert
from tests.store.shop import minute


def test_open_alerts_by_severity(api: TestClient, store: SqliteStore) -> None:
    scope = store.scope(ALERTS)
    scope.commit(PassResult(None, alerts=[alert(1), alert(2, score=30.0), alert(3, resolved=5)]))
    assert values(api.get("/metrics").text, "drainwatch_open_alerts") == {
        ("warning",): 0,
        ("minor",): 1,
        ("major",): 0,
        ("critical",): 1,
    }
    scope.close()


def test_what_is_done_beside_detection_and_whether_it_fails(api: TestClient, live: LiveStatus) -> None:
    live.tasks = lambda: {"alerts": True, "heartbeat": False}
    assert values(api.get("/metrics").text, "drainwatch_task_failing") == {("alerts",): 1, ("heartbeat",): 0}


def test_scores_of_metrics_by_namespace(api: TestClient, live: LiveStatus) -> None:
    live.metric_scores = lambda: {"shop": 41.0}
    assert values(api.get("/metrics").text, "drainwatch_metrics_score") == {("shop",): 41.0}


def test_channels_by_their_names(api: TestClient, live: LiveStatus) -> None:
    live.channels = lambda: {
        "ops": ChannelCount("slack", sent=5, failed=1, refused=2, last_success=minute(9)),
        "mail": ChannelCount("email"),
    }
    text = api.get("/metrics").text
    assert values(text, "drainwatch_notifications_sent_total") == {("ops",): 5, ("mail",): 0}
    assert values(text, "drainwatch_notifications_failed_total") == {("ops",): 1, ("mail",): 0}
    assert values(text, "drainwatch_notifications_refused_total") == {("ops",): 2, ("mail",): 0}
    assert values(text, "drainwatch_last_notification_timestamp_seconds") == {("ops",): minute(9) / 1e6}


def test_outputs_by_their_names(api: TestClient, live: LiveStatus) -> None:
    live.outputs = lambda: [Figures("kafka", waiting=3, sent=5, failed=1, given_up=2)]
    text = api.get("/metrics").text
    assert values(text, "drainwatch_outbox_messages_waiting") == {("kafka",): 3}
    assert values(text, "drainwatch_outbox_messages_sent_total") == {("kafka",): 5}
    assert values(text, "drainwatch_outbox_attempts_failed_total") == {("kafka",): 1}
    assert values(text, "drainwatch_outbox_messages_given_up_total") == {("kafka",): 2}
