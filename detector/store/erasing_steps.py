"""What erasing comes to in the embedded store, told before it is done."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from detector.erasing import Erased


@dataclass(slots=True)
class Steps:
    """Statements, found out in the transaction in which they are taken; with what they come to."""

    erased: Erased = field(default_factory=Erased)
    _statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def remove(self, connection: sqlite3.Connection, kind: str, table: str, where: str, *values: Any) -> None:
        """Remove rows; `kind` is what people call them, empty for what they know nothing of."""
        (many,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}", values).fetchone()
        self._add(kind, many, f"DELETE FROM {table} WHERE {where}", values)

    def write(self, kind: str, statement: str, *values: Any) -> None:
        """Write one thing anew."""
        self._add(kind, 1, statement, values)

    def take(self, connection: sqlite3.Connection) -> None:
        """Do all that was found."""
        for statement, values in self._statements:
            connection.execute(statement, values)

    def _add(self, kind: str, many: int, statement: str, values: tuple[Any, ...]) -> None:
        if many:
            self._statements.append((statement, values))
            if kind:
                self.erased.counts[kind] += many
