"""The language of Logstash's pipelines, read as Logstash reads it: the same rules in the same order, and no more.

The rules are those of logstash-core/lib/logstash/compiler/lscl/lscl_grammar.treetop in elastic/logstash: a grammar
whose choices are ordered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Value = Any
"""A string, a number, a list, a mapping (as pairs) or a `Plugin`."""
Condition = list[Any]
"""A word and what it is about: `["and", left, right]`, `["=~", selector, pattern]`, `["field", "[a][b]"]`."""


class RefusedError(ValueError):
    """What Logstash would refuse, with the line at which it stops."""


@dataclass(frozen=True)
class Plugin:
    """`name { option => value … }`; options in their order, one may be there twice."""

    name: str
    options: tuple[tuple[str, Value], ...]

    def option(self, name: str) -> Value:
        """The value of an option, None where it isn't set."""
        return dict(self.options).get(name)


@dataclass(frozen=True)
class Branch:
    """`if … { } else if … { } else { }`: each condition (None: else) with what is inside."""

    ways: tuple[tuple[Condition | None, tuple[Plugin | Branch, ...]], ...]


@dataclass(frozen=True)
class Section:
    """`input`, `filter` or `output`."""

    kind: str
    body: tuple[Plugin | Branch, ...]


_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*(?:\r?\n|\Z))*")
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(r'"((?:\\"|[^"])*+)"|' + r"'((?:\\'|[^'])*+)'")
_REGEXP = re.compile(r"/((?:\\/|[^/])*+)/")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]*)?")
_SELECTOR = re.compile(r"(?:\[[^\]\[,]+\])+")
_COMPARE = re.compile(r"==|!=|<=|>=|<|>")
_BOOLEAN = re.compile(r"and|or|xor|nand")


def parse(text: str) -> tuple[Section, ...]:
    """The sections of a pipeline. Raises `RefusedError` where Logstash wouldn't start with it."""
    return _Reader(text).sections()


def plugins(text: str) -> list[tuple[str, Plugin]]:
    """Every plugin with the kind of its section; those inside branches and those that are values (codecs), too."""
    return [found for section in parse(text) for found in _plugins(section.kind, section.body)]


def _plugins(kind: str, body: tuple[Plugin | Branch, ...]) -> list[tuple[str, Plugin]]:
    found = []
    for one in body:
        if isinstance(one, Branch):
            found += [inner for _, inside in one.ways for inner in _plugins(kind, inside)]
        else:
            found.append((kind, one))
            found += [("codec", value) for _, value in one.options if isinstance(value, Plugin)]
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def sections(self) -> tuple[Section, ...]:
        found = []
        self._space()
        while self._at < len(self._text):
            kind = self._word("input", "filter", "output")
            if not kind:
                raise self._refused("input, filter or output")
            self._space()
            self._need("{")
            found.append(Section(kind, self._body()))
            self._space()
        return tuple(found)

    def _body(self) -> tuple[Plugin | Branch, ...]:
        """Up to and with the closing brace."""
        found: list[Plugin | Branch] = []
        self._space()
        while not self._word("}"):
            found.append(self._branch() if self._peek(r"if[\s(\[!\"'/]") else self._plugin())
            self._space()
        return tuple(found)

    def _branch(self) -> Branch:
        self._need("if")
        ways: list[tuple[Condition | None, tuple[Plugin | Branch, ...]]] = [self._way()]
        while True:
            before = self._at
            self._space()
            if not self._word("else"):
                self._at = before
                return Branch(tuple(ways))
            self._space()
            if self._word("if"):
                ways.append(self._way())
            else:
                self._need("{")
                ways.append((None, self._body()))
                return Branch(tuple(ways))

    def _way(self) -> tuple[Condition, tuple[Plugin | Branch, ...]]:
        self._space()
        condition = self._condition()
        self._space()
        self._need("{")
        return condition, self._body()

    def _plugin(self) -> Plugin:
        name = self._name()
        self._space()
        self._need("{")
        options = []
        self._space()
        while not self._word("}"):
            key = self._name()
            self._space()
            self._need("=>")
            self._space()
            options.append((key, self._value()))
            before = self._at
            self._space()
            if self._at == before and not self._peek("}"):
                raise self._refused("a space or }")
        return Plugin(name, tuple(options))

    def _value(self) -> Value:
        if self._is_plugin():
            return self._plugin()
        if (string := self._string()) is not None:
            return string
        if bare := self._match(_BARE):
            return bare[0]
        if number := self._match(_NUMBER):
            return float(number[0]) if "." in number[0] else int(number[0])
        if self._word("["):
            return self._list("]", self._value)
        return self._hash()

    def _is_plugin(self) -> bool:
        """Whether a name comes, and a brace after it."""
        found = _NAME.match(self._text, self._at)
        space = _SPACE.match(self._text, found.end()) if found else None
        return space is not None and self._text[space.end() : space.end() + 1] == "{"

    def _hash(self) -> Value:
        self._need("{")
        pairs = []
        self._space()
        while not self._word("}"):
            key = self._string()
            if key is None:
                found = self._match(_NUMBER) or self._match(_BARE)
                if not found:
                    raise self._refused("a key")
                key = found[0]
            self._space()
            self._need("=>")
            self._space()
            pairs.append((key, self._value()))
            self._space()
        return dict(pairs)

    def _list(self, end: str, each: Any) -> list[Value]:
        found: list[Value] = []
        self._space()
        while not self._word(end):
            if found:
                self._need(",")
                self._space()
            found.append(each())
            self._space()
        return found

    def _condition(self) -> Condition:
        left = self._expression()
        while True:  # `and` binds no closer than `or`: as they come
            before = self._at
            self._space()
            operator = self._match(_BOOLEAN)
            if not operator:
                self._at = before
                return left
            self._space()
            left = [operator[0], left, self._expression()]

    def _expression(self) -> Condition:
        if self._word("("):
            self._space()
            inner = self._condition()
            self._space()
            self._need(")")
            return inner
        if self._word("!"):
            self._space()
            return ["not", self._expression() if self._peek(r"\(") else self._selector()]
        left = self._rvalue()
        before = self._at
        self._space()
        if operator := self._word("in"):
            self._space()
            return [operator, left, self._rvalue()]
        if self._word("not "):
            self._space()
            self._need("in")
            self._space()
            return ["not", ["in", left, self._rvalue()]]
        if operator := self._word("=~", "!~"):
            self._space()
            string = self._string()
            return [operator, left, self._regexp() if string is None else ["regexp", string]]
        if compare := self._match(_COMPARE):
            self._space()
            return [compare[0], left, self._rvalue()]
        self._at = before
        return left

    def _rvalue(self) -> Condition:
        if (string := self._string()) is not None:
            return ["value", string]
        if number := self._match(_NUMBER):
            return ["value", float(number[0]) if "." in number[0] else int(number[0])]
        if self._peek(r"\[[^\]\[,\"']+\]"):
            return self._selector()
        if self._word("["):
            return ["value", self._list("]", self._value)]
        return self._regexp()

    def _selector(self) -> Condition:
        found = self._match(_SELECTOR)
        if not found:
            raise self._refused("a field")
        return ["field", found[0]]

    def _regexp(self) -> Condition:
        found = self._match(_REGEXP)
        if not found:
            raise self._refused("a field or a value")
        return ["regexp", found[1]]

    def _string(self) -> str | None:
        found = self._match(_STRING)
        return None if found is None else found[1] if found[1] is not None else found[2]

    def _name(self) -> str:
        if (string := self._string()) is not None:
            return string
        found = self._match(_NAME)
        if not found:
            raise self._refused("a name")
        return found[0]

    def _space(self) -> None:
        self._match(_SPACE)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _peek(self, pattern: str) -> bool:
        return re.compile(pattern).match(self._text, self._at) is not None

    def _word(self, *words: str) -> str:
        for word in words:
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return word
        return ""

    def _need(self, word: str) -> None:
        if not self._word(word):
            raise self._refused(word)

    def _refused(self, wanted: str) -> RefusedError:
        line = self._text.count("\n", 0, self._at) + 1
        return RefusedError(f"line {line}: {wanted} expected, {self._text[self._at : self._at + 30]!r} found")
