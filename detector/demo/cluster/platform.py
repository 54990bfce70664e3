"""The platform: an ingress gateway, a controller that speaks klog, a cron job with a heavy run at night."""

from __future__ import annotations

from detector.demo.model import Journey, Namespace, Routine, Service, Statement, Step, Trouble

_CONTROLLER = Service(
    workload="controller",
    container="manager",
    image="registry.example.com/platform/controller",
    form="klog",
    startup=(
        Statement("info", "main.go:64", "Starting controller version={version}"),
        Statement("info", "leaderelection.go:257", "Successfully acquired lease platform/controller"),
        Statement("info", "shared_informer.go:320", "Caches are synced for quota"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error",
            "reflector.go:166",
            'Unhandled error: failed to list *v1.Quota: Get "https://{peer}:443/apis": dial tcp: connection refused',
        ),
        error=Statement("error", "reconcile.go:131", "Reconciling quota of team {product} failed: object was modified"),
        retry=Statement("warning", "queue.go:88", "Requeueing team {product}, attempt {few}"),
        timeout=Statement("warning", "client.go:203", "Waited {seconds}s due to client-side throttling"),
        panic=Statement(
            "critical",
            "main.go:71",
            "unable to create controller: no matches for kind Quota in version platform/v2",
            ("goroutine 1 [running]:", "main.main()", "\t/workspace/main.go:71 +0x5a5"),
        ),
    ),
)

_INGRESS = Service(
    workload="ingress",
    container="envoy",
    image="registry.example.com/platform/ingress",
    form="envoy",
    replicas=2,
    startup=(
        Statement("info", "main", "initializing epoch 0 (base id=0, hot restart version=11.104)"),
        Statement("info", "upstream", "cm init: all clusters initialized"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error", "", '"GET /api/{product} HTTP/2" 503 UF,URX "-" 0 145 {few} - "{client}" "{agent}" "{payment}"'
        ),
        error=Statement(
            "error", "", '"POST /api/upload HTTP/2" 500 - "-" {bytes} 21 {ms} {ms} "{client}" "{agent}" "{payment}"'
        ),
        retry=Statement("warning", "router", "upstream reset before response started, retrying ({few})"),
        timeout=Statement(
            "error", "", '"GET /api/report HTTP/2" 504 UT "-" 0 24 15000 - "{client}" "{agent}" "{payment}"'
        ),
        panic=Statement("critical", "main", "error initializing configuration: listener http has no filter chain"),
    ),
)

_CLEANUP = Service(
    workload="cleanup",
    container="cleanup",
    image="registry.example.com/platform/cleanup",
    form="shell",
    kind="cronjob",
    startup=(),
    trouble=Trouble(
        refused=Statement("error", "cleanup", "bucket {product} can't be reached: connection refused"),
        error=Statement("error", "cleanup", "object {sha} could not be removed"),
        retry=Statement("warning", "cleanup", "bucket {product} is busy, trying again"),
        timeout=Statement("warning", "cleanup", "listing bucket {product} timed out after 30 s"),
        panic=Statement("critical", "cleanup", "environment variable BUCKETS is empty, stopping"),
    ),
)


def _call(route: str, status: int) -> Statement:
    return Statement(
        "info", "", f'"{route} HTTP/2" {status} - "-" 0 {{bytes}} {{ms}} {{ms}} "{{client}}" "{{agent}}" "{{payment}}"'
    )


PLATFORM = Namespace(
    name="platform",
    services=(_CONTROLLER, _INGRESS, _CLEANUP),
    night=0.5,
    journeys=(
        Journey("read", 75, (Step("ingress", _call("GET /api/{product}/{n}", 200), 20),)),
        Journey("write", 17.5, (Step("ingress", _call("POST /api/{product}", 201), 35),)),
        Journey("miss", 5, (Step("ingress", _call("GET /api/{product}/{n}", 404), 8),)),
        Journey(
            "quota",
            10,
            (
                Step(
                    "controller",
                    Statement("info", "reconcile.go:92", "Reconciling quota team={product} used={percent}%"),
                    1,
                ),
                Step("controller", Statement("info", "reconcile.go:118", "Quota of team {product} is in order"), 25),
                Step(
                    "controller",
                    Statement("warning", "reconcile.go:104", "Team {product} uses {percent}% of its quota"),
                    20,
                    0.05,
                ),
            ),
        ),
    ),
    routines=(
        Routine(
            "controller",
            (Statement("info", "leaderelection.go:281", "Successfully renewed lease platform/controller"),),
            20,
        ),
        Routine(
            "cleanup",
            (
                Statement("info", "cleanup", "start, looking at {few} buckets"),
                *(Statement("info", "cleanup", "removed {n} objects from bucket {product}, {bytes} bytes"),) * 4,
                Statement("info", "cleanup", "done in {seconds} s"),
            ),
            900,
            nightly=12,
        ),
    ),
)
