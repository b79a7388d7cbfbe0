"""What is counted: uploads, calls and contents, and whether they add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Promise:
    """A sentence that was to hold, and whether it did."""

    sentence: str
    held: bool


@dataclass(frozen=True)
class Account:
    """What one fault came to, or all of them together."""

    uploads: int = 0
    ended: int = 0
    calls: int = 0
    """Calls that the OCR API answered, counted at its own door."""
    contents: int = 0
    """Different contents that have an answer, by the ledger."""
    unknown: int = 0
    """Calls whose outcome nobody knows, marked in the ledger."""
    refused: int = 0
    """Calls that were turned away: they cost nothing."""
    seconds: float = 0.0
    promises: tuple[Promise, ...] = field(default=())

    @property
    def waiting(self) -> int:
        """Uploads that have not ended."""
        return self.uploads - self.ended

    @property
    def adds_up(self) -> bool:
        """Whether each content was paid for once, and more only where the ledger says so."""
        return self.calls == self.contents + self.unknown

    @property
    def held(self) -> bool:
        """Whether all that was promised held."""
        return self.adds_up and self.waiting == 0 and all(promise.held for promise in self.promises)

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        names = ("uploads", "ended", "waiting", "calls", "contents", "unknown", "refused", "held")
        return {
            **{name: getattr(self, name) for name in names},
            "seconds": round(self.seconds, 1),
            "promises": [{"promise": promise.sentence, "held": promise.held} for promise in self.promises],
        }


def total(accounts: Iterable[Account]) -> Account:
    """All of them together."""
    accounts = list(accounts)
    names = ("uploads", "ended", "calls", "contents", "unknown", "refused", "seconds")
    sums = {name: sum(getattr(account, name) for account in accounts) for name in names}
    return Account(**sums, promises=tuple(promise for account in accounts for promise in account.promises))


def of_ledger(rows: Iterable[Mapping[str, Any]], prefix: str) -> tuple[int, int]:
    """Contents that were answered and calls of unknown outcome, among the rows for keys that begin with `prefix`."""
    own = [row for row in rows if str(row["key"]).startswith(prefix)]
    answered = {row["pk"] for row in own if row["outcome"] == "answered"}
    return len(answered), sum(row["outcome"] == "unknown" for row in own)
