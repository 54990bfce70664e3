"""Stack traces as programs print them, and lines that only look like a part of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tests.ingest.logs import cri


class Trace(NamedTuple):
    """What a program prints when something fails; with the line of a logger before it where there is one."""

    name: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Line by line."""
        return self.text.split("\n")


TRACES = (
    Trace(
        "java",
        "12:00:01.123 ERROR [http-1] c.s.Cart - can't add item\n"
        "java.lang.IllegalStateException: no stock\n"
        "\tat com.shop.Cart.add(Cart.java:17)\n"
        "\tat com.shop.Cart.main(Cart.java:7)\n"
        "\tSuppressed: java.io.IOException: closed\n"
        "\t\tat com.shop.Stock.close(Stock.java:3)\n"
        "\t\t... 2 more\n"
        "Caused by: java.sql.SQLException: timeout\n"
        "\tat com.shop.Stock.find(Stock.java:12)\n"
        "\t... 17 common frames omitted",
    ),
    Trace(
        "java, uncaught",
        'Exception in thread "main" java.lang.NullPointerException\n'
        "        at com.shop.Cart.add(Cart.java:17)\n"
        "        at com.shop.Cart.main(Cart.java:7)\n"
        "Caused by: java.sql.SQLException: timeout\n"
        "        ... 1 more",
    ),
    Trace(
        "python",
        "2026-03-02 12:00:01,123 ERROR cart can't add item\n"
        "Traceback (most recent call last):\n"
        '  File "/app/cart.py", line 17, in add\n'
        "    stock.take(sku)\n"
        "    ~~~~~~~~~~^^^^^\n"
        '  File "/app/stock.py", line 3, in take\n'
        "    return take(sku)\n"
        "  [Previous line repeated 995 more times]\n"
        "ValueError: bad sku",
    ),
    Trace(
        "python, chained",
        "2026-03-02 12:00:01,123 ERROR cart can't add item\n"
        "Traceback (most recent call last):\n"
        '  File "/app/cart.py", line 17, in add\n'
        "    skus[sku]\n"
        "KeyError: 'sku'\n"
        "\n"
        "During handling of the above exception, another exception occurred:\n"
        "\n"
        "Traceback (most recent call last):\n"
        '  File "/app/cart.py", line 19, in add\n'
        '    raise ValueError("bad sku")\n'
        "ValueError: bad sku",
    ),
    Trace(
        "python, a group",
        "2026-03-02 12:00:01,123 ERROR cart can't add items\n"
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "/app/cart.py", line 17, in add\n'
        "  |     raise ExceptionGroup()\n"
        "  | ExceptionGroup: two (2 sub-exceptions)\n"
        "  +-+---------------- 1 ----------------\n"
        "    | ValueError: bad sku\n"
        "    +------------------------------------",
    ),
    Trace(
        "go",
        "panic: runtime error: index out of range [5] with length 3 [recovered]\n"
        "\tpanic: again\n"
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48e0c5]\n"
        "\n"
        "goroutine 1 [running]:\n"
        "panic({0x4a1a60?, 0xc0000140a8?})\n"
        "\t/usr/local/go/src/runtime/panic.go:770 +0x132\n"
        "main.(*Cart[...]).Add(0xc00001c0a8, {0x4b1c3f, 0x4})\n"
        "\t/app/cart.go:17 +0x1d\n"
        "main.main()\n"
        "\t/app/main.go:5 +0x1d\n"
        "net/http.HandlerFunc.ServeHTTP(...)\n"
        "\t/usr/local/go/src/net/http/server.go:2166\n"
        "created by net/http.(*Server).Serve in goroutine 1\n"
        "\t/usr/local/go/src/net/http/server.go:3285 +0x4b4\n"
        "exit status 2",
    ),
    Trace(
        "go, a deadlock",
        "fatal error: all goroutines are asleep - deadlock!\n"
        "\n"
        "goroutine 1 [chan receive]:\n"
        "main.main()\n"
        "\t/app/main.go:5 +0x1d",
    ),
    Trace(
        "dotnet",
        "fail: Shop.Cart[0] can't add item\n"
        "System.InvalidOperationException: no stock\n"
        "   at Shop.Cart.Add(String sku) in /app/Cart.cs:line 17\n"
        "   --- End of inner exception stack trace ---\n"
        "   at Shop.Program.Main()\n"
        "--- End of stack trace from previous location ---\n"
        "   at System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw()",
    ),
    Trace(
        "node",
        '{"level":50,"msg":"can\'t add item"}\n'
        "TypeError: Cannot read properties of undefined (reading 'sku')\n"
        "    at add (/app/cart.js:7:3)\n"
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {\n"
        "    [cause]: Error: no stock\n"
        "        at take (/app/stock.js:3:1)",
    ),
    Trace(
        "node, uncaught",
        "listening on 8080\n"
        "/app/cart.js:7\n"
        "    throw new TypeError('no stock');\n"
        "    ^\n"
        "\n"
        "TypeError: no stock\n"
        "    at add (/app/cart.js:7:3)\n"
        "\n"
        "Node.js v22.1.0",
    ),
)
APART = "node, uncaught"
"""The one that drainwatch joins where it reads the lines one by one, and not where Filebeat has joined some of them."""
ORDINARY = (
    "2026-03-02T12:00:01.123Z INFO added item 7 to cart",
    " INFO [main] c.s.Cart - added item 7",
    " WARN slow",
    '{"level":"info","msg":"added item"}',
    "I0302 12:00:01.123456       1 reflector.go:351] Caches populated",
    '10.1.2.3 - - [02/Mar/2026:12:00:01 +0000] "GET /cart HTTP/1.1" 200 612',
    "level=info msg=done",
    "done()",
    "torch.Size([1, 2])",
    "user.login(alice)",
    "During handling of the above order, another order came",
    "created by alice",
    "created order 7 by customer 12",
    "exit status 0 of job 7",
    "goroutine 12 of 40 is idle",
    "caused by a timeout",
    "at 12:00 the shop opens",
    "...",
    "... waiting for the broker",
    "--- a/cart.yaml",
    "panic button was pressed",
    "   INFO three spaces",
    "}",
)
"""None of them belongs to the line before."""
ALONE = (
    "java.lang.IllegalStateException: no stock",
    "Traceback (most recent call last):",
    "ValueError: bad sku",
    "System.InvalidOperationException: no stock",
    "TypeError: no stock",
    "panic: no stock",
    "fatal error: all goroutines are asleep - deadlock!",
    'Exception in thread "main" java.lang.NullPointerException',
)
"""They may belong to the line of a logger before them, or may not."""


def container_lines(texts: Iterable[str], begin: float = 0) -> list[str]:
    """Lines of a container's file, a millisecond after each other, from so many seconds after noon."""
    return [cri(begin + number / 1_000, text) for number, text in enumerate(texts)]
