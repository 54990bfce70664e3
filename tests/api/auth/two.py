"""Two namespaces in one store, `payments-zanzibar` and `public`: all that is of the first has words of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detector.access.principal import Right
from detector.access.tokens import ENTROPY, Wish, make
from detector.alert import Alert, AlertKind, Event, Silence, ToldTo
from detector.alerts.delivery import ChannelCount
from detector.api.live import LiveStatus, PartitionStatus
from detector.feedback import expected, mute
from detector.findings import Change, ChangeKind, Drift, Incident, ModelChoice, Reason, Severity
from detector.incidents import summarise
from detector.store.port import PassResult, Store
from ingest.source import Checkpoint, Progress
from tests.store.shop import anomaly, counts, incident, minute, model, reason, status, tally, template

SECRET, PUBLIC = "payments-zanzibar", "public"
WORDS = ("zanzibar", "vaultkeeper", "quetzal", "31337421", "66.66", "/secret/place")
"""In lower case; in everything that is of the first alone, or of the service as a whole."""
NOW = minute(60)


@dataclass(frozen=True)
class Known:
    """What a parameter or field may name, of one of them, or nothing that there is."""

    namespace: str
    workload: str
    template: str
    incident: str
    anomaly: str
    alert: str
    silence: str
    feedback: str
    version: str
    token: str = "a" * 16
    other: str = ""
    """The version before."""

    def named(self, parameter: str) -> str:
        """What a parameter of this name stands for; raises `KeyError` for one that nobody has thought of."""
        found: str = {**vars(self), "old": self.other, "new": self.version, "since": "2026-11-21T07:20:00Z"}[parameter]
        return found

    @property
    def all(self) -> list[str]:
        return [one for one in vars(self).values() if one]


def _incident(first: int, namespace: str, *reasons: Reason, change: Change | None = None) -> Incident:
    made = incident(first, first + 2, 66.66 if namespace == SECRET else 40.0, namespace)
    return replace(made, reasons=reasons, change=change, summary=summarise(namespace, made.start, reasons, change))


def _change(namespace: str, workload: str) -> Change:
    return Change(
        f"change-{workload}", namespace, workload, minute(29), ChangeKind.IMAGE, f"{workload}:1", f"{workload}:2"
    )


HIDDEN_REASON = replace(reason("quetzal-t"), template="quetzal lost", workload="vaultkeeper", samples=("quetzal 7",))
SHOWN_REASON = replace(reason("shown-t"), template="page not found", workload="site")
FALCO = replace(reason("falco-quetzal"), template="Falco: shell in quetzal", workload=f"{SECRET}/vaultkeeper")
BREACH = _incident(30, SECRET, HIDDEN_REASON, change=_change(SECRET, "vaultkeeper"))
OUTAGE = _incident(30, PUBLIC, FALCO, SHOWN_REASON, change=_change(PUBLIC, "site"))


def _alert(name: str, *members: Incident) -> Alert:
    worst = max(members, key=lambda one: one.score)
    names = tuple(one.namespace for one in members)
    told = (ToldTo("oncall", Event.SPREAD, Severity.MAJOR, names, minute(33)),)
    return Alert(
        name, AlertKind.INCIDENT, names, tuple(one.id for one in members), worst.start, worst.end, worst.score,
        f"{len(names)} namespaces at once; first of all {worst.summary}", minute(33), minute(33), None, told,
        "silenced until 14:00 UTC by quetzal",
    )  # fmt: skip


MUTED = replace(mute(SECRET, "quetzal", "quetzal again", minute(40), workload="vaultkeeper"), id="word-zanzibar")
SHUSHED = Silence(
    "hush-zanzibar", "payments-*", minute(1), minute(500), author="quetzal", note="quetzal moves", created=minute(1)
)
THEIRS = Known(
    SECRET, "vaultkeeper", "quetzal-t", BREACH.id, anomaly(30, namespace=SECRET).id, "alert-zanzibar", "hush-zanzibar",
    "word-zanzibar", "zanzibar-m2", other="zanzibar-m1",
)  # fmt: skip
OURS = Known(
    PUBLIC, "site", "shown-t", OUTAGE.id, anomaly(30, namespace=PUBLIC).id, "alert-shared", "hush-public",
    "word-public", "public-m2", other="public-m1",
)  # fmt: skip
NOBODYS = Known(
    "nothing-like-it", "no-workload", "no-template", "no-incident", "no-anomaly", "no-alert", "no-silence", "no-word",
    "no-model-2", "b" * 16, other="no-model-1",
)  # fmt: skip


def fill(store: Store) -> None:
    """Write both."""
    models = [
        replace(model(f"{name}-m{number}", space, 20 + number), drift=drift)
        for space, name, drift in (
            (SECRET, "zanzibar", (Drift("quetzal-t", "vaultkeeper", 0.6666, 0.1),)),
            (PUBLIC, "public", (Drift("falco-quetzal", f"{SECRET}/vaultkeeper", 0.5, 0.1),)),
        )
        for number in (1, 2)
    ]
    by_version = {one.version: one for one in models}
    store.commit(
        PassResult(
            minute(50),
            counts=[
                counts(at, space, **lines)
                for at in (0, 20, 25, 30, 35, 45)
                for space, lines in (
                    (SECRET, {"quetzal-t": 31337421}),
                    (PUBLIC, {"shown-t": 5, "falco-quetzal": 31337421}),
                )
            ],
            templates=[
                template("quetzal-t", SECRET, "vaultkeeper", 42, "quetzal <NUM> lost"),
                template("shown-t", PUBLIC, "site", 12, "page <NUM> not found"),
                template("falco-quetzal", PUBLIC, f"{SECRET}/vaultkeeper", 9, "Falco: shell in quetzal"),
            ],
            anomalies=[
                replace(anomaly(30, 66.66, SECRET, BREACH.id), reasons=(HIDDEN_REASON,)),
                replace(anomaly(30, 40.0, PUBLIC, OUTAGE.id), reasons=(FALCO, SHOWN_REASON), change=OUTAGE.change),
            ],
            incidents=[BREACH, OUTAGE],
            alerts=[_alert("alert-zanzibar", BREACH), _alert("alert-shared", BREACH, OUTAGE)],
            changes=[one.change for one in (BREACH, OUTAGE) if one.change] + [_change(PUBLIC, f"{SECRET}/vaultkeeper")],
            models=models,
            statuses=[
                replace(
                    status(SECRET, last=49),
                    lines=31337421,
                    unwell=("vaultkeeper: mask",),
                    model=by_version["zanzibar-m2"],
                ),
                replace(
                    status(PUBLIC, last=49),
                    unwell=(f"{SECRET}/vaultkeeper: mask quetzal", "site: mask"),
                    model=by_version["public-m2"],
                ),
            ],
            checkpoints={"/secret/place/quetzal.log": Checkpoint(100, 120, "dev1")},
            tally=tally(31337421),
        )
    )
    for word in (
        MUTED,
        replace(expected(BREACH, "quetzal", "quetzal", minute(41)), id="said-zanzibar"),
        replace(mute(PUBLIC, "ana", "noise", minute(40), workload="site"), id="word-public"),
        SHUSHED,
        Silence("hush-quetzal", "*", minute(1), minute(500), template="quetzal-t", note="quetzal", created=minute(1)),
        Silence("hush-public", PUBLIC, minute(1), minute(500), created=minute(1)),
        ModelChoice(SECRET, "zanzibar-m1", minute(42), "quetzal", "quetzal"),
        ModelChoice(PUBLIC, "public-m1", minute(42), "ana", ""),
    ):
        store.say(word)


def service() -> LiveStatus:
    """A service that has much to tell of itself."""
    live = LiveStatus("drain3", minute(-5), "live", Progress(31337421, 31337421), tally(31337421), minute(50), 12.5)
    live.error = "zanzibar can't be read."
    live.partitions = (PartitionStatus("zanzibar/3", 1, 2, None, "quetzal", "quetzal"),)
    live.notices = lambda: ("zanzibar waits to be told.",)
    live.channels = lambda: {"quetzal": ChannelCount(kind="slack")}
    live.metric_scores = lambda: {SECRET: 66.66, PUBLIC: 1.0}
    live.tasks = lambda: {"quetzal": True}
    return live


TOKENS = {
    "nobody": None,
    "a reader of another namespace": make(Wish("another", (PUBLIC,), Right.READ, None), "", minute(0), b"a" * ENTROPY),
    "a reader": make(Wish("reader", ("payments-*",), Right.READ, None), "", minute(0), b"b" * ENTROPY),
    "one with feedback": make(Wish("voice", ("payments-*",), Right.FEEDBACK, None), "", minute(0), b"c" * ENTROPY),
    "an admin": make(Wish("admin", (), Right.ADMIN, None), "", minute(0), b"d" * ENTROPY),
}
"""Who asks, with what they send."""
