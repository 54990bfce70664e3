"""Payments: a Spring service and a ledger that log JSON, and the database behind them."""

from __future__ import annotations

from detector.demo.model import Journey, Namespace, Routine, Service, Statement, Step, Trouble

_API, _LEDGER = "com.example.payment.PaymentController", "com.example.payment.LedgerClient"

_PAYMENT = Service(
    workload="payment",
    container="payment",
    image="registry.example.com/payments/payment",
    form="spring_json",
    replicas=2,
    startup=(
        Statement("info", "com.example.payment.Application", "Starting payment {version}"),
        Statement("info", "org.flywaydb.core.FlywayExecutor", "Schema is up to date at version {n}"),
        Statement("info", "com.example.payment.Application", "Ready to take payments after {seconds} s"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error",
            _LEDGER,
            "Booking {payment} failed: ledger at {peer}:9090 refused the connection",
            (
                "io.grpc.StatusRuntimeException: UNAVAILABLE: io exception",
                "\tat io.grpc.stub.ClientCalls.toStatusRuntimeException(ClientCalls.java:268)",
                "\tat com.example.payment.LedgerClient.book(LedgerClient.java:61)",
                "Caused by: java.net.ConnectException: Connection refused",
                "\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)",
            ),
        ),
        error=Statement("error", _API, "Payment {payment} rejected by the bank: code {n}"),
        retry=Statement("warning", _LEDGER, "Ledger busy, attempt {few} for {payment}"),
        timeout=Statement("warning", _LEDGER, "Ledger call for {payment} exceeded {slow} ms"),
        panic=Statement(
            "error",
            "org.springframework.boot.SpringApplication",
            "Application run failed",
            (
                "org.springframework.beans.factory.BeanCreationException: Error creating bean 'bankClient'",
                "\tat com.example.payment.Application.main(Application.java:14)",
                "Caused by: java.lang.IllegalArgumentException: BANK_URL is not set",
            ),
        ),
    ),
)

_LEDGER_SERVICE = Service(
    workload="ledger",
    container="ledger",
    image="registry.example.com/payments/ledger",
    form="pino",
    startup=(
        Statement("info", "ledger", "ledger {version} opens its books"),
        Statement("info", "ledger", "connected to postgres as ledger_rw"),
    ),
    trouble=Trouble(
        refused=Statement(
            "error",
            "ledger.db",
            "postgres refused the connection, entry {payment} kept in memory",
            (
                "Error: connect ECONNREFUSED {peer}:5432",
                "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)",
                "    at async Pool.connect (/app/db/pool.js:42:11)",
            ),
        ),
        error=Statement("error", "ledger.book", "entry {payment} out of balance by {amount}"),
        retry=Statement("warning", "ledger.db", "deadlock detected, retrying entry {payment} (attempt {few})"),
        timeout=Statement("warning", "ledger.db", "statement timeout after {slow} ms on table entries"),
        panic=Statement("critical", "ledger", "journal is truncated at entry {n}, refusing to start"),
    ),
)

_POSTGRES = Service(
    workload="postgres",
    container="postgres",
    image="registry.example.com/payments/postgres",
    form="postgres",
    kind="statefulset",
    startup=(
        Statement("info", "1", "starting PostgreSQL 17.2 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit"),
        Statement("info", "1", "database system is ready to accept connections"),
    ),
    trouble=Trouble(
        refused=Statement("critical", "{pid}", "remaining connection slots are reserved for superusers"),
        error=Statement("error", "{pid}", 'duplicate key value violates unique constraint "entries_pkey"'),
        retry=Statement("warning", "{pid}", "could not obtain lock on relation entries, attempt {few}"),
        timeout=Statement("error", "{pid}", "canceling statement due to statement timeout"),
        panic=Statement("critical", "1", "could not write to file pg_wal/xlogtemp.{pid}: No space left on device"),
    ),
)

PAYMENTS = Namespace(
    name="payments",
    services=(_PAYMENT, _LEDGER_SERVICE, _POSTGRES),
    night=0.25,
    journeys=(
        Journey(
            "pay",
            22.5,
            (
                Step("payment", Statement("info", _API, "Payment {payment} of {amount} EUR received"), 1),
                Step("payment", Statement("info", "com.example.payment.RiskCheck", "Risk of {payment} is {score}"), 12),
                Step("ledger", Statement("info", "ledger.book", "booked {payment} for {amount} EUR"), 35),
                Step("ledger", Statement("debug", "ledger.db", "insert into entries took {ms} ms"), 36, 0.8),
                Step("payment", Statement("info", _API, "Payment {payment} settled in {ms} ms"), 80),
            ),
        ),
        Journey(
            "refund",
            2,
            (
                Step("payment", Statement("info", _API, "Refund of {amount} EUR for {payment} requested"), 1),
                Step("ledger", Statement("info", "ledger.book", "reversed {payment}"), 40),
                Step("payment", Statement("info", _API, "Refund for {payment} done"), 75),
            ),
        ),
        Journey(
            "balance",
            12.5,
            (
                Step("ledger", Statement("info", "ledger.api", "balance of account {customer} read in {ms} ms"), 4),
                Step(
                    "postgres",
                    Statement("info", "{pid}", "duration: {slow}.{n} ms  statement: select sum(amount) from entries"),
                    9,
                    0.1,
                ),
            ),
        ),
    ),
    routines=(
        Routine(
            "postgres",
            (
                Statement("info", "27", "checkpoint starting: time"),
                Statement("info", "27", "checkpoint complete: wrote {many} buffers ({percent}%); write={seconds} s"),
            ),
            300,
        ),
        Routine("postgres", (Statement("info", "{pid}", "connection authorized: user=ledger_rw database=ledger"),), 40),
        Routine(
            "payment",
            (Statement("info", "com.example.payment.Rates", "Exchange rates of {n} currencies updated"),),
            120,
        ),
        Routine("ledger", (Statement("info", "ledger.audit", "audit of {many} entries found no difference"),), 240),
    ),
)
