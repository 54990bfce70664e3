"""Where the search begins: one of each kind, written by hand."""

from __future__ import annotations

import gzip
import json

_STAMP = b"2026-03-02T12:00:01.234567890Z"
_PATH = "/var/log/containers/web-7d9c5b6f4-x2x9p_shop_web-" + "a" * 64 + ".log"


def _lines(*lines: bytes) -> bytes:
    return b"\n".join(lines) + b"\n"


CRI = [
    _lines(_STAMP + b" stdout F INFO order 1 placed", _STAMP + b" stderr F   at a.B.c(B.java:1)"),
    _lines(_STAMP + b" stdout P half a ", _STAMP + b" stdout F line", b"torn"),
    _lines(
        b"2026-03-02T13:00:00.5+01:00 stdout F:x Traceback (most recent call last):", _STAMP + b" stdout F KeyError: 1"
    ),
]
DOCKER = [
    _lines(b'{"log":"INFO a\\n","stream":"stdout","time":"' + _STAMP + b'"}'),
    _lines(
        b'{"log":"half ","stream":"stderr","time":"' + _STAMP + b'"}',
        b'{"log":"\\u0007\\ud83d\\n","stream":"x","time":"noon"}',
    ),
]
BEATS = [
    json.dumps(
        {
            "@timestamp": "2026-03-02T12:00:01.234Z",
            "message": "ERROR payment of order 17 failed",
            "stream": "stdout",
            "log": {"offset": 17, "file": {"path": _PATH, "inode": "7"}},
            "input": {"type": "container"},
            "host": {"name": "worker-1"},
            "kubernetes": {
                "namespace": "shop",
                "pod": {"name": "web-7d9c5b6f4-x2x9p"},
                "container": {"name": "web"},
                "labels": {"pod-template-hash": "7d9c5b6f4"},
            },
            "container": {"image": {"name": "web:1.0"}},
        }
    ).encode(),
    b'{"@timestamp":"2026-03-02T12:00:01Z","app":{"msg":"m","level":30,"ts":1772452806.25},"kubernetes.namespace":"bank"}',
    b'{"@timestamp":"2026-03-02T12:00:01Z","rule":"r","priority":"Notice","output":"o","output_fields":{"k8s.ns.name":"a"}}',
    b'{"@timestamp":"2026-03-02T12:00:01Z","reason":"BackOff","message":"m","type":"Warning","count":3,'
    b'"involvedObject":{"kind":"Pod","name":"p-0","namespace":"n"}}',
]
PLAIN = [
    _lines(
        b"2026-03-02T12:00:01Z INFO [main] c.s.Order - order 17 of jo@ex.org from 10.2.3.4 took 12ms", b"  and more"
    ),
    _lines(b'10.2.3.4 - - [02/Mar/2026:12:00:01 +0000] "GET /a/17?b=c HTTP/1.1" 200 612 "-" "curl/8"'),
    _lines(
        b"1772452801.25 started",
        b"Mar  2 12:00:01 host sshd[7]: Failed password for root",
        b"time=2026-03-02T12:00:01Z x",
    ),
    _lines(b"panic: runtime error", b"", b"goroutine 1 [running]:", b"main.main()", b"\t/a/b.go:7 +0x1d"),
]
RECORDS = [
    b'I0302 12:00:01.234567       1 reconciler.go:241] Starting pod="a/b" attempt=3',
    b'level=info ts=2026-03-02T12:00:01Z caller=main.go:7 msg="it works" n=17',
    b'{"level":"warn","msg":"slow","took":1.5e3,"err":{"type":"E","stack_trace":"E: x\\n\\tat a.B(C.java:1)"}}',
    b"12:00:01.234567890: Notice Shell spawned (user=root container=ab12 k8s.ns=shop)",
    b'{"kind":"Event","reason":"Failed","message":"m","type":"Warning","involvedObject":{"kind":"Pod","name":"p"}}',
    b"7:M 02 Mar 2026 12:00:01.234 * Ready to accept connections",
    b"<34>1 2026-03-02T12:00:01.003Z host su - ID47 - failed for lonvick",
    b"java.lang.IllegalStateException: x 17\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: y\n\t... 3 more",
    b'[GIN] 2026/03/02 - 12:00:01 | 200 |  1.2ms | 10.0.0.1 | GET "/a/17"',
    b"\x1b[32mINFO\x1b[0m card 4111 1111 1111 1111 iban DE89370400440532013000 password=hunter2 token: ghp_0123456789",
    b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop 5b0f8a6e-1d2c-4a3b-9e8f-001122334455 0x7ffd [1, [2, 3]]",
]
NAMES = [
    b"/var/log/pods/shop_web-7d9c5b6f4-x2x9p_5b0f8a6e-1d2c-4a3b-9e8f-001122334455/web/0.log.20260302-120001.gz",
    _PATH.encode(),
    b"job-29000000-abcde.log.1",
]
_TEXT = b"INFO a\nINFO b\n" * 5
GZIPPED = [
    gzip.compress(_TEXT, mtime=0),
    gzip.compress(_TEXT, mtime=0) + gzip.compress(b"second\n", mtime=0) + b"\0\0\0",
    gzip.compress(_TEXT, mtime=0)[:30],
    _TEXT,
]
MASKS = [
    rb"ord-[0-9a-z]+" + b"\0an ord-17x",
    rb"(?<=id=)(?:foo|b{1,3}a?r|\w{2,9}?x)\b" + b"\0id=bbr",
    rb"(a+)+b" + b"\0aaaa",
]
WORDS = [
    b"INFO ",
    b"ERROR: ",
    b" stdout F ",
    b" stderr P ",
    b"Caused by: ",
    b"Traceback (most recent call last):",
    b"\tat ",
    b"level=",
    b'msg="',
    b"ts=",
    b"@example.org",
    b"10.0.0.1",
    b"::1",
    b"password=",
    b"Bearer ",
    b"Authorization: ",
    b"ApiKey ",
    b"4111111111111111",
    b"2026-03-02T12:00:01Z",
    b"[02/Mar/2026:12:00:01 +0000]",
    b'" 200 ',
    b"\x1b[0m",
    b"\xef\xbb\xbf",
    b"\xed\xa0\xbd",
    b"0x1f",
]
JSON_WORDS = [
    b'"@timestamp":',
    b'"message":',
    b'"log":',
    b'"stream":"stdout"',
    b'"time":',
    b'"kubernetes":{',
    b'"namespace":"a"',
    b'"pod":{"name":"a-0"}',
    b'"file":{"path":"',
    b'"offset":',
    b'"level":',
    b'"kubernetes.pod":',
    b"null",
    b"1e400",
    b"[[[[",
    b'"\\ud83d"',
    b'"\\u0000"',
    b"-0",
    b"99999999999999999999",
    b'"output_fields":{',
    b'"involvedObject":{',
    b"true",
    b"{}",
]
STORED = [
    b'{"hits":{"hits":[{"_index":"i","_id":"a","_source":{"@timestamp":"2026-03-02T12:00:00Z","kubernetes":{"namespace":"n"},'
    b'"drainwatch":{"lines":3,"templates":2},"template":{"id":["a","b"],"count":[1,2]}}}]}}',
    b'{"hits":{"hits":[{"_index":"i","_id":"a","_source":{"@timestamp":"2026-03-02T12:00:00Z","kubernetes":{"namespace":"n"},'
    b'"log":{"level":"info"},"drainwatch":{"workload":"w"},"template":{"id":"a","text":"b","count":1,"example":"c",'
    b'"first_seen":"2026-03-02T12:00:00Z","last_seen":"2026-03-02T12:00:00Z"}}}]}}',
    b'{"hits":{"hits":[{"_index":"i","_id":"a","_source":{"drainwatch":{"kind":"checkpoint","key":"k","body":'
    b'{"partition":"p","resume_at":1,"read_to":2,"identity":"x","counted":[[1,2]]}}}}]}}',
    b'{"hits":{"hits":[{"_index":"i","_id":"a","_source":{"drainwatch":{"kind":"engine","key":"k","body":'
    b'{"workload":"w","state":"eJwDAAAAAAE="}}}}]}}',
]
SERIES = [
    b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"namespace":"n"},"values":[[1772452800,"1.5"],'
    b'[1772452860,"NaN"]]}]},"warnings":["w"]}',
    b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1772452800,"7"]}]}}',
    b'{"status":"error","errorType":"bad_data","error":"no"}',
]
SETTINGS = [
    b"""
[detection]
window = "30s"
alert_budget = 0.5
trees = 10
[parsing.masks]
ORDER = "ord-[0-9a-z]+"
[service]
port = 8080
""",
    b"""
[alerts]
page = "https://x"
[alerts.channels.desk]
type = "webhook"
url = "https://x/y"
[[alerts.routes]]
channels = ["desk"]
namespaces = ["shop-*"]
[[alerts.maintenance]]
name = "m"
weekdays = ["sat"]
start = "01:00"
end = "02:00"
""",
    b"""
[prometheus]
url = "http://p:9090"
[prometheus.queries.jobs]
query = "up"
what = "jobs"
[kafka]
brokers = "k:9092"
""",
    b"""
[elasticsearch]
hosts = "https://es-0:9200,https://es-1:9200"
fingerprint = "ab"
[ingest]
timezone = "Europe/Berlin"
memory = "1GiB"
""",
]
TIMES = [
    b"2026-11-21T07:00:00.25+01:00",
    b"-1h",
    b"now",
    b"2026-11-21",
    b"1772452801.25",
    b"[02/Mar/2026:12:00:01 +0000] x",
    b"Mar  2 12:00:01 h",
    b"07:00:18.002 [main] INFO",
    b"\x1b[32m2026-03-02 12:00:00,123 UTC",
    b"1e400",
    b"-0",
]
HOSTS = [b"localhost:8080", b"[::1]:80", b"127.0.0.1", b"drainwatch.example.org.", b"1.2.3.4.5", b"a@b"]
CURSORS = [
    b"WyJhbm9tYWxpZXMiLDE3NzI0NTI4MDAwMDAwMDAsImEiXQ",
    b'["anomalies",1772452800000000,"a"]',
    b'["anomalies","x","\\ud83d"]',
]
STATES = [
    b'{"version":1,"births":[["a","INFO","order","<NUM>"]],"sizes":[3],"now":[null],"lines":3,"new":1,"growing":false}',
    b'{"version":1,"births":[["a","b","c"],["a","b","d"]],"sizes":[1,2],"now":[["a","b","<*>"],null],"unmatched":1,"lines":9}',
]
ENTRIES = [
    b'{"id":"a","namespace":"n","window":1,"score":99.5,"reasons":[],"scores":{"forest":1.5}}',
    b"[[1,2],[3,4]]",
    b"\x01\x05\x02\x07\x09",
]
REQUESTS = [
    b"GET /api/v1/anomalies?since=-1h&limit=5&min_score=20.5&namespace=shop",
    b"GET /api/v1/incidents?cursor=WyJhIiwxLCJiIl0",
    b"GET /api/v1/namespaces/shop/series?since=2026-11-21T07:00:00Z&step=60",
    b"GET /api/v1/templates?q=order&sort=count",
    b'POST /api/v1/feedback\n{"incident":"a","verdict":"false_alarm","by":"ann"}',
    b'POST /api/v1/silences\n{"namespace":"shop","until":"2026-11-21T09:00:00Z","comment":"x"}',
    b"GET /api/v1/incidents/%2e%2e/x%00",
]
