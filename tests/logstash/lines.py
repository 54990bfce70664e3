"""Lines and what is to become of them: access logs as their documentation shows them, JSON, hostile ones."""

from __future__ import annotations

from typing import Any

from tests.parsers.authorizations import AUTHORIZATIONS

AGENT = "Mozilla/4.08 [en] (Win98; I ;Nav)"
ACCESS: list[tuple[str, dict[str, Any]]] = [
    # https://httpd.apache.org/docs/2.4/logs.html
    (
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
        {
            "source.address": "<IP>",
            "http.request.method": "GET",
            "http.version": "1.0",
            "http.response.status_code": 200,
            "http.response.body.bytes": 2326,
            "url.original": "/apache_pb.gif",
            "url.path": "/apache_pb.gif",
        },
    ),
    (
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?a=1 HTTP/1.0" 304 - '
        f'"http://www.example.com/start.html" "{AGENT}"',
        {
            "source.address": "<IP>",
            "http.request.method": "GET",
            "http.request.referrer": "http://www.example.com/start.html",
            "http.version": "1.0",
            "http.response.status_code": 304,
            "url.original": "/apache_pb.gif?a=<VALUE>",
            "url.path": "/apache_pb.gif",
            "user_agent.original": AGENT,
        },
    ),
    # nginx's image: combined, and the address that was forwarded
    (
        '2001:db8::17 - - [21/Nov/2026:07:03:03 +0000] "POST /a HTTP/2.0" 502 157 "-" "curl/8.4.0" "203.0.113.9"',
        {
            "source.address": "<IP>",
            "http.request.method": "POST",
            "http.version": "2.0",
            "http.response.status_code": 502,
            "http.response.body.bytes": 157,
            "url.original": "/a",
            "url.path": "/a",
            "user_agent.original": "curl/8.4.0",
        },
    ),
    # https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/
    (
        '192.168.64.1 - - [21/Nov/2026:11:35:00 +0000] "GET /cart HTTP/1.1" 503 190 "-" "curl/7.64.1" 82 0.004 '
        "[shop-web-80] [] 172.17.0.5:80, 172.17.0.6:80 0, 190 0.001, 0.003 502, 503 2b1f5b6d3f0e8f5a6d1c3b2a19080706",
        {
            "source.address": "<IP>",
            "http.request.method": "GET",
            "http.request.id": "2b1f5b6d3f0e8f5a6d1c3b2a19080706",
            "http.version": "1.1",
            "http.response.status_code": 503,
            "http.response.body.bytes": 190,
            "url.original": "/cart",
            "url.path": "/cart",
            "user_agent.original": "curl/7.64.1",
            "nginx.upstream": "shop-web-80",
            "event.duration": 4_000_000,
        },
    ),
    # https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
    (
        '[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" '
        '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"',
        {
            "http.request.method": "POST",
            "http.request.body.bytes": 154,
            "http.request.id": "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2",
            "http.version": "2",
            "http.response.status_code": 204,
            "http.response.body.bytes": 0,
            "url.original": "/api/v1/locations",
            "url.path": "/api/v1/locations",
            "url.domain": "locations",
            "user_agent.original": "nsq2http",
            "envoy.upstream_host": "tcp://<IP>:80",
            "event.duration": 226_000_000,
        },
    ),
    # https://istio.io/latest/docs/tasks/observability/logs/access-log/
    (
        '[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" '
        '"curl/7.73.0-DEV" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "127.0.0.1:80" '
        "inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 "
        "outbound_.8000_._.httpbin.foo.svc.cluster.local default",
        {
            "http.request.method": "GET",
            "http.request.body.bytes": 0,
            "http.request.id": "84961386-6d84-929d-98bd-c5aee93b5c88",
            "http.version": "1.1",
            "http.response.status_code": 418,
            "http.response.body.bytes": 135,
            "url.original": "/status/418",
            "url.path": "/status/418",
            "url.domain": "httpbin",
            "user_agent.original": "curl/7.73.0-DEV",
            "envoy.response_code_details": "via_upstream",
            "envoy.upstream_host": "<IP>:80",
            "envoy.upstream_cluster": "inbound|8000||",
            "event.duration": 4_000_000,
        },
    ),
    # No upstream: https://istio.io/latest/docs/ops/common-problems/network-issues/
    (
        '[2026-11-21T07:00:00.123Z] "GET /a HTTP/1.1" 0 DC downstream_remote_disconnect - "-" 0 0 59999 - "-" "-" '
        '"6d2f" "cart.shop:80" "-" - - 10.0.0.1:80 10.0.0.9:40000 - default',
        {
            "http.request.method": "GET",
            "http.request.body.bytes": 0,
            "http.request.id": "6d2f",
            "http.version": "1.1",
            "http.response.body.bytes": 0,
            "url.original": "/a",
            "url.path": "/a",
            "url.domain": "cart.shop",
            "user_agent.original": "-",
            "envoy.response_flags": "DC",
            "envoy.response_code_details": "downstream_remote_disconnect",
            "envoy.upstream_host": "-",
            "envoy.upstream_cluster": "-",
            "event.duration": 59_999_000_000,
        },
    ),
    # Something else that begins alike
    (
        '10.0.0.1 - - [21/Nov/2026:07:03:03 +0000] "GET /a HTTP/1.1" 200 12ms',
        {"tags": ["_access_log_unknown"]},
    ),
    # Requests inside other lines are no access logs
    ('INFO:     10.0.0.1:53212 - "GET /items/5 HTTP/1.1" 404 Not Found', {}),
    ('10.0.0.1 - - [21/Nov/2026:07:03:03 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"', {}),
]

OBJECTS: list[tuple[Any, dict[str, Any]]] = [
    (
        {"level": "warn", "logger": "shop.Cart", "trace_id": "0af7651916cd43dd8448eb211c80319c", "msg": "slow", "n": 1},
        {"log.level": "warning", "log.logger": "shop.Cart", "trace.id": "0af7651916cd43dd8448eb211c80319c"},
    ),
    # ECS, with dots in names and without
    ({"log.level": "ERROR", "log": {"logger": "a.B"}, "span.id": "b7ad6b7169203331"},
     {"log.level": "error", "log.logger": "a.B", "span.id": "b7ad6b7169203331"}),
    # pino
    ({"level": 50, "time": 1795244400123, "msg": "boom"}, {"log.level": "error"}),
    # Istio with accessLogEncoding JSON
    (
        {"method": "GET", "path": "/a?b", "response_code": 503, "user_agent": "curl/8", "request_id": "6d2f11aa"},
        {
            "http.request.method": "GET",
            "http.request.id": "6d2f11aa",
            "http.response.status_code": 503,
            "url.path": "/a",
            "user_agent.original": "curl/8",
        },
    ),
    # A status without a method is none of HTTP, and what is no status isn't either
    ({"status": 200, "msg": "done"}, {}),
    ({"method": "GET", "status": "ready"}, {"http.request.method": "GET"}),
    # Nothing overwrites what the line is about
    (
        {"@timestamp": "1999-01-01T00:00:00Z", "kubernetes": "x", "host": {"name": "evil"}, "message": 7, "tags": ["a"],
         "data_stream": {"dataset": "nginx"}, "@metadata": {"a": 1}, "_id": "x", "log": "text"},
        {},
    ),
    # Values that don't fit
    ({"level": {"a": 1}, "trace_id": ["a"], "logger": "two words", "method": "get it", "path": 7}, {}),
    # https://falco.org/docs/concepts/outputs/formatting/
    (
        {
            "hostname": "node-1",
            "output": "07:00:00.123456789: Notice A shell was spawned in a container (user=root shell=sh)",
            "output_fields": {"container.id": "8fa3b1c2d3e4", "proc.name": "sh", "user.name": "root"},
            "priority": "Notice",
            "rule": "Terminal shell in container",
            "source": "syscall",
            "tags": ["container", "shell"],
            "time": "2026-11-21T07:00:00.123456789Z",
        },
        {
            "event.kind": "alert",
            "event.module": "falco",
            "rule.name": "Terminal shell in container",
            "log.level": "info",
        },
    ),
    ([1, 2], {}),
    ("{text}", {}),
]  # fmt: skip

LEVELS: list[tuple[str, str | None]] = [
    ("I1121 07:00:01.123456       1 controller.go:214] started", "info"),
    ("E1121 07:00:03.123456       1 reflector.go:138] Failed", "error"),
    ('time="2026-11-21T07:00:00Z" level=warning msg="retrying"', "warning"),
    ("ts=2026-11-21T07:00:00.123Z caller=head.go:615 level=info msg=x", "info"),
    ("2026-11-21 07:00:18,002 ERROR [main] c.s.Order - failed", "error"),
    ("2026-11-21T07:00:22.410Z  WARN 1 --- [scheduling-1] com.zaxxer", "warning"),
    ("[2026-11-21 07:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT", "critical"),
    ("[INFO] ready", "info"),
    ("FATAL: no space left", "critical"),
    # Not plain
    ("the ERROR count is 0", None),
    ("INFORMATION is power", None),
    ("ERRORS: 0", None),
    ("users level=admin", None),
    ('{"message": "ERROR"}', None),
    ("", None),
]

_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
PERSONAL: list[tuple[str, str]] = [
    ("login of jürgen@example.com from 192.0.2.7 port 55001", "login of <EMAIL> from <IP> port 55001"),
    ("peer 2001:db8:1:2::5 gone at 07:00:18", "peer <IP> gone at 07:00:18"),
    ("200 4111111111111111 17 declined", "200 <CARD> 17 declined"),
    ("card 4111 1111 1111 1111 declined, order 4111 1111 1111 1112", "card <CARD> declined, order 4111 1111 1111 1112"),
    ("paid from DE89 3704 0044 0532 0130 00", "paid from <IBAN>"),
    ("call +49 170 1234567", "call <PHONE>"),
    (f"Authorization: Bearer {_TOKEN}", "Authorization: Bearer <SECRET>"),
    *AUTHORIZATIONS,
    (f"got {_TOKEN} back", "got <TOKEN> back"),
    ("key AKIAIOSFODNN7EXAMPLE used", "key <SECRET> used"),
    ("keys AKIAIOSFODNN7EXAMPLEASIAIOSFODNN7EXAMPLE used", "keys <SECRET> used"),
    ("keys AKIAIOSFODNN7EXAMPLEghp_0123456789abcdefghij0123456789abcdef used", "keys <SECRET> used"),
    ("key dw_mzxw6ytboi5hk4tf_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_aZ9-_xyz used", "key <SECRET> used"),
    ("connect postgres://anna:hunter2@db:5432/shop", "connect postgres://<SECRET>@db:5432/shop"),
    ("GET https://shop/a?user=anna&x=%40#top done", "GET https://shop/a?user=<VALUE>&x=<VALUE> done"),
    ("really? yes=no", "really? yes=no"),
    ('{"password":12345,"pin":1}', '{"password":"<SECRET>","pin":1}'),
    ('{"card": 4111111111111111, "order": 4111111111111112}', '{"card": "<CARD>", "order": 4111111111111112}'),
    ('{"body":"{\\"token\\":\\"abc1234\\"}"}', '{"body":"{\\"token\\":\\"<SECRET>\\"}"}'),
    ('{"url":"http:\\/\\/anna:hunter2@db\\/x?a=1\\u0026b=2"}',
     '{"url":"http:\\/\\/<SECRET>@db\\/x?a=<VALUE>\\u0026b=<VALUE>"}'),
    ("password=null token: none", "password=null token: none"),
    ("SECRET_KEY=abc1", "SECRET_KEY=<SECRET>"),
    ("Cookie: theme=dark; sid=a1b2; PHPSESSID=q1w2", "Cookie: <SECRET>; sid=<SECRET>; PHPSESSID=<SECRET>"),
    (f"read -----BEGIN OPENSSH PRIVATE KEY-----\n{'Ab1/' * 16}\n-----END OPENSSH PRIVATE KEY-----\nwell",
     "read -----BEGIN OPENSSH PRIVATE KEY-----<SECRET>-----END OPENSSH PRIVATE KEY-----\nwell"),
    ("Ab1/" * 16, "<SECRET>"),
    ("SPRING_DATASOURCE_HIKARI_PASSWORD=b", "SPRING_DATASOURCE_HIKARI_PASSWORD=<SECRET>"),
    ('{"password"=>"hunter2", :token => "abc"}', '{"password"=>"<SECRET>", :token => "<SECRET>"}'),
    (f"key github_pat_{'1a' * 20}", "key <SECRET>"),
    ("version 1.2.3 in 8a533bf9-bd12-4608-a8eb-606890982f00", "version 1.2.3 in 8a533bf9-bd12-4608-a8eb-606890982f00"),
]  # fmt: skip

PLANTED: dict[str, Any] = {
    "message": "anna@example.com 192.0.2.7 4111111111111111 password=hunter2 DE89370400440532013000 +49 170 1234567",
    "token": _TOKEN,
    "event": {"original": "anna@example.com"},
    "error": {"message": "for anna@example.com"},
    "app": {"user": "anna@example.com", "deep": [{"a": "192.0.2.7"}, 7, None, True]},
    "login": {"password": "hunter2", "api_key": ["hunter2"], "pin_token": 4711, "card": 4111111111111111},
    "seen": {"anna@example.com": 1, "token_count": 5},
    "text": "anna@example.com",
    "kubernetes": {"namespace": "shop", "pod": {"ip": "10.244.0.9"}},
}
"""As Filebeat sends it where it decodes applications' JSON."""
UNMASKABLE: dict[str, Any] = {"message": "anna@example.com", "a[b]": "anna@example.com", "z": "anna@example.com"}
"""A name that Logstash takes for a broken path: it can be neither set nor removed."""

_LONG = 100_000
HOSTILE = [
    "a" * _LONG,
    "a." * (_LONG // 2),
    "a@" * (_LONG // 2),
    "1" * _LONG,
    "1 " * (_LONG // 2),
    "4-" * (_LONG // 2),
    ":" * _LONG,
    "a:" * (_LONG // 2),
    "1." * (_LONG // 2),
    "+1 " * (_LONG // 3),
    "?a=" * (_LONG // 3),
    "?" * _LONG,
    "://a:" * (_LONG // 5),
    "password=" * (_LONG // 9),
    "\\" * _LONG,
    "password\\" * (_LONG // 9),
    "eyJ" * (_LONG // 3),
    "bearer " * (_LONG // 7),
    "authorization: a " * (_LONG // 17),
    "authorization: " + "a-" * (_LONG // 2),
    "DE89 " * (_LONG // 5),
    "{" * _LONG,
    "{" + '"a":' * (_LONG // 4) + "}",
    "{" + "[" * 60_000 + "}",
    '{"a":"' + "x" * 60_000 + '"}',
    "{" + " " * 60_000 + "}" + " " * 100,
    '1 - - [10/Oct/2000:13:55:36 -0700] "GET ' + "/a" * 4_000 + ' HTTP/1.1" 200 ' + '"' * 8_000,
    '1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "' + '\\"' * 20_000,
    '1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "-" 1 1 [a] [] ' + "a, " * 20_000,
    '[2016-04-15T20:17:00.310Z] "GET / HTTP/2" 204 - ' + "1 " * 20_000,
    '[2016-04-15T20:17:00.310Z] "GET / HTTP/2" 204 - 1 1 1 1 "' + '" "' * 20_000,
    "2026-11-21 " * 9_000,
    "[" * _LONG,
    "level=" * (_LONG // 6),
    "\n" * 50_000,
    "é" * 50_000,
    "\x00" * 1_000,
]
"""Long ones that make expressions that go back over what they read take minutes."""
