"""A web shop: nginx, a Java checkout, a Go cart, a Python recommender."""

from __future__ import annotations

from detector.demo.model import Journey, Namespace, Routine, Service, Statement, Step, Trouble

_ORDERS, _STOCK = "c.s.checkout.OrderService", "c.s.checkout.StockClient"

_CHECKOUT = Service(
    workload="checkout",
    container="checkout",
    image="registry.example.com/shop/checkout",
    form="logback",
    replicas=2,
    startup=(
        Statement("info", "c.s.checkout.Application", "Starting checkout {version} using Java 21 with PID 1"),
        Statement("info", "c.z.hikari.HikariDataSource", "HikariPool-1 - Start completed."),
        Statement("info", "o.s.b.w.e.tomcat.TomcatWebServer", "Tomcat started on port 8080 (http)"),
        Statement("info", "c.s.checkout.Application", "Started checkout in {seconds} seconds"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error",
            _STOCK,
            "Reserving stock for {order} failed: stock service refused the connection",
            (
                "java.net.ConnectException: Connection refused (stock/{peer}:8080)",
                "\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)",
                "\tat java.net.http/jdk.internal.net.http.PlainHttpConnection.connect(PlainHttpConnection.java:181)",
                "\tat c.s.checkout.StockClient.reserve(StockClient.java:88)",
                "\tat c.s.checkout.OrderService.place(OrderService.java:142)",
                "\t... 41 more",
            ),
        ),
        error=Statement("error", _ORDERS, "Order {order} could not be stored, customer {customer} sees an error page"),
        retry=Statement("warning", _STOCK, "Stock service busy, retry {few} for {order} in {ms} ms"),
        timeout=Statement("warning", _STOCK, "Stock service gave no answer within {slow} ms for {order}"),
        panic=Statement(
            "error",
            "o.s.boot.SpringApplication",
            "Application run failed",
            (
                "java.lang.IllegalStateException: Cannot load configuration 'shop-prices'",
                "\tat c.s.checkout.PriceTable.load(PriceTable.java:57)",
                "\tat c.s.checkout.Application.main(Application.java:21)",
                "Caused by: java.io.FileNotFoundException: /etc/shop/prices.yaml (No such file or directory)",
                "\tat java.base/java.io.FileInputStream.open0(Native Method)",
                "\t... 12 more",
            ),
        ),
    ),
)

_CART = Service(
    workload="cart",
    container="cart",
    image="registry.example.com/shop/cart",
    form="logfmt",
    replicas=2,
    startup=(
        Statement("info", "main.go:31", "cart is starting | version={version}"),
        Statement("info", "server.go:58", "listening | addr=:8081"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error", "store.go:77", "redis refused the connection | addr={peer}:6379 customer={customer}"
        ),
        error=Statement("error", "store.go:91", "cart could not be saved | customer={customer} attempt={few}"),
        retry=Statement("warning", "store.go:64", "redis slow, trying again | attempt={few} wait={ms}ms"),
        timeout=Statement("warning", "store.go:69", "redis timed out | after={slow}ms customer={customer}"),
        panic=Statement(
            "error",
            "main.go:44",
            "panic: runtime error: invalid memory address or nil pointer dereference",
            ("goroutine 1 [running]:", "main.loadPrices(0x0)", "\t/src/cart/prices.go:38 +0x1d", "exit status 2"),
        ),
    ),
)

_RECOMMENDER = Service(
    workload="recommender",
    container="model",
    image="registry.example.com/shop/recommender",
    form="python",
    startup=(
        Statement("info", "recommender.main", "recommender {version} starts with {few} workers"),
        Statement("info", "recommender.model", "loaded model of {many} products in {seconds} s"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error",
            "recommender.features",
            "feature store unreachable while scoring {customer}",
            (
                "Traceback (most recent call last):",
                '  File "/app/recommender/features.py", line 54, in fetch',
                "    return self.session.get(url, timeout=2)",
                "ConnectionRefusedError: [Errno 111] Connection refused",
            ),
        ),
        error=Statement("error", "recommender.model", "no recommendation for {customer}: model gave NaN"),
        retry=Statement("warning", "recommender.features", "feature store answered 503, retry {few} of 5"),
        timeout=Statement("warning", "recommender.features", "feature store took {slow} ms, using defaults"),
        panic=Statement(
            "critical",
            "recommender.main",
            "model file is damaged, giving up",
            (
                "Traceback (most recent call last):",
                '  File "/app/recommender/main.py", line 19, in <module>',
                "    model = Model.load(path)",
                "ValueError: checksum of model.bin does not match",
            ),
        ),
    ),
)

_WEB = Service(
    workload="web",
    container="nginx",
    image="registry.example.com/shop/web",
    form="access",
    replicas=2,
    startup=(
        Statement("notice", "", "nginx/1.29.3"),
        Statement("notice", "", "start worker processes"),
    ),
    trouble=Trouble(
        refused=Statement("error", "", 'connect() failed (111: Connection refused) upstream: "http://{peer}:8080/"'),
        error=Statement("error", "", '{client} | "POST /checkout HTTP/1.1" 502 | 157 "-" "{agent}" 0.004'),
        retry=Statement("warn", "", "upstream server temporarily disabled while connecting to upstream"),
        timeout=Statement("error", "", '{client} | "POST /checkout HTTP/1.1" 504 | 167 "-" "{agent}" 60.000'),
        panic=Statement("emerg", "", 'host not found in upstream "checkout" in /etc/nginx/conf.d/shop.conf:14'),
    ),
)


def _request(route: str, status: int = 200) -> Statement:
    return Statement("info", "", f'{{client}} | "{route} HTTP/1.1" {status} | {{bytes}} "-" "{{agent}}" 0.0{{n}}')


SHOP = Namespace(
    name="shop",
    services=(_WEB, _CHECKOUT, _CART, _RECOMMENDER),
    journeys=(
        Journey(
            "browse",
            65,
            (
                Step("web", _request("GET /product/{sku}"), 12),
                Step("web", _request("GET /static/{product}.jpg", 304), 40, 0.6),
                Step(
                    "recommender",
                    Statement("info", "recommender.api", "{n} products for {customer} in {ms} ms"),
                    9,
                    0.7,
                ),
                Step("recommender", Statement("debug", "recommender.cache", "cache miss for {customer}"), 4, 0.2),
            ),
        ),
        Journey(
            "add",
            22.5,
            (
                Step("web", _request("POST /cart"), 15),
                Step(
                    "cart",
                    Statement("info", "cart.go:112", "item added | customer={customer} sku={sku} items={few}"),
                    8,
                ),
                Step("cart", Statement("debug", "store.go:41", "cart saved | customer={customer} bytes={bytes}"), 11),
            ),
        ),
        Journey(
            "buy",
            10,
            (
                Step("checkout", Statement("info", _ORDERS, "Placing {order} for customer {customer}, {few} items"), 2),
                Step("cart", Statement("info", "cart.go:140", "cart read | customer={customer} items={few}"), 6),
                Step("checkout", Statement("info", _STOCK, "Reserved stock for {order} in {ms} ms"), 30),
                Step("checkout", Statement("warning", _STOCK, "Only {few} left of {sku}"), 31, 0.03),
                Step("checkout", Statement("info", _ORDERS, "{order} paid: {amount} EUR, trace {trace}"), 180),
                Step(
                    "checkout", Statement("info", "c.s.checkout.Mailer", "Confirmation of {order} sent to {mail}"), 230
                ),
                Step("web", _request("POST /checkout", 201), 240),
            ),
        ),
    ),
    routines=(
        Routine("web", (_request("GET /healthz"),), 15),
        Routine(
            "checkout",
            (Statement("debug", "c.z.hikari.pool.HikariPool", "HikariPool-1 - stats (total=10, active={few})"),),
            30,
        ),
        Routine(
            "recommender", (Statement("info", "recommender.model", "refreshed {many} embeddings in {seconds} s"),), 300
        ),
    ),
)
