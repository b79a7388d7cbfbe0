"""DynamoDB's condition and update expressions, compiled once for each text.

A compiled condition is called with an item, the names (`#n`) and the values (`:v`) and tells whether it holds;
a compiled update gives the item as it is afterwards. Whatever the table's code does not use is refused loudly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

Attributes = Mapping[str, Mapping[str, Any]]
Given = tuple[Attributes, Mapping[str, str], Attributes]
Condition = Callable[[Attributes, Mapping[str, str], Attributes], bool]
Operand = Callable[[Attributes, Mapping[str, str], Attributes], Any]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+-]|[#:]?\w+)")
_COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class NotUnderstood(Exception):
    """An expression uses what this evaluator does not know: teach it, do not guess."""


def comparable(value: Mapping[str, Any]) -> tuple[str, Any]:
    """A typed value as something that compares as DynamoDB does: by type, numbers by their value."""
    ((kind, content),) = value.items()
    return (kind, Decimal(content) if kind == "N" else content)


class _Parser:
    """Recursive descent over one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != re.sub(r"\s", "", text):
            raise NotUnderstood(text)
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        if expected and token.upper() not in expected:
            raise NotUnderstood(f"{token!r} in {self._text!r}")
        self._at += 1
        return token

    def took(self, token: str) -> bool:
        if self.peek().upper() != token:
            return False
        self._at += 1
        return True

    def condition(self) -> Condition:
        terms = [self._conjunction()]
        while self.took("OR"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else lambda *given: any(term(*given) for term in terms)

    def _conjunction(self) -> Condition:
        terms = [self._negation()]
        while self.took("AND"):
            terms.append(self._negation())
        return terms[0] if len(terms) == 1 else lambda *given: all(term(*given) for term in terms)

    def _negation(self) -> Condition:
        if self.took("NOT"):
            inner = self._negation()
            return lambda *given: not inner(*given)
        if self.took("("):
            inner = self.condition()
            self.take(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self.peek()
        if name in ("attribute_exists", "attribute_not_exists", "begins_with"):
            return self._function()
        left = self.operand()
        if self.took("BETWEEN"):
            low = self.operand()
            self.take("AND")
            high = self.operand()
            return lambda *given: _compared(">=", left, low)(*given) and _compared("<=", left, high)(*given)
        return _compared(self.take(*_COMPARES), left, self.operand())

    def _function(self) -> Condition:
        name = self.take()
        self.take("(")
        path = self.operand()
        if name == "begins_with":
            self.take(",")
            start = self.operand()
            self.take(")")
            return lambda *given: _begins(path(*given), start(*given))
        self.take(")")
        wanted = name == "attribute_exists"
        return lambda *given: (path(*given) is not None) is wanted

    def operand(self) -> Operand:
        token = self.take()
        if token == "if_not_exists":
            self.take("(")
            path = self.operand()
            self.take(",")
            otherwise = self.operand()
            self.take(")")
            return lambda *given: path(*given) or otherwise(*given)
        if token.startswith(":"):
            return lambda _item, _names, values: values[token]
        if token.startswith("#"):
            return lambda item, names, _values: item.get(names[token])
        if not re.fullmatch(r"\w+", token):
            raise NotUnderstood(f"{token!r} in {self._text!r}")
        return lambda item, _names, _values: item.get(token)

    def sum(self) -> Operand:
        left = self.operand()
        if self.peek() not in ("+", "-"):
            return left
        sign = 1 if self.take() == "+" else -1
        right = self.operand()
        return lambda *given: {"N": str(Decimal(left(*given)["N"]) + sign * Decimal(right(*given)["N"]))}

    def name(self) -> Callable[[Mapping[str, str]], str]:
        token = self.take()
        return (lambda names: names[token]) if token.startswith("#") else (lambda _names: token)


def _compared(operator: str, left: Operand, right: Operand) -> Condition:
    compare = _COMPARES[operator]

    def holds(*given: Any) -> bool:
        one, other = left(*given), right(*given)
        if one is None or other is None:
            return operator == "<>" and one is not other
        one, other = comparable(one), comparable(other)
        if one[0] != other[0]:
            return operator == "<>"
        return compare(one, other)

    return holds


def _begins(value: Any, start: Any) -> bool:
    return value is not None and "S" in value and str(value["S"]).startswith(start["S"])


@lru_cache(maxsize=1000)
def condition(text: str) -> Condition:
    """Whether an item fulfils a condition expression."""
    parser = _Parser(text)
    compiled = parser.condition()
    if parser.peek():
        raise NotUnderstood(text)
    return compiled


@lru_cache(maxsize=1000)
def update(text: str) -> Callable[[Attributes, Mapping[str, str], Attributes], dict[str, Any]]:
    """What an item is after an update expression."""
    parser = _Parser(text)
    clauses: list[tuple[str, Any, Any]] = []
    while parser.peek():
        verb = parser.take("SET", "REMOVE", "ADD").upper()
        while True:
            name = parser.name()
            if verb == "SET":
                parser.take("=")
            clauses.append((verb, name, None if verb == "REMOVE" else parser.sum()))
            if not parser.took(","):
                break
    return lambda item, names, values: _updated(clauses, item, names, values)


def _updated(clauses: Any, item: Attributes, names: Mapping[str, str], values: Attributes) -> dict[str, Any]:
    changed: dict[str, Any] = dict(item)
    for verb, name, operand in clauses:
        attribute = name(names)
        if verb == "REMOVE":
            changed.pop(attribute, None)
            continue
        value = operand(item, names, values)
        if verb == "ADD":
            value = {"N": str(Decimal(item.get(attribute, {"N": "0"})["N"]) + Decimal(value["N"]))}
        changed[attribute] = value
    return changed
