"""The one token that all environments share, kept in the table, and whose turn it is to fetch the next one."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from ocr_drop.model import Token
from ocr_drop.table import Conflict, Item, Table

LEASE = 15.0
"""Seconds that who fetches has for it; then another may."""


class Tokens:
    """The tokens of one endpoint's apps. `clock` gives seconds since 1970."""

    def __init__(self, table: Table, clock: Callable[[], float], endpoint: str) -> None:
        self._table = table
        self._clock = clock
        self._host = urlsplit(endpoint).netloc

    def found(self, app_id: str) -> Token | None:
        """The app's token as last stored, None if there is none."""
        item = self._table.get(**self._key(app_id))
        return Token(item["token"], item["expiresAt"]) if item and "token" in item else None

    def take_turn(self, app_id: str, seen: Token | None) -> bool:
        """Whether it is ours to fetch the token after the one `seen`: for `LEASE` seconds nobody else's."""
        now = self._clock()
        free = "(attribute_not_exists(#fetchUntil) OR #fetchUntil <= :now)"
        same = "#token = :seen" if seen else "attribute_not_exists(#token)"
        values = {"now": now, **({"seen": seen.value} if seen else {})}
        return self._changed(app_id, {"fetchUntil": now + LEASE}, f"{free} AND {same}", values)

    def give_turn_back(self, app_id: str) -> None:
        """No token came: whoever needs one may try."""
        self._changed(app_id, {"fetchUntil": 0}, "attribute_exists(pk)", {})

    def store(self, app_id: str, token: Token) -> None:
        """Let all have the token that we fetched."""
        item = {**self._key(app_id), "token": token.value, "expiresAt": token.expires_at}
        self._table.put(item)

    def drop(self, app_id: str, value: str) -> None:
        """Forget a token that was refused, unless another has taken its place."""
        self._changed(app_id, {"token": None, "expiresAt": 0}, "#token = :refused", {"refused": value})

    def _changed(self, app_id: str, change: Item, condition: str, values: Item) -> bool:
        try:
            self._table.update(**self._key(app_id), change=change, condition=condition, values=values)
        except Conflict:
            return False
        return True

    def _key(self, app_id: str) -> dict[str, str]:
        return {"pk": f"token#{self._host}/{app_id}", "sk": "token"}
