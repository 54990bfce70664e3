"""Media: a Node transcoder and the queue it works from; the only namespace on a Docker runtime."""

from __future__ import annotations

from detector.demo.model import Journey, Namespace, Routine, Service, Statement, Step, Trouble

_TRANSCODER = Service(
    workload="transcoder",
    container="worker",
    image="registry.example.com/media/transcoder",
    form="pino",
    replicas=2,
    startup=(
        Statement("info", "transcoder", "transcoder {version} up, {few} codecs found"),
        Statement("info", "transcoder", "waiting for jobs on queue videos"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error",
            "storage",
            "cannot upload {video}: object storage refused the connection",
            (
                "Error: connect ECONNREFUSED {peer}:9000",
                "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)",
                "    at async upload (/app/storage.js:71:5)",
            ),
        ),
        error=Statement("error", "ffmpeg", "job {video} failed: invalid data found at frame {many}"),
        retry=Statement("warning", "storage", "upload of {video} interrupted, attempt {few}"),
        timeout=Statement("warning", "storage", "upload of {video} still going after {slow} ms"),
        panic=Statement(
            "critical",
            "transcoder",
            "uncaught exception, stopping",
            ("TypeError: Cannot read properties of undefined (reading 'codec')", "    at main (/app/index.js:23:31)"),
        ),
    ),
)

_THUMBNAILER = Service(
    workload="thumbnailer",
    container="thumbnailer",
    image="registry.example.com/media/thumbnailer",
    form="zap",
    startup=(Statement("info", "thumbs/main.go:22", "thumbnailer {version} is serving"),),
    trouble=Trouble(
        refused=Statement("error", "thumbs/queue.go:51", 'queue refused the connection\t{{"peer": "{peer}"}}'),
        error=Statement("error", "thumbs/draw.go:84", "no key frame in {video}"),
        retry=Statement("warning", "thumbs/queue.go:60", "queue not ready, attempt {few}"),
        timeout=Statement("warning", "thumbs/draw.go:97", "drawing {video} took {slow} ms"),
        panic=Statement("critical", "thumbs/main.go:30", "no font found for captions"),
    ),
)

_QUEUE = Service(
    workload="queue",
    container="redis",
    image="registry.example.com/media/redis",
    form="redis",
    kind="statefulset",
    startup=(
        Statement("info", "", "Running mode=standalone, port=6379."),
        Statement("info", "", "Ready to accept connections tcp"),
    ),
    trouble=Trouble(
        refused=Statement("error", "", "Error accepting a client connection: Too many open files"),
        error=Statement(
            "error", "", "Client id={n} addr={client}:{port} closed for overcoming of output buffer limits"
        ),
        retry=Statement("warning", "", "Asynchronous AOF fsync is taking too long (attempt {few})"),
        timeout=Statement("warning", "", "Slow command BLPOP took {slow} ms"),
        panic=Statement("critical", "", "Bad file format reading the append only file: make a backup of your AOF file"),
    ),
)

MEDIA = Namespace(
    name="media",
    services=(_TRANSCODER, _THUMBNAILER, _QUEUE),
    runtime="docker",
    peak_hour=19.0,
    weekend=1.3,
    journeys=(
        Journey(
            "video",
            17.5,
            (
                Step("transcoder", Statement("info", "transcoder", "job {video} taken from queue after {ms} ms"), 5),
                Step("transcoder", Statement("debug", "ffmpeg", "probe of {video}: {many} frames, h264"), 60),
                Step("transcoder", Statement("debug", "ffmpeg", "segments of {video}: {blob}"), 90, 0.02),
                Step("transcoder", Statement("info", "ffmpeg", "{video} transcoded to 1080p in {seconds} s"), 2_300),
                Step("transcoder", Statement("info", "storage", "uploaded {video}, {bytes} kB"), 2_800),
                Step(
                    "thumbnailer",
                    Statement("info", "thumbs/draw.go:61", "drew {few} thumbnails of {video} in {ms}ms"),
                    3_100,
                ),
            ),
        ),
        Journey(
            "preview",
            35,
            (Step("thumbnailer", Statement("info", "thumbs/api.go:39", "preview of {video} served in {ms}ms"), 3),),
        ),
    ),
    routines=(
        Routine(
            "queue",
            (
                Statement("info", "", "{many} changes in 300 seconds. Saving..."),
                Statement("info", "", "Background saving started by pid {pid}"),
                Statement("info", "", "Background saving terminated with success"),
            ),
            300,
        ),
        Routine("transcoder", (Statement("debug", "transcoder", "heartbeat, {few} jobs running, load {score}"),), 30),
        Routine("thumbnailer", (Statement("info", "thumbs/cache.go:88", "evicted {n} thumbnails"),), 180),
    ),
)
