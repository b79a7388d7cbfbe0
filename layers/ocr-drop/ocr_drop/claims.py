"""What happened to each content, so that it is paid for once; and the ledger, a row for each call.

A claim goes `claimed` (nothing sent) -> `calling` (written just before the bytes go out) -> `answered`
(the raw answer is kept) or `refused` (with the reason). What surely cost nothing goes back to `claimed`.
A claim found `calling` with its lease over is a call whose outcome nobody knows: it is marked, and one more
call is allowed. The lease ends when the owner's invocation must have ended, so no owner outlives it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from ocr_drop import fits
from ocr_drop.clock import iso
from ocr_drop.errors import Busy, GivenUp, NotSent, OcrDropError, OutcomeUnknown, Throttled, TryLater
from ocr_drop.model import Claim, Content, Failure, Fit, Upload
from ocr_drop.table import Conflict, Item, Table

MOST_UNKNOWN = 5
"""How many calls of one content may end with an unknown outcome before it is given up."""

Outcome = Literal["answered", "refused", "not_sent", "unknown"]


class Claims:
    """The claims and the ledger of one table. `clock` gives seconds since 1970."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock

    def claim(self, content: Content, owner: str, lease_until: float) -> Claim:
        """Claim a content until `lease_until`, or learn that it was answered or refused before.

        Raises `Busy` while another owner is at it and `TryLater` while it has to rest after an unknown outcome.
        """
        item = {
            **key_of(content),
            "state": "claimed",
            "owner": owner,
            "leaseUntil": lease_until,
            "calls": 0,
            "unknown": 0,
        }
        try:
            self._table.put(item, condition="attribute_not_exists(pk)", values={})
        except Conflict as conflict:
            return self._claim_again(content, owner, lease_until, conflict.item)
        return _claim(content, item)

    def _claim_again(self, content: Content, owner: str, lease_until: float, found: Item) -> Claim:
        if found["state"] in ("answered", "refused"):
            return _claim(content, found)
        self._check_rest(found, owner)
        lapsed = found["state"] == "calling"
        change = {
            "state": "claimed",
            "owner": owner,
            "leaseUntil": lease_until,
            "unknown": found["unknown"] + lapsed,
            "lapsed": True if lapsed else found.get("lapsed"),
        }
        still = "#state = :found_state AND #owner = :found_owner AND #leaseUntil = :found_lease"
        values = {
            "found_state": found["state"],
            "found_owner": found["owner"],
            "found_lease": found["leaseUntil"],
        }
        writes = [self._table.updating(**key_of(content), change=change, condition=still, values=values)]
        if lapsed:
            writes.append(self._outcome(content, found["calls"], "unknown", {"code": "owner_died"}))
        try:
            self._table.write_together(*writes)
        except Conflict:
            raise Busy("busy", "the same content is being recognized by another upload") from None
        return _claim(content, {**found, **change})

    def _check_rest(self, found: Item, owner: str) -> None:
        now = self._clock()
        ours = found["owner"] == owner and found["state"] == "claimed"
        if not ours and found["leaseUntil"] > now:
            raise Busy("busy", "the same content is being recognized by another upload")
        if found.get("notBefore", 0) > now:
            wait = found["notBefore"] - now
            raise TryLater("resting", "after what came of the last call, the next one has to wait", after=wait)

    def is_known(self, content: Content) -> bool:
        """Whether a content was answered or refused before, so that it needs no call."""
        found = self._table.get(**key_of(content))
        return found is not None and found["state"] in ("answered", "refused")

    def give_up_if_spent(self, claim: Claim) -> None:
        """Raise `GivenUp` for a content whose calls ended unknown too often, so that no further one is made."""
        if claim.unknown < MOST_UNKNOWN:
            return
        error = GivenUp("outcomes_unknown", f"given up: the outcome of {claim.unknown} calls is not known")
        self._refused(claim, error, "unknown")
        raise error

    def calling(self, claim: Claim, fit: Fit, upload: Upload) -> Claim:
        """Write down that a call goes out now, and its row in the ledger; the claim then has its `request_id`.

        Raises `Busy` when the claim is no longer ours: then nothing may be sent.
        """
        number, part = claim.calls + 1, claim.content.part
        request_id = f"{claim.content.sha256[:24]}-{part.name}-{number}"
        now = iso(self._clock())
        row = {
            "pk": key_of(claim.content)["pk"],
            "sk": _call(number),
            "requestId": request_id,
            "outcome": "calling",
            "at": now,
            "day": f"call#{now[:10]}",
            "bucket": upload.bucket,
            "key": upload.key,
            "versionId": upload.version_id,
            "sha256": claim.content.sha256,
            "page": part.page,
            "part": part.name,
        }
        change = {"state": "calling", "calls": number, "call": request_id, "fit": fits.as_text(fit), "lapsed": None}
        try:
            self._table.write_together(self._mine(claim, change, "claimed"), self._table.putting(row))
        except Conflict:
            raise Busy("busy", "the same content was taken over by another upload") from None
        return _claim(claim.content, {"owner": claim.owner, "unknown": claim.unknown, **change, "state": "claimed"})

    def answered(self, claim: Claim, verify_id: str | None) -> None:
        """The raw answer is kept: for this content nobody ever calls again.

        Holds whoever owns the claim by now: an answer that comes late is an answer all the same.
        """
        fit = fits.as_text(claim.fit) if claim.fit else None
        change = {"state": "answered", "verify": verify_id, "call": claim.request_id, "fit": fit}
        self._end(claim, change, self._outcome(claim.content, claim.calls, "answered", {"verifyId": verify_id}))

    def ended_without_answer(self, claim: Claim, error: OcrDropError) -> OcrDropError:
        """Write down how a call ended that brought no answer; gives back what the upload is to make of it.

        An outcome that nobody knows leaves the content resting, twice as long each time, and ends as a failure
        after `MOST_UNKNOWN` of them. What surely cost nothing leaves it free at once.
        """
        if error.final:
            self._refused(claim, error, "refused")
            return error
        if isinstance(error, OutcomeUnknown):
            return self._unknown(claim, error)
        outcome: Outcome = "not_sent" if isinstance(error, NotSent) else "refused"
        asked = {"notBefore": self._clock() + (error.after or 0.0)} if isinstance(error, Throttled) else {}
        self._free(claim, outcome, error.code, {"leaseUntil": 0, **asked})
        return error

    def _unknown(self, claim: Claim, error: OutcomeUnknown) -> OcrDropError:
        unknown = claim.unknown + (not claim.lapsed)
        if unknown >= MOST_UNKNOWN:
            given_up = GivenUp(error.code, f"{error.message}; given up: the outcome of {unknown} calls is not known")
            self._refused(claim, given_up, "unknown")
            return given_up
        rest = max(20 * 2 ** (unknown - 1) * random.uniform(0.9, 1.2), error.after or 0)
        change = {"leaseUntil": 0, "unknown": unknown, "notBefore": self._clock() + rest}
        self._free(claim, "unknown", error.code, change)
        return OutcomeUnknown(error.code, error.message, after=rest)

    def withdraw(self, claim: Claim) -> None:
        """Take back a call that did not go out, since nobody knows whether `calling` was written."""
        row = self._outcome(claim.content, claim.calls + 1, "not_sent", {"code": "not_noted"})
        free = {"state": "claimed", "leaseUntil": 0, "lapsed": None}
        with suppress(Conflict):
            self._table.write_together(self._mine(claim, free, "calling"), row)
            return
        self.release(claim)

    def release(self, claim: Claim) -> None:
        """Give a claim back for which nothing was sent."""
        try:
            self._table.write_together(self._mine(claim, {"leaseUntil": 0}, "claimed"))
        except Conflict:
            return

    def _refused(self, claim: Claim, error: OcrDropError, outcome: Outcome) -> None:
        change = {"state": "refused", "kind": error.kind, "code": error.code, "message": error.message}
        self._end(claim, change, self._outcome(claim.content, claim.calls, outcome, {"code": error.code}))

    def _end(self, claim: Claim, change: Item, row: Any) -> None:
        end = self._table.updating(
            **key_of(claim.content),
            change={"lapsed": None, **change},
            condition="#state <> :answered",
            values={"answered": "answered"},
        )
        try:
            self._table.write_together(end, row)
        except Conflict:
            self._table.write_together(row)

    def _free(self, claim: Claim, outcome: Outcome, code: str, change: Item) -> None:
        row = self._outcome(claim.content, claim.calls, outcome, {"code": code})
        change = {"state": "claimed", "lapsed": None, **change}
        try:
            self._table.write_together(self._mine(claim, change, "claimed", "calling"), row)
        except Conflict:
            self._table.write_together(row)

    def _mine(self, claim: Claim, change: Item, *states: str) -> Any:
        values = {f"state{number}": state for number, state in enumerate(states)}
        in_one = " OR ".join(f"#state = :{name}" for name in values)
        return self._table.updating(
            **key_of(claim.content),
            change=change,
            condition=f"#owner = :mine AND ({in_one})",
            values={**values, "mine": claim.owner},
        )

    def _outcome(self, content: Content, call: int, outcome: Outcome, more: Item) -> Any:
        return self._table.updating(
            key_of(content)["pk"],
            _call(call),
            {"outcome": outcome, "endedAt": iso(self._clock()), **more},
            condition="attribute_exists(pk)",
            values={},
        )


def key_of(content: Content) -> dict[str, str]:
    """Where the claim of a content is; its calls are beside it."""
    return {"pk": f"content#{content.path}", "sk": "claim"}


def _call(number: int) -> str:
    return f"call#{number:04}"


def _claim(content: Content, item: Item) -> Claim:
    failure = Failure(item["kind"], item["code"], item["message"]) if item["state"] == "refused" else None
    return Claim(
        content=content,
        state=item["state"],
        owner=item.get("owner", ""),
        calls=item["calls"],
        unknown=item["unknown"],
        request_id=item.get("call"),
        verify_id=item.get("verify"),
        fit=fits.from_text(item["fit"]) if item.get("fit") else None,
        failure=failure,
        lapsed=bool(item.get("lapsed")),
    )
