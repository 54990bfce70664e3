"""Documents as Filebeat sends them, and as they come from the dead-letter queue."""

from __future__ import annotations

from tests.logstash.running import Document

AT = "2026-11-21T07:00:00.691Z"
CONTAINER = "4aca86678adeea0b3d1401266a6b54e9e87d41ac463984c997f06a9d7ea92c93"
PATHS = {
    f"/var/log/containers/web-7d9c5b6f4-x2x9p_shop-prod_web-app-{CONTAINER}.log": (
        "shop-prod",
        "web-7d9c5b6f4-x2x9p",
        "web-app",
    ),
    "/var/log/pods/shop-prod_web-0_8e3e512e-1178-4855-9341-0943373e25e5/web/3.log": ("shop-prod", "web-0", "web"),
    "/var/log/pods/kube-system_etcd-node-1_0d1a5ab5/etcd/0.log.20261121-070000": ("kube-system", "etcd-node-1", "etcd"),
    "/var/log/syslog": (None, None, None),
    f"/var/log/containers/{'a' * 200}_shop_web-{CONTAINER[:30]}.log": (None, None, None),
}
NAMESPACES = {
    "shop": "kubernetes.shop",
    "shop-prod-eu": "kubernetes.shop_prod_eu",
    "a" * 63: "kubernetes." + "a" * 63,
    "Shop": None,
    "../secret": None,
    "shop\nprod": None,
}
IDENTIFIED: list[Document] = [
    {"@timestamp": AT, "host": {"name": "node-1"}, "log": {"offset": offset, "file": {"path": path}}}
    for offset, path in ((7, "/a"), (7, "/a"), (8, "/a"), (7, "/b"))
] + [{"@timestamp": AT, "message": "x"}, {"@timestamp": AT, "message": "x"}]
REFUSED = {
    "@timestamp": AT,
    "message": "x" * 2_000_000,
    "kubernetes": {"namespace": "shop", "pod": {"name": "web-0"}, "labels": {"app": {"a": "b"}}},
    "http": {"response": {"status_code": "many"}},
    "log": {"file": {"path": "/var/log/containers/a.log"}, "offset": 7, "level": "error"},
    "stream": {"not": "text"},
    "tags": ["x"],
}

WHY_REFUSED = (
    'Could not index event to Elasticsearch. status: 400, action: ["create", {:_id=>nil, :_index=>"logs-kubernetes.'
    'container_logs-default", :routing=>nil}, {"message"=>"' + "x" * 2000 + '", "type"=>"app"}], response: {"create"=>'
    '{"_index"=>".ds-logs", "_id"=>"abc", "status"=>400, "error"=>{"type"=>"document_parsing_exception", "reason"=>'
    "\"[1:120] failed to parse field [http.response.status_code] of type [long] in document with id 'abc'. Preview of "
    'field\'s value: \'many\'", "caused_by"=>{"type"=>"illegal_argument_exception", "reason"=>"For input"}}}}'
)
"""As the output says it: logstash-plugins/logstash-output-elasticsearch, handle_dlq_response in common.rb."""
