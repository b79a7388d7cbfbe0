"""How a claimed content gets its answer: kept from before, or by one call, written down on both sides of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ocr_drop.errors import (
    CredentialsRefused,
    GivenUp,
    NeedsOperator,
    OcrDropError,
    OutcomeUnknown,
    Refused,
    TryLater,
    Unforeseen,
)
from ocr_drop.esign.answers import interpret
from ocr_drop.esign.client import READ_TIMEOUT
from ocr_drop.model import Claim, Credentials, Failure, Fitted, Recognition, Upload
from ocr_drop.services import Services
from ocr_drop.turns import Turn

SHORTEST_CALL = 10.0
"""Seconds: with less time than this left for the call, the upload is given back instead."""

RESERVE = 8.0
"""Seconds kept for what comes after the call: keep, store, announce."""


@dataclass(frozen=True)
class Answering:
    """The answer to one upload's content, within one turn."""

    upload: Upload
    services: Services
    turn: Turn

    def kept(self, claim: Claim) -> Recognition | None:
        """The answer that was paid for before, None if there is none; raises the failure that it was, if it was one.

        A call whose owner died may have been answered and kept all the same: that is looked up as well.
        """
        if claim.failure:
            raise _as_error(claim.failure)
        if claim.request_id is None or claim.fit is None or not (claim.state == "answered" or claim.lapsed):
            return None
        raw = self.services.objects.kept(claim.content, claim.request_id)
        if raw is None and claim.state == "answered":
            raise Unforeseen("answer_missing", "this content was paid for, but its kept answer was deleted")
        if raw is None:
            self._note_unknown(claim)
            self.services.claims.give_up_if_spent(claim)
            return None
        answer = interpret(200, {}, raw, self.services.clock())
        if claim.lapsed:
            self.services.claims.answered(claim, answer.verify_id)
        self.services.telemetry.count("AnswerReused")
        return Recognition(answer, claim.fit, claim.request_id)

    def _note_unknown(self, claim: Claim) -> None:
        self.services.telemetry.count("CallOutcomeUnknown")
        self.services.telemetry.warning("call outcome unknown", request_id=claim.request_id, code="owner_died")

    def called(self, claim: Claim, fitted: Fitted) -> Recognition:
        """Call the OCR API once; a second time only when the credentials were refused and others are there now."""
        secrets = self.services.secrets
        with released_on_failure(claim, self.services):
            credentials = secrets.credentials()
        try:
            return self._call(claim, fitted, credentials)
        except CredentialsRefused:
            if not secrets.renewed(credentials):
                raise
        claim = self.services.claims.claim(claim.content, self.turn.owner, self.turn.ends_at)
        return self._call(claim, fitted, secrets.credentials())

    def _call(self, claim: Claim, fitted: Fitted, credentials: Credentials) -> Recognition:
        services = self.services
        with released_on_failure(claim, services):
            timeout = self._time_for_a_call()
        claim = services.claims.calling(claim, fitted.fit, self.upload)
        request_id = str(claim.request_id)
        try:
            answer = services.ocr.recognize(fitted.data, request_id, credentials, timeout=timeout)
        except OcrDropError as error:
            if isinstance(error, OutcomeUnknown):
                services.telemetry.count("CallOutcomeUnknown")
            if isinstance(error, Unforeseen):
                self._keep(claim, request_id, error.raw)
            raise services.claims.ended_without_answer(claim, error) from None
        self._keep(claim, request_id, answer.raw)
        services.claims.answered(claim, answer.verify_id)
        services.telemetry.count("CallAnswered")
        return Recognition(answer, fitted.fit, request_id)

    def _time_for_a_call(self) -> float:
        timeout = min(READ_TIMEOUT, self.turn.remaining() - RESERVE)
        if timeout < SHORTEST_CALL:
            raise TryLater("out_of_time", "too little time was left for the call", after=0)
        return timeout

    def _keep(self, claim: Claim, request_id: str, raw: bytes) -> None:
        """Keep what was just paid for, however long S3 takes within this turn: losing it would mean paying again."""
        while True:
            try:
                return self.services.objects.keep(claim.content, request_id, raw)
            except (TryLater, NeedsOperator):
                if self.turn.remaining() < 2:
                    raise
                self.services.sleep(1)


@contextmanager
def released_on_failure(claim: Claim, services: Services) -> Iterator[None]:
    """Give the claim back when something fails before anything was sent."""
    try:
        yield
    except OcrDropError:
        services.claims.release(claim)
        raise


def _as_error(failure: Failure) -> OcrDropError:
    if failure.kind == "bad_input":
        return Refused(failure.code, failure.message)
    if failure.kind == "try_later":
        return GivenUp(failure.code, failure.message)
    return Unforeseen(failure.code, failure.message)
